"""``show``, ``store get put query``."""

from __future__ import annotations

from gitcoord.cli.command import INTEGER, Answer, Argument, Call, Command, Option
from gitcoord.errors import InvalidArguments

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def _show(call: Call) -> Answer:
    from gitcoord.actions import store

    return Answer("show", store.show(call.workspace, call.get("id")))


def _get(call: Call) -> Answer:
    from gitcoord.actions import store

    entity = store.get(call.workspace, call.get("id"), call.get("kind"))
    format = call.get("format") or "json"
    if call.as_json:
        return Answer("store-get", {"kind": entity.kind, "entity": entity.as_json(), "as_of": call.workspace.as_of()})
    return Answer(text=store.encoded(entity, format))


def _put(call: Call) -> Answer:
    from gitcoord.actions import store

    text = _text(call)
    found = store.put(
        call.workspace,
        call.get("kind"),
        text,
        reference=call.get("id"),
        expected_revision=call.get("expected_revision"),
    )
    return Answer("store-put", found)


def _text(call: Call) -> str:
    """From ``--file``, from ``name=value`` pairs, else from standard input."""
    pairs = call.texts("pairs")
    if pairs:
        import json

        values: dict[str, Any] = {}
        for pair in pairs:
            name, equals, value = pair.partition("=")
            if not equals or not name:
                raise InvalidArguments(f"{pair[:60]!r} is not name=value.", hint="gitcoord store put --help")
            values[name] = _typed(value)
        return json.dumps(values)
    file = call.get("file") or "-"
    import sys

    try:
        if file == "-":
            return sys.stdin.buffer.read(1 << 20).decode()
        with open(file, "rb") as found:
            return found.read(1 << 20).decode()
    except OSError as problem:
        raise InvalidArguments(f"{file} cannot be read: {problem.strerror}") from problem
    except UnicodeDecodeError as problem:
        raise InvalidArguments(f"{file} is not UTF-8.") from problem


def _typed(value: str) -> Any:
    """``priority=1`` is a number and ``owned_paths=["src/"]`` a list; anything else is text."""
    import json

    if value[:1] in '[{"' or value in ("true", "false", "null") or value.lstrip("-").isdigit():
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


def _query(call: Call) -> Answer:
    from gitcoord.actions import log, store

    ws = call.workspace
    where = {}
    for pair in call.texts("where"):
        name, equals, value = pair.partition("=")
        if not equals or not name:
            raise InvalidArguments(f"{pair[:60]!r} is not field=value.", hint="gitcoord store query --help")
        where[name] = _typed(value)
    fields = [each for word in call.texts("fields") for each in word.split(",") if each] or None
    found = store.query(
        ws,
        kind=call.get("kind"),
        where=where,
        since=_revision(log, ws, call.get("since")),
        until=_revision(log, ws, call.get("until")),
        agent=call.get("by"),
        coop=call.get("coop"),
        fields=fields,
        limit=call.get("limit"),
    )
    from gitcoord.cli.streams import json_lines, to_file

    if call.get("output"):
        return Answer("export", to_file(call, found))
    return Answer(lines=json_lines("store-query", found, _next(call), call.options.get("budget")))


def _revision(log: Any, ws: Any, text: str | None) -> Any:
    return text if text is None else log.revision(ws, text)


def _next(call: Call) -> Any:
    import shlex

    words = [f"--kind {call.get('kind')}"] if call.get("kind") else []
    words += [f"--where {shlex.quote(each)}" for each in call.texts("where")]
    return lambda last: " ".join(["gitcoord store query", *words, "--output FILE"])


COMMANDS = {
    "show": Command(
        "show",
        _show,
        "One thing, whole.",
        ("gitcoord show CLM-12", "gitcoord show HND-7 --json"),
        arguments=(Argument("id", "alias, ULID, or a unique beginning of it"),),
    ),
    "store get": Command(
        "store get",
        _get,
        "An entity as it is stored.",
        ("gitcoord store get TASK-4", "gitcoord store get TASK-4 --format yaml"),
        arguments=(Argument("id", "alias, ULID, or a unique beginning of it"),),
        options=(
            Option("--format", "json unless told.", choices=("json", "yaml", "md")),
            Option("--kind", "Only among this kind.", metavar="KIND"),
        ),
    ),
    "store put": Command(
        "store put",
        _put,
        "Write an entity, checked against its declaration.",
        (
            "gitcoord store put artifact type=log title='build 41' url=https://ci.example/41",
            "gitcoord store put task --id TASK-4 priority=1",
            "gitcoord store get TASK-4 --format md | gitcoord store put task",
        ),
        arguments=(
            Argument("kind", "task, artifact, run …"),
            Argument("pairs", "name=value; else a file or standard input", "*"),
        ),
        options=(
            Option("--id", "Change this one; fields not given stay.", metavar="ID"),
            Option("--file -f", "Read JSON, YAML or Markdown with front matter from here.", name="file", metavar="FILE"),
            Option("--expected-revision", "Refuse when the state has moved on.", type=INTEGER, metavar="N"),
        ),
    ),
    "store query": Command(
        "store query",
        _query,
        "Entities, one JSON object a line.",
        (
            "gitcoord store query --kind task --where state=open --fields alias,title --limit 20",
            "gitcoord store query --kind claim --output claims.jsonl",
        ),
        options=(
            Option("--kind", "task, claim, blocker …", metavar="KIND"),
            Option("--where", "A field and its value.", many=True, metavar="FIELD=VALUE"),
            Option("--since", "Changed after this revision or instant.", metavar="REV|TIME"),
            Option("--until", "Changed up to this revision or instant.", metavar="REV|TIME"),
            Option("--by", "Of this agent.", metavar="AGENT"),
            Option("--coop", "Of this co-op.", metavar="COOP"),
            Option("--fields", "Only these, with commas between.", many=True, metavar="A,B"),
            Option("--limit -n", "At most so many.", type=INTEGER, name="limit", metavar="N"),
            Option("--output -o", "Write all of it to a file.", name="output", metavar="FILE"),
        ),
    ),
}
