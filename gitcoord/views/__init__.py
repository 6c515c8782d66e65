"""Answers for people and agents: as text or as one JSON object, never over their budget."""

from __future__ import annotations

from gitcoord.text import clean, estimate_tokens
from gitcoord.views.budget import cap_of, dumps, fit_json, fit_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from gitcoord.errors import GitcoordError

_MORE = {
    "status": "gitcoord claims",
    "read": "gitcoord status",
    "claims": "gitcoord claims --path PATH",
    "claim": "gitcoord claims --mine --full",
    "renew": "gitcoord claims --mine --full",
    "release": "gitcoord claims --mine --full",
    "check": "gitcoord claims --path PATH",
    "log": "gitcoord log --since REV",
    "doctor": "gitcoord doctor --budget 1500",
    "validate": "gitcoord validate --budget 1500",
    "ci-check": "gitcoord ci check --budget 1500, or --format github",
    "tasks": "gitcoord task list --state STATE",
    "attic": "gitcoord store query --kind attic",
    "discover": "gitcoord discover --budget 700",
    "threads": "gitcoord thread list --mine",
    "messages": "gitcoord msg recv --budget 800",
    "blockers": "gitcoord blockers --budget 800",
    "decisions": "gitcoord decisions --budget 800",
    "handoffs": "gitcoord handoffs --budget 800",
    "requests": "gitcoord requests --budget 800",
    "runs": "gitcoord run list --budget 800",
    "budget-report": "gitcoord budget report --budget 800",
    "config": "gitcoord config get NAME",
    "loop": "gitcoord read",
    "queue": "gitcoord queue list --mine",
    "request-release": "gitcoord requests --mine",
    "respond": "gitcoord requests --all",
    "owners": "gitcoord owners list --output FILE",
    "metrics-hotspots": "gitcoord metrics hotspots --limit 5",
    "hotspots": "gitcoord owners list --output FILE",
    "why": "gitcoord why PATH --budget 800",
    "radar": "gitcoord radar --budget 800",
    "land": "gitcoord land order --budget 800",
    "push": "gitcoord log",
}


def render(name: str, result: dict[str, Any], *, as_json: bool, now: float, budget: int | None = None) -> str:
    """The whole of standard output for an answer; ends with a newline."""
    cap = cap_of(name, budget)
    if as_json:
        value = {"schema": f"gitcoord.{name}/1", **cleaned(result)}
        return dumps(fit_json(value, _json_cap(name, budget), _more(name, value)))
    from gitcoord.views.pages import page

    return fit_text(page(name, result, now), cap)


def _more(name: str, value: dict[str, Any]) -> str:
    """The command that shows what an answer leaves out."""
    thread = value.get("thread")
    if name == "thread" and isinstance(thread, dict):
        return f"gitcoord thread read {thread.get('alias') or thread.get('id')} --history --budget 700"
    return _MORE.get(name, "gitcoord log --limit 1" if "intent_id" in value else "gitcoord store query")


def _json_cap(name: str, budget: int | None) -> int:
    """JSON spends its tokens on keys: it gets the hard cap unless a budget says less."""
    from gitcoord.views.budget import CAPS, LISTS

    hard = CAPS.get(name, LISTS)[1]
    return hard if budget is None else max(40, min(budget, hard))


def cleaned(value: Any, depth: int = 0) -> Any:
    """The same data without control, bidi and zero-width characters in its texts."""
    if isinstance(value, str):
        return value if value.isascii() and value.isprintable() else clean(value)
    if depth > 12:
        return None
    if isinstance(value, dict):
        return {str(name): cleaned(each, depth + 1) for name, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [cleaned(each, depth + 1) for each in value]
    return value


def render_error(error: GitcoordError, as_json: bool) -> str:
    """What happened, who or what is involved, and the command that helps; for standard error."""
    name = "claim-conflict" if error.code == "claim-conflict" else "error"
    cap = cap_of(name, 10_000)
    if as_json:
        body = cleaned(error.as_json())
        return dumps({"error": _fitted_error(body["error"], cap - 20)})
    text = clean(error.message.strip()) + "\n"
    hint = clean(error.hint.strip()) + "\n" if error.hint else ""
    if estimate_tokens(hint) > cap // 2:
        text, hint = text + hint, ""
    while estimate_tokens(text + hint) > cap:  # the command that helps stays
        text = text[: int(len(text) * 0.8)].rstrip() + "…\n"
    return text + hint


def _fitted_error(error: dict[str, Any], cap: int) -> dict[str, Any]:
    """Code, message and hint stay whole: whatever else is known about it gives way to them."""
    said: dict[str, Any] = {name: error[name] for name in ("code", "message", "hint") if name in error}
    rest = {name: each for name, each in error.items() if name not in said}
    if estimate_tokens(dumps(error)) <= cap:
        return error
    more = "gitcoord claims" if said.get("code") == "claim-conflict" else "gitcoord status"
    left = cap - estimate_tokens(dumps(said)) - 4
    if left < 40:  # a message of that length is not one of ours
        return fit_json(error, cap, said.get("hint") or more)
    return {**said, **fit_json(rest, left, more)}


def render_stream(name: str, rows: list[dict[str, Any]], as_json: bool) -> str:
    """One object, or one line, for each row."""
    if as_json:
        return "".join(dumps(cleaned(row)) for row in rows)
    return "".join(f"{row}\n" for row in rows)
