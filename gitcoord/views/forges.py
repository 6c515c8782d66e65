"""The same findings as forges take them: GitHub's workflow commands and a Markdown summary, GitLab's Code Quality report.

Formats: GitHub workflow commands (``::error file=…,line=…::text``; in the text ``%``, CR and LF are escaped, in a property
``:`` and ``,`` too); GitLab Code Quality report (an array of description, check_name, fingerprint, severity, location).
What peers wrote never begins a line of a log, and never stands as Markdown.
"""

from __future__ import annotations

from gitcoord.hashes import sha256
from gitcoord.markdown import code, prose
from gitcoord.views import ci
from gitcoord.views.lines import when, word

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

#: By this a job finds the comment that it made before, to replace it.
MARKER = "<!-- gitcoord-ci -->"
#: GitHub shows ten annotations of a kind for each step, and takes a summary of 1 MiB; nobody reads more rows.
ANNOTATIONS, ROWS, ISSUES = 10, 50, 1000
_LEVELS = {"fail": "error", "require": "error", "warn": "warning", "ignore": "notice"}
_SEVERITIES = {"error": "major", "warning": "minor", "notice": "info"}
#: finding -> its title, which is also the name of the check.
TITLES = {"conflicts": "claim-conflict", "proofs": "claim-proof", "uncovered": "uncovered", "unlanded": "unlanded-work"}


def findings(result: dict[str, Any], now: float) -> Iterator[tuple[str, str, str, int, str, str]]:
    """``(kind, level, path, line, words, key)``, the gravest first. What the team ignores has the level ``notice``; the key
    is the same as long as the finding is."""
    policy = result.get("policy") or {}
    for each in result.get("conflicts") or []:
        words = f"{ci.where(each)} is claimed by {ci.holder(each, now)}."
        yield "conflicts", _level(policy, "conflicts"), str(each["path"]), int(each.get("line") or 1), words, _claim(each)
    for each in result.get("proofs") or []:
        if not each.get("ok"):
            words = f"This claim proof does not hold: {ci.proof(each)}."
            yield "proofs", _level(policy, "proofs"), str(each.get("path") or ""), 1, words, str(each.get("commit"))
    for each in result.get("uncovered") or []:
        words = f"{word(each['path'], 200)} was changed without a claim."
        yield "uncovered", _level(policy, "uncovered"), str(each["path"]), int(each.get("line") or 1), words, ""
    for each in result.get("unlanded") or []:
        claim = each.get("claim") or {}
        commit = word((claim.get("hold") or {}).get("commit"), 64)[:12] or "work"
        who, alias = word(claim.get("agent"), 64), word(claim.get("alias"), 30)
        words = f"{who} gave {word(each['path'], 200)} back with {commit} not landed ({alias})."
        yield "unlanded", "warning", str(each["path"]), 1, words, _claim(each)


def _claim(each: dict[str, Any]) -> str:
    return str((each.get("claim") or {}).get("id") or "")


def _level(policy: dict[str, Any], kind: str) -> str:
    return _LEVELS.get(str(policy.get(kind)), "warning")


# GitHub.


def github(result: dict[str, Any], now: float) -> Iterator[str]:
    """Annotations, the first ten of each kind, and one line that sums up."""
    counts: dict[str, int] = {}
    for kind, level, path, line, words, _ in findings(result, now):
        counts[kind] = counts.get(kind, 0) + 1
        if level != "notice" and counts[kind] <= ANNOTATIONS:
            yield command(level, words, path, line, f"gitcoord {TITLES[kind]}")
    yield _inert(f"gitcoord {ci.headline(result)} {ci.footer(result)}") + "\n"


def command(level: str, words: str, path: str = "", line: int = 1, title: str = "gitcoord") -> str:
    """One workflow command, on one line whatever the words are."""
    file = path.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    place = f"file={_property(file)},line={line}," if file else ""
    return f"::{level} {place}title={_property(title)}::{_data(_inert(words))}\n"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    shown = "".join(each if each.isprintable() or each in "\r\n" else "\ufffd" for each in _inert(text))
    return _data(shown).replace(":", "%3A").replace(",", "%2C")


def _inert(text: str) -> str:
    """A line of a log that no runner takes for its older command form, which may stand anywhere in a line."""
    return text.replace("##[", "## [")


def summary(result: dict[str, Any], now: float) -> str:
    """The Markdown of a job's summary and of the one comment: a table for each kind of finding, and who held what."""
    good = "✅" if result.get("ok") else "❌"
    parts = [MARKER, f"### {good} gitcoord {prose(ci.headline(result))}", ""]
    parts += _table(
        "Runs over live claims of others", ("Path", "Held by", "Until", "Claim"),
        [(_path(e), _who(e), prose(when((e.get("claim") or {}).get("expires_at"), now)), _alias(e))
         for e in result.get("conflicts") or []],
    )  # fmt: skip
    parts += _table(
        "Claim proofs that do not hold", ("Commit", "Claims", "Reason", "Meaning"),
        [(code(str(e.get("commit"))[:12], cell=True), code(", ".join(e.get("claims") or []), 120, cell=True),
          code(e.get("reason"), cell=True), prose(e.get("meaning"), 200))
         for e in result.get("proofs") or [] if not e.get("ok")],
    )  # fmt: skip
    if (result.get("policy") or {}).get("uncovered") != "ignore":
        parts += _table("Covered by no claim", ("Path",), [(_path(e),) for e in result.get("uncovered") or []])
    parts += _table(
        "Given back by others and not landed", ("Path", "By", "Claim"),
        [(_path(e), _who(e), _alias(e)) for e in result.get("unlanded") or []],
    )  # fmt: skip
    parts += _table(
        "Held by the branch itself", ("Path", "By", "Claim", ""),
        [(_path(e), _who(e), _alias(e), "proved" if e.get("proved") else "") for e in result.get("held") or []],
    )  # fmt: skip
    return "\n".join([*parts, prose(ci.footer(result)), ""])


def _table(title: str, heads: tuple[str, ...], rows: list[tuple[str, ...]]) -> list[str]:
    if not rows:
        return []
    shown = [f"| {' | '.join(row)} |" for row in rows[:ROWS]]
    more = [f"and {len(rows) - ROWS} more", ""] if len(rows) > ROWS else []
    return [f"**{title}**", "", f"| {' | '.join(heads)} |", "|" + " --- |" * len(heads), *shown, "", *more]


def _path(each: dict[str, Any]) -> str:
    return code(ci.where(each), 200, cell=True)


def _who(each: dict[str, Any]) -> str:
    return prose((each.get("claim") or {}).get("agent"), 64)


def _alias(each: dict[str, Any]) -> str:
    return prose((each.get("claim") or {}).get("alias"), 30)


# GitLab.


def gitlab(result: dict[str, Any], now: float) -> str:
    """A Code Quality report. A fingerprint tells check, path and claim, not the line: the next run is the same finding."""
    import json

    issues: list[dict[str, Any]] = []
    for kind, level, path, line, words, about in findings(result, now):
        if level == "notice" or len(issues) == ISSUES:
            continue
        name = path.encode("utf-8", "surrogateescape").decode("utf-8", "replace") or "."
        key = "\0".join((kind, name, about))
        issues.append({
            "description": word(words, 500), "check_name": f"gitcoord/{TITLES[kind]}",
            "fingerprint": sha256(key.encode("utf-8", "replace")).hexdigest()[:32], "severity": _SEVERITIES[level],
            "location": {"path": name, "lines": {"begin": line}},
        })  # fmt: skip
    return json.dumps(issues, ensure_ascii=False, indent=1) + "\n"

