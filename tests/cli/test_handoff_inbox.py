"""The inbox of handoffs, between two clones: the next one, who takes it, that it was read; and a bundle of them."""

from __future__ import annotations

import json
import subprocess
import time
from typing import Any

import pytest


@pytest.fixture
def handed(river: Any, sky: Any) -> Any:
    """River has handed over twice: once about login, once about the docs."""
    river.write("src/auth/login.py", "half\n")
    river("claim", "src/auth/")
    river("ask", "which | port?")
    river("handoff", "login half done", "--next", "fix | the loop")
    river("release", "--all", "--no-hold")
    river.git("stash", "-qu")
    river("handoff", "docs begun", "--file", "docs/a.md")
    sky("sync")
    return river


def test_the_next_one_is_the_oldest_of_another_agent_and_one_agent_takes_it(handed: Any, sky: Any, clone: Any) -> None:
    assert handed("next-handoff").out == "No handoff waits.\n"
    found = sky("next-handoff", "--json").json
    assert [each["alias"] for each in found["handoffs"]] == ["HND-1"]
    assert found["next_commands"] == ["gitcoord claim-handoff HND-1"]
    assert "open blockers: BLK-1" in sky("next-handoff").out
    sky("ack-handoff", "HND-1", code=1)
    taken = sky("claim-handoff", "HND-1", "--json").json
    assert taken["next_commands"] == ["gitcoord claim src/auth/", "gitcoord ack-handoff HND-1"]
    ash = clone("ash")
    ash("join")
    refused = ash("claim-handoff", "HND-1", "--json", code=3).error
    assert refused["taken_by"] == "sky"
    assert ash("next-handoff", "--json").json["handoffs"][0]["alias"] == "HND-2"
    assert sky("ack-handoff", "HND-1", "--json").json["outcome"] == "acknowledged"
    ash("ack-handoff", "HND-1", code=3)
    assert "handoff.ack" in handed("log", "--fresh", "--json", "-n", "3").out


def test_whoever_watches_hears_of_a_handoff_when_it_lands(river: Any, sky: Any) -> None:
    assert sky("next-handoff", "--watch-seconds", "1", code=8).out == ""
    began = time.monotonic()
    env = {**sky.env, "GITCOORD_AGENT": "sky"}
    watching = subprocess.Popen(
        [*sky.command("next-handoff", "--watch-seconds", "60", "--json")], cwd=sky.place, env=env, stdout=subprocess.PIPE
    )
    river("handoff", "done for today")
    out, _ = watching.communicate(timeout=60)
    assert json.loads(out)["handoffs"][0]["title"] == "done for today"
    assert time.monotonic() - began < 50


def test_a_bundle_has_what_touches_the_module_and_an_index_of_all(handed: Any, sky: Any) -> None:
    said = sky("handoff-bundle", "--module", "src/auth/", "--json").json
    assert [each["path"] for each in said["files"]] == [
        f"gitcoord-export/handoffs/{name}" for name in ("src-auth.handoff.md", "HANDOFFS.md", "handoff-index.json")
    ]
    folder = sky.place / "gitcoord-export/handoffs"
    page = (folder / "src-auth.handoff.md").read_text()
    assert "## HND-1: river" in page and "HND-2" not in page
    assert "- **claims held:** CLM-1 `src/auth/`" in page and "`gitcoord claim-handoff HND-1`" in page
    index = (folder / "HANDOFFS.md").read_text()
    assert index.index("HND-2") < index.index("HND-1") and r"fix \| the loop |" in index
    assert [each["alias"] for each in json.loads((folder / "handoff-index.json").read_text())["handoffs"]] == ["HND-1", "HND-2"]
    assert sky.git("status", "--short") == ""
    sky("handoff-bundle", "--module", "docs/a.md", "--output", "out")
    assert "HND-2" in (sky.place / "out/docs-a.md.handoff.md").read_text()
    assert sky("handoff-bundle", "--module", "nowhere", "--json", code=5).error["code"] == "not-found"
    sky("handoff-bundle", "--output", ".git/x", code=2)


def test_a_bundle_of_a_module_of_the_policy_and_of_a_coop(handed: Any, sky: Any) -> None:
    sky("owners", "add", "auth", "src/auth/**", "--owner", "river")
    sky("handoff-bundle", "--module", "auth", "--output", "a")
    assert "HND-1" in (sky.place / "a/auth.handoff.md").read_text()
    sky("handoff-bundle", "--coop", "login-flow", "--output", "b")
    page = (sky.place / "b/login-flow.handoff.md").read_text()
    assert "HND-1" in page and "HND-2" in page


def test_what_the_taker_holds_already_is_not_told_to_be_claimed(handed: Any, sky: Any) -> None:
    sky("claim", "src/auth/")
    assert sky("claim-handoff", "HND-1", "--json").json["next_commands"] == ["gitcoord ack-handoff HND-1"]


def test_leaving_calls_questions_open_and_not_left(handed: Any) -> None:
    said = handed("leave").out.splitlines()
    assert [line for line in said if "BLK-1" in line] == ["still open BLK-1  “which | port?”"], said
