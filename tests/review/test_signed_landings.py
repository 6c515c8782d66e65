"""Landings are signed and checked against a file on the code branch: in strict mode a forged claim is ignored and said."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable

import pytest

from tests.conftest import Clone, World
from tests.review.conftest import BRANCH, Person

pytestmark = pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="ssh-keygen is not installed")
FILE = ".gitcoord/allowed_signers"


def a_key(world: World, name: str) -> str:
    """The line of an allowed signer; the key lies beside the hub."""
    file = world.root / f"key-{name}"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(file)], check=True)
    kind, key = file.with_suffix(".pub").read_text().split()[:2]
    return f'{name}@example.org namespaces="git" {kind} {key}\n'


def sign_with(clone: Clone, world: World, name: str) -> None:
    clone.ok("config", "set", "signing.key", str(world.root / f"key-{name}"), "--local")


def allow(clone: Clone, *lines: str) -> None:
    clone.commit(FILE, "".join(lines))
    clone.git("push", "-q", "origin", "HEAD:main")


@pytest.fixture
def signers(pair: tuple[Clone, Clone], world: World) -> tuple[Clone, Clone]:
    """River and Sky sign, and nothing else is taken."""
    river, _ = pair
    allow(river, a_key(world, "river"), a_key(world, "sky"))
    refused = river.run("config", "set", "signing.mode", "strict", "--json")
    assert refused.code == 1 and "Only who signs" in refused.error["message"]
    for clone in pair:
        clone.git("fetch", "-q")
        sign_with(clone, world, clone.agent)
    river.ok("config", "set", "signing.mode", "strict")
    return pair


def forge(pat: Person, *, alias: str = "CLM-9", scope: str = "src/part3.py") -> None:
    """A claim as gitcoord would have landed it, but for the signature."""
    known = pat.path_of("claims")
    id = known.rpartition("/")[2].removesuffix(".yml")
    fake = id[:-8] + "00000000"
    text = pat.read(known).replace(id, fake).replace("CLM-1", alias).replace("src/part0.py", scope)
    pat.write(f"claims/00/{fake}.yml", text.replace("agent: river", "agent: mallory"))
    pat.git("add", "-A")
    tip = int(pat.git("log", "-1", "--format=%(trailers:key=Gitcoord-Revision,valueonly)").split()[0])
    pat.env.update({f"GIT_{role}_EMAIL": "gitcoord@localhost" for role in ("AUTHOR", "COMMITTER")})
    pat.git("commit", "-q", "-m", f"claim {scope} by mallory [skip ci]\n\nGitcoord-Revision: {tip + 1}")
    pat.push()


def test_a_forged_claim_is_ignored_said_and_taken_out_by_the_next_landing(
    signers: tuple[Clone, Clone], world: World, person: Callable[[str], Person]
) -> None:
    river, sky = signers
    river.ok("claim", "src/part0.py")
    assert "gpgsig" in world.at_hub("cat-file", "commit", BRANCH)
    forge(person("Mallory"))
    assert sky.run("check", "src/part3.py", "--fresh").code == 0, "nobody who may sign has claimed it"
    assert sky.run("check", "src/part0.py").code == 3
    (named,) = sky.ok("status")["quarantined"]
    assert "not signed by an allowed key" in named["reason"] and "mallory" not in str(sky.ok("claims")["claims"])
    granted = sky.ok("claim", "src/part3.py")["claims"][0]
    assert granted["agent"] == "sky"
    assert "mallory" not in world.at_hub("grep", "-h", "agent:", BRANCH, "--", "claims")
    assert river.ok("digest", "--fresh")["digest"] == sky.ok("digest")["digest"]
    sky.ok("rebuild-index")
    assert river.ok("digest")["digest"] == sky.ok("digest")["digest"]


def test_whoever_cannot_sign_hears_of_it_and_cannot_turn_it_off(
    signers: tuple[Clone, Clone], world: World, person: Callable[[str], Person]
) -> None:
    river, sky = signers
    other = world.clone("other", agent="other")
    said = other.run("claim", "src/part4.py", "--json")
    assert said.code == 1 and "signed landings only" in said.error["message"]
    a_key(world, "other")
    sign_with(other, world, "other")
    said = other.run("claim", "src/part4.py", "--json")
    assert said.code == 1 and "not among the allowed signers" in said.error["message"]
    assert world.at_hub("log", "--format=%an", BRANCH).split().count("other") == 0, "nothing of it is on the remote"

    harvested = sky.run("harvest", "--json")
    assert harvested.code == 8 and "adopted only when they are named" in harvested.error["message"], harvested

    pat = person("Pat")
    pat.write("settings.yml", pat.read("settings.yml").replace("strict", "off"))
    pat.save("relax")
    pat.push()
    assert "signed landing only" in sky.ok("status", "--fresh")["quarantined"][0]["reason"]
    assert sky.ok("config", "get", "signing.mode")["settings"][0]["value"] == "strict"
    river.ok("claim", "src/part1.py")
    assert "strict" in world.at_hub("show", f"{BRANCH}:settings.yml")


def test_a_key_is_rotated_and_what_the_old_one_landed_stays(
    signers: tuple[Clone, Clone], world: World, person: Callable[[str], Person]
) -> None:
    river, sky = signers
    sky.ok("claim", "src/part2.py")
    river.ok("claim", "src/part0.py")
    lines = (river.path / FILE).read_text().splitlines(keepends=True)
    allow(river, lines[0], a_key(world, "sky-new"))
    for clone in signers:
        clone.git("fetch", "-q")
    assert sky.run("task", "add", "with the old key").code == 1
    sign_with(sky, world, "sky-new")
    sky.ok("sync")
    assert river.run("check", "src/part2.py", "--fresh").code == 3, "what the old key landed is vouched for by the next"
    assert river.ok("status")["quarantined"] == []


def test_the_key_of_a_session_counts_when_an_allowed_key_has_certified_it(
    signers: tuple[Clone, Clone], world: World
) -> None:
    river, sky = signers
    person_s = a_key(world, "person").replace(' namespaces="git"', ' cert-authority,namespaces="git"')
    allow(river, *(river.path / FILE).read_text().splitlines(keepends=True), person_s)
    sky.git("fetch", "-q")
    for name, authority, code in (("stranger", "sky", 1), ("session", "person", 0)):
        a_key(world, name)
        subprocess.run(
            ["ssh-keygen", "-q", "-s", str(world.root / f"key-{authority}"), "-I", name, "-n", "person@example.org",
             "-V", "+1h", str(world.root / f"key-{name}.pub")], check=True,
        )  # fmt: skip
        sky.ok("config", "set", "signing.key", str(world.root / f"key-{name}-cert.pub"), "--local")
        said = sky.run("claim", "src/part4.py")
        assert said.code == code, said
        sky.run("sync")
    assert river.run("check", "src/part4.py", "--fresh").code == 3


def test_in_warn_mode_everything_is_taken_and_the_doctor_counts(
    pair: tuple[Clone, Clone], world: World, person: Callable[[str], Person]
) -> None:
    river, sky = pair
    allow(river, a_key(world, "river"))
    river.ok("config", "set", "signing.mode", "warn")
    river.ok("claim", "src/part0.py")
    forge(person("Mallory"))
    assert sky.run("check", "src/part3.py", "--fresh").code == 3
    sky.git("fetch", "-q")
    code = "from gitcoord import doctor; print(*[each['detail'] for each in doctor.run()['checks']], sep='\\n')"
    words = [sys.executable, "-P", "-c", code]
    told = subprocess.run(words, cwd=sky.path, env=sky.environment(), capture_output=True, check=True)
    assert b"landings are not signed by an allowed key" in told.stdout and b"what is landed from here" in told.stdout


def test_whoever_was_refused_may_write_as_soon_as_no_signature_is_asked_for(signers: tuple[Clone, Clone]) -> None:
    river, sky = signers
    sky.ok("config", "unset", "signing.key", "--local")
    assert sky.run("claim", "src/part0.py").code == 1
    river.ok("config", "set", "signing.mode", "warn")
    assert sky.run("claim", "src/part0.py").code == 0, "a refusal is heard on a tip that is known to be current only"
