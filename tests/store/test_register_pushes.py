"""The compare-and-swap of the register, and what each end of a push means."""

from __future__ import annotations

import pytest

from gitcoord.store import addresses, repository
from gitcoord.store import register as replies
from gitcoord.store.git import Result
from gitcoord.store.objects import Objects
from gitcoord.store.register import LocalRegister, RemoteRegister, classify_push
from gitcoord.store.writer import write_commit, write_root
from tests.conftest import Clone, World

REF = "refs/heads/gitcoord-sync"
TEXT = b"some text\n"


def opened(clone: Clone) -> repository.Repository:
    return repository.find(str(clone.path), clone.env)


def a_commit(repo: repository.Repository, parent: str, name: str) -> str:
    return write_commit(
        repo.git, parent=parent, files={f"notes/{name}": TEXT}, message="m\n", author="river", at=1_800_000_000, nonce=name
    )


@pytest.fixture(params=["remote", "local"])
def register(request: pytest.FixtureRequest, world: World) -> tuple[repository.Repository, object]:
    repo = opened(world.clone("a"))
    if request.param == "local":
        return repo, LocalRegister(repo, "gitcoord-sync")
    return repo, RemoteRegister(repo, "origin", "gitcoord-sync")


def test_every_clone_makes_the_same_root(world: World) -> None:
    roots = {write_root(opened(world.clone(name)).git) for name in ("a", "b")}
    assert len(roots) == 1


def test_the_branch_is_created_once(register) -> None:
    repo, reg = register
    assert reg.fetch(10).kind == replies.ABSENT
    root = write_root(repo.git)
    assert reg.push(root, "", 10).kind == replies.LANDED
    assert reg.known_tip() == root
    other = a_commit(repo, root, "other")
    assert reg.push(other, "", 10).kind == replies.LOST_RACE


def test_a_push_lands_only_on_the_expected_tip(register) -> None:
    repo, reg = register
    root = write_root(repo.git)
    reg.push(root, "", 10)
    first, second = a_commit(repo, root, "first"), a_commit(repo, root, "second")
    assert reg.push(first, root, 10).kind == replies.LANDED
    assert reg.push(second, root, 10).kind == replies.LOST_RACE
    assert reg.known_tip() == first


def test_a_rolled_back_branch_is_not_resurrected_by_a_push(world: World) -> None:
    repo = opened(world.clone("a"))
    reg = RemoteRegister(repo, "origin", "gitcoord-sync")
    root = write_root(repo.git)
    reg.push(root, "", 10)
    first = a_commit(repo, root, "first")
    reg.push(first, root, 10)
    world.at_hub("update-ref", REF, root)
    assert reg.push(a_commit(repo, first, "second"), first, 10).kind == replies.LOST_RACE
    assert world.tip == root
    assert reg.fetch(10).kind == replies.REWRITTEN
    assert reg.known_tip() == first


def test_a_refusing_hook_is_refused_and_not_a_lost_race(world: World) -> None:
    repo = opened(world.clone("a"))
    hook = world.hub / "hooks/pre-receive"
    hook.write_text("#!/bin/sh\necho no >&2\nexit 1\n")
    hook.chmod(0o755)
    assert RemoteRegister(repo, "origin", "gitcoord-sync").push(write_root(repo.git), "", 10).kind == replies.REFUSED


def test_a_lock_left_on_the_remote_is_locked(world: World) -> None:
    repo = opened(world.clone("a"))
    reg = RemoteRegister(repo, "origin", "gitcoord-sync")
    root = write_root(repo.git)
    reg.push(root, "", 10)
    (world.hub / (REF + ".lock")).touch()
    assert reg.push(a_commit(repo, root, "first"), root, 10).kind == replies.LOCKED


def test_an_absent_remote_is_unreachable(world: World) -> None:
    clone = world.clone("a")
    clone.git("remote", "set-url", "origin", str(world.root / "gone.git"))
    reg = RemoteRegister(opened(clone), "origin", "gitcoord-sync")
    assert reg.fetch(10).kind == replies.UNREACHABLE
    assert reg.push(write_root(opened(clone).git), "", 10).kind == replies.UNREACHABLE


def test_settings_of_the_user_do_not_disturb_a_push(world: World) -> None:
    clone = world.clone("a", agent="river")
    for name, value in (
        ("push.gpgSign", "true"), ("push.followTags", "true"), ("remote.origin.mirror", "true"), ("push.default", "nothing"),
        ("push.recurseSubmodules", "check"), ("commit.gpgsign", "true"), ("gpg.program", "false"),
    ):  # fmt: skip
        clone.git("config", name, value)
    repo = opened(clone)
    root = write_root(repo.git)
    reg = RemoteRegister(repo, "origin", "gitcoord-sync")
    assert reg.push(root, "", 10).kind == replies.LANDED
    assert reg.push(a_commit(repo, root, "first"), root, 10).kind == replies.LANDED


def test_a_single_branch_clone_learns_the_tip_from_its_own_push(world: World) -> None:
    repo = opened(world.clone("a", "--single-branch", "--depth", "1"))
    reg = RemoteRegister(repo, "origin", "gitcoord-sync")
    root = write_root(repo.git)
    reg.push(root, "", 10)
    assert reg.known_tip() == root


def test_a_commit_changes_only_the_named_files(world: World) -> None:
    repo = opened(world.clone("a"))
    root = write_root(repo.git)
    first = a_commit(repo, root, "first")
    second = a_commit(repo, first, "second")
    objects = Objects(repo.git)
    assert [path for path, _, _ in objects.walk(objects.commit(second).tree)] == ["notes/first", "notes/second"]
    objects.close()
    assert repo.git.run(["for-each-ref", "refs/gitcoord"]).out == b""


@pytest.mark.parametrize(
    ("out", "err", "code", "kind"),
    [
        (f" \tabc:{REF}\ta..b", "", 0, replies.LANDED),
        (f"=\tabc:{REF}\t[up to date]", "", 0, replies.LANDED),
        (f"!\tabc:{REF}\t[rejected] (stale info)", "", 1, replies.LOST_RACE),
        (f"!\tabc:{REF}\t[rejected] (fetch first)", "", 1, replies.LOST_RACE),
        (f"!\tabc:{REF}\t[remote rejected] (cannot lock ref 'x': is at a but expected b)", "", 1, replies.LOST_RACE),
        (f"!\tabc:{REF}\t[remote rejected] (incorrect old value provided)", "", 1, replies.LOST_RACE),
        (
            f"!\tabc:{REF}\t[remote rejected] (failed to update ref)",
            "Unable to create '/hub/refs/heads/gitcoord-sync.lock': File exists.", 1, replies.LOCKED,
        ),
        (f"!\tabc:{REF}\t[remote rejected] (protected branch hook declined)", "", 1, replies.REFUSED),
        (f"!\tabc:{REF}\t[remote rejected] (pre-receive hook declined)", "", 1, replies.REFUSED),
        ("", "fatal: unable to access 'https://x/': The requested URL returned error: 403", 128, replies.REFUSED),
        ("", "fatal: the remote end hung up unexpectedly", 128, replies.INDETERMINATE),
        ("", "error: RPC failed; HTTP 503 curl 22", 1, replies.INDETERMINATE),
        ("", "fatal: unable to access 'https://x/': Could not resolve host: x", 128, replies.UNREACHABLE),
        ("", "", -9, replies.INDETERMINATE),
    ],
)  # fmt: skip
def test_the_end_of_a_push_is_classified(out: str, err: str, code: int, kind: str) -> None:
    assert classify_push(Result(code, out.encode(), err.encode()), REF).kind == kind


def test_what_git_says_is_shown_without_a_token() -> None:
    said = classify_push(Result(128, b"", b"fatal: unable to access 'https://me:secret@host/x': boom"), REF).detail
    assert "secret" not in said


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("git@github.com:Org/Repo.git", "github.com/org/repo"),
        ("https://user:token@github.com/org/repo.git", "github.com/org/repo"),
        ("ssh://git@github.com:22/org/repo", "github.com/org/repo"),
        ("https://github.com/org/repo/", "github.com/org/repo"),
        ("/srv/hubs/repo.git", "repo"),
        ("file:///srv/hubs/repo.git/", "repo"),
        ("http://127.0.0.1:8080/git/org/repo", "127.0.0.1/org/repo"),
    ],
)
def test_a_repository_has_one_name_whatever_the_spelling_of_its_url(url: str, name: str) -> None:
    assert addresses.repository_name(url) == name
