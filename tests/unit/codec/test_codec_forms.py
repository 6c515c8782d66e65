"""The canonical bytes as a person sees them, and what survives when such a person has changed them."""

from __future__ import annotations

import subprocess
import sys

import pytest

from gitcoord.codec import Malformed, yaml
from gitcoord.model.entity import Entity

ID = "01mccf9rmrw51nkhxxrbhzhawe"
OTHER = "01mccf9rmrw51nkhxxrbhzhawf"

CLAIM = f"""\
id: {ID}

alias: CLM-12

state: active

kind: symbol

scope: src/auth/login.py#Session::refresh

mode: exclusive

agent: river

description: "no: not yet\\nmore"

narrowable: false

coexists_with:
- {OTHER}
- "2"

ttl: 14400

acquired_at: "2026-11-21T09:30:00Z"

evidence:
  rule: T1

  seen_for: 14520.5

x-note: "yes"
"""


def a_claim() -> Entity:
    return Entity(
        "claim",
        {
            "x-note": "yes", "evidence": {"rule": "T1", "seen_for": 14520.5}, "acquired_at": "2026-11-21T09:30:00Z",
            "id": ID, "alias": "CLM-12", "kind": "symbol", "scope": "src/auth/login.py#Session::refresh",
            "agent": "river", "coexists_with": ["2", OTHER], "ttl": 14400, "description": "no: not yet\nmore",
            "task": None, "branch": "", "symbols": [],
        },
    )  # fmt: skip


def test_a_claim_has_declared_keys_in_order_with_a_blank_line_between() -> None:
    # Sorted by code point: "01m…" before "2".
    assert yaml.encode(a_claim()).decode() == CLAIM


def test_a_body_follows_the_front_matter_after_a_blank_line() -> None:
    data = yaml.encode(Entity("checkin", {"id": ID, "summary": "Half way"}, "One.\n\nTwo."))
    assert data.decode() == f"---\nid: {ID}\n\nsummary: Half way\n---\n\nOne.\n\nTwo.\n"


@pytest.mark.parametrize("body", ["", "a", "a\n", "\na", "\n", "---\n", "a\r\nb", "  a  \n\n\n", "---\nid: x\n---"])
def test_a_body_comes_back_to_the_byte(body: str) -> None:
    assert yaml.decode("checkin", yaml.encode(Entity("checkin", {"id": ID}, body))).body == body


def test_missing_fields_with_a_default_have_it_and_empty_ones_are_absent() -> None:
    task = yaml.decode("task", f"---\nid: {ID}\ntitle:\ncoop: ''\ndepends_on: []\nx-empty:\n---\n".encode())
    assert task.values == {"id": ID, "state": "open", "priority": 2, "x-empty": None}


def test_a_union_list_is_sorted_and_holds_each_item_once() -> None:
    data = yaml.encode(Entity("coop", {"id": ID, "members": ["b", "a", "b"]}))
    assert b"members:\n- a\n- b\n" in data


@pytest.mark.parametrize(("values", "reason"), [
    ({"id": "x"}, "not a ULID"), ({}, "not a ULID"), ({"id": ID, "priority": "2"}, "field priority"),
    ({"id": ID, "priority": True}, "field priority"), ({"id": ID, "title": 4}, "field title"),
    ({"id": ID, "created_at": 1.8e9}, "field created_at"), ({"id": ID, "created_at": "soon"}, "field created_at"),
    ({"id": ID, "claims": "a"}, "field claims"), ({"id": ID, "title": "x" * 70000}, "at most 65536"),
    ({"id": ID, "title": "a\0"}, "title: a NUL"),
])  # fmt: skip
def test_what_every_reader_would_refuse_is_not_written(values: dict[str, object], reason: str) -> None:
    with pytest.raises(Malformed, match=reason):
        yaml.encode(Entity("task", values))


def test_a_kind_of_yaml_alone_has_no_body() -> None:
    with pytest.raises(Malformed, match="no body"):
        yaml.encode(Entity("claim", {"id": ID}, "text"))


# Files that people touched.

TOUCHED = f"""\
---
# The race that hit us on Friday.
title:   'Login race'     # short!
id: {ID}
created_at: 2026-11-21T09:30:00+01:00
depends_on:
  - {OTHER}    # the session table
  # to come: the cache
owner-note: [ask,  Kim]
priority: 0x1
---
Body with two blanks.  
No final newline"""


def test_an_edit_keeps_comments_order_spelling_and_body() -> None:
    task = yaml.decode("task", TOUCHED.encode())
    result = yaml.edit(task.changed(title="Login race: fixed", state="done"), TOUCHED.encode()).decode()
    expected = TOUCHED.replace("title:   'Login race'     #", 'title: "Login race: fixed" #').replace(
        f"id: {ID}\n", f"id: {ID}\n\nstate: done\n\n"
    )
    assert result == expected


def test_a_list_keeps_the_comments_of_its_items() -> None:
    task = yaml.decode("task", TOUCHED.encode())
    new = "01mccf9rmrw51nkhxxrbhzhawg"
    result = yaml.edit(task.changed(depends_on=[OTHER, new]), TOUCHED.encode()).decode()
    assert f"  - {OTHER}    # the session table\n" in result and f"  - {new}\n" in result
    assert "  # to come: the cache\n" in result


def test_the_body_alone_can_change() -> None:
    task = yaml.decode("task", TOUCHED.encode())
    result = yaml.edit(task.changed(body="New."), TOUCHED.encode()).decode()
    assert result == TOUCHED[: TOUCHED.index("Body")] + "\nNew.\n"


def test_an_edit_that_changes_nothing_changes_no_byte() -> None:
    for original in (TOUCHED, TOUCHED.replace("\n", "\r\n"), "\ufeff" + TOUCHED):
        assert yaml.edit(yaml.decode("task", original.encode()), original.encode()) == original.encode()


def test_windows_line_ends_stay() -> None:
    original = TOUCHED.replace("\n", "\r\n").encode()
    task = yaml.decode("task", original)
    assert task.body == "Body with two blanks.  \nNo final newline"
    result = yaml.edit(task.changed(state="done", body="a\nb"), original)
    assert b"\r\n\r\nstate: done\r\n\r\n" in result and result.endswith(b"---\r\n\r\na\r\nb\r\n")
    assert b"\n" not in result.replace(b"\r\n", b"")


def test_a_key_that_only_the_file_has_stays() -> None:
    task = Entity("task", {"id": ID, "title": "New"})
    canonical = yaml.encode(Entity("task", {"id": ID, "title": "Old", "x-mine": "kept"}))
    assert b"x-mine: kept" in yaml.edit(task, canonical)
    assert b"owner-note: [ask,  Kim]" in yaml.edit(task, TOUCHED.encode())


def test_a_canonical_file_stays_canonical() -> None:
    original = yaml.encode(a_claim())
    claim = yaml.decode("claim", original)
    released = claim.changed(state="released", ended_by="river")
    assert yaml.edit(released, original) == yaml.encode(released)


def test_a_file_in_braces_is_edited_as_a_whole() -> None:
    original = f"---\n# mine\n{{id: {ID}, title: a, x: 1}}\n---\n".encode()
    task = yaml.decode("task", original)
    result = yaml.edit(task.changed(title="b"), original)
    assert yaml.decode("task", result).values == {**task.values, "title": "b"}
    assert b"# mine" in result


def test_a_large_file_is_edited_though_its_canonical_form_would_be_too_large() -> None:
    original = "".join(f"k{n}: {n}\n" for n in range(5500)).encode()
    assert yaml.edit_tree(original, {"k7": 8}) == original.replace(b"k7: 7\n", b"k7: 8\n")


def test_a_file_that_cannot_be_read_is_not_edited() -> None:
    with pytest.raises(Malformed):
        yaml.edit(Entity("task", {"id": ID}), b"---\nid: [\n---\n")


SETTINGS = """\
# Agreed on Monday.
claims:
    ttl:   {file: 2h}      # short ones
    mode: enforce   # really

    max_files: 20
sync.max_age: 30s          # flat
hooks:
    pre_push: warn
"""


def test_settings_are_changed_where_they_stand() -> None:
    changes = {"claims.mode": "warn", "sync.max_age": 60, "claims.ttl.task": "4h", "hooks.pre_push": None}
    assert (
        yaml.edit_tree(SETTINGS.encode(), changes).decode()
        == """\
# Agreed on Monday.
claims:
    ttl: {file: 2h, task: 4h} # short ones
    mode: warn      # really

    max_files: 20
sync.max_age: 60           # flat
"""
    )


def test_settings_begin_with_an_empty_file() -> None:
    data = yaml.edit_tree(b"", {"claims.ttl.file": "2h", "claims.mode": "warn", "log.level": "no"})
    assert data == b'claims:\n  ttl:\n    file: 2h\n\n  mode: warn\n\nlog:\n  level: "no"\n'
    assert yaml.edit_tree(data, {"claims.mode": None, "log.level": None}) == b"claims:\n  ttl:\n    file: 2h\n"
    assert yaml.edit_tree(b"# ours\n", {"a.b": 1}) == b"# ours\na:\n  b: 1\n"


@pytest.mark.parametrize("source", [
    "yaml.decode('claim', DATA)",
    "yaml.encode(yaml.decode('claim', DATA))",
    "yaml.edit(yaml.decode('claim', DATA).changed(state='released'), DATA)",
    "yaml.decode_tree(b'# c\\na:\\n  b: 4h # d\\n')",
    "yaml.edit_tree(b'', {'a.b': 1})",
])  # fmt: skip
def test_the_canonical_form_needs_no_library(source: str) -> None:
    heavy = "yaml,ruamel.yaml,msgspec,frontmatter,typing,dataclasses,pathlib,subprocess,datetime,logging,inspect"
    script = (
        "import sys\nfrom gitcoord.codec import yaml\nfrom gitcoord.codec import journal\n"
        f"DATA = {CLAIM.encode()!r}\n{source}\n"
        f"print(sorted(set({heavy!r}.split(',')) & set(sys.modules)))"
    )
    found = subprocess.run([sys.executable, "-I", "-S", "-c", f"import sys; sys.path[:0] = {sys.path!r}\n{script}"],
                           capture_output=True, text=True, check=True)  # fmt: skip
    assert found.stdout.strip() == "[]"
