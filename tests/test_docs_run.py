"""The documentation is held to the code: pages that are written from it, and examples that are run."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

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


def test_the_tutorial_runs_from_top_to_bottom(tmp_path: Path) -> None:
    text = (ROOT / "docs/tutorial.md").read_text(encoding="utf-8")
    script = "set -e\n" + "\n".join(re.findall(r"```sh\n(.*?)```", text, re.DOTALL))
    (tmp_path / "home").mkdir()
    env = {
        "HOME": str(tmp_path / "home"), "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "LANG": "C.UTF-8",
        "GIT_CONFIG_NOSYSTEM": "1", "GIT_AUTHOR_NAME": "T", "GIT_AUTHOR_EMAIL": "t@example.org", "GIT_COMMITTER_NAME": "T",
        "GIT_COMMITTER_EMAIL": "t@example.org",
    }  # fmt: skip
    done = subprocess.run(
        ["bash", "-c", script], cwd=tmp_path, env=env, capture_output=True, text=True, timeout=110, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    for said in ("exit 3: held", "exit 3: refused", "stopped", "exit 6: provisional", "DEC-1", "HND-1"):
        assert said in done.stdout, (said, done.stdout, done.stderr)


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
