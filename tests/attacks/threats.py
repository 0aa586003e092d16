#!/usr/bin/env python3
"""Whether the tests that policy/THREATS.md names exist: threats.py SOURCE_DIR.

The last column of its table is read as `file: test, test; file: test`, paths under tests/. A test must be written
in the file that it is said to be in, as a whole word; one called attacks.NAME is an entry of
tests/attacks/CMakeLists.txt, or of release/CMakeLists.txt there.
"""
import os
import re
import sys

CODE = re.compile(r"`([^`]+)`")


def rows(text):
    """The cells of each row of the table of attackers."""
    found, inside = [], False
    for line in text.splitlines():
        cells = [cell.strip() for cell in re.split(r"\|", line)[1:-1]]
        if not cells:
            inside = False
        elif cells[0] == "attacker":
            inside = True
        elif inside and not line.startswith("|---"):
            found.append(cells)
    return found


def named(cell):
    """(file, [tests]) of each place. One without a file of its own stands in the file before it."""
    for part in cell.split(";"):
        names = CODE.findall(part)
        files = [name for name in names if "/" in name]
        tests = [name for name in names if "/" not in name]
        for path in files[:-1]:
            yield path, []
        if names:
            yield (files[-1] if files else None), tests


def text_of(path):
    """Of a file, or of all that lies in a folder."""
    paths = [path]
    if os.path.isdir(path):
        paths = [os.path.join(folder, name) for folder, _, names in os.walk(path) for name in names]
    texts = []
    for each in paths:
        with open(each, errors="replace") as file:
            texts.append(file.read())
    return "\n".join(texts)


def mistakes(table, source):
    registered = "\n".join(text_of(os.path.join(source, "tests", "attacks", *folder, "CMakeLists.txt"))
                           for folder in ([], ["release"]))

    def lacks(text, test):
        return not re.search(r"(?<![\w.])%s(?!\w)" % re.escape(test), text)

    if len(table) < 20:
        yield "the table of attackers was not found"
    for attacker, *_, kept_by, tests_cell in table:
        for path in CODE.findall(kept_by):
            if "/" in path and not os.path.exists(os.path.join(source, path)):
                yield "%s: there is no %s" % (attacker, path)
        last = None
        for path, tests in named(tests_cell):
            last = path or last
            place = os.path.join(source, "tests", last or "")
            if last is None or not os.path.exists(place):
                yield "%s: there is no tests/%s" % (attacker, last)
                continue
            for test in tests:
                entry = test.startswith("attacks.")
                name = test[len("attacks."):] if entry else test
                if not entry and lacks(text_of(place), name):
                    yield "%s: tests/%s has no %s" % (attacker, last, name)
                if (entry or last.startswith("attacks/")) and lacks(registered, name):
                    yield "%s: tests/attacks/CMakeLists.txt has no %s" % (attacker, name)


def main(source):
    with open(os.path.join(source, "policy", "THREATS.md")) as file:
        table = rows(file.read())
    # The check itself: rows that must be found wrong.
    here = "`attacks/threats.py`"
    for cell in ("`core/no_such_test.cc`", here + ": `NoSuch" + "Test`", here + ": `attacks.no_such" + "_entry`",
                 here + ": `mistakes`"):
        if not list(mistakes(table + [["control", "", "", "`policy/`", cell]], source)):
            print("void: is not noticed: " + cell)
            return 1
    wrong = list(mistakes(table, source))
    print("\n".join(wrong) or "every test that policy/THREATS.md names is there")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
