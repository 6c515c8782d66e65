"""Exports, closing, reopening, and the page that needs no gitcoord, at real command lines."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest


def pages(place: Path) -> dict[str, str]:
    return {file.name: file.read_text() for file in sorted(place.rglob("*")) if file.is_file()}


@pytest.fixture
def busy(river, sky):
    """A question, a decision with a body, a claim, a check-in and a handoff."""
    sky("claim", "src/auth/", "--ttl", "45m")
    river("ask", "Which port?\n# not a heading of mine")
    sky("decide", "BLK-1", "8080, [really](http://x)")
    river("update", "half way", "--done", "the parser")
    sky("leave", "out of context", "--next", "fix the refresh test")
    river("sync")
    return river


def test_an_export_is_files_and_the_answer_is_their_names(busy) -> None:
    said = busy("export", "md")
    folder = re.fullmatch(r"(gitcoord-export/co-op_[0-9_-]+_login-flow)/summary\.md  \d+ bytes", said.out.splitlines()[0])
    assert folder and len(said.out.splitlines()) == 2, said.out
    found = pages(busy.place / folder[1])
    assert list(found) == ["summary.md", "transcript.md"]
    assert "**DEC-1** 8080, \\[really\\](http\\://x)" in found["summary.md"]
    assert "- **best next action:** fix the refresh test" in found["summary.md"]
    assert "sky claimed `src/auth/` (CLM-1)" in found["transcript.md"] and "\n# not" not in found["transcript.md"]
    assert busy.git("status", "--short") == ""
    made = busy("export", "json", "--json").json
    assert {Path(each["path"]).name for each in made["files"]} == {"coop.json", "events.jsonl"}
    assert json.loads((busy.place / made["files"][0]["path"]).read_text())["coop"]["slug"] == "login-flow"


def test_two_clones_export_the_same_bytes_also_offline_and_of_the_past(busy, sky) -> None:
    here = busy("export", "md", "--output", "out", "--json", "--fresh").json
    there = sky("export", "md", "--output", "out", "--json", "--fresh").json
    assert here["revision"] == there["revision"]
    assert pages(busy.place / "out") == pages(sky.place / "out")
    busy("task", "add", "more work")
    busy("export", "md", "--output", "then", "--at", str(here["revision"]))
    assert pages(busy.place / "then") == pages(busy.place / "out")
    busy("export", "md", "--output", "now", "--offline", "--no-cache")
    assert "more work" in pages(busy.place / "now")["summary.md"]


def test_the_layout_is_a_tree_of_its_own(busy) -> None:
    busy("export", "--layout", "co-op")
    place = busy.place / ".co-op"
    (space,) = (place / "spaces").iterdir()
    assert {each.name for each in space.iterdir() if each.is_dir()} == {"files", "events", "threads", "exports", "handoffs"}
    assert (space / "handoffs/co-op_HND-1.md").exists()
    assert json.loads((place / "co-op_registry.json").read_text())["default"] == "login-flow"


def test_which_coop_is_not_guessed(clone, river, sky) -> None:
    clone("brook")("start", "other work")
    nobody = clone("", "nobody")
    error = nobody("export", "md", "--json", code=5).error
    assert error["code"] == "ambiguous" and {each["slug"] for each in error["candidates"]} == {"login-flow", "other-work"}
    assert nobody("export", "md", "--coop", "other-work", "--json").json["coop"] == "other-work"
    assert sky("export", "md", "--json", "--fresh").json["coop"] == "login-flow"
    assert nobody("export", "md", "--coop", "nothing", "--json", code=5).error["code"] == "not-found"
    nobody("export", "docx", code=2)


def test_a_link_in_the_way_is_refused_and_nothing_is_written(busy, tmp_path) -> None:
    (busy.place / "gitcoord-export").symlink_to(tmp_path)
    error = busy("export", "md", "--json", code=2).error
    assert "link" in error["message"] and not list(tmp_path.glob("co-op_*"))
    busy("export", "md", "--output", ".git/x", code=2)
    assert not (busy.place / ".git/x").exists()


def test_close_exports_archives_and_leaves_the_views_of_others(busy, sky, clone) -> None:
    busy("ask", "Still open?")
    busy("task", "add", "left over")
    closed = busy("close", "--json").json
    assert closed["coops"][0]["closed_at"]
    text = (busy.place / closed["files"][0]["path"]).read_text()
    assert "**closed**" in text and "Still open?" in text
    other = clone("brook")
    other("start", "other work")
    seen = other("status", "--json").json
    assert (seen["blockers"], seen["tasks"], seen["totals"]) == ([], [], {**seen["totals"], "blockers": 0, "tasks": 0})
    assert [each["agent"] for each in seen["agents"]] == ["brook"]
    news = other("read", "--json").json
    assert (news["blockers"], news["questions"], news["tasks"], news["handoffs"]) == ([], [], [], [])
    assert [each["slug"] for each in other("discover", "--json").json["coops"]] == ["other-work"]
    assert [each["slug"] for each in other("discover", "--all", "--json").json["coops"]] == ["other-work", "login-flow"]
    assert [each["title"] for each in other("blockers", "--json").json["blockers"]] == ["Still open?"]
    assert "login-flow" not in other.git("show", "origin/gitcoord-sync:README.md")
    assert other("export", "md", "--coop", "login-flow", "--output", "review", "--json").json["coop"] == "login-flow"
    assert pages(other.place / "review")["summary.md"].startswith("# login flow\n")


def test_close_needs_no_export_and_its_failure_undoes_nothing(busy) -> None:
    (busy.place / "gitcoord-export").write_text("in the way")
    said = busy("close", "--json").json
    assert said["outcome"] == "closed" and "no export was written" in said["warnings"][0]
    (busy.place / "gitcoord-export").unlink()
    busy("reopen", "login-flow")
    busy("join", "login-flow")
    assert "files" not in busy("close", "--no-export", "--json").json
    assert not (busy.place / "gitcoord-export").exists()


def test_a_coop_is_reopened_by_whoever_goes_on(busy, sky) -> None:
    busy("close", "--no-export")
    refused = sky("join", "login-flow", "--json", "--fresh", code=5).error
    assert refused["hint"] == "gitcoord reopen login-flow"
    assert "gitcoord join login-flow" in sky("reopen", "login-flow").out
    assert sky("join", "login-flow", "--json").json["outcome"] == "joined"
    assert sky("status", "--json").json["coop"]["status"] == "active"
    assert sky("reopen", "login-flow", "--json", code=1).error["code"] == "check-failed"
    text = sky("export", "md", "--output", "o") and pages(sky.place / "o")["transcript.md"]
    assert "river closed the co-op" in text and "sky opened the co-op again" in text


def test_git_alone_shows_who_holds_what(busy, sky) -> None:
    sky("join", "login-flow")
    sky("claim", "src/app.py")
    busy.git("fetch", "-q", "origin", "gitcoord-sync")
    page = busy.git("show", "FETCH_HEAD:README.md")
    assert re.search(r"\| `src/app.py` \| sky \| \d{4}-\d\d-\d\d \d\d:\d\d \| CLM-2 \|", page)
    assert "- **login-flow** (river, sky)" in page and "8080" in page and len(page.encode()) < 4000
    subjects = busy.git("log", "--format=%s", "FETCH_HEAD", "--", "README.md").splitlines()
    assert len(subjects) == 9 and not [each for each in subjects if each.startswith("update")]


def test_the_page_is_what_the_rule_makes_of_the_state_that_anybody_reads(busy, sky) -> None:
    from gitcoord.rules.readme import branch_readme
    from gitcoord.workspace import Workspace

    sky("join", "login-flow")
    sky("claim", "docs/", "src/app.py")
    with Workspace.open(str(busy.place), fresh=True, use_cache=False, environ=busy.env) as ws:
        reader = ws.reader()
        assert reader.file("README.md").decode() == branch_readme(reader)
    assert busy("digest", "--json", "--fresh").json["digest"] == sky("digest", "--json", "--fresh").json["digest"]
    assert busy("validate", code=0)


def test_its_title_is_the_teams_word_and_no_machines(busy, sky) -> None:
    busy("config", "set", "repo.id", "acme/app")
    for act in (lambda: None, lambda: sky("claim", "docs/", GITCOORD_REPO_ID="mine")):
        act()
        busy.git("fetch", "-q", "origin", "gitcoord-sync")
        assert busy.git("show", "FETCH_HEAD:README.md").startswith("# Coordination of acme/app\n")


def test_a_persons_edit_of_the_page_is_overwritten_by_the_next_landing(busy, sky, tmp_path) -> None:
    busy.git("fetch", "-q", "origin", "gitcoord-sync:edit")
    busy.git("worktree", "add", "-q", str(tmp_path / "edit"), "edit")
    (tmp_path / "edit/README.md").write_text("mine now\n")
    busy.git("-C", str(tmp_path / "edit"), "commit", "-qam", "my page")
    busy.git("push", "-q", "origin", "edit:gitcoord-sync")
    sky("claim", "docs/")
    sky.git("fetch", "-q", "origin", "gitcoord-sync")
    assert "| `docs/` | sky |" in sky.git("show", "FETCH_HEAD:README.md")
    assert busy("doctor", "--json", "--fresh").json["ok"]
