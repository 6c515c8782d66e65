"""Which symbols of one file a push touches: git tells the lines and the two texts, ``symbols`` whose they are.

Imported only when a claim on symbols concerns a changed path. What cannot be told counts as everything, with the reason.
"""

from __future__ import annotations

from gitcoord.rules.claims.touch import Touch
from gitcoord.symbols.declared import Unreadable
from gitcoord.symbols.touched import MODULE, touched

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gitcoord.workspace import Workspace

DEADLINE = 4
_FILES = (b"100644", b"100755", b"000000")
_ARGS = (
    "diff-tree", "-r", "-z", "--raw", "-p", "-U0", "--inter-hunk-context=0", "--full-index", "--no-renames", "--text",
    "--no-ext-diff", "--no-textconv", "--end-of-options",
)  # fmt: skip


def touch_of(ws: Workspace, base: str, new: str, path: str) -> Touch:
    """The names that the difference between two commits touches in one file."""
    result = ws.repo.git.run([*_ARGS, base, new, "--", path], check=False, deadline=DEADLINE)
    if result.code:
        return Touch(reason="git could not compare it")
    raw, _, patch = result.out.partition(b"\0\0")
    entries = raw.rstrip(b"\0").split(b"\0")
    if not raw:
        return Touch()
    if len(entries) != 2:
        return Touch(reason="a folder and a file changed places")
    was, mode, old_oid, new_oid, _ = entries[0][1:].split(b" ", 4)
    if mode == b"000000":
        return Touch(reason="the push deletes it")
    if was not in _FILES or mode not in _FILES:
        return Touch(reason="it is no regular file, or was none")
    if old_oid == new_oid:
        return Touch({MODULE: 1})
    before = b"" if not old_oid.strip(b"0") else ws.objects.file(old_oid.decode())
    after = ws.objects.file(new_oid.decode())
    if before is None or after is None:
        return Touch(reason="its content is not here")
    return _told(path, before, after, hunks(patch))


def _told(path: str, before: bytes, after: bytes, changed: list[tuple[int, int, int, int]]) -> Touch:
    import gc

    collecting = gc.isenabled()
    gc.disable()  # syntax trees are many objects and no garbage: collecting meanwhile costs a third of the time
    try:
        return Touch(touched(path, before, after, changed))
    except Unreadable as problem:
        return Touch(reason=problem.message)
    finally:
        if collecting:
            gc.enable()


def hunks(patch: bytes) -> list[tuple[int, int, int, int]]:
    """First line and count on each side, of every ``@@ -4,2 +4 @@``; lines of the files never begin so."""
    found = []
    for line in patch.split(b"\n"):
        if line.startswith(b"@@ "):
            old, new = line.split(b" ", 3)[1:3]
            found.append((*_range(old), *_range(new)))
    return found


def _range(text: bytes) -> tuple[int, int]:
    first, comma, count = text[1:].partition(b",")
    return int(first), int(count) if comma else 1
