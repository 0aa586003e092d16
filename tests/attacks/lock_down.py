#!/usr/bin/env python3
"""What happens where the lock-down cannot be had, and who may have it: lock_down.py BIN_DIR NAME.

BIN_DIR holds kernel-without beside the binaries: it plays a kernel that lacks one thing."""
import json
import os
import resource
import shutil
import stat
import subprocess
import sys

from rehearsal_site import Failed, Site, expect, expect_equal, fictional, run_named

# What is missing, and the words that must say so and how to get it.
FEATURES = {
    "landlock-absent": ("this kernel has no Landlock", "CONFIG_SECURITY_LANDLOCK"),
    "landlock-off": ("it is not switched on", "lsm=landlock"),
    "landlock-refused": ("Landlock did not take the rules", "container"),
    "close-range": ("inherited descriptors cannot be closed", "Linux 5.9"),
    "no-new-privileges": ("new privileges cannot be forbidden", "container"),
    "not-dumpable": ("core dumps and debuggers cannot be forbidden", "container"),
    "locked-memory": ("may lock too little memory", "ulimit -l"),
    "limits": ("cannot be limited", "container"),
    "seccomp-absent": ("no system call filters", "CONFIG_SECCOMP_FILTER"),
    "seccomp-refused": ("the system call filter could not be loaded", "container"),
}


def snapshot(site):
    """Names and sizes of everything in the home but the ledger's own growth."""
    found = {}
    for folder, _, names in os.walk(site.home):
        for name in names:
            if not name.startswith(("store.db", "optouts.log", "lock", "dispatch.lock")):
                path = os.path.join(folder, name)
                found[os.path.relpath(path, site.home)] = os.stat(path).st_size
    return found


def without(site, feature, *arguments):
    """Runs a command on a kernel without FEATURE; returns what it said."""
    done = subprocess.run([site.binary("kernel-without"), feature, *site.command(*arguments)],
                          capture_output=True, text=True)
    expect_equal(done.returncode, 7, "exit code without %s (%s)" % (feature, done.stderr.strip()))
    expect_equal(done.stdout, "", "output without " + feature)
    return done.stderr


def says(feature, said):
    what, fix = FEATURES[feature]
    expect(what in said, "without %s nobody says what is missing: %s" % (feature, said))
    expect("hint:" in said and fix in said, "without %s nobody says how to get it: %s" % (feature, said))


def missing_feature_stops_an_import_before_it_reads(bin_folder):
    with Site(bin_folder) as site:
        site.rehearsal_home()
        path = site.write("list.txt", "".join(fictional(tail, 1) + "\n" for tail in range(10, 20)))
        before = snapshot(site)
        for feature in FEATURES:
            says(feature, without(site, feature, "import", path, "--case", "ONE"))
            expect_equal(snapshot(site), before, "the home after an import without " + feature)
        expect_equal(site.import_file("ONE", path)["new"], 10, "people of the next import")
        site.verify()


def missing_feature_stops_a_dispatch_before_it_opens(bin_folder):
    with Site(bin_folder) as site:
        carrier, batch = site.ready_to_send(range(10, 20))
        for feature in ("landlock-off", "seccomp-absent", "locked-memory"):
            says(feature, without(site, feature, "dispatch", batch))
        site.dispatch(batch)
        report = carrier.end()
        expect_equal((report["people"], report["messages"]), (10, 10), "people and messages")
        site.verify()


def doctor_names_what_is_missing(bin_folder):
    with Site(bin_folder) as site:
        for feature in FEATURES:
            done = subprocess.run([site.binary("kernel-without"), feature, site.binary("signpost"), "--json", "doctor"],
                                  capture_output=True, text=True)
            expect_equal(done.returncode, 7, "exit code of doctor without %s (%s)" % (feature, done.stderr))
            missing = [check for check in json.loads(done.stdout)["checks"] if check["level"] == "missing"]
            processes = {check["name"] for check in missing if check["area"] == "processes"}
            expect_equal(len(processes), 4, "processes that cannot be locked down without " + feature)
            for check in missing:
                if check["area"] == "processes":
                    says(feature, check["what"] + " hint: " + check["fix"])


def copies(site, bin_folder):
    """A folder with the binaries, as files of its own: each finds the others beside itself."""
    folder = site.path("bin")
    os.mkdir(folder)
    for name in os.listdir(bin_folder):
        if name.startswith("signpost") and not name.endswith(".map") or name == "kernel-without":
            source = os.path.join(bin_folder, name)
            if os.path.isfile(source) and os.access(source, os.X_OK):
                shutil.copy2(source, os.path.join(folder, name))
    return folder


def one_process_without_its_lock_down_stops_the_run(bin_folder):
    """Each sealed process in turn is the only one that cannot lock itself down; also the sender, whose word for
    it must not be taken for a gateway that cannot be reached."""
    with Site(bin_folder) as site:
        carrier, batch = site.ready_to_send(range(10, 20))
        path = site.write("more.txt", fictional(30) + "\n")
        site.bin = copies(site, bin_folder)
        for name, arguments in (("reader", ("import", path, "--case", "TWO")),
                                ("sealer", ("import", path, "--case", "TWO")),
                                ("opener", ("dispatch", batch)), ("sealer", ("dispatch", batch)),
                                ("sender", ("dispatch", batch))):
            binary = site.binary("signpost-" + name)
            os.rename(binary, binary + ".real")
            shutil.copy2(site.binary("kernel-without"), binary)
            with open(binary + ".without", "w") as file:
                file.write("landlock-off\n")
            site.signpost(*arguments, exits=7)
            says("landlock-off", site.last_error)
            expect("signpost-" + name in site.last_error, "nobody says which process: " + site.last_error)
            os.rename(binary + ".real", binary)
        site.dispatch(batch)
        report = carrier.end()
        expect_equal((report["people"], report["messages"]), (10, 10), "people and messages")
        site.verify()


class AsNobody(Site):
    """A site whose commands run as an ordinary user, with what Debian lets one lock in memory."""
    USER = 65534

    def __init__(self, bin_folder):
        super().__init__(bin_folder)
        if os.geteuid() == 0:
            os.chown(self.folder, self.USER, self.USER)

    def become(self):
        resource.setrlimit(resource.RLIMIT_MEMLOCK, (8 << 20, 8 << 20))
        if os.geteuid() == 0:
            os.setgroups([])
            os.setgid(self.USER)
            os.setuid(self.USER)

    def signpost(self, *arguments, exits=0, stdin=None):
        done = subprocess.run(self.command(*arguments), capture_output=True, text=True, input=stdin,
                              preexec_fn=self.become)
        if done.returncode != exits:
            raise Failed("as an ordinary user: signpost %s exited %d, wanted %d\n%s%s" % (
                " ".join(arguments), done.returncode, exits, done.stdout, done.stderr))
        self.last_error = done.stderr
        return json.loads(done.stdout) if done.stdout.startswith("{") else None


def the_whole_line(site):
    carrier, batch = site.ready_to_send(range(10, 40))
    site.dispatch(batch)
    site.signpost("sweep")
    report = carrier.end()
    expect_equal((report["people"], report["messages"]), (30, 30), "people and messages")


def ordinary_user_can_run_the_whole_line(bin_folder):
    with AsNobody(bin_folder) as site:
        the_whole_line(site)
        owner = os.stat(site.home)
        expect(os.geteuid() != 0 or owner.st_uid == site.USER, "it was not run as an ordinary user")
        expect_equal(stat.S_IMODE(owner.st_mode), 0o700, "mode of the home")


def root_can_run_the_whole_line(bin_folder):
    if os.geteuid() != 0:
        print("root_can_run_the_whole_line: skipped, this is not root")
        return
    with Site(bin_folder) as site:
        the_whole_line(site)


def user_who_may_lock_no_memory_is_told(bin_folder):
    """The limit itself, not a kernel that plays it: binds an ordinary user, not root."""
    with AsNobody(bin_folder) as site:
        site.rehearsal_home()
        path = site.write("list.txt", fictional(10) + "\n")
        command = site.command("import", path, "--case", "ONE")

        def become():
            site.become()
            resource.setrlimit(resource.RLIMIT_MEMLOCK, (0, 0))
        done = subprocess.run(command, capture_output=True, text=True, preexec_fn=become)
        expect_equal(done.returncode, 7, "exit code without locked memory (%s)" % done.stderr)
        says("locked-memory", done.stderr)
        expect_equal(site.import_file("ONE", path)["new"], 1, "people of the next import")


SCENARIOS = {s.__name__: s for s in (
    missing_feature_stops_an_import_before_it_reads,
    missing_feature_stops_a_dispatch_before_it_opens,
    doctor_names_what_is_missing,
    one_process_without_its_lock_down_stops_the_run,
    ordinary_user_can_run_the_whole_line,
    root_can_run_the_whole_line,
    user_who_may_lock_no_memory_is_told)}

if __name__ == "__main__":
    sys.exit(run_named(SCENARIOS))
