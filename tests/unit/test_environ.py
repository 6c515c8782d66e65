"""Placeholders are as good as unset, older names stand for ours, and which layer wins."""

from __future__ import annotations

import pytest

from gitcoord import environ
from gitcoord.settings import DEFAULTS, Settings, from_environ, variable

TEMPLATE = ["set-me", "SET-ME", " changeme ", "<your name>", "${GITCOORD_AGENT}", "example-org/example-repo"]


@pytest.mark.parametrize("value", TEMPLATE)
def test_a_placeholder_is_no_value_in_any_layer(value: str) -> None:
    given = {"GITCOORD_AGENT": value, "GITCOORD_SYNC_REMOTE": value, "OTHER": value}
    environ.adopt(given)
    assert given == {"OTHER": value}
    layers = [("settings.yml", {"repo.id": "app"}), ("local.yml", {"repo.id": value}), ("environment", {"repo.id": value})]
    found = Settings(layers)
    assert found.origin("repo.id") == ("app", "settings.yml") and found.problems() == []


@pytest.mark.parametrize(
    ("older", "value", "name", "found"),
    [
        ("COORD_MAX_CLAIM_FILES", "7", "claims.max_files", 7),
        ("COORD_MAX_CLAIM_RATIO", "0.5", "claims.max_ratio", 0.5),
        ("COORD_DEFAULT_TTL_HOURS", "2", "claims.ttl.file", 7200),
        ("COORD_DEFAULT_TTL_HOURS", "0.5", "claims.ttl.module", 1800),
        ("COORD_SHARED_TTL_HOURS", "1", "claims.ttl.shared", 3600),
        ("COORD_IDLE_TIMEOUT_SEC", "600", "sessions.idle", 600),
        ("COORD_REQUEST_TTL_SHORT_SEC", "120", "requests.clamp", 120),
        ("COORD_AUTO_PROMOTE_THRESHOLD", "4", "hotspots.promote_at", 4),
        ("COORD_AUTO_PROMOTE_WINDOW_DAYS", "3", "hotspots.promote_window", 3 * 86400),
        ("COORD_AUTO_PROMOTE_SUBTREE_MIN_FILES", "5", "hotspots.subtree_min", 5),
        ("COORD_AUTO_DEMOTE_WINDOW_DAYS", "10", "hotspots.demote_window", 864000),
        ("COORD_QUEUE_AGE_BOOST_SECONDS", "30", "queue.age_boost", 30),
        ("COORD_REPO_SCOPE", "app", "claims.scope", "app"),
        ("COORD_REPO_ID", "org/app", "repo.id", "org/app"),
        ("COORD_LOG_LEVEL", "debug", "log.level", "debug"),
    ],
)
def test_an_older_name_sets_what_it_meant(older: str, value: str, name: str, found: object) -> None:
    given = {older: value}
    environ.adopt(given)
    settings = Settings([("environment", from_environ(given))])
    assert settings.get(name) == found and settings.problems() == []
    mine = DEFAULTS[name].default or "mine"
    ours = {older: value, variable(name): str(mine) if name != "hotspots.promote_at" else "9"}
    environ.adopt(ours)
    won = Settings([("environment", from_environ(ours))]).get(name)
    assert won == (mine if name != "hotspots.promote_at" else 9), "our own name wins"


def test_every_older_name_is_either_ours_or_said_to_be_gone() -> None:
    names = {variable(name) for name in DEFAULTS} | {"GITCOORD_SESSION_ID", "GITCOORD_AGENT"}
    assert {environ.PREFIX + each for ours, _ in environ.ALIASES.values() for each in ours} <= names
    assert not set(environ.ALIASES) & set(environ.GONE)
    told = environ.without_counterpart({"COORD_PORT": "8080", "COORD_AGENT": "x", "PATH": ""})
    assert [name for name, _ in told] == ["COORD_PORT"]


def test_a_session_of_an_older_name_is_ours_and_nonsense_is_reported_not_obeyed() -> None:
    given = {"COORD_SESSION_ID": "abc", "COORD_DEFAULT_TTL_HOURS": "soon"}
    environ.adopt(given)
    assert given["GITCOORD_SESSION_ID"] == "abc"
    settings = Settings([("environment", from_environ(given))])
    assert settings.get("claims.ttl.file") == DEFAULTS["claims.ttl.file"].default and settings.problems()


@pytest.mark.parametrize(
    ("layers", "winner"),
    [
        ({}, "default"),
        ({"settings.yml": 5}, "settings.yml"),
        ({"settings.yml": 5, "local.yml": 6}, "local.yml"),
        ({"settings.yml": 5, "local.yml": 6, "environment": 7}, "environment"),
        ({"settings.yml": 5, "environment": "set-me"}, "settings.yml"),
        ({"settings.yml": 5, "local.yml": "<files>", "environment": "${N}"}, "settings.yml"),
        ({"settings.yml": 5, "local.yml": "many"}, "settings.yml"),
    ],
)
def test_environment_over_machine_over_team_over_default(layers: dict[str, object], winner: str) -> None:
    found = Settings([(origin, {"claims.max_files": value}) for origin, value in layers.items()])
    assert found.origin("claims.max_files")[1] == winner


def test_the_team_s_file_speaks_for_no_machine_and_unknown_names_set_nothing() -> None:
    found = Settings([("settings.yml", {"sync.remote": "evil", "claims": {"ttl": {"flie": 5}}})])
    assert found.origin("sync.remote") == ("", "default") and "sync.remote" in found.problems()[0]
    assert found.unknown() == ["claims.ttl.flie"]
