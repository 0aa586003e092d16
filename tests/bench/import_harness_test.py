"""The harness of imports works: a few rows through the whole line, and every figure is there and adds up.

    import_harness_test.py BIN rounds | scale

No time is judged here, however long it takes. In two halves, because each import unlocks a costly key.
"""
import argparse
import json
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
# More than fit between reader and sealer: the reader is there until the sealer has unlocked its keys, and is seen on a
# busy machine, too.
ROWS = 20000


def expect(condition, message):
    if not condition:
        print("import_harness_test: " + message)
        sys.exit(1)


def run(*arguments):
    return subprocess.run([os.path.join(HERE, "import"), *arguments, "--peers", ""], capture_output=True, text=True)


def every_process_is_seen_and_adds_up(figures):
    names = set(figures["processes"])
    wanted = {"signpost", "signpost-reader", "signpost-sealer"}
    expect(wanted <= names, "not seen: %r" % (wanted - names))
    parts = sum(each["cpu_s"] for each in figures["processes"].values())
    expect(0 < parts <= figures["cpu_s"] * 1.05 + 0.05, "%.3f s in parts of %.3f s" % (parts, figures["cpu_s"]))
    expect(abs(figures["rate"] * figures["wall_s"] - figures["rows"]) < 1, "the rate is of something else")
    expect(figures["pss_peak_kb"] >= figures["pss_kb"], "the most is not the most")


def memory_is_told_apart_from_the_unlocking(import_speed):
    found = import_speed.memory([{"signpost": 5000}, {"signpost": 5000, "signpost-sealer": 260000},
                                 {"signpost": 9000, "signpost-sealer": 7000}, {"signpost": 11000}])
    expect(found == {"pss_peak_kb": 265000, "pss_kb": 16000,
                     "pss_parts_kb": {"signpost": 11000, "signpost-sealer": 7000}}, "memory: %r" % found)


def rounds(binaries, import_speed, import_report):
    memory_is_told_apart_from_the_unlocking(import_speed)
    done = run(binaries, "--rows", str(ROWS), "--rounds", "1", "--json")
    expect(done.returncode == 0, "exit code %d\n%s%s" % (done.returncode, done.stdout, done.stderr))
    found = json.loads(done.stdout)
    round_, = found["rounds"]
    for figures in (round_["empty"], round_["again"], round_["second"]):
        expect(figures["rows"] == ROWS, "%r rows" % figures["rows"])
        every_process_is_seen_and_adds_up(figures)
    # So few are not told exactly.
    expect(round_["empty"]["new"] > ROWS / 2 and round_["again"]["new"] == "fewer than 5", "the wrong people are new")
    expect("| signpost, empty store |" in import_report.markdown(found), "no row in the table")
    done = run(os.path.join(binaries, "nowhere"), "--rows", "10")
    expect(done.returncode != 0 and not done.stdout, "measured what is not there")


def scale(binaries, import_speed, import_report):
    arguments = argparse.Namespace(bin=binaries, rows=ROWS)
    with tempfile.TemporaryDirectory(prefix="signpost-bench-") as folder:
        found = import_speed.scaled(arguments, import_speed.Contacts(folder, None))
    expect(found["empty"]["rows"] == 10 * ROWS, "not ten times as many: %r" % found["empty"]["rows"])
    for figures in (found["second"], found["after_sweep"]):
        expect(figures["rows"] == ROWS, "%r rows" % figures["rows"])
        every_process_is_seen_and_adds_up(figures)
    expect(found["store_mb"] > 0 and found["sweep_s"] > 0, "no store, or no sweep: %r" % found)
    # Beside a round, as the report has it; which one does not matter here.
    found["times_as_long"] = 10.0
    round_ = {"empty": found["second"], "again": found["second"], "second": found["second"], "plan_s": 1.0,
              "next_plan_s": 1.0}
    text = import_report.markdown({"rows": ROWS, "rounds": [round_], "scale": found, "load_before": 0.0,
                                   "load_after": 0.0})
    expect("after a sweep" in text and "10.0 times as long" in text, "no row in the table:\n" + text)


def main():
    binaries, half = sys.argv[1:]
    sys.path.insert(0, HERE)
    import import_report
    import import_speed
    {"rounds": rounds, "scale": scale}[half](binaries, import_speed, import_report)
    print("held")


if __name__ == "__main__":
    main()
