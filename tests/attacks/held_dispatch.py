"""A dispatch that stands still when a test wants to look into its processes: see memory_scan.py."""
import leak_scan
from message_centre import BIND, DELIVER, INTERNATIONAL, OK, RESPONSE, SUBMIT, MessageCentre, addresses
from process_memory import AtExit, Memory, stopped, wait_until, wait_until_quiet
from rehearsal_site import Void, expect, expect_equal, fictional

RANGE = 50  # of the policy that a rehearsal has
WINDOW = 10
ALL = set(range(1000))


def named(run, names):
    """Processes below `run`: name -> pid."""
    found = {}

    def complete():
        found.clear()
        found.update((name, pid) for pid, name in leak_scan.descendants(run.pid).items())
        return run.poll() is not None or set(names) <= set(found)

    wait_until(complete, "processes that start")
    if run.poll() is not None:
        raise Void("void: the run ended before its processes were seen: " + run.communicate()[0])
    return {name: found[name] for name in names}


def ended_clean(run, pids, at_exit):
    """Searches the memory of each process at its exit; returns what was printed."""
    name_of = {pid: name for name, pid in pids.items()}
    for pid, memory, status in at_exit.each():
        expect_equal(status, 0, name_of[pid] + "'s exit status")
        memory.expect_none(ALL, name_of[pid] + " at its exit")
    output = run.communicate(timeout=60)[0]
    expect_equal(run.returncode, 0, "exit code of the run: " + output)
    return output


class Stop:
    """One moment: everything is stopped, read, and goes on."""

    def __init__(self, run, pids, but=()):
        everyone = {"signpost": run.pid, **pids}
        wait_until_quiet([pid for name, pid in everyone.items() if name not in but])
        with stopped([pid for name, pid in everyone.items() if name not in but]):
            self.memory = {name: Memory(pid) for name, pid in everyone.items()}
        print("; ".join("%s %.1f MB, %d numbers" % (name, memory.bytes / 1e6, len(memory.tails()))
                        for name, memory in self.memory.items()))
        # It never sees a number.
        self.memory["signpost"].expect_none(ALL, "signpost")

    def __getitem__(self, name):
        return self.memory["signpost-" + name]


class HeldCentre(MessageCentre):
    """Takes texts and keeps its answers back. It knows the fictional numbers it was given by their last three digits,
    in the order in which they came."""

    def __init__(self, keep_bind):
        super().__init__()
        self.keep_bind, self.bind = keep_bind, None  # of a bind that is kept waiting
        self.held = []  # (sequence, tail): taken, and not answered
        self.answered = []  # tails, settled with OK
        self.replies_answered = 0
        self.allowed = 0  # how many texts are still answered at once
        self.start()

    def begin(self, link):
        self.link, self.held = link, []

    def take(self, link, command, sequence, body):
        if command == BIND:
            self.bind = sequence
            if not self.keep_bind:
                self.answer_bind()
        elif command == DELIVER | RESPONSE:
            self.replies_answered += 1
        else:
            super().take(link, command, sequence, body)

    def answer_bind(self):
        self.send(self.link, BIND | RESPONSE, OK, self.bind, self.system_id + b"\0")

    def submit(self, link, sequence, body):
        self.held.append((sequence, int(addresses(body)[1][2][-3:])))
        if self.allowed > 0:
            self.allowed -= 1
            self.settle(OK)

    def settle(self, status):
        sequence, tail = self.held.pop(0)
        if status == OK:
            self.answered.append(tail)
        self.send(self.link, SUBMIT | RESPONSE, status, sequence, b"%x\0" % sequence if status == OK else b"")

    def answer(self, count, status=OK):
        """The oldest ones held; with OK those that come later, too, until `count` are settled."""
        with self.lock:
            while self.held and count > 0:
                self.settle(status)
                count -= 1
            if status == OK:
                self.allowed += count

    def says_stop(self, tail):
        """A person writes back."""
        with self.lock:
            self.deliver(self.link, (*INTERNATIONAL, b"447700900%03d" % tail), (*INTERNATIONAL, b"60006"), b"STOP")


class Dispatch:
    """A batch of fictional numbers on its way to a message centre that keeps its answers back."""

    def __init__(self, site, people, keep_bind=False):
        self.site, self.centre = site, HeldCentre(keep_bind)
        self.make_home()
        site.import_numbers("ONE", *(fictional(tail, tail % 6) for tail in range(people)))
        self.batch = site.approved_plan()
        self.start()

    def make_home(self):
        self.site.rehearsal_home(self.centre.port)

    def start(self):
        self.run = self.site.start("dispatch", self.batch)
        self.pids = named(self.run, ["signpost-opener", "signpost-sender", "signpost-sealer"])

    def window_is_full(self):
        wait_until(lambda: len(self.centre.held) >= WINDOW, "a full window")

    def in_flight(self):
        with self.centre.lock:
            return {tail for _, tail in self.centre.held}, set(self.centre.answered)

    def stop(self, **options):
        return Stop(self.run, self.pids, **options)

    def finish(self):
        """To the end; returns nothing: each process's memory is searched at its exit."""
        at_exit = AtExit(self.pids.values())
        self.centre.answer(1 << 20)
        ended_clean(self.run, self.pids, at_exit)
        self.centre.close()
