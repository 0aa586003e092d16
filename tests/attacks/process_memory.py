"""What stands in the memory of other processes: stops them, reads all that they have, looks for numbers.

As root, through /proc/PID/mem. Read is every page that exists, present or swapped out, readable or not (also
guarded ones); left out are the kernel's own pages ([vvar], [vsyscall]) and mappings of files of which the
process has no page of its own, because those are the file. The spellings are leak_scan.py's, but for hashes
and a few combinations (for_memory), and digits in packed GSM 7-bit.

Not read: registers, and what the kernel holds of sockets; see policy/THREATS.md.
"""
import collections
import contextlib
import ctypes
import functools
import os
import re
import signal
import time

import leak_scan
from rehearsal_site import Void, expect

Mapping = collections.namedtuple("Mapping", "start end name flags own swapped")
Hit = collections.namedtuple("Hit", "tail spelling address mapping")

HEAD = re.compile(r"^([0-9a-f]+)-([0-9a-f]+) (\S+) \S+ \S+ (\d+) *(.*)$")
PAGE = os.sysconf("SC_PAGESIZE")


def mappings(pid):
    """The mappings that have pages of the process's own."""
    found, head, fields = [], None, {}

    def take():
        if head is None:
            return
        start, end, rights, inode, name = head
        file = inode != "0" and rights.endswith("p") and not name.endswith(" (deleted)")
        own = fields["Anonymous"] if file else fields["Rss"]
        if (own or fields["Swap"]) and name not in ("[vvar]", "[vsyscall]", "[vdso]", "[vvar_vclock]"):
            found.append(Mapping(int(start, 16), int(end, 16), name, fields["VmFlags"], own, fields["Swap"]))

    with open("/proc/%d/smaps" % pid) as file:
        for line in file:
            begins = HEAD.match(line)
            if begins:
                take()
                head, fields = begins.groups(), {}
            else:
                key, _, value = line.partition(":")
                fields[key] = value.split() if key == "VmFlags" else \
                    int(value.split()[0]) if value.split()[-1:] == ["kB"] else value
    take()
    return found


class PackedSpelling:
    """Digits as GSM 03.38 septets without gaps, beginning at any bit of an octet."""
    name = "packed GSM 7-bit"

    def __init__(self):
        self.cores = []
        bits = sum(ord(c) << 7 * at for at, c in enumerate(leak_scan.PREFIX))
        for shift in range(8):
            skipped = (8 - shift) % 8  # bits until the first whole octet
            whole = (7 * len(leak_scan.PREFIX) - skipped) // 8
            self.cores.append((shift, (bits >> skipped & (1 << 8 * whole) - 1).to_bytes(whole, "little")))
        self.wanted, self.width = bits, 7 * len(leak_scan.PREFIX)

    def find(self, data):
        for shift, core in self.cores:
            at = data.find(core)
            while at >= 0:
                begin = at - 1 if shift else at
                value = int.from_bytes(data[max(begin, 0): begin + 12], "little") >> shift
                if begin >= 0 and value & (1 << self.width) - 1 == self.wanted:
                    tail = [chr(value >> self.width + 7 * i & 0x7F) for i in range(3)]
                    if all(c in "0123456789" for c in tail):
                        yield at, int("".join(tail))
                at = data.find(core, at + 1)


def for_memory(spelling):
    """Hashes would take minutes; and hexadecimal and base64 are looked for of text alone."""
    coded = isinstance(spelling, (leak_scan.HexSpelling, leak_scan.Base64Spelling))
    return not isinstance(spelling, leak_scan.HashSpelling) and not (coded and "BCD" in spelling.name)


@functools.lru_cache(maxsize=None)
def spellings():
    """When first used: a live run sets another beginning of its numbers (leak_scan.PREFIX) before."""
    return [s for s in leak_scan.spellings({0}) if for_memory(s)] + [PackedSpelling()]


class Memory:
    """All memory of one stopped process, and the numbers in it."""

    def __init__(self, pid):
        self.pid, self.bytes, self.hits = pid, 0, []
        with open("/proc/%d/mem" % pid, "rb", buffering=0) as file:
            for mapping in mappings(pid):
                data = self.read(file.fileno(), mapping)
                self.bytes += len(data)
                for spelling in spellings():
                    for at, tail in spelling.find(data):
                        self.hits.append(Hit(tail, spelling.name, mapping.start + at, mapping))
        expect(self.bytes > 100000, "process %d has next to no memory: was it read at all?" % pid)

    @staticmethod
    def read(fd, mapping):
        parts, at = [], mapping.start
        while at < mapping.end:
            try:
                part = os.pread(fd, min(mapping.end - at, 1 << 24), at)
            except OSError:
                part = b""
            if not part:  # a page that nobody can read: a hole in its place
                part = bytes(PAGE)
            parts.append(part)
            at += len(part)
        return b"".join(parts)

    def tails(self):
        return {hit.tail for hit in self.hits}

    def where(self, tails):
        """For people: in what mappings and spellings some of these stand, without the numbers."""
        count = collections.Counter(
            ("%s, %s at %+d" % (hit.spelling, hit.mapping.name or "anonymous", hit.address - hit.mapping.end))
            if hit.mapping.name == "[stack]" else
            "%s, %s%s" % (hit.spelling, hit.mapping.name or "anonymous",
                          " (locked)" if "lo" in hit.mapping.flags else "")
            for hit in self.hits if hit.tail in tails)
        return "; ".join("%s: %d times" % one for one in sorted(count.items()))

    def expect_none(self, tails, what):
        left = self.tails() & set(tails)
        expect(not left, "%s: %d numbers are in memory: %s" % (what, len(left), self.where(left)))

    def expect_locked(self, what):
        """Whatever of a number it holds can neither be swapped nor dumped."""
        for flag, meaning in (("lo", "can be swapped"), ("dd", "would be dumped")):
            loose = {hit.tail for hit in self.hits if flag not in hit.mapping.flags}
            expect(not loose, "%s: %d numbers stand in memory that %s: %s" % (
                what, len(loose), meaning, self.where(loose)))


def state_of(pid):
    try:
        with open("/proc/%d/stat" % pid) as file:
            state = file.read().rsplit(")", 1)[1].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        state = "X"
    if state in "ZX":
        raise Void("void: process %d was over before it was looked at" % pid)
    return state


def switches_of(pid):
    """How often it has left the processor, so how often it has had it."""
    with open("/proc/%d/status" % pid) as file:
        return sum(int(line.split()[1]) for line in file if "voluntary_ctxt_switches" in line)


def wait_until(condition, what, seconds=60):
    until = time.monotonic() + seconds
    while not condition():
        expect(time.monotonic() < until, "waited in vain: " + what)
        time.sleep(0.002)


def wait_until_quiet(pids):
    """All wait for something, and go on waiting: nothing is on its way between them."""
    calm, before = 0, None

    def quiet():
        nonlocal calm, before
        waiting, now = all(state_of(pid) == "S" for pid in pids), [switches_of(pid) for pid in pids]
        calm, before = calm + 1 if waiting and now == before else 0, now
        return calm > 30

    wait_until(quiet, "processes that all wait")


@contextlib.contextmanager
def stopped(pids):
    try:
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        wait_until(lambda: all(state_of(pid) in "Tt" for pid in pids), "processes that stop")
        yield
    finally:
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)


LIBC = ctypes.CDLL(None, use_errno=True)
LIBC.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
LIBC.ptrace.restype = ctypes.c_long
CONT, DETACH, SEIZE, GETEVENTMSG = 7, 17, 0x4206, 0x4201
TRACE_EXIT, EVENT_EXIT, WALL = 0x40, 6, 0x40000000


def ptrace(request, pid, data=0):
    if LIBC.ptrace(request, pid, None, data) < 0:
        error = ctypes.get_errno()
        raise OSError(error, "ptrace: " + os.strerror(error))


class AtExit:
    """Holds processes at their very end: everything is done, and their memory is still there."""

    def __init__(self, pids):
        self.pids = set(pids)
        for pid in pids:
            ptrace(SEIZE, pid, TRACE_EXIT)

    def each(self, seconds=60):
        """Yields (pid, Memory, exit status) of each as it ends, in whatever order."""
        until = time.monotonic() + seconds
        while self.pids:
            expect(time.monotonic() < until, "waited in vain: processes that end")
            for pid in sorted(self.pids):
                got, status = os.waitpid(pid, WALL | os.WNOHANG)
                if got == 0:
                    continue
                if status >> 8 == signal.SIGTRAP | EVENT_EXIT << 8:
                    message = ctypes.c_ulong()
                    ptrace(GETEVENTMSG, pid, ctypes.addressof(message))
                    self.pids.discard(pid)
                    try:
                        yield pid, Memory(pid), message.value
                    finally:
                        ptrace(DETACH, pid)
                elif os.WIFSTOPPED(status):
                    signal_number = os.WSTOPSIG(status)
                    ptrace(CONT, pid, 0 if status >> 16 or signal_number == signal.SIGTRAP else signal_number)
                else:
                    raise AssertionError("process %d ended unseen" % pid)
            time.sleep(0.002)
