#!/usr/bin/env python3
"""A disk that is really full: the home lies on a small tmpfs of its own, something else fills it in the middle of the
line, and later the room comes back. full_disk.py BIN_DIR [--all]; needs root, or user namespaces. With --all, more
amounts of room that are left.

With each amount of room that is left, import, opt-out, plan, dispatch and sweep either do their work or say that there
is no space, exit code 5. Then the filler goes, and the same commands go on. Nobody is texted twice, an opt-out that was
accepted holds, every record is accounted for.
"""
import os
import subprocess
import sys
import time

from counting_carrier import CountingCarrier
from rehearsal_site import Failed, Site, expect, expect_equal, fictional, rehearsal_policy

DISK_BYTES = 3 << 20
ALL_ROOMS = [0, 8, 24, 48, 128, 384, 768, 1536]  # KiB
ROOMS = [0, 24, 128, 384, 1536]
A_CASE = 40


class Disk:
    def __init__(self, folder):
        self.folder, self.filler = folder, os.path.join(folder, "filler")
        os.mkdir(folder)
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=%d,mode=700" % DISK_BYTES, "tmpfs", folder], check=True)

    def fill_but(self, kibibytes):
        with open(self.filler, "wb", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(4096))
            except OSError:
                pass
            file.truncate(max(0, os.fstat(file.fileno()).st_size - kibibytes * 1024))

    def free(self):
        os.unlink(self.filler)


class Line:
    def __init__(self, site):
        self.site = site
        self.disk = Disk(site.path("disk"))
        site.home = os.path.join(self.disk.folder, "home")
        self.carrier = CountingCarrier(site)
        policy = site.write("policy.toml", rehearsal_policy(8))
        site.signpost("init", "--rehearsal", "--planner", "carol", "--policy", policy, *site.approvers(),
                      "--gateway-port", str(self.carrier.port))
        path = os.path.join(site.home, "signpost.toml")
        with open(path) as file:
            text = file.read()
        for old, new in (("receipts = true", "receipts = false"),
                         ("receipt_wait_seconds = 2", "receipt_wait_seconds = 0")):
            expect(old in text, "signpost.toml has no " + old)
            text = text.replace(old, new)
        with open(path, "w") as file:
            file.write(text)
        self.message = site.write("message.txt", "You are not in trouble. Free help, day and night.\n")
        self.full = self.did = 0

    def try_it(self, *command, stdin=None):
        """On the full disk: done, or a word about it."""
        done = subprocess.run(self.site.command(*command), capture_output=True, text=True, input=stdin, timeout=60)
        expect(done.returncode in (0, 5), "%s exited with %d: %s" % (command[0], done.returncode, done.stderr))
        expect(done.returncode == 0 or done.stderr.startswith("signpost: "), "failed without a word")
        self.full += done.returncode == 5
        self.did += done.returncode == 0
        return done.returncode == 0

    def batch(self):
        going = [one["batch"] for one in self.site.signpost("show")["batches"] if one["state"] in ("planned", "opened")]
        return going[0] if going else None

    def with_room(self, turn, kibibytes):
        site, people = self.site, range(turn * A_CASE, (turn + 1) * A_CASE)
        rows = site.write("rows-%d.txt" % turn, "".join(fictional(one, one % 6) + "\n" for one in people))
        stop = fictional(people[0], 3) + "\n"
        bring, plan = ["import", rows, "--case", "CASE-%d" % turn], ["plan", "--message", self.message]
        for step in ("import", "optout", "plan", "dispatch", "sweep"):
            command = {"import": bring, "optout": ["optout", "add", "-"], "plan": plan, "sweep": ["sweep"],
                       "dispatch": ["dispatch", self.batch() or ""]}[step]
            stdin = stop if step == "optout" else None
            self.disk.fill_but(kibibytes)
            self.try_it(*command, stdin=stdin)
            self.disk.free()
            site.verify()
            if step == "dispatch":
                self.finish(self.batch())
            elif step == "plan":
                if not self.batch():
                    site.signpost(*plan)
                site.approve(self.batch())
            else:
                site.signpost(*command, stdin=stdin)  # and again with room, whatever came of it
            site.verify()

    def finish(self, batch):
        for _ in range(3):
            if batch is None or self.batch() != batch:
                return
            self.site.dispatch(batch)
        raise Failed("the batch was not finished")

    def count(self, turns):
        copies, ends = self.carrier.log.copies(), {}
        for batch in self.site.signpost("show")["batches"]:
            expect_equal(batch["state"], "finished", "a batch's state")
            expect_equal(sum(batch["counts"].values()), batch["records"], "sum of the ends")
            for name, count in batch["counts"].items():
                ends[name] = ends.get(name, 0) + count
        expect(not [1 for count in copies.values() if count > 1], "somebody was texted twice")
        stopped = [self.carrier.log.of("44" + fictional(turn * A_CASE)[1:]) for turn in range(turns)]
        expect(not [1 for one in stopped if one in copies], "somebody who had said stop was texted")
        expect(ends["sent"] <= len(copies) <= ends["sent"] + ends.get("unknown", 0),
               "%d arrived: %r" % (len(copies), ends))
        expect(len(copies) > turns * A_CASE // 2, "hardly anybody was texted: %d" % len(copies))
        print("%d commands found the disk full, %d had room enough; %r, %d arrived, nobody twice"
              % (self.full, self.did, ends, len(copies)))
        # With no room left each step finds the disk full, and with the most room each is done.
        expect(self.full > turns and self.did > turns, "the disk was hardly ever full, or nearly always")


def main():
    if os.environ.get("SIGNPOST_OWN_MOUNTS") != "1":
        as_root = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
        os.execvpe("unshare", ["unshare", *as_root, "--mount", "--propagation", "private", sys.executable, *sys.argv],
                   dict(os.environ, SIGNPOST_OWN_MOUNTS="1"))
    began, rooms = time.monotonic(), ALL_ROOMS if sys.argv[2:] == ["--all"] else ROOMS
    with Site(os.path.abspath(sys.argv[1])) as site:
        line = Line(site)
        try:
            for turn, room in enumerate(rooms):
                line.with_room(turn, room)
            line.count(len(rooms))
        except Failed as failure:
            print("full_disk, %d KiB left: %s" % (room, failure))
            return 1
        finally:
            line.carrier.end()
            subprocess.run(["umount", "--lazy", line.disk.folder])
    print("held, in %.0f s" % (time.monotonic() - began))
    return 0


if __name__ == "__main__":
    sys.exit(main())
