"""What the benchmark dials, and the peers that dial the same. Each runs on loopback, on a port that its home holds.

Ours is hostile-smsc --sink (tests/hostile/sink.h), beside the binaries. The others are the peers' own programs, in a folder that is not part of
this project (--peers); they are compiled or installed into the run's temporary folder, which goes with it.
"""
import json
import os
import subprocess
import time

from measure import Failed

NPM_SMPP = "smpp@0.5.1"


def compiled(source, binary):
    done = subprocess.run(["g++", "-std=c++20", "-O2", "-w", "-o", binary, source], capture_output=True, text=True)
    if done.returncode != 0:
        raise Failed("g++ cannot compile %s\n%s" % (source, done.stderr[-2000:]))
    return binary


def node_modules(folder):
    """Installs npm's smpp; returns the environment in which node finds it."""
    done = subprocess.run(["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", folder, NPM_SMPP],
                          capture_output=True, text=True)
    if done.returncode != 0:
        raise Failed("npm install %s failed\n%s%s" % (NPM_SMPP, done.stdout[-1000:], done.stderr[-1000:]))
    return dict(os.environ, NODE_PATH=os.path.join(folder, "node_modules"))


def is_listening(port):
    """Without connecting: the raw sink serves one connection and ends."""
    wanted = "0100007F:%04X" % port
    with open("/proc/net/tcp") as table:
        return any(line.split()[1] == wanted and line.split()[3] == "0A" for line in table.readlines()[1:])


def last_json(text):
    lines = [line for line in text.splitlines() if line.startswith("{")]
    if not lines:
        raise Failed("printed no figures: " + text[-500:])
    return json.loads(lines[-1])


class Server:
    """With-block: started and listening inside; figures() ends it and returns what it counted."""

    def __init__(self, command, port, ends_alone=False, environment=None):
        self.command, self.port = command, port
        self.ends_alone, self.environment = ends_alone, environment

    def __enter__(self):
        self.process = subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                        env=self.environment)
        until = time.monotonic() + 20
        while not is_listening(self.port):
            if self.process.poll() is not None or time.monotonic() > until:
                self.__exit__()
                raise Failed("does not listen: " + " ".join(self.command))
            time.sleep(0.005)
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()

    def figures(self):
        if not self.ends_alone:
            self.process.terminate()
        try:
            output = self.process.communicate("report\n", timeout=30)[0]  # a word that only ours knows
        except subprocess.TimeoutExpired:
            raise Failed("does not end: " + " ".join(self.command))
        found = last_json(output)
        return {"submits": found["submits"], "secs": found["secs"], "cpu_s": found["cpu_s"]}


class Bench:
    """The programs of one run, made once, in its folder."""

    def __init__(self, folder, binaries, peers, node=True):
        self.sink = os.path.join(binaries, "hostile-smsc")
        self.peers = peers
        self.raw = self.environment = None
        if peers:
            self.raw = compiled(os.path.join(peers, "raw.cpp"), os.path.join(folder, "raw"))
        if peers and node:
            self.environment = node_modules(os.path.join(folder, "npm"))

    def server(self, kind, port, options=()):
        if kind == "sink":
            return Server([self.sink, "--port", str(port), "--seconds", "3600", "--sink", *options], port,
                          ends_alone=True)
        if kind == "raw":
            return Server([self.raw, "sink", str(port)], port, ends_alone=True)
        return Server(["node", os.path.join(self.peers, "node_smsc.js"), "port=%d" % port, "life=900"], port,
                      environment=self.environment)

    def peer(self, kind, port, messages, window):
        """Runs a peer's client; returns its own figures."""
        if kind == "blast":
            command = [self.raw, "blast", str(port), str(messages), str(window)]
        else:
            command = ["node", os.path.join(self.peers, "node_client.js"), "n=%d" % messages, "w=%d" % window,
                       "port=%d" % port]
        done = subprocess.run(command, capture_output=True, text=True, env=self.environment, timeout=600)
        found = last_json(done.stdout)
        if found.get("ok") != messages:
            raise Failed("%s: %r of %d accepted" % (kind, found.get("ok"), messages))
        return {"secs": found["secs"], "rate": messages / found["secs"], "cpu_us": found["cpu_s"] * 1e6 / messages}
