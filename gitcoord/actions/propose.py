"""Proposals: a change of the shared record that a person reviews as a pull request. Merging it is the decision.

A proposal is a branch ``gitcoord-propose/<id>`` with one commit on the tip of the sync branch, whose difference is one
file. Nothing of it has any effect until it is merged, by whatever means; ``rules/byhand`` says what merging it does.
"""

from __future__ import annotations

from gitcoord.actions.references import one
from gitcoord.errors import CheckFailed, InvalidArguments

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from gitcoord.model.entity import Entity
    from gitcoord.workspace import Workspace

_MERGE = "Merge this to put it in force, as merge commit, squash, rebase or fast-forward. Close it to leave all as it is."


def decision(
    ws: Workspace, text: str, *, body: str = "", question: str | None = None, open_: bool = False
) -> dict[str, Any]:
    """A decision that somebody must ratify: it lands as ``proposed``, without any effect, and its proposal is cut.

    ``text`` may name a decision that is proposed already (``DEC-4``): then only the branch is cut.
    """
    words = text.strip()
    known = _proposed_already(ws, words)
    if known is not None:
        return _ratification(ws, known, {"outcome": "proposed", "decisions": [known.as_json()]}, open_)
    if not words:
        raise InvalidArguments("A decision needs words.", hint='gitcoord propose decision "we drop Python 3.10"')
    blocker = one(ws, question, "blocker").id if question else None
    again = _same_words(ws, words, blocker)
    if again is not None:
        return _ratification(ws, again, {"outcome": "proposed", "decisions": [again.as_json()]}, open_)
    args = {"blocker": blocker, "text": words, "coop": ws.identity().coop, "propose": True}
    landed = ws.submit("decision.make", {**args, "body": body} if body else args, 1)
    made = landed["decisions"][0]
    if landed.get("state") != "confirmed":
        landed["warnings"] = [*landed.get("warnings", []), "its branch is cut when it has landed: gitcoord sync, then"
                              f" gitcoord propose decision {made.get('alias') or made['id']}"]  # fmt: skip
        return landed
    return _ratification(ws, one(ws, made["id"], "decision"), landed, open_)


def _proposed_already(ws: Workspace, words: str) -> Entity | None:
    from gitcoord.model.ids import is_ulid, parse_alias

    named = parse_alias(words)
    if (named is None or named[0] != "decision") and not is_ulid(words.lower()):
        return None
    found = one(ws, words, "decision")
    if found.get("status") != "proposed":
        raise CheckFailed(f"{found.name} is {found.get('status')}; only a proposed decision is ratified.",
                          hint=f"gitcoord show {found.name}")  # fmt: skip
    return found


def _same_words(ws: Workspace, words: str, blocker: str | None) -> Entity | None:
    """What this agent has proposed in the same words on the same question, and nobody has ratified yet."""
    agent_id = ws.identity().agent_id
    return next(
        (each for each in ws.reader().find("decision", status="proposed")
         if each.get("title") == words and each.get("blocker") == blocker and each.get("agent_id") == agent_id),
        None,
    )  # fmt: skip


def _ratification(ws: Workspace, proposed: Entity, landed: dict[str, Any], open_: bool) -> dict[str, Any]:
    from gitcoord.actions.proposals import Proposal, publish

    asked = f"\nIt answers: {proposed.get('question')}\n" if proposed.get("question") else ""
    text = f"{proposed.body}\n" if proposed.body else f"{proposed.get('title')}\n"
    change = _edited(ws, proposed, {"status": "ratified"})
    proposal = Proposal(
        proposed.name, f"ratify {proposed.name}: {proposed.get('title')}", f"{text}{asked}\n{_MERGE}", change
    )
    return {**landed, **publish(ws, proposal, open_)}


def entity(
    ws: Workspace, reference: str, values: dict[str, Any], *, body: str | None = None, reason: str = "", open_: bool = False
) -> dict[str, Any]:
    """A change of any entity that a person may edit by hand."""
    from gitcoord.actions.proposals import Proposal, name_for, publish

    found = one(ws, reference)
    if not values and body is None:
        raise InvalidArguments("Say what to change.", hint=f"gitcoord propose entity {found.name} --set title='…'")
    change = _edited(ws, found, values, body)
    what = ", ".join([*values, *(["body"] if body is not None else [])])
    told = f"{reason.strip()}\n\n{_MERGE}" if reason.strip() else _MERGE
    proposal = Proposal(name_for(found.name, file_at(ws, change[0]), change), f"{found.name}: change {what}", told, change)
    return {"outcome": "proposed", "kind": found.kind, "entity": found.name, **publish(ws, proposal, open_)}


def _edited(ws: Workspace, found: Entity, values: dict[str, Any], body: str | None = None) -> tuple[str, bytes]:
    """Path and content of the file with these values. Raises InvalidArguments for an edit that merging would refuse."""
    from gitcoord.codec import yaml
    from gitcoord.codec.values import fits, wrong_type
    from gitcoord.model.kinds import KINDS, path_of_values
    from gitcoord.rules.byhand.judge import Unfit, judged
    from gitcoord.rules.byhand.step import Change

    declared = KINDS[found.kind].by_name
    for name, value in values.items():
        if name in declared and value is not None and not fits(declared[name], value):
            raise InvalidArguments(wrong_type(declared[name], value) + ".", hint=f"gitcoord store get {found.name}")
    path = path_of_values(found.kind, found.values)
    before = file_at(ws, path)
    try:
        after = yaml.edit(found.changed(body=body, **values), before)
        judged(found.kind, found.id, found, Change(path, "100644", "", after))
    except (yaml.Malformed, Unfit) as problem:
        raise InvalidArguments(f"{found.name} cannot become that: {problem}.", hint=f"gitcoord show {found.name}") from None
    if after == before:
        raise InvalidArguments(f"{found.name} says that already.", hint=f"gitcoord show {found.name}")
    return path, after


def policy(ws: Workspace, file: str, *, reason: str = "", open_: bool = False) -> dict[str, Any]:
    """A change of the ownership policy: the whole text of it, from a file."""
    from gitcoord.actions.owners import _text_of
    from gitcoord.actions.proposals import Proposal, name_for, publish
    from gitcoord.rules.owners.policy import FILE, Broken, read

    data = _text_of(file).encode()
    try:
        read(data)
    except Broken as problem:
        raise InvalidArguments(f"That is no policy: {problem}.", hint="gitcoord owners list --output owners.yml") from None
    if ws.reader().file(FILE) == data:
        raise InvalidArguments("The policy says that already.", hint="gitcoord owners")
    told = f"{reason.strip()}\n\n{_MERGE}" if reason.strip() else _MERGE
    change = (FILE, data)
    proposal = Proposal(name_for("owners", ws.reader().file(FILE) or b"", change), "change the ownership policy", told, change)
    return {"outcome": "proposed", "file": FILE, **publish(ws, proposal, open_)}


def file_at(ws: Workspace, path: str) -> bytes:
    """A file of the branch as it is in force."""
    ws.reader()
    mended = ws.ledger.mended()
    found = mended[path] if path in mended else ws.objects.file(f"{ws.tip}:{path}")
    if found is None:
        raise InvalidArguments(f"{path} is not on the branch.", hint="gitcoord sync")
    return found
