#!/usr/bin/env python3
"""Checks that the tree keeps the walls between the processes, as its includes, namespaces and targets say.

  includes.py ROOT        1 when something is wrong: says the file and what it may not know
  includes.py control     plants one mistake of each kind in a copy, and sees that each is found

The rules, one function each:
  - folder = CMake target = namespace;
  - an include names a folder that the target declares in DEPS, directly;
  - crypto/ knows crypto/, policy/ knows crypto/base, core/ knows both, cli/ knows core/;
  - a room of core/, and the binary made of it, knows that room and core/shared/;
  - the tables of people are read in the two files that know what is staged;
  - core/BINARIES.md shows a room's targets in that room's binary alone, and none that it does not declare.
What is linked in the end is another test's: link_map.py reads it from the binaries.
"""
import os
import re
import shutil
import sys
import tempfile

LAYERS = {"crypto": ("crypto",), "policy": ("crypto/base", "policy"), "core": ("crypto", "policy", "core"),
          "cli": ("crypto", "policy", "core", "cli")}
ROOMS = ("reader", "sealer", "opener", "sender", "signpost", "verifier")
# Binary -> the room it is made of. The carrier of rehearsals is no part of the sealed line: it speaks the
# sender's protocol from the other side.
ROOM_OF = {"cli/" + room: room for room in ROOMS}
ROOM_OF.update({"cli/verify": "verifier"})
CARRIER_MAY = {"core/sender/smpp/pdu", "core/sender/reply", "core/shared/sms"}
# A part is a target of its own, so that a binary can do without it, in its parent's namespace.
PARTS = {"crypto/custody/header", "crypto/seal/format", "crypto/seal/sealing", "crypto/seal/opening",
         "crypto/token/tokeniser", "core/sender/smpp/pdu", "core/sender/smpp/tls", "core/verifier/home"}
# Results, bytes, descriptors, time: the words that every file speaks.
PLAIN = {"crypto/base"}
# The messages of each boundary, named after the process they are of.
ALSO = {"core/shared/wire": {"signpost::wire::" + room for room in ROOMS[:4]},
        "core/signpost/store": {"signpost::store::sqlite"}}
# What opens, seals, unwraps and tokenises, and the number itself: in these rooms' binaries and in no other, whatever
# a target declares and a page says.
ONLY = {"crypto/custody": {"sealer", "opener"}, "crypto/seal/opening": {"opener"}, "crypto/seal/sealing": {"sealer"},
        "crypto/token/tokeniser": {"sealer", "opener"},
        "crypto/number": {"reader", "sealer", "opener", "sender", "carrier"}}
# Who reads a contact or a record elsewhere could miss that somebody was messaged.
PEOPLE = re.compile(r"\b(?:FROM|INTO|UPDATE|JOIN)\s+(?:contact|record)\b", re.I)
READ_PEOPLE = {"core/signpost/store/" + name for name in ("contacts.cc", "staging.cc", "schema.cc")}
ENDINGS = (".h", ".cc", ".cc.in", ".md", ".txt", ".toml")
# Not code: what somebody runs or feeds.
NO_CODE = ("cli/",)
CALL = re.compile(r"signpost_(library|binary)\(\s*([^\s)]+)([^)]*)\)")
INCLUDE = re.compile(r'^#include "([^"]+)"$', re.M)
DIRECTIVE = re.compile(r"^.*(?:#|%:|\?\?=).*\b(?:include|include_next|import)\b.*$", re.M)
PLAIN_INCLUDE = re.compile(r'#include (?:"(?:crypto|policy|core|cli)/[\w/]+\.h"|<(?!crypto/|policy/|core/|cli/|tests/|\.)[\w/.+-]+>)')
NAMESPACE = re.compile(r"^(?:inline )?namespace (signpost[\w:]*) \{", re.M)


class Target:
    def __init__(self, folder, name, sources, deps, words):
        self.folder, self.name, self.sources, self.deps, self.words = folder, name, sources, deps, words


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def read_targets(root):
    """folder -> Target, of every signpost_library and signpost_binary of the product."""
    targets, wrong = {}, []
    for top in LAYERS:
        for folder, _, files in os.walk(os.path.join(root, top)):
            if "CMakeLists.txt" not in files:
                continue
            where = os.path.relpath(folder, root)
            text = re.sub(r"#.*", "", read(os.path.join(folder, "CMakeLists.txt")))
            if "target_link_libraries" in text:
                wrong.append("%s: links by hand; DEPS says what it knows" % where)
            for kind, name, rest in CALL.findall(text):
                words, part = {}, None
                for word in rest.split():
                    if word.startswith("signpost_"):
                        wrong.append("%s: links %s by hand; DEPS says what it knows" % (where, word))
                    if word in ("SOURCES", "DEPS", "LIBS", "PUBLIC_LIBS"):
                        part = word
                    else:
                        words.setdefault(part, []).append(word)
                if where in targets or (kind == "library" and name != where):
                    wrong.append("%s: target %s is not named after its folder, or not its only one" % (where, name))
                targets[where] = Target(where, name, words.get("SOURCES", []), words.get("DEPS", []),
                                        set(re.split(r"[\s()]+", text)))
    return targets, wrong


def files_of(root, folder):
    return sorted(f for f in os.listdir(os.path.join(root, folder)) if f.endswith((".h", ".cc", ".cc.in")))


def namespace_of(folder):
    if folder in PLAIN:
        return "signpost"
    if folder in PARTS:
        folder = os.path.dirname(folder)
    if folder.startswith("cli/"):
        room = ROOM_OF.get(folder, "carrier")
        return "signpost::" + (room if room in ROOMS[:4] + ("carrier",) else "cli")
    words = folder.split("/")
    if words[0] in ("core", "crypto"):
        words = words[1:]
    if words[:1] in (["shared"], ["signpost"]):
        words = words[1:]
    return "::".join(["signpost"] + words)


def may_know(folder, other):
    """Why `folder` may not know `other`; None when it may."""
    layers = LAYERS[folder.split("/")[0]]
    if not any(other == layer or other.startswith(layer + "/") for layer in layers):
        return "%s/ knows only %s" % (folder.split("/")[0], ", ".join(layers))
    if not other.startswith(("core/", "cli/")) or other == folder:
        return None
    if folder == "cli/carrier":
        return None if other in CARRIER_MAY else "the carrier of rehearsals knows only " + ", ".join(sorted(CARRIER_MAY))
    room = ROOM_OF.get(folder) or folder.split("/")[1]
    if other.startswith("core/shared/") or (other + "/").startswith("core/%s/" % room):
        return None
    return "a privilege is crossed: %s may know core/%s and core/shared" % (folder, room)


def check_folder(root, folder, targets, wrong):
    target, allowed = targets.get(folder), {namespace_of(folder)} | ALSO.get(folder, set())
    names = files_of(root, folder)
    if names and not target:
        wrong.append("%s: sources without a target" % folder)
        return
    for name in names:
        path, text = folder + "/" + name, read(os.path.join(root, folder, name))
        if name.endswith(".cc") and name not in target.words:
            wrong.append("%s: in no target" % path)
        for line in DIRECTIVE.findall(text):
            if not line.lstrip().startswith("//") and not PLAIN_INCLUDE.fullmatch(line.split("  //")[0]):
                wrong.append("%s: an include that is not written plainly: %s" % (path, line.strip()))
        for include in INCLUDE.findall(text):
            other = os.path.dirname(include)
            if not other.startswith(tuple(LAYERS)):
                wrong.append("%s: includes %s, which is no path of the tree" % (path, include))
            elif other != folder:
                reason = may_know(folder, other)
                if reason:
                    wrong.append("%s: includes %s: %s" % (path, include, reason))
                elif other not in target.deps:
                    wrong.append("%s: includes %s, and %s does not declare %s" % (path, include, target.name, other))
        for namespace in set(NAMESPACE.findall(text)) - allowed:
            wrong.append("%s: namespace %s, and its folder's is %s" % (path, namespace, " or ".join(sorted(allowed))))
    for other in target.deps if target else []:
        reason = may_know(folder, other) if other in targets else "there is no such target"
        if reason:
            wrong.append("%s/CMakeLists.txt: declares %s: %s" % (folder, other, reason))


def reached(targets, folder):
    seen, rest = set(), list(targets[folder].deps)
    while rest:
        dep = rest.pop()
        if dep not in seen and dep in targets:
            seen.add(dep)
            rest += targets[dep].deps
    return seen


def check_page(root, targets, wrong):
    """core/BINARIES.md, its table of targets."""
    columns, rows = None, {}
    for line in read(os.path.join(root, "core/BINARIES.md")).splitlines():
        cells = [cell.strip().strip("`") for cell in line.strip("|").split("|")]
        if not line.startswith("|"):
            columns = None
        elif columns is None:
            columns = cells
        elif columns[0] == "target" and not cells[0].startswith("---"):
            rows[cells[0]] = {b for b, mark in zip(columns[1:], cells[1:]) if mark}
    if not rows:
        wrong.append("core/BINARIES.md: no table of targets")
    binaries = {t.name: t.folder for t in targets.values() if t.folder.startswith("cli/")}
    for row, marked in rows.items():
        if row not in targets:
            wrong.append("core/BINARIES.md: %s is no target" % row)
        for binary in sorted(marked & binaries.keys()):
            reason = may_know(binaries[binary], row)
            if reason:
                wrong.append("core/BINARIES.md: %s contains %s: %s" % (binary, row, reason))
            elif row not in reached(targets, binaries[binary]):
                wrong.append("core/BINARIES.md: %s contains %s, which none of its targets declares" % (binary, row))
        for binary in sorted(marked - binaries.keys()):
            wrong.append("core/BINARIES.md: %s is no binary" % binary)
    for folder, target in targets.items():
        if target.sources and not folder.startswith("cli/") and folder not in rows:
            wrong.append("core/BINARIES.md: nothing of %s" % folder)


def check_binaries(targets, wrong):
    for folder, target in targets.items():
        if not folder.startswith("cli/"):
            continue
        room = ROOM_OF.get(folder, folder.split("/")[1])
        for part in sorted(ONLY.keys() & reached(targets, folder)):
            if room not in ONLY[part]:
                wrong.append("%s: reaches %s, which is for %s" % (target.name, part, ", ".join(sorted(ONLY[part]))))


def check_file(root, path, wrong):
    if os.path.islink(os.path.join(root, path)):
        wrong.append("%s: a link" % path)
    elif not path.endswith(ENDINGS) and not path.startswith(NO_CODE):
        wrong.append("%s: neither source nor document" % path)
    elif path.endswith(".cc") and path not in READ_PEOPLE and PEOPLE.search(re.sub(r'"\s*"', "", read(os.path.join(root, path)))):
        wrong.append("%s: reads the tables of people past what is staged" % path)
    elif path.startswith("cli/") and path.endswith((".inc", ".hpp", ".hh", ".cpp", ".cxx", ".c", ".ipp", ".tcc")):
        wrong.append("%s: sources end in .h and .cc" % path)


def check(root):
    targets, wrong = read_targets(root)
    for top in LAYERS:
        for folder, folders, files in os.walk(os.path.join(root, top)):
            where = os.path.relpath(folder, root)
            check_folder(root, where, targets, wrong)
            for name in files + [one for one in folders if os.path.islink(os.path.join(folder, one))]:
                check_file(root, where + "/" + name, wrong)
    check_page(root, targets, wrong)
    check_binaries(targets, wrong)
    return targets, wrong


PLANTED = [  # file, what is replaced, by what, what must be said
    ("core/signpost/batch/plan.cc", "#include", '#include "core/opener/keys.h"\n#include', "a privilege is crossed"),
    ("core/signpost/batch/plan.cc", "#include", '#include "core/signpost/report/status.h"\n#include', "does not declare"),
    ("core/sender/CMakeLists.txt", "DEPS", "DEPS core/reader/number", "a privilege is crossed"),
    ("core/shared/wire/channel.h", "#include", '#include "core/signpost/store/store.h"\n#include', "a privilege is crossed"),
    ("crypto/note/note.h", "#include", '#include "policy/policy.h"\n#include', "crypto/ knows only"),
    ("cli/carrier/main.cc", "#include", '#include "core/sender/smpp/session.h"\n#include', "the carrier of rehearsals"),
    ("core/signpost/home/home.h", "namespace signpost::home {", "namespace signpost {", "its folder's is"),
    ("core/signpost/home/CMakeLists.txt", "lock.cc", "", "in no target"),
    ("core/signpost/home/CMakeLists.txt", "core/signpost/home", "core/signpost/house", "not named after its folder"),
    ("core/signpost/batch/plan.cc", "#include", "#include <core/opener/keys.h>\n#include", "not written plainly"),
    ("core/signpost/batch/plan.cc", "#include", '#define K "core/opener/keys.h"\n#include K\n#include', "not written plainly"),
    ("core/signpost/batch/plan.cc", "#include", '/**/ #include "../../opener/keys.h"\n#include', "not written plainly"),
    ("core/signpost/home/CMakeLists.txt", "DEPS", "DEPS crypto/seal/opening", "which is for opener"),
    ("core/signpost/home/CMakeLists.txt", "DEPS", "DEPS core/signpost/house", "no such target"),
    ("core/signpost/store/journal.cc", "FROM run", "FROM\"\n \" contact", "past what is staged"),
    ("core/BINARIES.md", "| `core/opener` ", "| `core/opener/old` ", "is no target"),
    ("core/BINARIES.md", "| `core/signpost/home` ", "| `core/opener` ", "a privilege is crossed"),
]


def control(root):
    missed = []
    with tempfile.TemporaryDirectory() as copy:
        for top in LAYERS:
            shutil.copytree(os.path.join(root, top), os.path.join(copy, top))
        if check(copy)[1]:
            missed.append("the tree itself is wrong: run without `control`")
        for name, old, new, said in PLANTED:
            path = os.path.join(copy, name)
            before = read(path)
            if old not in before:
                missed.append("%s: nothing to plant in" % name)
            with open(path, "w", encoding="utf-8") as file:
                file.write(before.replace(old, new, 1))
            if not any(said in line for line in check(copy)[1]):
                missed.append("%s: planted, and nothing says '%s'" % (name, said))
            with open(path, "w", encoding="utf-8") as file:
                file.write(before)
    for line in missed:
        print(line)
    print("%d planted mistakes, %s" % (len(PLANTED), "some not found" if missed else "each found"))
    return 1 if missed else 0


def main():
    here = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    if sys.argv[1:] == ["control"]:
        return control(here)
    targets, wrong = check(sys.argv[1])
    for line in wrong:
        print(line)
    print("%d targets compared with their includes and with core/BINARIES.md: %s"
          % (len(targets), "%d mistakes" % len(wrong) if wrong else "the walls stand"))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
