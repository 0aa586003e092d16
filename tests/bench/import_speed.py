"""How fast `signpost import` is, sealed and durable, beside its peers in the same run. See README.md here.

    tests/bench/import RELEASE_BIN [--peers DIR] [--rows N] [--rounds N] [--scale] [--json]
"""
import argparse
import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

import import_report
from bench_home import BenchHome
from bench_home import Failed as HomeFailed
from measure import Failed, fdatasync_us, run

HERE = os.path.dirname(os.path.abspath(__file__))
DEFAULT_PEERS = os.path.join(HERE, "..", "..", "..", "shared", "peers")
DEBIANS_PYTHON = "/usr/bin/python3"  # that python3-phonenumbers is installed for
MARK = "signpost-reader"  # started last
KEY_DERIVATION_KB = 150 * 1024  # above it the sealer still has Argon2's memory


def say(text):
    print(text, file=sys.stderr, flush=True)


def own_contacts(rows, path, seed):
    """What make_contacts.py of the peers writes, in small: each sixth person comes again, a few are no mobiles."""
    chance, known = random.Random(seed), []
    with open(path, "w") as file:
        file.write("name,number,notes\n")
        for row in range(rows):
            if known and chance.random() < 0.15:
                digits = chance.choice(known)
            else:
                digits = "%d%03d%06d" % (7, chance.randint(400, 899), chance.randint(0, 999999))
                known.append(digits)
            number = chance.choice(["0" + digits, "+44 " + digits, "0044 " + digits])
            file.write("n%d,%s,x\n" % (row, "unknown" if chance.random() < 0.02 else number))


class Contacts:
    """Exports, made once each, outside the tree."""

    def __init__(self, folder, peers):
        self.folder, self.maker = folder, os.path.join(peers, "make_contacts.py") if peers else None

    def of(self, rows, seed):
        path = os.path.join(self.folder, "contacts-%d-%d.csv" % (rows, seed))
        if not os.path.exists(path):
            if self.maker:
                subprocess.run([sys.executable, self.maker, str(rows), path, str(seed)], check=True)
            else:
                own_contacts(rows, path, seed)
        return path


def memory(held):
    """The most that all processes held together (kB, PSS): ever, and once the keys were unlocked."""
    sums = [sum(look.values()) for look in held]
    unlocking = [i for i, look in enumerate(held) if look.get("signpost-sealer", 0) > KEY_DERIVATION_KB]
    behind = unlocking[-1] + 1 if unlocking else 0
    after = held[behind:]
    parts = {}
    for look in after:
        for name, kilobytes in look.items():
            parts[name] = max(parts.get(name, 0), kilobytes)
    return {"pss_peak_kb": max(sums, default=0), "pss_kb": max(sums[behind:], default=0), "pss_parts_kb": parts}


def ours(home, path):
    """One import as a whole process tree: what it says must add up, or it is no figure."""
    sync = fdatasync_us(home.home)
    output, figures = run(home.command("import", path, "--case", "BENCH"), MARK, timeout=3600)
    done = json.loads(output[output.index("{"):])["imports"][0]
    counts, rows = done["counts"], done["rows"]
    told = [value for name, value in counts.items() if name != "found"]
    small = any(not isinstance(value, int) for value in told)  # "fewer than": the policy's smallest count
    if not small and counts["found"] != sum(told):
        raise Failed("the counts do not add up: %r" % counts)
    figures.update(memory(figures.pop("held")), rows=rows, new=counts["new"], rate=rows / figures["wall_s"],
                   cpu_us=figures["cpu_s"] * 1e6 / rows, fdatasync_us=sync)
    return figures


def command_of(home, *arguments):
    began = time.monotonic()
    home.signpost(*arguments)
    return time.monotonic() - began


def plan(home, limit):
    message = home.write("message.txt", "Free help, day and night.\n")
    return command_of(home, "plan", "--message", message, "--limit", str(limit), "--gateway", "w10")


class Peers:
    """The scripts as they are; their own figure, which leaves their start-up out."""

    def __init__(self, folder, peers):
        self.folder, self.peers = folder, peers
        shutil.copy(os.path.join(peers, "import_peer.mjs"), folder)  # node looks for modules beside it
        subprocess.run(["npm", "install", "--silent", "--no-audit", "--no-fund", "libphonenumber-js"],
                       cwd=folder, check=True, stdout=subprocess.DEVNULL)

    def rates(self, path):
        store = os.path.join(self.folder, "peer.db")
        if os.path.exists(store):
            os.unlink(store)
        return {"python": self.rate([DEBIANS_PYTHON, os.path.join(self.peers, "import_peer.py"), path, store]),
                "node": self.rate(["node", os.path.join(self.folder, "import_peer.mjs"), path])}

    @staticmethod
    def rate(command):
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode != 0:
            raise Failed("%s exited with %d: %s" % (command[1], done.returncode, done.stderr[-500:]))
        return float(done.stdout.split("rows_per_s=")[1].split()[0])


def new_home(arguments):
    return BenchHome(arguments.bin, [10], 200)


def one_round(arguments, contacts, peers):
    """Into an empty store; the same again, that brings nobody; another case; then the flush."""
    first, second = contacts.of(arguments.rows, 7), contacts.of(arguments.rows, 8)
    found = {"peers": peers.rates(first)} if peers else {}
    with new_home(arguments) as home:
        found["empty"] = ours(home, first)
        found["again"] = ours(home, first)
        found["second"] = ours(home, second)
        limit = max(1, min(1000, arguments.rows // 10))
        found["plan_s"], found["next_plan_s"] = plan(home, limit), plan(home, limit)
    return found


def scaled(arguments, contacts):
    """Ten times the rows, and other cases into the store that holds them, before and after a sweep."""
    large, rows = contacts.of(10 * arguments.rows, 11), arguments.rows
    with new_home(arguments) as home:
        found = {"empty": ours(home, large), "second": ours(home, contacts.of(rows, 7))}
        found["sweep_s"] = command_of(home, "sweep")
        found["after_sweep"] = ours(home, contacts.of(rows, 8))
        found["store_mb"] = os.path.getsize(os.path.join(home.home, "store.db")) / 1e6
    return found


def parsed():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("bin", help="folder of the release binaries")
    parser.add_argument("--peers", default=DEFAULT_PEERS if os.path.isdir(DEFAULT_PEERS) else None,
                        help="folder with make_contacts.py, import_peer.py and import_peer.mjs; '' for none")
    parser.add_argument("--rows", type=int, default=1000000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--scale", action="store_true", help="also ten times the rows, once")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


def measured(arguments, folder):
    contacts = Contacts(folder, arguments.peers)
    peers = Peers(folder, arguments.peers) if arguments.peers else None
    found = {"rows": arguments.rows, "load_before": os.getloadavg()[0], "rounds": []}
    for number in range(arguments.rounds):
        say("round %d of %d" % (number + 1, arguments.rounds))
        found["rounds"].append(one_round(arguments, contacts, peers))
    if arguments.scale:
        say("%d rows" % (10 * arguments.rows))
        found["scale"] = scaled(arguments, contacts)
        once = statistics.median(each["empty"]["wall_s"] for each in found["rounds"])
        found["scale"]["times_as_long"] = found["scale"]["empty"]["wall_s"] / once
    found["load_after"] = os.getloadavg()[0]
    return found


def main():
    arguments = parsed()
    folder = tempfile.mkdtemp(prefix="signpost-bench-")
    try:
        found = measured(arguments, folder)
    except (Failed, HomeFailed, OSError, subprocess.SubprocessError) as error:
        say("import: %s" % error)
        return 1
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(json.dumps(found, indent=1) if arguments.json else import_report.markdown(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
