"""The harness of the daily verbs works: a few people, and every figure is there.

    daily_harness_test.py BIN

No time is judged here, however long it takes.
"""
import json
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
VERBS = ("plan", "approve", "status", "optout add", "sweep")


def expect(condition, message):
    if not condition:
        print("daily_harness_test: " + message)
        sys.exit(1)


def main():
    done = subprocess.run([os.path.join(HERE, "daily"), sys.argv[1], "--held", "0,400", "--limit", "50", "--rounds", "2",
                           "--json"], capture_output=True, text=True)
    expect(done.returncode == 0, done.stderr)
    nobody, some = json.loads(done.stdout)
    expect(300 < some["held"] <= 400, "%r held" % some["held"])
    for verb in VERBS:
        expect(len(some[verb]) == 2 and min(some[verb]) > 0, "%s: %r" % (verb, some[verb]))
    expect(not nobody["plan"] and len(nobody["sweep"]) == 2, "nobody: %r" % nobody)
    for name in ("flush_s", "plan_mb", "sweep_mb", "store_mb", "fdatasync_us"):
        expect(some[name] > 0, "%s: %r" % (name, some[name]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
