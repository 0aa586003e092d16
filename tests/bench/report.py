"""Figures as markdown, for README.md here. Of several rounds: the median, and the least and most beside it."""
import statistics

SERVERS = {"sink": "our sink", "raw": "raw sink", "node": "npm smpp"}
PROCESSES = ("signpost", "signpost-opener", "signpost-sender", "signpost-sealer")


def thousands(rate):
    return "%.1fk" % (rate / 1000) if rate < 100000 else "%.0fk" % (rate / 1000)


def spread(values, shown):
    middle = shown(statistics.median(values))
    if len(values) < 2:
        return middle
    return "%s (%s-%s)" % (middle, shown(min(values)), shown(max(values)))


def plain(digits):
    return lambda value: "%.*f" % (digits, value)


def row(*cells):
    return "| " + " | ".join(cells) + " |"


def table(heads, rows):
    return "\n".join([row(*heads), row(*["---"] * len(heads))] + rows)


def runs(cell):
    """Both sizes tell the rate; the larger one is the steadier."""
    return [round_["twice"] for round_ in cell["rounds"]]


def compared(cell, other):
    if other not in cell["rounds"][0]:
        return ["", ""]
    rates = [round_[other]["rate"] for round_ in cell["rounds"]]
    ratios = [round_["twice"]["rate"] / round_[other]["rate"] for round_ in cell["rounds"]]
    return [spread(rates, thousands), "%.2f" % statistics.median(ratios)]


def rates(cells):
    rows = []
    for cell in cells:
        rows.append(row(SERVERS[cell["server"]], str(cell["window"]),
                        spread([run["rate"] for run in runs(cell)], thousands),
                        *compared(cell, "peer"), *compared(cell, "ceiling"),
                        spread([run["fdatasync_us"] for run in runs(cell)], plain(0))))
    return table(["server", "window", "signpost, messages/s", "npm client, messages/s", "times it",
                  "raw blaster, messages/s", "of it", "fdatasync, us"], rows)


def median_of(cell, value):
    return statistics.median([value(run) for run in runs(cell)])


def by_process(name):
    """A process's share since the sender started; 0 when it was never seen."""
    return lambda run: run["processes"].get(name, {}).get("sending_cpu_s", 0.0) * 1e6 / run["messages"]


def cpu(cells):
    rows = []
    for cell in cells:
        peer = [round_["peer"]["cpu_us"] for round_ in cell["rounds"] if "peer" in round_]
        rows.append(row(SERVERS[cell["server"]], str(cell["window"]),
                        spread([run["cpu_us"] for run in runs(cell)], plain(1)),
                        spread([run["sending_cpu_us"] for run in runs(cell)], plain(1)),
                        *["%.1f" % median_of(cell, by_process(name)) for name in PROCESSES],
                        spread([round_["marginal_cpu_us"] for round_ in cell["rounds"]], plain(1)),
                        spread(peer, plain(1)) if peer else "",
                        "%.2f" % median_of(cell, lambda run: run["start_cpu_s"]),
                        "%.2f" % median_of(cell, lambda run: run["wall_s"] - run["secs"])))
    return table(["server", "window", "whole run, CPU us a message", "since the sender started", *PROCESSES,
                  "each further message", "npm client", "start-up CPU, s", "not sending, s"], rows)


def memory(runs_):
    rows = []
    for run in runs_:
        peaks = []
        for name in PROCESSES:
            each = run["processes"].get(name, {"peak_kb": 0, "last_kb": 0})
            peaks.append("%.0f (%.0f)" % (each["last_kb"] / 1024, each["peak_kb"] / 1024))
        rows.append(row("%d" % run["messages"], "%.2f" % run["secs"], "%.2f" % run["wall_s"],
                        "%.1f" % run["sending_cpu_us"], *peaks))
    return table(["messages", "sending, s", "whole run, s", "CPU, us a message", "signpost, MB (most)", "opener, MB",
                  "sender, MB", "sealer, MB"], rows)


def markdown(found):
    people = found["cells"][0]["rounds"][0]["people"]
    parts = ["%d and %d messages a run, %d people in the store, journal range %d, %d rounds: median (least-most). "
             "Load of the machine before and after: %.1f, %.1f." % (
                 found["messages"], 2 * found["messages"], people, found["range"], found["rounds"],
                 found["load_before"], found["load_after"]),
        rates(found["cells"]), cpu(found["cells"])]
    one_of_each = [cell["rounds"][0][size] for cell in found["cells"][:1] for size in ("once", "twice")]
    parts.append(memory(one_of_each + found.get("scale", [])))
    if "scale" in found:
        once, tenfold = found["scale"]
        parts.append("Ten times the messages: %.2f times the time while sending, %.2f times the whole run." % (
            tenfold["secs"] / once["secs"], tenfold["wall_s"] / once["wall_s"]))
    return "\n\n".join(parts)
