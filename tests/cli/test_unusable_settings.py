"""A setting with a value that cannot be used stops nothing, and is never ignored without a word."""

from __future__ import annotations

BOGUS = "warning: GITCOORD_SYNC_TRANSPORT is ignored: expected one of auto, direct, carrier, tree, local, found 'bogus'\n"


def test_a_variable_that_cannot_be_used_is_named_with_what_it_may_be(river) -> None:
    assert river("status", GITCOORD_SYNC_TRANSPORT="bogus").err == BOGUS
    assert river("claim", "src/app.py", GITCOORD_SYNC_TRANSPORT="bogus").err == BOGUS
    assert river("show", "CLM-9", GITCOORD_SYNC_TRANSPORT="bogus", code=5).err.endswith(BOGUS)
    assert river("status").err == ""


def test_in_json_it_stands_among_the_warnings_and_errors_stay_one_object(river) -> None:
    said = river("status", "--json", GITCOORD_SYNC_TRANSPORT="bogus")
    assert (said.err, said.json["warnings"]) == ("", [BOGUS.removeprefix("warning: ").strip()])
    assert river("show", "CLM-9", "--json", GITCOORD_SYNC_TRANSPORT="bogus", code=5).error["code"] == "not-found"


def test_a_cut_value_and_a_misspelt_name_are_said_too_and_many_are_counted(river) -> None:
    assert river("status", GITCOORD_SYNC_DEADLINE="1h").err == (
        "warning: GITCOORD_SYNC_DEADLINE: '1h' is outside its bounds, 1 to 60; 60 is used\n"
    )
    assert river("status", GITCOORD_SYNC_TRANPORT="local").err == (
        "warning: GITCOORD_SYNC_TRANPORT is ignored: there is no such setting\n"
    )
    many = {f"GITCOORD_LOOP_{name}": "soon" for name in ("NORMAL", "ACTIVE", "LIVE", "STALE", "STOP")}
    assert river("status", **many).err.splitlines()[3:] == ["warning: and 2 more settings: gitcoord config list"]
    listed = river("config", "list", **many)
    assert listed.err == "" and listed.out.count("'soon'") == 5, "what lists them all says each once"


def test_a_line_of_the_machines_file_is_named_where_it_stands(river) -> None:
    (river.place / ".git/gitcoord/local.yml").write_text("hooks:\n  pre_push: enforc\n")
    told = "hooks.pre_push in local.yml is ignored: expected one of advise, enforce, warn, off, found 'enforc'"
    assert river("status").err == f"warning: {told}\n"
    assert told in river("init").out
    river.write("src/new.py", "new\n")
    river.git("checkout", "-q", "-b", "work")
    river.git("add", ".")
    river.git("commit", "-qm", "new")
    assert f"gitcoord: {told}" in pushed(river), "and the push goes on"


def pushed(agent) -> str:
    import subprocess

    done = subprocess.run(
        ["git", "push", "-q", "origin", "work"], cwd=agent.place, env=agent.env, capture_output=True, text=True, check=True
    )
    return done.stderr


def test_the_hook_of_a_tool_goes_on_without_a_word(river) -> None:
    said = river("hook", "claude", stdin='{"hook_event_name": "SessionEnd", "cwd": "."}', GITCOORD_SYNC_TRANSPORT="bogus")
    assert (said.out, said.err) == ("", "")


def test_a_settings_file_that_cannot_be_read_stops_nobody_and_is_not_written_over(river) -> None:
    file = river.place / ".git/gitcoord/local.yml"
    file.write_text("{{{ mine")
    assert "cannot be read" in river("status").err
    for words in (("config", "set", "sync.max_age", "5s"), ("config", "unset", "sync.max_age"), ("init", "--mode", "local")):
        said = river(*words, code=9)
        assert "mended first" in said.err and "gitcoord doctor" in said.err
    assert file.read_text() == "{{{ mine"
    file.unlink()
    file.mkdir()
    river("status")
    assert "cannot be read" in river("config", "set", "sync.max_age", "5s", code=9).err
    assert "bug" not in river("doctor").out + river("doctor").err
