"""Which branches may meet in a merge, and in which order they land with the fewest conflicts. Knows no git.

The gate only saves trial merges: it may let a pair pass that merges cleanly, and never keeps back one that does not.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    Pairs = Collection[frozenset[str]]

#: Up to so many branches that hang together, every order is looked at; beyond, the best next one is taken each time.
EXACT = 8


class Changes:
    """What a branch changed since a merge base: ``(status, path)``, both names of a rename, no status but A, D, M, T."""

    __slots__ = ("added_in", "deleted_in", "folders", "paths")

    def __init__(self, changed: Iterable[tuple[str, str]]) -> None:
        self.paths: set[str] = set()
        self.folders: set[str] = set()
        self.added_in: set[str] = set()
        self.deleted_in: set[str] = set()
        for status, path in changed:
            self.paths.add(path)
            above = _folders(path)
            self.folders.update(above)
            if status == "A":
                self.added_in.update(above, ("",))
            elif status == "D":
                self.deleted_in.update(above or ("",))

    def meets(self, other: Changes) -> bool:
        """Whether merging the two can conflict: the same path; a file where the other has a folder; or files added
        below a folder that the other may have renamed, which git carries along and asks about."""
        return not (
            self.paths.isdisjoint(other.paths)
            and self.paths.isdisjoint(other.folders)
            and self.folders.isdisjoint(other.paths)
            and self.deleted_in.isdisjoint(other.added_in)
            and self.added_in.isdisjoint(other.deleted_in)
        )


def _folders(path: str) -> list[str]:
    found = []
    at = path.rfind("/")
    while at > 0:
        found.append(path[:at])
        at = path.rfind("/", 0, at)
    return found


# The order.


def landing_order(
    names: Iterable[str], conflicts: Pairs, after: Mapping[str, Collection[str]], broken: Collection[str] = ()
) -> list[str]:
    """The branches in the order in which the fewest of them meet a conflict when they land.

    ``conflicts`` are pairs that do not merge; ``broken`` are branches in conflict already with what has landed: theirs
    cannot be avoided. ``after`` tells which branches a branch has to wait for; a circle of them is cut. Of two branches
    in conflict one has to give way: which one decides whether a third has to as well.
    """
    known = sorted(set(names))
    order: list[str] = []
    for group in sorted(_groups(known, conflicts, after), key=lambda each: (len(each), each)):
        order += _best(group, conflicts, after, set(broken))
    return order


def cost(order: Iterable[str], conflicts: Pairs, broken: Collection[str] = ()) -> int:
    """How many branches meet a conflict with what has landed before them."""
    hit, met = set(broken), 0
    order = list(order)
    for name in order:
        met += name in hit
        hit |= _against(name, order, conflicts)
    return met


def before_me(
    me: str, names: Iterable[str], conflicts: Pairs, after: Mapping[str, Collection[str]], broken: Collection[str] = ()
) -> list[str]:
    """Who has to land before me, lest somebody meets a conflict that could have been avoided; empty: it is my turn."""
    groups = _groups(sorted({*names, me}), conflicts, after)
    group = next(each for each in groups if me in each)
    best = _best(group, conflicts, after, set(broken))
    rest = _best([each for each in group if each != me], conflicts, after, {*broken, *_against(me, group, conflicts)})
    free = me in _allowed(group, after)
    if free and cost([me, *rest], conflicts, broken) <= cost(best, conflicts, broken):
        return []
    return best[: best.index(me)]


def _against(name: str, names: Iterable[str], conflicts: Pairs) -> set[str]:
    return {each for each in names if frozenset((name, each)) in conflicts}


def _groups(names: list[str], conflicts: Pairs, after: Mapping[str, Collection[str]]) -> list[list[str]]:
    """Branches that hang together by conflicts or dependencies; groups do not concern one another."""
    near: dict[str, set[str]] = {name: set() for name in names}
    edges = [tuple(pair) for pair in conflicts if len(pair) == 2] + [(a, b) for a, bs in after.items() for b in bs]
    for one, two in edges:
        if one in near and two in near:
            near[one].add(two)
            near[two].add(one)
    groups: list[list[str]] = []
    seen: set[str] = set()
    for name in names:
        if name not in seen:
            group: set[str] = set()
            waiting = [name]
            while waiting:
                each = waiting.pop()
                if each not in group:
                    group.add(each)
                    waiting += near[each]
            seen |= group
            groups.append(sorted(group))
    return groups


def _best(group: list[str], conflicts: Pairs, after: Mapping[str, Collection[str]], broken: set[str]) -> list[str]:
    against = {name: _against(name, group, conflicts) for name in group}
    choose = _exact if len(group) <= EXACT else _greedy
    return choose(group, against, after, broken)


def _allowed(left: Collection[str], after: Mapping[str, Collection[str]]) -> list[str]:
    """Those that wait for none of the others; all of them where a circle leaves none."""
    free = [name for name in left if not any(each in left and each != name for each in after.get(name, ()))]
    return sorted(free or left)


def _exact(
    group: list[str], against: dict[str, set[str]], after: Mapping[str, Collection[str]], broken: set[str]
) -> list[str]:
    """Over sets of what has landed, smallest first: what landed earlier matters, in which order does not."""
    best: dict[frozenset[str], tuple[int, tuple[str, ...]]] = {frozenset(): (0, ())}
    for _ in group:
        further: dict[frozenset[str], tuple[int, tuple[str, ...]]] = {}
        for landed, (met, order) in best.items():
            for name in _allowed([each for each in group if each not in landed], after):
                hit = name in broken or not against[name].isdisjoint(landed)
                found = (met + hit, (*order, name))
                key = landed | {name}
                if key not in further or found < further[key]:
                    further[key] = found
        best = further
    return list(best[frozenset(group)][1])


def _greedy(
    group: list[str], against: dict[str, set[str]], after: Mapping[str, Collection[str]], broken: set[str]
) -> list[str]:
    """Next is who meets no conflict with what has landed, and of those who brings the fewest others into one."""
    left, hit, order = set(group), set(broken), list[str]()
    while left:
        weights = {name: (name in hit, len(against[name] & left - hit), name) for name in _allowed(left, after)}
        chosen = min(weights, key=weights.__getitem__)
        order.append(chosen)
        left.remove(chosen)
        hit |= against[chosen]
    return order
