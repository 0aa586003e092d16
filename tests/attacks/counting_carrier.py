#!/usr/bin/env python3
"""A message centre that counts, and does not forget when it is killed: each text that it takes is in a file before
it is answered. Only a keyed hash of the number is written; the key is the file's first 16 bytes and comes from the
driver. Loopback only.

    counting_carrier.py LOG [--port P] [--refuse N] [--throttle N] [--receipts] [--undelivered N]
                        [--die-at N --die MOMENT]

    counting_carrier.py control              a text before and one after kill -9 are two; a test that cannot see
                                             this sees nothing

N: every Nth submit; with --undelivered, every Nth receipt says that nobody got it. MOMENT: arrived (before it is
counted), counted, answered.
"""
import argparse
import hashlib
import os
import selectors
import signal
import socket
import struct
import subprocess
import sys

from held_port import HeldPort

HEADER = struct.Struct(">IIII")
BIND = {1: 0x80000001, 2: 0x80000002, 9: 0x80000009}
RECORD = 8


def record_of(key, number):
    return hashlib.blake2b(number.encode(), key=key, digest_size=RECORD).digest()


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
        return record_of(self.key, number)


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


def c_string(body, at):
    end = body.index(0, at)
    return body[at:end].decode("latin-1"), end + 1


def addresses(body):
    """The two addresses of a submit_sm: (sender, receiver), each (ton, npi, text)."""
    _, at = c_string(body, 0)
    both = []
    for _ in range(2):
        ton, npi = body[at], body[at + 1]
        text, at = c_string(body, at + 2)
        both.append((ton, npi, text))
    wants_receipt = body[at + 3 + 1 + 1] & 3 == 1 if body[at + 3] == 0 and body[at + 4] == 0 else False
    return both[0], both[1], wants_receipt


class Centre:
    def __init__(self, options):
        self.options, self.submits, self.sequence = options, 0, 0
        self.log = os.open(options.log, os.O_RDWR | os.O_APPEND)
        self.key = os.pread(self.log, 16, 0)
        self.buffers = {}
        self.ids = int.from_bytes(os.urandom(3), "big") << 16

    def read(self, link):
        """False when the link is over."""
        try:
            data = link.recv(65536)
        except OSError:
            return False
        if not data:
            return False
        buffer = self.buffers[link] = self.buffers.get(link, b"") + data
        out, at, going = [], 0, True
        while len(buffer) - at >= 16 and going:
            length, command, _, sequence = HEADER.unpack_from(buffer, at)
            if length < 16 or length > 65536:
                return False
            if len(buffer) - at < length:
                break
            going = self.serve(command, sequence, buffer[at + 16:at + length], out, link)
            at += length
        self.buffers[link] = buffer[at:]
        self.flush(link, out)
        return going

    def flush(self, link, out):
        if not out:
            return
        try:
            link.sendall(b"".join(out))
        except OSError:
            pass
        out.clear()

    def serve(self, command, sequence, body, out, link):
        if command in BIND:
            out.append(pdu(BIND[command], 0, sequence, b"COUNT\0"))
        elif command == 4:
            self.submit(sequence, body, out, link)
        elif command == 0x15:
            out.append(pdu(0x80000015, 0, sequence))
        elif command == 6:
            out.append(pdu(0x80000006, 0, sequence))
            return False
        elif command & 0x80000000 == 0:
            out.append(pdu(0x80000000, 3, sequence))
        return True

    def submit(self, sequence, body, out, link):
        options = self.options
        self.submits += 1
        nth = self.submits
        for every, status in ((options.throttle, 0x58), (options.refuse, 0x0B)):
            if every and nth % every == 0:
                out.append(pdu(0x80000004, status, sequence))
                return
        self.die(nth, "arrived", out, link)
        sender, receiver, wants_receipt = addresses(body)
        os.write(self.log, record_of(self.key, receiver[2]))
        self.die(nth, "counted", out, link)
        self.ids += 1
        message_id = b"%08x" % (self.ids & 0xFFFFFFFF)
        out.append(pdu(0x80000004, 0, sequence, message_id + b"\0"))
        if options.receipts and wants_receipt:
            out.append(self.receipt(sender, receiver, message_id))
        self.die(nth, "answered", out, link)

    def die(self, nth, moment, out, link):
        if nth == self.options.die_at and moment == self.options.die:
            self.flush(link, out)  # what it said before has left
            os.kill(os.getpid(), signal.SIGKILL)

    def receipt(self, sender, receiver, message_id):
        self.sequence = self.sequence % 0x7FFFFFFF + 1
        every = self.options.undelivered
        state = b"UNDELIV" if every and self.sequence % every == 0 else b"DELIVRD"
        text = (b"id:%s sub:001 dlvrd:001 submit date:2601010900 done date:2601010900 stat:%s err:000 text:"
                % (message_id, state))
        body = b"\0"
        for ton, npi, address in (receiver, sender):
            body += bytes((ton, npi)) + address.encode("latin-1") + b"\0"
        body += bytes((4, 0, 0, 0, 0, 0, 0, 0, 0, len(text))) + text
        return pdu(5, 0, self.sequence, body)


def pdu(command, status, sequence, body=b""):
    return HEADER.pack(16 + len(body), command, status, sequence) + body


def listen(port):
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    listener.listen(64)
    return listener


def serve(options):
    centre, links = Centre(options), selectors.DefaultSelector()
    listener = listen(options.port)
    links.register(listener, selectors.EVENT_READ)
    print(listener.getsockname()[1], flush=True)
    while True:
        for key, _ in links.select():
            if key.fileobj is listener:
                link, _ = listener.accept()
                link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                links.register(link, selectors.EVENT_READ)
            elif not centre.read(key.fileobj):
                links.unregister(key.fileobj)
                centre.buffers.pop(key.fileobj, None)
                key.fileobj.close()


def submit(port, number):
    """One text, as a client would send it; returns the status of the answer."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as link:
        address = b"\1\1" + number.encode() + b"\0"
        body = b"\0" + b"\5\0CONTROL\0" + address + bytes((0, 0, 0, 0, 0, 0, 0, 0, 0, 4)) + b"help"
        link.sendall(pdu(9, 0, 1, b"control\0secret\0\0\x34\0\0\0") + pdu(4, 0, 2, body))
        data = b""
        while len(data) < 16 or len(data) < HEADER.unpack_from(data)[0] + 16:
            data += link.recv(4096)
        return HEADER.unpack_from(data, HEADER.unpack_from(data)[0])[2]


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
