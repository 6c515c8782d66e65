"""Settings of the team: checked against their declaration before they land in ``settings.yml``."""

from __future__ import annotations

from gitcoord.codec import yaml
from gitcoord.model.outcome import Event, Landed
from gitcoord.rules.asked import Refusal, subject
from gitcoord.settings import DEFAULTS, TEAM, Settings
from gitcoord.text import nearest, one_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from gitcoord.model.intent import Intent
    from gitcoord.model.outcome import Outcome
    from gitcoord.model.snapshot import Snapshot

FILE = "settings.yml"


def set_setting(snapshot: Snapshot, intent: Intent, now: float, settings: Settings, revision: int) -> Outcome:
    """Set or unset one setting for everybody. Comments and order of the file stay.

    ``args["_settings"]`` is the text of the file as this landing will leave it so far; without it, the snapshot's.
    """
    unset = intent.args.get("unset")
    name = str(unset or intent.args.get("name") or "")
    value = None if unset else checked_value(name, intent.args.get("value"))
    text = intent.args.get("_settings")
    original = text.encode() if isinstance(text, str) else snapshot.file(FILE) or b""
    try:
        before = Settings([(FILE, yaml.decode_tree(original))])
        changed = yaml.edit_tree(original, {name: value}).decode()
    except yaml.Malformed as problem:
        raise Refusal("needs-repair", f"{FILE} on the branch cannot be read: {problem}", "gitcoord doctor") from None
    outcome = "unset" if unset else "set"
    result: dict[str, Any] = {"outcome": outcome, "name": name, "value": value}
    if changed.encode() == original:
        return Landed([], [], {**result, "outcome": "unchanged"}, "")
    body = {"name": name, "value": value, "before": before.get(name) if name in DEFAULTS else None}
    words = f"{name} unset" if unset else f"{name} set to {one_line(str(value), 40)}"
    return Landed([], [Event("policy.changed", {}, body)], result, subject(intent, words), {FILE: changed})


def checked_value(name: str, value: Any) -> Any:
    """The typed value. Raises Refusal for a name or value that no client would obey."""
    declared = DEFAULTS.get(name)
    if declared is None:
        near = nearest(name, list(DEFAULTS))
        meant = f" Did you mean {', '.join(near)}?" if near else ""
        raise Refusal("not-found", f"There is no setting called {one_line(name, 60)}.{meant}", "gitcoord config list")
    if declared.scope != TEAM:
        raise Refusal(
            "invalid-arguments", f"{name} belongs to one machine, not to the team.",
            f"gitcoord config set {name} … --local",
        )  # fmt: skip
    if value is None:
        raise Refusal("invalid-arguments", f"{name} needs a value.", f"gitcoord config get {name}")
    trial = Settings([("value", {name: value})])
    if trial.problems():
        raise Refusal("invalid-arguments", trial.problems()[0].partition(": ")[2], f"gitcoord config get {name}")
    return trial.get(name)


def checked_tree(values: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """A nested mapping of settings, each checked."""
    found: dict[str, Any] = {}
    for key, value in values.items():
        name = f"{prefix}{key}"
        found[key] = checked_tree(value, name + ".") if isinstance(value, dict) else checked_value(name, value)
    return found
