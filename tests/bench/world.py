"""A throw-away world to measure in: a hub, clones of it, and a sync branch of any size. No network."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from gitcoord.clock import rfc3339
from gitcoord.codec import yaml
from gitcoord.model.entity import Entity
from gitcoord.model.ids import derived_ulid
from gitcoord.model.kinds import path_of_values

GITCOORD = [os.path.join(os.path.dirname(sys.executable), "gitcoord")]
PASS = [sys.executable, "-c", "pass"]


class World:
    def __init__(self) -> None:
        self.root = tempfile.mkdtemp(prefix="gitcoord-bench-")
        self.hub = self.root + "/hub.git"
        os.makedirs(self.root + "/home")
        self.env = {
            "HOME": self.root + "/home", "PATH": os.environ["PATH"], "GIT_CONFIG_NOSYSTEM": "1", "LANG": "C.UTF-8",
            "GIT_AUTHOR_NAME": "Bench", "GIT_AUTHOR_EMAIL": "bench@example.org", "GIT_COMMITTER_NAME": "Bench",
            "GIT_COMMITTER_EMAIL": "bench@example.org", "GIT_TERMINAL_PROMPT": "0",
        }  # fmt: skip
        self.counter = self.root + "/trips"

    def __enter__(self) -> World:
        return self

    def __exit__(self, *_: object) -> None:
        shutil.rmtree(self.root, ignore_errors=True)

    def git(self, *args: str, cwd: str | None = None, stdin: bytes | None = None) -> str:
        done = subprocess.run(["git", *args], cwd=cwd, env=self.env, input=stdin, capture_output=True, check=False)
        if done.returncode:
            raise RuntimeError(f"git {args}: {done.stderr.decode()}")
        return done.stdout.decode()

    def run(self, argv: list[str], cwd: str, agent: str = "river", ok: tuple[int, ...] = (0,)) -> str:
        """Run one command; an unexpected exit stops the benchmark: an error is never measured as a success."""
        done = subprocess.run(argv, cwd=cwd, env={**self.env, "GITCOORD_AGENT": agent}, capture_output=True, check=False)
        if done.returncode not in ok:
            raise RuntimeError(f"{argv}: exit {done.returncode}\n{done.stdout.decode()}\n{done.stderr.decode()}")
        return done.stdout.decode()

    def gitcoord(self, cwd: str, *words: str, agent: str = "river", ok: tuple[int, ...] = (0,)) -> str:
        return self.run([*GITCOORD, *words], cwd, agent, ok)

    def new_hub(self, files: int = 40) -> None:
        """A bare hub with a default branch of ``files`` small files."""
        shutil.rmtree(self.hub, ignore_errors=True)
        self.git("init", "--quiet", "--bare", "--initial-branch=main", self.hub)
        stream = b"commit refs/heads/main\ncommitter B <b@example.org> 1700000000 +0000\ndata 4\nbase\n"
        for n in range(files):
            stream += b"M 100644 inline src/d%d/f%d.py\ndata 7\nx = %03d\n" % (n % 20, n, n % 1000)
        self.git("fast-import", "--quiet", cwd=self.hub, stdin=stream)

    def clone(self, name: str, *, url: str = "") -> str:
        path = f"{self.root}/{name}"
        shutil.rmtree(path, ignore_errors=True)
        self.git("clone", "--quiet", url or self.hub, path)
        return path

    def seed(self, clone: str, entities: int) -> None:
        """``init``, then one commit that adds so many entities (a tenth of them active claims)."""
        self.gitcoord(clone, "init", "--no-hooks", "--yes")
        tip = self.git("rev-parse", "refs/heads/gitcoord-sync", cwd=self.hub).strip()
        head = f"commit refs/heads/gitcoord-sync\ncommitter gitcoord <gitcoord@localhost> {int(time.time())} +0000\n"
        message = "seed\n\nGitcoord-Revision: 2\n"
        parts = [head.encode(), b"data %d\n%s" % (len(message), message.encode()), f"from {tip}\n".encode()]
        for entity in made(entities):
            data = yaml.encode(entity)
            path = path_of_values(entity.kind, entity.values)
            parts.append(b"M 100644 inline %s\ndata %d\n%s\n" % (path.encode(), len(data), data))
        self.git("fast-import", "--quiet", cwd=self.hub, stdin=b"".join(parts))
        self.gitcoord(clone, "sync")

    def count_trips(self, clone: str, latency: float = 0.0) -> None:
        """From now on every connection of this clone to the hub leaves a line, and waits ``latency`` seconds."""
        for service in ("upload-pack", "receive-pack"):
            wrapper = f"{self.root}/{service}-{int(latency * 1000)}"
            with open(wrapper, "w", encoding="ascii") as file:
                pause = f"sleep {latency}\n" if latency else ""
                file.write(f'#!/bin/sh\necho {service} >>"{self.counter}"\n{pause}exec git-{service} "$@"\n')
            os.chmod(wrapper, os.stat(wrapper).st_mode | stat.S_IXUSR)
            self.git("config", f"remote.origin.{service.replace('-', '')}", wrapper, cwd=clone)

    def trips(self) -> list[str]:
        try:
            with open(self.counter, encoding="ascii") as file:
                return file.read().split()
        except FileNotFoundError:
            return []

    def forget_trips(self) -> None:
        if os.path.exists(self.counter):
            os.unlink(self.counter)


def made(count: int) -> Iterator[Entity]:
    """Entities as a busy repository has them: claims (a tenth active), tasks, blockers, decisions, handoffs."""
    agents = [derived_ulid("agent", str(n)) for n in range(12)]
    now = time.time()
    for n in range(count):
        agent = n % 12
        common = {"id": derived_ulid("entity", str(n)), "agent_id": agents[agent]}
        kind = ("claim", "claim", "claim", "claim", "task", "task", "blocker", "decision", "handoff", "checkin")[n % 10]
        if kind == "claim":
            active = n % 40 == 0
            values = {
                "alias": f"CLM-{n}", "state": "active" if active else "released", "kind": "file",
                "scope": f"lib/m{n % 97}/part{n}.py", "mode": "exclusive", "agent": f"agent{agent}", "branch": f"b{agent}",
                "description": "a piece of work", "ttl": 86400, "acquired_at": rfc3339(now), "renewed_at": rfc3339(now),
                "expires_at": rfc3339(now + 86400), "fence": 2, "lease_token": derived_ulid("t", str(n)) + "-1",
            }  # fmt: skip
        elif kind == "task":
            values = {
                "alias": f"TASK-{n}", "title": f"Do piece {n}", "state": "done" if n % 3 else "open",
                "created_by": f"agent{agent}", "created_at": rfc3339(now - n),
            }  # fmt: skip
        elif kind == "blocker":
            values = {
                "alias": f"BLK-{n}", "title": f"Which way for {n}?", "state": "resolved" if n % 50 else "open",
                "asked_by": f"agent{agent}", "asked_at": rfc3339(now - n),
            }  # fmt: skip
        elif kind == "decision":
            values = {
                "alias": f"DEC-{n}", "title": f"This way for {n}", "decided_by": f"agent{agent}", "decided_at": rfc3339(now),
            }  # fmt: skip
        elif kind == "handoff":
            values = {
                "alias": f"HND-{n}", "title": "end of day", "state": "taken", "branch": "b", "files": ["src/a.py"],
                "stopped": "in the middle", "next": "go on", "agent": f"agent{agent}", "created_at": rfc3339(now - n),
            }  # fmt: skip
        else:
            values = {"summary": f"did {n}", "agent": f"agent{agent}", "created_at": rfc3339(now - n)}
        yield Entity(kind, {**common, **values}, "Some prose that says more.\n" if kind in ("task", "blocker") else "")


class Smart(BaseHTTPRequestHandler):
    """``git http-backend`` behind the standard library's server: a forge in miniature."""

    root = ""
    env: dict[str, str]
    requests: list[str]
    protocol_version = "HTTP/1.0"

    def do_GET(self) -> None:
        self._serve(b"")

    def do_POST(self) -> None:
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            body = b""
            while size := int(self.rfile.readline().split(b";")[0], 16):
                body += self.rfile.read(size)
                self.rfile.readline()
        else:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        self._serve(body)

    def _serve(self, body: bytes) -> None:
        path, _, query = self.path.partition("?")
        type(self).requests.append(f"{self.command} {path.rpartition('/')[2]} {query}")
        env = {
            **self.env, "GIT_PROJECT_ROOT": self.root, "GIT_HTTP_EXPORT_ALL": "1", "PATH_INFO": path, "QUERY_STRING": query,
            "REQUEST_METHOD": self.command, "CONTENT_TYPE": self.headers.get("Content-Type", ""), "REMOTE_USER": "bench",
            "CONTENT_LENGTH": str(len(body)), "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
        }  # fmt: skip
        done = subprocess.run(["git", "http-backend"], input=body, env=env, capture_output=True, check=False)
        head, _, content = done.stdout.partition(b"\r\n\r\n")
        lines = [line.split(": ", 1) for line in head.decode().split("\r\n") if ": " in line]
        status = next((value for name, value in lines if name == "Status"), "200 OK")
        self.send_response(int(status.split()[0]))
        for name, value in lines:
            if name != "Status":
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        pass


def serve_http(world: World) -> tuple[str, Callable[[], None]]:
    """Serve the hub on the loopback address; returns its URL and how to stop."""
    world.git("config", "http.receivepack", "true", cwd=world.hub)
    handler = type("Handler", (Smart,), {"root": world.root, "env": world.env, "requests": []})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}/hub.git", server.shutdown
