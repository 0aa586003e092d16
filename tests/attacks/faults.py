#!/usr/bin/env python3
"""Each file and socket call of each command fails once, comes back short, or is the last thing its process does.

    faults.py BIN_DIR                        the short form: each process of each command fails once, in one of the
                                             ways, each about as often; at the same calls each time, or by --seed
                                             at others
    faults.py BIN_DIR --each-kind            in each of the ways, at one random call
    faults.py BIN_DIR --stride 1             every call of every process (hours); --stride 20: each twentieth
    faults.py BIN_DIR --only dispatch --process opener --fault eio --at 7      one of them again

Faults: eio, enospc (once), full (ENOSPC from that call on), eintr, short, kill-before, kill-after. After each comes the
ordinary next run without a fault. What must hold:
  - the command ends in time, by itself, with a documented exit code, and says what went wrong without a number in it;
  - a call that was interrupted or came back short is no error at all;
  - what it did is done or not done: nothing half; what it said is done, is done (an opt-out above all);
  - the next run takes the home up as it is; in the end nobody is texted twice and every record is accounted for;
  - signpost-verify calls nothing broken, and after a sweep no temporary file is left.
"""
import argparse
import collections
import os
import random
import re
import shutil
import subprocess
import sys
import time

from counting_carrier import CountingCarrier
from fault_line import FITS, PROCESSES, FaultLine, library_beside
from kills import TRANSITIONS
from rehearsal_site import Failed, Site, expect, expect_equal, fictional, rehearsal_policy

FAULTS = {"eio": ("eio", 1), "enospc": ("enospc", 1), "full": ("enospc", 0xFFFFFFFF), "eintr": ("eintr", 1),
          "short": ("short", 1), "kill-before": ("kill-before", 1), "kill-after": ("kill-after", 1)}
NO_ERROR = ("eintr", "short")
PEOPLE, LIMIT = 24, 16
TRIES = 5
SEED = 1  # of the short form: a test stands still, and what only some seeds find is for the longer ones
LOOKS_LIKE_A_NUMBER = re.compile(r"7700\W?900|\d{9,}")
TEMPORARY = re.compile(r"\.tmp|\.new-")


class Line:
    """The site, and a copy of its home at each station of the line."""

    def __init__(self, site, bin_folder):
        self.site = site
        self.carrier = CountingCarrier(site, "--refuse", "11")
        self.faults = FaultLine(library_beside(bin_folder), site.folder)
        self.policy = site.write("policy.toml", rehearsal_policy(4))
        self.message = site.write("message.txt", "You are not in trouble. Free help, day and night.\n")
        self.rows = site.write("rows.txt", "".join(fictional(i, i % 6) + "\n" for i in range(PEOPLE)))
        self.stops = "".join(fictional(i, 2) + "\n" for i in range(3))
        self.approvers = site.approvers()
        self.key = site.path("alice.key")

    def init_command(self):
        return ["init", "--rehearsal", "--planner", "carol", "--policy", self.policy, *self.approvers,
                "--gateway-port", str(self.carrier.port)]

    def keep(self, name):
        shutil.copytree(self.site.home, self.site.path("station-" + name))

    def go_to(self, name):
        shutil.rmtree(self.site.home, ignore_errors=True)
        for left in os.listdir(self.site.folder):
            if left.startswith("home.new-"):
                shutil.rmtree(self.site.path(left))
        if name != "nothing":
            shutil.copytree(self.site.path("station-" + name), self.site.home)
        self.carrier.log.mark()

    def build(self):
        site = self.site
        site.signpost(*self.init_command())
        path = os.path.join(site.home, "signpost.toml")
        with open(path) as file:
            text = file.read()
        for old, new in (("receipt_wait_seconds = 2", "receipt_wait_seconds = 0"),
                         ("receipts = true", "receipts = false"),
                         ("response_timeout_seconds = 60", "response_timeout_seconds = 3")):
            text = text.replace(old, new)
        with open(path, "w") as file:
            file.write(text)
        with open(os.path.join(site.home, "policy.toml")) as file:
            self.next_policy = site.write("next.toml", file.read() + "\n# the same, again\n")
        self.keep("made")
        # On the day of the first epoch's deadline everything else is due, too.
        self.sweep_command = ["sweep", "--at", site.signpost("status")["epochs"][0]["deadline"] + "T12:00:00Z"]
        site.signpost(*self.import_command())
        self.keep("imported")
        site.signpost(*self.plan_command())
        self.batch = self.batches()[0]["batch"]
        self.keep("planned")
        site.approve(self.batch)
        self.keep("approved")

    # Commands, and what is seen from outside.
    def import_command(self):
        return ["import", self.rows, "--case", "ONE"]

    def plan_command(self):
        return ["plan", "--message", self.message, "--limit", str(LIMIT)]

    def batches(self):
        return self.site.signpost("show")["batches"]

    def held(self, name="sealed numbers"):
        return next(one["count"] for one in self.site.signpost("status")["held"] if one["name"] == name)

    def again(self, command, refused=None, stdin=None):
        """The ordinary next run: it succeeds, or says that this is done already."""
        done = subprocess.run(self.site.command(*command), capture_output=True, text=True, input=stdin)
        fine = done.returncode == 0 or (refused and done.returncode == 4 and refused in done.stderr)
        expect(fine, "the next run exited with %d: %s" % (done.returncode, done.stderr))

    def finish(self, batch):
        """Dispatches until nothing is left, and counts."""
        for _ in range(4):
            shown = self.site.signpost("show", batch)
            if shown["state"] == "finished":
                break
            done = subprocess.run(self.site.command("dispatch", batch), capture_output=True, text=True)
            expect(done.returncode in (0, 6), "the next dispatch exited with %d: %s" % (done.returncode, done.stderr))
        expect_equal(shown["state"], "finished", "the batch's state")
        counts, copies = shown["counts"], self.carrier.log.copies()
        expect_equal(sum(counts.values()), shown["records"], "sum of the ends: %r" % counts)
        expect(not [1 for count in copies.values() if count > 1], "somebody was texted twice")
        said = counts.get("sent", 0) + counts.get("delivered", 0)
        expect(said <= len(copies) <= said + counts.get("unknown", 0), "%d arrived: %r" % (len(copies), counts))
        return counts


# One function a station: what must be true after the command failed, and after the ordinary next run.
def after_init(line, done):
    complete = os.path.exists(os.path.join(line.site.home, "store.db"))
    expect(complete or done.code != 0, "no home, and no error")
    line.again(line.init_command(), refused="there is something here already" if complete else None)
    line.again(line.import_command())
    expect(not [name for name in os.listdir(line.site.folder) if ".new-" in name], "half a home was left behind")


def after_import(line, done):
    held = line.held()
    expect(held in (0, PEOPLE) and (held == PEOPLE or done.code != 0), "%d of %d numbers" % (held, PEOPLE))
    line.again(line.import_command())
    expect_equal(line.held(), PEOPLE, "sealed numbers")


def after_plan(line, done):
    expect(line.batches() or done.code != 0, "no batch, and no error")
    if not line.batches():
        line.again(line.plan_command())
    expect_equal([batch["records"] for batch in line.batches()], [LIMIT], "the batches")
    expect_equal(line.held(), PEOPLE, "sealed numbers")
    line.site.approve(line.batches()[0]["batch"])
    line.finish(line.batches()[0]["batch"])


def after_approve(line, done):
    given = line.batches()[0]["approvals"]
    expect("alice" in given or done.code != 0, "no approval, and no error")
    line.again(["approve", line.batch, "--key", line.key], refused="no approval in it is new")
    expect_equal(line.batches()[0]["approvals"], ["alice"], "the approvals")


def after_dispatch(line, _):
    line.finish(line.batch)


def after_cancel(line, done):
    expect(line.batches()[0]["state"] == "cancelled" or done.code != 0, "not cancelled, and no error")
    line.again(["cancel", line.batch], refused="cancelled")
    expect_equal(line.held(), PEOPLE, "sealed numbers")
    line.again(["plan", "--message", line.message])
    expect_equal(line.batches()[-1]["records"] + line.batches()[0]["records"], PEOPLE + LIMIT, "people planned anew")


def withheld_after(line, done, held, command, reason):
    count = line.held(held)
    expect(count == 3 or done.code != 0, "%d of 3 are held, and no error" % count)
    if done.code != 0:
        line.again(command, stdin=line.stops)
    expect_equal(line.held(held), 3, held)
    counts = line.finish(line.batch)
    later = line.site.signpost(*line.import_command())["imports"][0]["counts"]
    expect(counts.get("withheld." + reason, 0) + later.get("withheld." + reason, 0) >= 3,
           "withheld: %r, %r" % (counts, later))


def after_optout(line, done):
    withheld_after(line, done, "opt-outs", ["optout", "add", "-"], "opted-out")
    expect(not [1 for i in range(3) if line.carrier.log.of("44" + fictional(i)[1:]) in line.carrier.log.copies()],
           "somebody who had said stop was texted")


def after_protect(line, done):
    withheld_after(line, done, "protected numbers", ["protect", "add", "-"], "protected")


def after_sweep(line, _):
    line.again(line.sweep_command)
    left = os.listdir(os.path.join(line.site.home, "sealed")) + os.listdir(os.path.join(line.site.home, "keys", "live"))
    expect(not [name for name in left if name.startswith("epoch-") or name.endswith((".intake", ".batch"))],
           "left after its day: %r" % left)
    expect_equal(line.batches()[0]["state"], "expired", "the batch's state")


def after_policy(line, _):
    line.again(["policy", "apply", line.next_policy, "--key", line.key, "--key", line.site.path("bob.key")],
               refused="is in force already")
    with open(line.next_policy) as new, open(os.path.join(line.site.home, "policy.toml")) as now:
        expect(new.read() == now.read(), "policy.toml is not the policy in force")


Station = collections.namedtuple("Station", "name at command stdin after")


def stations(line):
    return [
        Station("init", "nothing", line.init_command(), None, after_init),
        Station("import", "made", line.import_command(), None, after_import),
        Station("plan", "imported", line.plan_command(), None, after_plan),
        Station("approve", "planned", ["approve", line.batch, "--key", line.key], None, after_approve),
        Station("dispatch", "approved", ["dispatch", line.batch], None, after_dispatch),
        Station("cancel", "approved", ["cancel", line.batch], None, after_cancel),
        Station("optout", "approved", ["optout", "add", "-"], line.stops, after_optout),
        Station("protect", "approved", ["protect", "add", "-"], line.stops, after_protect),
        Station("sweep", "approved", line.sweep_command, None, after_sweep),
        Station("policy", "made", ["policy", "apply", line.next_policy, "--key", line.key, "--key",
                                   line.site.path("bob.key")], None, after_policy),
    ]


Cell = collections.namedtuple("Cell", "station process fault points")


def calls_of(fault):
    return TRANSITIONS.get(fault) or FITS[FAULTS[fault][0]]


def survey(line, station):
    """Which calls each process makes when nothing fails: one cell for each process and fault."""
    line.go_to(station.at)
    line.faults.arm()
    done = line.faults.run(line.site.command(*station.command), stdin=station.stdin)
    expect_equal(done.code, 0, "exit code of %s without a fault: %s" % (station.name, done.err))
    counts = line.faults.counts()
    cells = [Cell(station, process, fault, sum(counts[process].get(call, 0) for call in calls_of(fault)))
             for fault in FAULTS for process in PROCESSES]
    return [cell for cell in cells if cell.points]


def judge(line, station, fault, done):
    expect(not done.hung, "did not end by itself: %s" % done.hung)
    killed = fault.startswith("kill") and done.code == -9
    expect(killed or done.code in (0, 1, 3, 4, 5, 6, 7), "exited with %d: %s" % (done.code, done.err))
    expect(fault not in NO_ERROR or done.code == 0, "is no error, but: %s" % done.err)
    expect(killed or done.code == 0 or done.err.startswith("signpost: "), "failed without a word")
    without_ids = re.sub(r"[0-9a-f]{16,}", "", done.err)
    expect(not LOOKS_LIKE_A_NUMBER.search(without_ids), "something like a number in the error")
    home = line.site.home
    # Half a late sweep leaves what is past its day, and the verifier says so: rightly.
    if os.path.exists(home) and station.name != "sweep":
        line.site.verify()
    station.after(line, done)
    line.again(["sweep"] if station.name != "sweep" else line.sweep_command)
    line.site.verify()
    left = [name for folder in ("", "keys", "keys/live", "sealed") for name in os.listdir(os.path.join(home, folder))
            if TEMPORARY.search(name)]
    expect(not left, "temporary files were left: %r" % left)


def trial(line, cell, at):
    """One fault. What went wrong, or nothing."""
    station, action = cell.station, FAULTS[cell.fault]
    line.go_to(station.at)
    line.faults.arm(cell.process, action[0], at, action[1], calls_of(cell.fault))
    done = line.faults.run(line.site.command(*station.command), timeout=45, stdin=station.stdin)
    if not done.fired:
        return None
    try:
        judge(line, station, cell.fault, done)
        return ""
    except Failed as failure:
        return "%s: --only %s --process %s --fault %s --at %d (%s): %s" % (
            "BROKEN", station.name, cell.process, cell.fault, at, done.call, str(failure).strip())


def one_point(cell, chance):
    """In one draw, whatever the count is: one that differs by a call between two runs changes no later draw."""
    return 1 + int(chance.random() * cell.points)


def points(cell, arguments, chance):
    if arguments.at:
        return [arguments.at]
    if not arguments.stride:
        return [one_point(cell, chance)]
    return range(chance.randint(1, min(arguments.stride, cell.points)), cell.points + 1, arguments.stride)


def longer(arguments):
    return arguments.each_kind or arguments.stride or arguments.at or arguments.fault


def chosen(cells, arguments, deck, chance):
    """What is tried of a command: all of it, or of each process one kind of fault, the next that fits it."""
    cells = [cell for cell in cells if arguments.process in (None, cell.process)
             and arguments.fault in (None, cell.fault)]
    if longer(arguments):
        return cells
    found = []
    for process in PROCESSES:
        fits = {cell.fault: cell for cell in cells if cell.process == process}
        if not fits:
            continue
        if not set(fits) & set(deck):
            deck += chance.sample(list(FAULTS), len(FAULTS))
        kind = next(kind for kind in deck if kind in fits)
        deck.remove(kind)
        found.append(fits[kind])
    return found


def tried(line, cell, arguments, chance):
    """What came of each fault that came to pass. A call that one run makes another may not: then another one's."""
    found = [trial(line, cell, at) for at in points(cell, arguments, chance)]
    for _ in range(TRIES):
        if found != [None] or arguments.at:
            break
        found = [trial(line, cell, one_point(cell, chance))]
    return [what for what in found if what is not None]


def main():
    parser = argparse.ArgumentParser(description="a fault at each file and socket call, then the ordinary next run")
    parser.add_argument("bin")
    parser.add_argument("--stride", type=int, default=0)
    parser.add_argument("--each-kind", action="store_true")
    parser.add_argument("--only", nargs="+", metavar="COMMAND")
    parser.add_argument("--process")
    parser.add_argument("--fault", choices=FAULTS)
    parser.add_argument("--at", type=int)
    parser.add_argument("--seed", type=int, help="which calls; a form that is not the short one draws one")
    arguments = parser.parse_args()
    if arguments.seed is None:
        arguments.seed = random.randrange(1 << 32) if longer(arguments) else SEED
    chance, began, broken = random.Random(arguments.seed), time.monotonic(), []
    print("seed %d" % arguments.seed, flush=True)
    done, deck = collections.Counter(), []
    bin_folder = os.path.abspath(arguments.bin)
    with Site(bin_folder) as site:
        line = Line(site, bin_folder)
        line.build()
        expect(set(arguments.only or ()) <= {station.name for station in stations(line)}, "there is no such command")
        for station in stations(line):
            if arguments.only and station.name not in arguments.only:
                continue
            for cell in chosen(survey(line, station), arguments, deck, chance):
                for what in tried(line, cell, arguments, chance):
                    done[station.name, cell.fault] += 1
                    if what:
                        broken.append(what)
                        print(what, flush=True)
            if not any(name == station.name for name, _ in done):
                broken.append("VOID: no fault came to pass in " + station.name)
                print(broken[-1], flush=True)
    for name in sorted({name for name, _ in done}):
        print("%-9s %s" % (name, ", ".join("%s %d" % (fault, done[name, fault]) for fault in FAULTS)))
    print("%d faults, %d broken, in %.0f s" % (sum(done.values()), len(broken), time.monotonic() - began))
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
