"""The outbox: intents that are durable on this machine and not yet decided, and outcomes not yet collected.

``outbox/<ULID>.json`` is an intent; ``outbox/<ULID>.done`` its outcome. From the moment :meth:`put`
returns, a crash loses nothing: the next command of anyone lands the intent, once. Nothing here decides.
"""

from __future__ import annotations

import os
import time

from gitcoord.errors import LocalStorage
from gitcoord.model.ids import is_ulid
from gitcoord.model.intent import Intent

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

#: An outcome that nobody collected (its process was killed) is kept this long, in seconds.
UNCOLLECTED = 7 * 86400


def write_durably(file: str, data: bytes) -> None:
    """Temporary name, fsync, rename, fsync of the folder: either the whole file is there or nothing."""
    folder = os.path.dirname(file)
    temporary = f"{file}.{os.getpid()}.tmp"
    try:
        fd = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            view = memoryview(data)
            while view:
                view = view[os.write(fd, view) :]
            os.fsync(fd)
        finally:
            os.close(fd)
        os.rename(temporary, file)
        _sync_folder(folder)
    except OSError as problem:
        raise LocalStorage(f"Cannot write {file}: {problem.strerror}", hint="gitcoord doctor") from problem


def _sync_folder(folder: str) -> None:
    fd = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


class Outbox:
    def __init__(self, folder: str) -> None:
        self.folder = folder

    def _file(self, intent_id: str, suffix: str) -> str:
        return f"{self.folder}/{intent_id}{suffix}"

    def put(self, intent: Intent) -> None:
        """Durable when it returns."""
        os.makedirs(self.folder, mode=0o700, exist_ok=True)
        write_durably(self._file(intent.id, ".json"), intent.to_json().encode())

    def _ids(self, suffix: str) -> list[str]:
        try:
            names = os.listdir(self.folder)
        except FileNotFoundError:
            return []
        cut = -len(suffix)
        return sorted(name[:cut] for name in names if name.endswith(suffix) and is_ulid(name[:cut]))

    def pending(self) -> list[Intent]:
        """Undecided intents, oldest first. One that cannot be read is set aside, not lost."""
        intents = []
        for intent_id in self._ids(".json"):
            try:
                with open(self._file(intent_id, ".json"), "rb") as file:
                    intents.append(Intent.from_json(file.read()))
            except FileNotFoundError:
                continue
            except (ValueError, KeyError, TypeError):
                os.rename(self._file(intent_id, ".json"), self._file(intent_id, ".unreadable"))
        return intents

    def count(self) -> int:
        return len(self._ids(".json"))

    def has(self, intent_id: str) -> bool:
        return os.path.exists(self._file(intent_id, ".json"))

    def mark_provisional(self, intent_id: str) -> None:
        """Its author was told that it waits here: whoever lands it keeps the outcome for ``sync`` to tell."""
        with open(self._file(intent_id, ".provisional"), "w", encoding="utf-8"):
            pass

    def is_provisional(self, intent_id: str) -> bool:
        return os.path.exists(self._file(intent_id, ".provisional"))

    def settle(self, intent_id: str, outcome: dict[str, Any]) -> None:
        """The outcome first, then the intent goes: a crash between the two decides it again, to one effect."""
        if self.is_provisional(intent_id):
            outcome = {**outcome, "was_provisional": True}
        import json

        temporary = self._file(intent_id, f".{os.getpid()}.tmp")
        with open(temporary, "w", encoding="utf-8") as file:
            json.dump(outcome, file)
        os.rename(temporary, self._file(intent_id, ".done"))
        self.drop(intent_id)

    def drop(self, intent_id: str) -> None:
        for suffix in (".json", ".provisional"):
            try:
                os.unlink(self._file(intent_id, suffix))
            except FileNotFoundError:
                continue

    def is_settled(self, intent_id: str) -> bool:
        return os.path.exists(self._file(intent_id, ".done"))

    def outcome(self, intent_id: str) -> dict[str, Any] | None:
        import json

        try:
            with open(self._file(intent_id, ".done"), encoding="utf-8") as file:
                found = json.load(file)
        except (FileNotFoundError, ValueError):
            return None
        return found if isinstance(found, dict) else None

    def collect(self, intent_id: str) -> dict[str, Any] | None:
        """The outcome, which is then forgotten here."""
        found = self.outcome(intent_id)
        try:
            os.unlink(self._file(intent_id, ".done"))
        except FileNotFoundError:
            pass
        return found

    def uncollected(self) -> list[tuple[str, dict[str, Any]]]:
        """Outcomes that nobody has heard yet; very old ones are dropped."""
        found = []
        for intent_id in self._ids(".done"):
            outcome = self.outcome(intent_id)
            try:
                old = time.time() - os.stat(self._file(intent_id, ".done")).st_mtime > UNCOLLECTED
            except FileNotFoundError:
                continue
            if old:
                self.collect(intent_id)
            elif outcome is not None:
                found.append((intent_id, outcome))
        return found

    def sweep(self) -> None:
        """Remove temporary files whose writer is gone."""
        try:
            names = os.listdir(self.folder)
        except FileNotFoundError:
            return
        for name in names:
            if name.endswith(".tmp"):
                pid = name[:-4].rpartition(".")[2]
                if pid.isdigit() and not os.path.exists(f"/proc/{pid}") and os.path.isdir("/proc"):
                    try:
                        os.unlink(f"{self.folder}/{name}")
                    except FileNotFoundError:
                        pass
