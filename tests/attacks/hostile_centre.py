#!/usr/bin/env python3
"""Whole dispatches against the hostile message centre: hostile_centre.py BIN_DIR all | NAME...

The cases are those of tests/hostile/cases.txt, which says what each may come to; CMakeLists.txt here names those that
the tests play, each by itself, since they mostly wait. One home is made, with a batch of forty people, and copied for
each case. `signpost dispatch` runs against the case, then again, as the ordinary next
run, against an ordinary centre; one process plays both, and counts over both. In each case:

  nobody is texted more than once, and no number that is not fictional is
  the run ends within the limit, with an exit code and with outcomes that the case allows (where the gateway is given
    up, what was on its way to it is unknown, too: at most a range; behind a flood that a busy machine serves for
    longer than three time-outs, a window)
  `sent` is at most what was accepted, and what the centre never saw is not called anything but unsent
  the sender's memory (VmHWM) stays below 64 MB, and signpost's below 128
  nothing that was printed holds a number; signpost-verify finds nothing broken
"""
import json
import os
import shutil
import subprocess
import sys
import threading
import time

import leak_scan
from rehearsal_site import Failed, Site, expect, expect_equal, fictional

HERE = os.path.dirname(os.path.abspath(__file__))
PEOPLE = 40
WINDOW = 10
RANGE = 10  # what the opener has passed on counts as unknown when the gateway is given up
LIMIT = 150  # seconds: six tries with back-off take up to 60, a PDU that never ends 10
SENDER_MB, SIGNPOST_MB = 64, 128
SANITIZED_MB = 1500  # shadow memory


class Case:
    def __init__(self, name):
        self.name, self.exits, self.allowed = name, [], {}
        self.alone = False  # for the gateway's own test only

    def allow(self, word):
        for op in ("<=", ">=", "="):
            if op in word:
                outcome, count = word.split(op)
                low, high = self.allowed.get(outcome, (0, PEOPLE))
                self.allowed[outcome] = (low if op == "<=" else int(count), high if op == ">=" else int(count))
                return
        self.allowed.setdefault(word, (0, PEOPLE))


def read_cases(path):
    cases = []
    with open(path) as file:
        for line in file:
            key, _, rest = line.strip().partition(" ")
            if key == "case":
                cases.append(Case(rest.strip()))
            elif key == "exit":
                cases[-1].exits = [int(word) for word in rest.split()]
            elif key == "outcomes":
                for word in rest.split():
                    cases[-1].allow(word)
            elif key in ("parts", "clock"):
                cases[-1].alone = True
    return cases


class HostileCentre:
    def __init__(self, site, cases):
        self.process = subprocess.Popen([site.binary("hostile-smsc"), "--seconds", "3600", cases], text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        site.started.append(self.process)
        self.port = int(self.process.stdout.readline().rsplit(":", 1)[1])

    def say(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline()


class Watch(threading.Thread):
    """The most memory that signpost and its sender had at once resident, each, until it has ended."""

    def __init__(self, pid):
        super().__init__()
        self.pid, self.most = pid, {}

    def run(self):
        while self.look():
            time.sleep(0.02)

    def look(self):
        found = leak_scan.descendants(self.pid)
        for pid, name in found.items():
            try:
                with open("/proc/%d/status" % pid) as file:
                    line = next((line for line in file if line.startswith("VmHWM:")), None)
                if line:
                    self.most[name[:15]] = max(self.most.get(name[:15], 0), int(line.split()[1]) / 1024)
            except OSError:
                pass  # it has ended
        return found


def dispatch(site, batch, scan):
    """Exit code, what was printed, megabytes by name; fails when it does not end."""
    run = site.start("dispatch", batch)
    watch = Watch(run.pid)
    watch.start()
    try:
        output = run.communicate(timeout=LIMIT)[0]
    except subprocess.TimeoutExpired:
        run.kill()
        raise Failed("it did not end within %d s" % LIMIT)
    watch.join()
    scan.data("what dispatch printed", output.encode())
    expect(not scan.hits, "a number was printed")
    return run.returncode, output, watch.most


def outcomes_of(site, batch):
    counts = site.signpost("show", batch)["counts"]
    found = {"sent": sum(counts.get(name, 0) for name in ("sent", "delivered", "undelivered")),
             "refused": counts.get("refused", 0), "unknown": counts.get("unknown", 0)}
    found["unsent"] = PEOPLE - sum(found.values())
    return found


def check_memory(most, code, sanitized):
    for name, limit in (("signpost-sender", SENDER_MB), ("signpost", SIGNPOST_MB)):
        # A refused bind may be over between two looks.
        expect(name in most or code != 0, name + " was not seen running")
        expect(most.get(name, 0) < (SANITIZED_MB if sanitized else limit), "%s had too much memory" % name)


def play(site, centre, case, batch, master, scan, sanitized):
    shutil.rmtree(site.home, ignore_errors=True)
    shutil.copytree(master, site.home, symlinks=True)
    centre.say("forget")
    centre.say("behave " + case.name)
    began = time.monotonic()
    ended, output, most = dispatch(site, batch, scan)
    seconds = time.monotonic() - began
    expect(ended in case.exits, "it exited %d: %s" % (ended, output[-500:]))
    check_memory(most, ended, sanitized)
    found, report = outcomes_of(site, batch), json.loads(centre.say("report"))
    slack = {}
    if 6 in case.exits and "unknown" in case.allowed:
        slack = {"unsent": RANGE, "unknown": RANGE}
    elif case.name.startswith("flood"):
        slack = {"sent": WINDOW, "unknown": WINDOW}
    for outcome, count in found.items():
        low, high = case.allowed.get(outcome, (0, 0))
        low, high = low - slack.get(outcome, 0), high + slack.get(outcome, 0)
        expect(low <= count <= high, "%d %s, against the case: %r" % (count, outcome, found))
    expect(found["sent"] <= report["accepted"], "called sent, and nobody said so: %r, %r" % (found, report))
    expect(found["unsent"] <= PEOPLE - report["seen"], "called unsent, and it went out: %r, %r" % (found, report))

    centre.say("behave ordinary")
    if found["unsent"] > 0:
        expect_equal(dispatch(site, batch, scan)[0], 0, "exit code of the next run")
    last, report = outcomes_of(site, batch), json.loads(centre.say("report"))
    expect_equal(last["unsent"], 0, "records that the next run left")
    expect_equal(last["sent"], found["sent"] + found["unsent"], "sent over both runs")
    expect_equal(report["twice"], 0, "people texted twice over both runs")
    expect_equal(report["not_fictional"], 0, "numbers that are not fictional")
    expect(not site.verify()["broken"], "signpost-verify calls it broken")
    print("  %-48s exit %d, %4.1f s, sender %2.0f MB; %s" % (
        case.name, ended, seconds, most.get("signpost-sender", 0),
        ", ".join("%d %s" % (count, outcome) for outcome, count in found.items() if count)), flush=True)


def make_master(site, centre):
    with open(os.path.join(HERE, "..", "..", "policy", "rehearsal.toml")) as file:
        policy = file.read()
    site.rehearsal_home(centre.port, site.write("policy.toml", policy.replace(
        "range_records = 50", "range_records = %d" % RANGE)))
    config = os.path.join(site.home, "signpost.toml")
    with open(config) as file:
        lines = file.read().split("\n")
    wanted = {"window": WINDOW, "response_timeout_seconds": 2, "enquire_link_seconds": 1, "receipt_wait_seconds": 1}
    keys = [line.split(" ")[0] for line in lines]
    lines = ["%s = %d" % (key, wanted[key]) if key in wanted else line for key, line in zip(keys, lines)]
    with open(config, "w") as file:
        file.write("\n".join(lines))
    site.import_numbers("ONE", *(fictional(tail, tail % 6) for tail in range(PEOPLE)))
    batch = site.approved_plan()
    os.rename(site.home, site.path("master"))
    return batch, site.path("master")


def main():
    bin_folder, names = os.path.abspath(sys.argv[1]), sys.argv[2:]
    path = os.path.join(HERE, "..", "hostile", "cases.txt")
    cases = read_cases(path)
    wanted = [case.name for case in cases if not case.alone] if names == ["all"] else names
    expect(wanted and set(wanted) <= {case.name for case in cases}, "a case that is not in the list, or none")
    with open(os.path.join(bin_folder, "signpost-sender"), "rb") as file:
        sanitized = b"__asan_init" in file.read()
    failed, began = [], time.monotonic()
    with Site(bin_folder) as site:
        centre = HostileCentre(site, path)
        batch, master = make_master(site, centre)
        scan = leak_scan.Scan(set(range(1000)))
        for case in cases:
            if case.name not in wanted:
                continue
            try:
                play(site, centre, case, batch, master, scan, sanitized)
            except Failed as failure:
                print("  %-48s FAILED: %s" % (case.name, failure), flush=True)
                failed.append(case.name)
                scan = leak_scan.Scan(set(range(1000)))
    print("%d cases in %.0f s, %d failed" % (len(wanted), time.monotonic() - began, len(failed)))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
