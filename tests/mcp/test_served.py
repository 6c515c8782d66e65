"""The server as a client meets it: handshake, tools, answers that are those of the command line, and its end."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import anyio
import mcp_types as types

from tests.conftest import World
from tests.mcp.conftest import run, settled, talking


def test_a_client_of_today_and_one_of_before_agree_on_the_tools(pair: tuple[Any, Any]) -> None:
    async def act() -> None:
        for mode, version in (("auto", "2026-07-28"), ("legacy", "2025-11-25")):
            async with talking(pair[0], "--profile", "minimal", mode=mode) as river:
                assert river.client.protocol_version == version
                assert river.client.server_info.name == "gitcoord"
                assert "data, not instructions" in str(river.client.instructions)
                found = (await river.client.list_tools()).tools
                assert [tool.name for tool in found] == ["read", "check", "claim", "release", "ask", "leave"]
                assert found[0].annotations is not None and found[0].annotations.read_only_hint
                assert found[2].annotations is None

    run(act)


def test_every_answer_is_the_one_of_the_command_line(pair: tuple[Any, Any]) -> None:
    """The same fields, values and caps, whichever way it was asked."""
    river, sky = pair

    async def act() -> None:
        async with talking(river, "--profile", "full") as tool:
            started = await tool("start", title="login flow")
            assert (started["schema"], started["agent"]) == ("gitcoord.start/1", "river")
            sky.ok("join")
            claimed = await tool("claim", targets=["src/part1.py", "src/part2.py"], ttl="45m", description="the login")
            assert (claimed["outcome"], claimed["state"], claimed["sync"]) == ("granted", "confirmed", "direct")
            await tool("ask", text="Which port?", to="sky")
            await tool("decide", blocker="BLK-1", text="port 8080")
            await tool("task_add", title="refresh tokens", priority=1, paths=["src/part4.py"])
            river.ok("sync")
            assert (await tool("read"))["events"] and not (await tool("read"))["events"]  # the cursor moved
            for words, name, given in (
                ("status", "status", {}), ("claims --mine", "claims", {"mine": True}),
                ("check src/part1.py", "check", {"targets": ["src/part1.py"]}), ("decisions", "decisions", {}),
                ("blockers --all", "blockers", {"all": True}), ("task list", "task_list", {}), ("discover", "discover", {}),
                ("requests", "requests", {}), ("why src/part1.py", "why", {"path": "src/part1.py"}),
                ("show CLM-1", "show", {"id": "CLM-1"}), ("queue list", "queue_list", {}), ("read", "read", {}),
                ("next-handoff", "next_handoff", {}),
            ):  # fmt: skip
                assert settled(await tool(name, **given)) == settled(river.ok(*words.split(" "))), words

    run(act)


def test_a_denial_is_the_one_of_the_command_line_with_its_exit(pair: tuple[Any, Any]) -> None:
    river, sky = pair
    river.ok("claim", "src/part1.py")

    async def act() -> None:
        async with talking(sky, "--profile", "full") as tool:
            denied = await tool.error("claim", targets=["src/part1.py"])
            said = sky.run("claim", "src/part1.py", "--json")
            assert (said.code, denied.pop("exit")) == (3, 3)
            assert settled(denied) == settled(said.error) and denied["code"] == "claim-conflict"
            held = await tool("check", targets="src/part1.py")
            assert (held["free"], held["exit"]) == (False, 3)
            for given, code, exit in (
                ({"targets": ["/etc/passwd"]}, "scope-invalid", 2), ({"targets": ["../x"]}, "scope-invalid", 2),
                ({"targets": [7]}, "invalid-arguments", 2), ({"targets": {"a": 1}}, "invalid-arguments", 2),
                ({"target": ["a"]}, "invalid-arguments", 2), ({"targets": ["a"], "ttl": "soon"}, "invalid-arguments", 2),
                ({"targets": ["a"], "ttl": True}, "invalid-arguments", 2),
                ({"targets": ["a\0b"]}, "invalid-arguments", 2), ({"targets": ["a"], "wait": "3h"}, "invalid-arguments", 2),
                ({"targets": ["a"], "agent": "--x"}, "invalid-arguments", 2),
                ({"targets": ["a"], "mode": "theirs"}, "invalid-arguments", 2),
                ({"targets": ["a"], "directory": "/"}, "not-a-repository", 10),
            ):  # fmt: skip
                error = await tool.error("claim", **given)
                assert (error["code"], error["exit"]) == (code, exit), (given, error)
            assert "read" in (await tool.error("raed"))["hint"]
            assert (await tool.error("show", id="CLM-99"))["code"] == "not-found"
            assert (await tool.error("show"))["message"] == "show needs id."

    run(act)


def test_without_the_remote_a_claim_is_provisional_and_says_so(pair: tuple[Any, Any], world: World) -> None:
    river = pair[0]

    async def act() -> None:
        async with talking(river, "--profile", "full") as tool:
            world.hub.rename(world.root / "away.git")
            saved = await tool("claim", targets=["src/part1.py"])
            assert (saved["state"], saved["exit"], saved["outcome"]) == ("provisional", 6, "provisional")
            world.hub.with_name("away.git").rename(world.hub)
            assert (await tool("sync"))["state"] == "confirmed"
            empty = world.root / "empty"
            world.git("init", "-q", str(empty))
            assert (await tool.error("read", directory=str(empty)))["code"] == "not-initialised"

    run(act)


def test_a_claim_that_waits_stands_in_nobodys_way_and_is_granted(pair: tuple[Any, Any]) -> None:
    river, sky = pair
    river.ok("claim", "src/part1.py")

    async def act() -> None:
        seen: list[float] = []

        async def wait(tool: Any) -> None:
            granted = await tool("claim", targets=["src/part1.py"], wait="25s")
            seen.append(time.monotonic())
            assert (granted["outcome"], granted["claims"][0]["agent"]) == ("granted", "sky")

        async with talking(sky, "--profile", "full") as tool, anyio.create_task_group() as group:
            group.start_soon(wait, tool)
            with anyio.fail_after(20):
                while not (await tool("queue_list", fresh=True))["queue"]:
                    await anyio.sleep(0.05)
            assert not seen  # the answers above came while the claim waited
            river.ok("release", "src/part1.py")

    run(act)


def test_of_two_clients_in_two_worktrees_one_gets_each_file_and_every_call_is_answered(pair: tuple[Any, Any]) -> None:
    """Many calls of one server at once, against those of another in the same clone."""
    river = pair[0]
    tree = river.path.parent / "tree"
    river.git("worktree", "add", "-q", "-b", "side", str(tree))
    holders: dict[str, list[str]] = {f"src/part{n}.py": [] for n in range(4)}

    async def claim(client: Any, path: str, agent: str) -> None:
        said = await client.client.call_tool("claim", {"targets": [path]})
        if said.is_error:
            assert said.structured_content["error"]["code"] == "claim-conflict", said.structured_content
        else:
            assert said.structured_content["state"] == "confirmed"
            holders[path].append(agent)

    async def act() -> None:
        async with talking(river) as one, talking(river, cwd=tree, GITCOORD_AGENT="wren") as two:
            async with anyio.create_task_group() as group:
                for path in holders:
                    group.start_soon(claim, one, path, "river")
                    group.start_soon(claim, two, path, "wren")
            held = {each["scope"]: [each["agent"]] for each in (await one("claims"))["claims"]}
            assert held == holders

    run(act)


def test_a_client_that_gives_up_leaves_its_place_in_the_queue(pair: tuple[Any, Any]) -> None:
    river, sky = pair
    river.ok("claim", "src/part1.py")

    async def act() -> None:
        async with talking(sky) as tool:
            async with anyio.create_task_group() as group:
                group.start_soon(lambda: tool("claim", targets=["src/part1.py"], wait=120))
                with anyio.fail_after(20):
                    while not river.ok("queue", "--fresh")["queue"]:
                        await anyio.sleep(0.05)
                group.cancel_scope.cancel()
            with anyio.fail_after(20):
                while river.ok("queue", "--fresh")["queue"]:
                    await anyio.sleep(0.05)
            assert (await tool("check", targets=["src/part2.py"]))["free"]

    run(act)


def test_worktrees_of_one_repository_keep_their_own_agents(pair: tuple[Any, Any]) -> None:
    """By the client's folders, by what a call says, and by what the server was started with."""
    river = pair[0]
    tree = river.path.parent / "tree"
    river.git("worktree", "add", "-q", "-b", "side", str(tree))
    river.agent = ""

    async def folders(context: Any) -> types.ListRootsResult:
        return types.ListRootsResult(roots=[types.Root(uri=tree.as_uri())])

    async def act() -> None:
        env = {"GITCOORD_AGENT": "${GITCOORD_AGENT}", "LOGNAME": "alex", "AI_AGENT": "<your-tool>"}
        async with talking(river, cwd=river.path.parent, roots=folders, mode="legacy", **env) as here:
            mine = await here("claim", targets=["src/part1.py"], agent="sidney")
            assert mine["claims"][0]["agent"] == "sidney"
            assert (await here("read"))["me"] == {"agent": "sidney", "name": "", "branch": "side", "joined": False}
            other = await here.error("claim", targets=["src/part1.py"], directory=str(river.path))
            assert other["code"] == "claim-conflict"
            main = await here("claim", targets=["src/part2.py"], directory="../river")
            assert main["claims"][0]["agent"] == "alex/<your-tool>/main"
        async with talking(river, "-C", str(tree), cwd=river.path.parent) as there:
            assert (await there("read"))["me"]["agent"] == "sidney"

    run(act)


def test_an_agent_without_a_name_joins_the_open_co_op_with_its_first_claim(pair: tuple[Any, Any]) -> None:
    river, sky = pair
    river.ok("start", "login flow")
    sky.agent = ""

    async def act() -> None:
        async with talking(sky, LOGNAME="alex", AI_AGENT="codex") as tool:
            before = river.ok("digest", "--fresh")["digest"]
            me = (await tool("read"))["me"]
            assert (me["agent"], me["joined"]) == ("alex/codex/main", False)
            assert river.ok("digest", "--fresh")["digest"] == before  # a read never writes
            await tool("claim", targets=["src/part1.py"])
            assert (await tool("read"))["me"]["joined"]
            assert (await tool("leave", next="the tests"))["outcome"] == "left"

    run(act)


def test_a_tool_and_its_own_hooks_are_one_agent(pair: tuple[Any, Any]) -> None:
    """What was claimed by the one is edited through the other."""
    sky = pair[1]
    sky.agent = ""
    env = {"LOGNAME": "alex", "CLAUDE_CODE_SESSION_ID": "abc123-77"}

    def edits(session: str, path: str) -> str:
        payload = {
            "session_id": session, "hook_event_name": "PreToolUse", "tool_name": "Edit", "tool_use_id": f"t{session}{path}",
            "tool_input": {"file_path": str(sky.path / path)}, "cwd": str(sky.path),
        }  # fmt: skip
        said = sky.run("hook", "claude", stdin=json.dumps(payload).encode(), LOGNAME="alex")
        assert said.code == 0
        return str(said.out)

    async def act() -> None:
        async with talking(sky, **env) as tool:
            claimed = await tool("claim", targets=["src/part1.py"])
            assert claimed["claims"][0]["agent"] == "alex/claude/abc123"
            assert "deny" not in edits("abc123-77", "src/part1.py")
            assert "deny" not in edits("abc123-77", "src/part2.py")
            assert "deny" in edits("another", "src/part1.py")
            sky.ok("sync")
            sky.ok("claim", "src/part3.py", "--as", "visitor")  # a third binding of this work tree
            assert (await tool("read"))["me"]["agent"] == "alex/claude/abc123"

    run(act)


# Without a client's manners.


def raw(clone: Any, *words: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        clone.command("mcp", *words), cwd=clone.path, env=clone.environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )  # fmt: skip


def said(server: subprocess.Popen[bytes], id: int) -> dict[str, Any]:
    """The answer to a request. Every line on the way is of the protocol."""
    assert server.stdout is not None
    for line in server.stdout:
        message: dict[str, Any] = json.loads(line)
        assert message["jsonrpc"] == "2.0"
        if message.get("id") == id:
            return message
    raise AssertionError("the server ended")


def ask(server: subprocess.Popen[bytes], id: int, method: str, **params: Any) -> None:
    assert server.stdin is not None
    server.stdin.write(json.dumps({"jsonrpc": "2.0", "id": id, "method": method, "params": params}).encode() + b"\n")
    server.stdin.flush()


def greet(server: subprocess.Popen[bytes]) -> None:
    client = {"name": "raw", "version": "1"}
    ask(server, 1, "initialize", protocolVersion="2025-06-18", capabilities={}, clientInfo=client)
    assert said(server, 1)["result"]["serverInfo"]["name"] == "gitcoord"


def test_garbage_is_answered_or_passed_over_and_the_next_call_works(pair: tuple[Any, Any]) -> None:
    server = raw(pair[0])
    assert server.stdin is not None
    server.stdin.write(b"\xff\xfe\x00 no\n\n[]\n{}\n42\n" + b"[" * 100_000 + b'\n{"jsonrpc":"2.0","id":{},"method":7}\n')
    greet(server)
    server.stdin.write(b'{"jsonrpc":"2.0","id":2,"method":"tools/call"}\n{"jsonrpc":"2.0","id":3,"method":"no/such"}\n')
    server.stdin.flush()
    assert said(server, 2)["error"]["code"] == -32602
    assert said(server, 3)["error"]["code"] == -32601
    ask(server, 4, "tools/call", name="check", arguments={"targets": ["src/part1.py"]})
    assert said(server, 4)["result"]["structuredContent"]["free"] is True
    server.stdin.close()
    assert server.wait(60) == 0


def test_a_line_that_is_no_message_is_answered_as_json_rpc_has_it(pair: tuple[Any, Any]) -> None:
    server = raw(pair[0])
    assert server.stdin is not None and server.stdout is not None
    greet(server)
    half = b'{"jsonrpc":"2.0","id":5,"method":"tools/call","params":{"name":"check","arguments":{"targets":["\\ud800"]}}}'
    for line, known, code in (
        (b"{not json", None, -32700), (b"\xff\xfe", None, -32700), (b"[" * 100_000, None, -32700), (half, 5, -32700),
        (b'[{"jsonrpc":"2.0","id":6,"method":"ping"}]', None, -32600), (b'{"id":"seven","method":"ping"}', "seven", -32600),
        (b'{"jsonrpc":"2.0","id":8}', None, -32600),
    ):  # fmt: skip
        server.stdin.write(b'\n{"jsonrpc":"2.0","method":"notifications/x","params":3}\n' + line + b"\n")
        server.stdin.flush()
        answer = json.loads(server.stdout.readline())
        assert (answer["id"], answer["error"]["code"]) == (known, code), "the blank line and the notification got no answer"
    ask(server, 99, "ping")
    assert said(server, 99)["result"] == {}
    server.stdin.close()
    assert server.wait(10) == 0


def test_a_client_that_dies_leaves_neither_a_server_nor_a_place_in_the_queue(pair: tuple[Any, Any]) -> None:
    river, sky = pair
    river.ok("claim", "src/part1.py")
    server = raw(sky)
    greet(server)
    ask(server, 2, "tools/call", name="claim", arguments={"targets": ["src/part1.py"], "wait": 300})
    until = time.monotonic() + 20
    while not river.ok("queue", "--fresh")["queue"]:
        assert time.monotonic() < until
    assert server.stdin is not None
    server.stdin.close()
    assert server.wait(60) == 0, "long before the five minutes that it asked for"
    assert river.ok("queue", "--fresh")["queue"] == []


def test_without_the_extra_the_entry_is_printed_and_the_server_names_its_install_line(world: World, tmp_path: Path) -> None:
    (tmp_path / "mcp_types.py").write_text("raise ModuleNotFoundError('No module named mcp_types', name='mcp_types')\n")

    def said(*words: str) -> subprocess.CompletedProcess[str]:
        env = {**world.env, "PYTHONPATH": str(tmp_path), "PYTHONSAFEPATH": "1"}
        command = [sys.executable, "-m", "gitcoord", *words]
        return subprocess.run(
            command, cwd=tmp_path, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30, check=False
        )

    entry = said("--as", "<your-name>", "mcp", "--profile", "minimal", "--emit-mcp-config", "cursor")
    assert json.loads(entry.stdout)["mcpServers"]["gitcoord"]["args"] == ["mcp", "--profile", "minimal"]
    done = said("mcp")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines() == [
        "The MCP server needs a package that is not installed (mcp_types).", "pip install 'gitcoord[mcp]'",
    ]  # fmt: skip
