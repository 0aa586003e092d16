#!/usr/bin/env python3
"""Whole dispatches over TLS, and the ones that must not happen: tls_scenarios.py BIN_DIR NAME."""
import os
import re
import ssl
import subprocess
import sys

from rehearsal_site import Site, expect, expect_equal, fictional, run_named
from scenarios import texted_once
from tls_front import TlsFront

SITE_MD = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "core", "signpost", "home", "SITE.md")


def documented(beginning):
    """A command of SITE.md that begins so, with its continued lines."""
    with open(SITE_MD) as file:
        text = file.read().replace("\\\n", " ")
    found = re.search(r"^\$ (%s.*)$" % re.escape(beginning), text, re.MULTILINE)
    expect(found, "SITE.md has no command that begins with: " + beginning)
    return found.group(1)


def make_certificate(site, folder):
    """As SITE.md says; returns the files of certificate and key, and the pin."""
    os.mkdir(site.path(folder))

    def run(command):
        done = subprocess.run(command, shell=True, capture_output=True, text=True, cwd=site.path(folder))
        expect_equal(done.returncode, 0, "exit code of: " + command + "\n" + done.stderr)
        return done.stdout

    run(documented("openssl req"))
    pin = run(documented("openssl x509")).split()[0]
    expect(re.fullmatch("[0-9a-f]{64}", pin), "the pin as SITE.md makes it: " + pin)
    return site.path(folder, "carrier.pem"), site.path(folder, "carrier.key"), pin


def ask_for_tls(site, ca_file, pin=None, name="localhost"):
    """Edits signpost.toml as an operator would."""
    path = os.path.join(site.home, "signpost.toml")
    with open(path) as file:
        text = file.read()
    tls = 'tls_name = "%s"\n' % name + ('tls_pin = "%s"\n' % pin if pin else "")
    text = text.replace("[gateway.rehearsal]\n", "[gateway.rehearsal]\n" + tls)
    with open(path, "w") as file:
        file.write('ca_file = "%s"\n' % ca_file + text)


def batch_of(site, first, people):
    site.import_numbers("TLS", *(fictional(tail, 1) for tail in range(first, first + people)))
    batch = site.approved_plan()
    return batch


def expect_nobody_attempted(site, batch, said):
    site.dispatch(batch, exits=6)
    expect(said in site.last_error, "the error does not say %r: %s" % (said, site.last_error))
    expect("nothing was sent" in site.last_error, "the error does not say that nothing was sent")
    counts = site.signpost("show", batch)["counts"]
    expect_equal({name: n for name, n in counts.items() if n}, {}, "counts of a batch that nobody was sent")


def rehearsal_over_tls_as_documented(bin_folder):
    """SITE.md's own commands, then a run with pin, against signpost-carrier and against another TLS."""
    with Site(bin_folder) as site:
        certificate, key, pin = make_certificate(site, "carrier")
        carrier = site.carrier("--tls-cert", certificate, "--tls-key", key, "--stop", "20")
        site.rehearsal_home(carrier.port)
        ask_for_tls(site, certificate, pin)
        batch = batch_of(site, 0, 80)
        done = site.dispatch(batch)
        expect(done["finished"], "the batch was sent")
        report = carrier.end()
        texted_once(report, 80)
        expect_equal(report["stops_accepted"], 4, "replies of STOP that were recorded")
        site.verify()


def another_tls_is_understood(bin_folder):
    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        with Site(bin_folder) as site:
            certificate, key, pin = make_certificate(site, "carrier")
            carrier = site.carrier()
            front = TlsFront(certificate, key, carrier.port, version)
            site.rehearsal_home(front.port)
            ask_for_tls(site, certificate, pin)
            batch = batch_of(site, 100, 60)
            expect(site.dispatch(batch)["finished"], "the batch was sent")
            expect_equal(len(front.versions), 1, "versions of TLS")
            front.close()
            texted_once(carrier.end(), 60)
            site.verify()


def man_in_the_middle_hears_nothing(bin_folder):
    """Somebody with a certificate of his own, for the right name, in front of the real carrier."""
    with Site(bin_folder) as site:
        certificate, _, pin = make_certificate(site, "carrier")
        own_certificate, own_key, _ = make_certificate(site, "impostor")
        carrier = site.carrier()
        front = TlsFront(own_certificate, own_key, carrier.port)
        site.rehearsal_home(front.port)
        ask_for_tls(site, certificate)
        batch = batch_of(site, 200, 20)
        expect_nobody_attempted(site, batch, "nobody in ca_file vouches")
        expect_equal(front.heard, 0, "octets that the man in the middle heard")
        expect_equal(carrier.end()["binds"], 0, "binds")
        site.verify()


def trusted_server_of_another_key_fails_the_pin(bin_folder):
    """The authority was deceived: only the pin tells the difference."""
    with Site(bin_folder) as site:
        _, _, pin = make_certificate(site, "carrier")
        own_certificate, own_key, _ = make_certificate(site, "impostor")
        carrier = site.carrier()
        front = TlsFront(own_certificate, own_key, carrier.port)
        site.rehearsal_home(front.port)
        ask_for_tls(site, own_certificate, pin)
        batch = batch_of(site, 300, 20)
        expect_nobody_attempted(site, batch, "does not fit the pin")
        expect_equal(front.heard, 0, "octets that the impostor heard")
        expect_equal(carrier.end()["binds"], 0, "binds")


def tls_is_never_downgraded(bin_folder):
    """A manifest that asks for TLS, and a server that speaks plain SMPP: the approval stands, nothing is sent."""
    with Site(bin_folder) as site:
        certificate, _, _ = make_certificate(site, "carrier")
        carrier = site.carrier()
        site.rehearsal_home(carrier.port)
        ask_for_tls(site, certificate)
        batch = batch_of(site, 400, 20)
        # Nor can the operator take it out again: the manifest is what counts.
        path = os.path.join(site.home, "signpost.toml")
        with open(path) as file:
            text = file.read()
        with open(path, "w") as file:
            file.write(text.replace('tls_name = "localhost"\n', ""))
        expect_nobody_attempted(site, batch, "the manifest asks for TLS")
        report = carrier.end()
        expect_equal(report["binds"] + report["binds_refused"], 0, "binds in the clear")


def cut_tls_link_texts_nobody_twice(bin_folder):
    with Site(bin_folder) as site:
        certificate, key, _ = make_certificate(site, "carrier")
        carrier = site.carrier("--latency", "20")
        front = TlsFront(certificate, key, carrier.port, cut_after=6000)
        site.rehearsal_home(front.port)
        ask_for_tls(site, certificate)
        batch = batch_of(site, 500, 150)
        site.dispatch(batch)
        counts = site.signpost("show", batch)["counts"]
        expect(counts.get("unknown", 0) >= 1, "what was in flight is unknown: %r" % counts)
        front.close()
        report = carrier.end()
        expect_equal(report["people_with_more_than_one"], 0, "people with more than one message")
        expect_equal(report["binds"], 2, "binds")
        site.verify()


def plan_warns_of_a_link_in_the_clear(bin_folder):
    """A rehearsal may plan for another machine; that its opener would refuse to dial is another test's matter."""
    with Site(bin_folder) as site:
        site.rehearsal_home()
        path = os.path.join(site.home, "signpost.toml")
        with open(path) as file:
            text = file.read().replace('host = "127.0.0.1"', 'host = "smsc.example.org"')
        with open(path, "w") as file:
            file.write(text)
        site.import_numbers("CLEAR", *(fictional(tail, 1) for tail in range(10)))
        site.plan("--limit", "5")
        expect("not encrypted" in site.last_error, "plan does not warn: " + site.last_error)
        expect("hint" in site.last_error and "tls_name" in site.last_error, "no hint: " + site.last_error)
        with open(path, "w") as file:
            file.write(text.replace("[gateway.rehearsal]\n", '[gateway.rehearsal]\ntls_name = "smsc.example.org"\n'))
        site.plan()
        expect("not encrypted" not in site.last_error, "plan warns although there is TLS")


SCENARIOS = {scenario.__name__: scenario for scenario in (
    rehearsal_over_tls_as_documented,
    another_tls_is_understood,
    man_in_the_middle_hears_nothing,
    trusted_server_of_another_key_fails_the_pin,
    tls_is_never_downgraded,
    cut_tls_link_texts_nobody_twice,
    plan_warns_of_a_link_in_the_clear,
)}

if __name__ == "__main__":
    sys.exit(run_named(SCENARIOS))
