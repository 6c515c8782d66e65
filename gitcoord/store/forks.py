"""Where branches part, and what each changed since: for many pairs with few git processes."""

from __future__ import annotations

from gitcoord.rules.radar import Changes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gitcoord.store.git import Git
    from gitcoord.store.objects import Objects

#: Commits that are looked at to see where branches part; beyond, git is asked pair by pair.
MOST = 50_000


class Forks:
    """Merge bases among branches and the integration branch, as ``git merge-base --all`` has them."""

    def __init__(self, git: Git, base: str, tips: list[str]) -> None:
        self._git, self._base = git, base
        self._known: dict[tuple[str, str], list[str]] = {}
        self._own: dict[str, set[str]] = {}
        self._edge: dict[str, set[str]] = {}
        parents = self._parents(tips)
        for tip in tips if parents is not None else []:
            self._own[tip], self._edge[tip] = _walk(tip, parents or {}, base)

    def _parents(self, tips: list[str]) -> dict[str, list[str]] | None:
        """The commits that the integration branch does not hold."""
        args = ["rev-list", "--parents", f"--max-count={MOST}", "--stdin"]
        wanted = "".join(f"{each}\n" for each in {*tips, f"^{self._base}"}).encode()
        result = self._git.run(args, stdin=wanted, check=False)
        lines = [line.split() for line in result.out.decode().splitlines()]
        return {line[0]: line[1:] for line in lines} if not result.code and len(lines) < MOST else None

    def bases(self, one: str, two: str) -> list[str]:
        """None: no common history. Several: criss-cross merges."""
        a, b = self._fork(one), self._fork(two)
        if a and b and self._own.get(one, set()).isdisjoint(self._own.get(two, set())):
            return [a] if a == b else self._asked(a, b)
        return self._asked(one, two)

    def _fork(self, tip: str) -> str:
        """The one commit of the integration branch from which a branch comes; empty when there are several, or none."""
        if tip == self._base:
            return tip
        edge = self._edge.get(tip) or set()
        return next(iter(edge)) if len(edge) == 1 else ""

    def _asked(self, one: str, two: str) -> list[str]:
        key = (one, two) if one < two else (two, one)
        if key not in self._known:
            result = self._git.run(["merge-base", "--all", *key], check=False)
            self._known[key] = result.out.decode().split() if result.code == 0 else []
        return self._known[key]


def _walk(tip: str, parents: dict[str, list[str]], base: str) -> tuple[set[str], set[str]]:
    """A branch's own commits, and the commits below them that the integration branch holds."""
    own: set[str] = set()
    edge: set[str] = set()
    waiting = [tip]
    while waiting:
        each = waiting.pop()
        if each in own:
            continue
        if each in parents:
            own.add(each)
            waiting += parents[each]
            if not parents[each]:
                edge.add("")  # a root of its own: no common history on this side
        else:
            edge.add(each)
    return own, edge


def changes(git: Git, objects: Objects, pairs: set[tuple[str, str]]) -> dict[tuple[str, str], Changes]:
    """What changed between the commits of each pair, both names of a rename, by one ``git diff-tree``."""
    trees = {(a, b): f"{objects.commit(a).tree} {objects.commit(b).tree}" for a, b in pairs}
    wanted = list(dict.fromkeys(trees.values()))
    args = ["diff-tree", "--stdin", "-r", "-z", "--name-status", "--no-renames"]
    result = git.run(args, stdin="".join(line + "\n" for line in wanted).encode())
    found = _parsed(result.out.decode("utf-8", "surrogateescape"))
    made = {line: Changes(found.get(line, [])) for line in wanted}
    return {pair: made[line] for pair, line in trees.items()}


def _parsed(text: str) -> dict[str, list[tuple[str, str]]]:
    """``tree tree LF (status NUL path NUL)*`` again and again."""
    found: dict[str, list[tuple[str, str]]] = {}
    here: list[tuple[str, str]] = []
    fields = iter(text.split("\0"))
    for field in fields:
        *heads, status = field.split("\n")
        for head in heads:
            here = found.setdefault(head, [])
        if status:
            here.append((status[:1], next(fields, "")))
    return found
