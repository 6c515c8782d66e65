"""A command line is read by two parsers from one list of declarations; both must mean the same."""

from __future__ import annotations

import shlex

import pytest

from gitcoord.cli import app
from gitcoord.cli.parse import parse
from gitcoord.cli.verbs import GROUPS, VERBS, command_of
from gitcoord.errors import InvalidArguments

PATHS = app.verbs()


def bare(line: str) -> bool:
    """``gitcoord task --json``: what a noun alone means is known to the quick parser only."""
    words = [each for each in line.split() if each != "gitcoord" and not each.startswith("-")]
    return bool(words) and words[0] in GROUPS and len(words) == 1


def examples() -> list[str]:
    found = []
    for path in PATHS:
        command = command_of(path)
        assert command is not None, path
        found += [each for each in command.examples if "|" not in each and "eval" not in each and not bare(each)]
    return found


def meaning(call: object) -> tuple[str, dict[str, object], dict[str, object]]:
    params = {name: value for name, value in call.params.items() if value not in (None, [], ())}  # type: ignore[attr-defined]
    return call.command.path, call.options, params  # type: ignore[attr-defined]


@pytest.mark.parametrize("line", examples())
def test_both_parsers_read_each_example_alike(line: str) -> None:
    words = shlex.split(line)[1:]
    quick, thorough = parse(words), app.parse(words)
    assert quick is not None
    assert thorough is not None
    assert meaning(quick) == meaning(thorough)


LINES = (
    "--json claim a b",
    "claim a b --json",
    "-C one -C two --as river status",
    "-C one status -C two",
    "claim --ttl 45m --mode shared -d why src/",
    "claim --ttl=45m src/",
    "claim -- --odd-name",
    "release",
    "task list --mine",
    "decide BLK-3 port 8080",
    "status --offline --no-cache --budget 300 --at 12",
    "leave",
    "leave out of context --test a --test b",
    "update --done a --done b text --open c",
    "--timeout 5s --idempotency-key k --fresh --debug digest",
)


@pytest.mark.parametrize("line", LINES)
def test_both_parsers_read_a_line_alike(line: str) -> None:
    quick, thorough = parse(line.split()), app.parse(line.split())
    assert quick is not None
    assert thorough is not None
    assert meaning(quick) == meaning(thorough)


@pytest.mark.parametrize(
    "line",
    [
        "--help",
        "claim --help",
        "claim --ttl",
        "claim --colour a",
        "claim --mode both a",
        "nonsense",
        "task",
        "-x",
    ],
)
def test_what_is_not_exactly_understood_is_left_to_click(line: str) -> None:
    if line == "task":
        assert parse(["task", "nonsense"]) is None
    else:
        assert parse(line.split()) is None


@pytest.mark.parametrize("path", PATHS)
def test_every_command_has_help_with_an_example(path: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert app.parse([*path.split(), "--help"]) is None
    said = capsys.readouterr().out
    assert "Example" in said
    assert f"gitcoord {path}" in said or "eval" in said or path.split()[-1] == "list"


@pytest.mark.parametrize("path", PATHS)
def test_every_command_takes_the_global_options(path: str) -> None:
    command = command_of(path)
    assert command is not None
    values = [(argument.choices or ("x",))[0] if argument.count in "1+" else "" for argument in command.arguments]
    words = [*path.split(), *filter(None, values), "--json", "-C", "d", "--as", "river", "--offline", "--fresh"]
    call = parse(words)
    assert call is not None
    assert call.options == {"json": True, "directory": ["d"], "agent": "river", "offline": True, "fresh": True}


@pytest.mark.parametrize(
    ("line", "path"),
    [
        ("task", "task list"),
        ("task --json", "task list"),
        ("tasks", "task list"),
        ("config --show-origin", "config list"),
        ("hooks", "hooks status"),
        ("attic", "attic list"),
        ("--json", ""),
        ("", ""),
    ],
)
def test_a_noun_alone_lists(line: str, path: str) -> None:
    call = parse(line.split())
    assert call is not None
    assert call.command.path == path


def test_a_near_miss_is_named() -> None:
    with pytest.raises(InvalidArguments, match="gitcoord claim"):
        app.parse(["clam", "x"])
    with pytest.raises(InvalidArguments, match="gitcoord task add"):
        app.parse(["task", "ad", "x"])


@pytest.mark.parametrize("words", [["claim", "--ttl", "soon", "a"], ["claim", "--ttl", "-1", "a"], ["log", "-n", "x"]])
def test_a_malformed_value_is_refused_before_anything_runs(words: list[str]) -> None:
    with pytest.raises(InvalidArguments):
        parse(words)


def test_an_argument_that_is_not_utf8_is_refused() -> None:
    with pytest.raises(InvalidArguments, match="UTF-8"):
        parse(["claim", "a\udcff"])


def test_a_file_named_like_an_option_can_be_claimed() -> None:
    call = parse(["claim", "--", "--json"])
    assert call is not None
    assert call.params["targets"] == ["--json"]
    assert not call.as_json


def test_the_list_of_verbs_and_the_modules_agree() -> None:
    for path in PATHS:
        command = command_of(path)
        assert command is not None
        assert command.path == path
    assert not set(VERBS) & set(GROUPS)


def test_completion_scripts_name_the_program() -> None:
    for shell in ("bash", "zsh"):
        assert "_GITCOORD_COMPLETE" in app.completion_script(shell)
