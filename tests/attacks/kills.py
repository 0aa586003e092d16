#!/usr/bin/env python3
"""kill -9, again and again, each time followed by the ordinary next run; then everybody is counted.

    kills.py BIN_DIR                                  the short form: some fifteen kills, in small homes
    kills.py BIN_DIR --kills 50                       a longer one
    kills.py BIN_DIR --kills 1000 --messages 50000    the full form; prints a table of figures

signpost, opener, sender, sealer, reader and the carrier are killed in import, plan, approve, dispatch, opt-out and
sweep: at every moment where a file or a message changes hands (before and after each sync, write, unlink, send and
receive), and at random times. The moments of a dispatch are a deck that is dealt out card by card, and a card that did
not come to be played goes back into it: the full form ends only when each was played, and names those that could not
be reached in several tries. The moments of the other commands are drawn from their own decks. A home has at most a
thousand people, because there are only so many fictional numbers; many homes make many messages. The carrier that
counts is counting_carrier.py: each text is in its file before it is answered, so that killing it loses no count.

What must hold, in every home: nobody was texted twice, nobody who said stop was texted; every record ended as exactly
one of delivered, undelivered, sent, refused, withheld, expired or unknown, where the expired are those that the ledger
counts and everybody else is in the store; what the store says was sent did arrive, and nothing else but what it calls
unknown; nothing was left running; and signpost-verify calls nothing broken, after each kill and at the end.
"""
import argparse
import collections
import concurrent.futures
import datetime
import os
import random
import subprocess
import sys
import time

from counting_carrier import CountingCarrier
from fault_line import FaultLine, library_beside
from kill_cards import TRANSITIONS, Card, Deck, cards_of
from published_ledger import ends_of_batches
from rehearsal_site import Failed, Site, expect, expect_equal, fictional, rehearsal_policy

SHORT, LONGER = 4, 50  # kills: two small homes are begun at once, and come to some fifteen
DISPATCHERS = ["signpost", "opener", "sender", "sealer"]
CARRIER_MOMENTS = ["arrived", "counted", "answered"]
ENDS = ["delivered", "undelivered", "sent", "refused", "withheld", "expired", "unknown"]


def days_from_now(days):
    then = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=days)
    return then.strftime("%Y-%m-%dT%H:%M:%SZ")


class House:
    """One rehearsal home, its carrier, and the kills in it."""

    def __init__(self, site, shape, chance, receipts):
        self.site, self.shape, self.chance = site, shape, chance
        self.receipts = receipts
        self.carrier = CountingCarrier(site, "--refuse", "41",
                                       *(["--receipts", "--undelivered", "9"] if self.receipts else []))
        self.line = FaultLine(shape.library, site.folder)
        self.kills = collections.Counter()      # (command, process, moment)
        self.dealt, self.played = [], set()     # cards of a dispatch
        self.ends = collections.Counter()
        self.people = chance.sample(range(1000), shape.people)
        self.stopped = self.people[:3]          # they say stop after the import
        self.dispatch_seconds = 0.2

    def make_home(self):
        site = self.site
        policy = site.write("policy.toml", rehearsal_policy(self.shape.range))
        site.signpost("init", "--rehearsal", "--planner", "carol", "--policy", policy, *site.approvers(),
                      "--gateway-port", str(self.carrier.port))
        path = os.path.join(site.home, "signpost.toml")
        with open(path) as file:
            text = file.read()
        text = text.replace("receipt_wait_seconds = 2", "receipt_wait_seconds = 1")
        if not self.receipts:
            text = text.replace("receipts = true", "receipts = false")
        text = text.replace("response_timeout_seconds = 60", "response_timeout_seconds = 5")
        with open(path, "w") as file:
            file.write(text)

    # One command with a kill in it; True when the kill came in time.
    def killed(self, command, card, stdin=None):
        self.line.arm(card.process, card.action, card.at, calls=TRANSITIONS[card.action])
        done = self.line.run(self.site.command(*command), stdin=stdin)
        self.judge(command, done)
        if done.fired:
            if command[0] == "dispatch":
                self.played.add(card)
            self.kills[command[0], card.process, "%s %s" % (card.action.replace("kill-", ""), done.call)] += 1
        return done.fired > 0

    def judge(self, command, done):
        expect(not done.hung, "%s: did not end by itself: %s, after a kill at %s" % (command[0], done.hung, done.call))
        expect(done.code in (-9, 0, 1, 3, 4, 5, 6), "%s exited with %d\n%s" % (command[0], done.code, done.err))
        self.site.verify()

    def short_command(self, command, stdin=None):
        """import, plan, approve, ...: killed at some transition, from the deck of that command."""
        deck = self.shape.decks.get(command[0])
        if deck:
            self.killed(command, self.chance.choice(deck), stdin)

    def bring_in(self):
        rows = self.site.write("rows.txt", "".join(fictional(one, one % 6) + "\n" for one in self.people))
        command = ["import", rows, "--case", "ONE"]
        self.short_command(command)
        self.site.signpost(*command)
        held = self.site.signpost("status")["held"][0]["count"]
        expect_equal(held, len(self.people), "sealed numbers after the import")
        stops = "".join(fictional(one, 2) + "\n" for one in self.stopped)
        self.short_command(["optout", "add", "-"], stdin=stops)
        self.site.signpost("optout", "add", "-", stdin=stops)

    def open_batches(self):
        return [batch["batch"] for batch in self.site.signpost("show")["batches"]
                if batch["state"] in ("planned", "opened")]

    def plan(self):
        """One batch more, approved; None when nobody is left."""
        message = self.site.write("message.txt", "You are not in trouble. Free help, day and night.\n")
        command = ["plan", "--message", message, "--limit", str(self.shape.batch)]
        if self.chance.random() < 0.3:
            self.short_command(command)
        batches = self.open_batches()
        if not batches:
            if self.site.signpost("status")["held"][0]["count"] == 0:
                return None
            batches = [self.site.signpost(*command)["batch"]]
        expect_equal(len(batches), 1, "batches that are under way")
        for name in ("alice", "bob"):
            command = ["approve", batches[0], "--key", self.site.path(name + ".key")]
            if self.chance.random() < 0.2:
                self.short_command(command)
            done = subprocess.run(self.site.command(*command), capture_output=True, text=True)
            expect(done.returncode == 0 or "no approval in it is new" in done.stderr, "approve: " + done.stderr)
        return batches[0]

    def revive(self, _=None):
        if self.carrier.is_dead():
            self.carrier.start()

    def kill_by_deck(self, batch, fresh):
        card = self.shape.deal(self.chance, fresh)
        self.dealt.append(card)
        if card.process != "carrier":
            return self.killed(["dispatch", batch], card)
        self.carrier.start("--die-at", str(card.at), "--die", card.action)
        self.line.arm()
        dead = []

        def on_turn(_):
            if self.carrier.is_dead() and not dead:
                dead.append(True)
            self.revive()

        self.judge(["dispatch"], self.line.run(self.site.command("dispatch", batch), on_turn=on_turn))
        if dead or self.carrier.is_dead():
            self.played.add(card)
            self.kills["dispatch", "carrier", card.action] += 1
        self.carrier.start()

    def kill_by_chance(self, batch):
        victim = self.chance.choice(DISPATCHERS + ["carrier"])
        at, killed = time.monotonic() + self.chance.uniform(0, self.dispatch_seconds), []
        self.line.arm()

        def on_turn(process):
            self.revive()
            if killed or time.monotonic() < at:
                return
            pid = self.carrier.process.pid if victim == "carrier" else self.line.pid(victim)
            if pid and process.poll() is None:
                try:
                    os.kill(pid, 9)
                    killed.append(victim)
                except ProcessLookupError:
                    pass

        began = time.monotonic()
        self.judge(["dispatch"], self.line.run(self.site.command("dispatch", batch), on_turn=on_turn))
        self.revive()
        if killed:
            self.kills["dispatch", victim, "at random"] += 1
        else:
            self.dispatch_seconds = min(self.dispatch_seconds, max(0.05, time.monotonic() - began))

    def dispatch(self, batch, last):
        fresh = True
        for _ in range(self.shape.kills_a_batch):
            if batch in self.open_batches():
                if self.chance.random() < 0.8:
                    self.kill_by_deck(batch, fresh)
                else:
                    self.kill_by_chance(batch)
                fresh = False
        if not last:
            for _ in range(4):  # the ordinary next run; a second one when the carrier broke off
                if batch not in self.open_batches():
                    break
                done = subprocess.run(self.site.command("dispatch", batch), capture_output=True, text=True)
                expect(done.returncode in (0, 6), "dispatch: " + done.stderr)
            expect(batch not in self.open_batches(), "the batch was not finished")

    def sweep(self):
        """Eight days later: what was not sent has expired."""
        command = ["sweep", "--at", days_from_now(8)]
        self.short_command(command)
        self.site.signpost(*command)
        left = os.listdir(os.path.join(self.site.home, "sealed"))
        expect(not [name for name in left if name.endswith((".batch", ".tmp"))], "files were left behind: %r" % left)

    def count(self):
        published = self.site.path("published")
        self.site.signpost("ledger", "publish", published, "--at", days_from_now(9))  # after the sweep's time
        copies, ledger = self.carrier.log.copies(), ends_of_batches(published, len(self.people))
        records = 0
        for batch in self.site.signpost("show")["batches"]:
            records += batch["records"]
            counts = batch["counts"]
            expect(set(counts) <= set(ENDS) | {name for name in counts if name.startswith("withheld.")},
                   "an end that is none: %r" % counts)
            for name, count in counts.items():
                self.ends[name.split(".")[0]] += count
            said = ledger[batch["batch"]]
            self.ends["expired"] += said["expired"]
            expect_equal(said["lost"], 0, "records that the ledger calls lost")
            expect(said["expired"] == 0 or batch["state"] == "expired", "expired in a %s batch" % batch["state"])
            expect_equal(sum(counts.values()) + said["expired"], batch["records"],
                         "%r in the store and %r in the ledger, of the records of a batch" % (counts, dict(said)))
        twice = sum(1 for count in copies.values() if count > 1)
        expect_equal(twice, 0, "people texted twice")
        expect(not any(self.carrier.log.of("44" + fictional(one)[1:]) in copies for one in self.stopped),
               "somebody who had said stop was texted")
        said = self.ends["sent"] + self.ends["delivered"] + self.ends["undelivered"]
        expect(said <= len(copies) <= said + self.ends["unknown"],
               "%d arrived; %d are said to be sent, %d unknown" % (len(copies), said, self.ends["unknown"]))
        return {"kills": self.kills, "dealt": collections.Counter(self.dealt), "played": self.played,
                "ends": self.ends, "records": records,
                "once": len(copies), "twice": twice, "not_at_all": records - len(copies)}


class Shape:
    """How big, and which cards."""

    def __init__(self, bin_folder, people, batch, range_records, kills_a_batch):
        self.bin, self.library, self.kills_a_batch = bin_folder, library_beside(bin_folder), kills_a_batch
        self.people, self.batch, self.range = people, batch, range_records
        self.decks, self.hand = {}, []

    def deal(self, chance, fresh):
        """A late moment for a fresh batch; an early one for a batch that goes on, and may be near its end."""
        if self.hand:
            return self.hand.pop(-1 if fresh else 0)
        return chance.choice(self.decks["dispatch"])

    def learn(self, chance):
        """Runs each command once without a kill, and makes a card of every transition."""
        with Site(self.bin) as site:
            house = House(site, self, chance, receipts=True)
            house.make_home()
            every = ["signpost", "reader", "sealer", "opener"]

            def learn(name, *command, stdin=None, processes=every):
                house.line.arm()
                done = house.line.run(site.command(*command), stdin=stdin)
                expect_equal(done.code, 0, "exit code of %s without a kill: %s" % (name, done.err))
                self.decks[name] = cards_of(house.line.counts(), processes)
                return done

            rows = site.write("rows.txt", "".join(fictional(one, 1) + "\n" for one in house.people))
            learn("import", "import", rows, "--case", "ONE")
            learn("optout", "optout", "add", "-", stdin=fictional(house.people[0]) + "\n")
            message = site.write("message.txt", "Free help.\n")
            learn("plan", "plan", "--message", message, "--limit", str(self.batch))
            batch = house.open_batches()[0]
            for name in ("alice", "bob"):
                learn("approve", "approve", batch, "--key", site.path(name + ".key"))
            learn("dispatch", "dispatch", batch, processes=DISPATCHERS)
            learn("sweep", "sweep")
        carrier = [Card("carrier", moment, at) for moment in CARRIER_MOMENTS for at in range(1, self.batch // 2)]
        # As many of the carrier's as of another process, or it would hardly be killed.
        self.decks["dispatch"] += chance.sample(carrier, min(len(carrier), len(self.decks["dispatch"]) // 4))


def live_in_a_house(shape, seed, hand, receipts):
    chance = random.Random(seed)
    last = collections.Counter()
    for card in shape.decks["dispatch"]:
        last[card.process, card.action] = max(last[card.process, card.action], card.at)
    shape.hand = sorted(hand, key=lambda card: card.at / last[card.process, card.action])
    with Site(shape.bin) as site:
        house = House(site, shape, chance, receipts)
        house.make_home()
        house.bring_in()
        batch = house.plan()
        left = -(-shape.people // shape.batch)
        while batch:
            left -= 1
            house.dispatch(batch, last=left == 0)
            batch = house.plan() if left else None
        house.sweep()
        return house.count()


def add(total, one):
    for name, value in one.items():
        if isinstance(value, collections.Counter):
            total.setdefault(name, collections.Counter()).update(value)
        elif isinstance(value, set):
            total[name] = total.get(name, set()) | value
        else:
            total[name] = total.get(name, 0) + value


def run(arguments):
    chance = random.Random(arguments.seed)
    shape = Shape(os.path.abspath(arguments.bin), arguments.people, arguments.batch, arguments.range,
                  arguments.kills_a_batch)
    shape.learn(chance)
    deck = Deck(shape.decks["dispatch"], chance)
    total, homes, running = {"kills": collections.Counter(), "played": set(), "dealt": collections.Counter()}, 0, {}
    begun = 0
    a_house = shape.kills_a_batch * -(-arguments.people // arguments.batch)
    with concurrent.futures.ProcessPoolExecutor(arguments.jobs) as pool:
        while True:
            enough = sum(total["kills"].values()) >= arguments.kills and total.get("once", 0) >= arguments.messages
            while len(running) < arguments.jobs and (not enough or (arguments.messages and deck.left)):
                hand, receipts, begun = deck.hand(a_house), begun % 2 == 0, begun + 1
                running[pool.submit(live_in_a_house, shape, chance.randrange(1 << 32), hand, receipts)] = hand
            if not running:
                return total, homes, deck
            done, _ = concurrent.futures.wait(running, return_when=concurrent.futures.FIRST_COMPLETED)
            for one in done:
                result = one.result()
                deck.back(running.pop(one), result["dealt"], result["played"])
                add(total, result)
                homes += 1
            if sys.stderr.isatty() or arguments.progress:
                print("%d homes, %d kills, %d texts; %d moments left" % (
                    homes, sum(total["kills"].values()), total["once"], len(deck.left)), file=sys.stderr, flush=True)


def table(arguments, total, homes, deck, seconds):
    kills = total["kills"]
    print("kills                    %d" % sum(kills.values()))
    for title, key in (("in", 0), ("of", 1), ("", 2)):
        grouped = collections.Counter()
        for what, count in kills.items():
            grouped[what[key]] += count
        print("  " + ", ".join("%s %s %d" % (title, name, count) if title else "%s %d" % (name, count)
                               for name, count in grouped.most_common()))
    print("moments of a dispatch    killed at %d of %d" % (len(total["played"] & deck.cards), len(deck.cards)))
    never = sorted(set(deck.out_of_reach) - total["played"])
    print("  never reached           %d%s" % (len(never), "".join(", %s %s %d" % card for card in never)))
    print("  not tried               %d" % len(deck.cards - total["played"] - set(never)))
    print("homes                    %d, of %d people each" % (homes, arguments.people))
    print("records planned          %d" % total["records"])
    print("texts that arrived       %d" % total["once"])
    print("people texted once       %d" % total["once"])
    print("people texted twice      %d" % total["twice"])
    print("people not texted        %d" % total["not_at_all"])
    for name in ENDS:
        print("  ended as %-14s %d" % (name, total["ends"][name]))
    print("  sum of the ends         %d" % sum(total["ends"].values()))
    print("signpost-verify          nothing broken, after each kill and at the end")
    print("time                     %.0f s, range %d, batches of %d, seed %d"
          % (seconds, arguments.range, arguments.batch, arguments.seed))


def main():
    parser = argparse.ArgumentParser(description="kill -9, then the ordinary next run, then everybody is counted")
    parser.add_argument("bin")
    parser.add_argument("--kills", type=int, default=SHORT, help="at least so many (%d)" % SHORT)
    parser.add_argument("--messages", type=int, default=0, help="at least so many texts must have arrived")
    parser.add_argument("--people", type=int, help="in each home, at most 1000 (40; 200; 1000 with --messages)")
    parser.add_argument("--batch", type=int, help="people in a batch (20; 100 with --messages)")
    parser.add_argument("--range", type=int, help="records in a journal range (5; 25 with --messages)")
    parser.add_argument("--kills-a-batch", type=int, default=2, help="in its dispatches (2)")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    parser.add_argument("--progress", action="store_true")
    arguments = parser.parse_args()
    full = arguments.messages > 0
    arguments.people = arguments.people or (1000 if full else 200 if arguments.kills >= LONGER else 40)
    arguments.batch = arguments.batch or (100 if full else 20)
    arguments.range = arguments.range or (25 if full else 5)
    print("seed %d" % arguments.seed, flush=True)
    began = time.monotonic()
    try:
        total, homes, deck = run(arguments)
        expect_equal(sum(total["ends"].values()), total["records"], "the sum of the ends")
        expect(total["ends"]["undelivered"] > 0 or arguments.kills < LONGER, "no receipt said undelivered")
    except Failed as failure:
        print("kills: %s" % failure)
        return 1
    table(arguments, total, homes, deck, time.monotonic() - began)
    return 0


if __name__ == "__main__":
    sys.exit(main())
