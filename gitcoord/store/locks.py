"""Process locks in the common git dir: economy, never correctness.

The kernel releases them when a process dies, so no lock is ever stale. ``flock`` is taken directly (the
same call that filelock makes, without its 44-60 ms import); where the system has no ``fcntl``, filelock
does the work.
"""

from __future__ import annotations

import os
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

try:
    import fcntl
except ImportError:  # pragma: no cover - Windows
    fcntl = None  # type: ignore[assignment]


class ProcessLock:
    """Not reentrant. Try with :meth:`acquire`; always :meth:`release`."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._held: object = None

    def try_acquire(self) -> bool:
        if fcntl is None:  # pragma: no cover - Windows
            from filelock import FileLock, Timeout

            lock = FileLock(self._file)
            try:
                lock.acquire(timeout=0)
            except Timeout:
                return False
            self._held = lock
            return True
        fd = os.open(self._file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(fd)
            return False
        self._held = fd
        return True

    def acquire(self, deadline: float, unless: Callable[[], bool] | None = None) -> bool:
        """Wait for the lock until ``deadline`` (``time.monotonic``), or until ``unless()`` is true."""
        pause = 0.001
        while not self.try_acquire():
            if (unless is not None and unless()) or time.monotonic() > deadline:
                return False
            time.sleep(pause)
            pause = min(pause * 1.5, 0.02)
        return True

    def release(self) -> None:
        held, self._held = self._held, None
        if isinstance(held, int):
            os.close(held)
        elif held is not None:  # pragma: no cover - Windows
            held.release()  # type: ignore[attr-defined]
