#!/usr/bin/env python3
"""Sealed processes that were taken over after their lock-down, and what they can do: hijacked.py BIN_DIR NAME.

BIN_DIR holds hijacked-reader and its neighbours: the product's own process, whose work is replaced by a script
(tests/attacks/hijack). What such a process is told to give away is a planted number: it must not be found in what
anybody printed, nor in any byte of the home, in any spelling (leak_scan.py)."""
import os
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time

from leak_scan import Scan
from rehearsal_site import Failed, Site, expect, expect_equal, fictional, run_named

HERE = os.path.dirname(os.path.abspath(__file__))
PROCESSES = ("reader", "sealer", "opener", "sender")
PLANTED = 987  # the last three digits of the number that is given away
NUMBER = "+447700900%03d" % PLANTED


def kinds(boundary):
    """Names of messages -> numbers, from the table's own header."""
    with open(os.path.join(HERE, "..", "..", "core", "shared", "wire", boundary + "_boundary.h")) as file:
        text = re.sub(r"//.*", "", file.read())
    body = re.search(r"enum Kind : uint8_t \{(.*?)\}", text, re.S).group(1)
    found, value = {}, 0
    for item in filter(None, (part.strip() for part in body.split(","))):
        name, _, given = (word.strip() for word in item.partition("="))
        value = int(given) if given else value + 1
        found[name] = value
    return found


def size_of(boundary, frame):
    with open(os.path.join(HERE, "..", "..", "core", "shared", "wire", boundary + "_boundary.h")) as file:
        return int(re.search(r"sizeof\(%s\) == (\d+)" % frame, file.read()).group(1))


READER, SEALER, OPENER, SENDER = (kinds(name) for name in PROCESSES)


def message(kind, count, payload=b"", fds=0):
    return (struct.pack("<BBHI", kind, fds, 0, count) + payload).hex()


def send(fd, hexes, times=1):
    return "send %d %s %d" % (fd, hexes, times)


def planted(size):
    """So many bytes with the number in them, again and again."""
    return (NUMBER.encode() * (size // len(NUMBER) + 1))[:size]


# --- what a process may ask of the kernel ---

# What the profile allows, so that the kernel's answer decides instead of the filter, and what that answer is.
REFUSED, COULD = 40, 41
ALLOWED = {
    "opener": {"write behind the end": (REFUSED, -signal.SIGXFSZ)},  # the size of its state is its limit
    "sender": {"which process am I": (COULD,)},  # TLS: libcrypto's random generator asks
}


def start_alone(bin_folder, folder, process, script):
    """Starts a hijacked process with its own descriptors: channels, evidence, passphrase, state."""
    binary = os.path.join(folder, "hijacked-" + process)
    if not os.path.exists(binary):
        shutil.copy2(os.path.join(bin_folder, "hijacked-" + process), binary)
    with open(binary + ".script", "w") as file:
        file.write(script + "\n")
    ours, theirs = socket.socketpair()
    sender, theirs_too = socket.socketpair()
    path = os.path.join(folder, "state")
    with open(path, "wb") as file:
        file.truncate(40960)
    files = [os.open(path, os.O_RDWR), os.open(path, os.O_RDWR)]
    high = [os.dup2(fd, 200 + i) for i, fd in enumerate((theirs.fileno(), theirs_too.fileno(), *files))]

    def place():
        for i, fd in enumerate(high):
            os.dup2(fd, 3 + i)
    done = subprocess.run([binary], preexec_fn=place, close_fds=False, env={}, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, timeout=60)
    for fd in files + high:
        os.close(fd)
    for end in (ours, theirs, sender, theirs_too):
        end.close()
    return done


def no_sealed_process_can_do_more_than_its_list(bin_folder):
    with tempfile.TemporaryDirectory(prefix="signpost-hijacked-") as folder:
        tried = 0
        for process in PROCESSES:
            expect_equal(start_alone(bin_folder, folder, process, "send 3 00 1").returncode, 0,
                         "a hijacked %s that does what it may" % process)
            ended = start_alone(bin_folder, folder, process, "try everything").stdout.decode().splitlines()
            expect(len(ended) > 60, "there are attempts: " + str(len(ended)))
            for line in ended:
                code, name = line.split(" ", 1)
                tried += 1
                if name in ALLOWED.get(process, ()):
                    expect(int(code) in ALLOWED[process][name], "%s: %s: %s" % (process, name, code))
                else:
                    expect_equal(int(code), -signal.SIGSYS, "a hijacked %s tries: %s" % (process, name))
            expect_equal(os.path.getsize(os.path.join(folder, "state")), 40960, "size of the state")
        print("%d attempts in %d processes" % (tried, len(PROCESSES)))


# --- what it may say ---

class Hijacked(Site):
    """A site whose binaries are files of its own, so that one of them can be taken over."""

    def __init__(self, bin_folder):
        super().__init__(bin_folder)
        self.bin = self.path("bin")
        self.honest = bin_folder
        os.mkdir(self.bin)
        for name in ("", "-reader", "-sealer", "-opener", "-sender", "-carrier", "-verify"):
            shutil.copy2(os.path.join(bin_folder, "signpost" + name), self.bin)
        self.scan = Scan({PLANTED})

    def take_over(self, process, script):
        self.give_back(process)
        shutil.copy2(os.path.join(self.honest, "hijacked-" + process), self.binary("signpost-" + process))
        with open(self.binary("signpost-" + process) + ".script", "w") as file:
            file.write("\n".join(script) + "\n")

    def give_back(self, process):
        path = self.binary("signpost-" + process)
        os.unlink(path)  # one that still runs keeps its own
        shutil.copy2(os.path.join(self.honest, "signpost-" + process), path)

    def run(self, what, *arguments):
        """A command beside a hijacked process: it must end, badly, and nothing may have come out."""
        began = time.monotonic()
        try:
            done = subprocess.run(self.command(*arguments), capture_output=True, timeout=60)
        except subprocess.TimeoutExpired:
            raise Failed("%s: signpost hangs" % what)
        expect(done.returncode in (1, 3, 4, 5, 6), "%s: exit %d: %s" % (what, done.returncode, done.stderr.decode()))
        if os.environ.get("SIGNPOST_TIMES"):
            print("%6.2f s  exit %d  %s" % (time.monotonic() - began, done.returncode, what))
        self.scan.data("what was printed", done.stdout + done.stderr)
        self.leaks_nothing(what)
        return done.stderr.decode()

    def leaks_nothing(self, what):
        if self.scan.hits:
            self.scan.report()
            raise Failed("%s: the planted number came out" % what)

    def home_holds_nothing(self):
        """Once for all of them: nothing but the store's free pages could have forgotten it meanwhile."""
        self.scan.paths([self.home])
        self.leaks_nothing("one of these")


def reader_scripts():
    found = message(READER["kFound"], 1, bytes(8))
    number = int(NUMBER[3:])  # as an integer, where a row should be
    reject = struct.pack("<QII", number, 1, 1)
    totals = bytearray(400)
    with open(os.path.join(HERE, "..", "..", "core", "shared", "wire", "reader_boundary.h")) as file:
        reasons = re.search(r"enum class Reason[^{]*\{(.*?)\}", re.sub(r"//.*", "", file.read()), re.S).group(1)
    count = len([r for r in reasons.split(",") if r.strip()]) - 1
    def totals_with(rows, version):
        body = struct.pack("<Q", rows) + bytes(8 * count) + version.ljust(16, b"\0")
        return message(READER["kTotals"], 1, body)
    end = [send(4, message(READER["kEnd"], 1, bytes(8)))]
    return {
        "garbage": [send(3, planted(4096).hex())],
        "an unknown message": [send(3, message(77, 1, planted(64)))],
        "a message of the wrong size": [send(3, message(READER["kFound"], 4, planted(32)))],
        "too many frames": [send(3, found), send(3, message(READER["kRejects"], 4096, planted(4096 * 16)))],
        "a huge count": [send(3, found), send(3, message(READER["kRejects"], 0xFFFFFFFF, planted(4096)))],
        "a message again": [send(3, found), send(3, found)],
        "a message out of turn": [send(3, message(READER["kProgress"], 1, planted(16)))],
        "what goes the other way": [send(3, message(READER["kStart"], 1, planted(40)))],
        "numbers, to signpost": [send(3, message(READER["kNumbers"], 4, planted(64)))],
        "a descriptor": ["give 3 %s 5" % message(READER["kFound"], 1, bytes(8), fds=1)],
        "a descriptor, unannounced": ["give 3 %s 5" % found],
        "half a message": [send(3, message(READER["kFound"], 1, planted(4)))],
        "a place that is a number": [send(3, found), send(3, message(READER["kRejects"], 1, reject)),
                                     *end, send(3, totals_with(1, b"8.12.57"))],
        "progress that is a number": [send(3, found),
                                      send(3, message(READER["kProgress"], 1, struct.pack("<QQ", number, number))),
                                      *end, send(3, totals_with(number, b"8.12.57"))],
        "a version that is a number": [send(3, found), *end, send(3, totals_with(1, NUMBER.encode()))],
        "a refusal that is a number": [send(3, message(READER["kRefused"], 1, struct.pack("<QII", number, 1, 0)))],
        "a flood": [send(3, found), send(3, message(READER["kProgress"], 1, bytes(16)), 20000)],
        "to the sealer: garbage": [send(4, planted(4096).hex()), "stay"],
        "to the sealer: what is not a number": [send(4, message(READER["kNumbers"], 64, planted(1024))), "stay"],
        "to the sealer: too many": [send(4, message(READER["kNumbers"], 4096, planted(65536))), "stay"],
        "to the sealer: a descriptor": ["give 4 %s 5" % message(READER["kNumbers"], 0, fds=1), "stay"],
    }


def hijacked_reader_gets_nothing_out(bin_folder):
    with Hijacked(bin_folder) as site:
        site.rehearsal_home()
        path = site.write("list.txt", "".join(fictional(tail, 1) + "\n" for tail in range(10, 20)))
        for what, script in reader_scripts().items():
            site.take_over("reader", script)
            site.run("a hijacked reader sends " + what, "import", path, "--case", "ONE")
        site.home_holds_nothing()
        site.give_back("reader")
        expect_equal(site.import_file("ONE", path)["new"], 10, "people of the next import")
        site.verify()


def hijacked_sealer_gets_nothing_out(bin_folder):
    ready = message(SEALER["kReady"], 1, bytes(SECTION_BYTES))
    scripts = {
        "garbage": [send(3, planted(4096).hex()), "stay"],
        "an unknown message": [send(3, message(77, 1, planted(64))), "stay"],
        "records before it is ready": [send(3, message(SEALER["kPeople"], 1, planted(112))), "stay"],
        "records without end": [send(3, ready), send(3, message(SEALER["kPeople"], 4096, planted(4096 * 112)))],
        "numbers": [send(3, ready), send(3, message(SEALER["kReplyNumber"], 1, planted(24)))],
        "a key": [send(3, ready), send(3, message(SEALER["kMadeKey"], 64, planted(64)))],
        "a descriptor": ["give 3 %s 5" % message(SEALER["kReady"], 1, bytes(SECTION_BYTES), fds=1), "stay"],
        "a reason that is none": [send(3, message(SEALER["kFailed"], 1, struct.pack("<I", 770090098)))],
        "a total that is a number": [send(3, ready),
                                     send(3, message(SEALER["kEnd"], 1, struct.pack("<Q", int(NUMBER[1:]))))],
    }
    with Hijacked(bin_folder) as site:
        site.rehearsal_home()
        path = site.write("list.txt", "".join(fictional(tail, 1) + "\n" for tail in range(10, 20)))
        for what, script in scripts.items():
            site.take_over("sealer", script)
            site.run("a hijacked sealer sends " + what, "import", path, "--case", "ONE")
        site.home_holds_nothing()
        site.give_back("sealer")
        expect_equal(site.import_file("ONE", path)["new"], 10, "people of the next import")
        site.verify()


SECTION_BYTES = int(re.search(r"kSectionBytes = (\d+)", open(os.path.join(
    HERE, "..", "..", "crypto", "seal", "format", "sealed_file.h")).read()).group(1))


def hijacked_opener_gets_nothing_out(bin_folder):
    accepted = message(OPENER["kAccepted"], 1, struct.pack("<II", 0, 10))
    session = message(SENDER["kSession"], 1, bytes(size_of("sender", "Session")))
    refusal = message(OPENER["kRefused"], 1, struct.pack("<IIQ", 7700900, 987, int(NUMBER[1:])))
    secret = message(SENDER["kSession"], 1, bytes(size_of("sender", "Session")), fds=1)
    scripts = {
        "garbage": [send(3, planted(4096).hex()), "stay"],
        "numbers as a key": [send(3, message(OPENER["kMadeKey"], 64, planted(64))), "stay"],
        "done, and nothing was": [send(3, message(OPENER["kDone"], 0)), "stay"],
        "a refusal that is a number": [send(3, refusal)],
        "tokens that nobody asked for": [send(3, accepted), send(3, message(OPENER["kTokens"], 10, planted(320))),
                                         "stay"],
        "tokens for another range": [send(3, accepted), send(3, message(OPENER["kTokens"], 1000, planted(32000))),
                                     "stay"],
        "passed, and nothing was": [send(3, accepted), send(3, message(OPENER["kPassed"], 1, bytes(4)), 9), "stay"],
        "acceptance again": [send(3, accepted), send(3, accepted), "stay"],
        "its passphrase": ["give 3 %s 5" % message(OPENER["kAccepted"], 1, bytes(8), fds=1), "stay"],
        "ranges as text": [send(3, accepted), send(3, message(OPENER["kOpenRange"], 1, planted(8))), "stay"],
        "to the sender: garbage": [send(3, accepted), send(4, planted(4096).hex()), "stay"],
        "to the sender: its passphrase": [send(3, accepted), "give 4 %s 5" % secret],
        "to the sender: a session of zeros": [send(3, accepted), send(4, session),
                                              send(4, message(SENDER["kText"], 4, b"text"))],
        "to the sender: numbers before the text": [send(3, accepted), send(4, session),
                                                   send(4, message(SENDER["kNumbers"], 4, planted(80)))],
    }
    with Hijacked(bin_folder) as site:
        carrier, batch = site.ready_to_send(range(10, 20))
        for what, script in scripts.items():
            site.take_over("opener", script)
            site.run("a hijacked opener sends " + what, "dispatch", batch)
        site.home_holds_nothing()
        site.give_back("opener")
        site.signpost("dispatch", batch)
        report = carrier.end()
        expect_equal((report["people"], report["messages"]), (10, 10), "people and messages of the honest run")
        site.verify()


def hijacked_sender_gets_nothing_out(bin_folder):
    bound = message(SENDER["kBound"], 0)
    scripts = {
        "garbage": [send(3, planted(4096).hex()), "stay"],
        "numbers": [send(3, message(SENDER["kNumbers"], 4, planted(80))), "stay"],
        "an outcome of nobody": [send(3, message(SENDER["kSettled"], 1, planted(28))), "stay"],
        "outcomes without end": [send(3, message(SENDER["kSettled"], 4096, planted(4096 * 28))), "stay"],
        "a failure that is a number": [send(3, message(SENDER["kFailed"], 1, struct.pack("<II", 7700900, 987)))],
        "receipts of nobody": [send(3, message(SENDER["kReceipts"], 64, planted(64 * 56)), 100),
                               send(3, message(SENDER["kFailed"], 1, struct.pack("<II", 1, 0)))],
        "a flood of calls for a socket": [send(3, message(SENDER["kNeedSocket"], 0), 300),
                                          send(3, message(SENDER["kFailed"], 1, struct.pack("<II", 2, 0)))],
        "a flood of replies": [send(3, message(SENDER["kInbound"], 1, planted(16)), 5000),
                               send(3, message(SENDER["kFailed"], 1, struct.pack("<II", 2, 0)))],
        "a last word, and stays": [send(3, message(SENDER["kFinished"], 0)), "stay"],
        "a descriptor": ["give 3 %s 4" % message(SENDER["kBound"], 0, fds=1), "stay"],
        "to the sealer: garbage": [send(5, planted(4096).hex()), "stay"],
        "to the sealer: what is not a number": [send(5, message(SEALER["kReplyNumber"], 4, planted(96))), "stay"],
        "to the sealer: too many": [send(5, message(SEALER["kReplyNumber"], 4096, planted(4096 * 24))), "stay"],
    }
    with Hijacked(bin_folder) as site:
        carrier, batch = site.ready_to_send(range(10, 20))
        for what, script in scripts.items():
            site.take_over("sender", script)
            site.run("a hijacked sender sends " + what, "dispatch", batch)
        # And one that has numbers, of a range that it was given after it claimed to be bound: they were attempted,
        # so they are unknown and never sent again, and what it says about them comes to nothing.
        site.take_over("sender", [send(3, bound), "hear 4", "hear 4", send(3, planted(4096).hex()), "stay"])
        site.run("a hijacked sender with numbers sends garbage", "dispatch", batch)
        site.home_holds_nothing()
        site.give_back("sender")
        site.signpost("dispatch", batch)
        report = carrier.end()
        expect(report["people_with_more_than_one"] == 0, "nobody is texted twice")
        site.verify()


SCENARIOS = {s.__name__: s for s in (
    no_sealed_process_can_do_more_than_its_list,
    hijacked_reader_gets_nothing_out,
    hijacked_sealer_gets_nothing_out,
    hijacked_opener_gets_nothing_out,
    hijacked_sender_gets_nothing_out)}

if __name__ == "__main__":
    sys.exit(run_named(SCENARIOS))
