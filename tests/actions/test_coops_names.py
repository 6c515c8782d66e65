"""How a co-op and an agent get their names."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from gitcoord import clock
from gitcoord.actions.naming import inferred_slug, new_handle, topic_of, visible_name
from gitcoord.model.ids import derived_ulid, new_ulid
from gitcoord.workspace.identity import Identity

NOW = clock.parse_instant("2026-11-21T12:00:00Z")


def a_place(branch: str = "main", worktree: str | None = "/home/pat/app", repo_id: str = "github.com/org/shop") -> object:
    """What the name is inferred from: a branch, a folder, a remote."""
    repo = SimpleNamespace(head=lambda: (branch, ""), worktree=worktree)
    return SimpleNamespace(repo=repo, state=SimpleNamespace(text=lambda name: repo_id))


@pytest.mark.parametrize(
    ("place", "slug"),
    [
        (a_place(branch="feature/HMI settings"), "feature-hmi-settings"),
        (a_place(branch="main", worktree="/home/pat/My App"), "my-app"),
        (a_place(branch="", worktree=None), "shop"),
        (a_place(branch="master", worktree=None, repo_id=""), "general-work"),
    ],
)
def test_the_slug_comes_from_branch_then_folder_then_project(place: object, slug: str) -> None:
    assert inferred_slug(place) == slug  # type: ignore[arg-type]


def test_two_agents_that_draw_one_first_name_stay_two() -> None:
    handles = [new_handle(derived_ulid(str(n))) for n in range(300)]
    assert len(set(handles)) == 300


def test_whoever_comes_next_gets_the_next_name_that_is_free() -> None:
    agent_id = new_ulid(NOW)
    assert new_handle(agent_id) == f"sky-{agent_id[-4:]}"
    assert new_handle(agent_id, ["SKY login-flow"]) == f"charlie-{agent_id[-4:]}"
    assert new_handle(agent_id, ["Sky login-flow", "River login-flow", "Charlie login-flow"]).startswith("robin-")


@pytest.mark.parametrize(
    ("title", "topic"),
    [
        ("Update HMI settings flow", "HMI settings flow"),
        ("fix login", "fix login"),
        ("Login flow", "Login flow"),
        ("", ""),
    ],
)
def test_a_short_name_says_what_it_is_about(title: str, topic: str) -> None:
    assert topic_of(title) == topic


def test_the_visible_name_is_a_first_name_and_the_coop() -> None:
    agent_id = new_ulid(NOW)
    handle = new_handle(agent_id)
    drawn = visible_name(Identity(handle, agent_id, new_ulid(NOW)), "login-flow")
    assert drawn == f"{handle[:-5].capitalize()} login-flow"
    assert visible_name(Identity("alex/claude/main", agent_id, new_ulid(NOW)), "login-flow") == "Alex login-flow"
