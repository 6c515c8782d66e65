"""Builds ``gitcoord.pyz``, one file for where nothing can be installed: ``python -m gitcoord.cli.single_file [FILE]``.

It takes what this Python has installed: gitcoord itself, its shims and templates, and the pure part of what it needs, each
with its licence. Compiled code is left out, and so are libraries that no command needs where there is POSIX. Comments and
docstrings stay behind; lines keep their numbers, so that a traceback fits the sources. Two builds of the same sources are
the same bytes.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import importlib.util
import io
import os
import stat
import sys
import zipfile
from pathlib import Path

from gitcoord.cli.single_lean import lean

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

#: package -> the distribution that it is from. msgspec is compiled (``codec/declared.py`` does without), GitPython is for
#: tests and filelock for systems without ``fcntl``.
NEEDED = {"click": "click", "yaml": "PyYAML", "frontmatter": "python-frontmatter", "ruamel.yaml": "ruamel.yaml"}
_LEFT_OUT = frozenset({"__pycache__", "conftest.py", "py.typed", "cyaml.py", "testing.py"})
_START = "gitcoord/cli/single_start.py"
_WHEN = (1980, 1, 1, 0, 0, 0)


def build(out: Path) -> int:
    """Writes the file, executable; its size in bytes."""
    contents = dict(sorted(_contents()))
    digest = hashlib.sha256()
    for name, data in contents.items():
        digest.update(f"{name}\0{len(data)}\0".encode() + data)
    contents["__main__.py"] = contents[_START].replace(b"@build@", digest.hexdigest()[:20].encode())
    data = b"#!/usr/bin/env python3\n" + _packed(contents)
    out.parent.mkdir(parents=True, exist_ok=True)
    temporary = out.with_name(f"{out.name}.{os.getpid()}.tmp")
    temporary.write_bytes(data)
    temporary.chmod(0o755)
    temporary.replace(out)
    return len(data)


def _packed(contents: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, data in sorted(contents.items()):
            entry = zipfile.ZipInfo(name, _WHEN)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = (stat.S_IFREG | 0o644) << 16
            archive.writestr(entry, data)
    return file.getvalue()


def _contents() -> Iterator[tuple[str, bytes]]:
    package = _folder("gitcoord")
    yield from _files(package, "gitcoord")
    for name in ("hooks", "templates"):
        place = package / "_installed" / name
        yield from _files(place if place.is_dir() else package.parent / name, f"gitcoord/_installed/{name}")
    for module, distribution in NEEDED.items():
        yield from _files(_folder(module), module.replace(".", "/"))
        yield from _licences(distribution)


def _folder(module: str) -> Path:
    found = importlib.util.find_spec(module)
    if found is None or not found.submodule_search_locations:
        raise SystemExit(f"{module} is not installed for {sys.executable}: pip install -e .")
    return Path(next(iter(found.submodule_search_locations)))


def _files(folder: Path, into: str) -> Iterator[tuple[str, bytes]]:
    for file in sorted(folder.rglob("*")):
        relative = file.relative_to(folder)
        if file.is_file() and _LEFT_OUT.isdisjoint(relative.parts) and file.suffix not in (".so", ".pyd", ".pyc", ".pyi"):
            data = file.read_bytes()
            yield f"{into}/{relative.as_posix()}", lean(data) if file.suffix == ".py" else data


def _licences(distribution: str) -> Iterator[tuple[str, bytes]]:
    for each in importlib.metadata.files(distribution) or ():
        if "licen" in each.name.lower() and ".dist-info" in str(each):
            yield f"licences/{distribution}/{each.name}", Path(str(each.locate())).read_bytes()


if __name__ == "__main__":
    place = Path(sys.argv[1] if len(sys.argv) > 1 else "dist/gitcoord.pyz")
    sys.stdout.write(f"{place}: {build(place):,} bytes\n")
