"""What the everyday answers say, word for word where it matters: names, counts, and the command that goes on."""

from __future__ import annotations

from typing import Any

import pytest

from gitcoord import clock
from gitcoord.actions import coops, status
from gitcoord.errors import Ambiguous, NotFound
from gitcoord.workspace import Workspace


@pytest.fixture
def later(monkeypatch: Any) -> Any:
    """A clone opened in this process, at a later time: nobody waits for an hour."""
    ahead = [0.0]
    wall = clock.now
    monkeypatch.setattr(clock, "now", lambda: wall() + ahead[0])

    def move(agent: Any, seconds: float) -> Workspace:
        ahead[0] = seconds
        return Workspace.open(str(agent.place), agent=agent.name, environ=agent.env, fresh=True)

    return move


def test_a_clone_that_knows_of_none_asks_before_it_says_that_there_is_none(clone: Any) -> None:
    sky, river = clone("sky"), clone("river")
    sky("init")
    assert sky("discover").out == 'No co-op is open here.\nNext: gitcoord start "what we are doing"\n'
    river("init")
    river("start", "login flow", "--goal", "sign in with a passkey")
    found = sky("discover").out.splitlines()
    assert found[0].startswith("1. login-flow  active  updated ")
    assert found[0].endswith("river  “sign in with a passkey”  (default)")
    assert found[1] == "Next: gitcoord join"
    assert river("discover").out.splitlines()[0].endswith("(yours)")


def test_the_only_active_co_op_is_joined_and_the_idle_one_is_named(river: Any, clone: Any, later: Any) -> None:
    wren = clone("wren")
    ws = later(wren, 2400)
    ws.submit("coop.start", {"title": "second", "slug": "second", "name": "Wren second"}, 1, identity=coops.somebody(ws, []))
    sky = clone("sky")
    with pytest.raises(Ambiguous):
        coops.join(later(sky, 2400), asked=False)
    joined = coops.join(later(sky, 2400))
    assert joined["coop"] == "second"
    assert joined["warnings"][0] == "also open: login-flow (idle); another one: gitcoord join NAME"


def test_a_co_op_that_slept_over_night_is_named_to_who_wants_to_join(river: Any, clone: Any, later: Any) -> None:
    with pytest.raises(NotFound) as refused:
        coops.join(later(clone("sky"), 15 * 3600))
    assert refused.value.hint == "gitcoord join login-flow"


@pytest.mark.parametrize(("silent", "state"), [(1700, "active"), (1900, "idle"), (7300, "stale"), (22_000, "expired")])
def test_status_read_and_discover_agree_on_how_alive_a_co_op_is(river: Any, later: Any, silent: float, state: str) -> None:
    ws = later(river, silent)
    told = (status.status(ws)["coop"], status.read(ws)["coop"], coops.discover(ws, all_=True)["coops"][0])
    assert [each["status"] for each in told] == [state] * 3


def test_a_live_thread_keeps_it_active_in_status_too(river: Any, sky: Any, later: Any) -> None:
    river("thread", "start", "@sky", "which file", "--lifetime", "60m")
    assert status.status(later(river, 3500))["coop"]["status"] == "active"
    assert status.status(later(river, 3700))["coop"]["status"] == "idle"


def test_two_titles_without_a_latin_letter_are_two_co_ops(river: Any) -> None:
    made = [river("start", title, "--json").json["coops"][0]["slug"] for title in ("認証の流れ", "決済")]
    assert made == ["認証の流れ", "決済"]
    river("join", "認証の流れ")


def test_a_long_list_of_co_ops_keeps_the_command_that_helps(river: Any, clone: Any) -> None:
    for n in range(9):
        river("start", f"number {n} of the very long names that people give to what they are about to do")
    told = clone("sky")("join", code=5).err.splitlines()
    assert told[-1] == "gitcoord join 1" and told[-2] == "  and 3 more: gitcoord discover"
    assert all(line.endswith("(active)") for line in told[1:-2])


def test_counts_agree_with_their_nouns_and_what_i_decide_is_no_news_to_me(river: Any, sky: Any) -> None:
    river("claim", "src/app.py")
    river("ask", "JSON or SQLite?")
    first = sky("read", "--fresh").out
    assert "1 claim of river; ask first: gitcoord check PATH" in first
    assert "gitcoord leave writes a handoff, keeps 1 open question\n" in first
    assert "blocker.opened BLK-1  “JSON or SQLite?”" in first
    sky("decide", "BLK-1", "JSON")
    again = sky("read", "--fresh").out
    assert "Decided" not in again and "Unchanged: 1 claim, 2 agents: gitcoord read --all" in again
    assert "Decided since you looked:\n  DEC-1  sky: “JSON”" in river("read", "--fresh").out


def test_a_full_thread_is_to_be_closed_and_a_newcomer_hears_what_came_of_it(river: Any, sky: Any, clone: Any) -> None:
    river("thread", "start", "@sky", "which file", "--max-messages", "2", "--message", "mine is app.py")
    river("thread", "reply", "THR-1", "and login.py")
    next_up = sky("read", "--json", "--fresh").json["next_actions"]
    assert [each["command"] for each in next_up if "THR-1" in each["command"]] == ['gitcoord thread close THR-1 --summary "…"']
    sky("thread", "close", "THR-1", "--summary", "river has app.py")
    newcomer = clone("wren")
    newcomer("join")
    assert "“which file”  -> “river has app.py”" in newcomer("read").out


def test_a_question_in_the_mail_names_the_command_that_answers_it(river: Any, sky: Any) -> None:
    river("msg", "send", "--to", "sky", "--question", "which port?")
    told = sky("read", "--json", "--fresh").json["next_actions"]
    assert {"command": 'gitcoord msg reply MSG-1 "…"', "why": "river asks you"} in told


def test_leaving_says_what_became_of_each_thing_and_show_has_the_eight_fields(river: Any, sky: Any) -> None:
    river("claim", "src/app.py")
    river("ask", "which port?")
    said = river("leave", "out of context", "--next", "the tests").out.splitlines()
    assert [line.split("  ")[0] for line in said] == ["left login-flow", "CLM-1", "still open BLK-1", "wrote HND-1"]
    shown = sky("show", "HND-1", "--fresh").out
    assert "  open blockers: BLK-1\n  best next action: “the tests”\n  do not redo: none stated\n" in shown
    assert "Held:\n  CLM-1  src/app.py\n" in shown and shown.endswith("Take over: gitcoord takeover HND-1\n")


def test_an_ordinary_update_fits_its_small_answer_whole(river: Any) -> None:
    words = ("update", "parser done", "--done", "parser", "--open", "tests")
    told = river(*words, "--json").json
    assert "truncated" not in told and told["checkins"][0]["open_items"] == ["tests"]
    assert river(*words).out == "not-stored: this is what you said last\n"


def test_what_a_thread_leaves_out_is_shown_by_the_command_it_names(river: Any, sky: Any) -> None:
    river("thread", "start", "@sky", "which file", "--max-messages", "10", "--max-tokens", "1000", "--message", "one")
    for n in range(9):
        river("thread", "reply", "THR-1", f"and number {n} " + "of the many things that had to be said here " * 3)
    told = river("thread", "read", "THR-1", "--json").json
    assert told["truncated"] and told["next"] == "gitcoord thread read THR-1 --history --budget 700"


def test_an_export_is_of_the_newest_state_and_its_tree_is_kept_out_of_git(river: Any, sky: Any) -> None:
    sky("status", "--fresh")
    river("ask", "which port?")
    sky("export", "md", "--output", "out")
    assert "which port?" in (sky.place / "out/summary.md").read_text()
    sky("export", "--layout", "co-op")
    assert ".co-op" not in sky.git("status", "--porcelain")


def test_a_setting_out_of_bounds_is_told_its_bounds(river: Any) -> None:
    said = river("config", "set", "threads.max_messages", "50", "--json", code=2).error
    assert said["message"] == "threads.max_messages: '50' is outside its bounds, 2 to 10."


def test_nothing_waits_is_not_said_before_the_remote_was_asked(river: Any, sky: Any) -> None:
    """What is known here may be 30 s old and is good enough for a look around; not for an empty inbox."""
    sky("status", "--fresh")
    river("handoff", "docs begun")
    assert sky("next-handoff", "--json").json["handoffs"][0]["alias"] == "HND-1"
    river("msg", "send", "--to", "sky", "the first")
    assert [each["title"] for each in sky("msg", "recv", "--json").json["messages"]] == ["the first"]
    sky("msg", "ack", "MSG-1")
    river("msg", "send", "--to", "sky", "the second")
    heard = sky("msg", "recv", "--follow", "--limit", "1", "--timeout", "8s").lines()
    assert [each["title"] for each in heard] == ["the second"], "long before the next poll"


def test_what_waits_is_said_once_and_nobody_is_told_to_do_it_again(river: Any, clone: Any) -> None:
    wren = clone("wren")
    wren("status")
    wren("start", "something else", "--offline", code=6)
    commands = [each["command"] for each in wren("read", "--offline", "--json").json["next_actions"]]
    assert "gitcoord sync" in commands and "gitcoord join" not in commands
    said = river("leave", "--no-wait", code=6).out
    assert said.startswith("PROVISIONAL: ") and said.count("\n") == 1


def test_where_several_agents_act_in_a_worktree_nobody_is_told_to_join(river: Any) -> None:
    river("--as", "sky", "join")
    said = river("status", GITCOORD_AGENT="").out
    assert said.startswith("Several agents act in this worktree: river, sky. Name one: gitcoord --as river status\n"), said
    assert "In no co-op" not in said


def test_the_next_day_what_ran_out_is_said_to_have_run_out_and_how_the_co_op_wakes(river: Any, later: Any) -> None:
    river("claim", "src/app.py", "--ttl", "1h")
    told = {each["command"]: each["why"] for each in status.read(later(river, 20 * 3600))["next_actions"]}
    assert told["gitcoord renew CLM-1"].startswith("it ran out"), told
    assert told['gitcoord update "…"'].endswith("the next word brings it back"), told


def test_sync_names_what_it_landed_and_a_second_uninstall_finds_nothing(river: Any) -> None:
    river("ask", "which port?", "--offline", code=6)
    assert "\nconfirmed  asked BLK-1\n" in river("sync").out
    said = river("claim", "src/app.py", "--ttl", "99d", code=2).err
    assert said.startswith("A TTL is from 1 m to 1 d, not 99 d.\n"), said
    assert "removed: local state in the git directory" in river("uninstall").out
    assert river("uninstall").out == "notes: gitcoord had written nothing here\n"
