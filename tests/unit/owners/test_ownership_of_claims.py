from __future__ import annotations

import itertools
from typing import Any

import pytest

from gitcoord.cache.database import open_memory
from gitcoord.cache.snapshot import SqlSnapshot
from gitcoord.model.entity import Entity
from gitcoord.rules.claims.conflict import candidates, scope_of
from gitcoord.rules.claims.overlap import keys_of, matches, overlaps
from gitcoord.rules.claims.scope import Scope, from_stored, parse
from gitcoord.rules.claims.verify import blamed
from gitcoord.rules.memory import MemorySnapshot

POLICY = """\
modules:
  all:
    paths: ["**"]
    owners: ["@boss"]
  auth:
    paths: [src/auth, "**/*.pem"]
    owners: ["@river"]
    enforcement: hard
  web:
    paths: [web/]
    owners: ["@sky"]
  crypto:
    paths: [src/auth/crypto/]
    owners: ["@kit"]
    enforcement: hard
  open:
    paths: [src/auth/README.md]
    enforcement: hard
shared: [package-lock.json, "locks/**"]
split: [src/app.py]
"""


@pytest.fixture
def office(desk: Any) -> Any:
    desk.policy(POLICY)
    return desk


def module(name: str, *patterns: str) -> Scope:
    return from_stored("module", f"module:{name}", (), patterns)


def path(text: str) -> Scope:
    return parse(text, is_directory=lambda path: False)


# Overlap


@pytest.mark.parametrize(
    ("patterns", "other", "meet"),
    [
        (("src/auth",), "src/auth/x.py", True), (("src/auth",), "src/auth", True), (("src/auth",), "src/", True),
        (("src/auth",), "src/authors.py", False), (("src/auth/", "**/*.pem"), "keys/a.pem", True),
        (("src/auth/", "**/*.pem"), "keys/a.py", False), (("src/auth/",), "src/**/*.py", True),
        (("a/", "b/"), "shared:b/x", True), (("a/",), "a/x.py#f", True), (("a/",), "branch:a", False),
        (("a/",), "env:a/", False),
    ],
)  # fmt: skip
def test_a_module_overlaps_by_its_patterns(patterns: tuple[str, ...], other: str, meet: bool) -> None:
    one, two = module("m", *patterns), path(other)
    assert overlaps(one, two) is overlaps(two, one) is meet


def test_modules_overlap_by_name_and_by_patterns() -> None:
    assert overlaps(module("a", "x/"), module("a", "y/"))
    assert overlaps(module("a"), module("a"))
    assert overlaps(module("a", "src/"), module("b", "src/auth/"))
    assert not overlaps(module("a", "src/"), module("b", "web/"))
    assert not overlaps(module("a"), module("b", "a"))


TARGETS = (
    "src/auth/x.py", "src/", "**/*.pem", "web/x.ts", "shared:src/auth/k", "src/auth/x.py#f", "task:TASK-1", "module:auth",
)  # fmt: skip
PATTERNS = (("src/auth",), ("**/*.pem",), ("web/", "src/auth/*.py"), ("s*/x",), ("README.md",))


@pytest.mark.parametrize("kind", ["memory", "sql"])
def test_the_index_finds_every_overlap(kind: str) -> None:
    """A superset by each pattern, in both directions: a path asked for a module, a module asked for paths and modules."""
    claims = []
    for n, patterns in enumerate(PATTERNS):
        claims.append(_claim(n, "module", f"module:m{n}", list(patterns)))
    claims += [_claim(20 + n, path(each).kind, each, None) for n, each in enumerate(TARGETS[:-1])]
    snapshot: Any = MemorySnapshot(claims)
    if kind == "sql":
        snapshot = SqlSnapshot(open_memory())
        snapshot.begin()
        snapshot.apply(claims, 1)
    asked = [path(each) for each in TARGETS[:-1]] + [module(f"n{n}", *each) for n, each in enumerate(PATTERNS)]
    for scope in asked:
        found = {each.id for each in candidates(snapshot, scope)}
        meant = {each.id for each in claims if overlaps(scope, scope_of(each))}
        assert meant <= found, scope
    gone = claims[2].changed(state="released")
    snapshot.apply([gone], 2)
    assert gone.id not in {each.id for each in candidates(snapshot, module("m2", *PATTERNS[2]))}
    assert gone.id not in {each.id for each in snapshot.overlap_candidates("file", "web/x.ts")}


def _claim(n: int, kind: str, scope: str, patterns: list[str] | None, agent: str = "river") -> Entity:
    from gitcoord.model.ids import derived_ulid

    return Entity("claim", {
        "id": derived_ulid("c", str(n)), "alias": f"CLM-{n + 1}", "state": "active", "kind": kind, "scope": scope,
        "mode": "exclusive", "agent": agent, "agent_id": agent, "session_id": agent, "patterns": patterns,
    })  # fmt: skip


def test_a_module_stands_under_its_name_and_each_pattern() -> None:
    assert keys_of(module("m", "src/auth", "web/**/*.ts", "web/**/*.js")) == ["\0module:m", "src/auth/", "web/"]
    assert matches(module("m", "src/auth", "*.pem"), "a.pem")
    assert not matches(module("m", "src/auth", "*.pem"), "x/a.pem")


def test_a_push_is_told_of_a_module_claim_once_a_path() -> None:
    held = _claim(1, "module", "module:m", ["src/", "src/auth/", "**/*.pem"])
    found = blamed(["src/auth/x.pem", "web/x"], [held], {"sky"}, {"sky"})
    assert found == [("src/auth/x.pem", held)]
    assert blamed(["src/auth/x.pem"], [held], {"river"}, ()) == []


# Claiming


def test_a_module_is_claimed_with_the_paths_of_the_policy_at_the_tip(office: Any) -> None:
    [shown] = office.takes("kit", "module:web")["claims"]
    assert office.the("claim", shown["id"]).get("patterns") == ["web/"]
    assert office.may_not("river", "web/x.ts").code == "claim-conflict"
    assert office.may_not("river", "module:web").details["conflicts"][0]["claim"]["scope"] == "module:web"
    office.policy(POLICY.replace("paths: [web/]", "paths: [site/]"))
    assert office.may_not("river", "web/x.ts").code == "claim-conflict"  # what was granted stays
    office.takes("boss", "site/x.ts")
    assert office.may_not("river", "module:web").code == "claim-conflict"


def test_a_path_claim_stands_in_the_way_of_a_module(office: Any) -> None:
    office.takes("sky", "web/deep/x.ts")
    assert office.may_not("river", "module:web").details["conflicts"][0]["claim"]["agent"] == "sky"
    assert office.takes("river", "module:auth", accept_ownership=True)["outcome"] == "granted"


def test_claiming_a_module_again_renews_it_unless_its_paths_are_others(office: Any) -> None:
    first = office.takes("sky", "module:web")["claims"][0]["id"]
    assert office.takes("sky", "module:web")["outcome"] == "renewed"
    office.policy(POLICY.replace("paths: [web/]", "paths: [web/, site/]"))
    again = office.takes("sky", "module:web")
    assert (again["outcome"], again["claims"][0]["id"] != first) == ("granted", True)
    assert office.the("claim", again["claims"][0]["id"]).get("patterns") == ["web/", "site/"]


def test_an_unknown_module_is_not_found_with_near_names(office: Any) -> None:
    refusal = office.may_not("sky", "module:webb")
    assert (refusal.code, refusal.details["candidates"]) == ("not-found", ["web"])
    office.policy(None)
    assert office.may_not("sky", "module:web").code == "not-found"


@pytest.mark.parametrize(
    ("agent", "target", "answer"),
    [
        ("river", "src/auth/x.py", "free"), ("sky", "src/auth/x.py", "refused"), ("boss", "src/auth/x.py", "refused"),
        ("river/claude/main", "src/auth/", "refused"),  # crypto lies in it
        ("kit", "src/auth/crypto/", "free"), ("river", "src/auth/crypto/a.c", "refused"), ("sky", "keys/a.pem", "refused"),
        ("sky", "src/auth/README.md", "free"),  # hard, and nobody's
        ("sky", "lib/x.py", "warned"), ("boss", "lib/x.py", "free"), ("sky", "web/x.ts", "free"),
        ("river", "web/x.ts", "warned"), ("sky", "src/**", "refused"), ("boss", "docs/", "refused"),  # a key may lie there
        ("boss", "docs/*.md", "free"), ("sky", "shared:src/auth/x", "refused"), ("sky", "src/auth/x.py#f", "refused"),
        ("sky", "branch:src/auth/x.py", "free"), ("kit", "module:crypto", "free"), ("river", "module:auth", "refused"),
        ("sky", "web/", "free"),  # the last module that names a key there is web
    ],
)  # fmt: skip
def test_hard_ownership_refuses_and_soft_ownership_warns(office: Any, agent: str, target: str, answer: str) -> None:
    if answer == "refused":
        refusal = office.may_not(agent, target)
        assert (refusal.code, refusal.details["conflicts"]) == ("claim-conflict", [])
        assert all(each["enforcement"] == "hard" for each in refusal.details["ownership"])
        assert "--accept-ownership" in refusal.hint
        return
    result = office.takes(agent, target)
    assert bool(result.get("warnings")) is (answer == "warned"), result
    assert not result.get("warnings") or "owned by" in result["warnings"][0]


def test_the_guard_is_lifted_by_name_and_that_is_recorded(office: Any) -> None:
    result = office.takes("sky", "src/auth/x.py", accept_ownership=True)
    assert result["outcome"] == "granted"
    [told] = [each for each in office.snapshot.events if each.type == "policy.overridden"]
    assert told.refs == {"claim": result["claims"][0]["id"]}
    assert told.body["ownership"][0]["module"] == "auth"
    assert office.told()[0] == "claim.granted"
    office.takes("boss", "docs/guide.md", accept_ownership=True)
    assert office.told().count("policy.overridden") == 1


def test_it_lifts_no_other_guard(office: Any) -> None:
    office.takes("river", "src/auth/x.py")
    assert office.may_not("sky", "src/auth/x.py", accept_ownership=True).details["conflicts"]


def test_all_or_none_holds_for_ownership(office: Any) -> None:
    assert office.may_not("sky", "web/x.ts", "src/auth/x.py").code == "claim-conflict"
    assert office.snapshot.find("claim") == []


def test_a_declared_shared_file_is_claimed_shared(office: Any) -> None:
    for agent in ("sky", "boss"):
        [shown] = office.takes(agent, "package-lock.json")["claims"]
        assert (shown["mode"], shown["ttl"]) == ("shared", 7200)
    [deep] = office.takes("sky", "locks/a/b.lock")["claims"]
    assert deep["mode"] == "shared"
    [other] = office.takes("boss", "package.json")["claims"]
    assert other["mode"] == "exclusive"


def test_a_file_that_is_to_be_split_says_so(office: Any) -> None:
    assert any("split up" in each for each in office.takes("boss", "src/app.py")["warnings"])


def test_a_broken_policy_is_said_to_whoever_claims(office: Any) -> None:
    office.policy(POLICY)
    office.task("sky")
    office.policy("modules: [")
    assert office.may_not("sky", "src/auth/x.py").code == "claim-conflict"
    assert any("cannot be used" in each for each in office.takes("boss", "docs/x.md")["warnings"])


def test_a_task_takes_its_paths_by_the_same_rule(office: Any, file_scope: Any) -> None:
    office.task("sky")
    refusal = office.refused("sky", "task.claim", task="TASK-1", paths=[file_scope("src/auth/x.py")])
    assert refusal.details["ownership"][0]["owners"] == ["@river"]


def test_a_team_limited_to_a_folder_limits_its_modules(office: Any) -> None:
    office.team = {"claims": {"scope": "web"}}
    assert office.takes("sky", "module:web")["outcome"] == "granted"
    assert office.may_not("river", "module:auth", accept_ownership=True).code == "scope-invalid"


def test_without_a_policy_nothing_changes(desk: Any) -> None:
    result = desk.takes("sky", "src/auth/x.py", "package-lock.json")
    assert "warnings" not in result
    assert {each["mode"] for each in result["claims"]} == {"exclusive"}


def test_no_order_of_claims_lets_two_hold_one_path(office: Any) -> None:
    """Modules and paths of four agents in every order: exclusive claims that are active never overlap."""
    wants = [("sky", "module:web"), ("boss", "web/a.ts"), ("kit", "web/**/*.css"), ("river", "module:web")]
    for order in itertools.permutations(wants):
        office.snapshot = MemorySnapshot(files={"policy/owners.yml": POLICY.encode()})
        for agent, target in order:
            office.land(office.intent(agent, "claim.acquire", {"scopes": office.asked(target)}))
        held = office.snapshot.find("claim", state="active")
        assert held
        for one, two in itertools.combinations(held, 2):
            assert not overlaps(scope_of(one), scope_of(two)) or one.get("agent") == two.get("agent")


@pytest.fixture
def file_scope() -> Any:
    return lambda name: {"kind": "file", "scope": name, "symbols": [], "files": None}
