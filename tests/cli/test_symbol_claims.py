"""Claims on symbols at the command line: checked against the file, granted beside one another, told to whom they concern."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

CODE = """\
class Session:
    def refresh(self):
        pass

    def close(self):
        pass


def login():
    pass
"""
FILE = "src/app.py"


@pytest.fixture
def coded(river, sky):
    river.write(FILE, CODE)
    sky.write(FILE, CODE)
    return river, sky


def test_disjoint_symbols_are_granted_beside_each_other_and_say_so(coded) -> None:
    river, sky = coded
    one = river("claim", "--symbols", f"{FILE}:Session::refresh,login", "--json").json
    assert one["claims"][0]["scope"] == f"{FILE}#Session::refresh,login"
    two = sky("claim", f"{FILE}#Session.close", "--json").json
    assert two["outcome"] == "coexisting"
    assert two["claims"][0]["lease_token"], "what one needs is not what the budget leaves out"
    assert two["claims"][0]["coexists_with"] == [one["claims"][0]["id"]]
    assert [(each["alias"], each["agent"], each["met"]) for each in two["beside"]] == [("CLM-1", "river", "coexisting")]
    shown = [river("show", name, "--fresh", "--json").json["entity"]["symbols"] for name in ("CLM-1", "CLM-2")]
    assert shown == [["Session::refresh", "login"], ["Session::close"]]
    held = sky("check", f"{FILE}#Session", "--json", code=3).json
    assert held["conflicts"][0]["claim"]["alias"] == "CLM-1"
    assert held["conflicts"][0]["files"] == [FILE]
    said = sky("release", f"{FILE}#Session::close").out
    assert "released CLM-2" in said


def test_a_narrowed_holder_finds_it_in_its_next_read(coded) -> None:
    river, sky = coded
    river("claim", FILE)
    river("read")
    free = sky("check", f"{FILE}#login", "--fresh", "--json").json
    assert free["free"] and [each["alias"] for each in free["beside"]] == ["CLM-1"]
    said = sky("claim", f"{FILE}#login").out
    assert "narrowed CLM-2" in said and "narrowed: CLM-1" in said and "river" in said
    news = river("read", "--fresh").out
    assert "claim.narrowed CLM-1" in news and f"gave way to {FILE}#login (CLM-2)" in news
    assert river("claims", "--mine", "--full", "--json").json["claims"][0]["narrowed_by"]


def test_a_holder_may_keep_a_file_whole_and_let_a_folder_give_way(coded) -> None:
    river, sky = coded
    river("claim", FILE, "--narrowable", "no")
    sky("claim", f"{FILE}#login", "--fresh", code=3)
    river("release", "--all")
    river("claim", "src/", "--narrowable", "yes")
    assert sky("claim", f"{FILE}#login", "--json", "--fresh").json["outcome"] == "narrowed"


def test_a_file_named_twice_is_claimed_for_its_symbols(coded) -> None:
    river, _ = coded
    river("claim", FILE, "docs/guide.md", "--symbols", f"{FILE}:login", "--symbols", f"{FILE}:Session")
    held = river("claims", "--json").json["claims"]
    assert {each["scope"] for each in held} == {"docs/guide.md", f"{FILE}#Session,login"}
    for wrong in ("login", ":login", f"{FILE}:", f"{FILE}: , "):
        assert river("check", "--symbols", wrong, "--json", code=2).error["code"] == "scope-invalid"


@pytest.mark.parametrize("verb", ["claim", "check"])
def test_an_unknown_symbol_is_refused_with_those_of_the_file_nearest_first(coded, verb: str) -> None:
    river, _ = coded
    said = river(verb, f"{FILE}#logn", code=2)
    assert said.err == (
        f"{FILE} declares no logn. It has: login, Session, Session::close, Session::refresh.\n"
        f"gitcoord claim '{FILE}#login'   (not written yet? --no-symbol-check)\n"
    )
    error = river(verb, f"{FILE}#refresh,Session", "--json", code=2).error
    assert (error["code"], error["unknown"], error["symbols"][0]) == ("scope-invalid", ["refresh"], "Session::refresh")
    river(verb, f"{FILE}#logn", "--no-symbol-check")
    river(verb, f"{FILE}#logn", GITCOORD_SYMBOLS_VALIDATE="false")


def test_hundreds_of_symbols_stay_within_the_budget(river) -> None:
    river.write("src/big.py", "".join(f"def function_number_{n}(): pass\n" for n in range(900)))
    for words in ([], ["--json"]):
        said = river("claim", "src/big.py#function_numbr_7", *words, code=2).err
        assert "function_number_7" in said and len(said) < 1500


@pytest.mark.parametrize(("content", "why"), [
    (b"def f(:\n", "does not parse as Python"), (b"x = 1\0\n", "does not parse"), (b"x = '\xff'\n", "does not parse"),
    (None, "neither in the work tree nor at HEAD"), (b"\n" * (2 << 20) + b"x = 1\n", "larger than 2 MB"),
])  # fmt: skip
def test_a_file_whose_symbols_cannot_be_told(river, content: bytes | None, why: str) -> None:
    if content is not None:
        (river.place / "src/odd.py").write_bytes(content)
    said = river("claim", "src/odd.py#f", code=2).err
    assert why in said and "gitcoord claim src/odd.py " in said and "--no-symbol-check" in said
    assert river("claim", "src/odd.py#f", "--no-symbol-check", "--json").json["outcome"] == "granted"


def test_a_file_that_is_deleted_here_is_read_from_head_and_links_are_not_followed(coded) -> None:
    river, _ = coded
    river.git("add", FILE)
    river.git("commit", "-q", "-m", "code")
    os.unlink(river.place / FILE)
    assert river("check", f"{FILE}#login", "--json").json["free"]
    os.symlink("/etc/passwd", river.place / FILE)
    assert "neither" in river("check", f"{FILE}#login", code=2).err
    os.unlink(river.place / FILE)
    os.mkfifo(river.place / FILE)
    assert "neither" in river("check", f"{FILE}#login", code=2).err


@pytest.mark.parametrize("written", ["#", "#::a", "#a::", "#a::::b", "#,", "# "])
def test_an_empty_symbol_is_refused(river, written: str) -> None:
    assert river("claim", f"{FILE}{written}", "--json", code=2).error["code"] == "scope-invalid"


def test_symbols_are_the_same_in_either_form_of_unicode(river, sky) -> None:
    river.write(FILE, "def cafe\u0301(): pass\n")
    assert river("claim", f"{FILE}#cafe\u0301", "--json").json["claims"][0]["scope"] == f"{FILE}#caf\u00e9"
    sky.write(FILE, "def caf\u00e9(): pass\n")
    sky("claim", f"{FILE}#caf\u00e9", "--fresh", code=3)


def test_without_a_grammar_files_can_be_claimed_and_the_extra_is_named(river, tmp_path: Path) -> None:
    (tmp_path / "hidden").mkdir()
    (tmp_path / "hidden/tree_sitter.py").write_text("raise ImportError('hidden')\n")
    river.write("src/a.ts", "export function f() {}\n")
    assert river("check", "src/a.ts#f", "--json").json["free"]
    hidden = {"PYTHONPATH": f"{tmp_path / 'hidden'}:{Path(__file__).parents[2]}"}
    said = river("claim", "src/a.ts#f", code=2, **hidden).err
    assert "pip install 'gitcoord[symbols]'" in said and "TypeScript" in said and "gitcoord claim src/a.ts" in said
    assert river("claim", "src/a.ts", "--json", **hidden).json["outcome"] == "granted"


def test_a_claim_without_symbols_loads_no_parser(river) -> None:
    river.write(FILE, CODE)
    assert "gitcoord.symbols" not in river("check", FILE, PYTHONVERBOSE="1").err
    assert "gitcoord.symbols" in river("check", f"{FILE}#login", PYTHONVERBOSE="1").err
