"""A proxy before the hub, as cloud sessions have one: it reads what a push wants and answers for the hub."""

from __future__ import annotations

import http.server
import os
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import Clone, World


class Proxy(http.server.BaseHTTPRequestHandler):
    """``git http-backend`` behind a rule: which answer a push gets, by the ref that it names."""

    root: Path
    answer: int | None = None

    def log_message(self, format: str, *args: object) -> None:
        pass

    def do_GET(self) -> None:
        self._pass(b"")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        refused = self.path.endswith("git-receive-pack") and b"refs/heads/claude/" not in body[:400]
        if refused and self.answer is not None:
            self.send_response(self.answer)
            self.end_headers()
            self.wfile.write(b"ERR Unable to parse branch information from push data")
            return
        self._pass(body)

    def _pass(self, body: bytes) -> None:
        path, _, query = self.path.partition("?")
        env = {
            "PATH": os.environ["PATH"], "GIT_PROJECT_ROOT": str(self.root), "GIT_HTTP_EXPORT_ALL": "1", "PATH_INFO": path,
            "QUERY_STRING": query, "REQUEST_METHOD": self.command, "CONTENT_TYPE": self.headers.get("content-type", ""),
            "CONTENT_LENGTH": str(len(body)), "REMOTE_USER": "x", "GIT_PROTOCOL": self.headers.get("git-protocol", ""),
            "HTTP_CONTENT_ENCODING": self.headers.get("content-encoding", ""),
        }  # fmt: skip
        done = subprocess.run(["git", "http-backend"], input=body, env=env, capture_output=True, check=False)
        head, _, rest = done.stdout.partition(b"\r\n\r\n")
        fields = [line.partition(": ")[::2] for line in head.decode().split("\r\n") if line]
        self.send_response(int(dict(fields).get("Status", "200 OK").split()[0]))
        for name, value in fields:
            if name != "Status":
                self.send_header(name, value)
        self.end_headers()
        self.wfile.write(rest)


@pytest.fixture
def proxied(world: World, peer: Clone) -> Iterator[Clone]:
    handler = type("Handler", (Proxy,), {"root": world.root})
    world.at_hub("config", "http.receivepack", "true")
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    world.git("clone", "-q", f"http://127.0.0.1:{server.server_port}/hub.git", str(world.root / "cloud"))
    clone = Clone(world.root / "cloud", world.env, "cloud")
    clone.git("switch", "-q", "-c", "claude/fix")
    clone.handler = handler  # type: ignore[attr-defined]
    yield clone
    server.shutdown()
    server.server_close()


def test_http_403_takes_the_carrier_503_says_so_and_an_open_road_is_taken_again(proxied, peer: Clone) -> None:
    proxied.handler.answer = 403
    said = proxied.run("claim", "src/part1.py", "--json")
    assert said.code == 6 and said.json["sync"] == "carrier" and said.json["reason"].endswith("HTTP 403"), said
    assert [each["agent"] for each in peer.ok("sync")["adopted"]] == ["cloud"]
    proxied.handler.answer = 503
    said = proxied.run("claim", "src/part2.py", "--json", GITCOORD_SYNC_REPROBE="0")
    assert said.code == 6 and said.json["sync"] == "local" and "503" in said.json["reason"], said
    assert "publishes" not in said.json, "nothing is said to wait where it does not"
    assert len(peer.ok("claims", "--all", "--fresh")["claims"]) == 1
    proxied.handler.answer = None
    assert proxied.ok("sync", "--probe")["outcome"] == "synced"
    assert len(peer.ok("claims", "--all", "--fresh")["claims"]) == 2


def test_what_may_only_travel_as_files_becomes_files_while_the_remote_answers_503(proxied, peer: Clone) -> None:
    proxied.handler.answer = 503
    for n in (1, 2):
        said = proxied.run("claim", f"src/part{n}.py", "--json", GITCOORD_SYNC_TRANSPORT="tree")
        assert said.code == 6 and said.json["sync"] == "tree", said
    assert len(list((proxied.path / ".gitcoord/outbox").iterdir())) == 2
