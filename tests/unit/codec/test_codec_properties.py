"""Properties of the codec: what is written is read, by us on both roads and by every other reader of YAML."""

from __future__ import annotations

import contextlib
import io

import yaml as pyyaml
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from gitcoord.clock import rfc3339
from gitcoord.codec import Malformed, canonical, foreign, yaml
from gitcoord.codec.scalars import show_text
from gitcoord.model.entity import Entity
from gitcoord.model.fields import FLAG, INSTANT, INTEGER, TEXT, TEXTS, Field
from gitcoord.model.ids import ALPHABET
from gitcoord.model.kinds import KINDS

few = settings(max_examples=150, deadline=None)

TRAPS = [
    "no", "No", "on", "y", "n", "YES", "off", "true", "True", "null", "Null", "~", "", " ", "-", "--- ", "...",
    "=", "<<", "12:30", "12:30:45", "190:20:30", "0o17", "017", "0x1f", "0b11", "1_000", "1e3", "1234e56",
    "12e4567", ".5", "5.", ".inf", "-.INF", ".nan", "+12", "-0", "0", "2026-11-21", "2026-11-21T09:30:00Z",
    "2026-11-21 09:30:00", "4h", "1d", "a: b", "a:", ":a", "a #b", "a#b", "#a", "- a", "-a", "? a", "!a", "&a",
    "*a", "@a", "`a", "%a", "|", ">", "[a]", "{a}", "a,b", "'a'", '"a"', 'say "x"', "it's", "C:\\new",
    "trailing ", " leading", "two  blanks", "tab\there", "line\nbreak", "cr\rlf\r\n", "nel\x85",
    "ls\u2028ps\u2029", "bom\ufeff", "bidi\u202e", "zwj\U0001f469\u200d\U0001f4bb", "tag\U000e0041", "del\x7f",
    "c1\x9b", "esc\x1b[31m", "\ufffe", "\uffff", "\u00e9t\u00e9", "\u65e5\u672c", "src/**/*.ts",
    "src/a.py#A::b", "shared:package-lock.json", "feature/x", "CLM-12", "01mccf9rmrw51nkhxxrbhzhawe",
    "00000000000000000000000000", "0123456789e1234567890123456"[:26], "<<<<<<< HEAD", "=======", "None", "nan",
    "inf", "x" * 2000,
]  # fmt: skip

any_text = st.one_of(
    st.sampled_from(TRAPS),
    st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=40),
    st.text(st.sampled_from("ab0-: #'\"\n.,[]{}&*!|>%@=~\t\\"), max_size=12),
)
ulids = st.text(st.sampled_from(ALPHABET), min_size=25, max_size=25).map(lambda tail: "0" + tail)
instants = st.integers(0, 4 * 10**9).map(rfc3339)
keys = st.one_of(st.sampled_from(["x-note", "on", "y", "null", "1", "<<", "a b", "a.b", "ключ"]), any_text).filter(
    lambda key: 0 < len(key) <= 128
)
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    any_text,
)
trees = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3), max_leaves=8
)
mappings = st.dictionaries(keys, trees, max_size=4)


def value_of(field: Field) -> st.SearchStrategy[object]:
    if field.name == "id":
        return ulids
    plain = {
        TEXT: any_text, INSTANT: instants, INTEGER: st.integers(-(2**63), 2**63 - 1), FLAG: st.booleans(),
        TEXTS: st.lists(any_text, max_size=4),
    }  # fmt: skip
    return plain.get(field.type, trees)


@st.composite
def entities(draw: st.DrawFn, kinds: tuple[str, ...] = tuple(KINDS)) -> Entity:
    """An entity of any kind, with some of its fields and some unknown ones."""
    kind = KINDS[draw(st.sampled_from(kinds))]
    chosen = draw(st.sets(st.sampled_from(kind.fields), max_size=8)) | {kind.by_name["id"]}
    values = {field.name: draw(value_of(field)) for field in chosen}
    unknown = {k: v for k, v in draw(st.dictionaries(keys, trees, max_size=2)).items() if k not in kind.by_name}
    return Entity(kind.name, {**values, **unknown}, draw(any_text) if kind.has_body else "")


def written(entity: Entity) -> bytes:
    try:
        return yaml.encode(entity)
    except Malformed as error:
        assume("nested deeper" not in error.reason)
        raise


def slowly(kind: str, data: bytes) -> Entity:
    return foreign.load_entity(kind, data.decode())


@few
@given(entities())
def test_what_is_written_is_read_again(entity: Entity) -> None:
    data = written(entity)
    found = yaml.decode(entity.kind, data, id=entity.id)
    assert found == yaml.normal(entity)
    assert yaml.encode(found) == data


@few
@given(entities())
def test_both_roads_read_the_same(entity: Entity) -> None:
    data = written(entity)
    assert slowly(entity.kind, data) == yaml.decode(entity.kind, data)


@few
@given(entities())
def test_declared_fields_never_need_the_slow_road(entity: Entity) -> None:
    declared = KINDS[entity.kind].by_name
    values = {k: v for k, v in entity.values.items() if k in declared and declared[k].type != "tree"}
    assume(all(abs(value) < 10**18 for value in values.values() if isinstance(value, int)))
    header = canonical.dump(canonical.settled(entity.kind, values))
    assert canonical.load_entity(entity.kind, header) == canonical.settled(entity.kind, values)


@settings(max_examples=400, deadline=None)
@given(entities(("task", "claim", "attic", "session")), st.data())
def test_where_the_fast_road_answers_the_slow_one_agrees(entity: Entity, data: st.DataObject) -> None:
    text = written(entity).decode()
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(text)))
        length = data.draw(st.integers(0, 3))
        text = (
            text[:place]
            + data.draw(st.text(st.sampled_from("ab01: -#'\"\n~tn.,[]{}\\\x85\u2028\t"), max_size=3))
            + text[place + length :]
        )
    fast = yaml._canonical(entity.kind, text)
    if fast is not None:
        assert slowly(entity.kind, text.encode()) == fast


@settings(max_examples=400, deadline=None)
@given(st.lists(st.sampled_from([
    "a: 1", "a: x", "b:", "  c: 2", "    d: no", "- x", "- 1", "  - y", "# note", "  # note", "",
    "e: 4h # four", "f: {}", "g: []", 'h: "a # b"', "i: a#b", "k: - x", "      l: 1", "  c:", "m: null",
    "n: true #", "o:  1", "- a: 1", "\t", "p: 1.5", "q: 07", "r: ~", "s: # empty", "t: x #\x85u: 1",
    "# \u2028v: 1", "on: 1", "1: 2", "w: -", "x: 'a'", "  ", "- ", "-",
]), max_size=8).map("\n".join))  # fmt: skip
def test_settings_are_the_same_on_both_roads(text: str) -> None:
    fast = canonical.load_tree(text)
    if fast is not None:
        assert foreign.load_tree(text) == fast


@few
@given(mappings)
def test_trees_survive(values: dict[str, object]) -> None:
    try:
        data = yaml.encode_tree(values)
    except Malformed as error:
        assume("nested deeper" not in error.reason)
        raise
    found = yaml.decode_tree(data)
    assert found == values and repr(found) == repr(values)
    assert yaml.encode_tree(found) == data
    assert foreign.load_tree(data.decode()) == values


@settings(max_examples=300, deadline=None)
@given(any_text)
def test_readers_of_yaml_1_1_and_1_2_read_the_same_string(text: str) -> None:
    line = f"key: {show_text(text)}\n\nlist:\n- {show_text(text)}\n"
    wanted = {"key": text, "list": [text]}
    assert pyyaml.load(line, pyyaml.CSafeLoader) == wanted
    assert pyyaml.load(line, pyyaml.SafeLoader) == wanted
    assert YAML(typ="safe", pure=True).load(io.StringIO(line)) == wanted
    assert foreign.load(line) == wanted


def test_every_trap_is_read_the_same_by_every_reader() -> None:
    for text in TRAPS:
        test_readers_of_yaml_1_1_and_1_2_read_the_same_string.hypothesis.inner_test(text)


@few
@given(mappings)
def test_other_readers_see_our_trees(values: dict[str, object]) -> None:
    try:
        data = yaml.encode_tree(values)
    except Malformed:
        assume(False)
    found = YAML(typ="safe", pure=True).load(io.StringIO(data.decode())) if values else {}
    assert found == values


@few
@given(st.binary(max_size=200))
@example(b"\xef\xbb\xbf")
@example(b"---\n---")
def test_no_bytes_raise_anything_but_malformed(data: bytes) -> None:
    for kind in ("task", "claim"):
        for each in (data, b"---\n" + data + b"\n---\n"):
            try:
                yaml.decode(kind, each)
            except Malformed as error:
                assert error.reason and "\n" not in error.reason


@settings(max_examples=400, deadline=None)
@given(st.text(st.sampled_from("ab1: -#'\"\n\n  .,[]{}&*!|>%@`=~?\t\\<x\r"), max_size=60))
def test_no_yaml_raises_anything_but_malformed(text: str) -> None:
    for each in (text, f"---\nid: 01mccf9rmrw51nkhxxrbhzhawe\n{text}\n---\n"):
        with contextlib.suppress(Malformed):
            yaml.decode("task", each.encode())
        with contextlib.suppress(Malformed):
            yaml.decode_tree(each.encode())


# Edits.

STYLES = st.sampled_from(["plain", "single", "double", "wide", "comment", "above", "blank"])


@st.composite
def human_files(draw: st.DrawFn) -> tuple[list[tuple[str, str]], str]:
    """A task file as a person writes it: per key its lines, and what stands between it and the next key."""
    word = st.text(st.sampled_from("abcdef gh"), min_size=1, max_size=12).map(lambda t: ("w" + t).strip())
    fields = draw(
        st.permutations(["id", "title", "state", "priority", "depends_on", "owned_paths", "x-extra", "y-tree"])
    )
    chunks = []
    for name in fields:
        style = draw(STYLES)
        if name == "id":
            lines = "id: 01mccf9rmrw51nkhxxrbhzhawe\n"
        elif name == "priority":
            lines = f"priority: {draw(st.sampled_from(['1', '0x1F', '+3', '0o7', '007']))}\n"
        elif name in ("depends_on", "owned_paths"):
            items = draw(st.lists(word, min_size=1, max_size=3, unique=True))
            if style == "plain":
                lines = f"{name}: [{',  '.join(items)}]\n"
            else:
                dash = "" if style == "double" else "    "
                lines = f"{name}:\n" + "".join(f"{dash}- {item}   # {item}\n" for item in items)
        elif name == "y-tree":
            lines = "y-tree:\n     deep:   {a: 1,b: [x,y]}   # odd\n\n     # note\n     other: 'z'\n"
        else:
            text = draw(word)
            lines = {
                "single": f"{name}: '{text}'\n", "double": f'{name}: "{text}"\n', "wide": f"{name}:     {text}\n",
                "comment": f"{name}: {text}     # why\n", "above": f"{name}: |-\n   {text}\n   {text}\n",
                "blank": f"{name}: >-\n  {text}\n\n  {text}\n",
            }.get(style, f"{name}: {text}\n")  # fmt: skip
        chunks.append((name, lines))
    return chunks, draw(st.sampled_from(["", "\n", "\n\n", "# between\n", "\n# between\n"]))


@settings(max_examples=200, deadline=None)
@given(
    human_files(), st.sampled_from(["title", "state", "priority", "depends_on", "owned_paths", "x-extra"]), any_text,
    st.lists(any_text.filter(bool), min_size=1, max_size=3), st.booleans(),
)  # fmt: skip
def test_an_edit_of_one_field_changes_only_its_lines(
    file: tuple[list[tuple[str, str]], str], name: str, text: str, items: list[str], crlf: bool
) -> None:
    chunks, between = file
    place = [key for key, _ in chunks].index(name)
    before = "---\n# my file\n" + "".join(lines + between for _, lines in chunks[:place])
    after = between + "".join(lines + between for _, lines in chunks[place + 1 :]) + "---\n\nbody  \n\n"
    original = (before + chunks[place][1] + after).encode()
    if crlf:
        before, after, original = (each.replace("\n", "\r\n") for each in (before, after, original.decode()))
        original = original.encode()
    entity = yaml.decode("task", original)
    value = {"priority": 5, "depends_on": items, "owned_paths": items}.get(name, text or "w")
    wanted = entity.changed(**{name: value})
    result = yaml.edit(wanted, original)
    assert yaml.normal(yaml.decode("task", result)) == yaml.normal(wanted)
    assert result.decode().startswith(before) and result.decode().endswith(after)


@settings(max_examples=100, deadline=None)
@given(human_files(), st.sampled_from(["title", "depends_on", "owned_paths"]))
def test_an_edit_that_empties_a_field_takes_its_lines_away(file: tuple[list[tuple[str, str]], str], name: str) -> None:
    chunks, between = file
    original = ("---\n" + "".join(lines + between for _, lines in chunks) + "---\nbody\n").encode()
    entity = yaml.decode("task", original)
    result = yaml.edit(entity.changed(**{name: None}), original).decode()
    assert name not in yaml.decode("task", result.encode()).values
    rest = [line for key, lines in chunks if key != name for line in (lines + between).splitlines() if line]
    rest += [line for line in between.splitlines() if line]
    assert sorted(line for line in result.splitlines() if line) == sorted([*rest, "---", "---", "body"])


@settings(max_examples=100, deadline=None)
@given(human_files(), st.sampled_from(["alias", "coop", "assignee", "done_by", "claims"]))
def test_a_new_field_only_adds_lines(file: tuple[list[tuple[str, str]], str], name: str) -> None:
    chunks, between = file
    original = ("---\n" + "".join(lines + between for _, lines in chunks) + "---\nbody\n").encode()
    entity = yaml.decode("task", original)
    value = ["b", "a"] if name == "claims" else "new"
    result = yaml.edit(entity.changed(**{name: value}), original).decode()
    found = iter(result.splitlines())
    assert all(line in found for line in original.decode().splitlines())
    assert len(result.splitlines()) <= len(original.decode().splitlines()) + 5


@few
@given(entities(), entities())
def test_an_edit_says_what_was_wanted_whatever_was_there(old: Entity, new: Entity) -> None:
    new = Entity(old.kind, {k: v for k, v in new.values.items() if k not in KINDS[new.kind].by_name}, old.body)
    wanted = Entity(old.kind, {**old.values, **new.values}, old.body)
    original = written(old).replace(b"\n\n", b"\n", 1)
    try:
        before = yaml.decode(old.kind, original)
        found = yaml.edit(wanted.changed(body=before.body), original)
    except Malformed:
        return
    assert yaml.normal(yaml.decode(old.kind, found)) == yaml.normal(wanted.changed(body=before.body))


@few
@given(mappings, mappings)
def test_settings_take_any_change(values: dict[str, object], more: dict[str, object]) -> None:
    try:
        original = yaml.encode_tree({**values, "claims": {"mode": "warn", "ttl": {"file": "4h"}}})
    except Malformed:
        assume(False)
    commented = b"# ours\n" + original
    changed = yaml.edit_tree(commented, {"claims.ttl.file": "2h", "claims.mode": None, "sync.max_age": 30})
    found = yaml.decode_tree(changed)
    assert found["claims"]["ttl"] == {"file": "2h"} and "mode" not in found["claims"]
    assert changed.startswith(b"# ours\n")
