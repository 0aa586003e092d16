#!/usr/bin/env python3
"""A message centre that counts, and does not forget when it is killed: each text that it takes is in a file before
it is answered. Only a keyed hash of the number is written; the key is the file's first 16 bytes and comes from the
driver. Loopback only.

    counting_carrier.py LOG [--port P] [--refuse N] [--throttle N] [--receipts] [--undelivered N]
                        [--die-at N --die MOMENT]

    counting_carrier.py control              a text before and one after kill -9 are two; a test that cannot see
                                             this sees nothing

N: every Nth submit; with --undelivered, its receipt says that nobody got it. MOMENT: arrived (before it is counted),
counted, answered.
"""
import argparse
import hashlib
import os
import signal
import socket
import subprocess
import sys

from held_port import HeldPort
from message_centre import (BIND, HEADER, INTERNATIONAL, INVALID_DESTINATION, OK, RECEIPT, RESPONSE, SUBMIT, THROTTLED,
                            MessageCentre, addresses, message, pdu)

RECORD = 8


def record_of(key, number):
    return hashlib.blake2b(number, key=key, digest_size=RECORD).digest()


class Log:
    """The driver's side: makes the file and reads it."""

    def __init__(self, path):
        self.path, self.key = path, os.urandom(16)
        with open(path, "wb") as file:
            file.write(self.key)
        self.begin = 16

    def mark(self):
        """What was counted before is not looked at any more."""
        self.begin = os.path.getsize(self.path)

    def copies(self):
        """{hash of a number: how many texts}, since the mark."""
        with open(self.path, "rb") as file:
            file.seek(self.begin)
            data = file.read()
        copies = {}
        for at in range(0, len(data) - RECORD + 1, RECORD):
            one = data[at:at + RECORD]
            copies[one] = copies.get(one, 0) + 1
        return copies

    def of(self, number):
        return record_of(self.key, number.encode())


class CountingCarrier:
    """The driver's side: the process, which can be killed and started again."""

    def __init__(self, site, *options):
        self.site, self.options = site, list(options)
        self.held_port = HeldPort()  # nobody else's while this one is dead
        self.port = self.held_port.number
        self.log = Log(site.path("carrier-log"))
        self.process = None
        self.start()

    def start(self, *more):
        """On the port that it had before."""
        self.end()
        self.process = subprocess.Popen(
            [sys.executable, os.path.abspath(__file__), self.log.path, "--port", str(self.port),
             *self.options, *more], stdout=subprocess.PIPE, text=True)
        self.site.started.append(self.process)
        self.process.stdout.readline()  # it listens

    def end(self):
        if self.process:
            self.process.kill()
            self.process.communicate()

    def is_dead(self):
        return self.process.poll() is not None


class CountingCentre(MessageCentre):
    def __init__(self, options):
        super().__init__(options.port)
        self.options, self.submits = options, 0
        self.log = os.open(options.log, os.O_RDWR | os.O_APPEND)
        self.key = os.pread(self.log, 16, 0)
        self.ids = int.from_bytes(os.urandom(3), "big") << 16

    def submit(self, link, sequence, body):
        options = self.options
        self.submits += 1
        for every, status in ((options.throttle, THROTTLED), (options.refuse, INVALID_DESTINATION)):
            if every and self.submits % every == 0:
                return self.send(link, SUBMIT | RESPONSE, status, sequence)
        self.die("arrived")
        sender, receiver, at = addresses(body)
        os.write(self.log, record_of(self.key, receiver[2]))
        self.die("counted")
        self.ids += 1
        message_id = b"%08x" % (self.ids & 0xFFFFFFFF)
        self.send(link, SUBMIT | RESPONSE, OK, sequence, message_id + b"\0")
        if options.receipts and body[at + 5] & 3 == 1:  # registered_delivery, behind two empty times
            state = b"UNDELIV" if options.undelivered and self.submits % options.undelivered == 0 else b"DELIVRD"
            self.deliver(link, receiver, sender, b"id:%s stat:%s err:000" % (message_id, state), RECEIPT)
        self.die("answered")

    def die(self, moment):
        if self.submits == self.options.die_at and moment == self.options.die:
            os.kill(os.getpid(), signal.SIGKILL)


def serve(options):
    centre = CountingCentre(options)
    print(centre.port, flush=True)
    centre.serve()


def submit(port, number):
    """One text, as a client would send it; returns the status of the answer."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as link:
        text = message((5, 0, b"CONTROL"), (*INTERNATIONAL, number.encode()), b"help")
        link.sendall(pdu(BIND, 0, 1, b"control\0secret\0\0\x34\0\0\0") + pdu(SUBMIT, 0, 2, text))
        stream = link.makefile("rb")
        stream.read(HEADER.unpack(stream.read(16))[0] - 16)  # of the bind
        return HEADER.unpack(stream.read(16))[2]


def control():
    from rehearsal_site import Site, expect_equal, fictional
    with Site("") as site:
        carrier, twice, once = CountingCarrier(site), fictional(1, 1)[1:], fictional(2, 1)[1:]
        expect_equal(submit(carrier.port, twice), 0, "the answer")
        expect_equal(submit(carrier.port, once), 0, "the answer")
        carrier.start()
        expect_equal(submit(carrier.port, twice), 0, "the answer of the next one")
        expect_equal(carrier.log.copies(), {carrier.log.of(twice): 2, carrier.log.of(once): 1}, "copies")
        carrier.log.mark()
        expect_equal(carrier.log.copies(), {}, "copies after the mark")
        with open(carrier.log.path, "rb") as file:
            expect_equal(file.read().count(b"7700900"), 0, "numbers in the file")
    print("held: a second text is seen, over a kill -9")


def main():
    if sys.argv[1:] == ["control"]:
        return control()
    parser = argparse.ArgumentParser()
    parser.add_argument("log")
    for name in ("port", "refuse", "throttle", "undelivered", "die-at"):
        parser.add_argument("--" + name, type=int, default=0)
    parser.add_argument("--receipts", action="store_true")
    parser.add_argument("--die", choices=("arrived", "counted", "answered"))
    serve(parser.parse_args())


if __name__ == "__main__":
    sys.exit(main())
