"""One connection, with a run function that does what the test says: limits, time, signs of life, and the folders. No git
but in the last."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp import Client

from gitcoord.cli.mcp import tools_of
from gitcoord.errors import Ambiguous
from gitcoord.mcp import places, server
from gitcoord.mcp.server import Session
from tests.conftest import World
from tests.mcp.conftest import Talk, run


class Held:
    """A run function whose waiting calls stay until they are let go, or until their client has gone."""

    def __init__(self) -> None:
        self.begun = threading.Semaphore(0)
        self.go = threading.Event()
        self.gone: list[str] = []

    def __call__(self, tool: Any, options: Any, params: Any, client: str, stopped: Callable[[], bool]) -> dict[str, Any]:
        if params.get("wait"):
            self.begun.release()
            while not self.go.wait(0.01):
                if stopped():
                    self.gone.append(tool.name)
                    return {}
        return {"schema": "gitcoord.x/1", "asked": params.get("targets"), "agent": options["agent"]}


@pytest.fixture
def held() -> Iterator[Held]:
    found = Held()
    yield found
    found.go.set()


def connected(held: Held) -> Client:
    return Client(Session(tools_of("core"), held, None, "river").server("1"))


def test_more_calls_than_there_are_places_are_told_so_and_others_go_on(held: Held) -> None:
    async def act() -> None:
        async with connected(held) as client, anyio.create_task_group() as group:
            tool = Talk(client)
            for n in range(server.WAITING):
                group.start_soon(lambda n=n: tool("claim", targets=[f"src/{n}"], wait=60))  # type: ignore[misc]
            for _ in range(server.WAITING):
                await anyio.to_thread.run_sync(held.begun.acquire)
            assert (await tool.error("claim", targets=["a"], wait=60))["code"] == "busy"
            assert (await tool("claim", targets=["a"]))["asked"] == ["a"]
            held.go.set()

    run(act)


def test_a_call_that_takes_too_long_is_given_up_and_told_of(held: Held, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "LONGEST", -59.7)

    async def act() -> None:
        async with connected(held) as client:
            error = await Talk(client).error("claim", targets=["a"], wait=60)
            assert (error["code"], error["exit"]) == ("timed-out", 8)
            while not held.gone:
                await anyio.sleep(0.01)

    run(act)


def test_a_client_that_waits_hears_signs_of_life(held: Held, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "_SIGN", 0.01)
    heard: list[str | None] = []

    async def progress(done: float, total: float | None, message: str | None) -> None:
        heard.append(message)
        if len(heard) == 3:
            held.go.set()

    async def act() -> None:
        async with connected(held) as client:
            said = await client.call_tool("claim", {"targets": ["a"], "wait": 60}, progress_callback=progress)
            assert said.structured_content["agent"] == "river"
            assert heard[:3] == ["waiting in the queue"] * 3

    run(act)


def test_of_several_repositories_none_is_guessed(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    one, two = world.clone("one").path, world.clone("two").path
    monkeypatch.chdir(world.root)
    assert places.chosen(None, None, [str(one / "src"), str(one), "/nowhere"]) == str(one / "src")
    assert places.chosen("src", None, [str(one)]) == str(one / "src")
    assert places.chosen(None, "/started/here", [str(one), str(two)]) == "/started/here"
    assert places.chosen("../x", "/started/here", []) == "/started/here/../x"
    assert places.chosen(str(two), None, [str(one)]) == str(two)
    assert places.chosen(None, None, []) == str(world.root)
    with pytest.raises(Ambiguous):
        places.chosen(None, None, [str(one), str(two)])
    monkeypatch.chdir(two / "src")
    assert places.chosen(None, None, [str(one), str(two)]) == str(two / "src")
    assert places.path_of(Path("/tmp").as_uri()) == "/tmp"
    for uri in ("https://example.org/", "file://elsewhere/tmp", "file:///no/such/place", "tmp"):
        assert places.path_of(uri) == ""
