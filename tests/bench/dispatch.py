"""How fast `signpost dispatch` is, sealed and durable, beside its peers in the same run. See README.md here.

    tests/bench/dispatch RELEASE_BIN [--peers DIR] [--messages N] [--windows 10,50,500] [--range N] [--json]
"""
import argparse
import json
import os
import shutil
import sys

import report
from bench_home import BenchHome
from bench_home import Failed as HomeFailed
from measure import Failed, fdatasync_us, run
from servers import Bench, free_port

HERE = os.path.dirname(os.path.abspath(__file__))
DEFAULT_PEERS = os.path.join(HERE, "..", "..", "..", "shared", "peers")
MEMORY = ("peak_kb", "last_kb")
MARK = "signpost-sender"  # started last: what was used before it came is start-up


def say(text):
    print(text, file=sys.stderr, flush=True)


def one_batch(home, bench, kind, batch, messages, options):
    """One whole process tree, from start to end; what it says, the server and /proc say must agree."""
    with bench.server(kind, home.port, options) as server:
        output, figures = run(home.command("dispatch", batch), MARK)
        counted = server.figures()
    counts = json.loads(output[output.index("{"):])["batches"][0]["counts"]
    taken = counts.get("sent", 0) + counts.get("delivered", 0)
    if counted["submits"] != messages or taken != messages:
        raise Failed("%d submitted, %r in the ledger, %d planned" % (counted["submits"], counts, messages))
    figures.update(secs=counted["secs"], server_cpu_s=counted["cpu_s"])
    return figures


def ours(home, bench, kind, batches, options=()):
    """Several batches, each with a process tree of its own; figures for all of them together."""
    total = {"messages": 0, "secs": 0.0, "wall_s": 0.0, "cpu_s": 0.0, "start_cpu_s": 0.0, "server_cpu_s": 0.0,
             "fdatasync_us": fdatasync_us(home.home), "processes": {}}
    for batch, messages in batches:
        figures = one_batch(home, bench, kind, batch, messages, options)
        total["messages"] += messages
        total["start_cpu_s"] += figures["cpu_before_mark_s"] or 0.0
        for name in ("secs", "wall_s", "cpu_s", "server_cpu_s"):
            total[name] += figures[name]
        for name, each in figures["processes"].items():
            sum_of = total["processes"].setdefault(name, dict.fromkeys(each, 0))
            for field, value in each.items():
                sum_of[field] = max(sum_of[field], value) if field in MEMORY else sum_of[field] + value
    count = total["messages"]
    total["rate"] = count / total["secs"]
    total["cpu_us"] = total["cpu_s"] * 1e6 / count
    total["sending_cpu_us"] = (total["cpu_s"] - total["start_cpu_s"]) * 1e6 / count
    return total


def marginal(once, twice):
    """CPU of each further message, where everything that does not grow with them drops out."""
    return (twice["cpu_s"] - once["cpu_s"]) * 1e6 / (twice["messages"] - once["messages"])


class Cell:
    """One server at one window: our runs and the peers', in turn, as often as asked."""

    def __init__(self, kind, window):
        self.kind, self.window = kind, window
        self.prepared, self.rounds = [], []

    def prepare(self, home, messages, rounds):
        for _ in range(rounds):
            self.prepared.append((home.batches(messages, self.window), home.batches(2 * messages, self.window)))

    def round(self, home, bench, messages, options):
        once, twice = self.prepared.pop(0)
        found = {"once": ours(home, bench, self.kind, once, options),
                 "twice": ours(home, bench, self.kind, twice, options)}
        found["marginal_cpu_us"] = marginal(found["once"], found["twice"])
        if bench.raw:
            many = messages * (1 if self.kind == "node" else 10)
            found["ceiling"] = self.against(bench, home, "blast", many)
        if bench.environment:
            found["peer"] = self.against(bench, home, "client", messages)
        self.rounds.append(found)

    def against(self, bench, home, peer, messages):
        with bench.server(self.kind, home.port) as server:
            figures = bench.peer(peer, home.port, messages, self.window)
            counted = server.figures()
        if counted["submits"] != messages:
            raise Failed("%s: %d of %d arrived" % (peer, counted["submits"], messages))
        # Timed where ours is: at the server, first submit to last.
        figures["rate"] = messages / counted["secs"] if counted["secs"] else figures["rate"]
        return figures


def measure_cells(arguments, bench, home, options):
    cells = [Cell(kind, window) for kind in arguments.servers for window in arguments.windows
             if kind != "node" or window >= 50]
    for cell in cells:
        say("preparing %d messages for %s, window %d" % (
            3 * arguments.messages * arguments.rounds, cell.kind, cell.window))
        cell.prepare(home, arguments.messages, arguments.rounds)
    for number in range(arguments.rounds):
        for cell in cells:
            say("round %d of %d: %s, window %d" % (number + 1, arguments.rounds, cell.kind, cell.window))
            cell.round(home, bench, arguments.messages, options)
    return [{"server": cell.kind, "window": cell.window, "rounds": cell.rounds} for cell in cells]


def measure_scale(arguments, bench, home, options):
    """N messages and ten times as many, against the plain sink at the largest window."""
    window, found = max(arguments.windows), []
    for messages in (arguments.messages, 10 * arguments.messages):
        say("scale: %d messages" % messages)
        found.append(ours(home, bench, "sink", home.batches(messages, window), options))
    return found


def parsed():
    parser = argparse.ArgumentParser(prog="tests/bench/dispatch", description=__doc__.splitlines()[0])
    parser.add_argument("bin", help="the folder of the release build's binaries")
    parser.add_argument("--peers", default=DEFAULT_PEERS, help="the peers' programs; without them: our own sink only")
    parser.add_argument("--messages", type=int, default=20000)
    parser.add_argument("--windows", default="10,50,500", type=lambda text: [int(w) for w in text.split(",")])
    parser.add_argument("--range", type=int, default=200, help="records in one durable step (policy: range_records)")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--servers", type=lambda text: text.split(","), help="of sink, raw, node; default: raw,node")
    parser.add_argument("--receipts", action="store_true", help="ask for receipts; the sink gives them")
    parser.add_argument("--latency", type=int, default=0, help="milliseconds that the sink waits with each answer")
    parser.add_argument("--scale", action="store_true", help="also N against 10 N messages")
    parser.add_argument("--sink", help="a built bench_sink; default: compiled now")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    peers = os.path.join(arguments.peers, "smpp")
    if not os.path.isdir(peers):
        peers = arguments.peers if os.path.exists(os.path.join(arguments.peers, "raw.cpp")) else None
    arguments.peers = os.path.abspath(peers) if peers else None
    if arguments.servers is None:
        arguments.servers = (["raw"] + (["node"] if shutil.which("npm") else [])) if peers else ["sink"]
    if not os.access(os.path.join(arguments.bin, "signpost"), os.X_OK):
        parser.error("no signpost in %s" % arguments.bin)
    if not peers and set(arguments.servers) != {"sink"}:
        parser.error("raw and node need --peers")
    return arguments


def main():
    arguments = parsed()
    options = ["--latency", str(arguments.latency)] + (["--receipts"] if arguments.receipts else [])
    found = {"messages": arguments.messages, "range": arguments.range, "rounds": arguments.rounds}
    try:
        with BenchHome(os.path.abspath(arguments.bin), arguments.windows, free_port(), arguments.range,
                       receipts=arguments.receipts) as home:
            bench = Bench(home.folder, arguments.peers, arguments.sink, node="node" in arguments.servers or
                          ("raw" in arguments.servers and shutil.which("npm") is not None))
            found["cells"] = measure_cells(arguments, bench, home, options)
            if arguments.scale:
                found["scale"] = measure_scale(arguments, bench, home, options)
    except (Failed, HomeFailed) as failure:
        say("bench: %s" % failure)
        return 1
    print(json.dumps(found, indent=1) if arguments.json else report.markdown(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
