#!/usr/bin/env python3
"""Looks for telephone numbers where none may be, byte by byte, in every spelling it knows.

  leak_scan.py control [--samples PATH...]                  plants a number in each spelling and must find all
  leak_scan.py scan [--samples PATH...] PATH...             1 when something is found; says where, never what
  leak_scan.py watch --root PID --seen FILE --ready FILE    notes arguments and environments until SIGTERM,
                                                            and in FILE how often it has looked

The numbers are the fictional ones, 07700 900000-900999: all thousand, or those that occur in the
files named by --samples. All share the digits 7700900, so each spelling is searched by that beginning and
then confirmed by its last three digits.

Spellings: digits with nothing or up to three separators between them (so E.164, national, spaced, dashed,
dotted, bracketed), in ASCII, UTF-16 and UTF-32 of both byte orders, backwards, percent-encoded, as JSON or HTML
escapes; packed BCD in both nibble orders and both alignments; 64-bit and 48-bit integers of both byte
orders; hexadecimal and base64 (three alignments, wrapped or not) of the byte spellings; and unkeyed
hashes of the usual ways to write a number, because ten thousand million hashes take minutes.

Chance: ciphertext and tokens are random bytes. The loosest pattern (packed BCD) fixes 37 bits, so a
million random bytes give a false alarm once in tens of thousands of runs; one that would be looser (ten
digits of BCD without the 44, or the 0 and its filler) is left out for that reason.

What it does not see: numbers in a compressed or encrypted form (that is the point), in a memory that was
never written out, or in processes that live for less than a few milliseconds (see `watch`).
"""
import argparse
import base64
import hashlib
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import time

PREFIX = "7700900"
SEPARATORS = " .\\-/()_\t\u00a0\u2009\u202f\u2010\u2011\u2013"


def text_pattern(encode, backwards=False):
    """Digits with up to three separators between them, each character encoded by `encode`."""
    one_of = b"|".join(re.escape(encode(c)) for c in dict.fromkeys(SEPARATORS) if encode(c))
    between = b"(?:" + one_of + b"){0,3}"
    digits = [re.escape(encode(d)) for d in PREFIX]
    any_digit = b"(" + b"|".join(re.escape(encode(d)) for d in "0123456789") + b")"
    tail = [any_digit] * 3
    parts = tail + digits[::-1] if backwards else digits + tail
    return re.compile(between.join(parts))


def encoder(codec):
    def encode(character):
        try:
            return character.encode(codec)
        except UnicodeEncodeError:
            return b""
    return encode


class TextSpelling:
    def __init__(self, name, encode, backwards=False):
        self.name, self.backwards = name, backwards
        self.pattern = text_pattern(encode, backwards)
        self.value = {encode(d): d for d in "0123456789"}

    def find(self, data):
        for match in self.pattern.finditer(data):
            tail = "".join(self.value[g] for g in match.groups())
            yield match.start(), int(tail[::-1] if self.backwards else tail)


def ascii_escape(form):
    return lambda c: form(ord(c)).encode()


def nibbles(data):
    return data.hex()


class BcdSpelling:
    """Two digits a byte, 44 or 0 before them; nibble order as written or swapped (SMS semi-octets)."""

    def __init__(self, swapped):
        self.name = "packed BCD, low digit first" if swapped else "packed BCD"
        self.swapped = swapped
        self.cores = []
        for digits in ("44" + PREFIX, "0" + PREFIX):
            for shift in (0, 1):
                whole = digits[shift:]
                core = whole[: len(whole) // 2 * 2]
                self.cores.append((digits, shift, bytes.fromhex(self.order(core))))

    def order(self, hexes):
        if not self.swapped:
            return hexes
        return "".join(hexes[i + 1] + hexes[i] for i in range(0, len(hexes), 2))

    def find(self, data):
        for digits, shift, core in self.cores:
            at = data.find(core)
            while at >= 0:
                window = self.order(data[max(at - 1, 0): at + 8].hex())
                begin = (2 if at > 0 else 0) - shift
                if begin >= 0:
                    end = begin + len(digits) + 3
                    text, tail = window[begin:end], window[begin + len(digits): end]
                    # Eleven digits are filled up to twelve: with an F behind, or a 0 or F before.
                    filled = digits[0] != "0" or window[end: end + 1] == "f" or \
                        (begin > 0 and window[begin - 1] in "0f")
                    if text.startswith(digits) and len(tail) == 3 and tail.isdigit() and filled:
                        yield at, int(tail)
                at = data.find(core, at + 1)


class IntegerSpelling:
    def __init__(self, base, order):
        self.base, self.order = base, order
        self.name = "integer, %s-endian" % order
        low, high = base // 1000 * 1000, base // 1000 * 1000 + 999
        # The part above the low 16 bits has at most two values in the range.
        self.uppers = {value >> 16 for value in (low, high)}

    def find(self, data):
        for upper in self.uppers:
            core = upper.to_bytes(4, self.order)
            at = data.find(core)
            while at >= 0:
                low = data[at + 4: at + 6] if self.order == "big" else data[max(at - 2, 0): at]
                if len(low) == 2:
                    tail = (upper << 16) + int.from_bytes(low, self.order) - self.base
                    if 0 <= tail <= 999:
                        yield at, tail
                at = data.find(core, at + 1)


def byte_spellings():
    """Spellings that hexadecimal and base64 are looked for, too: (name, fixed beginning, finder)."""
    for codec in ("ascii", "utf-16-le", "utf-16-be"):
        yield codec.upper(), PREFIX.encode(codec), TextSpelling(codec.upper(), encoder(codec))
    for swapped in (False, True):
        bcd = BcdSpelling(swapped)
        for _, _, core in bcd.cores:
            yield bcd.name, core, bcd


class HexSpelling:
    def __init__(self, name, core, inner):
        self.name, self.inner = "hexadecimal of " + name, inner
        self.pattern = re.compile(
            b"[ :,]?".join(b"%02x" % byte for byte in core), re.IGNORECASE)

    def find(self, data):
        for match in self.pattern.finditer(data):
            around = data[max(match.start() - 12, 0): match.end() + 60]
            digits = re.sub(rb"[^0-9a-fA-F]", b"", around)
            for shift in (0, 1):
                even = digits[shift:]
                raw = bytes.fromhex(even[: len(even) // 2 * 2].decode())
                for _, tail in self.inner.find(raw):
                    yield match.start(), tail


class Base64Spelling:
    def __init__(self, name, core, inner):
        self.name, self.inner = "base64 of " + name, inner
        cores = set()
        for shift in range(3):
            text = base64.b64encode(b"\0" * shift + core)
            # Characters made of the core's bits alone.
            first = (shift * 8 + 5) // 6
            last = (shift + len(core)) * 8 // 6
            cores.add(text[first:last])
        self.pattern = re.compile(b"|".join(
            rb"[\r\n]{0,2}".join(re.escape(bytes([c])) for c in one) for one in sorted(cores)))

    def find(self, data):
        for match in self.pattern.finditer(data):
            around = data[max(match.start() - 24, 0): match.end() + 80]
            text = re.sub(rb"[^A-Za-z0-9+/_-]", b"", around).translate(
                bytes.maketrans(b"-_", b"+/"))
            for shift in range(4):
                quads = text[shift:] + b"AAA"  # the last digits may stand in a quad that is not whole
                raw = base64.b64decode(quads[: len(quads) // 4 * 4])
                for _, tail in self.inner.find(raw):
                    yield match.start(), tail


def written(tail):
    """The usual ways to write one number."""
    n = "%s%03d" % (PREFIX, tail)
    return {"+44" + n, "44" + n, "0044" + n, "0" + n, n, "0%s %s" % (n[:4], n[4:]),
            "+44 %s %s" % (n[:4], n[4:])}


class HashSpelling:
    name = "unkeyed hash"
    step = 8

    def __init__(self, tails):
        self.by_start = {}
        for tail in tails:
            for form in written(tail):
                for text in (form, form + "\n", form.encode("utf-16-le")):
                    raw = text if isinstance(text, bytes) else text.encode()
                    for algorithm in ("md5", "sha1", "sha224", "sha256", "sha384", "sha512", "sha3_256",
                                      "blake2b", "blake2s"):
                        digest = hashlib.new(algorithm, raw).digest()
                        self.by_start[digest[: self.step]] = tail
        self.hex_run = re.compile(rb"[0-9a-fA-F]{32,}")

    def find(self, data):
        for at in range(len(data) - self.step + 1):
            tail = self.by_start.get(data[at: at + self.step])
            if tail is not None:
                yield at, tail
        for match in self.hex_run.finditer(data):
            text = match.group().decode()
            for at in range(0, len(text) - 2 * self.step + 1):
                tail = self.by_start.get(bytes.fromhex(text[at: at + 2 * self.step]))
                if tail is not None:
                    yield match.start() + at, tail


def spellings(tails):
    found = [TextSpelling(name, encoder(codec)) for name, codec in
             (("text", "latin-1"), ("text in UTF-8", "utf-8"), ("UTF-16LE", "utf-16-le"),
              ("UTF-16BE", "utf-16-be"), ("UTF-32LE", "utf-32-le"), ("UTF-32BE", "utf-32-be"))]
    found.append(TextSpelling("text backwards", encoder("latin-1"), backwards=True))
    found.append(TextSpelling("percent-encoded", ascii_escape(lambda c: "%%%02x" % c)))
    found.append(TextSpelling("JSON escapes", ascii_escape(lambda c: "\\u%04x" % c)))
    found.append(TextSpelling("HTML escapes", ascii_escape(lambda c: "&#%d;" % c)))
    found += [BcdSpelling(False), BcdSpelling(True)]
    for base in (int("44" + PREFIX + "000"), int(PREFIX + "000")):
        found += [IntegerSpelling(base, "big"), IntegerSpelling(base, "little")]
    for name, core, inner in byte_spellings():
        found += [HexSpelling(name, core, inner), Base64Spelling(name, core, inner)]
    found.append(HashSpelling(tails))
    return found


def files_under(paths):
    for path in paths:
        if os.path.isdir(path):
            for folder, folders, names in os.walk(path):
                folders.sort()
                for name in sorted(names):
                    yield os.path.join(folder, name)
        else:
            yield path


def sample_tails(paths):
    if not paths:
        return set(range(1000))
    tails = set()
    texts = [TextSpelling(c, encoder(c)) for c in ("latin-1", "utf-8", "utf-16-le", "utf-16-be")]
    for path in files_under(paths):
        with open(path, "rb") as file:
            data = file.read()
        for spelling in texts:
            tails.update(tail for _, tail in spelling.find(data))
    return tails


class Scan:
    def __init__(self, tails, known=None):
        self.tails, self.spellings = tails, known or spellings(tails)
        self.files = self.bytes = 0
        self.hits = []  # (where, spelling, offset)

    def data(self, where, data):
        self.files += 1
        self.bytes += len(data)
        for spelling in self.spellings:
            for at, tail in spelling.find(data):
                if tail in self.tails:
                    self.hits.append((where, spelling.name, at))

    def paths(self, paths):
        for path in files_under(paths):
            self.data(path + " (its name)", os.fsencode(path))
            if os.path.isfile(path) and not os.path.islink(path):
                with open(path, "rb") as file:
                    self.data(path, file.read())

    def report(self):
        for where, name, at in self.hits[:40]:
            print("  FOUND  %s: a sample number as %s at byte %d" % (where, name, at))
        if len(self.hits) > 40:
            print("  ... and %d more places" % (len(self.hits) - 40))


def swap(data):
    return bytes((b >> 4 | b << 4) & 0xFF for b in data)


def plants(tail):
    """One number in every spelling: name -> bytes."""
    n = "%s%03d" % (PREFIX, tail)
    e164, plain, national = "+44" + n, "44" + n, "0" + n
    made = {
        "digits": plain, "E.164": e164, "national": national, "without anything": n,
        "spaced": "0%s %s %s" % (n[:4], n[4:7], n[7:]), "dashed": "0%s-%s-%s" % (n[:4], n[4:7], n[7:]),
        "bracketed": "+44 (0)%s %s" % (n[:4], n[4:]), "dotted": ".".join(national),
        "in an address": "tel:%s;x=1" % e164, "in JSON": '{"to":"%s"}' % e164,
        "percent": "%2B" + plain, "percent, digits too": "".join("%%%02X" % ord(c) for c in national),
        "JSON escapes": "".join("\\u%04x" % ord(c) for c in national),
        "HTML escapes": "".join("&#%d;" % ord(c) for c in national),
        "backwards": e164[::-1],
        "hex": e164.encode().hex(), "hex, upper": e164.encode("utf-16-le").hex().upper(),
        "hex, spaced": e164.encode().hex(" "), "hex of BCD": bytes.fromhex(plain).hex(),
        "hex of UTF-16BE": national.encode("utf-16-be").hex(),
        "md5": hashlib.md5(e164.encode()).hexdigest(),
        "sha256": hashlib.sha256(plain.encode()).hexdigest(),
    }
    made = {name: text.encode() for name, text in made.items()}
    for codec in ("utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"):
        made["spaced, " + codec] = ("0%s %s" % (n[:4], n[4:])).encode(codec)
    made["no-break spaces"] = ("0%s\u00a0%s" % (n[:4], n[4:])).encode()
    made["no-break spaces, latin-1"] = ("0%s\u00a0%s" % (n[:4], n[4:])).encode("latin-1")
    for name, digits in (("E.164", plain), ("E.164, odd", "f" + plain + "f"), ("national", national + "f"),
                         ("national, padded", "0" + national)):
        made["BCD, " + name] = bytes.fromhex(digits)
        made["semi-octets, " + name] = swap(bytes.fromhex(digits))
    for name, value in (("E.164", int(plain)), ("national", int(national))):
        for order in ("big", "little"):
            made["64 bits, %s, %s" % (order, name)] = value.to_bytes(8, order)
            made["48 bits, %s, %s" % (order, name)] = value.to_bytes(6, order)
    for shift in range(3):
        pad = b"xyz"[:shift]
        made["base64 +%d" % shift] = base64.b64encode(pad + e164.encode())
        made["base64 of UTF-16 +%d" % shift] = base64.b64encode(pad + national.encode("utf-16-le"))
        made["base64 of BCD +%d" % shift] = base64.b64encode(pad + bytes.fromhex(plain))
        made["base64url +%d" % shift] = base64.urlsafe_b64encode(pad + b"\xff\xfe" + e164.encode())
    coded = base64.b64encode(b"to: " + e164.encode())
    made["base64, wrapped"] = coded[:9] + b"\n" + coded[9:]
    made["sha1, raw"] = hashlib.sha1(national.encode()).digest()
    made["sha256, raw"] = hashlib.sha256(e164.encode()).digest()
    return made


def control(tails):
    """Plants each spelling in a file of random bytes of its own, then scans them all."""
    tail = sorted(tails)[len(tails) // 2]
    made = plants(tail)
    missed, alarms = [], Scan(tails)
    noise = random.Random(1)  # the same each time: no alarm by chance
    with tempfile.TemporaryDirectory(prefix="signpost-control-") as folder:
        for at, (name, planted) in enumerate(made.items()):
            path = os.path.join(folder, "%03d" % at)
            with open(path, "wb") as file:
                file.write(b"\x80" + noise.randbytes(500) + b"\x80" + planted + b"\x80" + noise.randbytes(500))
            scan = Scan(tails, alarms.spellings)
            scan.paths([path])
            if not scan.hits:
                missed.append(name)
        # And bytes that hold none: the search must stay silent.
        alarms.data("random bytes", noise.randbytes(1 << 18))
        missed += watch_control(folder, tail, alarms.spellings, tails)
    for name in missed:
        print("  MISSED a planted number: " + name)
    for where, name, at in alarms.hits:
        print("  FALSE ALARM in %s: %s" % (where, name))
    print("control: a number planted in %d spellings and in a process's arguments and environment: %s; "
          "random bytes: %d false alarms"
          % (len(made), "%d missed" % len(missed) if missed else "all found", len(alarms.hits)))
    return 1 if missed or alarms.hits else 0


def watch_control(folder, tail, known, tails):
    """A child with the number among its arguments and another in its environment must be noticed."""
    number = "0%s%03d" % (PREFIX, tail)
    seen, ready = os.path.join(folder, "seen"), os.path.join(folder, "ready")
    watcher = subprocess.Popen([sys.executable, __file__, "watch", "--root", str(os.getpid()), "--seen", seen,
                                "--ready", ready])

    def looks():
        if not os.path.exists(ready):
            return 0
        with open(ready) as file:
            return int(file.read() or 0)

    for arguments, environment in (([number], {}), ([], {"PLANTED": number})):
        with subprocess.Popen(["/bin/sh", "-c", "read line; :", *arguments], env=environment,
                              stdin=subprocess.PIPE) as child:
            # It lives until it was looked at: from the second look on, one that began after it did.
            wanted = looks() + 2
            while looks() < wanted and watcher.poll() is None:
                time.sleep(0.001)
            child.stdin.close()
    watcher.terminate()
    watcher.wait()
    scan = Scan(tails, known)
    scan.paths([seen])
    with open(seen, "rb") as file:
        notes = file.read()
    missed = [] if scan.hits else ["in processes"]
    for what in (b"cmdline of sh", b"environ of sh"):
        if not any(note.startswith(what) and number.encode() in note for note in notes.split(b"\n")):
            missed.append("in the " + what.decode())
    return missed


def children_of(pid):
    """Ids of the children, as the kernel lists them for each thread."""
    found = []
    for thread in os.listdir("/proc/%d/task" % pid):
        with open("/proc/%d/task/%s/children" % (pid, thread)) as file:
            found += [int(child) for child in file.read().split()]
    return found


def descendants(root):
    """Id and name of all processes below `root`, itself included."""
    todo, found = [root], {}
    while todo:
        pid = todo.pop()
        try:
            with open("/proc/%d/comm" % pid) as file:
                found[pid] = file.read().rstrip("\n")
            todo += children_of(pid)
        except OSError:
            pass  # it has ended
    return found


def watch(root, seen_path, ready_path):
    """Notes what any process of this user could read about the processes below `root`."""
    if not os.path.exists("/proc/self/task/%d/children" % os.getpid()):
        print("leak_scan.py: this kernel does not list the children of a process", file=sys.stderr)
        return 2
    stop = []
    signal.signal(signal.SIGTERM, lambda *_: stop.append(True))
    seen, names, looks = set(), {}, 0
    ready = os.open(ready_path, os.O_WRONLY | os.O_CREAT, 0o600)
    while not stop and os.path.exists("/proc/%d" % root):
        for pid, name in descendants(root).items():
            if pid == os.getpid():
                continue
            names[name] = names.get(name, 0) + 1
            for what in ("cmdline", "environ"):
                try:
                    with open("/proc/%d/%s" % (pid, what), "rb") as file:
                        seen.add(what.encode() + b" of " + name.encode() + b": " + file.read())
                except OSError:
                    pass  # gone, or locked down: then nobody else can read it either
        looks += 1
        os.pwrite(ready, b"%d" % looks, 0)
        time.sleep(0.0005)
    os.close(ready)
    with open(seen_path, "wb") as file:
        file.write(b"\n".join(sorted(seen)))
    with open(seen_path + ".names", "w") as file:
        file.writelines(name + "\n" for name in sorted(names))
    return 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)
    for name in ("control", "scan"):
        command = commands.add_parser(name)
        command.add_argument("--samples", nargs="*", default=[], help="where the numbers stand that are searched")
        if name == "scan":
            command.add_argument("--in", nargs="+", dest="paths", required=True, help="files and folders")
    command = commands.add_parser("watch")
    command.add_argument("--root", type=int, required=True)
    command.add_argument("--seen", required=True)
    command.add_argument("--ready", required=True)
    arguments = parser.parse_args()
    if arguments.command == "watch":
        return watch(arguments.root, arguments.seen, arguments.ready)
    tails = sample_tails(arguments.samples)
    if not tails:
        print("leak_scan.py: the samples hold no number to look for", file=sys.stderr)
        return 2
    if arguments.command == "control":
        return control(tails)
    scan = Scan(tails)
    scan.paths(arguments.paths)
    scan.report()
    print("searched %d bytes in %d files and names for %d numbers in %d spellings: %s"
          % (scan.bytes, scan.files, len(tails), len(scan.spellings),
             "found in %d places" % len(scan.hits) if scan.hits else "none found"))
    return 1 if scan.hits else 0


if __name__ == "__main__":
    sys.exit(main())
