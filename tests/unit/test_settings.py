"""Settings: layers, types, bounds that cannot be raised, and what is reported instead of obeyed."""

from __future__ import annotations

from typing import Any

import pytest

from gitcoord.settings import CHOICE, DEFAULTS, MACHINE, TEAM, Settings, from_environ, typed_value, variable


def _with(name: str, value: Any) -> Settings:
    return Settings([("local.yml", {name: value})])


def test_without_any_layer_every_setting_has_its_default() -> None:
    settings = Settings([])
    assert all(settings.origin(name) == (declared.default, "default") for name, declared in DEFAULTS.items())
    assert settings.names() == list(DEFAULTS)
    assert settings.problems() == settings.unknown() == []


@pytest.mark.parametrize("name", DEFAULTS)
def test_every_default_is_of_its_own_type_within_its_own_bounds_and_explained(name: str) -> None:
    declared = DEFAULTS[name]
    assert typed_value(declared, declared.default) == declared.default
    assert _with(name, declared.default).problems() == []
    assert declared.doc and declared.scope in (TEAM, MACHINE)
    assert (declared.type == CHOICE) == bool(declared.choices)


@pytest.mark.parametrize("name", [name for name, declared in DEFAULTS.items() if declared.maximum is not None])
def test_a_hard_cap_can_be_lowered_and_not_raised(name: str) -> None:
    cap = DEFAULTS[name].maximum
    raised = _with(name, cap + 1)
    assert raised.get(name) == cap
    assert "outside its bounds" in raised.problems()[0]
    assert _with(name, cap).get(name) == cap


@pytest.mark.parametrize(
    ("name", "default", "hard"),
    [
        ("discover", 400, 700), ("status", 500, 800), ("read", 800, 1200), ("thread", 400, 700), ("update", 150, 250),
        ("handoff", 800, 1500), ("claim", 150, 400), ("list", 400, 800), ("error", 120, 300),
    ],
)  # fmt: skip
def test_budgets_have_the_published_defaults_and_caps(name: str, default: int, hard: int) -> None:
    declared = DEFAULTS[f"budgets.{name}"]
    assert (declared.default, declared.maximum) == (default, hard)


@pytest.mark.parametrize(
    ("name", "seconds"),
    [
        ("claims.ttl.file", 14400), ("claims.ttl.shared", 7200), ("claims.ttl.env", 1800), ("claims.ttl.runner", 1800),
        ("claims.ttl.task", 14400), ("claims.min_ttl", 60), ("claims.max_ttl", 86400), ("claims.clock_margin", 900),
        ("sync.max_age", 30), ("hooks.deadline", 5), ("coops.active", 1800), ("coops.idle", 7200), ("coops.stale", 21600),
        ("coops.max_lifetime", 604800),
    ],
)  # fmt: skip
def test_durations_have_the_published_defaults(name: str, seconds: int) -> None:
    assert Settings([]).get(name) == seconds


def test_no_claim_can_be_made_endless() -> None:
    for value in (0, "0s", -1, "365d", "inf", "never"):
        settings = Settings([("s", {"claims.ttl.file": value, "claims.max_ttl": value, "claims.min_ttl": value})])
        for name in ("claims.ttl.file", "claims.max_ttl", "claims.min_ttl"):
            assert 60 <= settings.get(name) <= 86400


@pytest.mark.parametrize(
    ("written", "seconds"), [("90s", 90), ("45m", 2700), ("4h", 14400), ("1d", 86400), ("600", 600), (600, 600), (600.0, 600)]
)
def test_a_duration_is_written_as_people_write_it(written: Any, seconds: int) -> None:
    assert _with("claims.ttl.file", written).get("claims.ttl.file") == seconds


@pytest.mark.parametrize(
    ("name", "written", "value"),
    [
        ("claims.fold_case", "yes", True), ("claims.fold_case", "0", False), ("claims.fold_case", True, True),
        ("claims.max_ratio", "0.5", 0.5), ("claims.max_files", "20", 20), ("hooks.pre_push", "off", "off"),
    ],
)  # fmt: skip
def test_text_becomes_the_declared_type(name: str, written: Any, value: Any) -> None:
    assert _with(name, written).get(name) == value


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("claims.ttl.file", "soon"), ("claims.ttl.file", True), ("claims.ttl.file", [1]), ("claims.max_files", "many"),
        ("claims.max_files", 1.5), ("claims.max_ratio", float("nan")), ("claims.fold_case", "perhaps"),
        ("hooks.pre_push", "loud"), ("hooks.pre_push", False), ("sync.branch", "a b"), ("sync.branch", ""),
        ("sync.branch", "x:y"), ("sync.remote", "--upload-pack=x"), ("sync.carrier_prefix", "*"), ("repo.id", "a\nb"),
    ],
)  # fmt: skip
def test_a_value_that_cannot_be_used_is_reported_and_the_layer_below_stands(name: str, written: Any) -> None:
    settings = Settings([("settings.yml", {}), ("local.yml", {name: written})])
    assert settings.origin(name) == (DEFAULTS[name].default, "default")
    (problem,) = settings.problems()
    assert problem.startswith(f"local.yml: {name}: expected")


def test_the_later_layer_wins_and_is_named() -> None:
    settings = Settings([
        ("settings.yml", {"claims": {"ttl": {"file": "2h"}}, "claims.mode": "warn"}),
        ("local.yml", {"claims": {"ttl": {"file": "1h"}}}),
        ("environment", from_environ({"GITCOORD_CLAIMS_TTL_FILE": "30m", "GITCOORD_AGENT": "sky"})),
    ])  # fmt: skip
    assert settings.origin("claims.ttl.file") == (1800, "environment")
    assert settings.origin("claims.mode") == ("warn", "settings.yml")


def test_a_bad_value_above_leaves_the_good_one_below() -> None:
    settings = Settings([("settings.yml", {"claims.mode": "warn"}), ("local.yml", {"claims.mode": "loud"})])
    assert settings.origin("claims.mode") == ("warn", "settings.yml")


def test_unknown_names_are_kept_and_reported() -> None:
    settings = Settings([("settings.yml", {"claims": {"tll": {"file": 1}}, "x": {"board": "b"}})])
    assert settings.unknown() == ["claims.tll.file", "x.board"]
    assert settings.get("x.board") == "b"
    with pytest.raises(KeyError):
        settings.get("never.set")


def test_a_null_unsets_nothing_and_is_no_problem() -> None:
    settings = _with("claims.mode", None)
    assert (settings.get("claims.mode"), settings.problems()) == ("enforce", [])


@pytest.mark.parametrize("name", DEFAULTS)
def test_every_setting_has_a_variable(name: str) -> None:
    assert from_environ({variable(name): "value"}) == {name: "value"}


def test_a_misspelt_variable_of_ours_is_reported_and_others_are_not() -> None:
    found = from_environ({"GITCOORD_CLAIMS_TLT": "1", "GITCOORD_AGENT": "sky", "GITCOORD_SESSION_ID": "7", "HOME": "/"})
    assert Settings([("environment", found)]).unknown() == ["GITCOORD_CLAIMS_TLT"]
