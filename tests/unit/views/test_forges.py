"""What forges are told: formats that they parse, and texts of peers that stay texts."""

from __future__ import annotations

import json
import re
from typing import Any

from gitcoord.views import forges

NOW = 1_795_250_000.0
HOSTILE = "a,b:c%d\n::add-mask::x##[group]<b>|`@all`\u202e.py"


def claim(**values: Any) -> dict[str, Any]:
    return {
        "id": "01a", "alias": "CLM-1", "scope": "src/a.py", "agent": "river", "expires_at": "2026-11-21T14:00:00Z", "fence": 4,
        "state": "active", **values,
    }  # fmt: skip


def result(**values: Any) -> dict[str, Any]:
    return {
        "ok": False, "failed": ["conflicts"], "changed": 2, "commits": 1, "conflicts": [], "uncovered": [], "proofs": [],
        "unlanded": [], "held": [], "since": [], "agents": ["sky"], "known_by": "branch",
        "policy": {"conflicts": "fail", "uncovered": "warn", "proofs": "warn"}, "as_of": {"revision": 9}, **values,
    }  # fmt: skip


def test_an_annotation_is_one_line_and_its_properties_are_escaped() -> None:
    found = result(conflicts=[{"path": HOSTILE, "line": 7, "claim": claim(agent="x\n::error::y##[error]z")}])
    said = "".join(forges.github(found, NOW))
    lines = said.split("\n")
    assert len(lines) == 3 and lines[2] == ""
    assert re.fullmatch(r"::error file=[^:,\n]+,line=7,title=gitcoord claim-conflict::[^\n]+", lines[0])
    assert "file=a%2Cb%3Ac%25d%0A%3A%3Aadd-mask" in lines[0]
    assert "##[" not in said.partition("::gitcoord")[2] and not lines[1].startswith("::")
    odd = result(conflicts=[{"path": "a\x1b[31m\u202eb", "line": 1, "claim": claim(agent="x")}])
    assert next(forges.github(odd, NOW)).startswith("::error file=a\ufffd[31m\ufffdb,"), "a log is read in terminals too"


def test_what_the_team_ignores_is_no_annotation_and_what_it_warns_of_is_a_warning() -> None:
    found = result(uncovered=[{"path": "a.py", "line": 1}])
    assert next(forges.github(found, NOW)).startswith("::warning file=a.py,line=1,")
    found["policy"]["uncovered"] = "ignore"
    assert not next(forges.github(found, NOW)).startswith("::")
    found["policy"]["uncovered"] = "fail"
    assert next(forges.github(found, NOW)).startswith("::error ")


def test_ten_annotations_of_a_kind_at_most() -> None:
    found = result(uncovered=[{"path": f"{n}.py", "line": 1} for n in range(40)], conflicts=[{"path": "a", "claim": claim()}])
    lines = list(forges.github(found, NOW))
    assert len([line for line in lines if line.startswith("::warning")]) == forges.ANNOTATIONS
    assert len([line for line in lines if line.startswith("::error")]) == 1


def test_the_summary_begins_with_the_mark_and_shows_hostile_words_as_themselves() -> None:
    bad = claim(agent="<img src=x> [a](http://e) @all | b", alias="CLM-1")
    text = forges.summary(result(conflicts=[{"path": HOSTILE, "claim": bad}]), NOW)
    assert text.startswith(forges.MARKER + "\n### ❌")
    row = next(line for line in text.split("\n") if "CLM-1" in line)
    assert row.count(" | ") == 3 and "<img" not in row.replace("\\<img", "") and "](http" not in row.replace("\\](http", "")
    assert text.count("\n::") == 0


def test_a_code_quality_report_has_the_fields_that_gitlab_reads_and_a_fingerprint_that_lasts() -> None:
    proof = {"commit": "c" * 40, "claims": ["CLM-1@4"], "ok": False, "reason": "fence-mismatch", "about": "CLM-1@4"}
    first = result(conflicts=[{"path": "a.py", "line": 3, "claim": claim()}, {"path": "a.py", "claim": claim(id="01b")}],
                   uncovered=[{"path": "c.py", "line": 2}], proofs=[{**proof, "path": "b.py"}])  # fmt: skip
    issues = json.loads(forges.gitlab(first, NOW))
    assert [each["severity"] for each in issues] == ["major", "major", "minor", "minor"]
    assert len({each["fingerprint"] for each in issues}) == 4
    assert issues[0]["check_name"] == "gitcoord/claim-conflict"
    assert issues[0]["location"] == {"path": "a.py", "lines": {"begin": 3}}
    first["conflicts"][0]["line"] = 9
    again = json.loads(forges.gitlab(first, NOW + 600))
    assert [each["fingerprint"] for each in again] == [each["fingerprint"] for each in issues]


def test_nothing_found_is_an_empty_report() -> None:
    assert json.loads(forges.gitlab(result(ok=True, failed=[]), NOW)) == []
