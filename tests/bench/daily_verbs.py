"""How long the verbs of a day take, the more people a home holds. See README.md here.

    tests/bench/daily RELEASE_BIN [--held N,N,...] [--limit N] [--rounds N] [--json]
"""
import argparse
import json
import os
import statistics
import subprocess
import sys
import time

from bench_home import BenchHome, Failed, MESSAGE
from measure import fdatasync_us

VERBS = ["plan", "approve", "status", "optout add", "sweep"]


def timed(home, *arguments):
    """Runs one command; returns its output, seconds and most memory (MB, of `signpost` alone)."""
    began = time.monotonic()
    process = subprocess.Popen(home.command(*arguments), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    output = process.stdout.read()
    errors = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    wall = time.monotonic() - began
    if process.returncode != 0:
        raise Failed("signpost %s exited %d\n%s" % (arguments[0], process.returncode, errors))
    return json.loads(output) if output.startswith("{") else None, wall, usage.ru_maxrss / 1024


def plan(home, limit):
    message = home.write("message.txt", MESSAGE + "\n")
    report, wall, memory = timed(home, "plan", "--message", message, "--limit", str(limit), "--gateway", "w10")
    if report["counts"]["records"] not in (limit, "fewer than 5"):
        raise Failed("planned %r" % report["counts"])
    return report["batch"], wall, memory


def held_in(home):
    return next(one["count"] for one in home.signpost("status")["held"] if one["name"] == "sealed numbers")


def measure(arguments, held):
    found = {"asked": held, **{verb: [] for verb in VERBS}}
    with BenchHome(arguments.bin, [10], 200) as home:
        if held:
            home.import_new(held)
        found["held"] = held_in(home) if held else 0
        if held:
            _, found["flush_s"], found["flush_mb"] = plan(home, 1)  # and what the import has staged
        for turn in range(arguments.rounds):
            if held:
                batch, wall, found["plan_mb"] = plan(home, arguments.limit)
                found["plan"].append(wall)
                found["approve"].append(timed(home, "approve", batch, "--key", home.path("alice.key"))[1])
                home.signpost("cancel", batch)  # the next round holds as many
            found["status"].append(timed(home, "status")[1])
            list_of_one = home.numbers(1)
            found["optout add"].append(timed(home, "optout", "add", list_of_one)[1])
            os.unlink(list_of_one)
        for turn in range(arguments.rounds):
            _, wall, found["sweep_mb"] = timed(home, "sweep")
            found["sweep"].append(wall)
        found["store_mb"] = os.path.getsize(os.path.join(home.home, "store.db")) / 1e6
        found["fdatasync_us"] = fdatasync_us(home.home)
    return found


def cell(values, least):
    """The median, and how many times the first column's it is."""
    if not values:
        return ""
    median = statistics.median(values)
    return "%.2f" % median + (" (%.1f)" % (median / statistics.median(least)) if least else "")


def report(results):
    head = [("%d" % r["held"]) for r in results]
    print("| people held | %s |" % " | ".join(head))
    print("|---|%s|" % "|".join("---" for _ in head))
    for verb in VERBS:
        least = next((r[verb] for r in results if r["held"] and r[verb]), None)
        print("| %s, s | %s |" % (verb, " | ".join(cell(r[verb], least if r["held"] else None) for r in results)))
    print("| memory of the plan, of the sweep, MB | %s |" % " | ".join(
        "%.0f, %.0f" % (r["plan_mb"], r["sweep_mb"]) if r["held"] else ", %.0f" % r["sweep_mb"] for r in results))
    print("| first plan: flush, us a person; memory, MB | %s |" % " | ".join(
        "%.2f; %.0f" % ((r["flush_s"] - statistics.median(r["plan"])) * 1e6 / r["held"], r["flush_mb"])
        if r["held"] else "" for r in results))
    print("| store, MB | %s |" % " | ".join("%.0f" % r["store_mb"] for r in results))
    print("| fdatasync, us | %s |" % " | ".join("%.0f" % r["fdatasync_us"] for r in results))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bin")
    parser.add_argument("--held", default="0,7400,105000,1050000,7400000", help="people imported; some are no mobiles")
    parser.add_argument("--limit", type=int, default=5000, help="people in a batch")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    arguments.bin = os.path.abspath(arguments.bin)
    results = []
    for held in [int(word) for word in arguments.held.split(",")]:
        results.append(measure(arguments, held))
        print("%d: done, load %s" % (held, open("/proc/loadavg").read().split()[0]), file=sys.stderr, flush=True)
    print(json.dumps(results)) if arguments.json else report(results)
    return 0


if __name__ == "__main__":
    sys.exit(main())
