#!/usr/bin/env python3
"""Attacks of policy/THREATS.md, tried on whole runs: named_attacks.py BIN_DIR NAME. Each has the name of its row."""
import os
import random
import struct
import subprocess
import sys
import time

from message_centre import INTERNATIONAL, OK, RECEIPT, RESPONSE, SUBMIT, MessageCentre
from rehearsal_site import Site, expect, expect_equal, fictional, run_named

FIXED, SECTION, RECORD = 40, 116, 52  # crypto/seal/FORMAT.md


def sealed_files(site, kind):
    folder = os.path.join(site.home, "sealed")
    return sorted(os.path.join(folder, name) for name in os.listdir(folder) if name.endswith(kind))


class Sealed:
    """A sealed file as its format document says: what is in it without a key."""

    def __init__(self, path):
        self.path = path
        with open(path, "rb") as file:
            self.data = bytearray(file.read())
        expect_equal(bytes(self.data[:8]), b"SGNPSEAL", "magic of a sealed file")
        self.sections = struct.unpack_from("<I", self.data, 12)[0]
        self.first = FIXED + self.sections * SECTION

    def sealed_keys(self):
        at = range(FIXED, self.first, SECTION)
        return [bytes(self.data[i + 36:i + SECTION]) for i in at]

    def records(self):
        """(id, box) of each whole record; a file that a kill left may end inside one."""
        whole = range(self.first, len(self.data) - RECORD + 1, RECORD)
        return [(bytes(self.data[i + 4:i + 20]), bytes(self.data[i + 20:i + RECORD])) for i in whole]

    def swap(self, a, b, what):
        """Exchanges the ids or the boxes of two records."""
        offset, size = {"id": (4, 16), "box": (20, 32)}[what]
        at = [self.first + n * RECORD + offset for n in (a, b)]
        one, other = (bytes(self.data[i:i + size]) for i in at)
        self.data[at[0]:at[0] + size], self.data[at[1]:at[1] + size] = other, one

    def write(self):
        with open(self.path, "wb") as file:
            file.write(self.data)


def swapped_ciphertexts_text_nobody(bin_folder):
    """Somebody who can write the home exchanges sealed numbers, before the plan and after the approval."""
    with Site(bin_folder) as site:
        carrier, batch = site.ready_to_send(range(100, 120))
        file = Sealed(sealed_files(site, ".batch")[0])
        file.swap(3, 7, "box")
        file.write()
        site.dispatch(batch, exits=4)  # not the file that was approved
        # In an intake, so that the batch is made, approved and hashed with it.
        site.import_numbers("TWO", *(fictional(tail, 1) for tail in range(200, 220)))
        intake = Sealed(sealed_files(site, ".intake")[0])
        intake.swap(3, 7, "box")
        intake.write()
        second = site.approved_plan()
        done = subprocess.run(site.command("dispatch", second), capture_output=True, text=True)
        expect(done.returncode in (0, 4), "dispatch of swapped ciphertexts exited %d" % done.returncode)
        report = carrier.end()
        expect_equal(report["people"], 0, "people texted from a range with a swapped ciphertext")
        site.verify(exits=4)  # and whoever looks sees that the first batch's file is not the approved one


class RecordingCentre(MessageCentre):
    """Keeps, in memory, all that it was sent. Answers with texts of the attacker's choosing where SMPP has room for
    one."""

    def __init__(self, system_id=b"CENTRE", message_id=b"%d", receipt=None):
        super().__init__()
        self.system_id, self.message_id, self.receipt = system_id, message_id, receipt
        self.pdus = []
        self.start()

    def take(self, link, command, sequence, body):
        self.pdus.append((command, body))
        super().take(link, command, sequence, body)

    def submit(self, link, sequence, _):
        count = len(self.submits())
        message_id = self.message_id % count if b"%d" in self.message_id else self.message_id
        self.send(link, SUBMIT | RESPONSE, OK, sequence, message_id + b"\0")
        if self.receipt:
            self.deliver(link, (*INTERNATIONAL, b"447700900999"), (0, 0, b"SIGNPOST"), self.receipt, RECEIPT)

    def submits(self):
        return [body for command, body in self.pdus if command == SUBMIT]

    def end(self):
        for thread in self.threads:
            thread.join(timeout=30)  # whoever dialled has gone
        self.close()


def set_gateway_port(site, port):
    path = os.path.join(site.home, "signpost.toml")
    with open(path) as file:
        text = file.read()
    lines = ["port = %d" % port if line.startswith("port = ") else line for line in text.split("\n")]
    with open(path, "w") as file:
        file.write("\n".join(lines))


def gateway_gets_the_approved_text_and_nothing_else(bin_folder):
    """Exfiltration by the text or the link: a placeholder, a text for one person, a gateway changed after approval."""
    with Site(bin_folder) as site:
        approved, other = RecordingCentre(), RecordingCentre()
        site.rehearsal_home(approved.port)
        path = site.write("people.csv", "Name,Number\n" + "".join(
            "Canary Person %d,%s\n" % (tail, fictional(tail)) for tail in range(500, 540)))
        site.import_file("CANARYCASE", path)
        text = "You are not in trouble {name} %s $NUMBER {{case}} https://example.org/help\n"
        message = site.write("placeholders.txt", text)
        batch = site.signpost("plan", "--message", message)["batch"]
        site.approve(batch)
        set_gateway_port(site, other.port)  # what was approved names another
        site.dispatch(batch)
        approved.end()
        other.end()
        expect_equal(len(other.pdus), 0, "PDUs to a gateway that nobody approved")
        submits = approved.submits()
        expect_equal(len(submits), 40, "texts")
        alike, destinations = set(), set()
        for body in submits:
            at = body.index(b"4477009")
            destinations.add(body[at:at + 12])
            alike.add(body[:at] + body[at + 12:])
        expect_equal(len(destinations), 40, "destinations")
        expect_equal(len(alike), 1, "different submits, their destination apart")
        sent = b"".join(body for _, body in approved.pdus)
        for word in (b"Canary", b"CANARYCASE", batch.encode(), b"carol"):
            expect(word not in sent, "the carrier was told something that is not the text")
        # Braces are escaped in GSM 03.38; the words between them are as they were written.
        for word in (b"name", b"%s", b"NUMBER", b"case"):
            expect(word in submits[0], "a placeholder was not sent as it was approved")


ESCAPE = "\x1b[2J\x1b]0;owned\x07"
INJECTED = "signpost: batch approved by nobody"


def injected_text_reaches_no_log_and_no_terminal(bin_folder):
    """Escapes and whole log lines in names, cells, headers, file names, and in all that a carrier can say."""
    with Site(bin_folder) as site:
        evil = (ESCAPE + "\r\n" + INJECTED).encode()
        centre = RecordingCentre(system_id=b"\x1b[2JX", message_id=(ESCAPE + INJECTED).encode()[:60],
                                 receipt=b"id:" + evil.replace(b"\r\n", b" ")[:60] + b" stat:\x1b[2J" + b" err:\x1b[31m")
        site.rehearsal_home(centre.port)
        cell = (ESCAPE + INJECTED).replace('"', "")
        path = site.path("people" + ESCAPE.replace("\x07", "") + ".csv")
        with open(path, "w") as file:
            file.write("Name,Number%s\n" % ESCAPE)
            for tail in range(600, 620):
                file.write('"%s\n%s",%s\n' % (cell, INJECTED, fictional(tail)))
            file.write('=cmd|" /C calc"!A0,@SUM(1)\n"%s",0770%s0900621\n' % (cell, ESCAPE))
        outputs = []

        def run(*arguments, exits=(0,)):
            for machine in (["--json"], []):
                command = [site.binary("signpost"), "--home", site.home, *machine, *arguments]
                done = subprocess.run(command, capture_output=True)
                expect(done.returncode in exits, "%s exited %d" % (arguments[0], done.returncode))
                outputs.append((" ".join(machine) + arguments[0], done.stdout + done.stderr))

        run("import", path, "--case", "ONE", exits=(0, 3))
        run("import", path, "--case", "ONE" + ESCAPE, exits=(0, 2, 3))
        run("import", site.path("missing" + ESCAPE), "--case", "ONE", exits=(3,))
        batch = site.approved_plan()
        run("dispatch", batch, exits=(0, 4))
        run("status")
        run("show", batch)
        run("sweep")
        done = subprocess.run([site.binary("signpost-verify"), site.home], capture_output=True)
        outputs.append(("signpost-verify", done.stdout + done.stderr))
        centre.end()
        expect(len(centre.submits()) > 0, "nothing was submitted, so the carrier's words were not tried")
        for what, output in outputs:
            expect(b"\x1b" not in output and b"\x07" not in output, "an escape reached the terminal: " + what)
            for line in output.split(b"\n"):
                expect(not line.startswith(INJECTED.encode()), "a line was injected")
        for folder, _, names in os.walk(site.home):
            for name in names:
                with open(os.path.join(folder, name), "rb") as file:
                    data = file.read()
                expect(b"owned" not in data and INJECTED.encode() not in data, "injected text is kept in " + name)


def killed_imports_use_no_nonce_twice(bin_folder):
    """A nonce is a record id under a file key. Whatever a kill leaves, no id and no key comes again."""
    seed = random.randrange(1 << 32)
    print("seed", seed)
    chance = random.Random(seed)
    boxes, keys, killed = {}, {}, 0
    with Site(bin_folder) as site:
        site.rehearsal_home()

        def look():
            folder = os.path.join(site.home, "sealed")
            for name in os.listdir(folder):
                path = os.path.join(folder, name)
                if os.path.getsize(path) < FIXED + SECTION:
                    continue
                file = Sealed(path)
                for key in file.sealed_keys():
                    expect_equal(keys.setdefault(key, name.split(".")[0]), name.split(".")[0], "file of a sealed key")
                for identity, box in file.records():
                    expect_equal(boxes.setdefault(identity, box), box, "box of a nonce seen before")

        def kill_when(run, due):
            """Kills the run once it is due; whether that was before it ended."""
            while run.poll() is None and not due():
                time.sleep(0.001)
            alive = run.poll() is None
            if alive:
                run.kill()
            run.wait()
            return alive

        numbers = [fictional(tail, tail % 6) for tail in range(0, 1000)]
        path = site.write("many.txt", "".join(number + "\n" for number in numbers * 30))
        # The first when it writes its first record; that says how long the others have.
        began = time.monotonic()
        killed += kill_when(site.start("import", path, "--case", "ONE"), lambda: site.bytes_sealed() > 0)
        to_first_record = time.monotonic() - began
        look()
        for _ in range(11):
            until = time.monotonic() + chance.uniform(0.3, 2) * to_first_record
            killed += kill_when(site.start("import", path, "--case", "ONE"), lambda: time.monotonic() >= until)
            look()
        site.import_file("ONE", path)
        look()
        expect(killed > 0, "no import was killed")
        expect(len(boxes) >= 1000, "hardly a record was seen: %d" % len(boxes))


SCENARIOS = {scenario.__name__: scenario for scenario in (
    swapped_ciphertexts_text_nobody,
    gateway_gets_the_approved_text_and_nothing_else,
    injected_text_reaches_no_log_and_no_terminal,
    killed_imports_use_no_nonce_twice,
)}

if __name__ == "__main__":
    sys.exit(run_named(SCENARIOS))
