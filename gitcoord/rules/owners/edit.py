"""Edits of the policy's text: what a command means becomes lines that come, go or change; all others keep their bytes.

An edit is ``{"do": …}``: ``add``, ``remove`` or ``put`` (define anew) a ``module``; ``enlist`` or ``dismiss`` the members
of a ``team``; ``share``, ``unshare``, ``split``
or ``unsplit`` a ``path``; ``mark`` a shared path with a ``word`` (``off``: without it). One that finds its work done
changes nothing.
"""

from __future__ import annotations

from gitcoord.codec import items, yaml
from gitcoord.rules.asked import Refusal
from gitcoord.rules.owners.policy import HARD, SOFT, Broken, check_name, check_owner, key_of, pattern_of
from gitcoord.text import nearest, one_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

HEADER = """\
# Who owns what: gitcoord owners add MODULE PATH… --owner @a, or edit this file; gitcoord owners why PATH explains.
# Of several modules that name a path, the last one has it.
"""
#: Marks of a shared file, as comments at the end of its line.
PROMOTED, PERMANENT = "auto-promoted=", "coord-managed=permanent"


class Mark:
    """What the comment of a shared path says: the day of its promotion, and whether it is pinned."""

    __slots__ = ("permanent", "promoted")

    def __init__(self, comment: str) -> None:
        words = comment.replace(",", " ").replace(";", " ").split()
        self.permanent = PERMANENT in words
        self.promoted = next((each.removeprefix(PROMOTED) for each in words if each.startswith(PROMOTED)), "")


def marks(data: bytes) -> dict[str, Mark]:
    """The shared paths that stand on lines of their own, with their marks."""
    found = {}
    for item in items.items_of(data, ("shared",)) or ():
        try:
            found[pattern_of(item.text)] = Mark(item.comment)
        except Broken:
            continue
    return found


def edited(original: bytes, edits: Sequence[dict[str, Any]]) -> tuple[bytes, list[str]]:
    """The text with all edits made, and one line for each that changed something.

    Raises:
        Refusal: an edit names nothing, or what cannot be in a policy.
        yaml.Malformed: the text cannot be read, or what is wanted cannot be written.
    """
    data, told = original or HEADER.encode(), list[str]()
    for each in edits:
        verb = str(each.get("do"))
        if verb not in _VERBS:
            raise Refusal("invalid-arguments", f"{one_line(verb, 40)!r} is no edit of the policy.")
        try:
            changed, words = _VERBS[verb](data, each)
        except Broken as reason:
            raise Refusal("invalid-arguments", f"{str(reason)[:1].upper()}{str(reason)[1:]}.") from None
        if changed != data:
            data = changed
            told.append(words or f"module {one_line(str(each.get('module')), 80)} has another place")
    return data if told else original, told


def _add(data: bytes, edit: dict[str, Any]) -> tuple[bytes, str]:
    name, paths, owners = _asked(edit)
    known = _modules(data)
    if name not in known:
        if not paths:
            raise Refusal("invalid-arguments", f"{name} is new: say which paths it has.", f"gitcoord owners add {name} src/ …")
        return _put(data, edit)
    for key, wanted in (("paths", paths), ("owners", owners)):
        for text in wanted:
            data = _with_item(data, ("modules", name, key), text)
    if edit.get("enforcement"):
        data = _with(data, name, {**_modules(data)[name], "enforcement": _enforcement(edit)})
    return data, _words(name, paths, owners, "has")


def _put(data: bytes, edit: dict[str, Any]) -> tuple[bytes, str]:
    """The module as it is said here, at the end, where it wins; one that says the same already stays where it is.

    ``place``: ``kept`` changes it where it stands, ``end`` moves it even when it says the same.
    """
    name, paths, owners = _asked(edit)
    values: dict[str, Any] = {"paths": paths}
    if owners:
        values["owners"] = owners
    if _enforcement(edit) == HARD:
        values["enforcement"] = HARD
    known, place = _modules(data).get(name), edit.get("place")
    if isinstance(known, dict):
        values.update((key, each) for key, each in known.items() if key not in ("paths", "owners", "enforcement"))
    same = known == values
    if same and place != "end":
        return data, ""
    data = _with(data, name, None) if known is not None and place != "kept" else data
    return _with(data, name, values), "" if same else _words(name, paths, owners, "is")


def _remove(data: bytes, edit: dict[str, Any]) -> tuple[bytes, str]:
    name, paths, owners = _asked(edit)
    known = _modules(data)
    if name not in known:
        near = nearest(name, list(known))
        raise Refusal(
            "not-found", f"There is no module {name}." + (f" Near: {', '.join(near)}." if near else ""), "gitcoord owners list",
            candidates=near,
        )  # fmt: skip
    if not paths and not owners:
        return _with(data, name, None), f"module {name} removed"
    for key, gone in (("paths", paths), ("owners", owners)):
        for text in gone:
            data = _without_item(data, ("modules", name, key), text)
    if not _modules(data)[name].get("paths"):
        return _with(data, name, None), f"module {name} removed: it had no other path"
    return data, _words(name, paths, owners, "no longer has")


def _enlist(data: bytes, edit: dict[str, Any]) -> tuple[bytes, str]:
    team, members = _team(data, edit)
    if not members:
        raise Refusal("invalid-arguments", "Say who is in it.", f"gitcoord owners team {team} @river")
    for member in members:
        data = _with_item(data, ("teams", team), member)
    return data, f"{team} is {', '.join(_at(yaml.decode_tree(data), ('teams', team))[:5])}"


def _dismiss(data: bytes, edit: dict[str, Any]) -> tuple[bytes, str]:
    team, members = _team(data, edit)
    tree = yaml.decode_tree(data)
    present = _at(tree, ("teams", team))
    if not present:
        raise Refusal("not-found", f"There is no team {one_line(team, 80)}.", "gitcoord owners list")
    gone = {key_of(each) for each in members}
    left = [each for each in present if members and key_of(each) not in gone]
    if members and left == present:
        raise Refusal("not-found", f"{', '.join(members[:5])} is not in {team}.", "gitcoord owners list")
    if left:
        for each in present:
            data = data if each in left else _without_item(data, ("teams", team), each)
        return data, f"{team} is {', '.join(left[:5])}"
    return yaml.rewrite_tree(data, _put_at(tree, ("teams", team), None)), f"{team} is nobody any more"


def _team(data: bytes, edit: dict[str, Any]) -> tuple[str, list[str]]:
    """Its name as the file has it, and the members that are meant."""
    name, members = str(edit.get("team") or ""), [str(each) for each in _list(edit.get("owners"))]
    for each in (name, *members):
        check_owner(each)
    teams = yaml.decode_tree(data).get("teams")
    known = next((each for each in teams or {} if key_of(each) == key_of(name)), "") if isinstance(teams, dict) else ""
    return known or name.removeprefix("@"), list(dict.fromkeys(members))


def _listed(key: str, verb: str) -> Any:
    def act(data: bytes, edit: dict[str, Any]) -> tuple[bytes, str]:
        path, comment = pattern_of(str(edit.get("path") or "")), str(edit.get("comment") or "")
        return _with_item(data, (key,), path, comment), f"{path} {verb}"

    return act


def _unlisted(key: str, verb: str) -> Any:
    def act(data: bytes, edit: dict[str, Any]) -> tuple[bytes, str]:
        path = pattern_of(str(edit.get("path") or ""))
        return _without_item(data, (key,), path), f"{path} {verb}"

    return act


def _mark(data: bytes, edit: dict[str, Any]) -> tuple[bytes, str]:
    path, word = pattern_of(str(edit.get("path") or "")), one_line(str(edit.get("word") or ""), 60)
    key = word.partition("=")[0] + "="
    item = next((each for each in items.items_of(data, ("shared",)) or () if each.text == path), None)
    kept = [each for each in item.comment.split() if not each.startswith(key)] if item is not None else []
    comment = " ".join(kept if edit.get("off") else [*kept, word])
    if item is not None and (item.comment == comment or (not edit.get("off") and word in item.comment.split())):
        return data, ""
    marked = items.commented(data, ("shared",), path, comment)
    if marked is None:
        raise Refusal(
            "check-failed", f"{path} does not stand on a line of its own under shared, so it cannot be marked.",
            "gitcoord owners list --output owners.yml, edit it, then: gitcoord owners set owners.yml",
        )  # fmt: skip
    return marked, f"{path} marked {comment}" if comment else f"{path} no longer marked"


_VERBS = {
    "add": _add, "put": _put, "remove": _remove, "enlist": _enlist, "dismiss": _dismiss, "mark": _mark,
    "share": _listed("shared", "is a shared file"), "unshare": _unlisted("shared", "is no shared file any more"),
    "split": _listed("split", "is to be split up"), "unsplit": _unlisted("split", "is not to be split up any more"),
}  # fmt: skip


def _asked(edit: dict[str, Any]) -> tuple[str, list[str], list[str]]:
    name = str(edit.get("module") or "")
    check_name(name)
    paths = [pattern_of(str(each)) for each in _list(edit.get("paths"))]
    owners = [str(each) for each in _list(edit.get("owners"))]
    for each in owners:
        check_owner(each)
    return name, list(dict.fromkeys(paths)), list(dict.fromkeys(owners))


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _enforcement(edit: dict[str, Any]) -> str:
    said = str(edit.get("enforcement") or SOFT)
    if said not in (SOFT, HARD):
        raise Broken(f"enforcement is soft or hard, not {one_line(said, 40)}")
    return said


def _modules(data: bytes) -> dict[str, Any]:
    found = yaml.decode_tree(data).get("modules")
    return found if isinstance(found, dict) else {}


def _with(data: bytes, name: str, values: dict[str, Any] | None) -> bytes:
    tree = yaml.decode_tree(data)
    modules = {key: each for key, each in _modules(data).items() if values is not None or key != name}
    if values is not None:
        modules[name] = values
    rest = {key: each for key, each in tree.items() if key != "modules"}
    return yaml.rewrite_tree(data, {**({"modules": modules} if modules else {}), **rest})


def _with_item(data: bytes, keys: tuple[str, ...], text: str, comment: str = "") -> bytes:
    tree = yaml.decode_tree(data)
    present = _at(tree, keys)
    if text in present:
        return data
    changed = items.added(data, keys, text, comment)
    if changed is not None:
        return changed
    changed = yaml.rewrite_tree(data, _put_at(tree, keys, [*present, text]))
    return (items.commented(changed, keys, text, comment) or changed) if comment else changed


def _without_item(data: bytes, keys: tuple[str, ...], text: str) -> bytes:
    tree = yaml.decode_tree(data)
    present = _at(tree, keys)
    if text not in present:
        raise Refusal("not-found", f"{text} is not under {' '.join(keys)}.", "gitcoord owners list")
    changed = items.removed(data, keys, text)
    if changed is not None:
        return changed
    return yaml.rewrite_tree(data, _put_at(tree, keys, [each for each in present if each != text] or None))


def _at(tree: Any, keys: tuple[str, ...]) -> list[Any]:
    for key in keys:
        tree = tree.get(key) if isinstance(tree, dict) else None
    return tree if isinstance(tree, list) else []


def _put_at(tree: dict[str, Any], keys: tuple[str, ...], value: Any) -> dict[str, Any]:
    inner = tree.get(keys[0])
    if keys[1:]:
        value = _put_at(inner if isinstance(inner, dict) else {}, keys[1:], value)
    if value is None:
        return {key: each for key, each in tree.items() if key != keys[0]}
    return {**tree, keys[0]: value}


def _words(name: str, paths: list[str], owners: list[str], verb: str) -> str:
    what = ", ".join((*paths[:5], *owners[:5])) or "another enforcement"
    return f"module {name} {verb} {what}" + (" and more" if len(paths) > 5 or len(owners) > 5 else "")
