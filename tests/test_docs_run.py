"""The documentation is held to the code: pages that are written from it, and examples that are run."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from gitcoord.cli.reference import page

ROOT = Path(__file__).resolve().parents[1]


def test_the_page_of_commands_is_the_one_that_the_code_writes() -> None:
    assert (ROOT / "docs/commands.md").read_text(encoding="utf-8") == page(), (
        "python -m gitcoord.cli.reference > docs/commands.md"
    )


def test_every_link_between_the_pages_leads_somewhere() -> None:
    for file in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]:
        for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", file.read_text(encoding="utf-8")):
            if "://" not in target:
                assert (file.parent / target).exists(), (file.name, target)


#: A page that begins with this line is run: every ``sh`` block, in order, beside two clones of one hub.
RUN = "<!-- run: two clones, river and sky, of one hub; River has started a co-op that Sky joined -->"
SCENE = """
git init -q --bare hub.git
git clone -q hub.git river 2> /dev/null && cd river
mkdir -p src/auth docs && printf 'def handle_login(user):\\n    return user\\n' > src/auth/login.py
echo "y = 1" > src/auth/token.py && echo "# Words" > docs/words.md
git add -A && git commit -q -m "first" && git push -q origin HEAD
gitcoord init --yes && gitcoord --as river start "login"
cd .. && git clone -q hub.git sky && cd sky && gitcoord --as sky join && gitcoord hooks install && cd ..
"""
PAGES = [file for file in sorted((ROOT / "docs").glob("*.md")) if file.read_text(encoding="utf-8").startswith(RUN)]


def run(tmp_path: Path, script: str) -> str:
    (tmp_path / "home").mkdir()
    env = {
        "HOME": str(tmp_path / "home"), "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "LANG": "C.UTF-8",
        "GIT_CONFIG_NOSYSTEM": "1", "GIT_AUTHOR_NAME": "T", "GIT_AUTHOR_EMAIL": "t@example.org", "GIT_COMMITTER_NAME": "T",
        "GIT_COMMITTER_EMAIL": "t@example.org",
    }  # fmt: skip
    done = subprocess.run(
        ["bash", "-c", "set -e\n" + script], cwd=tmp_path, env=env, capture_output=True, text=True, timeout=110, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def examples(file: Path) -> str:
    return "\n".join(re.findall(r"```sh\n(.*?)```", file.read_text(encoding="utf-8"), re.DOTALL))


def test_the_tutorial_runs_from_top_to_bottom(tmp_path: Path) -> None:
    said = run(tmp_path, examples(ROOT / "docs/tutorial.md"))
    for words in ("exit 3: held", "exit 3: refused", "stopped", "exit 6: provisional", "DEC-1", "HND-1"):
        assert words in said, (words, said)


@pytest.mark.parametrize("file", PAGES, ids=lambda file: file.stem)
def test_the_examples_of_a_page_run(file: Path, tmp_path: Path) -> None:
    run(tmp_path, SCENE + examples(file))


def test_every_exit_and_error_word_is_in_the_documentation() -> None:
    from gitcoord.errors import BY_CODE

    text = "".join(file.read_text(encoding="utf-8") for file in (ROOT / "docs").glob("*.md"))
    fixed = {
        "claim-conflict",
        "lease-token-conflict",
        "idempotency-mismatch",
        "not-found",
        "ambiguous",
        "provisional",
        "needs-repair",
    }
    assert fixed <= set(BY_CODE)
    assert not [word for word in fixed if word not in text]
