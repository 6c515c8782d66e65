"""A fenced push whose answer is cut or whose client is killed: code and record are both there, or neither is."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from tests.conftest import Clone, World
from tests.faults.conftest import executable


def record_and_code(world: World, head: str) -> tuple[int, bool]:
    """How often the hub has the record, and whether it has the code."""
    records = world.at_hub("log", "--format=%s", "gitcoord-sync").count("push work")
    code = world.git("rev-parse", "--verify", "-q", "refs/heads/work", cwd=world.hub, check=False).strip()
    return records, code == head


def ready(clone: Clone) -> str:
    clone.ok("claim", "src/part1.py")
    clone.git("switch", "-q", "-c", "work")
    return clone.commit("src/part1.py", "changed\n")


def wait_until_gone(pid: int) -> None:
    """An orphan may stay as a zombie where nobody collects it."""
    try:
        while Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z":
            os.kill(pid, 0)
    except (FileNotFoundError, ProcessLookupError):
        return


@pytest.mark.parametrize("kept", [0, 440, 500])
def test_a_cut_answer_is_never_taken_for_an_outcome(world: World, pair, tmp_path: Path, kept: int) -> None:
    river, _ = pair
    head = ready(river)
    cut = executable(tmp_path / "cut", f'#!/bin/sh\ngit-receive-pack "$@" | head -c {kept}\n')
    river.git("config", "remote.origin.receivepack", cut)
    said = river.run("push", "--timeout", "2s", "--json")
    assert said.code in (0, 8), said
    records, code = record_and_code(world, head)
    assert records == int(code) and (said.code != 0 or code)
    assert said.code == 0 or "not known" in said.error["message"] or not code
    river.git("config", "--unset", "remote.origin.receivepack")
    again = river.run("push", "--json")
    assert again.code == 0 or (again.code == 4 and code), again
    assert record_and_code(world, head) == (1, True)


def test_killed_while_the_hub_decides_both_land_or_neither(world: World, pair, tmp_path: Path) -> None:
    river, _ = pair
    head = ready(river)
    gate, reached = tmp_path / "gate", tmp_path / "reached"
    hook = Path(executable(
        world.hub / "hooks/pre-receive", f"#!/bin/sh\necho $PPID > {reached}.new; mv {reached}.new {reached}\n"
        f"while [ ! -e {gate} ]; do sleep 0.02; done\n"
    ))  # fmt: skip
    child = river.spawn("push")
    while not reached.exists():
        assert child.poll() is None
    child.send_signal(signal.SIGKILL)
    child.communicate()
    gate.touch()
    hook.unlink()
    wait_until_gone(int(reached.read_text()))  # the hub goes on by itself, whichever way
    said = river.run("push", "--json")
    assert said.code in (0, 4), said
    assert record_and_code(world, head) == (1, True)
    assert river.ok("status")["outbox"]["pending"] == 0
