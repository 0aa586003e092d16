#!/usr/bin/env python3
"""What is left in memory when the link is TLS: memory_tls.py BIN_DIR NAME. As memory_scan.py, and as root.

A record that was read is deciphered where it lies, and one that is written is put together before it is
enciphered: the library's own buffers hold whole messages in the clear. TLS ends in a front of Python's, so that
the message centre behind it can keep its answers back.
"""
import sys

import memory_scan
from held_dispatch import Dispatch
from rehearsal_site import expect, expect_equal
from tls_front import TlsFront
from tls_scenarios import ask_for_tls, make_certificate


class TlsDispatch(Dispatch):
    """The same, with the sender's end of the link in TLS."""

    def make_home(self):
        certificate, key, pin = make_certificate(self.site, "carrier")
        self.front = TlsFront(certificate, key, self.centre.port)
        self.site.rehearsal_home(self.front.port)
        ask_for_tls(self.site, certificate, pin)

    def finish(self):
        super().finish()
        expect_equal(self.front.versions, {"TLSv1.3"}, "void: versions of TLS that were spoken")
        expect(self.front.heard > 0, "void: nothing came through TLS")
        self.front.close()


def tls_dispatch_keeps_nothing_of_the_ranges_before(bin_folder):
    """With a STOP by somebody who is settled: the one number that comes in by a record."""
    memory_scan.dispatch_keeps_nothing_of_the_ranges_before(bin_folder, TlsDispatch)


def tls_dispatch_keeps_nothing_between_ranges(bin_folder):
    memory_scan.dispatch_keeps_nothing_between_ranges(bin_folder, TlsDispatch)


SCENARIOS = {scenario.__name__: scenario for scenario in (
    tls_dispatch_keeps_nothing_of_the_ranges_before,
    tls_dispatch_keeps_nothing_between_ranges,
)}

if __name__ == "__main__":
    sys.exit(memory_scan.main(SCENARIOS))
