"""Settings: what is in force, where it comes from, and how to change it for the team or for this machine."""

from __future__ import annotations

import os

from gitcoord.errors import InvalidArguments, LocalStorage, NotFound
from gitcoord.settings import DEFAULT_ORIGIN

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from gitcoord.workspace import Workspace


def list_settings(ws: Workspace, *, origins: bool = False) -> dict[str, Any]:
    """Every setting with its value; with ``origins`` also which layer won."""
    settings = ws.settings
    found = [_shown(ws, name, origins) for name in settings.names()]
    result: dict[str, Any] = {"settings": found}
    problems = [*settings.problems(), *(f"unknown setting {name}" for name in settings.unknown())]
    if problems:
        result["warnings"] = problems
    return result


def get(ws: Workspace, name: str, *, origins: bool = False) -> dict[str, Any]:
    _known(ws, name)
    return {"settings": [_shown(ws, name, origins)]}


def set_value(ws: Workspace, name: str, value: str, *, local: bool = False) -> dict[str, Any]:
    """Change a setting for the team (an intent), or with ``local`` for this machine (a file)."""
    _known(ws, name)
    checked = _checked(name, value)
    if local or _is_local(name):
        _edit_local(ws, {name: checked})
        return {"outcome": "set", "scope": "machine", **get(ws, name, origins=True)}
    if name == "signing.mode" and checked == "strict":
        from gitcoord.workspace.trust import check_may_turn_on

        check_may_turn_on(ws)
    return {
        **ws.submit("settings.set", {"name": name, "value": checked}),
        "scope": "team",
        "name": name,
        "value": checked,
    }


def unset(ws: Workspace, name: str, *, local: bool = False) -> dict[str, Any]:
    _known(ws, name)
    if local or _is_local(name):
        _edit_local(ws, {name: None})
        return {"outcome": "unset", "scope": "machine", "name": name}
    return {**ws.submit("settings.set", {"unset": name}), "scope": "team", "name": name}


def remember(ws: Workspace, name: str, value: Any) -> None:
    """A setting of this machine, written where it is not so already; None: it is to be set nowhere here."""
    now, origin = ws.machine_settings().origin(name)
    if value != (None if origin == DEFAULT_ORIGIN else now):
        _edit_local(ws, {name: value})


def _shown(ws: Workspace, name: str, origins: bool) -> dict[str, Any]:
    value, origin = ws.settings.origin(name)
    return {"name": name, "value": value, "origin": origin} if origins else {"name": name, "value": value}


def _known(ws: Workspace, name: str) -> None:
    names = ws.settings.names()
    if name in names:
        return
    from gitcoord.text import nearest, one_line

    near = nearest(name, list(names))
    raise NotFound(
        f"There is no setting called {one_line(name, 80)}." + (f" Did you mean {', '.join(near)}?" if near else ""),
        hint="gitcoord config list",
        candidates=near,
    )


def _checked(name: str, value: str) -> Any:
    """The typed value, as the layers would read it; refused when they would ignore it."""
    from gitcoord.settings import Settings

    trial = Settings([("option", {name: value})])
    problems = trial.problems()
    if problems:
        said = problems[0].removeprefix("option: ").partition(";")[0]
        raise InvalidArguments(f"{said}.", hint=f"gitcoord config get {name}")
    return trial.get(name)


def _is_local(name: str) -> bool:
    from gitcoord.settings import DEFAULTS

    return DEFAULTS[name].scope == "machine"


def _edit_local(ws: Workspace, changes: dict[str, Any]) -> None:
    """A person may have written comments into the file: they stay."""
    from gitcoord.codec import yaml
    from gitcoord.codec.errors import Malformed
    from gitcoord.store.outbox import write_durably

    file = ws.repo.home + "/local.yml"
    try:
        with open(file, "rb") as found:
            original = found.read()
    except FileNotFoundError:
        original = b""
    except OSError as problem:
        raise LocalStorage(f"{file} cannot be read: {problem.strerror}. Nothing was changed.", hint="gitcoord doctor") from None
    try:
        edited = yaml.edit_tree(original, changes)
    except Malformed as problem:
        raise LocalStorage(f"{file} is to be mended first: {problem}. Nothing was changed.", hint="gitcoord doctor") from None
    os.makedirs(ws.repo.home, mode=0o700, exist_ok=True)
    write_durably(file, edited)
    ws.forget()
