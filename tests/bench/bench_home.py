"""A live home with a fast policy, and batches in it. Numbers are made while this runs and stand nowhere."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "attacks"))
from held_port import HeldPort  # noqa: E402
from rehearsal_site import Failed, PASSPHRASE, Site  # noqa: E402

MOST_IN_A_BATCH = 100000  # the policy's own limit
SPARE = 1.05  # more are imported than planned: not every number of the range is assigned

POLICY = """name = "bench"
[sending]
days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
from = "00:00"
to = "24:00"
messages_per_second = %d
range_records = %d
[batches]
max_records = %d
"""

GATEWAY = """
[gateway.w%d]
host = "127.0.0.1"
port = %d
sender = "SUPPORT"
credentials_file = "keys/bench-gateway"
window = %d
receipts = %s
receipt_wait_seconds = 0
"""

# 140 characters, as the peers send.
MESSAGE = ("You are not in trouble. If you want to talk, day or night, free and in confidence: "
           "people who have been there will listen. Reply STOP to end.").ljust(140, ".")


class BenchHome(Site):
    def __init__(self, bin_folder, windows, range_records, pace=1000000, receipts=False, held=0, binds=1):
        super().__init__(bin_folder)
        self.held_port, self.made = HeldPort(), 0
        self.port = self.held_port.number  # of the gateways: whoever is measured listens there
        policy = self.write("policy.toml", POLICY % (pace, range_records, MOST_IN_A_BATCH))
        # The cheapest key cost that a live home may have.
        self.signpost("init", "--planner", "carol", "--policy", policy, *self.approvers(), "--passphrase-file",
                      self.write("passphrase", PASSPHRASE), "--key-cost", "moderate")
        with open(os.path.join(self.home, "keys", "bench-gateway"), "w") as file:
            file.write("bench\nbench\n")
        with open(os.path.join(self.home, "signpost.toml"), "a") as file:
            for window in windows:
                file.write(GATEWAY % (window, self.port, window, "true" if receipts else "false"))
                if binds > 1:
                    file.write("binds = %d\n" % binds)
        if held:  # people of other cases, who are in no batch here
            self.import_new(held)

    def __exit__(self, *error):
        super().__exit__(*error)
        self.held_port.close()

    def numbers(self, count):
        """A list in a file: UK mobiles, each once in this home's life."""
        path = self.path("numbers.txt")
        first = 4 * 10 ** 8  # joined to a mobile prefix while this runs
        with open(path, "w") as file:
            for row in range(self.made, self.made + count):
                file.write("0%d%d\n" % (7, first + row * 37 % 90000000))
        self.made += count
        return path

    def import_new(self, count):
        path = self.numbers(count)
        self.signpost("import", path, "--case", "BENCH")
        os.unlink(path)

    def batch(self, messages, window):
        """Imported, planned, approved; ready to be dispatched."""
        self.import_new(int(messages * SPARE) + 10)
        batch = self.signpost("plan", "--message", self.write("message.txt", MESSAGE + "\n"), "--limit",
                              str(messages), "--gateway", "w%d" % window)["batch"]
        self.approve(batch)
        return batch

    def batches(self, messages, window):
        sizes = [MOST_IN_A_BATCH] * (messages // MOST_IN_A_BATCH)
        if messages % MOST_IN_A_BATCH:
            sizes.append(messages % MOST_IN_A_BATCH)
        return [(self.batch(size, window), size) for size in sizes]


__all__ = ["BenchHome", "Failed"]
