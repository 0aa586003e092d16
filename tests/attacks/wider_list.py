#!/usr/bin/env python3
"""Whether a binary that a site installs has the wider list of system calls, for sanitizers: wider_list.py BIN_DIR.

A sealed process that has it bears a marker (core/shared/sandbox). None of BIN_DIR's may. Where the marker stands in no
source any more, this would find nothing and mean nothing, so it is looked for there first.
"""
import os
import sys

SANDBOX = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "core", "shared", "sandbox")
MARKER = b"signpost-sandbox:" + b"sanitizer-system-calls-allowed"
SEALED = ("signpost-reader", "signpost-sealer", "signpost-opener", "signpost-sender")


def has_marker(path):
    with open(path, "rb") as file:
        return MARKER in file.read()


def main():
    if not any(has_marker(os.path.join(SANDBOX, name)) for name in os.listdir(SANDBOX)):
        print("void: no source in core/shared/sandbox has the marker")
        return 1
    wider = [name for name in SEALED if has_marker(os.path.join(sys.argv[1], name))]
    print("\n".join(name + " has the wider list" for name in wider) or "no sealed process has the wider list")
    return 1 if wider else 0


if __name__ == "__main__":
    sys.exit(main())
