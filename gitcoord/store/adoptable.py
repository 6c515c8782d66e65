"""What waits on the branches of agents that may not push the sync branch: found, fetched, capped, parsed. Decides nothing.

A branch that ends in ``-gitcoord`` is a carrier: ``outbox/<ULID>.json``. Any other is somebody's work, and may bring
``.gitcoord/outbox/<ULID>.md``. Everything read here is foreign: sizes are known before a byte of it is read, links and
other names are passed by, and what a branch brings beyond its share waits for the next time.
"""

from __future__ import annotations

import time

from gitcoord.errors import NeedsRepair
from gitcoord.hashes import sha256
from gitcoord.model.ids import is_ulid
from gitcoord.store import carriers, treebox
from gitcoord.store import register as replies

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from gitcoord.model.intent import Intent
    from gitcoord.store.objects import Objects
    from gitcoord.store.register import RemoteRegister
    from gitcoord.store.repository import Repository

HERE = "refs/gitcoord/agents/"
#: Of one branch: intents that are taken at a time, files that are looked at for them, bytes of one, bytes of the folder.
MAX_INTENTS, MAX_FILES, MAX_BYTES, MAX_FOLDER = 200, 2000, carriers.MAX_BYTES, 2 * 1024 * 1024
#: Branches that are fetched at a time.
MAX_BRANCHES = 200
_ENDS = "-gitcoord"


class Brought:
    """What one branch brings. ``unusable``: files that are none of ours, with the reason; ``more``: how many wait."""

    __slots__ = ("branch", "intents", "more", "oid", "unusable")

    def __init__(self, branch: str, oid: str) -> None:
        self.branch, self.oid = branch, oid
        self.intents: list[Intent] = []
        self.unusable: list[tuple[str, str]] = []
        self.more = 0

    @property
    def road(self) -> str:
        return "carrier" if self.branch.endswith(_ENDS) else "tree"


def here(branch: str) -> str:
    """The ref under which a branch is kept: flat, so that no name of a branch stands in another's way."""
    return HERE + sha256(branch.encode("utf-8", "surrogateescape")).hexdigest()[:32]


def usable(name: str, prefixes: list[str]) -> bool:
    """Whether a branch is one of an agent's, by name, and may stand in a refspec."""
    plain = name.isprintable() and len(name) <= 200 and not set(name) & set(" ~^:?*[\\") and ".." not in name
    return plain and any(name.startswith(prefix) for prefix in prefixes)


def fetch(
    repository: Repository, register: RemoteRegister, wanted: dict[str, str], label: str, deadline: float
) -> tuple[dict[str, str], str]:
    """These branches, as they are now: ``(name to commit, what went wrong)``. Costs nothing for those that are here.

    ``label`` tells the branches of one repository from those of another.
    """
    behind = [name for name, oid in wanted.items() if repository.ref(here(label + name)) != oid][:MAX_BRANCHES]
    trouble = ""
    if behind:
        ends = time.monotonic() + deadline
        specs = [f"+refs/heads/{name}:{here(label + name)}" for name in behind]
        reply = register.fetch_refs(specs, deadline)
        if reply.kind != replies.LANDED:  # perhaps one of them is broken, or gone since: the others are not to wait for it
            trouble = f"some branches could not be fetched: {reply.detail[:120]}"
            for spec in specs if len(specs) > 1 else []:
                if time.monotonic() < ends:
                    register.fetch_refs([spec], max(1.0, ends - time.monotonic()))
    found = {name: repository.ref(here(label + name)) or "" for name in wanted}
    return {name: oid for name, oid in found.items() if oid}, trouble


def forget(repository: Repository, kept: set[str]) -> None:
    """Drop our copies of branches that are gone from the remote."""
    listed = repository.git.run(["for-each-ref", "--format=%(refname)", HERE], check=False)
    gone = [ref for ref in listed.out.decode("utf-8", "replace").split() if ref not in {here(name) for name in kept}]
    if gone:
        lines = "".join(f"delete {ref}\n" for ref in gone)
        repository.git.run(["update-ref", "--stdin"], stdin=lines.encode(), check=False)


def look(repository: Repository, objects: Objects, branch: str, oid: str, known: Callable[[str], bool]) -> Brought:
    """What the tip of a branch brings; ``known`` says of an intent's id that it needs no further look."""
    found = Brought(branch, oid)
    folder, suffix = ("outbox", ".json") if found.road == "carrier" else (treebox.FOLDER, treebox.SUFFIX)
    files = []
    for mode, name, blob in _listed(repository, objects, f"{oid}:{folder}", found):
        intent_id = name.removesuffix(suffix)
        if not name.endswith(suffix) or not is_ulid(intent_id):
            if not name.startswith("."):
                found.unusable.append((name, "its name is no id of an intent"))
        elif mode != "100644":
            found.unusable.append((name, "it is no plain file"))
        elif not known(intent_id):
            files.append((intent_id, name, blob))
    _read(repository, objects, found, sorted(files))
    return found


def _listed(repository: Repository, objects: Objects, name: str, found: Brought) -> list[tuple[str, str, str]]:
    kind, size = _sizes(repository, [name])[0]
    if kind != "tree":
        return []
    if size > MAX_FOLDER:
        found.unusable.append((name.partition(":")[2], f"the folder alone takes {size} bytes"))
        return []
    try:
        return objects.folder(name)
    except (NeedsRepair, ValueError):
        found.unusable.append((name.partition(":")[2], "the folder cannot be read"))
        return []


def _sizes(repository: Repository, names: list[str]) -> list[tuple[str, int]]:
    """Kind and size of each object; ``("", 0)`` of one that is not there."""
    stdin = "".join(name + "\n" for name in names).encode("utf-8", "surrogateescape")
    said = repository.git.run(["cat-file", "--batch-check=%(objecttype) %(objectsize)"], stdin=stdin, check=False)
    found = []
    for line in said.out.decode("utf-8", "replace").splitlines():
        kind, _, size = line.partition(" ")
        found.append((kind, int(size)) if size.isdigit() else ("", 0))
    return found if len(found) == len(names) else [("", 0)] * len(names)


def _read(repository: Repository, objects: Objects, found: Brought, files: list[tuple[str, str, str]]) -> None:
    """Oldest first, since ids rise with time: what somebody asked for later may rest on what came before."""
    looked = files[:MAX_FILES]
    sizes = _sizes(repository, [blob for _, _, blob in looked]) if looked else []
    for n, ((intent_id, name, blob), (kind, size)) in enumerate(zip(looked, sizes, strict=True)):
        if len(found.intents) == MAX_INTENTS:
            looked = looked[:n]
            break
        if kind != "blob" or size > MAX_BYTES:
            found.unusable.append((name, f"{size} bytes, at most {MAX_BYTES} are allowed" if kind else "it is not there"))
            continue
        try:
            data = objects.file(blob) or b""
            intent = carriers.foreign(treebox.json_of(data) if found.road == "tree" else data)
        except (ValueError, NeedsRepair):
            found.unusable.append((name, "it is no intent that this gitcoord knows"))
            continue
        if intent.id == intent_id:
            found.intents.append(intent)
        else:
            found.unusable.append((name, "it holds another intent than its name says"))
    found.more = len(files) - len(looked)
