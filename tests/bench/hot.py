"""Where the CPU of one run goes, process by process: `perf record` around the whole tree (linux-perf).

By the clock, since a virtual machine has no counters of its own. Kernel functions are named for root only, or
with kernel.kptr_restrict=0; without that they stand as addresses.
"""
import os
import subprocess

from measure import Failed

HERTZ = 5000
ROWS = 14


def recording(command, path):
    return ["perf", "record", "--quiet", "--event", "cpu-clock", "--clockid", "mono", "--freq", str(HERTZ), "--output",
            path, "--", *command]


def symbols(path, since):
    """(process, object, function) -> samples, from a moment of the monotonic clock on."""
    done = subprocess.run(["perf", "report", "--stdio", "--quiet", "--no-children", "--show-nr-samples", "--sort",
                           "comm,dso,symbol", "--field-separator", "\t", "--time", "%.6f," % since, "--input", path],
                          capture_output=True, text=True)
    if done.returncode != 0:
        raise Failed("perf report: " + done.stderr[-1000:])
    found = {}
    for line in done.stdout.splitlines():
        fields = [field.strip() for field in line.split("\t")]
        if len(fields) < 5 or not fields[1].isdigit():
            continue
        function = fields[4].replace("[.] ", "").replace("[k] ", "")
        if function.startswith("0x"):
            function = "(static functions)"  # of a library without symbols
        key = (fields[2], os.path.basename(fields[3]), function)
        found[key] = found.get(key, 0) + int(fields[1])
    return found


def rows_of(counts, each, most):
    total = sum(counts.values())
    for name, count in sorted(counts.items(), key=lambda item: -item[1])[:most]:
        yield "| %s | %.2f | %.0f %% |" % (name.replace("|", "\\|"), count * each, 100 * count / total)


def hot(path, since, messages):
    """Markdown: for each process the objects and functions that cost most, in us of CPU a message."""
    found = symbols(path, since)
    each = 1e6 / HERTZ / messages
    parts = []
    for process in sorted({key[0] for key in found if key[0].startswith("signpost")}):
        objects, functions = {}, {}
        for (comm, where, function), count in found.items():
            if comm == process:
                objects["all of " + where] = objects.get("all of " + where, 0) + count
                functions["`%s` %s" % (function[:90], where)] = count
        parts.append("\n".join(
            ["| %s: %.1f us a message | us | share |" % (process, sum(functions.values()) * each), "| --- | --- | --- |",
             *rows_of(objects, each, 6), *rows_of(functions, each, ROWS)]))
    return "\n\n".join(parts)
