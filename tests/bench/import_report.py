"""The figures of imports as markdown, for README.md here."""
import statistics

from report import plain, row, spread, table, thousands

PROCESSES = ("signpost-reader", "signpost-sealer", "signpost")


def megabytes(kilobytes):
    return "%.0f" % (kilobytes / 1024)


def rates(found):
    rounds = found["rounds"]
    rows = [row("signpost, empty store", spread([each["empty"]["rate"] for each in rounds], thousands), "")]
    for peer in sorted(rounds[0].get("peers", {})):
        ratios = [each["empty"]["rate"] / each["peers"][peer] for each in rounds]
        rows.append(row("%s peer" % peer, spread([each["peers"][peer] for each in rounds], thousands),
                        spread(ratios, plain(1))))
    for name, what in (("second", "signpost, a second case"), ("again", "signpost, the same file again")):
        rows.append(row(what, spread([each[name]["rate"] for each in rounds], thousands), ""))
    return table(["import of %d rows" % found["rows"], "rows/s", "signpost is times it"], rows)


def cpu(found):
    imports = [each["empty"] for each in found["rounds"]]
    parts = [statistics.median(each["processes"].get(name, {}).get("cpu_s", 0.0) * 1e6 / each["rows"]
                               for each in imports) for name in PROCESSES]
    return table(["CPU us a row, start-up and all", *PROCESSES, "fdatasync, us"],
                 [row(spread([each["cpu_us"] for each in imports], plain(2)), *["%.2f" % part for part in parts],
                      spread([each["fdatasync_us"] for each in imports], plain(0)))])


def one(name, figures):
    parts = [megabytes(figures["pss_parts_kb"].get(process, 0)) for process in PROCESSES]
    return row(name, "%d" % figures["rows"], "%s" % figures["new"], "%.2f" % figures["wall_s"],
               thousands(figures["rate"]), megabytes(figures["pss_kb"]), *parts, megabytes(figures["pss_peak_kb"]))


def sizes(found):
    first = found["rounds"][0]
    rows = [one("empty store", first["empty"]), one("a second case", first["second"])]
    if "scale" in found:
        scale = found["scale"]
        rows += [one("empty store", scale["empty"]), one("a second case into it", scale["second"]),
                 one("a third, after a sweep", scale["after_sweep"])]
    return table(["import", "rows", "new", "s", "rows/s", "PSS of all, MB", *["%s, MB" % name for name in PROCESSES],
                  "while keys are unlocked, MB"], rows)


def markdown(found):
    plans = [each["plan_s"] for each in found["rounds"]]
    again = [each["next_plan_s"] for each in found["rounds"]]
    parts = ["%d rounds: median (least-most). Load of the machine before and after: %.1f, %.1f." % (
        len(found["rounds"]), found["load_before"], found["load_after"]),
        rates(found), cpu(found), sizes(found),
        "The first plan behind the imports carries them over: %s s; the next one: %s s." % (
            spread(plans, plain(1)), spread(again, plain(1)))]
    if "scale" in found:
        parts.append("Ten times the rows: %.1f times as long. The sweep behind it, which carries over and rebuilds: "
                     "%.0f s; the store is then %.0f MB." % (
                         found["scale"]["times_as_long"], found["scale"]["sweep_s"], found["scale"]["store_mb"]))
    return "\n\n".join(parts)
