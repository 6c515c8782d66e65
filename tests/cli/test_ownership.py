"""Ownership, hot paths and the story of a path, between two clones."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

CODEOWNERS = "* @boss\n/src/auth/ @river  # logins\n*.[ch] @x\n"


def by_hand(agent, tmp_path: Path, text: str | None) -> None:
    """Somebody edits the policy on the sync branch with git alone."""
    place = tmp_path / "hand"
    subprocess.run(["git", "clone", "-q", "-b", "gitcoord-sync", agent.git("remote", "get-url", "origin"), str(place)],
                   env=agent.env, check=True, capture_output=True)  # fmt: skip
    file = place / "policy" / "owners.yml"
    if text is None:
        file.unlink()
    else:
        file.parent.mkdir(exist_ok=True)
        file.write_text(text)
    for words in (["add", "-A"], ["commit", "-q", "-m", "by hand"], ["push", "-q"]):
        subprocess.run(["git", *words], cwd=place, env=agent.env, check=True, capture_output=True)


def test_a_policy_is_imported_explained_enforced_and_edited(river, sky) -> None:
    river.write("CODEOWNERS", CODEOWNERS)
    planned = river("owners", "import", "--dry-run", "--json").json
    assert [each["module"] for each in planned["modules"]] == ["everything", "src-auth"]
    assert planned["warnings"] == ["line 3 left out: *.[ch] @x: [ ] does not work in a CODEOWNERS file"]
    assert sky("owners", "--json", "--fresh").json["modules"] == []
    assert river("owners", "import", "--json").json["outcome"] == "set"
    assert river("owners", "import", "--json").json["outcome"] == "unchanged"

    why = sky("owners", "why", "src/auth/login.py", "--json", "--fresh").json
    assert (why["module"], why["owners"], why["enforcement"], why["pattern"]) == ("src-auth", ["@river"], "soft", "src/auth/")
    text = sky.place / "owners.yml"
    written = sky("owners", "list", "--output", str(text), "--json").json
    assert text.read_text().splitlines()[why["line"] - 1].strip() == "- src/auth/"

    warned = sky("claim", "src/auth/token.py", "--json").json
    assert warned["outcome"] == "granted"
    assert "owned by @river (soft)" in warned["warnings"][0]
    sky("release", "--all")

    text.write_text("# by Sky\n" + text.read_text().replace("  src-auth:\n", "  src-auth:\n    enforcement: hard\n"))
    assert sky("owners", "set", str(text), "--base", written["base"], "--json").json["outcome"] == "set"
    late = sky("owners", "set", str(text), "--base", written["base"], "--json", code=4).error
    assert late["code"] == "state-revision-conflict"
    refused = sky("claim", "src/auth/token.py", "--json", code=3).error
    assert (refused["code"], refused["ownership"][0]["owners"]) == ("claim-conflict", ["@river"])
    checked = sky("check", "src/auth/token.py", "--json", code=3).json
    assert (checked["free"], checked["conflicts"], checked["ownership"][0]["module"]) == (False, [], "src-auth")
    assert "--accept-ownership" in sky("check", "src/auth/token.py", code=3).out
    assert sky("claim", "src/auth/token.py", "--accept-ownership", "--json").json["outcome"] == "granted"
    added = river("owners", "add", "src-auth", "lib/auth/", "--json", "--fresh").json
    assert added["changes"] == ["module src-auth has lib/auth/"]
    assert river.git("show", "origin/gitcoord-sync:policy/owners.yml").startswith("# by Sky\n")


def test_a_module_is_held_with_its_paths_and_a_push_sees_it(river, sky) -> None:
    river("owners", "add", "auth", "src/auth/", "docs/*.md")
    [held] = sky("claim", "module:auth", "--json", "--fresh").json["claims"]
    assert held["scope"] == "module:auth"
    [conflict] = river("check", "src/auth/token.py", "--json", "--fresh", code=3).json["conflicts"]
    assert (conflict["claim"]["alias"], conflict["files"]) == (held["alias"], ["src/auth/token.py"])
    assert river("claim", "docs/", "--json", code=3).error["conflicts"][0]["files"] == ["docs/guide.md"]
    assert river("claim", "module:auht", "--json", code=5).error["candidates"] == ["auth"]
    assert [each["alias"] for each in river("claims", "--path", "src/auth/x", "--json").json["claims"]] == [held["alias"]]
    river("owners", "remove", "auth")
    river("hooks", "install", "--yes")
    river.git("config", "user.name", "River")
    river.write("src/auth/token.py", "mine\n")
    river.git("commit", "-qam", "token")
    done = subprocess.run(["git", "push", "-q", "origin", "HEAD:main"], cwd=river.place, env=river.env, capture_output=True)
    assert done.returncode != 0
    assert held["alias"] in done.stderr.decode()
    assert sky("owners", "--json", "--fresh").json["modules"] == []
    released = sky("release", held["alias"], "--json").json
    assert released["claims"][0]["state"] == "released"
    assert river("check", "src/auth/token.py", "docs/", "--json", "--fresh").json["free"] is True


def test_a_policy_broken_by_hand_stays_in_force_and_it_is_said(river, sky, tmp_path: Path) -> None:
    river("owners", "add", "auth", "src/auth/", "--owner", "@river", "--enforcement", "hard")
    by_hand(river, tmp_path, "modules: [\n")
    found = sky("owners", "--json", "--fresh").json
    assert [each["module"] for each in found["modules"]] == ["auth"]
    assert "the last good one is in force" in found["warnings"][0]
    assert sky("claim", "src/auth/token.py", code=3)
    assert "cannot be used" in sky("claim", "docs/guide.md").out
    checks = {each["name"]: each for each in sky("doctor", "--json").json["checks"]}
    assert (checks["owners"]["ok"], checks["owners"]["level"]) == (False, "warning")
    good = sky.place / "good.yml"
    sky("owners", "list", "--output", str(good))
    assert sky("owners", "set", str(good), "--json").json["outcome"] == "set"
    assert "warnings" not in sky("owners", "--json").json
    checks = {each["name"]: each for each in sky("doctor", "--json").json["checks"]}
    assert checks["owners"]["ok"]


def test_shared_files_are_promoted_pinned_and_demoted(river, sky) -> None:
    assert river("hotspots", "promote", "src/app.py", "--json").json["outcome"] == "set"
    assert river("hotspots", "promote", "src/app.py", "--json").json["outcome"] == "unchanged"
    for agent in (river, sky):
        assert agent("claim", "src/app.py", "--json", "--fresh").json["claims"][0]["mode"] == "shared"
    assert sky("check", "src/app.py", "--json").json["free"] is True
    river("hotspots", "pin", "src/app.py")
    assert "src/app.py (permanent)" in " ".join(sky("hotspots", "--fresh").out.split())
    assert sky("hotspots", "demote", "src/app.py", "--json", code=1).error["code"] == "check-failed"
    sky("hotspots", "pin", "src/app.py", "--off")
    assert sky("hotspots", "demote", "src/app.py", "--json").json["shared"] == []
    assert sky("hotspots", "demote", "src/app.py", "--json", code=5).error["code"] == "not-found"
    sky("hotspots", "promote", "src/app.py", "--action", "split")
    assert "split up" in river("owners", "why", "src/app.py", "--fresh").out


def test_the_story_and_the_numbers_of_a_path(river, sky) -> None:
    river("claim", "src/app.py", "-d", "the menu")
    sky("claim", "src/app.py", "--offline", code=6)
    assert "CONTESTED" in sky("sync", code=3).out
    now = river("why", "src/app.py", "--json", "--fresh").json
    assert [each["agent"] for each in now["holders"]] == ["river"]
    assert [(each["what"], each["agent"]) for each in now["history"]] == [("refused", "sky")]
    before = river("log", "--json", "--limit", "1").lines()[-1]["revision"]
    river("release", "--all")
    then = sky("why", "src/app.py", "--at", str(before), "--json", "--fresh").json
    assert [each["agent"] for each in then["holders"]] == ["river"]
    told = sky("why", "src/app.py", "--json").json
    assert told["schema"] == "gitcoord.why/1"
    assert told["holders"] == []
    fence = now["holders"][0]["fence"]
    assert [(each["what"], each.get("fence")) for each in told["history"]] == [("refused", None), ("held", fence)]
    text = sky("why", "src/app.py", "--limit", "2").out
    assert "nobody holds it now" in text and "“the menu”" in text and "held by CLM-1 of river" in text
    [hot] = sky("metrics", "hotspots", "--min", "1", "--json").json["hotspots"]
    assert (hot["path"], hot["contested"], hot["agents"], hot["suggestion"]) == ("src/app.py", 1, 2, "monitor")
    assert sky("metrics", "hotspots", "--json").json["hotspots"] == []
    assert [row["name"] for row in sky("metrics", "agents", "--json").json["rows"]] == ["river"]
    for name in ("auto-resolutions", "blockers", "overhead"):
        assert sky("metrics", name, "--days", "7", "--json").json["metric"] == name
    sky("metrics", "hotspots", "--days", "0", code=2)


def test_a_team_that_asks_for_it_has_hot_files_shared_by_themselves(river, sky) -> None:
    river("config", "set", "hotspots.promote_at", "1")
    river("claim", "src/app.py")
    sky("claim", "src/app.py", "--offline", code=6)
    sky("sync", code=3)
    assert [each["path"] for each in river("hotspots", "--json", "--fresh").json["shared"]] == ["src/app.py"]
    assert "auto-promoted=" in river.git("show", "origin/gitcoord-sync:policy/owners.yml")
    assert river("doctor", "--json", code=0).json["ok"]


def test_what_i_changed_here_tells_where_i_work(river) -> None:
    river.write("src/auth/new.py", "x\n")
    river.write("src/auth/token.py", "y\n")
    found = river("owners", "infer", "--mine", "--json").json
    assert [(each["agent"], each["path"], each["sources"]) for each in found["rows"]] == [("river", "src/", ["changed here"])]
    assert found["next"] == "gitcoord owners add src src/ --owner @river"
    assert "?? src/auth/new.py" in river.git("status", "--porcelain", "--untracked-files=all")


@pytest.mark.parametrize("words", [("owners", "add", "auth"), ("owners", "add", "a b", "src/"), ("owners", "why", "*.py")])
def test_words_that_mean_nothing_are_usage(river, words: tuple[str, ...]) -> None:
    assert river(*words, "--json", code=2).error["code"] in ("invalid-arguments", "scope-invalid")
