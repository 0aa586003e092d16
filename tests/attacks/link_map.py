#!/usr/bin/env python3
"""Compares what each binary contains of ours, and which shared libraries it needs, with core/BINARIES.md.

  link_map.py BIN_DIR TABLE           1 when they differ: says what came in, by which object, for which symbol
  link_map.py BIN_DIR TABLE --print   the two tables as they would have to read

Reads the link map beside each binary (GNU ld's list of archive members) and, for shared libraries, the
binary's own dynamic section through readelf. Header-only code leaves no object and is not seen here: what
must not be known is kept out of headers by types, and those have tests of their own.
"""
import os
import re
import subprocess
import sys

MEMBER = re.compile(r"^(?:\S*/)?libsignpost_(\w+)\.a\(([^)]+)\)")
REFERENCE = re.compile(r"^\s+(\S.*?) \((.*)\)$")
BINARIES = ["signpost", "signpost-reader", "signpost-sealer", "signpost-opener", "signpost-sender",
            "signpost-verify", "signpost-carrier"]
# What every C++ program needs says nothing.
EVERYWHERE = {"libc", "libm", "libstdc++", "libgcc_s", "ld-linux-x86-64"}


def read_map(path):
    """target -> [(object, asked for by, symbol)]"""
    found, member = {}, None
    with open(path, errors="replace") as file:
        for line in file:
            if line.startswith(("Discarded input", "Merging program", "Memory Configuration", "As-needed",
                                "There are no discarded")):
                break
            begins = MEMBER.match(line)
            if begins:
                member = begins.groups()
                line = line[begins.end():]
            elif not line[:1].isspace():
                member = None
            asked = REFERENCE.match(line)
            if member and asked:
                found.setdefault(member[0], []).append((member[1], asked.group(1), asked.group(2)))
                member = None
    return found


def strangers_in(path, binary):
    """What was linked and is neither the system's, nor an archive named after a folder, nor the binary's own object."""
    own = re.compile(r"LOAD (?:/usr/\S*|/lib\S*|\S*libsignpost_\w+\.a|cli/\w+/CMakeFiles/%s\.dir/\S+\.o|linker stubs)$" % binary)
    with open(path, errors="replace") as file:
        return [line.split()[1] for line in file if line.startswith("LOAD ") and not own.match(line.rstrip())]


def read_needed(path):
    text = subprocess.run(["readelf", "-d", path], check=True, capture_output=True, text=True).stdout
    names = re.findall(r"\(NEEDED\).*\[(.+?)\.so", text)
    return {name for name in names if name not in EVERYWHERE}


def read_tables(path):
    """The table of targets and the table of shared libraries: name -> {binary}."""
    tables, columns = {"target": {}, "library": {}}, None
    with open(path) as file:
        for line in file:
            cells = [cell.strip().strip("`") for cell in line.strip().strip("|").split("|")]
            if not line.startswith("|"):
                columns = None
            elif columns is None:
                columns = cells
            elif columns[0] in tables and not cells[0].startswith("---"):
                tables[columns[0]][cells[0]] = {b for b, mark in zip(columns[1:], cells[1:]) if mark}
    return tables["target"], tables["library"]


def folder_of(name, sources):
    """signpost_core_sender_smpp_pdu -> core/sender/smpp/pdu: as the table writes it."""
    return sources.get(name, name.replace("_", "/"))


def print_table(title, rows):
    width = max(len(row) for row in rows) + 2
    print("| %s | %s |" % (title.ljust(width), " | ".join(BINARIES)))
    print("|%s|%s|" % ("-" * (width + 2), "|".join(":" + "-" * len(b) + ":" for b in BINARIES)))
    for row in sorted(rows):
        marks = " | ".join(("x" if b in rows[row] else "").center(len(b)) for b in BINARIES)
        print("| %s | %s |" % (("`%s`" % row).ljust(width), marks))


def main():
    folder, table = sys.argv[1], sys.argv[2]
    targets, libraries, why = {}, {}, {}
    expected_targets, expected_libraries = read_tables(table) if os.path.exists(table) else ({}, {})
    names = {path.replace("/", "_"): path for path in expected_targets}
    for binary in BINARIES:
        for name, members in read_map(os.path.join(folder, binary + ".map")).items():
            target = folder_of(name, names)
            targets.setdefault(target, set()).add(binary)
            why[binary, target] = members
        for library in read_needed(os.path.join(folder, binary)):
            libraries.setdefault(library, set()).add(binary)
    if "--print" in sys.argv:
        print_table("target", targets)
        print()
        print_table("library", libraries)
        return 0
    wrong = ["%s was linked with %s, whose name says of no folder" % (binary, stranger) for binary in BINARIES
             for stranger in strangers_in(os.path.join(folder, binary + ".map"), binary)]
    for kind, found, expected in (("target", targets, expected_targets),
                                  ("library", libraries, expected_libraries)):
        for name in sorted(found.keys() | expected.keys()):
            for binary in BINARIES:
                has, may = binary in found.get(name, ()), binary in expected.get(name, ())
                if has and not may:
                    wrong.append("%s contains %s, and the table says it must not" % (binary, name))
                    for member, by, symbol in why.get((binary, name), []):
                        wrong.append("    %s came in by %s, for %s" % (member, by, symbol))
                elif may and not has:
                    wrong.append("%s does not contain %s, and the table says it does" % (binary, name))
    if not targets or not libraries or set(BINARIES) - set().union(*targets.values()):
        wrong.append("the link maps show nothing of ours: are they there, and of GNU ld?")
    for line in wrong:
        print(line)
    print("%d targets and %d libraries in %d binaries compared with %s: %s"
          % (len(targets), len(libraries), len(BINARIES), table, "they differ" if wrong else "the same"))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
