"""A forge merges by lines and knows no driver: edits of two different fields of one entity merge all the same."""

from __future__ import annotations

import subprocess
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from gitcoord.codec import yaml
from gitcoord.model.entity import Entity
from gitcoord.model.fields import FLAG, INSTANT, INTEGER, TEXT, TEXTS, TREE
from gitcoord.model.ids import derived_ulid
from gitcoord.model.kinds import KINDS, path_of_values
from tests.conftest import SEALED

VALUES: dict[str, tuple[Any, Any]] = {
    TEXT: ("some words", "other words"), INTEGER: (3, 4), FLAG: (False, True), TEXTS: (["a", "m"], ["a", "k", "m", "z"]),
    INSTANT: ("2026-11-21T09:30:00Z", "2026-11-22T10:00:00Z"), TREE: ({"a": "1"}, {"a": "2"}),
}  # fmt: skip


class Repository:
    def __init__(self, root: Path) -> None:
        self.root = root
        self.git("init", "-q", "--initial-branch=main")

    def git(self, *words: str, stdin: bytes = b"", check: bool = True) -> str:
        done = subprocess.run(
            ["git", *words], cwd=self.root, env={**SEALED, "HOME": str(self.root), "PATH": "/usr/bin:/bin"}, input=stdin,
            capture_output=True, check=False,
        )  # fmt: skip
        assert not check or done.returncode == 0, done.stderr.decode()
        return done.stdout.decode()


def whole(kind: str) -> Entity:
    """An entity with a value in every field."""
    values = {field.name: VALUES[field.type][0] for field in KINDS[kind].fields}
    values.update({"id": derived_ulid(kind), **({"of_kind": "task", "of_id": derived_ulid("of")} if kind == "attic" else {})})
    if kind == "thread_message":
        values["thread"] = derived_ulid("thread")
    return Entity(kind, values, "one\n\ntwo\n\nthree" if KINDS[kind].has_body else "")


def changes(entity: Entity) -> dict[str, Entity]:
    """One edit for each field, and one for the body."""
    place = {"id", "of_kind", "of_id", "thread"} if entity.kind in ("attic", "thread_message") else {"id"}
    found = {
        field.name: entity.changed(**{field.name: VALUES[field.type][1]})
        for field in KINDS[entity.kind].fields
        if field.name not in place
    }
    if entity.body:
        found["body"] = entity.changed(body="one\n\n2\n\nthree")
    return found


def written(repo: Repository, kinds: list[str]) -> dict[str, dict[str, str]]:
    """A commit for each edit, all on one base: by one stream, as ``main`` and ``kind/field``."""
    when = b"committer T <t@example.org> 1800000000 +0000\n"
    stream = [b"commit refs/heads/main\nmark :1\n" + when + b"data 4\nbase"]
    for kind in kinds:
        stream.append(_file(whole(kind)))
    for kind in kinds:
        for name, entity in changes(whole(kind)).items():
            stream.append(b"commit refs/heads/%s/%s\n" % (kind.encode(), name.encode()) + when + b"data 4\nedit\nfrom :1")
            stream.append(_file(entity))
    repo.git("fast-import", "--quiet", stdin=b"\n".join(stream) + b"\n")
    return {kind: {name: f"{kind}/{name}" for name in changes(whole(kind))} for kind in kinds}


def _file(entity: Entity) -> bytes:
    data = yaml.encode(entity)
    return b"M 100644 inline %s\ndata %d\n%s" % (path_of_values(entity.kind, entity.values).encode(), len(data), data)


def test_edits_of_two_fields_of_any_kind_merge_without_a_driver(tmp_path: Path) -> None:
    """With git's own merge, by its own process for many merges: every pair of fields of every kind."""
    repo = Repository(tmp_path)
    branches = written(repo, list(KINDS))
    pairs = [(kind, *pair) for kind, named in branches.items() for pair in combinations(named.values(), 2)]
    lines = "".join(f"{one} {other}\n" for _, one, other in pairs).encode()
    said = repo.git("merge-tree", "--write-tree", "--name-only", "--no-messages", "-z", "--stdin", stdin=lines, check=False)
    states = [record.lstrip("\n").partition("\0")[0] for record in said.split("\0\0") if record.strip("\n")]
    assert len(states) == len(pairs) > 2000
    assert [pair for pair, state in zip(pairs, states, strict=True) if state != "1"] == []


def test_and_so_does_plain_git_merge_with_both_edits_in_the_result(tmp_path: Path) -> None:
    repo = Repository(tmp_path)
    named = written(repo, ["decision"])["decision"]
    base, edits = whole("decision"), changes(whole("decision"))
    path = path_of_values("decision", base.values)
    repo.git("checkout", "-q", "main")
    for one, other in combinations(named, 2):
        repo.git("reset", "-q", "--hard", named[one])
        repo.git("merge", "-q", "-m", "both", named[other])
        both = yaml.decode("decision", (tmp_path / path).read_bytes())
        wanted = base
        for name in (one, other):
            changed = edits[name]
            wanted = wanted.changed(body=changed.body) if name == "body" else wanted.changed(**{name: changed.values[name]})
        assert both == yaml.normal(wanted), (one, other)


@pytest.mark.parametrize("name", ["title", "status", "body"])
def test_two_values_of_one_field_are_a_conflict_that_git_names(tmp_path: Path, name: str) -> None:
    repo = Repository(tmp_path)
    written(repo, ["decision"])
    base = whole("decision")
    mine = base.changed(body="one\n\ntwice\n\nthree") if name == "body" else base.changed(**{name: "mine"})
    path = path_of_values("decision", mine.values)
    repo.git("checkout", "-q", "main")
    (tmp_path / path).write_bytes(yaml.encode(mine))
    repo.git("commit", "-q", "-a", "-m", "mine")
    repo.git("merge", "-m", "both", f"decision/{name}", check=False)
    assert repo.git("diff", "--name-only", "--diff-filter=U").split() == [path]
    text = (tmp_path / path).read_text()
    assert "<<<<<<< HEAD" in text
    if name != "body":
        with pytest.raises(yaml.Malformed, match="conflict markers"):
            yaml.decode("decision", text.encode())
