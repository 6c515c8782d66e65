"""What is declared where, language by language, and what is said of files that cannot be read."""

from __future__ import annotations

import sys
import sysconfig
import time
from pathlib import Path

import pytest

from gitcoord.symbols import grammars
from gitcoord.symbols.declared import KINDS, MAX_SIZE, Outline, Unreadable, covers
from gitcoord.symbols.outline import language_of, outline

PYTHON = '''\
import os
from x import (
    y,
)
if TYPE_CHECKING:
    import z

    class Port(Protocol):
        def send(self): ...
try:
    def load(): pass
except ImportError:
    def load(): pass
ONE, TWO = 1, 2
LIMIT: int = 3
TWICE = 1
TWICE = 2
lower = 1

# What it is for,
# in two lines.
@decorated(
    1,
)
async def outer():
    LOCAL = 1
    class Inner:
        # of the method
        @property
        def value(self):
            def deep(): pass
        @value.setter
        def value(self, new): pass
class Colour(enum.Enum):
    RED = 1
@overload
def f(a: int): ...
@overload
def f(a: str): ...
def f(a): pass
'''
PYTHON_HAS = {
    "Port": ("interface", (8, 9)), "Port::send": ("method", (9, 9)), "load": ("function", (11, 11), (13, 13)),
    "ONE": ("const", (14, 14)), "TWO": ("const", (14, 14)), "LIMIT": ("const", (15, 15)), "outer": ("function", (20, 33)),
    "outer::Inner": ("class", (27, 33)), "outer::Inner::value": ("method", (28, 31), (32, 33)),
    "outer::Inner::value::deep": ("function", (31, 31)), "Colour": ("enum", (34, 35)),
    "f": ("function", (36, 37), (38, 39), (40, 40)),
}  # fmt: skip
TYPESCRIPT = """\
import { x } from "y";
// What it is for.
export function over(a: number): void;
export function over(a: string): void;
export function over(a: any) {
  function local() {}
}

/** The router. */
@Injectable()
export class Router<T> extends Base {
  #secret = 1;
  handler = async () => {
    const inner = function () {};
  };
  static Inner = class {
    run() {}
  };
  constructor(private a: string) {
    super();
  }
  @Get("/x")
  // of the method
  async handleAuth(): Promise<void> {
    class Local {
      deep() {}
    }
  }
  get v() {
    return 1;
  }
  set v(x) {}
  #priv() {}
  [Symbol.iterator]() {}
}
abstract class Abs {
  abstract foo(): void;
}
interface Shape {
  area(): number;
  name: string;
}
type Id = string | number;
export enum Level {
  Low,
}
namespace Net.Http {
  export const port = 1;
  export namespace V2 {
    export function get() {}
  }
}
declare module "ext" {
  function ambient(): void;
}
export const { a, b: [c] } = made();
export const arrow = () => 1,
  plain = 2;
export default () => {};
describe("x", () => {
  function hidden() {}
});
"""
TYPESCRIPT_HAS = {
    "over": ("function", (2, 3), (4, 4), (5, 7)), "over::local": ("function", (6, 6)), "Router": ("class", (9, 35)),
    "Router::handler": ("method", (13, 15)), "Router::handler::inner": ("function", (14, 14)),
    "Router::Inner": ("class", (16, 18)), "Router::Inner::run": ("method", (17, 17)),
    "Router::constructor": ("method", (19, 21)), "Router::handleAuth": ("method", (22, 28)),
    "Router::handleAuth::Local": ("class", (25, 27)), "Router::handleAuth::Local::deep": ("method", (26, 26)),
    "Router::v": ("method", (29, 31), (32, 32)), "Router::priv": ("method", (33, 33)), "Abs": ("class", (36, 38)),
    "Abs::foo": ("method", (37, 37)), "Shape": ("interface", (39, 42)), "Shape::area": ("method", (40, 40)),
    "Id": ("type", (43, 43)), "Level": ("enum", (44, 46)), "Net::Http": ("unknown", (47, 52)),
    "Net::Http::port": ("const", (48, 48)), "Net::Http::V2": ("unknown", (49, 51)),
    "Net::Http::V2::get": ("function", (50, 50)), "ext": ("unknown", (53, 55)), "ext::ambient": ("function", (54, 54)),
    "a": ("const", (56, 56)), "c": ("const", (56, 56)), "arrow": ("function", (57, 57)), "plain": ("const", (58, 58)),
    "default": ("function", (59, 59)),
}  # fmt: skip
JAVASCRIPT = """\
const K = require("k");
class A {
  x = () => {};
  static #p() {}
}
function* gen() {}
var old = 1;
export default class {
  m() {}
}
"""
JAVASCRIPT_HAS = {
    "K": ("const", (1, 1)), "A": ("class", (2, 5)), "A::x": ("method", (3, 3)), "A::p": ("method", (4, 4)),
    "gen": ("function", (6, 6)), "old": ("unknown", (7, 7)), "default": ("class", (8, 10)), "default::m": ("method", (9, 9)),
}  # fmt: skip
TSX = "export const App: React.FC = () => {\n  const onClick = () => {};\n  return <div onClick={onClick}>x</div>;\n};\n"
GO = """\
package main

import (
	"fmt"
)

// Server is one.
type Server struct {
	a int
}

type (
	// B is one.
	B int
	C interface {
		Do(x int) error
	}
)

const X = 1
const (
	Y    = iota
	Z, W = 1, 2
)

var v = 1

// Handle does.
func (s *Server) Handle() {
	f := func() {}
	f()
}
func (l *List[K]) Get() {}
func (Server) Bare()    {}
func init()             {}
func init()             {}
func Gen[T any](x T)    {}
"""
GO_HAS = {
    "Server": ("type", (7, 10)), "B": ("type", (13, 14)), "C": ("interface", (15, 17)), "C::Do": ("method", (16, 16)),
    "X": ("const", (20, 20)), "Y": ("const", (22, 22)), "Z": ("const", (23, 23)), "W": ("const", (23, 23)),
    "v": ("unknown", (26, 26)), "Server::Handle": ("method", (28, 32)), "List::Get": ("method", (33, 33)),
    "Server::Bare": ("method", (34, 34)), "init": ("function", (35, 35), (36, 36)), "Gen": ("function", (37, 37)),
}  # fmt: skip
TSX_HAS = {"App": ("function", (1, 4)), "App::onClick": ("function", (2, 2))}
FIXTURES = [
    ("a.py", PYTHON, PYTHON_HAS, [(1, 1), (2, 4), (6, 6)]), ("a.ts", TYPESCRIPT, TYPESCRIPT_HAS, [(1, 1)]),
    ("a.js", JAVASCRIPT, JAVASCRIPT_HAS, []), ("a.tsx", TSX, TSX_HAS, []), ("a.go", GO, GO_HAS, [(3, 5)]),
]  # fmt: skip


def told(known: Outline) -> dict[str, tuple]:
    return {each.name: (each.kind, *each.spans) for each in known.declared}


@pytest.mark.parametrize(("path", "text", "has", "imports"), FIXTURES, ids=[each[0] for each in FIXTURES])
def test_a_language_has_its_declarations(path: str, text: str, has: dict, imports: list) -> None:
    known = outline(path, text.encode())
    assert told(known) == has
    assert known.imports == imports
    assert {each.kind for each in known.declared} <= set(KINDS)


@pytest.mark.parametrize(("path", "text", "has", "imports"), FIXTURES, ids=[each[0] for each in FIXTURES])
@pytest.mark.parametrize("how", ["crlf", "bom", "no final newline"])
def test_line_ends_and_byte_order_marks_change_nothing(path: str, text: str, has: dict, imports: list, how: str) -> None:
    data = text.encode()
    data = {"crlf": data.replace(b"\n", b"\r\n"), "bom": b"\xef\xbb\xbf" + data, "no final newline": data.rstrip()}[how]
    assert told(outline(path, data)) == has


def spans_of(known: Outline) -> list[tuple[int, int, str]]:
    return [(first, last, each.name) for each in known.declared for first, last in each.spans]


def check_nesting(known: Outline) -> None:
    spans = spans_of(known)
    for first, last, name in spans:
        assert first <= last
        for low, high, other in spans:
            nested = (low <= first and last <= high) or (first <= low and high <= last)
            assert nested or high < first or last < low, (name, other)


def test_spans_nest_or_are_disjoint_in_real_code() -> None:
    library = Path(sysconfig.get_paths()["stdlib"])
    files = sorted(library.glob("*.py"))[::12]
    assert len(files) > 10
    for file in files:
        check_nesting(outline(file.name, file.read_bytes()))
    for path, text, *_ in FIXTURES:
        check_nesting(outline(path, text.encode()))


def test_an_inner_declaration_lies_within_the_outer_one() -> None:
    for path, text, *_ in FIXTURES[:4]:
        known = told(outline(path, text.encode()))
        for name, (_, *spans) in known.items():
            outer = name.rpartition("::")[0]
            if outer in known:
                assert all(any(a <= x and y <= b for a, b in known[outer][1:]) for x, y in spans), name


def why(path: str, data: bytes) -> tuple[str, str]:
    with pytest.raises(Unreadable) as problem:
        outline(path, data)
    return problem.value.why, problem.value.message + " " + problem.value.hint


@pytest.mark.parametrize("data", [
    b"def f(:\n", b"x = 1\0\n", b"x = '\xff'\n", b"# coding: nowhere\nx = 1\n", b"def f():\n\tpass\n        pass\n",
    b"\xff\xfex\0", b"x = 1\ry = 2\n", b"(" * 5000, "x = ﬁ ½\n".encode(), b"'''never closed\n",
])  # fmt: skip
def test_text_that_is_no_python_is_told(data: bytes) -> None:
    assert why("a.py", data)[0] == "syntax"


@pytest.mark.parametrize("path", ["a.ts", "a.tsx", "a.js", "a.go"])
@pytest.mark.parametrize("data", [b"function (((\nfunc {\n", b"\0", b"\xff\xfe", b"const a = '\xff';"])
def test_text_that_no_grammar_knows_is_told_with_its_line(path: str, data: bytes) -> None:
    slug, said = why(path, data)
    assert slug == "syntax" and "does not parse" in said


def test_deep_nesting_is_read_or_refused_and_never_crashes() -> None:
    depth = 60
    python = "".join("    " * n + f"class C{n}:\n" for n in range(depth)) + "    " * depth + "x = 1\n"
    names = outline("a.py", python.encode()).names()
    assert len(names) == depth and names[-1].count("::") == depth - 1
    deeper = "".join(" " * n + f"class C{n}:\n" for n in range(200)) + " " * 200 + "x = 1\n"
    assert why("a.py", deeper.encode())[0] == "syntax"
    script = "".join(f"function f{n}() {{\n" for n in range(200)) + "}\n" * 200
    assert len(outline("a.ts", script.encode()).names()) == 200


def test_languages_are_told_by_the_end_of_the_path() -> None:
    known = {"a.py": "python", "a.pyi": "python", "a/b.d.ts": "typescript", "A.TSX": "tsx", "a.mjs": "javascript", "a.go": "go"}
    assert {path: language_of(path) for path in known} == known
    for path in ("a.rs", "py", ".py", "a.py/b", "a.py.txt", ""):
        assert language_of(path) == ""
    slug, said = why("notes.rst", b"x")
    assert slug == "language" and "Python" in said


def test_text_that_confuses_a_grammar_takes_no_longer_than_allowed() -> None:
    started = time.process_time()
    slug, said = why("a.go", b"a = [" * (MAX_SIZE // 5))
    assert slug == "size" and "1.5 s" in said
    assert time.process_time() - started < 10, "without a limit: 12 s and more"
    rows = b"func f() int {\n\treturn 1\n}\n" * 4000
    assert outline("a.go", b"package p\n" + rows).names() == ["f"], "the next file is read afresh"


def test_a_file_that_is_too_large_is_not_read() -> None:
    assert why("a.py", b"#" * (MAX_SIZE + 1))[0] == "size"
    assert outline("a.py", b"#" * MAX_SIZE).names() == []


@pytest.mark.parametrize("module", ["tree_sitter", "tree_sitter_go"])
def test_without_its_grammar_a_language_is_refused_with_the_line_that_installs_it(module: str, monkeypatch) -> None:
    monkeypatch.setattr(grammars, "_parsers", {})
    monkeypatch.setitem(sys.modules, module, None)
    slug, said = why("a.go", GO.encode())
    assert slug == "grammar" and "pip install 'gitcoord[symbols]'" in said
    assert outline("a.py", PYTHON.encode()).names(), "Python needs no grammar"


def test_names_are_nfc_and_what_cannot_be_claimed_is_part_of_what_is_around_it() -> None:
    assert outline("a.py", "def cafe\u0301(): pass\n".encode()).names() == ["caf\u00e9"]
    assert outline("a.ts", "function cafe\u0301() {}\n".encode()).names() == ["caf\u00e9"]
    assert outline("a.ts", b'class A { "a b"() {} "x,y"() {} "ok-name"() {} [k]() {} }').names() == ["A", "A::ok-name"]


def test_the_prefix_relation_of_overlap_is_the_one_of_names() -> None:
    from gitcoord.rules.claims.overlap import overlaps
    from tests.unit.claims.claims_world import scope

    names = [name for path, text, *_ in FIXTURES[:2] for name in outline(path, text.encode()).names()]
    for one in names[::2]:
        for other in names:
            a, b = scope(f"f#{one}"), scope(f"f#{other}")
            assert overlaps(a, b) == overlaps(b, a) == (covers(one, other) or covers(other, one))
