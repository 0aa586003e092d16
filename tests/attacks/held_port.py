"""A free port of 127.0.0.1, asked of the kernel and kept for whoever listens on it later, or again after a kill.

Bound and not listened on: meanwhile the kernel gives it to nobody else, neither to who asks for any port nor to who
dials, and a listener that sets SO_REUSEADDR, as ours do, may still take it. While nobody has, whoever dials is refused.
"""
import socket


class HeldPort:
    def __init__(self):
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(("127.0.0.1", 0))
        self.number = self.socket.getsockname()[1]

    def close(self):
        self.socket.close()
