"""The jobs that are handed out: what their scripts do is done here, with a forge that is a folder."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.ci.conftest import Job, job_of, publish
from tests.conftest import Clone, World

#: Answers as ``gh api`` does: lists, changes and makes comments, which are files.
GH = """#!/bin/sh
set -e
body=
for word; do case $word in body=@*) body=${word#body=@} ;; esac; done
case "$*" in
*"-X DELETE"*/labels/gitcoord-held) rm "$COMMENTS.label" ;;
*/labels*"labels[]=gitcoord-held") touch "$COMMENTS.label" ;;
*"-X PATCH"*) cp "$body" "$COMMENTS/7" ; echo patched >> "$COMMENTS.log" ;;
*--paginate*) [ ! -e "$COMMENTS/7" ] || echo 7 ;;
*) cp "$body" "$COMMENTS/7" ; echo made >> "$COMMENTS.log" ;;
esac
"""


@pytest.fixture
def job(pair, world: World) -> Job:
    river, sky = pair
    river.ok("claim", "src/part1.py")
    sky.git("switch", "-q", "-c", "sky-work")
    sky.commit("src/part1.py", "mine\n")
    publish(sky, "sky-work")
    return job_of(world)


def script_of(job: Job, name: str) -> str:
    found = yaml.safe_load(job.run("ci", "template", "github").out)
    return next(step["run"] for step in found["jobs"]["claims"]["steps"] if step.get("name") == name)


def environment(job: Job, tmp_path: Path, **more: str) -> dict[str, str]:
    tools = tmp_path / "tools"
    tools.mkdir(exist_ok=True)
    for name, text in (("gh", GH), ("pipx", f'#!/bin/sh\nshift\n[ "$1" = gitcoord ] && shift\nexec "{_gitcoord()}" "$@"\n')):
        (tools / name).write_text(text)
        (tools / name).chmod(0o755)
    (tmp_path / "comments").mkdir(exist_ok=True)
    return {
        **job.env, "PATH": f"{tools}:{job.env['PATH']}", "RUNNER_TEMP": str(tmp_path), "COMMENTS": str(tmp_path / "comments"),
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md"), "GITHUB_HEAD_REF": "sky-work", "GITHUB_BASE_REF": "main",
        "REPO": "o/r", "PULL": "3", "GH_TOKEN": "x", **more,
    }  # fmt: skip


def _gitcoord() -> str:
    return str(Path(sys.executable).parent / "gitcoord")


def bash(script: str, job: Job, env: dict[str, str]) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(["bash", "-e", "-c", script], cwd=job.path, env=env, capture_output=True, check=False)


def test_the_job_of_github_fails_and_leaves_one_comment_however_often_it_runs(job: Job, pair, tmp_path: Path) -> None:
    check, comment = script_of(job, "Claims"), script_of(job, "One comment")
    for turn in (1, 2):
        ids = {"BASE": job.git("rev-parse", "origin/main").strip(), "HEAD": job.git("rev-parse", "origin/sky-work").strip()}
        done = bash(check, job, env := environment(job, tmp_path, **ids))
        assert done.returncode == 3 and done.stdout.startswith(b"::error file=src/part1.py,line="), done
        assert bash(comment, job, env).returncode == 0
        assert (tmp_path / "comments.log").read_text().split() == ["made", "patched"][:turn]
        assert (tmp_path / "comments.label").exists(), "the label stays while it is refused"
    assert (tmp_path / "summary.md").read_text().count("<!-- gitcoord-ci -->") == 2
    pair[0].ok("release", "--all")
    job.see()
    assert bash(check, job, env).returncode == 0
    assert bash(comment, job, env).returncode == 0
    assert not (tmp_path / "comments.label").exists()
    text = (tmp_path / "comments/7").read_text()
    assert text.startswith("<!-- gitcoord-ci -->\n### ✅") and len(os.listdir(tmp_path / "comments")) == 1


def test_a_first_run_that_passes_says_nothing(job: Job, pair, tmp_path: Path) -> None:
    pair[0].ok("release", "--all")
    job.see()
    ids = {"BASE": "origin/main", "HEAD": "origin/sky-work"}
    env = environment(job, tmp_path, **ids)
    assert bash(script_of(job, "Claims"), job, env).returncode == 0
    assert bash(script_of(job, "One comment"), job, env).returncode == 0
    assert os.listdir(tmp_path / "comments") == []


def test_before_there_is_a_sync_branch_the_jobs_say_so_and_pass(job: Job, world: World, tmp_path: Path) -> None:
    job.git("remote", "set-url", "origin", f"file://{world.hub}")
    world.at_hub("update-ref", "-d", "refs/heads/gitcoord-sync")
    job.git("fetch", "-q", "--prune", "origin")
    gitlab = yaml.safe_load(job.run("ci", "template", "gitlab").out)["gitcoord"]["script"]
    ids = {"BASE": "origin/main", "HEAD": "origin/sky-work"}
    for script in (script_of(job, "Claims"), "\n".join(gitlab)):
        done = bash(script, job, environment(job, tmp_path, **ids))
        assert done.returncode == 0 and b"nothing was checked" in done.stdout, done


def test_a_check_runs_again_only_when_a_claim_has_moved_since(job: Job, tmp_path: Path) -> None:
    found = yaml.safe_load(job.run("ci", "template", "github-again").out)
    script = found["jobs"]["again"]["steps"][-1]["run"]
    job.git("switch", "-q", "gitcoord-sync")
    tools, log = tmp_path / "tools", tmp_path / "log"
    tools.mkdir()
    for at, runs in (("2001-01-01T00:00:00Z", 2), ("2101-01-01T00:00:00Z", 0)):
        (tools / "gh").write_text(
            '#!/bin/sh\ncase "$1 $2" in "pr list") printf "a\\nb\\n" ;; "run list") '
            f'echo "7 {at}" ;; *) echo "$*" >> {log} ;; esac\n'
        )
        (tools / "gh").chmod(0o755)
        log.write_text("")
        assert bash(script, job, {**job.env, "PATH": f"{tools}:{job.env['PATH']}"}).returncode == 0
        assert log.read_text().split("\n")[:-1] == ["run rerun 7"] * runs


def test_nothing_of_a_pull_request_is_put_into_a_script(job: Job) -> None:
    found = yaml.safe_load(job.run("ci", "template", "github").out)
    assert set(found[True]) == {"pull_request", "merge_group"}
    for step in found["jobs"]["claims"]["steps"]:
        assert "${{" not in step.get("run", "")


def test_the_job_of_gitlab_leaves_a_report_and_the_verdict(job: Job, tmp_path: Path) -> None:
    import json

    found = yaml.safe_load(job.run("ci", "template", "gitlab").out)["gitcoord"]
    steps = [each for each in found["script"] if not re.match(r"pip |git fetch", each)]
    env = {
        **job.env, "PATH": f"{Path(_gitcoord()).parent}:{job.env['PATH']}", "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME": "sky-work",
        "CI_MERGE_REQUEST_DIFF_BASE_SHA": job.git("rev-parse", "origin/main").strip(),
        "CI_COMMIT_SHA": job.git("rev-parse", "origin/sky-work").strip(),
    }  # fmt: skip
    done = bash("\n".join(steps), job, env)
    assert done.returncode == 3 and b"river until" in done.stdout
    (issue,) = json.loads((job.path / found["artifacts"]["reports"]["codequality"]).read_text())
    assert issue["location"]["path"] == "src/part1.py" and issue["severity"] == "major"


def test_a_template_is_written_once_and_never_over_another_file(world: World) -> None:
    clone = Clone((made := world.clone("x")).path, made.env)
    file = clone.path / ".github/workflows/gitcoord.yml"
    words = ("ci", "template", "github", "--output", ".github/workflows/gitcoord.yml")
    assert clone.ok(*words) == {"schema": "gitcoord.ci-template/1", "outcome": "written", "file": words[-1]}
    assert clone.ok(*words)["outcome"] == "unchanged"
    file.write_text("mine\n")
    assert clone.run(*words).code == 1 and file.read_text() == "mine\n"
    assert clone.ok(*words, "--replace")["outcome"] == "written"
    file.unlink()
    file.symlink_to("/etc/hostname")
    assert clone.run(*words, "--replace").code == 2
    said = clone.run("ci", "template", "github", "--output", "README.md/gitcoord.yml")
    assert said.code == 2 and said.err.startswith("README.md/gitcoord.yml cannot be written: ")


def test_the_sync_branch_starts_no_pipeline(pair, world: World) -> None:
    pair[0].ok("claim", "src/part1.py")
    names = world.at_hub("ls-tree", "-r", "--name-only", "gitcoord-sync").split()
    assert not [name for name in names if name.startswith((".github", ".gitlab", ".circleci")) or name.endswith("-ci.yml")]
    root, *landed = world.at_hub("log", "--reverse", "--format=%s", "gitcoord-sync").splitlines()
    assert landed and all(subject.endswith("[skip ci]") for subject in landed), (root, landed)
