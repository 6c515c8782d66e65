"""The first lines of ``gitcoord.pyz``: its ``__main__``. Never imported otherwise; knows nothing but the standard library.

Python compiles what it imports from an archive anew at each start, which takes longer than most commands. So the archive
is unpacked once, into a folder of the user's cache that nobody else can write to; where that cannot be, it runs as it is.
"""

from __future__ import annotations

import os
import stat
import sys

BUILD = "@build@"
#: Seconds after which what an older build left in the cache is removed.
_OLD = 30 * 86400


def main() -> None:
    if sys.version_info < (3, 11):  # noqa: UP036 - whoever starts it may have any
        sys.stderr.write("gitcoord needs Python 3.11 or newer; this is {}.{}.\n".format(*sys.version_info[:2]))
        raise SystemExit(1)
    archive = os.path.abspath(sys.argv[0])
    sys.path[0] = _unpacked(archive) or archive
    sys.meta_path.append(_InTheArchive(archive))  # type: ignore[arg-type]
    from gitcoord import program
    from gitcoord.__main__ import entry

    program.single_file = archive
    entry()


class _InTheArchive:
    """Finds a module that somebody has cleaned out of the cache."""

    def __init__(self, archive: str) -> None:
        self._archive = archive

    def find_spec(self, name: str, path: object = None, target: object = None) -> object:
        import zipimport

        try:
            return zipimport.zipimporter("/".join([self._archive, *name.split(".")[:-1]])).find_spec(name)
        except zipimport.ZipImportError:
            return None


def _unpacked(archive: str) -> str:
    """The folder with the modules; empty when there can be none."""
    home = os.path.join(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "gitcoord")
    place = os.path.join(home, BUILD)
    if _ours(home) and _ours(place):
        return place
    if not os.path.isabs(home) or os.path.lexists(place):
        return ""
    temporary = f"{place}.{os.getpid()}"
    try:
        os.makedirs(home, mode=0o700, exist_ok=True)
        if not _ours(home):
            return ""
        os.mkdir(temporary, mode=0o700)
        _fill(archive, temporary)
        os.rename(temporary, place)  # all of it or nothing; another process may have been first
        _forget(home)
    except OSError:
        _remove(temporary)
    return place if _ours(home) and _ours(place) else ""


def _ours(folder: str) -> bool:
    """A real folder of this user's, which nobody else may write to."""
    try:
        found = os.lstat(folder)
    except OSError:
        return False
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid() and not found.st_mode & 0o022


def _fill(archive: str, folder: str) -> None:
    import zipfile

    with zipfile.ZipFile(archive) as found:
        found.extractall(folder)


def _forget(home: str) -> None:
    import time

    for name in os.listdir(home):
        old = os.path.join(home, name)
        if name != BUILD and os.lstat(old).st_mtime < time.time() - _OLD:
            _remove(old)


def _remove(folder: str) -> None:
    import shutil

    shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
