"""The merge driver, for people who merge the sync branch by hand: field by field instead of line by line.

Different fields never conflict, lists are merged as sets, of two numbers that only rise the larger stands. Two values of
one field are a conflict, and git is told so: nothing is chosen silently. Bodies, and files that are no entities, are
merged by lines as git does it.
"""

from __future__ import annotations

import os

from gitcoord.errors import InvalidArguments

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gitcoord.model.entity import Entity
    from gitcoord.store.git import Git
    from gitcoord.store.repository import Repository

NAME = "gitcoord"
SECTION = f"merge.{NAME}"
_LIMIT = 1 << 20


class Merged:
    """``text`` for the file; ``conflicts``: the fields in conflict, ``lines`` for a conflict within lines."""

    __slots__ = ("conflicts", "text")

    def __init__(self, text: bytes, conflicts: list[str]) -> None:
        self.text, self.conflicts = text, conflicts


def merge_files(base: str, ours: str, theirs: str, path: str) -> Merged:
    """Merge three files into the second, as git's ``%O %A %B %P`` asks. Raises InvalidArguments for what cannot be read."""
    from gitcoord.store.git import Git
    from gitcoord.store.outbox import write_durably

    found = merged(Git("", os.environ, directory="."), _read(base), _read(ours), _read(theirs), path)
    write_durably(os.path.abspath(ours), found.text)
    return found


def _read(file: str) -> bytes:
    try:
        with open(file, "rb") as opened:
            return opened.read(_LIMIT + 1)
    except OSError as problem:
        raise InvalidArguments(f"{file} cannot be read: {problem.strerror}.", hint="gitcoord merge-driver --help") from problem


def merged(git: Git, base: bytes, ours: bytes, theirs: bytes, path: str) -> Merged:
    texts, fields = _by_field(base, ours, theirs, path) or ([base, ours, theirs], [])
    text, conflict = _by_line(git, *texts)
    return Merged(text, fields or (["lines"] if conflict else []))


def _by_field(base: bytes, ours: bytes, theirs: bytes, path: str) -> tuple[list[bytes], list[str]] | None:
    """Three texts that differ in bodies and in fields that are in conflict only; None where there is no entity."""
    from gitcoord.codec import yaml
    from gitcoord.model.kinds import kind_of_path
    from gitcoord.rules.merge import merge

    place = kind_of_path(path)
    if place is None or not base:  # added on both sides: the id says that only one can be right
        return None
    try:
        before, mine, other = (yaml.decode(place[0], each, id=place[1]) for each in (base, ours, theirs))
    except yaml.Malformed:
        return None
    values, lost = merge(place[0], before.values, mine.values, other.values)
    fields = sorted({each.field for each in lost if each.reason.startswith("overwritten")})
    return [_said(each, values, fields, ours) for each in (before, mine, other)], fields


def _said(side: Entity, values: dict[str, object], own: list[str], original: bytes) -> bytes:
    from gitcoord.codec import yaml
    from gitcoord.model.entity import Entity

    return yaml.edit(Entity(side.kind, {**values, **{name: side.values.get(name) for name in own}}, side.body), original)


def _by_line(git: Git, base: bytes, ours: bytes, theirs: bytes) -> tuple[bytes, bool]:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        names = [f"{folder}/{name}" for name in ("ours", "base", "theirs")]
        for name, data in zip(names, (ours, base, theirs), strict=True):
            with open(name, "wb") as file:
                file.write(data)
        done = git.run(["merge-file", "-p", "-L", "ours", "-L", "base", "-L", "theirs", *names], check=False)
    if not 0 <= done.code < 128:
        return ours, True
    return done.out, done.code > 0


def install(repo: Repository, dry_run: bool = False) -> str:
    """Tell this clone's git of the driver that the branch's .gitattributes names; what was done, empty if nothing."""
    import shutil
    import sys

    program = "gitcoord" if shutil.which("gitcoord") else f'"{sys.executable}" -P -m gitcoord'
    wanted = f"{program} merge-driver %O %A %B %P"
    if repo.git.run(["config", "--local", "--get", f"{SECTION}.driver"], check=False).out.decode().strip() == wanted:
        return ""
    if not dry_run:
        repo.git.run(["config", "--local", f"{SECTION}.name", "field by field (gitcoord)"])
        repo.git.run(["config", "--local", f"{SECTION}.driver", wanted])
    return f"merge driver in this clone's git configuration ({SECTION})"


def uninstall(repo: Repository, dry_run: bool = False) -> str:
    known = repo.git.run(["config", "--local", "--get", f"{SECTION}.driver"], check=False).out.decode()
    if "merge-driver" not in known:
        return ""
    if not dry_run:
        repo.git.run(["config", "--local", "--remove-section", SECTION], check=False)
    return f"merge driver in this clone's git configuration ({SECTION})"
