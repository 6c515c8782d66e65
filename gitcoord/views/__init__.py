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
        inner = fit_json(body["error"], cap - 20, error.hint or "gitcoord status")
        return dumps({"error": inner})
    text = clean(error.message.strip()) + "\n"
    hint = clean(error.hint.strip()) + "\n" if error.hint else ""
    if estimate_tokens(hint) > cap // 2:
        text, hint = text + hint, ""
    while estimate_tokens(text + hint) > cap:  # the command that helps stays
        text = text[: int(len(text) * 0.8)].rstrip() + "…\n"
    return text + hint


def render_stream(name: str, rows: list[dict[str, Any]], as_json: bool) -> str:
    """One object, or one line, for each row."""
    if as_json:
        return "".join(dumps(cleaned(row)) for row in rows)
    return "".join(f"{row}\n" for row in rows)
