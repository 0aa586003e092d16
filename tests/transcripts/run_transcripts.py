#!/usr/bin/env python3
"""Runs transcripts of the command line and compares: run_transcripts.py BIN_DIR FILE...

A transcript is what one would see: lines that begin with "$ " are run, in order, in a folder of their own
with the binaries on the PATH, cli/samples as samples/ and policy/ as policy/; what follows is what was printed,
standard output and standard error as they came. In a Markdown file the ```console blocks are the transcript, all in one folder.

  "$ command &"   runs in the background until the transcript ends; the run goes on when its first line is there
  "[exit 4]"      after the output: the exit code, when it is not 0
  "..."           a line that stands for any number of lines
  "# text"        outside of output: a comment

What differs from run to run is compared by its kind alone: hexadecimal ids and hashes, keys, signatures,
times, ports. An id that was printed may be used in a later command, whole or its first digits.

Who reads the first line of a command's output (head) reads the rest, too, and drops it: a command that still writes
would say that it cannot, or not, as it comes.

A port in a command (--port, --gateway-port) stands for a free one of this machine, the same one each time, and a
rehearsal's `init` that names none is given one: a transcript reads as one would type it, and two can run at once.

With --record the file is written anew with what was printed (not for Markdown); read the difference.
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "attacks"))
from held_port import HeldPort  # noqa: E402

SAMPLES = os.path.join(HERE, "..", "..", "cli", "samples")

# The order matters: a key contains hexadecimal digits, a time contains a day.
KINDS = [
    ("key", re.compile(r"[A-Za-z0-9._-]+\+[0-9a-f]{8}\+[A-Za-z0-9+/=]{40,}")),
    ("base64", re.compile(r"(?<![A-Za-z0-9+/=])[A-Za-z0-9+/]{43,}={0,2}(?![A-Za-z0-9+/=])")),
    ("hex", re.compile(r"(?<![0-9a-zA-Z])[0-9a-f]{8,}(?![0-9a-zA-Z])")),
    ("time", re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")),
    ("day", re.compile(r"\d{4}-\d\d-\d\d(?!\d)")),
    ("port", re.compile(r"(?<=127\.0\.0\.1[: ])\d+")),
]

A_PORT = r"(?P<port>(?<=--port )\d+|(?<=--gateway-port )\d+)"
AN_ID = r"(?<![0-9A-Za-z])[0-9a-f]{4,}(?![0-9A-Za-z])"
INIT = re.compile(r"\bsignpost\b[^|;&]* init --rehearsal\b")
ORDINARY_PORT = "2775"  # what a rehearsal home begins with


def kinds_of(line):
    """The line with what varies replaced by its kind, and the varying parts in their order."""
    spans = []
    for kind, pattern in KINDS:
        for match in pattern.finditer(line):
            if not any(match.start() < end and begin < match.end() for begin, end, _ in spans):
                spans.append((match.start(), match.end(), kind))
    text, values, at = "", [], 0
    for begin, end, kind in sorted(spans):
        text += line[at:begin] + "<" + kind + ">"
        values.append(line[begin:end])
        at = end
    return text + line[at:], values


HEAD = """#!/bin/sh
%s "$@"
status=$?
cat >/dev/null
exit "$status"
"""


class Step:
    def __init__(self, command, place):
        self.command, self.place, self.lines, self.exit = command, place, [], 0


def parse(path):
    """Steps, in order."""
    steps, inside = [], not path.endswith(".md")
    with open(path) as file:
        for number, line in enumerate(file, 1):
            line = line.rstrip("\n")
            if path.endswith(".md") and line.startswith("```"):
                inside = not inside and line == "```console"
                continue
            if not inside:
                continue
            if line.startswith("$ "):
                steps.append(Step(line[2:], "%s:%d" % (path, number)))
            elif line.startswith("[exit ") and steps:
                steps[-1].exit = int(line[6:-1])
            elif steps and not (line.startswith("# ") and not path.endswith(".md")):
                steps[-1].lines.append(line)
    for step in steps:
        while step.lines and not step.lines[-1]:
            step.lines.pop()
    return steps


def first_line(path, process):
    """The first whole line that a process in the background prints, within a minute."""
    for _ in range(6000):
        with open(path) as file:
            line = file.readline()
        if line.endswith("\n"):
            return [line.rstrip("\n")]
        if process.poll() is not None:
            break
        time.sleep(0.01)
    return []


class Run:
    def __init__(self, bin_folder, folder):
        self.folder = folder
        self.tools = tempfile.mkdtemp(prefix="signpost-transcript-tools-")
        head = os.path.join(self.tools, "head")
        with open(head, "w") as file:
            file.write(HEAD % shutil.which("head"))
        os.chmod(head, 0o755)
        self.environment = {"PATH": bin_folder + ":" + self.tools + ":" + os.environ["PATH"], "LANG": "C.UTF-8",
                            "HOME": folder, "SIGNPOST_HOME": "home"}
        self.background, self.values = [], {}  # what the transcript printed -> what this run printed
        self.ports = {}  # what the transcript says -> what is held in its place

    def end(self):
        for process in self.background:
            process.kill()
            process.wait()
        for port in self.ports.values():
            port.close()
        shutil.rmtree(self.tools, ignore_errors=True)

    def port(self, said):
        if said not in self.ports:
            self.ports[said] = HeldPort()
        return str(self.ports[said].number)

    def mended(self, command):
        """With this run's ids, and a free port in the place of each that is named or taken for granted."""
        found = INIT.search(command)
        if found and "--gateway-port" not in command:
            command = command[:found.end()] + " --gateway-port " + ORDINARY_PORT + command[found.end():]

        def replace(match):
            word = match.group()
            if match.group("port"):
                return self.port(word)
            for old, new in self.values.items():
                if old.startswith(word) and len(word) >= 4:
                    return new[: len(word)]
            return word
        return re.sub(A_PORT + "|" + AN_ID, replace, command)

    def as_said(self, lines):
        """For a transcript that is written anew: with the ports that its commands name."""
        for said, port in self.ports.items():
            lines = [re.sub(r"\b%d\b" % port.number, said, line) for line in lines]
        return lines

    def execute(self, command):
        command = self.mended(command)
        exported = re.fullmatch(r"export (\w+)=(\S+)", command)
        if exported:
            self.environment[exported.group(1)] = exported.group(2)
            return [], 0
        if command.endswith(" &"):
            said = os.path.join(self.folder, ".background-%d" % len(self.background))
            with open(said, "w") as output:
                process = subprocess.Popen(["bash", "-c", "exec " + command[:-2]], cwd=self.folder,
                                           env=self.environment, stdout=output, stderr=output)
            self.background.append(process)
            return first_line(said, process), 0
        done = subprocess.run(["bash", "-c", command], cwd=self.folder, env=self.environment, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                              timeout=120)
        lines = done.stdout.rstrip("\n").split("\n") if done.stdout.strip("\n") else []
        return lines, done.returncode

    def same(self, wanted, found):
        """Compares lines; remembers what stands for what. None, or the first line that differs."""
        if not wanted:
            return None if not found else "more was printed: " + found[0]
        if wanted[0] == "...":
            for skipped in range(len(found) + 1):
                if self.same(wanted[1:], found[skipped:]) is None:
                    return None
            return "nothing that follows fits: " + (wanted[1] if len(wanted) > 1 else "")
        if not found:
            return "not printed: " + wanted[0]
        (shape, old), (other, new) = kinds_of(wanted[0]), kinds_of(found[0])
        if shape.rstrip() != other.rstrip():
            return "wanted: %s\n         found: %s" % (wanted[0], found[0])
        self.values.update(zip(old, new))
        return self.same(wanted[1:], found[1:])


def run_file(bin_folder, path, record):
    folder = tempfile.mkdtemp(prefix="signpost-transcript-")
    os.symlink(os.path.abspath(SAMPLES), os.path.join(folder, "samples"))
    os.symlink(os.path.abspath(os.path.join(HERE, "..", "..", "policy")), os.path.join(folder, "policy"))
    run, failures, recorded = Run(bin_folder, folder), 0, {}
    steps = parse(path)
    try:
        for step in steps:
            lines, code = run.execute(step.command)
            recorded[step.command] = run.as_said(lines) + (["[exit %d]" % code] if code else [])
            if record:
                run.values.update({value: value for line in lines for value in kinds_of(line)[1]})
                step.recorded = recorded[step.command]
                continue
            problem = run.same(step.lines, lines)
            if problem is None and code == step.exit:
                continue
            failures += 1
            print("%s: $ %s" % (step.place, step.command))
            if problem:
                print("  " + problem)
            if code != step.exit:
                print("  exit %d, wanted %d" % (code, step.exit))
            print("  it printed:")
            for line in lines:
                print("    " + line)
    finally:
        run.end()
        shutil.rmtree(folder, ignore_errors=True)
    if record:
        write_recorded(path, steps)
    print("%s: %d commands, %d differ" % (os.path.basename(path), len(steps), failures))
    return failures


def write_recorded(path, steps):
    with open(path) as file:
        comments, lines, steps_left = [], [], list(steps)
        for line in file.read().split("\n"):
            if line.startswith("# ") or (not line and not lines):
                comments.append(line)
            elif line.startswith("$ "):
                step = steps_left.pop(0)
                lines += ([""] if lines else []) + comments + [line] + step.recorded
                comments = []
    with open(path, "w") as file:
        file.write("\n".join(lines) + "\n")


def main():
    arguments = [a for a in sys.argv[1:] if a != "--record"]
    bin_folder = os.path.abspath(arguments[0])
    failures = sum(run_file(bin_folder, path, "--record" in sys.argv) for path in arguments[1:])
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
