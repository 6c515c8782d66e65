"""Real pushes into files of which others hold symbols: edits inside mine pass, edits inside theirs do not."""

from __future__ import annotations

import pytest

from tests.conftest import Clone
from tests.hooks.test_pushes_are_checked import push as _push

CODE = '''"""Sessions."""

import os


def login(user):
    return user


def logout(user):
    return None


class Session:
    limit = 1

    def refresh(self):
        return os.getpid()

    def close(self):
        return None
'''
FILE = "src/auth.py"


def push(clone: Clone, *words: str) -> tuple[int, str]:
    """What the check says beyond the age of its knowledge, which is always too old for it here."""
    code, said = _push(clone, *words)
    return code, "".join(line for line in said.splitlines(True) if "what is known here" not in line)


@pytest.fixture
def two(pair: tuple[Clone, Clone]) -> tuple[Clone, Clone]:
    """River and Sky with the file in both clones and on the hub."""
    river, sky = pair
    river.commit(FILE, CODE)
    river.git("push", "-q", "--no-verify", "origin", "HEAD:refs/heads/main")
    sky.git("pull", "-q", "origin", "main")
    return river, sky


def edited(clone: Clone, *changes: tuple[str, str], branch: str = "") -> tuple[int, str]:
    """Push the file with these replacements, one commit on main, as a branch of the agent's own."""
    text, branch = CODE, branch or f"{clone.agent}-work"
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    clone.git("switch", "-q", "-C", branch, "origin/main")
    clone.commit(FILE, text)
    return push(clone, "-f", "origin", f"HEAD:refs/heads/{branch}")


IN_LOGIN, IN_LOGOUT = ("return user", "return user.name"), ("def logout(user):", "def logout(user, now=None):")
IN_REFRESH, IN_CLOSE = ("os.getpid()", "os.getppid()"), ("(self):\n        return None", "(self):\n        pass")
AN_IMPORT, A_FIELD = ("import os\n", "import os\nimport sys\n"), ("limit = 1", "limit = 2")


def test_disjoint_symbols_mine_pass_theirs_are_stopped_and_an_import_is_told(two) -> None:
    river, sky = two
    river.ok("claim", f"{FILE}#login,Session::refresh")
    assert sky.ok("claim", f"{FILE}#logout", f"{FILE}#Session::close")["outcome"] == "coexisting"
    code, said = edited(sky, IN_LOGOUT, IN_CLOSE)
    assert (code, said) == (0, ""), "my symbols, and the sibling of a claimed method"
    code, said = edited(sky, IN_LOGIN, IN_CLOSE)
    assert code != 0 and "login (line 7)" in said and "river" in said and "CLM-1" in said and "close" not in said
    code, said = edited(river, IN_CLOSE)
    assert code != 0 and "Session::close" in said and "sky" in said and "CLM-3" in said
    code, said = edited(sky, AN_IMPORT, IN_LOGOUT)
    assert code == 0 and "the imports (line 4)" in said and "river holds" in said, "nobody's right is hurt; it is said"
    code, said = edited(sky, A_FIELD)
    assert code == 0, "the body of a class around a claimed method is not the method"


def test_a_claim_on_a_class_covers_its_methods_both_ways(two) -> None:
    river, sky = two
    river.ok("claim", f"{FILE}#Session")
    assert sky.run("claim", f"{FILE}#Session::close", "--fresh").code == 3
    code, said = edited(sky, IN_CLOSE)
    assert code != 0 and "Session::close" in said
    river.ok("release", "--all")
    river.ok("claim", f"{FILE}#Session::close")
    assert sky.run("claim", f"{FILE}#Session", "--fresh").code == 3
    assert edited(sky, IN_CLOSE)[0] != 0
    assert edited(sky, IN_REFRESH, A_FIELD)[0] == 0


def test_a_narrowed_holder_keeps_the_rest_and_the_newcomer_only_its_symbols(two) -> None:
    river, sky = two
    river.ok("claim", FILE)
    assert sky.ok("claim", f"{FILE}#logout")["outcome"] == "narrowed"
    river.ok("sync")
    assert edited(river, IN_LOGIN, AN_IMPORT, A_FIELD)[0] == 0
    code, said = edited(river, IN_LOGIN, IN_LOGOUT)
    assert code != 0 and "logout" in said and "sky" in said and "login (" not in said
    assert edited(sky, IN_LOGOUT) == (0, "")
    code, said = edited(sky, IN_LOGOUT, AN_IMPORT)
    assert code != 0 and "the imports (line 4)" in said and "river" in said and "CLM-1" in said
    code, said = edited(sky, IN_LOGOUT, ("def login", "LIMIT = 3\n\n\ndef login"))
    assert code != 0 and "LIMIT" in said


def test_a_rename_of_mine_passes_and_what_is_taken_from_another_does_not(two) -> None:
    river, sky = two
    river.ok("claim", FILE)
    sky.ok("claim", f"{FILE}#logout", f"{FILE}#Session")
    assert edited(sky, ("def logout", "def sign_out"), ("class Session", "class Visit"), IN_REFRESH) == (0, "")
    assert edited(sky, ("def logout(user):\n    return None\n\n\n", ""))[0] == 0, "what is mine may go"
    code, said = edited(sky, ("def login", "def sign_in"))
    assert code != 0 and "login" in said
    river.ok("sync")
    for gone in (("def logout", "def sign_out"), ("def logout(user):\n    return None\n\n\n", "")):
        code, said = edited(river, gone)
        assert code != 0 and "logout" in said and "sky" in said
    river.git("rm", "-q", FILE)
    river.git("commit", "-q", "-m", "gone")
    code, said = push(river, "-f", "origin", "HEAD:refs/heads/gone")
    assert code != 0 and "deletes" in said


def test_what_does_not_parse_counts_as_everything(two) -> None:
    river, sky = two
    river.ok("claim", f"{FILE}#login")
    code, said = edited(sky, ("def logout(user):", "def logout(user:"))
    assert code != 0 and "does not parse" in said and "river" in said
    river.write("src/notes.rst", "words\n")
    river.ok("claim", "src/notes.rst#login", "--no-symbol-check")
    sky.git("switch", "-q", "-C", "notes", "origin/main")
    sky.commit("src/notes.rst", "other words\n")
    code, said = push(sky, "origin", "notes")
    assert code != 0 and "language" in said


def test_symbols_that_landed_upstream_are_nobodys_doing(two) -> None:
    river, sky = two
    assert edited(sky, IN_LOGOUT)[0] == 0
    river.ok("claim", f"{FILE}#login")
    assert edited(river, IN_LOGIN)[0] == 0
    assert push(river, "origin", "HEAD:refs/heads/main")[0] == 0
    sky.git("fetch", "-q", "origin")
    sky.git("merge", "-q", "--no-edit", "origin/main")
    assert push(sky, "origin", "HEAD:refs/heads/sky-work") == (0, "")
    sky.write(FILE, (sky.path / FILE).read_text().replace("user.name", "user.id"))
    sky.git("commit", "-q", "-a", "-m", "more")
    code, said = push(sky, "origin", "HEAD:refs/heads/sky-work")
    assert code != 0 and "login" in said


def test_the_parsers_are_loaded_only_when_symbols_decide(two) -> None:
    river, sky = two
    river.ok("claim", "src/part1.py")
    river.ok("claim", "src/part2.py#x", "--no-symbol-check")
    sky.ok("sync")
    old = sky.git("rev-parse", "HEAD").strip()

    def loaded(path: str) -> tuple[int, bool]:
        sky.git("switch", "-q", "-C", "probe", "origin/main")
        new = sky.commit(path, "y = 1\n")
        line = f"refs/heads/probe {new} refs/heads/probe {old}\n".encode()
        said = sky.run("githook", "pre-push", "origin", "url", stdin=line, PYTHONVERBOSE="1")
        return said.code, "gitcoord.symbols" in said.err or "tree_sitter" in said.err

    assert loaded("src/part3.py") == (0, False)
    assert loaded("src/part1.py") == (1, False)
    assert loaded("src/part2.py") == (0, True)
