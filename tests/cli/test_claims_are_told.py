"""What claimants, holders and those who ask are told: by whom, what for, and the command that helps."""

from __future__ import annotations

from typing import Any


def test_a_conflict_says_what_the_holder_does_there(river: Any, sky: Any) -> None:
    river("claim", "src/app.py", "-d", "split the router")
    error = sky("claim", "src/app.py", "--json", code=3).error
    assert error["conflicts"][0]["description"] == "split the router"
    assert "“split the router”" in error["message"]
    said = sky("check", "src/app.py", "--json", code=3).json
    assert said["conflicts"][0]["description"] == "split the router"
    assert said["suggestion"] == "gitcoord claim src/app.py --wait 10m"
    assert "then: gitcoord claim src/app.py --wait 10m" in sky("check", "src/app.py", code=3).out
    assert "suggestion" not in sky("check", "docs/", "--json").json


def test_a_command_that_is_named_can_be_pasted_into_a_shell(river: Any, sky: Any) -> None:
    river("claim", "src/*.py", "docs/$(id) a.md")
    for target in ("src/a*.py", "docs/$(id) a.md"):
        error = sky("claim", target, "--json", code=3).error
        assert f"gitcoord claim '{target}' --wait 10m" in error["hint"]
        assert sky("check", target, "--json", code=3).json["suggestion"] == f"gitcoord claim '{target}' --wait 10m"
    river("claim", "env:staging")
    assert sky("claim", "env:staging", code=3).err.splitlines()[1].startswith("Wait: gitcoord claim env:staging")


def test_claims_are_listed_by_module_and_by_whether_their_time_is_over(river: Any, sky: Any) -> None:
    river("owners", "add", "auth", "src/auth/", "--owner", "@river")
    river("claim", "src/auth/login.py", "docs/")
    assert [each["scope"] for each in sky("claims", "--module", "auth", "--fresh", "--json").json["claims"]] == [
        "src/auth/login.py"
    ]
    assert sky("claims", "--module", "aut", code=5).err.startswith("There is no module aut. Near: auth.")
    assert len(sky("claims", "--active", "--json").json["claims"]) == 2


def test_shared_claims_beside_each_other_are_seen(river: Any, sky: Any) -> None:
    river("claim", "shared:package-lock.json")
    granted = sky("claim", "shared:package-lock.json", "--json").json
    assert (granted["outcome"], [each["agent"] for each in granted["beside"]]) == ("granted", ["river"])


def test_where_claims_only_warn_the_same_again_is_renewed(river: Any, sky: Any) -> None:
    river("claim", "src/app.py")
    sky("config", "set", "claims.mode", "warn")
    first = sky("claim", "src/app.py", "--json").json
    again = sky("claim", "src/app.py", "--json").json
    assert (first["outcome"], again["outcome"]) == ("granted", "renewed")
    assert first["claims"][0]["id"] == again["claims"][0]["id"]


def test_a_holder_hears_first_of_what_was_done_to_its_claims(river: Any, sky: Any) -> None:
    river.write("src/app.py", "def f():\n    pass\n\n\ndef g():\n    pass\n")
    sky.write("src/app.py", "def f():\n    pass\n\n\ndef g():\n    pass\n")
    river("claim", "src/app.py")
    river("read")
    sky("claim", "docs/guide.md", "README.md", *(f"src/part{n}.py" for n in range(30)))
    sky("claim", "src/app.py#f")
    told = river("read", "--fresh", "--json").json["events"]
    assert told[0]["type"] == "claim.narrowed"
    sky("release", "--all")
    sky("claim", *(f"lib/part{n}.py" for n in range(40)))
    sky("claim", "src/app.py#g")
    said = river("read", "--fresh").out
    assert "claim.narrowed" in said, said
    assert "more: gitcoord log" in said, "and that with more than fits"


def test_a_request_says_what_is_needed_and_comes_with_a_command_that_works(river: Any, sky: Any) -> None:
    river("claim", "src/", "--ttl", "1h")
    assert "does not hold docs/" in sky("request-release", "CLM-1", "--reason", "r", "--for", "docs/", code=2).err
    sky("request-release", "CLM-1", "--reason", "one line", "--for", "src/app.py")
    asked = river("requests", "--pending", "--fresh", "--json").json["requests"][0]
    assert asked["wanted"] == ["src/app.py"]
    said = river("read").out
    assert "(needs src/app.py)" in said
    assert "gitcoord respond REQ-1 ANSWER" in said and "approve|" not in said, "pasted, a pipe would approve"
    assert "gitcoord renew" not in said, "it is not renewed before it is answered"


def test_braces_are_no_pattern_and_that_is_said(river: Any) -> None:
    assert "git knows no braces" in river("claim", "src/{app,auth}.py").out
    assert "braces" not in river("claim", "src/{id}.py").out


def test_what_is_held_is_asked_for_by_its_path_too(river: Any, sky: Any) -> None:
    river("claim", "src/app.py", "docs/guide.md")
    asked = sky("request-release", "src/app.py", "--reason", "r", "--fresh", "--json").json["requests"]
    assert [each["scope"] for each in asked] == ["src/app.py"]
    assert sky("request-release", "README.md", "--reason", "r", code=5).err.startswith("There is no claim README.md.")
    several = sky("request-release", "**", "--reason", "r", "--json", code=5).error
    assert (several["code"], several["candidates"]) == ("ambiguous", ["CLM-1", "CLM-2"])


def test_nothing_is_counted_in_a_wrong_number(river: Any, sky: Any) -> None:
    first = sky("read").out
    assert "gitcoord leave writes a handoff" in first
    river("claim", "docs/")
    said = sky("read", "--all", "--fresh").out
    assert "1 claim of river" in said
    assert "releases your 1 claim, writes a handoff" in river("read", "--all").out
    assert river("release", "--all").out == "released CLM-1  docs/  river\n"
    assert river("release", "--all").out == "nothing to release: you hold no claim\n"
    river("claim", "docs/")
    assert sky("claim", "docs/", "--wait", "1m", "--no-block", code=3).out.startswith("queued QUE-1  docs/")
    assert sky("queue", "cancel", "QUE-1").out == "QUE-1  docs/  sky  normal  cancelled\n"
