"""How fast `signpost dispatch` is, sealed and durable, beside its peers in the same run. See README.md here.

    tests/bench/dispatch RELEASE_BIN [--peers DIR] [--messages N] [--windows 10,50,500] [--range N] [--json]
"""
import argparse
import json
import os
import shutil
import signal
import sys
import tempfile

import hot
import report
from bench_home import BenchHome
from bench_home import Failed as HomeFailed
from measure import Failed, fdatasync_us, run
from servers import Bench

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
    """CPU of each further message: what does not grow with them, start-up apart, drops out."""
    spent = [figures["cpu_s"] - figures["start_cpu_s"] for figures in (once, twice)]
    return (spent[1] - spent[0]) * 1e6 / (twice["messages"] - once["messages"])


class Cell:
    """One server at one window: our runs and the peers', in turn, as often as asked."""

    def __init__(self, kind, window):
        self.kind, self.window, self.rounds = kind, window, []

    def round(self, arguments, bench):
        """A home of its own each time, so that no run finds more in its store than another."""
        messages = arguments.messages
        with new_home(arguments) as home:
            once, twice = home.batches(messages, self.window), home.batches(2 * messages, self.window)
            found = {"people": home.made,
                     "once": ours(home, bench, self.kind, once, sink_options(arguments)),
                     "twice": ours(home, bench, self.kind, twice, sink_options(arguments))}
            found["marginal_cpu_us"] = marginal(found["once"], found["twice"])
            if bench.raw:
                many = messages * (1 if self.kind == "node" else 10)
                found["ceiling"] = self.against(bench, home.port, "blast", many)
            if bench.environment:
                found["peer"] = self.against(bench, home.port, "client", messages)
        self.rounds.append(found)

    def against(self, bench, port, peer, messages):
        with bench.server(self.kind, port) as server:
            figures = bench.peer(peer, port, messages, self.window)
            counted = server.figures()
        if counted["submits"] != messages:
            raise Failed("%s: %d of %d arrived" % (peer, counted["submits"], messages))
        # Timed where ours is: at the server, first submit to last.
        figures["rate"] = messages / counted["secs"] if counted["secs"] else figures["rate"]
        return figures


def new_home(arguments):
    return BenchHome(os.path.abspath(arguments.bin), arguments.windows, arguments.range,
                     receipts=arguments.receipts, held=arguments.held, binds=arguments.binds)


def sink_options(arguments):
    return ["--latency", str(arguments.latency)] + (["--receipts"] if arguments.receipts else [])


def measure_cells(arguments, bench):
    cells = [Cell(kind, window) for kind in arguments.servers for window in arguments.windows
             if kind != "node" or window >= 50]
    for number in range(arguments.rounds):
        for cell in cells:
            say("round %d of %d: %s, window %d" % (number + 1, arguments.rounds, cell.kind, cell.window))
            cell.round(arguments, bench)
    return [{"server": cell.kind, "window": cell.window, "rounds": cell.rounds} for cell in cells]


def profile(arguments, bench):
    """One run at each window with perf around it; the figures of such a run are not the others'."""
    parts = []
    for window in arguments.windows:
        with new_home(arguments) as home:
            data = home.path("perf.data")
            for batch, messages in home.batches(arguments.messages, window):
                command = hot.recording(home.command("dispatch", batch), data)
                with bench.server(arguments.servers[0], home.port, sink_options(arguments)) as server:
                    _, figures = run(command, MARK)
                    server.figures()
                parts.append("## Window %d, range %d, %d messages, since the sender started" % (
                    window, arguments.range, messages))
                parts.append(hot.hot(data, figures["mark_at"], messages))
    return "\n\n".join(parts)


def measure_scale(arguments, bench):
    """N messages and ten times as many, against the plain sink at the largest window."""
    window, found = max(arguments.windows), []
    for messages in (arguments.messages, 10 * arguments.messages):
        say("scale: %d messages" % messages)
        with new_home(arguments) as home:
            found.append(ours(home, bench, "sink", home.batches(messages, window), sink_options(arguments)))
    return found


def parsed():
    parser = argparse.ArgumentParser(prog="tests/bench/dispatch", description=__doc__.splitlines()[0])
    parser.add_argument("bin", help="the folder of the release build's binaries")
    parser.add_argument("--peers", default=DEFAULT_PEERS, help="the peers' programs; without them: our own sink only")
    parser.add_argument("--messages", type=int, default=20000)
    parser.add_argument("--windows", default="10,50,500", type=lambda text: [int(w) for w in text.split(",")])
    parser.add_argument("--range", type=int, default=200, help="records in one durable step (policy: range_records)")
    parser.add_argument("--held", type=int, default=0, help="people who are in the store besides")
    parser.add_argument("--binds", type=int, default=1, help="sessions at a time; the raw sink takes one only")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--servers", type=lambda text: text.split(","), help="of sink, raw, node; default: raw,node")
    parser.add_argument("--receipts", action="store_true", help="ask for receipts; the sink gives them")
    parser.add_argument("--latency", type=int, default=0, help="milliseconds that the sink waits with each answer")
    parser.add_argument("--scale", action="store_true", help="also N against 10 N messages")
    parser.add_argument("--profile", action="store_true", help="only where the CPU goes, by perf; no figures")
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
    if "sink" in arguments.servers and not os.access(os.path.join(arguments.bin, "hostile-smsc"), os.X_OK):
        parser.error("no sink in %s: cmake --build its folder --target hostile-smsc" % arguments.bin)
    if arguments.binds > 1 and "raw" in arguments.servers:
        parser.error("the raw sink takes one bind: say --servers sink,node")
    if not peers and set(arguments.servers) != {"sink"}:
        parser.error("raw and node need --peers")
    return arguments


def main():
    arguments = parsed()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # and what was started and written goes with it
    found = {"messages": arguments.messages, "range": arguments.range, "rounds": arguments.rounds,
             "load_before": os.getloadavg()[0]}
    node = "node" in arguments.servers or ("raw" in arguments.servers and shutil.which("npm") is not None)
    try:
        with tempfile.TemporaryDirectory(prefix="signpost-bench-") as folder:
            bench = Bench(folder, arguments.bin, arguments.peers, node)
            if arguments.profile:
                print(profile(arguments, bench))
                return 0
            found["cells"] = measure_cells(arguments, bench)
            if arguments.scale:
                found["scale"] = measure_scale(arguments, bench)
    except (Failed, HomeFailed) as failure:
        say("bench: %s" % failure)
        return 1
    found["load_after"] = os.getloadavg()[0]
    print(json.dumps(found, indent=1) if arguments.json else report.markdown(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
