"""The outbox in the work tree: ``.gitcoord/outbox/<ULID>.md``, for agents of whose work only files ever leave the machine.

A file is written once and never changed: a line for people, and the intent as JSON in a fence. It leaves the work tree
again when its intent was seen on the sync branch. Nothing here follows a symbolic link or touches another file.
"""

from __future__ import annotations

import os

from gitcoord.errors import LocalStorage
from gitcoord.model.ids import is_ulid
from gitcoord.text import one_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from gitcoord.model.intent import Intent

FOLDER = ".gitcoord/outbox"
SUFFIX = ".md"
_OPENS, _CLOSES = "```json\n", "\n```\n"
_FOLDER_FLAGS = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


def text_of(intent: Intent) -> str:
    """JSON on one line has no line break, so nothing that an agent says can end the fence."""
    said = (
        f"`{one_line(intent.kind, 40)}` by {one_line(intent.agent, 64).replace('`', '')}, written for gitcoord. It is decided"
        " when somebody who may push the sync branch runs `gitcoord sync`; push this file with your branch, do not edit it."
    )
    return f"{said}\n\n{_OPENS}{intent.to_json()}{_CLOSES}"


def json_of(data: bytes) -> bytes:
    """The intent in a file, as JSON. Raises ValueError when there is none."""
    _, opens, rest = data.replace(b"\r\n", b"\n").partition(_OPENS.encode())
    inside, closes, _ = rest.partition(_CLOSES.encode())
    if not opens or not closes or b"\n" in inside:
        raise ValueError("no intent in it")
    return inside


def write(worktree: str, intent: Intent) -> bool:
    """Durable when it returns; False when the file was there.

    Raises:
        LocalStorage: the folder is a link, or cannot be written.
    """
    name = intent.id + SUFFIX
    folder = _open_folder(worktree, make=True)
    try:
        if name in os.listdir(folder):
            return False
        temporary = f".{name}.{os.getpid()}.tmp"
        fd = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644, dir_fd=folder)
        with os.fdopen(fd, "wb") as file:
            file.write(text_of(intent).encode())
            file.flush()
            os.fsync(file.fileno())
        os.rename(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
        os.fsync(folder)
        return True
    except OSError as problem:
        raise LocalStorage(f"Cannot write {FOLDER}/{name}: {problem.strerror}", hint="gitcoord doctor") from problem
    finally:
        os.close(folder)


def _open_folder(worktree: str, *, make: bool) -> int:
    """Folder by folder, no link followed on the way."""
    here = os.open(worktree, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for part in FOLDER.split("/"):
            if make:
                try:
                    os.mkdir(part, 0o755, dir_fd=here)
                except FileExistsError:
                    pass
            below = os.open(part, _FOLDER_FLAGS, dir_fd=here)
            os.close(here)
            here = below
    except OSError as problem:
        os.close(here)
        raise LocalStorage(f"Cannot use {FOLDER}: {problem.strerror}", hint="gitcoord doctor") from problem
    return here


def ids(worktree: str) -> list[str]:
    """Intents that wait in this work tree."""
    try:
        folder = _open_folder(worktree, make=False)
    except (LocalStorage, OSError):
        return []
    try:
        names = [name.removesuffix(SUFFIX) for name in os.listdir(folder) if name.endswith(SUFFIX)]
    finally:
        os.close(folder)
    return sorted(name for name in names if is_ulid(name))


def actor_of(worktree: str, intent_id: str) -> dict[str, Any]:
    """Who wrote a file of this work tree; nothing when it cannot be read."""
    import json

    try:
        folder = _open_folder(worktree, make=False)
    except (LocalStorage, OSError):
        return {}
    try:
        fd = os.open(intent_id + SUFFIX, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK, dir_fd=folder)
        with os.fdopen(fd, "rb") as file:
            found = json.loads(json_of(file.read(1 << 20)))["actor"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return {}
    finally:
        os.close(folder)
    words = found.items() if isinstance(found, dict) else ()
    return {name: word for name, word in words if isinstance(word, str) and word.isprintable()}


def remove(worktree: str, intent_id: str) -> None:
    """Its intent is on the sync branch: the file has done its work."""
    try:
        folder = _open_folder(worktree, make=False)
    except (LocalStorage, OSError):
        return
    try:
        os.unlink(intent_id + SUFFIX, dir_fd=folder)
    except OSError:
        pass
    finally:
        os.close(folder)
