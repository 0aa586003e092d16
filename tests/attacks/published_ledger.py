"""A ledger as `signpost ledger publish` wrote it, read by its documented format: core/shared/ledger/FORMAT.md."""
import collections
import json
import os

from rehearsal_site import expect, expect_equal


def entries_of(folder):
    """The entries of a published ledger, in order: bundles of 256, the last one with its size in its name."""
    bundles = os.path.join(folder, "tile", "entries")
    for name in sorted(os.listdir(bundles)):
        path = os.path.join(bundles, name)
        if os.path.isdir(path):
            path = os.path.join(path, max(os.listdir(path), key=int))
        with open(path, "rb") as file:
            while True:
                length = file.read(2)
                if not length:
                    break
                yield json.loads(file.read(int.from_bytes(length, "big")))


def ends_of_batches(folder, people):
    """{batch: the counts of its end}; and `people` were imported, and each is in a batch or accounted for elsewhere."""
    with open(os.path.join(folder, "openings.jsonl")) as file:
        openings = {one["index"]: collections.Counter(one["counts"]) for one in map(json.loads, file)}
    ends, into, out, held = {}, 0, 0, 0
    for index, entry in enumerate(entries_of(folder)):
        counts = openings.get(index, collections.Counter())
        if entry["event"] == "import.done":
            into += counts["new"]
        elif entry["event"] == "batch.planned":
            out += counts["records"] + sum(n for name, n in counts.items() if name.startswith("withheld."))
        elif entry["event"] == "swept":
            out, held = out + counts["numbers.expired"], counts["outstanding"]
        elif entry["event"] == "batch.finished":
            expect(entry["batch"] not in ends, "a batch ended twice")
            ends[entry["batch"]] = counts
    expect_equal(into, people, "people that the ledger says came in")
    expect_equal(out + held, into, "people that the ledger says were planned, withheld, expired or are held")
    return ends
