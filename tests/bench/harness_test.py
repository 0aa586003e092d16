"""The harness itself works: a few messages through the whole line, and every figure is there and adds up.

    harness_test.py BIN

No time is judged here, however long it takes.
"""
import json
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
MESSAGES, WINDOW = 200, 50
LATENCY = 50  # ms; with it the sender lives for a good while, and is seen on a busy machine, too


def expect(condition, message):
    if not condition:
        print("harness_test: " + message)
        sys.exit(1)


def run(*arguments):
    return subprocess.run([os.path.join(HERE, "dispatch"), *arguments], capture_output=True, text=True)


def every_message_is_counted_by_the_server(cell):
    for size, messages in (("once", MESSAGES), ("twice", 2 * MESSAGES)):
        figures = cell["rounds"][0][size]
        expect(figures["messages"] == messages, "%s: %r messages" % (size, figures["messages"]))
        expect(0 < figures["secs"] < figures["wall_s"], "sending is no part of the run: %r" % figures)
        expect(abs(figures["rate"] * figures["secs"] - messages) < 1, "the rate is of something else")
        expect(figures["fdatasync_us"] > 0, "the disk was not timed")


def every_process_is_seen_and_adds_up(cell):
    figures = cell["rounds"][0]["twice"]
    names = set(figures["processes"])
    wanted = {"signpost", "signpost-opener", "signpost-sender", "signpost-sealer"}
    expect(wanted <= names, "not seen: %r" % (wanted - names))
    parts = sum(each["cpu_s"] for each in figures["processes"].values())
    # Sampled against exact: what a process did after it was last seen is missing.
    expect(0 < parts <= figures["cpu_s"] * 1.05 + 0.05, "%.3f s in parts of %.3f s" % (parts, figures["cpu_s"]))
    expect(0 < figures["start_cpu_s"] < figures["cpu_s"], "start-up is not told apart")
    expect(all(each["peak_kb"] > 0 for each in figures["processes"].values()), "a process without memory")


def main():
    binaries = sys.argv[1]
    done = run(binaries, "--servers", "sink", "--messages", str(MESSAGES), "--windows", str(WINDOW),
               "--latency", str(LATENCY), "--rounds", "1", "--json")
    expect(done.returncode == 0, "exit code %d\n%s%s" % (done.returncode, done.stdout, done.stderr))
    found = json.loads(done.stdout)
    expect(len(found["cells"]) == 1, "one server, one window, %d cells" % len(found["cells"]))
    every_message_is_counted_by_the_server(found["cells"][0])
    every_process_is_seen_and_adds_up(found["cells"][0])
    sys.path.insert(0, HERE)
    import report
    text = report.markdown(found)
    expect("| our sink | %d |" % WINDOW in text, "no row in the table:\n" + text)
    # A binary that is not there is said, and is no figure.
    done = run(os.path.join(binaries, "nowhere"), "--servers", "sink")
    expect(done.returncode != 0 and not done.stdout, "measured what is not there")
    print("held")


if __name__ == "__main__":
    main()
