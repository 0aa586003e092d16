"""Measuring one command with all the processes it starts, and the disk it writes to.

What is exact: wall-clock time, and user and system CPU of the command and of everything it waited for
(wait4). What is sampled, every few milliseconds from /proc: which process used how much of that, how much
memory each had at most, and what had been used before the process named `mark` appeared.
"""
import os
import statistics
import subprocess
import time

SAMPLE_SECONDS = 0.005
CLOSE_LOOK_SECONDS = 0.05  # memory, threads, new children


class Failed(RuntimeError):
    pass


def read(path):
    try:
        with open(path) as file:
            return file.read()
    except OSError:  # it has just ended, or is not ours to look at
        return ""


def children_of(pid):
    found = []
    for child in read("/proc/%d/task/%d/children" % (pid, pid)).split():
        found += [int(child)] + children_of(int(child))
    return found


def status_of(pid):
    """Name, memory (at most, and now) and context switches."""
    fields = dict(line.split(":", 1) for line in read("/proc/%d/status" % pid).splitlines() if ":" in line)
    if "VmHWM" not in fields:
        return None
    return {"name": fields["Name"].strip(), "peak_kb": int(fields["VmHWM"].split()[0]),
            "last_kb": int(fields["VmRSS"].split()[0]),
            "switches": int(fields["voluntary_ctxt_switches"]) + int(fields["nonvoluntary_ctxt_switches"])}


def pss_kb(pid):
    """What the process holds, shared pages by their share; for somebody else's process, only root may ask."""
    for line in read("/proc/%d/smaps_rollup" % pid).splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1])
    return 0


def user_share(pid):
    fields = read("/proc/%d/stat" % pid).rpartition(")")[2].split()
    if len(fields) < 13:
        return None
    user, system = int(fields[11]), int(fields[12])  # counted from the state, field 3 of proc(5)
    return user / (user + system) if user + system else 0.0


class Process:
    """One process while it lives: its CPU by a file that is kept open, since that is cheap to read again."""

    def __init__(self, pid):
        self.pid, self.tasks, self.spent = pid, {}, {}
        self.last = {"name": "", "peak_kb": 0, "last_kb": 0, "switches": 0}
        self.user_share, self.at_mark = 0.0, 0.0

    def look_closely(self):
        now = status_of(self.pid)
        if now is None:
            return
        self.last, self.user_share = now, user_share(self.pid) or 0.0
        try:
            for task in os.listdir("/proc/%d/task" % self.pid):
                if task not in self.tasks:
                    self.tasks[task] = os.open("/proc/%d/task/%s/schedstat" % (self.pid, task), os.O_RDONLY)
        except OSError:
            pass

    def look(self):
        for task, fd in self.tasks.items():
            try:
                self.spent[task] = int(os.pread(fd, 64, 0).split()[0])  # nanoseconds
            except (OSError, IndexError):
                pass

    def cpu_s(self):
        return sum(self.spent.values()) / 1e9

    def close(self):
        for fd in self.tasks.values():
            os.close(fd)
        self.tasks = {}


class Sampler:
    def __init__(self, root, mark):
        self.root, self.mark = root, mark
        self.processes = {}
        self.before_mark = self.mark_at = None
        self.closely_at = 0.0
        self.held = []  # of each close look: name -> PSS in kB

    def look(self):
        now = time.monotonic()
        # Until everybody is there, who they are is what matters; then only what they use.
        if self.before_mark is None or now >= self.closely_at:
            self.closely_at = now + CLOSE_LOOK_SECONDS
            for pid in [self.root] + children_of(self.root):
                self.processes.setdefault(pid, Process(pid)).look_closely()
            # Asking for the memory of a process that is getting more of it may take longer than another one lives.
            if self.before_mark is not None:
                held = {}
                for pid, process in self.processes.items():
                    name = process.last["name"]
                    held[name] = held.get(name, 0) + pss_kb(pid)
                self.held.append(held)
        for process in self.processes.values():
            process.look()
        if self.before_mark is None and any(p.last["name"] == self.mark for p in self.processes.values()):
            for process in self.processes.values():
                process.at_mark = process.cpu_s()
            self.before_mark = sum(process.at_mark for process in self.processes.values())
            self.mark_at = now

    def close(self):
        for process in self.processes.values():
            process.close()

    def by_name(self):
        found = {}
        for process in self.processes.values():
            sum_of = found.setdefault(
                process.last["name"],
                {"cpu_s": 0.0, "sending_cpu_s": 0.0, "user_s": 0.0, "peak_kb": 0, "last_kb": 0, "switches": 0})
            sum_of["cpu_s"] += process.cpu_s()
            sum_of["sending_cpu_s"] += process.cpu_s() - process.at_mark
            sum_of["user_s"] += process.cpu_s() * process.user_share
            sum_of["switches"] += process.last["switches"]
            for memory in ("peak_kb", "last_kb"):
                sum_of[memory] = max(sum_of[memory], process.last[memory])
        return found


def run(command, mark, timeout=600):
    """Runs the command to its end; returns its output and its figures. Raises Failed unless it exits with 0."""
    began = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    sampler = Sampler(process.pid, mark)
    done = 0
    while not done:
        sampler.look()
        done, status, usage = os.wait4(process.pid, os.WNOHANG)
        if not done and time.monotonic() - began > timeout:
            process.kill()
            raise Failed("still running after %d s" % timeout)
        if not done:
            time.sleep(SAMPLE_SECONDS)
    wall = time.monotonic() - began
    sampler.close()
    output = process.stdout.read()
    process.stdout.close()
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise Failed("exited with %d: %s" % (process.returncode, output[-2000:]))
    cpu = usage.ru_utime + usage.ru_stime
    return output, {"wall_s": wall, "cpu_s": cpu, "user_s": usage.ru_utime, "system_s": usage.ru_stime,
                    "cpu_before_mark_s": sampler.before_mark, "mark_at": sampler.mark_at, "held": sampler.held,
                    "processes": sampler.by_name()}


def fdatasync_us(folder, times=25):
    """The median of 4 KiB appended and fdatasync'ed, in microseconds: what one durable step costs here."""
    path = os.path.join(folder, "fdatasync-probe")
    block, took = os.urandom(4096), []
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        for _ in range(times):
            began = time.perf_counter()
            os.write(fd, block)
            os.fdatasync(fd)
            took.append((time.perf_counter() - began) * 1e6)
    finally:
        os.close(fd)
        os.unlink(path)
    return statistics.median(took)
