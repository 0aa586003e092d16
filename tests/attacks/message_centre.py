"""An SMPP message centre for tests that need to hold a run still: it takes texts and keeps its answers back.

It knows the fictional numbers it was given by their last three digits, in the order in which they came.
"""
import contextlib
import socket
import struct
import threading

BIND, BIND_RESP, SUBMIT, SUBMIT_RESP = 0x09, 0x80000009, 0x04, 0x80000004
DELIVER, UNBIND, ENQUIRE = 0x05, 0x06, 0x15
RESPONSE = 0x80000000
OK, THROTTLED = 0, 0x58


def cstring(body, at):
    end = body.index(b"\0", at)
    return body[at:end], end + 1


class MessageCentre:
    def __init__(self):
        self.lock = threading.Condition()
        self.held = []  # (sequence, tail): taken, and not answered
        self.answered = []  # tails, settled with OK
        self.replies_answered = 0
        self.allowed = 0  # how many texts are still answered at once
        self.bind = None  # of a bind that is kept waiting
        self.keep_bind = False
        self.link, self.sequence = None, 1 << 20
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def close(self):
        self.listener.close()
        if self.link:
            self.link.close()

    def serve(self):
        try:
            while True:
                link, _ = self.listener.accept()
                with self.lock:
                    self.link, self.held = link, []
                self.serve_link()
        except OSError:
            pass  # closed

    def serve_link(self):
        try:
            while True:
                length, command, _, sequence = struct.unpack(">IIII", self.exactly(16))
                self.take(command, sequence, self.exactly(length - 16))
        except (OSError, ValueError):
            pass  # the link is gone

    def exactly(self, count):
        data = b""
        while len(data) < count:
            part = self.link.recv(count - len(data))
            if not part:
                raise OSError("closed")
            data += part
        return data

    def send(self, command, status, sequence, body=b""):
        with contextlib.suppress(OSError):  # a link that is lost is not answered
            self.link.sendall(struct.pack(">IIII", 16 + len(body), command, status, sequence) + body)

    def take(self, command, sequence, body):
        with self.lock:
            if command == BIND:
                self.bind = sequence
                if not self.keep_bind:
                    self.answer_bind()
            elif command == SUBMIT:
                _, at = cstring(body, 0)
                _, at = cstring(body, at + 2)
                number, _ = cstring(body, at + 2)
                self.held.append((sequence, int(number[-3:])))
                if self.allowed > 0:
                    self.allowed -= 1
                    self.settle(OK)
            elif command == DELIVER | RESPONSE:
                self.replies_answered += 1
            elif not command & RESPONSE:
                self.send(command | RESPONSE, OK, sequence)

    def answer_bind(self):
        self.send(BIND_RESP, OK, self.bind, b"centre\0")

    def settle(self, status):
        sequence, tail = self.held.pop(0)
        if status == OK:
            self.answered.append(tail)
        self.send(SUBMIT_RESP, status, sequence, b"%x\0" % sequence if status == OK else b"")

    def answer(self, count, status=OK):
        """The oldest ones held; with OK those that come later, too, until `count` are settled."""
        with self.lock:
            while self.held and count > 0:
                self.settle(status)
                count -= 1
            if status == OK:
                self.allowed += count

    def says_stop(self, tail):
        """A person writes back."""
        digits = b"44" + b"7700900%03d" % tail
        body = b"\0\1\1" + digits + b"\0" + b"\1\1" + b"60006\0" + b"\0\0\0" + b"\0\0" + b"\0\0\0\0" + b"\4STOP"
        with self.lock:
            self.sequence += 1
            self.send(DELIVER, OK, self.sequence, body)
