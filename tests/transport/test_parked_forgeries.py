"""What others park while they wait for their turn is foreign as well: a landing that takes it along takes only what a
branch may bring."""

from __future__ import annotations

import json
import time

import pytest

from gitcoord import clock
from gitcoord.model.ids import new_ulid
from gitcoord.store.state import State
from tests.conftest import Clone, World
from tests.transport.conftest import HEAD, rules

#: The sync branch is protected, and nothing else: a carrier lies where contending clones park.
PROTECTED = HEAD + 'case "$1" in *gitcoord-sync) echo "ERR 403: protected" >&2; exit 1;; esac\n'


@pytest.mark.parametrize(("kind", "args"), [
    ("settings.set", {"name": "hooks.pre_push", "value": "off"}),
    ("claim.acquire", {"scopes": [{"kind": "file", "scope": "src/part1.py"}], "mode": "exclusive", "take_over_live": True}),
])  # fmt: skip
def test_a_busy_landing_takes_along_nothing_that_needs_more_than_a_branch(
    world: World, peer: Clone, sandboxed, kind: str, args: dict
) -> None:
    rules(world, PROTECTED)
    peer.ok("claim", "src/part1.py")
    eve = sandboxed("eve", "eve/work")
    assert eve.run("claim", "src/part2.py").code == 6
    branch = json.loads((eve.path / ".git/gitcoord/state.json").read_text())["carrier_branch"]
    path = world.at_hub("ls-tree", "-r", "--name-only", branch).strip()
    honest = json.loads(world.at_hub("cat-file", "-p", f"{branch}:{path}"))
    made = new_ulid(time.time())
    ids = [new_ulid(time.time())] if kind == "claim.acquire" else []
    forged = {**honest, "id": made, "key": made, "kind": kind, "args": args, "ids": ids}
    eve.git("fetch", "-q", "origin", branch)
    eve.git("switch", "-q", "--detach", "FETCH_HEAD")
    eve.write(f"outbox/{made}.json", json.dumps(forged))
    eve.git("add", "-A", "-f")
    eve.git("commit", "-q", "-m", "forged")
    eve.git("push", "-q", "origin", f"HEAD:refs/heads/{branch}")
    State(str(peer.path / ".git/gitcoord")).save(contended_until=clock.elapsed() + 60)
    peer.ok("ask", "which port")
    said = world.at_hub("log", "-1", "--format=%B", "gitcoord-sync")
    assert honest["id"] in said, "the honest one is taken along"
    assert forged["id"] not in said
