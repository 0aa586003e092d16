"""An SMPP message centre on loopback: the ordinary part of it. Whoever needs one says in a class of its own what
becomes of a text (`submit`). Nothing here is the project's codec, nor that of tests/hostile.
"""
import contextlib
import socket
import struct
import threading

HEADER = struct.Struct(">IIII")
BIND, SUBMIT, DELIVER, UNBIND, ENQUIRE = 0x09, 0x04, 0x05, 0x06, 0x15
RESPONSE = 0x80000000
OK, INVALID_DESTINATION, THROTTLED = 0, 0x0B, 0x58
INTERNATIONAL = (1, 1)
RECEIPT = 4  # esm_class


def pdu(command, status, sequence, body=b""):
    return HEADER.pack(16 + len(body), command, status, sequence) + body


def c_string(body, at):
    end = body.index(b"\0", at)
    return body[at:end], end + 1


def addresses(body):
    """Of a submit_sm: the sender, the receiver, each (ton, npi, text), and where the rest begins."""
    _, at = c_string(body, 0)
    both = []
    for _ in range(2):
        text, end = c_string(body, at + 2)
        both.append((body[at], body[at + 1], text))
        at = end
    return both[0], both[1], at


def message(source, destination, text, esm_class=0):
    """The body of a submit_sm or deliver_sm."""
    both = b"".join(bytes((ton, npi)) + address + b"\0" for ton, npi, address in (source, destination))
    return b"\0" + both + bytes((esm_class, 0, 0, 0, 0, 0, 0, 0, 0, len(text))) + text


class MessageCentre:
    system_id = b"CENTRE"

    def __init__(self, port=0):
        self.lock = threading.Condition()  # held while anything is served
        self.links, self.threads, self.sequence = [], [], 1 << 20
        self.listener = socket.create_server(("127.0.0.1", port), backlog=64)
        self.port = self.listener.getsockname()[1]

    def start(self):
        threading.Thread(target=self.serve, daemon=True).start()
        return self

    def close(self):
        for each in [self.listener, *self.links]:
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)  # wakes who waits on it
        self.listener.close()

    def serve(self):
        with contextlib.suppress(OSError):  # closed
            while True:
                link, _ = self.listener.accept()
                link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self.links.append(link)
                self.threads.append(threading.Thread(target=self.serve_link, args=(link,), daemon=True))
                self.threads[-1].start()

    def serve_link(self, link):
        with contextlib.suppress(OSError, ValueError, struct.error), link, link.makefile("rb") as stream:
            with self.lock:
                self.begin(link)
            while True:
                length, command, _, sequence = HEADER.unpack(stream.read(16))  # an error: the link is gone
                body = stream.read(length - 16)
                with self.lock:
                    self.take(link, command, sequence, body)

    def begin(self, link):
        pass

    def take(self, link, command, sequence, body):
        if command == SUBMIT:
            self.submit(link, sequence, body)
        elif not command & RESPONSE:
            self.send(link, command | RESPONSE, OK, sequence, self.system_id + b"\0" if command == BIND else b"")

    def send(self, link, command, status, sequence, body=b""):
        with contextlib.suppress(OSError):  # a link that is lost is not answered
            link.sendall(pdu(command, status, sequence, body))

    def deliver(self, link, source, destination, text, esm_class=0):
        self.sequence += 1
        self.send(link, DELIVER, OK, self.sequence, message(source, destination, text, esm_class))
