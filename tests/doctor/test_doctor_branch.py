"""The branch: deleted, rewritten, edited by hand, in a newer format."""

from __future__ import annotations

import subprocess

import pytest

from gitcoord.doctor import adoption
from gitcoord.store.locks import ProcessLock
from tests.conftest import Clone, World

BRANCH = "gitcoord-sync"


def shell(clone: Clone, command: str) -> None:
    """What a person does who copies the command that was named."""
    gitcoord = " ".join(clone.command())
    done = subprocess.run(
        ["sh", "-ec", f'gitcoord() {{ {gitcoord} "$@"; }}\n{command}'], cwd=clone.path, env=clone.environment(),
        capture_output=True, check=False, timeout=100,
    )  # fmt: skip
    assert done.returncode == 0, (command, done.stderr.decode())


def roads(found) -> list[str]:
    """Back to what was lost, and, where there is one, on from what is there now."""
    return [each["fix"] for each in found.bad("branch")]


def rewritten(world: World, clone: Clone) -> str:
    """Somebody forces the branch back by one commit and goes on from there; returns the tip that is lost."""
    clone.ok("claim", "src/part0.py")
    lost = world.tip
    world.at_hub("update-ref", f"refs/heads/{BRANCH}", f"{lost}~1")
    other = world.clone("other", agent="other")
    other.ok("init", "--yes", "--no-hooks")
    other.ok("claim", "src/part1.py")
    return lost


def test_a_branch_deleted_on_the_remote_is_restored_by_the_command_named(pair, world: World, examine) -> None:
    river, _ = pair
    river.ok("claim", "src/part0.py")
    tip = world.tip
    world.at_hub("update-ref", "-d", f"refs/heads/{BRANCH}")
    found = examine(river)
    assert not found.ok
    assert tip[:12] in found.one("branch")["detail"]
    assert river.git("for-each-ref", "--format=%(objectname)", "refs/gitcoord/lost/").strip() == tip
    shell(river, roads(found)[0])
    assert world.tip == tip
    assert examine(river).ok


def test_a_rewritten_branch_is_told_and_never_mended_alone(pair, world: World, examine) -> None:
    river, _ = pair
    lost = rewritten(world, river)
    there = world.tip
    found = examine(river, repair=True)
    assert not found.ok and "rewritten" in found.bad("branch")[0]["detail"]
    assert world.tip == there, "nobody decided"
    assert river.git("for-each-ref", "--format=%(objectname)", "refs/gitcoord/lost/").strip() == lost
    assert roads(examine(river)) == roads(found), "it does not go away by looking"


def test_a_rewritten_branch_is_restored_by_the_first_command_named(pair, world: World, examine) -> None:
    river, _ = pair
    lost = rewritten(world, river)
    shell(river, roads(examine(river))[0])
    assert world.tip == lost
    found = examine(river)
    assert found.ok, found
    river.ok("release", "--all")


@pytest.mark.parametrize("fetched", [False, True], ids=["unfetched", "fetched"])
def test_a_rewritten_branch_is_adopted_by_the_second_command_named(pair, world: World, examine, fetched: bool) -> None:
    river, _ = pair
    lost = rewritten(world, river)
    if fetched:  # the usual refspec moves the tracking ref by force
        river.git("fetch", "-q", "origin")
    adopt = roads(examine(river))[1]
    assert adopt in river.run("doctor").out, "no command is cut"
    shell(river, adopt + " --yes")
    found = examine(river)
    assert found.ok, found
    assert [each["scope"] for each in river.ok("claims")["claims"]] == ["src/part1.py"]
    assert river.git("for-each-ref", "--format=%(objectname)", "refs/gitcoord/lost/").strip() == lost, "still kept"
    river.ok("claim", "src/part2.py")


def forced(world: World, clone: Clone, back: int) -> tuple[str, str]:
    """Somebody pushes by force what branches off ``back`` commits ago; ``(what is lost, what is there)``."""
    lost = world.tip
    other = world.clone("forcer", agent="forcer")
    other.ok("init", "--yes", "--no-hooks")
    world.at_hub("update-ref", f"refs/heads/{BRANCH}", f"{lost}~{back}")
    again = world.clone("again", agent="again")
    again.ok("init", "--yes", "--no-hooks")
    again.ok("claim", "src/part9.py")
    there = world.tip
    world.at_hub("update-ref", f"refs/heads/{BRANCH}", lost)
    other.git("fetch", "-q", str(again.path), f"+refs/remotes/origin/{BRANCH}:refs/tidy/there")
    other.git("push", "-q", "--no-verify", "--force", "origin", f"refs/tidy/there:refs/heads/{BRANCH}")
    assert world.tip == there
    return lost, there


def test_adopting_shows_what_would_be_lost_and_changes_nothing_until_it_is_told_to(pair, world: World, examine) -> None:
    river, _ = pair
    for n in range(3):
        river.ok("claim", f"src/part{n}.py")
    lost, there = forced(world, river, 2)
    refs = river.git("for-each-ref")
    said = river.run("doctor", "--adopt")
    assert said.code == 1, said
    assert "would be lost: 2 commits; new there: 1 commit" in said.out and "claims: 2 gone" in said.out
    assert "claim src/part2.py by river" in said.out and "gitcoord doctor --adopt --yes" in said.out
    assert river.git("for-each-ref") == refs and not examine(river).ok
    shown = river.run("doctor", "--adopt", "--json").json
    assert (shown["outcome"], shown["seen"], shown["found"], shown["lost_total"]) == ("would-adopt", lost, there, 2)
    assert river.run("claim", "src/part5.py").code == 9, "still nobody decided"


def test_what_was_adopted_goes_on_without_giving_a_fence_twice_and_can_be_restored(pair, world: World, examine) -> None:
    river, _ = pair
    for n in range(3):
        fence = river.ok("claim", f"src/part{n}.py")["claims"][0]["fence"]
    lost, there = forced(world, river, 2)
    done = river.ok("doctor", "--adopt", "--yes")
    assert (done["outcome"], done["kept"]) == ("adopted", f"refs/gitcoord/lost/{lost[:16]}")
    assert river.git("rev-parse", done["kept"]).strip() == lost and world.tip == there, "nothing was pushed"
    assert river.ok("doctor", "--adopt", "--yes")["outcome"] == "already-adopted", "again changes nothing"
    assert examine(river).ok
    granted = river.ok("claim", "src/part2.py")
    assert granted["claims"][0]["fence"] == granted["revision"] == fence + 1 > done["revision"]["found"]
    assert river.ok("status")["as_of"]["revision"] == fence + 1
    river.ok("task", "add", "goes on", "--idempotency-key", "k1")
    assert river.ok("release", "--all")["revision"] == fence + 3
    again = river.ok("doctor", "--adopt", "--yes")
    shell(river, again["restore"])
    assert world.tip == lost
    back = river.ok("doctor", "--adopt", "--yes")
    assert back["outcome"] == "adopted" and back["lost_total"] == 4
    assert {each["scope"] for each in river.ok("claims")["claims"]} == {f"src/part{n}.py" for n in range(3)}
    assert examine(river).ok
    assert river.ok("release", "--all")["revision"] > fence + 3


def test_of_two_who_adopt_at_once_the_second_undoes_nothing_that_the_first_landed_since(
    pair, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    river, _ = pair
    rewritten(world, river)

    class Second(ProcessLock):
        def acquire(self, deadline: float) -> bool:
            assert river.ok("doctor", "--adopt", "--yes")["outcome"] == "adopted"
            assert river.ok("claim", "src/part4.py")["state"] == "confirmed"
            return super().acquire(deadline)

    monkeypatch.setattr(adoption, "ProcessLock", Second)
    assert adoption.adopt(str(river.path), yes=True, agent="river")["outcome"] == "already-adopted"
    assert river.git("rev-parse", "origin/gitcoord-sync").strip() == world.tip
    assert "src/part4.py" in {each["scope"] for each in river.ok("claims", "--offline")["claims"]}


def test_who_adopted_reads_what_is_new_there(pair, world: World) -> None:
    river, _ = pair
    river.ok("start", "login")
    for n in range(3):
        river.ok("claim", f"src/part{n}.py")
    river.ok("read")
    forced(world, river, 2)
    river.ok("doctor", "--adopt", "--yes")
    assert "src/part9.py" in river.run("read").out


def test_adopting_is_refused_where_nothing_was_rewritten_or_nobody_can_tell(pair, world: World) -> None:
    river, _ = pair
    assert "Nothing was rewritten" in river.run("doctor", "--adopt", "--yes").err
    assert river.run("doctor", "--adopt").code == 1
    assert river.run("doctor", "--adopt", "--offline").code == 8
    assert river.run("doctor", "--yes").code == river.run("doctor", "--adopt", "--repair").code == 2
    tip = world.tip
    world.at_hub("update-ref", "-d", f"refs/heads/{BRANCH}")
    said = river.run("doctor", "--adopt", "--yes")
    assert said.code == 1 and "gone" in said.err
    shell(river, said.err.splitlines()[1])
    assert world.tip == tip
    hidden = world.hub.with_name("hidden.git")
    world.hub.rename(hidden)
    assert river.run("doctor", "--adopt", "--yes").code == 8
    hidden.rename(world.hub)


@pytest.fixture
def moved_back(world: World) -> tuple[Clone, str]:
    """A repository that coordinates alone and lost its last landing; and the tip that it had."""
    clone = world.clone("alone", agent="river")
    clone.git("remote", "remove", "origin")
    clone.ok("init", "--yes")
    clone.ok("claim", "src/part0.py")
    tip = clone.git("rev-parse", BRANCH).strip()
    clone.git("update-ref", f"refs/heads/{BRANCH}", f"{tip}~1")
    return clone, tip


def test_a_branch_of_this_repository_that_was_moved_back_is_adopted(moved_back, examine) -> None:
    clone, tip = moved_back
    assert clone.run("doctor", "--adopt").code == 1
    done = clone.ok("doctor", "--adopt", "--yes")
    assert clone.git("rev-parse", done["kept"]).strip() == tip and examine(clone).ok
    assert clone.ok("claim", "src/part1.py")["revision"] == done["revision"]["seen"] + 1


def test_a_branch_of_this_repository_that_was_moved_back_is_restored(moved_back, examine) -> None:
    clone, tip = moved_back
    found = examine(clone)
    assert not found.ok
    shell(clone, roads(found)[0])
    assert clone.git("rev-parse", BRANCH).strip() == tip
    assert examine(clone).ok


def test_a_commit_made_by_hand_is_named_with_its_author_and_files(pair, examine, by_hand) -> None:
    river, sky = pair
    made = by_hand(sky, {"README.md": "hello\n"}, "say hello")
    found = examine(river)
    assert found.ok, found
    said = found.one("hand-made")["detail"]
    assert made[:12] in said and "Test" in said and "say hello" in said and "README.md" in said


def test_what_a_person_wrote_cannot_paint_the_terminal(pair, examine, by_hand) -> None:
    river, sky = pair
    by_hand(sky, {"README.md": "x\n"}, "red \x1b[31m and \x07 back")
    assert "\x1b" not in repr(examine(river)) and "\x07" not in repr(examine(river))


def test_journal_lines_changed_by_hand_are_a_finding(pair, examine, by_hand, branch_file) -> None:
    river, sky = pair
    river.ok("claim", "src/part0.py")
    journals = [p for p in sky_files(sky) if p.startswith("journal/")]
    text = branch_file(sky, journals[-1])
    by_hand(sky, {journals[-1]: "\n".join(text.splitlines()[1:]) + "\n"})
    for clone in pair:
        assert journals[-1] in examine(clone).one("journal")["detail"]


def sky_files(clone: Clone) -> list[str]:
    clone.git("fetch", "-q", "origin", f"+refs/heads/{BRANCH}:refs/tidy/tip")
    return clone.git("ls-tree", "-r", "--name-only", "refs/tidy/tip").split()


def test_a_newer_format_is_an_error_that_names_the_upgrade(pair, examine, by_hand) -> None:
    river, sky = pair
    by_hand(sky, {"format.yml": "format: 99\n"})
    found = examine(river)
    assert not found.ok
    assert "99" in found.one("format")["detail"] and "pipx upgrade gitcoord" in found.one("format")["fix"]


def test_a_file_that_cannot_be_read_is_named_by_path(pair, examine, by_hand) -> None:
    river, sky = pair
    by_hand(sky, {"claims/zz/broken.yml": "<<<<<<< mine\n"})
    for options in ({}, {"only_state": True}):
        found = examine(river, **options)
        assert not found.ok
        assert found.one("files")["detail"].startswith("claims/zz/broken.yml: ")
    assert river.run("doctor").code == 1
    assert river.run("validate").code == 1


def test_a_damaged_object_of_the_branch_is_told_and_nothing_crashes(pair, examine) -> None:
    river, _ = pair
    river.ok("claim", "src/part0.py")
    blob = river.git("rev-parse", "origin/gitcoord-sync:format.yml").strip()
    file = river.path / ".git/objects" / blob[:2] / blob[2:]
    if not file.exists():
        river.git("unpack-objects", "-q", check=False)
        pytest.skip("the object is packed")
    file.chmod(0o644)
    file.write_bytes(b"garbage")
    found = examine(river)
    assert not found.ok
    assert found.of("git")[0]["ok"] and found.of("hooks")
