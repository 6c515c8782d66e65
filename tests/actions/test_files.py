"""Files of an export: below their folder, through no link, whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from gitcoord.actions.files import write
from gitcoord.errors import InvalidArguments


def test_files_and_folders_are_made_and_told(tmp_path: Path) -> None:
    told = write(str(tmp_path), "out/a", [("x.md", ["one\n", "two\n"]), ("empty", None), ("deep/y.json", ["{}"])])
    assert told == [{"path": "out/a/x.md", "bytes": 8}, {"path": "out/a/deep/y.json", "bytes": 2}]
    assert (tmp_path / "out/a/x.md").read_text() == "one\ntwo\n"
    assert (tmp_path / "out/a/empty").is_dir()


def test_a_file_is_replaced_and_its_neighbours_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out/x.md").write_text("old")
    (tmp_path / "out/mine.txt").write_text("mine")
    write(str(tmp_path), "out", [("x.md", ["new"])])
    assert (tmp_path / "out/x.md").read_text() == "new"
    assert sorted(os.listdir(tmp_path / "out")) == ["mine.txt", "x.md"]


def test_what_fails_half_way_leaves_the_old_file(tmp_path: Path) -> None:
    def pieces():
        yield "half"
        raise RuntimeError("half way")

    write(str(tmp_path), "out", [("x.md", ["old"])])
    with pytest.raises(RuntimeError):
        write(str(tmp_path), "out", [("x.md", pieces())])
    assert (tmp_path / "out/x.md").read_text() == "old" and os.listdir(tmp_path / "out") == ["x.md"]


@pytest.mark.parametrize("link", ["out", "out/sub", "out/sub/x.md"])
@pytest.mark.parametrize("dangling", [False, True])
def test_no_link_is_followed(tmp_path: Path, link: str, dangling: bool) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "x.md").write_text("theirs")
    work = tmp_path / "work"
    (work / link).parent.mkdir(parents=True)
    target = outside / "x.md" if link.endswith(".md") else outside
    (work / link).symlink_to(tmp_path / "nowhere" if dangling else target)
    with pytest.raises(InvalidArguments):
        write(str(work), "out", [("sub/x.md", ["ours"])])
    with pytest.raises(InvalidArguments):
        write(str(work), str(work / "out"), [("sub/x.md", ["ours"])])
    assert (outside / "x.md").read_text() == "theirs" and os.listdir(outside) == ["x.md"]
    assert not (tmp_path / "nowhere").exists()


def test_the_way_to_where_we_stand_may_be_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "here").symlink_to(tmp_path / "real")
    write(str(tmp_path / "here"), "out", [("x.md", ["x"])])
    write(str(tmp_path / "real"), str(tmp_path / "here" / "far"), [("x.md", ["x"])])
    assert (tmp_path / "real/out/x.md").exists() and (tmp_path / "real/far/x.md").exists()


@pytest.mark.parametrize("path", ["../x", "a/../../x", "/etc/x", "a//x", "", ".", "a/\0"])
def test_no_name_leads_out(tmp_path: Path, path: str) -> None:
    with pytest.raises(ValueError):
        write(str(tmp_path / "."), "out", [(path, ["x"])])


@pytest.mark.parametrize("folder", [".git", ".git/x", "sub/.GIT/hooks", "bare/objects"])
def test_nothing_is_written_into_a_git_directory(tmp_path: Path, folder: str) -> None:
    (tmp_path / "bare").mkdir()
    with pytest.raises(InvalidArguments):
        write(str(tmp_path), folder, [("x", ["x"])], forbidden=(str(tmp_path / "bare"), ""))
    assert not (tmp_path / folder).exists()


def test_a_folder_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file")
    (tmp_path / "dir/x.md").mkdir(parents=True)
    for folder in ("out", "dir", "out/deeper", str(tmp_path / "out/deeper/still")):
        with pytest.raises(InvalidArguments):
            write(str(tmp_path), folder, [("x.md", ["x"])])
