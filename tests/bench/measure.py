"""Measuring one command with all the processes it starts, and the disk it writes to.

What is exact: wall-clock time, and user and system CPU of the command and of everything it waited for
(wait4). What is sampled, every few milliseconds from /proc: which process used how much of that, how much
memory each had at most, and what had been used before the process named `mark` appeared.
"""
import os
import statistics
import subprocess
import time

SAMPLE_SECONDS = 0.01
TICK = os.sysconf("SC_CLK_TCK")


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


def cpu_seconds(pid):
    """Nanosecond precise, of all threads that still run."""
    total = 0
    try:
        for task in os.listdir("/proc/%d/task" % pid):
            total += int((read("/proc/%d/task/%s/schedstat" % (pid, task)).split() or [0])[0])
    except OSError:
        pass
    return total / 1e9


def status_of(pid):
    """Name, memory (at most, and now) and context switches."""
    fields = dict(line.split(":", 1) for line in read("/proc/%d/status" % pid).splitlines() if ":" in line)
    if "VmHWM" not in fields:
        return None
    return {"name": fields["Name"].strip(), "peak_kb": int(fields["VmHWM"].split()[0]),
            "last_kb": int(fields["VmRSS"].split()[0]),
            "switches": int(fields["voluntary_ctxt_switches"]) + int(fields["nonvoluntary_ctxt_switches"])}


def user_share(pid):
    fields = read("/proc/%d/stat" % pid).rpartition(")")[2].split()
    if len(fields) < 13:
        return None
    user, system = int(fields[11]), int(fields[12])  # counted from the state, field 3 of proc(5)
    return user / (user + system) if user + system else 0.0


class Sampler:
    def __init__(self, root, mark):
        self.root, self.mark = root, mark
        self.seen = {}  # pid -> what it was like when last seen
        self.before_mark = self.mark_at = None

    def look(self):
        for pid in [self.root] + children_of(self.root):
            now = status_of(pid)
            if now is None:
                continue
            now["cpu_s"], now["user_share"] = cpu_seconds(pid), user_share(pid)
            self.seen[pid] = now
        if self.before_mark is None and any(each["name"] == self.mark for each in self.seen.values()):
            self.before_mark = sum(each["cpu_s"] for each in self.seen.values())
            self.mark_at = time.monotonic()

    def by_name(self):
        processes = {}
        for each in self.seen.values():
            sum_of = processes.setdefault(
                each["name"], {"cpu_s": 0.0, "user_s": 0.0, "peak_kb": 0, "last_kb": 0, "switches": 0})
            sum_of["cpu_s"] += each["cpu_s"]
            sum_of["user_s"] += each["cpu_s"] * (each["user_share"] or 0.0)
            sum_of["switches"] += each["switches"]
            for memory in ("peak_kb", "last_kb"):
                sum_of[memory] = max(sum_of[memory], each[memory])
        return processes


def run(command, mark, timeout=600):
    """Runs the command to its end; returns its output and its figures. Raises Failed unless it exits with 0."""
    began = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    sampler = Sampler(process.pid, mark)
    usage = None
    while usage is None:
        sampler.look()
        done, status, spent = os.wait4(process.pid, os.WNOHANG)
        if done:
            usage = spent
            break
        if time.monotonic() - began > timeout:
            process.kill()
            raise Failed("still running after %d s" % timeout)
        time.sleep(SAMPLE_SECONDS)
    wall = time.monotonic() - began
    output = process.stdout.read()
    process.stdout.close()
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise Failed("exited with %d: %s" % (process.returncode, output[-2000:]))
    cpu = usage.ru_utime + usage.ru_stime
    return output, {"wall_s": wall, "cpu_s": cpu, "user_s": usage.ru_utime, "system_s": usage.ru_stime,
                    "cpu_before_mark_s": sampler.before_mark, "mark_at": sampler.mark_at,
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
