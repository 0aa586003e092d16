"""A site for tests that run the binaries: a folder, two approvers, a home, a carrier. Verbs read aloud.

Everything a test starts, it ends: by its id, when the `with` block is left.
"""
import contextlib
import fcntl
import glob
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time

TRIES = 5  # of a scenario that turns out void
PASSPHRASE = "only for tests, of a home that nobody else will see\n"


class Failed(AssertionError):
    pass


class Void(Failed):
    """What was to be looked at was over before it could be: says nothing of the product, and is tried again."""


def expect(condition, message):
    if not condition:
        raise Failed(message)


def expect_equal(found, wanted, what):
    expect(found == wanted, "%s: found %r, wanted %r" % (what, found, wanted))


class Carrier:
    """signpost-carrier on a free port; end() stops it and returns its counts."""
    SHOWS = ["--quiet"]

    def __init__(self, site, options):
        self.report_path = site.path("carrier-%d.json" % len(site.carriers))
        self.process = subprocess.Popen(
            [site.binary("signpost-carrier"), "--port", "0", *self.SHOWS, "--report", self.report_path, *options],
            stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        expect(line.startswith("listening on 127.0.0.1:"), "the carrier does not listen: " + line)
        self.port = int(line.rsplit(":", 1)[1])

    def end(self):
        if self.process.poll() is None:
            self.process.terminate()
        self.process.communicate(timeout=30)
        with open(self.report_path) as file:
            return json.load(file)


class WatchedCarrier(Carrier):
    """One that shows each text as it comes, into a pipe that holds some seventy. Who waits for the Nth text stops
    reading there, and soon the carrier stands still: a dispatch cannot be over before it is seen, on any machine."""
    SHOWS = []
    SET_PIPE_SIZE = 1031  # F_SETPIPE_SZ, which Python knows from 3.10 on

    def __init__(self, site, options):
        super().__init__(site, options)
        self.texts, self.limit, self.moved = 0, None, threading.Condition()
        self.pipe = self.process.stdout.fileno()
        fcntl.fcntl(self.pipe, self.SET_PIPE_SIZE, 4096)
        self.thread = threading.Thread(target=self.watch, daemon=True)
        self.thread.start()

    def watch(self):
        while True:
            data = os.read(self.pipe, 64)  # about a line
            with self.moved:
                self.texts += data.count(b"\n")
                self.moved.notify_all()
                self.moved.wait_for(lambda: self.limit is None or self.texts < self.limit)
            if not data:
                return

    def hold_after(self, texts):
        with self.moved:
            self.limit = self.texts + texts
            self.moved.notify_all()

    def holds(self, run):
        """True once it holds; False when the run has ended before."""
        with self.moved:
            while self.texts < self.limit and run.poll() is None:
                self.moved.wait(timeout=0.01)
            return self.texts >= self.limit

    def go_on(self):
        with self.moved:
            self.limit = None
            self.moved.notify_all()

    def end(self):
        self.go_on()
        if self.process.poll() is None:
            self.process.terminate()
        self.thread.join(timeout=30)  # what it says until it has ended
        return super().end()


class Site:
    def __init__(self, bin_folder):
        self.bin = bin_folder
        self.folder = tempfile.mkdtemp(prefix="signpost-test-")
        self.home = self.path("home")
        self.carriers, self.started = [], []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for process in self.started + [carrier.process for carrier in self.carriers]:
            if process.poll() is None:
                process.kill()
                process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def binary(self, name):
        return os.path.join(self.bin, name)

    def write(self, name, text):
        with open(self.path(name), "w") as file:
            file.write(text)
        return self.path(name)

    def command(self, *arguments):
        return [self.binary("signpost"), "--home", self.home, "--json", *arguments]

    def signpost(self, *arguments, exits=0, stdin=None):
        """Runs one command and returns what it printed as JSON (None when it printed nothing)."""
        done = subprocess.run(self.command(*arguments), capture_output=True, text=True, input=stdin)
        if done.returncode != exits:
            raise Failed("signpost %s exited %d, wanted %d\n%s%s" % (
                " ".join(arguments), done.returncode, exits, done.stdout, done.stderr))
        self.last_error = done.stderr
        return json.loads(done.stdout) if done.stdout.startswith("{") else None

    def verify(self, exits=0):
        done = subprocess.run([self.binary("signpost-verify"), self.home, "--json"],
                              capture_output=True, text=True)
        if done.returncode != exits:
            lines = done.stdout.replace("},{", "},\n{").splitlines()
            raise Failed("signpost-verify exited %d, wanted %d\n%s%s" % (
                done.returncode, exits, "\n".join(line for line in lines if '"broken"' in line), done.stderr))
        return json.loads(done.stdout)

    def approvers(self):
        for name in ("alice", "bob"):
            self.signpost("keys", "new-approver", name, "--out", self.path(name + ".key"))
        return ["--approver", self.path("alice.key.pub") + "=lead",
                "--approver", self.path("bob.key.pub") + "=data-protection"]

    def rehearsal_home(self, port=0, policy=None):
        more = ["--gateway-port", str(port)] if port else []
        more += ["--policy", policy] if policy else []
        self.signpost("init", "--rehearsal", "--planner", "carol", *self.approvers(), *more)

    def live_home(self):
        self.signpost("init", "--planner", "carol", *self.approvers(), "--passphrase-file",
                      self.write("passphrase", PASSPHRASE), "--key-cost", "moderate")

    def carrier(self, *options, kind=Carrier):
        carrier = kind(self, options)
        self.carriers.append(carrier)
        return carrier

    def bytes_sealed(self):
        """In all sealed files, whatever is being written or removed meanwhile."""
        total = 0
        for path in glob.glob(os.path.join(self.home, "sealed", "*")):
            with contextlib.suppress(FileNotFoundError):
                total += os.path.getsize(path)
        return total

    def import_numbers(self, case, *numbers):
        """Imports a list and returns its counts."""
        path = self.write("list-%s.txt" % case, "".join(number + "\n" for number in numbers))
        return self.import_file(case, path)

    def import_file(self, case, path):
        return self.signpost("import", path, "--case", case)["imports"][0]["counts"]

    def plan(self, *options):
        message = self.write("message.txt", "You are not in trouble. Free help, day and night.\n")
        return self.signpost("plan", "--message", message, *options)["batch"]

    def approve(self, batch):
        for name in ("alice", "bob"):
            self.signpost("approve", batch, "--key", self.path(name + ".key"))

    def approved_plan(self):
        batch = self.plan()
        self.approve(batch)
        return batch

    def ready_to_send(self, tails, *options, kind=Carrier):
        """A carrier, and a batch of these people that is approved for it."""
        carrier = self.carrier(*options, kind=kind)
        self.rehearsal_home(carrier.port)
        self.import_numbers("ONE", *(fictional(tail, 1) for tail in tails))
        return carrier, self.approved_plan()

    def dispatch(self, batch, exits=0):
        done = self.signpost("dispatch", batch, exits=exits)
        return done["batches"][0] if done else None

    def start(self, *arguments):
        process = subprocess.Popen(self.command(*arguments), stdout=subprocess.PIPE,
                                   stderr=subprocess.STDOUT, text=True)
        self.started.append(process)
        return process


def rehearsal_policy(range_records):
    """The shipped policy for rehearsals, at the fastest pace, with a journal range of that size."""
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "policy", "rehearsal.toml")) as file:
        text = file.read()
    text = re.sub(r"(?m)^messages_per_second = .*$", "messages_per_second = 1000", text)
    return re.sub(r"(?m)^range_records = .*$", "range_records = %d" % range_records, text)


def fictional(tail, way=0):
    """A sample number in one of the ways that people write one."""
    return spelled("7700900%03d" % tail, way)


def spelled(digits, way):
    a, b = digits[:4], digits[4:]
    return ["0" + digits, "+44" + digits, "0%s %s" % (a, b), "+44 (0)%s %s" % (a, b), "0044 %s %s" % (a, b),
            "0%s-%s-%s" % (a, b[:3], b[3:])][way]


def run_named(scenarios):
    """main: scenarios.py BIN NAME; without a name, the list."""
    if len(sys.argv) < 3:
        print("\n".join(scenarios))
        return 0
    began = time.monotonic()
    for tries_left in reversed(range(TRIES)):
        try:
            scenarios[sys.argv[2]](os.path.abspath(sys.argv[1]))
        except Failed as failure:
            print("%s: %s" % (sys.argv[2], failure))
            if isinstance(failure, Void) and tries_left:
                continue
            return 1
        print("%s: held, in %.1f s" % (sys.argv[2], time.monotonic() - began))
        return 0
