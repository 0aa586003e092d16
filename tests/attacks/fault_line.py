"""The driver's half of faults.cc: one shared page that says what is to happen to which process, and what happened.

    line = FaultLine(library, folder)
    line.arm("opener", "kill-after", at=12)
    done = line.run(command, timeout=30)     # done.code, done.out, done.err, done.fired
"""
import collections
import ctypes
import mmap
import os
import signal
import struct
import subprocess
import time

CALLS = ("open read pread write pwrite sync truncate rename link unlink mkdir lock flock send receive connect socket "
         "poll close map").split()
PROCESSES = "other signpost reader sealer opener sender".split()
ACTIONS = "none eio enospc eintr short kill-before kill-after".split()
# Where an action can happen at all: poll and close do not fail that way, a lock that does not wait is not interrupted.
FITS = {"eio": [call for call in CALLS if call not in ("poll", "close")],
        "enospc": "open write pwrite sync truncate rename link mkdir".split(),
        "eintr": "read write send receive poll flock".split(),
        "short": "read pread write pwrite send receive".split(),
        "none": [], "kill-before": CALLS, "kill-after": CALLS}
VICTIM, ACTION, AT, TIMES, CALLS_MASK, MATCHED, FIRED, FIRED_CALL, KILL_PID = range(9)

Done = collections.namedtuple("Done", "code out err fired call matched hung")


def library_beside(bin_folder):
    """The shim that was built with these binaries, or with the dev build of the same tree."""
    for folder in (bin_folder, os.path.join(bin_folder, "..", "..", "dev", "bin")):
        path = os.path.abspath(os.path.join(folder, "libfaults.so"))
        if os.path.exists(path):
            return path
    raise SystemExit("libfaults.so is not beside the binaries: build the dev preset's target `faults`")


def adopt_orphans():
    """What outlives a killed signpost becomes a child of this process, so that it can be waited for."""
    ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)  # PR_SET_CHILD_SUBREAPER


def name_of(pid):
    try:
        with open("/proc/%d/comm" % pid) as file:
            return file.read().strip()
    except OSError:
        return ""


def children():
    """Those of signpost's; a carrier that the driver starts is the driver's to end."""
    with open("/proc/self/task/%d/children" % os.getpid()) as file:
        pids = [int(pid) for pid in file.read().split()]
    return {pid for pid in pids if name_of(pid).startswith("signpost")}


def end_and_name(pid):
    name = name_of(pid)
    os.kill(pid, signal.SIGKILL)
    return name


class FaultLine:
    def __init__(self, library, folder):
        self.library, self.path = library, os.path.join(folder, "fault-page")
        with open(self.path, "wb") as file:
            file.write(bytes(4096))
        with open(self.path, "r+b") as file:
            self.page = mmap.mmap(file.fileno(), 4096)
        adopt_orphans()

    def get(self, word):
        return struct.unpack_from("=I", self.page, 4 * word)[0]

    def put(self, word, value):
        struct.pack_into("=I", self.page, 4 * word, value)

    def arm(self, process="other", action="none", at=0, times=1, calls=None):
        self.page[:] = bytes(4096)
        self.put(VICTIM, PROCESSES.index(process))
        self.put(AT, at)
        self.put(TIMES, times)
        self.put(CALLS_MASK, sum(1 << CALLS.index(call) for call in calls or FITS[action]))
        self.put(ACTION, ACTIONS.index(action))

    def pid(self, process):
        return self.get(9 + PROCESSES.index(process))

    def counts(self):
        """{process: {call: how many}}, of the last run."""
        base = 9 + len(PROCESSES)
        words = struct.unpack_from("=%dI" % (len(PROCESSES) * len(CALLS)), self.page, 4 * base)
        return {process: {call: words[i * len(CALLS) + j] for j, call in enumerate(CALLS)
                          if words[i * len(CALLS) + j]} for i, process in enumerate(PROCESSES)}

    def environment(self):
        return dict(os.environ, LD_PRELOAD=self.library, SIGNPOST_FAULTS=self.path,
                    SIGNPOST_BY=os.environ.get("SIGNPOST_BY", "carol"))

    def start(self, command, stdin=None):
        return subprocess.Popen(command, stdin=subprocess.PIPE if stdin else subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=self.environment())

    def run(self, command, timeout=60, stdin=None, on_turn=None):
        """Runs it to its end, killing whom the page says. `on_turn(process)` is called every turn."""
        known = children()
        process = self.start(command, stdin)
        if stdin:
            try:
                process.stdin.write(stdin)
                process.stdin.close()
            except BrokenPipeError:
                pass
            process.stdin = None
        end, hung = time.monotonic() + timeout, False
        while process.poll() is None:
            self.serve_kill()
            if on_turn:
                on_turn(process)
            if time.monotonic() > end:
                hung = True
                process.kill()
            time.sleep(0.0005)
        out, err = process.communicate()
        left = self.wait_for_orphans(known)
        hung = (["it"] if hung else []) + left
        return Done(process.returncode, out, err, self.get(FIRED), CALLS[self.get(FIRED_CALL)], self.get(MATCHED), hung)

    def serve_kill(self):
        pid = self.get(KILL_PID)
        if pid:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            self.put(KILL_PID, 0)

    def wait_for_orphans(self, known, seconds=30):
        """The names of what the command started and what did not end by itself."""
        end = time.monotonic() + seconds
        while True:
            self.serve_kill()
            left = children() - known
            for pid in left:
                try:
                    os.waitpid(pid, os.WNOHANG)
                except ChildProcessError:
                    pass
            left = children() - known
            if not left:
                return []
            if time.monotonic() > end:
                return [end_and_name(pid) for pid in left]
            time.sleep(0.001)
