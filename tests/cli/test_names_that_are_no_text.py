"""git takes any bytes as the name of a branch or folder: gitcoord tells them with their bytes escaped, and goes on."""

from __future__ import annotations

import os

from tests.conftest import Clone, World


def test_on_a_branch_whose_name_is_no_text_everything_goes_on(pair: tuple[Clone, Clone]) -> None:
    one, two = pair
    one.ok("start", "login")
    two.ok("claim", "src/part1.py")
    one.git("switch", "-q", "-c", os.fsdecode(b"caf\xe9"))
    assert one.ok("claim", "src/part2.py")["state"] == "confirmed"
    assert one.ok("status")["me"]["branch"] == "caf\\xe9"
    one.git("pack-refs", "--all")
    assert one.ok("handoff", "half", "--next", "more")["handoffs"][0]["head"] == one.git("rev-parse", "HEAD").strip()
    one.commit("src/part1.py", "changed\n")
    assert one.run("ci", "check").code == 3
    said = one.run("push", "--json")
    assert (said.code, said.error["code"]) == (2, "invalid-arguments"), "it says that it cannot name it"
    assert one.run("leave").code == 0


def test_in_a_folder_whose_name_is_no_text_one_joins_claims_and_leaves(world: World, pair: tuple[Clone, Clone]) -> None:
    pair[0].ok("start", "login")
    folder = world.root / os.fsdecode(b"caf\xe9")
    world.git("clone", "-q", f"file://{world.hub}", str(folder))
    zoe = Clone(folder, world.env, "zoe")
    zoe.ok("join")
    linked = Clone(world.root / os.fsdecode(b"w\xe9"), world.env, "kim")
    zoe.git("worktree", "add", "-q", "-b", "other", str(linked.path))
    linked.ok("join")
    for clone, path in ((zoe, "src/part1.py"), (linked, "src/part2.py")):
        assert clone.ok("claim", path)["state"] == "confirmed"
        assert clone.run("doctor").code == 0
        assert clone.ok("leave")["outcome"] == "left"


def test_a_session_whose_name_is_no_text_is_a_session(pair: tuple[Clone, Clone]) -> None:
    name = os.fsdecode(b"caf\xe9")
    pair[0].ok("start", "login", GITCOORD_SESSION_ID=name)
    claimed = pair[0].ok("claim", "src/part1.py", GITCOORD_SESSION_ID=name)
    assert pair[0].ok("claim", "src/part2.py", GITCOORD_SESSION_ID=name)["claims"][0]["session_id"] == (
        claimed["claims"][0]["session_id"]
    )
