"""``export``, and what ``close`` writes. Only paths and sizes are printed: a whole co-op never goes to a screen."""

from __future__ import annotations

from gitcoord.cli.command import Answer, Argument, Call, Command, Option

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from gitcoord.views.exports import Files

FOLDER = "gitcoord-export"
_CO_OP = "co-op"


def _export(call: Call) -> Answer:
    ws = call.workspace
    if ws.at is None and not ws.offline:  # it is for the record, and not asked for often: of the newest state
        ws.refresh(deadline=float(ws.machine_settings().get("sync.read_deadline")))
    return Answer("export", written(call, call.get("format") or "md", call.get("coop"), call.get("layout"), call.get("output")))


def written(
    call: Call, format: str, coop: str | None = None, layout: str | None = None, output: str | None = None
) -> dict[str, Any]:
    """Gather, render, write: the answer names the co-op, the folder and each file."""
    from gitcoord.actions import exports as gathering
    from gitcoord.views import exports

    ws = call.workspace
    found = gathering.gather(ws, coop)
    if layout == _CO_OP:
        made = exports.co_op(found, gathering.everywhere(ws))
    else:
        made = exports.markdown(found) if format == "md" else exports.data(found)
    folder = output or (".co-op" if layout == _CO_OP else f"{FOLDER}/{exports.folder_of(found.coop)}")
    if not output:
        _keep_out_of_git(call, ".co-op" if layout == _CO_OP else FOLDER)
    slug = str(found.coop.get("slug") or found.coop.id)
    return {"outcome": "written", "coop": slug, "revision": found.revision, **_write(call, folder, made)}


def _bundle(call: Call) -> Answer:
    from gitcoord.actions import bundles
    from gitcoord.views.exports import bundle

    output = call.get("output")
    found = bundles.gather(call.workspace, call.get("module"), call.get("coop"))
    if not output:
        _keep_out_of_git(call)
    made = _write(call, output or f"{FOLDER}/handoffs", bundle.files(found))
    return Answer("export", {
        "outcome": "written", "module": found.name, "handoffs_written": len(found.chosen), "revision": found.known.revision,
        **made,
    })  # fmt: skip


def _write(call: Call, folder: str, made: Files) -> dict[str, Any]:
    import os

    from gitcoord.actions import files

    repo = call.workspace.repo
    said = files.write(call.directory, folder, made, forbidden=(repo.common_dir, repo.git_dir), tick=_counter())
    if call.directory != ".":
        said = [{**each, "path": os.path.join(call.directory, each["path"])} for each in said]
    return {"directory": folder, "files": said}


def _keep_out_of_git(call: Call, folder: str = FOLDER) -> None:
    """A folder of our own making ignores itself, as caches do: an export is committed only by who wants it."""
    import os

    from gitcoord.actions import files

    ws = call.workspace
    if not os.path.lexists(os.path.join(call.directory, folder)):
        ignored = [(".gitignore", ["# Written by gitcoord export. Remove this file to commit what lies here.\n*\n"])]
        files.write(call.directory, folder, ignored, forbidden=(ws.repo.common_dir, ws.repo.git_dir))


def _counter() -> Any:
    """A line on a terminal that tells how far it is; None where nobody sits before it."""
    import sys

    if not sys.stderr.isatty():
        return None
    told = 0

    def tick(path: str, size: int) -> None:
        nonlocal told
        if size - told > 100_000 or size < told:
            told = size
            sys.stderr.write(f"\r\x1b[K{path}  {size // 1000} kB\r")
            sys.stderr.flush()

    return tick


COMMANDS = {
    "handoff-bundle": Command(
        "handoff-bundle",
        _bundle,
        "Write the handoffs on a module to files, with an index of all.",
        ("gitcoord handoff-bundle --module src/auth/", "gitcoord handoff-bundle --coop login-flow --output review"),
        options=(
            Option("--module", "A module of the ownership policy, or a path; else all handoffs.", metavar="NAME|PATH"),
            Option("--coop", "Only those of this co-op.", metavar="COOP"),
            Option(
                "--output -o", f"Write into DIR; else {FOLDER}/handoffs in the current directory.", name="output", metavar="DIR"
            ),
        ),
        more="<module>.handoff.md for whoever goes on, HANDOFFS.md and handoff-index.json over all.",
    ),
    "export": Command(
        "export",
        _export,
        "Write a co-op to files: for people (md) or for programs (json).",
        (
            "gitcoord export md",
            "gitcoord export json --coop hmi-settings-flow",
            "gitcoord export md --at 120 --output review",
            "gitcoord export --layout co-op",
        ),
        arguments=(
            Argument("format", "md: summary.md and transcript.md; json: coop.json and events.jsonl", "?", ("md", "json")),
        ),
        options=(
            Option("--coop", "Which co-op; else the one you are in, or the only one.", metavar="COOP"),
            Option("--layout", "co-op: the tree .co-op/ with both, under its own names.", choices=(_CO_OP,)),
            Option(
                "--output -o", f"Write into DIR; else {FOLDER}/… in the current directory.", name="output", metavar="DIR"
            ),
        ),
        more="Closed co-ops too, and offline. The same revision gives the same bytes.",
    ),
}
