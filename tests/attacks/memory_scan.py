#!/usr/bin/env python3
"""What is left in memory, of the binaries that a site installs: memory_scan.py BIN_DIR NAME. As root.

BIN_DIR is of a release build (release/CMakeLists.txt): what the compiler leaves behind depends on how it optimises.
"""
import contextlib
import mmap
import os
import random
import re
import resource
import signal
import sqlite3
import stat
import subprocess
import sys
import zipfile

import leak_scan
from held_dispatch import ALL, RANGE, WINDOW, Dispatch, Stop, ended_clean, named
from message_centre import THROTTLED
from process_memory import AtExit, Memory, stopped, wait_until, wait_until_quiet
from rehearsal_site import Site, Void, expect, expect_equal, fictional, run_named, spelled


def search_of_memory_finds_what_is_planted(_):
    """Every spelling, in a process that is stopped and in one that ends: or the searches below mean nothing."""
    tail = 123
    made = {name: text for name, text in leak_scan.plants(tail).items() 
            if not any(word in name for word in ("md5", "sha", "of BCD"))}
    packed = sum(ord(c) << 7 * at for at, c in enumerate("44" + leak_scan.PREFIX + "%03d" % tail))
    for shift in range(8):
        made["packed 7-bit +%d" % shift] = (packed << shift).to_bytes(12, "little")
    child = os.fork()
    if child == 0:
        keep = mmap.mmap(-1, 1 << 20)
        for at, text in enumerate(made.values()):
            keep[at * 4096 + 100: at * 4096 + 100 + len(text)] = text
        del text
        signal.pause()
        os._exit(0)
    try:
        wait_until_quiet([child])
        with stopped([child]):
            alive = Memory(child)
        at_exit = AtExit([child])
        os.kill(child, signal.SIGTERM)
        ends = [memory for _, memory, _ in at_exit.each()]
    finally:
        with contextlib.suppress(ProcessLookupError, ChildProcessError):
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
    for what, memory in (("stopped", alive), ("at its exit", ends[0])):
        # The planted pages, by where in its page a hit is.
        places = {}
        for hit in memory.hits:
            if hit.tail == tail and 64 <= hit.address % 4096 < 400:
                places.setdefault(hit.mapping.start, set()).add((hit.address - hit.mapping.start) // 4096)
        seen = max(places.values(), key=len, default=set())
        expect_equal(len(seen), len(made), "spellings found in a process that is " + what)


def dispatch_keeps_nothing_of_the_ranges_before(bin_folder, link=Dispatch):
    with Site(bin_folder) as site:
        run = link(site, 3 * RANGE)
        # In flight: the first range.
        run.window_is_full()
        first = run.stop()
        held, _ = run.in_flight()
        expect(held <= first["sender"].tails(), "void: what is in flight was not found in the sender")
        for name in ("opener", "sender"):
            expect(len(first[name].tails()) <= RANGE, "%s: more than a range is in memory" % name)
            first[name].expect_locked(name)
        first["sealer"].expect_none(ALL, "sealer")
        # Throttled: they stay in memory until they are sent again.
        run.centre.answer(5, THROTTLED)
        wait_until(lambda: len(run.centre.held) == WINDOW - 5, "throttled numbers")
        throttled = run.stop()
        expect(len(throttled["sender"].tails()) <= RANGE, "sender: more than a range is in memory, throttled")
        # In flight: the second range, and the first is settled.
        run.centre.answer(RANGE)
        run.window_is_full()
        _, before = run.in_flight()
        expect_equal(len(before), RANGE, "settled before the second range")
        second = run.stop()
        held, _ = run.in_flight()
        expect(held <= second["sender"].tails(), "void: what is in flight was not found in the sender")
        for name in ("opener", "sender", "sealer"):
            second[name].expect_none(before, name + ", in the second range, of the first")
            expect(len(second[name].tails()) <= RANGE, "%s: more than a range is in memory" % name)
            second[name].expect_locked(name)
        # Somebody says STOP.
        run.centre.says_stop(min(before))
        wait_until(lambda: run.centre.replies_answered == 1, "an answer to a STOP")
        stop = run.stop()
        for name in ("opener", "sender", "sealer"):
            stop[name].expect_none(before, name + ", after a STOP")
        run.finish()


def dispatch_keeps_nothing_between_ranges(bin_folder, link=Dispatch):
    """signpost is held, so that it releases nothing more; the sender settles all that it has."""
    with Site(bin_folder) as site:
        run = link(site, 2 * RANGE)
        run.window_is_full()
        wait_until_quiet([run.run.pid, *run.pids.values()])
        with stopped([run.run.pid]):
            held, _ = run.in_flight()
            flight = run.stop(but=("signpost",))
            expect(held <= flight["sender"].tails(), "void: what is in flight was not found in the sender")
            run.centre.answer(RANGE)
            wait_until(lambda: len(run.centre.answered) == RANGE, "a settled range")
            between = run.stop(but=("signpost",))
        _, settled = run.in_flight()
        for name in ("sender", "sealer"):
            between[name].expect_none(ALL, name + ", between two ranges")
        # It has opened the next one, and waits.
        between["opener"].expect_none(settled, "opener, between two ranges")
        expect(len(between["opener"].tails()) <= RANGE, "opener: more than a range is in memory")
        between["opener"].expect_locked("opener")
        run.finish()


def rows(tails, count, to_bytes=0):
    """CSV rows that name `tails` again and again in every way to write one; filled up to whole blocks."""
    tails, lines = sorted(tails), []
    for row in range(count):
        lines.append("contact,%s,%s" % (spelled("%s%03d" % (leak_scan.PREFIX, tails[row % len(tails)]), row % 6), "x" * 60))
    text = "".join(line + "\r\n" for line in lines)
    if to_bytes:
        missing = -len(text) % to_bytes
        blank = "contact,,%s\r\n" % ("x" * 50)
        while missing > 2 * len(blank):
            text += blank
            missing -= len(blank)
        text += "contact,,%s\r\n" % ("x" * (missing - len("contact,,\r\n")))
    return text


def import_keeps_its_buffers_and_nothing_else(bin_folder, live=False):
    """Three parts of a file: passed on, normalised and waiting, read and not parsed."""
    block = 64 << 10
    passed, waiting, unread = set(range(0, 300)), set(range(300, 600)), set(range(600, 700))
    with Site(bin_folder) as site:
        if live:
            site.live_home()
        else:
            site.rehearsal_home()
        read_end, write_end = os.pipe()
        run = subprocess.Popen(site.command("import", "-", "--case", "ONE"), stdin=read_end,
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        site.started.append(run)
        os.close(read_end)
        with os.fdopen(write_end, "w", newline="") as evidence:
            head = "Name,Phone,Note\r\n"
            # 1024 numbers are one block for the sealer.
            evidence.write(head + rows(passed, 1024, block)[: -len(head) or None])
            evidence.flush()
            pids = named(run, ["signpost-reader", "signpost-sealer"])
            evidence.write(rows(waiting, 600, block))
            evidence.write(rows(unread, 100))
            evidence.flush()
            stop = Stop(run, pids)
            reader = stop["reader"]
            expect(waiting <= reader.tails(), "void: numbers that wait were not found in the reader")
            expect(unread <= reader.tails(), "void: numbers not parsed were not found in the reader")
            reader.expect_none(ALL - waiting - unread, "reader, of what it has passed on")
            reader.expect_locked("reader")
            stop["sealer"].expect_none(ALL, "sealer, between two blocks")
            at_exit = AtExit(pids.values())
        ended_clean(run, pids, at_exit)


def live_import_keeps_its_buffers_and_nothing_else(bin_folder):
    """The same through all of the number library: numbers of a live home, made up while this runs."""
    seed = random.randrange(1 << 32)
    print("seed", seed)
    leak_scan.PREFIX = "740%04d" % random.Random(seed).randrange(5000, 9999)
    import_keeps_its_buffers_and_nothing_else(bin_folder, live=True)


def read_so_far(pid):
    try:
        with open("/proc/%d/io" % pid) as file:
            return int(file.readline().split()[1])
    except (FileNotFoundError, ProcessLookupError):
        raise Void("void: the reader was over before it was looked at")


def import_stopped_anywhere_holds_a_few_buffers(bin_folder):
    """Each number stands in 20 rows that follow each other: what is held are neighbours, and few."""
    in_a_row, row_bytes = 20, 160
    # 64 KiB that were read, a row, and 1024 numbers that wait; then the sealer's 1024.
    most_rows = {"reader": (64 << 10) // row_bytes + 1 + 1024, "sealer": 1024}
    with Site(bin_folder) as site:
        site.rehearsal_home()
        content = "Name,Phone,Note\n"
        for tail in range(1000):
            row = "contact,%s," % fictional(tail, tail % 6)
            content += (row + "x" * (row_bytes - 1 - len(row)) + "\n") * in_a_row
        content, at, found = content.encode(), 0, 0
        read_end, write_end = os.pipe()  # so that it cannot be through before it is stopped
        run = subprocess.Popen(site.command("import", "-", "--case", "ONE"), stdin=read_end,
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        site.started.append(run)
        os.close(read_end)
        evidence = os.fdopen(write_end, "wb", buffering=0)
        pids = named(run, ["signpost-reader", "signpost-sealer"])
        for until in (600 << 10, 1300 << 10, 2300 << 10):
            while at < until:  # what was written is read, but for what the pipe holds
                at += evidence.write(content[at:until])
            with stopped([run.pid, *pids.values()]):
                memory = {name: Memory(pid) for name, pid in pids.items()}
                signpost = Memory(run.pid)
            signpost.expect_none(ALL, "signpost")
            for name, rows_held in most_rows.items():
                tails = memory["signpost-" + name].tails()
                most = rows_held // in_a_row + 2
                expect(not tails or max(tails) - min(tails) < most,
                       "%s: %d numbers, over %d rows apart: more than its buffers"
                       % (name, len(tails), rows_held))
                found += len(tails) if name == "reader" else 0
        expect(found > 0, "void: nothing was found in the reader at any moment")
        while at < len(content):
            at += evidence.write(content[at:])
        evidence.close()
        output = run.communicate(timeout=120)[0]
        expect_equal(run.returncode, 0, "exit code of the import: " + output)


def import_of_an_extraction_leaves_nothing(bin_folder):
    """A database and a zip: what SQLite, zlib and expat had of them is gone when they are done with it."""
    with Site(bin_folder) as site:
        site.rehearsal_home()
        phone = site.path("phone")
        os.mkdir(phone)
        with contextlib.closing(sqlite3.connect(os.path.join(phone, "calllog.db"))) as log:
            log.execute("CREATE TABLE calls (_id INTEGER PRIMARY KEY, number TEXT, date INTEGER, type INTEGER)")
            log.executemany("INSERT INTO calls (number, date, type) VALUES (?, 1764000000000, 1)",
                            ((fictional(row % 500, row % 6),) for row in range(40000)))
            log.commit()
        with zipfile.ZipFile(os.path.join(phone, "export.zip"), "w", zipfile.ZIP_DEFLATED) as export:
            export.writestr("sms.xml", "<smses>" + "".join(
                '<sms address="%s" date="1764000000000" body="x"/>\n' % fictional(500 + row % 500, row % 6)
                for row in range(40000)) + "</smses>")
        run = site.start("import", phone, "--case", "ONE")
        pids = named(run, ["signpost-reader", "signpost-sealer"])
        wait_until(lambda: read_so_far(pids["signpost-reader"]) >= 600 << 10, "a reader that reads")
        with stopped([run.pid, *pids.values()]):
            held = Memory(pids["signpost-reader"]).tails()
            at_exit = AtExit(pids.values())
        if not held:
            raise Void("void: nothing was found in the reader while it read")
        output = ended_clean(run, pids, at_exit)
        expect(output.count("\"rows\":40000,") == 2, "void, not everything was read: " + output)


def opener_holds_one_range_in_locked_memory(bin_folder):
    """Between opening a range and passing it on: the store is kept busy, so that the opener has no answer."""
    with Site(bin_folder) as site:
        run = Dispatch(site, 2 * RANGE, keep_bind=True)
        wait_until(lambda: run.centre.bind is not None, "a bind")
        store = sqlite3.connect(os.path.join(site.home, "store.db"), isolation_level=None)
        store.execute("BEGIN IMMEDIATE")
        run.centre.answer_bind()
        opened = run.stop()
        expect_equal(len(opened["opener"].tails()), RANGE, "void, or too many: numbers in the opener")
        opened["opener"].expect_locked("opener")
        for name in ("sender", "sealer"):
            opened[name].expect_none(ALL, name + ", while the opener asks")
        store.execute("ROLLBACK")
        store.close()
        run.centre.keep_bind = False
        run.finish()


def crashed_process_leaves_no_core(bin_folder):
    """Each of them, by each signal that dumps, at a moment when there are numbers in memory."""
    with Site(bin_folder) as site:
        resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        folder = site.path("crash")
        os.mkdir(folder)
        os.chdir(folder)
        control = subprocess.Popen(["sleep", "60"])
        print("a process that may be dumped is dumped here: %s"
              % ("yes" if ends_by(control.pid, signal.SIGSEGV) & 0x80 else "no"))
        control.wait()
        for name in os.listdir(folder):
            os.remove(name)
        run = None
        for victim in ("signpost-opener", "signpost-sender", "signpost-sealer"):
            for number in (signal.SIGSEGV, signal.SIGABRT):
                if run is None:
                    run = Dispatch(site, 6 * RANGE)
                else:
                    run.start()
                run.window_is_full()
                with open("/proc/%d/limits" % run.pids[victim]) as file:
                    limits = file.read()
                expect(re.search(r"Max core file size +0 +0 ", limits), victim + " may write a core")
                expect_equal(ends_by(run.pids[victim], number), number, victim + "'s end, and no core")
                run.centre.answer(WINDOW)
                run.run.communicate(timeout=60)
        expect_equal(os.listdir(folder), [], "files where a core would be")
        run.centre.close()


def ends_by(pid, number):
    """What a process ends with after a signal; with 0x80 when it was dumped."""
    at_exit = AtExit([pid])
    os.kill(pid, number)
    return [status for _, _, status in at_exit.each()][0]


def killed_run_leaves_no_number_in_files_or_pipes(bin_folder):
    """Everything at once, in mid-dispatch: what was on its way was in sockets, which are gone."""
    with Site(bin_folder) as site:
        temporary = site.path("tmp")
        os.mkdir(temporary)
        os.environ["TMPDIR"] = temporary
        run = Dispatch(site, 2 * RANGE)
        run.window_is_full()
        everyone = [run.run.pid, *run.pids.values()]
        with stopped(everyone):
            for pid in everyone:
                os.kill(pid, signal.SIGKILL)
        run.run.communicate(timeout=60)
        wait_until(lambda: not any(os.path.exists("/proc/%d" % pid) for pid in everyone), "processes that end")
        expect_equal(os.listdir(temporary), [], "temporary files")
        scan = leak_scan.Scan(ALL)
        os.remove(site.path("list-ONE.txt"))  # our own
        for folder, folders, names in os.walk(site.folder):
            for name in folders + names:
                mode = os.lstat(os.path.join(folder, name)).st_mode
                expect(not stat.S_ISFIFO(mode) and not stat.S_ISSOCK(mode), "a pipe or socket is left: " + name)
        scan.paths([site.folder])
        scan.report()
        expect(not scan.hits, "numbers are in files")
        run.centre.close()


SCENARIOS = {scenario.__name__: scenario for scenario in (
    search_of_memory_finds_what_is_planted,
    dispatch_keeps_nothing_of_the_ranges_before,
    dispatch_keeps_nothing_between_ranges,
    opener_holds_one_range_in_locked_memory,
    import_keeps_its_buffers_and_nothing_else,
    live_import_keeps_its_buffers_and_nothing_else,
    import_stopped_anywhere_holds_a_few_buffers,
    import_of_an_extraction_leaves_nothing,
    crashed_process_leaves_no_core,
    killed_run_leaves_no_number_in_files_or_pipes,
)}


def main(scenarios):
    if os.geteuid() != 0:
        print("SKIPPED: only root reads the memory of another process")
        return 77
    return run_named(scenarios)


if __name__ == "__main__":
    sys.exit(main(SCENARIOS))
