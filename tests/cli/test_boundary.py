"""One place turns failures into exits; nothing is lost and nothing is said twice."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from gitcoord.cli import boundary
from gitcoord.errors import BY_CODE, ClaimConflict, GitcoordError


def raising(error: BaseException) -> object:
    def act() -> int:
        raise error

    return act


def run(error: BaseException, *argv: str) -> int:
    return boundary.guarded(list(argv), raising(error), lambda: None)  # type: ignore[arg-type]


@pytest.mark.parametrize("code", sorted(BY_CODE))
def test_every_error_leaves_with_its_own_exit(code: str, capsys: pytest.CaptureFixture[str]) -> None:
    kind: type[GitcoordError] = BY_CODE[code]
    assert run(kind("what happened", hint="gitcoord status"), "--json") == kind.exit_code
    said = capsys.readouterr()
    assert said.out == ""
    assert json.loads(said.err)["error"]["code"] == code


def test_words_for_people_name_what_happened_and_what_helps(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(ClaimConflict("src/app.py is claimed by River.", hint="gitcoord claims")) == 3
    said = capsys.readouterr().err
    assert "src/app.py is claimed by River." in said
    assert "gitcoord claims" in said


def test_an_interruption_is_130(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(KeyboardInterrupt()) == 130
    assert "Traceback" not in capsys.readouterr().err


def test_a_bug_leaves_a_file_with_versions_and_no_traceback_on_the_screen(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(RuntimeError("the unexpected"), "status") == 70
    said = capsys.readouterr().err
    assert "Traceback" not in said
    found = re.search(r"\S*crash-\S*\.txt", said)
    assert found is not None
    report = Path(found.group()).read_text()
    assert "gitcoord 0." in report
    assert "git version" in report
    assert "RuntimeError: the unexpected" in report
    Path(found.group()).unlink()


def test_a_bug_is_one_object_for_programs(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(RuntimeError("the unexpected"), "status", "--json") == 70
    error = json.loads(capsys.readouterr().err)["error"]
    assert error["code"] == "bug"
    Path(error["log"]).unlink()


def test_the_traceback_is_for_who_asks(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(RuntimeError("the unexpected"), "--debug", "status") == 70
    said = capsys.readouterr().err
    assert "Traceback" in said
    Path(re.search(r"\S*crash-\S*\.txt", said).group()).unlink()  # type: ignore[union-attr]


def test_a_full_disk_is_no_bug_of_ours(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(OSError(28, "No space left on device", "/x/cache.db"), "--json") == 9
    assert json.loads(capsys.readouterr().err)["error"]["code"] == "local-storage"


def test_a_flag_after_two_dashes_is_no_flag() -> None:
    assert boundary.wants(["--json"], "--json")
    assert not boundary.wants(["claim", "--", "--json"], "--json")
