"""Claim proofs in real commits: written by the hook, recomputed from branches alone, and refused when one word is a lie."""

from __future__ import annotations

import os
import re
import subprocess
import time
from pathlib import Path

import pytest

from tests.ci.conftest import job_of, publish
from tests.conftest import Clone, World


@pytest.fixture
def river(world: World) -> Clone:
    """On a branch of its own, with the hook, and a gitcoord that the hook finds."""
    made = world.clone("river", agent="river")
    made.env = {**made.env, "PATH": f"{os.path.dirname(made.command()[0])}:{made.env['PATH']}"}
    made.ok("init", "--yes")
    made.ok("hooks", "install", "--proofs")
    made.git("switch", "-q", "-c", "river-work")
    return made


def message(clone: Clone) -> str:
    return clone.git("log", "-1", "--format=%B").strip()


def proofs(world: World, branch: str, name: str = "job", **env: str) -> list[dict]:
    found = job_of(world, name).found(branch, **env)
    return found["proofs"]


def test_a_commit_under_a_claim_proves_it_and_still_does_years_after_its_release(river: Clone, world: World) -> None:
    river.ok("claim", "src/part1.py", "src/part2.py")
    river.write("src/part2.py", "x\n")
    river.commit("src/part1.py", "x\n")
    assert re.search(r"\n\nGitcoord-Claim: CLM-1@\d+\nGitcoord-Claim: CLM-2@\d+\nGitcoord-Revision: \d+$", message(river))
    river.ok("release", "--all", "--no-hold")
    sky = world.clone("sky", agent="sky")
    sky.ok("claim", "src/part1.py")
    publish(river, "river-work")
    job = job_of(world)
    found = job.found("river-work")
    assert found["ok"] and [each["ok"] for each in found["proofs"]] == [True] and found["held"][0]["proved"]
    assert found["since"][0]["claim"]["agent"] == "sky", "who claimed it since is told, and nobody is run over"
    assert job.check("river-work", GITCOORD_CI_PROOFS="require").code == 0


def lie(river: Clone, old: str, new: str) -> None:
    river.git("commit", "-q", "--amend", "--no-verify", "-m", re.sub(old, new, message(river)))


LIES = {
    "path": "path-not-covered", "author": "author-mismatch", "fence": "fence-mismatch", "expiry": "claim-expired",
    "claim": "claim-unknown", "future": "revision-unknown", "past": "revision-before-grant", "ended": "claim-not-live",
    "words": "proof-malformed",
}  # fmt: skip


def test_each_mutation_is_refused_for_its_own_reason_with_no_network(river: Clone, world: World) -> None:
    river.ok("claim", "src/part1.py")
    river.commit("src/part1.py", "x\n")
    true = river.git("rev-parse", "HEAD").strip()
    river.git("config", "core.hooksPath", "/dev/null")
    later = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 2 * 86400))
    for name in LIES:
        river.git("switch", "-q", "-C", name, true)
        if name == "path":
            river.write("src/part5.py", "smuggled\n")
            river.git("add", "-A")
            river.git("commit", "-q", "--amend", "--no-edit")
        elif name in ("author", "expiry"):
            word = "--author=Eve <eve@example.org>" if name == "author" else f"--date={later}"
            river.git("commit", "-q", "--amend", "--no-edit", word)
        elif name == "ended":
            river.ok("release", "--all", "--no-hold")
            lie(river, r"Revision: \d+", f"Revision: {river.ok('status')['as_of']['revision']}")
        else:
            change = {"fence": (r"@\d+", "@1"), "claim": ("CLM-1", "CLM-77"), "future": (r"Revision: \d+", "Revision: 999"),
                      "past": (r"Revision: \d+", "Revision: 1"), "words": (r"CLM-1@\d+", "all of it")}  # fmt: skip
            lie(river, *change[name])
        publish(river, name)
    river.git("push", "-q", "--no-verify", "origin", f"{true}:refs/heads/true")
    job = job_of(world)
    assert job.found("true")["proofs"][0]["ok"]
    for name, reason in LIES.items():
        found = job.found(name, GITCOORD_CI_PROOFS="fail")
        assert [each.get("reason") for each in found["proofs"]] == [reason], (name, found["proofs"])
        assert found["failed"] == ["proofs"], name
    said = job.check("fence", GITCOORD_CI_PROOFS="fail")
    assert said.code == 1 and "fence-mismatch" in said.out
    assert job.check("fence").code == 0, "by default it is told"


def test_a_proof_under_a_claim_that_was_taken_over_gives_way_to_the_taker(river: Clone, world: World) -> None:
    river.ok("claim", "src/part1.py")
    river.commit("src/part1.py", "x\n")
    publish(river, "river-work")
    sky = world.clone("sky", agent="sky")
    sky.ok("claim", "src/part1.py", "--take-over-live")
    said = job_of(world).check("river-work")
    assert said.code == 3 and "sky" in said.out


def test_a_branch_without_proofs_fails_only_where_they_are_required(river: Clone, world: World) -> None:
    river.ok("claim", "src/part1.py")
    river.commit("src/part1.py", "x\n")
    river.commit("free.txt", "under no claim\n")
    assert "Gitcoord" not in message(river)
    publish(river, "river-work")
    job = job_of(world)
    assert job.check("river-work", GITCOORD_CI_PROOFS="fail").code == 0
    assert job.check("river-work", GITCOORD_CI_PROOFS="require").code == 1


def test_proofs_survive_a_rebase_and_a_squash(river: Clone, world: World) -> None:
    river.ok("claim", "src/part1.py")
    river.commit("src/part1.py", "x\n")
    river.ok("claim", "src/part2.py")
    river.commit("src/part2.py", "x\n")
    other = world.clone("other")
    other.commit("free.txt", "x\n")
    other.git("push", "-q", "origin", "HEAD:main")
    river.git("fetch", "-q", "origin")
    river.git("rebase", "-q", "origin/main")
    publish(river, "river-work")
    words = "\n\n".join(river.git("log", "--format=%B", "origin/main..HEAD").split("\n\n"))
    river.git("switch", "-q", "-c", "squashed", "origin/main")
    river.git("merge", "-q", "--squash", "river-work")
    river.git("-c", "core.hooksPath=/dev/null", "commit", "-q", "-m", f"all (#3)\n\n{words}\n\nReviewed-by: a <a@e.org>")
    publish(river, "squashed")
    job = job_of(world)
    assert [each["ok"] for each in job.found("river-work")["proofs"]] == [True, True]
    assert [(each["ok"], len(each["claims"])) for each in job.found("squashed")["proofs"]] == [(True, 2)]


def test_symbols_prove_what_lies_within_them(river: Clone, world: World) -> None:
    river.commit("src/app.py", "import os\n\n\ndef one():\n    return 1\n\n\ndef two():\n    return 2\n")
    river.git("push", "-q", "--no-verify", "origin", "HEAD:main")
    river.ok("claim", "src/app.py#two")
    river.commit("src/app.py", "import os\n\n\ndef one():\n    return 1\n\n\ndef two():\n    return 22\n")
    river.commit("src/app.py", "import os\n\n\ndef one():\n    return 11\n\n\ndef two():\n    return 22\n")
    publish(river, "river-work")
    assert [each.get("reason", "") for each in proofs(world, "river-work")] == ["path-not-covered", ""]


# The hook.


def test_the_hook_keeps_other_words_of_the_message_and_is_written_once(river: Clone) -> None:
    river.ok("claim", "src/part1.py")
    river.write("src/part1.py", "x\n")
    river.git("commit", "-q", "-a", "-m", "subject\n\nbody: with a colon\n\nSigned-off-by: T <t@example.org>")
    first = message(river)
    assert re.search(r"Signed-off-by: T <t@example.org>\nGitcoord-Claim: CLM-1@\d+\nGitcoord-Revision: \d+$", first)
    river.git("commit", "-q", "--amend", "--no-edit")
    assert message(river) == first
    assert river.git("interpret-trailers", "--parse", "/dev/stdin") == ""
    river.write("src/part1.py", "y\n")
    river.git("commit", "-q", "-m", "only this", "src/part1.py")
    assert "Gitcoord-Claim" in message(river), "the index of a partial commit is another one"


def test_a_commit_in_another_name_gets_no_proof_that_would_be_refused(river: Clone) -> None:
    river.ok("claim", "src/part1.py")
    river.write("src/part1.py", "x\n")
    done = subprocess.run(
        ["git", "commit", "-a", "-m", "for Eve", "--author", "Eve <eve@example.org>"], cwd=river.path,
        env=river.environment(), capture_output=True, check=True,
    )  # fmt: skip
    assert b"the author of this commit is not" in done.stderr and "Gitcoord" not in message(river)


def test_an_empty_message_stays_empty(river: Clone) -> None:
    river.ok("claim", "src/part1.py")
    river.write("src/part1.py", "x\n")
    river.write("template", "Subject:\n")
    for words, said in (([], b"empty commit message"), (["-c", "core.commentChar=;"], b"empty commit message"),
                        (["-c", "commit.template=template"], b"did not edit the message")):  # fmt: skip
        done = subprocess.run(
            ["git", *words, "commit", "-a"], cwd=river.path, env=river.environment(GIT_EDITOR="true"), capture_output=True,
            check=False,
        )  # fmt: skip
        assert done.returncode != 0 and said in done.stderr, done.stderr


def test_the_hook_never_stops_a_commit(river: Clone) -> None:
    river.ok("claim", "src/part1.py")
    for number, harm in enumerate(("cache.db", "local.db", "state.json")):
        file = river.path / ".git/gitcoord" / harm
        kept = file.read_bytes() if file.exists() else None
        file.write_bytes(b"\x00garbage" * 40)
        river.commit("src/part1.py", f"{number}\n")
        if kept is not None:
            file.write_bytes(kept)
    (river.path / ".git/gitcoord/command").write_text("/no/such/gitcoord\n")
    river.env = {**river.env, "PATH": "/usr/bin:/bin"}
    river.commit("src/part1.py", "without gitcoord\n")


def test_beside_a_hook_of_the_user_and_gone_without_a_trace(world: World) -> None:
    made = world.clone("river", agent="river")
    made.env = {**made.env, "PATH": f"{os.path.dirname(made.command()[0])}:{made.env['PATH']}"}
    made.ok("init", "--yes", "--no-hooks")
    hook = Path(made.path / ".git/hooks/prepare-commit-msg")
    mine = b'#!/bin/sh\nprintf "\\nReviewed-by: me\\n" >> "$1"\n'
    hook.write_bytes(mine)
    hook.chmod(0o744)
    made.ok("hooks", "install", "--proofs")
    first = hook.read_bytes()
    made.ok("hooks", "install", "--proofs")
    assert hook.read_bytes() == first and made.ok("hooks", "status")["proofs"]
    made.ok("claim", "src/part1.py")
    made.commit("src/part1.py", "x\n")
    assert "Gitcoord-Claim" in message(made) and "Reviewed-by: me" in message(made)
    made.ok("hooks", "uninstall")
    assert (hook.read_bytes(), hook.stat().st_mode & 0o777) == (mine, 0o744)
    assert not (made.path / ".git/hooks/pre-push").exists()


def test_a_harness_asks_for_the_trailers_itself(river: Clone) -> None:
    river.ok("claim", "src/part1.py")
    assert river.run("ci", "trailer", "src/part1.py").out.startswith("Gitcoord-Claim: CLM-1@")
    found = river.ok("ci", "trailer", "src/part1.py", "src/part2.py")
    assert found["trailers"] == [] and found["uncovered"] == ["src/part2.py"]
    assert river.ok("ci", "trailer")["trailers"] == []
    for words, why in ((("src/part2.py",), "no claim of yours covers src/part2.py"), ((), "nothing is staged")):
        said = river.run("ci", "trailer", *words)
        assert said.code == 0 and said.out == "" and why in said.err, "what is printed goes into a commit"
