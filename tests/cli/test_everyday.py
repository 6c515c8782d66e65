"""The main job at the command line: two clones that share nothing but a remote."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from gitcoord.cli.app import verbs


def test_a_claim_of_one_is_a_refusal_for_the_other(river, sky) -> None:
    granted = river("claim", "src/auth/", "--ttl", "45m", "--json").json
    assert granted["outcome"] == "granted"
    assert granted["state"] == "confirmed"
    assert granted["claims"][0]["alias"] == "CLM-1"
    assert granted["claims"][0]["lease_token"]
    said = sky("claim", "src/auth/login.py", "--json", "--fresh", code=3)
    assert said.out == ""
    assert said.error["code"] == "claim-conflict"
    assert said.error["conflicts"][0]["claim"]["agent"] == "river"
    assert said.error["conflicts"][0]["files"] == ["src/auth/login.py"]


def test_check_says_free_with_0_and_held_with_3(river, sky) -> None:
    river("claim", "src/app.py")
    held = sky("check", "src/app.py", "--json", "--fresh", code=3).json
    assert held["free"] is False
    assert held["conflicts"][0]["claim"]["alias"] == "CLM-1"
    assert sky("check", "docs/guide.md", "--json").json["free"] is True
    assert river("check", "src/app.py", "--json").json["free"] is True


def test_a_warning_is_told_and_claims_nothing(river, sky) -> None:
    river("claim", "src/app.py")
    warned = sky("claim", "src/app.py", "--mode", "warn", "--json", "--fresh").json
    assert warned["outcome"] == "warned"
    assert warned["warnings"]
    assert [each["agent"] for each in river("claims", "--json", "--fresh").json["claims"]] == ["river"]


def test_what_is_released_can_be_claimed_at_once(river, sky) -> None:
    river("claim", "src/app.py")
    river("release", "CLM-1")
    assert sky("claim", "src/app.py", "--json").json["outcome"] == "granted"


def test_a_question_is_in_view_until_it_is_decided(river, sky) -> None:
    river("ask", "Which", "port?", "--json")
    assert [each["title"] for each in sky("blockers", "--json", "--fresh").json["blockers"]] == ["Which port?"]
    decided = sky("decide", "BLK-1", "8080", "--json").json
    assert decided["decisions"][0]["alias"] == "DEC-1"
    assert river("blockers", "--json", "--fresh").json["blockers"] == []
    assert [each["title"] for each in river("decisions", "--json").json["decisions"]] == ["8080"]


def test_a_decision_on_a_task_is_a_wrong_kind(river) -> None:
    river("task", "add", "tokens")
    assert river("decide", "TASK-1", "no", "--json", code=5).error["code"] == "not-found"


def test_a_task_takes_its_paths_with_it(river, sky) -> None:
    river("task", "add", "refresh", "tokens", "--priority", "1")
    taken = river("task", "claim", "TASK-1", "--paths", "src/auth/token.py", "--json").json
    assert {each["kind"] for each in taken["claims"]} == {"task", "file"}
    sky("check", "src/auth/token.py", "--fresh", code=3)
    river("task", "done", "TASK-1", "it", "refreshes")
    sky("check", "src/auth/token.py", "--fresh")
    assert [each["state"] for each in sky("task", "list", "--all", "--json").json["tasks"]] == ["done"]


def test_leave_needs_no_argument_and_tells_what_git_knows(river, sky) -> None:
    river.git("checkout", "-q", "-b", "login")
    river.write("src/auth/login.py", "new\n")
    river.git("commit", "-qam", "a new login")
    river.write("src/left.py", "not committed\n")
    river("claim", "src/auth/login.py")
    river("ask", "Which port?")
    river("leave", "--test", "pytest: 3 passed")
    assert sky("claims", "--json", "--fresh").json["claims"] == []
    assert len(sky("blockers", "--json").json["blockers"]) == 1
    handoff = sky("handoffs", "--json").json["handoffs"][0]
    whole = sky("show", handoff["alias"], "--json").json["entity"]
    assert whole["branch"] == "login"
    assert whole["files"] == ["src/auth/login.py", "src/left.py"]
    assert whole["tests"] == ["pytest: 3 passed"]
    assert whole["commits"][0].endswith("a new login")
    assert len(whole["blockers"]) == 1


def test_read_tells_each_thing_once(river, sky) -> None:
    sky("read")
    river("claim", "src/app.py")
    river("decide", "we keep port 8080")
    first = sky("read", "--json", "--fresh").json
    assert [each["title"] for each in first["decisions"]] == ["we keep port 8080"]
    assert any(each["type"] == "claim.granted" for each in first["events"])
    second = sky("read", "--json").json
    assert second["events"] == []
    assert second["decisions"] == []
    assert second["claims"] == [] and second["unchanged"]["claims"] == 1
    whole = sky("read", "--all", "--json").json
    assert [each["agent"] for each in whole["claims"]] == ["river"]


def test_what_one_did_oneself_is_no_news(river) -> None:
    river("read")
    river("claim", "src/app.py")
    assert river("read", "--json").json["events"] == []


def test_the_cursor_waits_until_the_answer_was_taken(river, sky) -> None:
    sky("read")
    river("claim", "src/app.py")
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "gitcoord", "read", "--fresh", "--json"],
            cwd=sky.place,
            env={**sky.env, "GITCOORD_AGENT": "sky"},
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert done.returncode == 1
    assert b"could not be written" in done.stderr
    assert any(each["type"] == "claim.granted" for each in sky("read", "--json").json["events"])


def test_a_reader_who_goes_away_is_no_failure_worth_words(river) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "gitcoord", "status"],
        cwd=river.place,
        env={**river.env, "GITCOORD_AGENT": "river"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    words = process.stderr.read()
    process.wait()
    process.stderr.close()
    assert words == b""


def test_status_and_read_answer_what_an_agent_must_know(river, sky) -> None:
    river.git("checkout", "-q", "-b", "login")
    river("update", "login form works, tests next")
    river("claim", "src/auth/", "-d", "new login")
    river("ask", "Which port?", "--to", "sky")
    river("decide", "tokens live 10 minutes")
    found = sky("read", "--json", "--fresh").json
    by_name = {each["agent"]: each for each in found["agents"]}
    assert set(by_name) == {"river", "sky"}  # who works
    assert by_name["river"]["doing"] == "login form works, tests next"  # doing what
    assert [(each["agent"], each["scope"]) for each in found["claims"]] == [("river", "src/auth/")]  # what is claimed
    assert by_name["river"]["branch"]  # on which branch
    assert [each["title"] for each in found["decisions"]] == ["tokens live 10 minutes"]  # what was decided
    assert [each["title"] for each in found["questions"]] == ["Which port?"]  # what needs my answer
    assert "gitcoord check" in found["notes"]["before_editing"]  # what to know before editing
    assert "gitcoord leave" in found["notes"]["on_leave"]  # what leaving does
    assert any("gitcoord decide BLK-1" in each["command"] for each in found["next_actions"])
    status = sky("status", "--json").json
    assert status["coop"]["slug"] == "login-flow"
    assert {"agents", "claims", "blockers", "tasks", "outbox", "sync", "as_of", "quarantined"} <= set(status)


def test_join_does_not_guess_among_several(clone, river) -> None:
    river("start", "second thing")
    other = clone("wren")
    said = other("join", "--json", code=5)
    assert said.error["code"] == "ambiguous"
    assert [each["slug"] for each in said.error["candidates"]] == ["login-flow", "second-thing"]
    other("join", "2")
    assert other("status", "--json").json["coop"]["slug"] == "second-thing"


def test_agents_without_a_name_get_one_each(clone, river) -> None:
    first, second = clone(folder="one"), clone(folder="two")
    names = {each("join", "--json").json["agent"] for each in (first, second)}
    assert len(names) == 2
    first("claim", "src/app.py")
    second("claim", "src/app.py", "--fresh", code=3)


def test_offline_is_saved_said_and_landed_later(river, sky) -> None:
    said = river("claim", "src/app.py", "--offline", "--json", code=6).json
    assert said["state"] == "provisional"
    assert said["claims"][0]["alias"].startswith("CLM-~")
    assert river("status", "--json", "--offline").json["outbox"]["pending"] == 1
    synced = river("sync", "--json").json
    assert synced["waiting"] == []
    assert len(synced["confirmed"]) == 1
    sky("check", "src/app.py", "--fresh", code=3)


def test_the_same_key_has_one_effect(river) -> None:
    first = river("ask", "Which port?", "--idempotency-key", "q1", "--json").json
    again = river("ask", "Which port?", "--idempotency-key", "q1", "--json").json
    assert again["replayed"] is True
    assert again["blockers"][0]["id"] == first["blockers"][0]["id"]
    assert len(river("blockers", "--json").json["blockers"]) == 1
    assert river("ask", "Another?", "--idempotency-key", "q1", "--json", code=4).error["code"] == "idempotency-mismatch"


def test_the_past_can_be_asked(river) -> None:
    before = river("status", "--json").json["as_of"]["revision"]
    river("claim", "src/app.py")
    assert river("claims", "--json", "--at", str(before)).json["claims"] == []
    assert len(river("claims", "--json").json["claims"]) == 1
    river("claims", "--at", "soon", code=2)
    river("claims", "--at", "99999", code=5)


def test_log_prints_one_object_a_line_oldest_first(river) -> None:
    river("claim", "src/app.py")
    river("release", "--all")
    lines = river("log", "--json").lines()
    revisions = [each["revision"] for each in lines if "revision" in each]
    assert revisions == sorted(revisions)
    assert {"revision", "intent_id", "kind", "agent", "session_id", "at", "commit", "refs"} <= set(lines[0])
    assert [each["kind"] for each in lines][-2:] == ["claim.acquire", "claim.release"]


def test_log_goes_on_where_it_stopped(river) -> None:
    for number in range(12):
        river("update", f"step {number}")
    seen: list[int] = []
    words = ["log", "--json", "--since", "0", "--budget", "300"]
    for _ in range(40):
        lines = river(*words).lines()
        seen += [each["revision"] for each in lines if "revision" in each]
        if not lines[-1].get("truncated"):
            break
        words = lines[-1]["next"].split()[1:]
    assert seen == list(range(1, seen[-1] + 1))
    assert seen[-1] >= 14


READS = [
    "status", "read", "claims", "check src/app.py", "blockers", "decisions", "handoffs", "task list", "discover", "log",
    "digest", "attic list", "config list", "hooks status", "store query", "store get CLM-1", "show CLM-1", "ev types",
    "version", "invite",
]  # fmt: skip


@pytest.mark.parametrize("as_json", [False, True])
def test_a_read_changes_nothing_anywhere(river, hub: Path, as_json: bool) -> None:
    river("claim", "src/app.py")

    def state() -> tuple[str, ...]:
        tip = subprocess.run(["git", "rev-parse", "gitcoord-sync"], cwd=hub, capture_output=True, check=True).stdout.decode()
        return tip, river.git("status", "--porcelain"), river.git("for-each-ref"), river.git("reflog")

    before = state()
    for line in READS:
        river(*line.split(), *(["--json"] if as_json else []))
    assert state() == before


@pytest.mark.parametrize("line", [each for each in READS if each not in ("version", "ev types", "hooks status", "read")])
def test_without_the_cache_the_answer_is_the_same(river, line: str) -> None:
    river("claim", "src/app.py")
    river("ask", "Which port?")
    words = [*line.split(), "--offline"]
    ages = re.compile(r"\d+ (s|m)( ago| old)|\(\d+ h \d+ m left\)|, \d+ s old")  # a second may pass between the two
    assert ages.sub("", river(*words).out) == ages.sub("", river(*words, "--no-cache").out)


def test_store_gets_what_it_was_given(river) -> None:
    river("task", "add", "tokens")
    river("store", "put", "task", "--id", "TASK-1", "priority=0")
    assert river("store", "get", "TASK-1", "--json").json["entity"]["priority"] == 0
    assert "title: tokens" in river("store", "get", "TASK-1", "--format", "yaml").out
    assert river("store", "get", "TASK-1", "--format", "md").out.startswith("---\n")
    found = river("store", "query", "--kind", "task", "--where", "state=open", "--fields", "alias,title").lines()
    assert [(each["alias"], each["title"]) for each in found] == [("TASK-1", "tokens")]
    near = river("store", "get", "TASK-7", "--json", code=5).error
    assert near["candidates"] == ["TASK-1"]


def test_a_setting_of_the_team_reaches_the_other_clone(river, sky) -> None:
    river("config", "set", "claims.ttl.file", "2h")
    shown = sky("config", "get", "claims.ttl.file", "--show-origin", "--json", "--fresh").json["settings"][0]
    assert (shown["value"], shown["origin"]) == (7200, "settings.yml")
    sky("config", "set", "claims.ttl.file", "1h", "--local")
    shown = sky("config", "get", "claims.ttl.file", "--show-origin", "--json").json["settings"][0]
    assert (shown["value"], shown["origin"]) == (3600, "local.yml")
    sky("config", "unset", "claims.ttl.file", "--local")
    assert sky("config", "get", "claims.ttl.file", "--json").json["settings"][0]["value"] == 7200


def test_rebuilding_the_index_changes_no_digest(river) -> None:
    river("claim", "src/app.py")
    before = river("digest", "--json").json["digest"]
    river("rebuild-index")
    assert river("digest", "--json").json["digest"] == before


REFUSED = [
    ("status", 10, "not-a-repository", "outside"),
    ("status", 10, "not-initialised", "fresh"),
    ("claim src/x.py", 10, "not-joined", "unnamed"),
    ("show NOPE-1", 5, "not-found", ""),
    ("show TASK-99", 5, "not-found", ""),
    ("release CLM-99", 5, "not-found", ""),
    ("claim /etc/passwd", 2, "scope-invalid", ""),
    ("claim ../up", 2, "scope-invalid", ""),
    ("claim a --ttl 1s", 2, "invalid-arguments", ""),
    ("claim a --ttl 30d", 2, "invalid-arguments", ""),
    ("config get no.such", 5, "not-found", ""),
    ("config set claims.ttl.file soon", 2, "invalid-arguments", ""),
    ("clam x", 2, "invalid-arguments", ""),
    ("join nowhere", 5, "not-found", ""),
    ("claim src/x.py --expected-revision 1", 4, "state-revision-conflict", ""),
]


@pytest.mark.parametrize(("line", "code", "slug", "where"), REFUSED)
def test_a_refusal_has_its_exit_and_its_word(clone, river, tmp_path: Path, line: str, code: int, slug: str, where: str) -> None:
    agent, cwd = river, None
    if where == "outside":
        cwd = tmp_path
    elif where == "unnamed":
        agent = clone(folder="unnamed")
    elif where == "fresh":
        subprocess.run(["git", "init", "-q", str(tmp_path / "bare-new")], check=True, env=river.env)
        cwd = tmp_path / "bare-new"
    said = agent(*line.split(), "--json", code=code, cwd=cwd)
    assert said.out == ""
    assert said.error["code"] == slug
    assert said.error["message"]
    plain = agent(*line.split(), code=code, cwd=cwd)
    assert plain.out == ""
    assert plain.err


def test_gitcoord_alone_is_status_or_three_lines_of_help(river, tmp_path: Path) -> None:
    assert len(river(cwd=tmp_path).out.splitlines()) == 3
    assert river("--json").json["schema"] == "gitcoord.status/1"


def test_every_command_answers_help_quickly_and_with_0(river) -> None:
    assert "Usage" in river("--help").out
    for path in verbs()[:3]:
        assert "Example" in river(*path.split(), "--help").out


HEAVY = {
    "typing", "dataclasses", "pathlib", "subprocess", "logging", "inspect", "argparse", "click", "yaml",
    "ruamel", "msgspec", "filelock", "git", "rich", "tempfile", "shutil", "importlib.metadata",
}  # fmt: skip


#: Of a millisecond or more each; what only answers does without.
DEAR = {"json", "re", "enum", "functools", "collections", "random", "signal", "sqlite3", "hashlib"}
READING = ["status", "status --json", "check src/app.py", "check src/app.py --json", "claims", "claims --json", "read", "sync"]


@pytest.mark.parametrize("line", [*READING, "claim docs/guide.md"])
def test_the_everyday_verbs_import_nothing_heavy(river, line: str) -> None:
    river("claim", "src/app.py")
    river("sync")
    loaded = _loaded(river, line)
    assert loaded & HEAVY == set()
    if line in READING:
        assert loaded & DEAR == set()


def _loaded(river, line: str) -> set[str]:
    script = (
        "import sys; from gitcoord.__main__ import main; sys.argv = ['gitcoord', *sys.argv[1:]]\n"
        "before = set(sys.modules)\n"
        "main()\nprint('\\n' + ' '.join(sorted(set(sys.modules) - before)))"
    )
    done = subprocess.run(
        [sys.executable, "-S", "-c", script, *line.split()],
        cwd=river.place,
        env={**river.env, "GITCOORD_AGENT": "river", "PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        check=True,
    )
    return set(done.stdout.decode().splitlines()[-1].split())


def test_who_asks_again_is_told_what_was_decided(river, sky) -> None:
    river("ask", "Should settings persist to JSON or SQLite?")
    river("decide", "BLK-1", "project-local JSON for v1")
    said = sky("ask", "JSON or SQLite for the settings?", "--fresh")
    assert "decided before: DEC-1" in said.out
    assert sky("blockers", "--json").json["blockers"][0]["alias"] == "BLK-2", "shown, and asked all the same"


@pytest.mark.parametrize(
    "words",
    [
        ("log", "--kind", "bogus"),
        ("store", "query", "--kind", "task", "--where", "stat=open"),
        ("store", "query", "--fields", "alais"),
        ("store", "put", "task"),
    ],
)
def test_a_slip_is_told_and_not_answered_with_nothing(river, words) -> None:
    river("task", "add", "first")
    said = river(*words, code=2)
    assert said.err and not said.out


def test_the_past_shows_who_was_there_then(river) -> None:
    river("task", "add", "first")
    then = river("status", "--json").json["as_of"]["revision"]
    river("close")
    past = river("status", "--at", str(then), "--json").json
    assert [each["agent"] for each in past["agents"]] == ["river"]


def test_my_claims_show_what_waits_for_the_remote(river) -> None:
    river("claim", "src/app.py", "--offline", code=6)
    (mine,) = river("claims", "--mine", "--json").json["claims"]
    assert (mine["scope"], mine["state"], mine["fence"]) == ("src/app.py", "provisional", None)
    assert "provisional" in river("claims", "--mine").out
    river("sync")
    assert [each["state"] for each in river("claims", "--mine", "--json").json["claims"]] == ["active"]


def test_init_run_again_names_what_makes_sense_then(clone, river) -> None:
    assert river("init", "--json").json["next"] == ["gitcoord read", "gitcoord claim src/…", "gitcoord status"]
    sky = clone("sky")
    assert sky("init", "--dry-run", "--json").json["next"][0] == 'gitcoord start "what we are doing"', "nothing is known here"
    assert sky("init", "--json").json["next"][0] == "gitcoord join"
    sky("join")
    assert sky("init", "--dry-run", "--json").json["next"][0] == "gitcoord read"
    sky("leave")
    assert sky("init", "--json").json["next"][0] == "gitcoord join"
    sky("start", "another")
    assert clone("pat")("init", "--json").json["next"][:2] == ["gitcoord discover", "gitcoord join NAME"]


def test_one_of_a_kind_is_told_in_the_singular_and_none_in_a_sentence(river, sky) -> None:
    assert sky("release", "--all").out.startswith("nothing to release: you hold no claim")
    assert river("sync").out.startswith("nothing waited here; revision ")
    river("claim", "src/app.py")
    river("ask", "which port")
    assert "1 claim of river; ask first" in sky("read", "--fresh").out
    again = sky("read").out
    assert "Unchanged: 1 claim, 1 open question," in again or "1 claim," in again.partition("Unchanged:")[2]
    assert "  1 call  " in sky("budget", "report").out
    counted = river("metrics", "blockers").out
    assert "mean 0 s" in counted and "open seconds" not in counted
    assert "1 path below 5 contacts" in river("metrics", "hotspots").out
