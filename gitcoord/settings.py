"""Every setting: its name, type, default and bounds; and the layers from which its value comes.

Owns no file and reads none: whoever opens the repository hands in what the files and the environment say.
A value that cannot be used never stops a command. It is ignored (or cut to its bound) and reported.
"""

from __future__ import annotations

from gitcoord.environ import is_placeholder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

DURATION, INTEGER, NUMBER, FLAG, TEXT, CHOICE, REF = "duration", "integer", "number", "flag", "text", "choice", "ref"
TEAM, MACHINE = "team", "machine"
MINUTE, HOUR, DAY = 60, 3600, 86400
DEFAULT_ORIGIN = "default"
TEAM_FILE = "settings.yml"
ENVIRONMENT = "environment"
#: Layers that whoever runs a command here has in hand.
OWN_ORIGINS = ("local.yml", ENVIRONMENT)


class Setting:
    """``maximum`` is a hard cap: a layer may lower the value, never raise it beyond. Durations are seconds."""

    __slots__ = ("choices", "default", "doc", "maximum", "minimum", "scope", "type")

    def __init__(
        self,
        type: str,
        default: Any,
        doc: str,
        *,
        minimum: float | None = None,
        maximum: float | None = None,
        choices: tuple[str, ...] = (),
        scope: str = TEAM,
    ) -> None:
        self.type, self.default, self.doc, self.scope = type, default, doc, scope
        self.minimum, self.maximum, self.choices = minimum, maximum, choices


def _duration(default: int, doc: str, least: int = 0, most: int = 365 * DAY, scope: str = TEAM) -> Setting:
    return Setting(DURATION, default, doc, minimum=least, maximum=most, scope=scope)


def _ttl(kind: str, default: int) -> Setting:
    return _duration(default, f"how long a claim on a {kind} lasts unless the command says otherwise", MINUTE, DAY)


def _budget(view: str, default: int, hard: int) -> Setting:
    return Setting(INTEGER, default, f"estimated tokens of {view}", minimum=60, maximum=hard)


DEFAULTS: dict[str, Setting] = {
    "repo.id": Setting(TEXT, "", "name of the project in events; empty: taken from the remote"),
    "claims.ttl.file": _ttl("file", 4 * HOUR),
    "claims.ttl.directory": _ttl("directory", 4 * HOUR),
    "claims.ttl.glob": _ttl("glob", 4 * HOUR),
    "claims.ttl.symbol": _ttl("symbol", 4 * HOUR),
    "claims.ttl.shared": _ttl("shared file", 2 * HOUR),
    "claims.ttl.module": _ttl("module", 4 * HOUR),
    "claims.ttl.branch": _ttl("branch", 4 * HOUR),
    "claims.ttl.task": _ttl("task", 4 * HOUR),
    "claims.ttl.component": _ttl("component", 4 * HOUR),
    "claims.ttl.env": _ttl("environment", 30 * MINUTE),
    "claims.ttl.runner": _ttl("runner", 30 * MINUTE),
    "claims.min_ttl": _duration(MINUTE, "the shortest claim that may be asked for", MINUTE, DAY),
    "claims.max_ttl": _duration(DAY, "the longest claim that may be asked for", MINUTE, DAY),
    "claims.max_files": Setting(
        INTEGER, 100, "files that one directory, glob or module claim may cover", minimum=1, maximum=1_000_000
    ),
    "claims.max_ratio": Setting(NUMBER, 0.2, "part of the tracked files one claim may cover", minimum=0, maximum=1),
    "claims.ratio_floor": Setting(
        INTEGER, 50, "tracked files up to which claims.max_ratio does not apply", minimum=0, maximum=1_000_000
    ),
    "claims.clock_margin": _duration(
        15 * MINUTE, "after expires_at, before a claim may be taken over on the word of clocks alone", 0, DAY
    ),
    "claims.sticky": Setting(
        FLAG, True, "whether a claim whose work has not landed is held for that work when it is given back"
    ),
    "claims.hold_ttl": _duration(14 * DAY, "how long such a hold lasts when the work never lands", MINUTE),
    "claims.fold_case": Setting(FLAG, False, "whether paths that differ in case only are the same path"),
    "claims.mode": Setting(
        CHOICE, "enforce", "what an overlap with another agent's claim does", choices=("enforce", "warn")
    ),
    "claims.scope": Setting(TEXT, "", "folder to which this team's claims are limited; empty: the whole repository"),
    "claims.max_per_agent": Setting(INTEGER, 1000, "claims that one agent may hold at a time", minimum=1, maximum=100_000),
    "queue.age_boost": _duration(60, "waiting time after which an entry counts as one level more urgent; 0: never", 0, DAY),
    "queue.decay": _duration(
        300, "waiting time after which an urgency above normal counts one level less, again and again; 0: never", 0, DAY
    ),
    "queue.fairness": Setting(
        INTEGER, 10, "every so many grants past it, the oldest waiter goes first; 0: never", minimum=0, maximum=1000
    ),
    "queue.max_per_agent": Setting(INTEGER, 20, "queue entries that one agent may have waiting", minimum=1, maximum=1000),
    "queue.max_depth": Setting(INTEGER, 200, "queue entries that may wait in all", minimum=1, maximum=10_000),
    "queue.pickup": _duration(
        2 * MINUTE, "how long a claim lasts that the queue granted to a waiting command, until that has seen it; 0: its TTL",
        0, DAY,
    ),
    "queue.poll": _duration(2, "how often a waiting command asks the remote", 1, 60, MACHINE),
    "requests.clamp": _duration(5 * MINUTE, "what is left of a claim, at most, once somebody asked for it", MINUTE, DAY),
    "requests.ttl": _duration(10 * MINUTE, "how long a request for release waits for its answer", MINUTE, DAY),
    "symbols.validate": Setting(FLAG, True, "whether claimed symbols must be declared in the file as it is here"),
    "sync.remote": Setting(TEXT, "", "the remote that is the register; empty: origin, or the only one", scope=MACHINE),
    "sync.branch": Setting(REF, "gitcoord-sync", "the branch that holds the state", scope=MACHINE),
    "sync.carrier_prefix": Setting(
        REF, "gitcoord-carrier/", "beginning of the branches on which waiting intents travel", scope=MACHINE
    ),
    "sync.carrier_remote": Setting(
        TEXT, "", "the remote to which such branches go, when that is another one: a contributor's fork", scope=MACHINE
    ),
    "sync.adopt_remotes": Setting(
        TEXT, "", "further remotes whose agents' branches are adopted, such as forks of contributors", scope=MACHINE
    ),
    "secrets.scan": Setting(FLAG, True, "whether a write that holds what looks like a token or key is refused"),
    "sync.transport": Setting(
        CHOICE, "auto", "how writes leave this machine; auto: by the first road that is open",
        choices=("auto", "direct", "carrier", "tree", "local"), scope=MACHINE,
    ),
    "sync.reprobe": _duration(
        15 * MINUTE, "how long a refused road is not tried again; gitcoord sync --probe tries it at once", 0, DAY, MACHINE
    ),
    "sync.adopt": Setting(FLAG, True, "whether sync adopts what waits on the branches of agents that may not push"),
    "sync.agent_branches": Setting(
        TEXT, "claude/ copilot/ codex/ cursor/ jules/", "beginnings of the branches on which such agents may push"
    ),
    "sync.adopt_max_age": _duration(7 * DAY, "age from which what waits on such a branch is refused", HOUR),
    "sync.max_age": _duration(30, "age of knowledge from which a read fetches first", 0, DAY, MACHINE),
    "sync.read_deadline": _duration(2, "how long a read waits for the remote", 0, 30, MACHINE),
    "sync.network_deadline": _duration(30, "how long one command waits for the network", 1, 30, MACHINE),
    "sync.deadline": _duration(60, "how long one command takes in all", 1, 60, MACHINE),
    "hooks.pre_push": Setting(
        CHOICE, "advise", "what the pre-push check does", choices=("advise", "enforce", "warn", "off")
    ),
    "hooks.agent": Setting(
        CHOICE, "enforce", "what an agent's edit of a file that another holds does", choices=("enforce", "warn", "off")
    ),
    "hooks.auto_claim": _duration(30 * MINUTE, "how long the claim lasts that an edit takes by itself", MINUTE, DAY),
    "hooks.auto_join": Setting(FLAG, True, "whether a tool's session joins the co-op when exactly one is open"),
    "ci.conflicts": Setting(
        CHOICE, "fail", "what ci check does about a change under another agent's live claim", choices=("fail", "warn", "ignore")
    ),
    "ci.uncovered": Setting(
        CHOICE, "warn", "what ci check does about changed paths that no claim covered", choices=("ignore", "warn", "fail")
    ),
    "ci.proofs": Setting(
        CHOICE, "warn", "what ci check does about a claim proof that does not hold; require: every commit needs one that does",
        choices=("ignore", "warn", "fail", "require"),
    ),
    "hooks.deadline": _duration(5, "how long the pre-push check may take", 1, 5, MACHINE),
    "signing.mode": Setting(
        CHOICE, "off", "strict: what no allowed key signed is not taken; warn: the doctor names it",
        choices=("off", "warn", "strict"),
    ),
    "signing.allowed_signers": Setting(
        TEXT, ".gitcoord/allowed_signers", "file on the code's default branch that names who may sign, as ssh-keygen has it"
    ),
    "signing.key": Setting(
        TEXT, "", "ssh key that signs what is landed from here, as git's user.signingKey; empty: unsigned", scope=MACHINE
    ),
    "sessions.idle": _duration(30 * MINUTE, "silence after which the lapsed claims of a session are reaped; 0: never"),
    "reap.after": _duration(2 * HOUR, "silence after which a session is reaped as a whole; 0: never"),
    "carry.max_file": Setting(
        INTEGER, 10 * 1024 * 1024, "bytes of one file that a handoff carries", minimum=0, maximum=100 * 1024 * 1024
    ),
    "carry.max_total": Setting(
        INTEGER, 100 * 1024 * 1024, "bytes of all files that a handoff carries", minimum=0, maximum=1024 * 1024 * 1024
    ),
    "coops.max_members": Setting(INTEGER, 10, "sessions that may be in one co-op", minimum=1, maximum=100),
    "coops.active": _duration(30 * MINUTE, "silence up to which a co-op is active", MINUTE),
    "coops.idle": _duration(2 * HOUR, "silence up to which a co-op is idle", MINUTE),
    "coops.stale": _duration(6 * HOUR, "silence up to which a co-op is stale", MINUTE),
    "coops.max_lifetime": _duration(7 * DAY, "age at which a co-op expires", MINUTE),
    "loop.normal": _duration(30 * MINUTE, "how often a loop looks when little happens", 1, DAY),
    "loop.active": _duration(10 * MINUTE, "how often it looks while there is something new", 1, DAY),
    "loop.live": _duration(MINUTE, "how often a participant of a live thread looks", 1, DAY),
    "loop.stale": _duration(2 * HOUR, "how often it looks when nothing has happened for as long", 1, DAY),
    "loop.stop": _duration(6 * HOUR, "silence after which it hands over and stops", MINUTE, 30 * DAY),
    "threads.max_messages": Setting(INTEGER, 6, "messages that a thread may have in all", minimum=2, maximum=10),
    "threads.max_tokens": Setting(INTEGER, 800, "estimated tokens of all messages of a thread", minimum=50, maximum=1000),
    "threads.lifetime": _duration(30 * MINUTE, "how long a thread lives", MINUTE, 60 * MINUTE),
    "threads.max_participants": Setting(
        INTEGER, 2, "agents for whom a thread has room when fewer are named at its start", minimum=2, maximum=4
    ),
    "hotspots.share_at": Setting(
        INTEGER, 10, "contacts from which sharing a file is suggested", minimum=1, maximum=100_000
    ),
    "hotspots.split_at": Setting(
        INTEGER, 20, "contacts from which splitting a file up is suggested", minimum=1, maximum=100_000
    ),
    "hotspots.promote_at": Setting(
        INTEGER, 0, "contacts at which a file becomes a shared one by itself; 0: never", minimum=0, maximum=100_000
    ),
    "hotspots.promote_window": _duration(7 * DAY, "how long back hotspots.promote_at looks", DAY),
    "hotspots.demote_window": _duration(14 * DAY, "quiet time after which a promoted file is shared no more; 0: never"),
    "hotspots.subtree_min": Setting(
        INTEGER, 3, "promoted files of one folder from which the folder is shared instead; 0: never", minimum=0, maximum=1000
    ),
    "messages.keep": _duration(7 * DAY, "age at which a message to a group no longer waits for anybody", MINUTE),
    "messages.poll": _duration(10, "how often msg recv --follow asks the remote", 1, HOUR, MACHINE),
    "budgets.discover": _budget("discover", 400, 700),
    "budgets.status": _budget("status", 500, 800),
    "budgets.read": _budget("read", 800, 1200),
    "budgets.thread": _budget("thread read", 400, 700),
    "budgets.update": _budget("update", 150, 250),
    "budgets.handoff": _budget("handoff", 800, 1500),
    "budgets.claim": _budget("claim and check", 150, 400),
    "budgets.list": _budget("any list", 400, 800),
    "budgets.error": _budget("an error", 120, 300),
    "log.level": Setting(
        CHOICE, "warning", "what goes into the log", choices=("debug", "info", "warning", "error"), scope=MACHINE
    ),
}
_SECTIONS = frozenset(name.partition(".")[0] for name in DEFAULTS)
_IN_A_REF = frozenset(" ~^:?*[\\@{")
"""What a branch name may not contain (git check-ref-format); these settings end up in refspecs."""
_TRUE, _FALSE = ("true", "yes", "on", "1"), ("false", "no", "off", "0")


class Settings:
    """The value of every setting, and the layer that gave it.

    ``layers`` are ``(origin, values)``, the later wins; values are nested (``{"claims": {"ttl": {"file": …}}}``),
    dotted (``{"claims.ttl.file": …}``) or both. A placeholder is no value; the team's file speaks for no machine.
    """

    def __init__(self, layers: list[tuple[str, dict[str, Any]]]) -> None:
        self._found: dict[str, tuple[Any, str]] = {}
        self._extra: dict[str, tuple[Any, str]] = {}
        self._problems: list[str] = []
        for origin, values in layers:
            for name, value in _flat(values):
                self._take(origin, name, value)

    def get(self, name: str) -> Any:
        """The value in force. Raises KeyError for a name that is neither declared nor set anywhere."""
        return self.origin(name)[0]

    def origin(self, name: str) -> tuple[Any, str]:
        """``(value, origin)``; the origin of a default is ``default``."""
        found = self._found.get(name) or self._extra.get(name)
        return found if found is not None else (DEFAULTS[name].default, DEFAULT_ORIGIN)

    def names(self) -> list[str]:
        """Every declared setting, in the order of their declaration."""
        return list(DEFAULTS)

    def unknown(self) -> list[str]:
        """Names that a layer sets and no version that we know declares: perhaps a newer one, perhaps a slip."""
        return sorted(self._extra)

    def problems(self) -> list[str]:
        """One line for each value that could not be used as it stands."""
        return list(self._problems)

    def slips(self) -> list[str]:
        """One line for what this machine's file and environment set and is not taken as it stands, by the name under which
        it was set. What the team's file sets is the doctor's to tell: nobody here may be able to mend it."""
        if not self._problems and not self._extra:
            return []
        found = []
        for problem in self._problems:
            origin, _, said = problem.partition(": ")
            name, _, why = said.partition(": ")
            if origin in OWN_ORIGINS:
                shown = variable(name) if origin == ENVIRONMENT else f"{name} in {origin}"
                found.append(f"{shown}: {why}" if "outside its bounds" in why else f"{shown} is ignored: {why}")
        found += [f"{name} is ignored: there is no such setting" for name, (_, o) in self._extra.items() if o == ENVIRONMENT]
        return found

    def _take(self, origin: str, name: str, value: Any) -> None:
        declared = DEFAULTS.get(name)
        if declared is None:
            self._extra[name] = (value, origin)
            return
        if isinstance(value, str) and is_placeholder(value):
            return
        if declared.scope == MACHINE and origin == TEAM_FILE:
            self._problems.append(f"{origin}: {name} is a setting of each machine and is ignored here (config set --local)")
            return
        try:
            typed = typed_value(declared, value)
        except ValueError as problem:
            self._problems.append(f"{origin}: {name}: {problem}")
            return
        bounded = _bounded(declared, typed)
        if bounded != typed:
            bounds = f"{declared.minimum} to {declared.maximum}"
            self._problems.append(f"{origin}: {name}: {_shown(value)} is outside its bounds, {bounds}; {bounded} is used")
        self._found[name] = (bounded, origin)


def typed_value(declared: Setting, value: Any) -> Any:
    """The value as its type has it; text is understood as a person writes it. Raises ValueError with what was meant."""
    kind = declared.type
    if kind == FLAG:
        return _flag(value)
    if kind in (INTEGER, NUMBER, DURATION):
        return _number(kind, value)
    if not isinstance(value, str):
        raise ValueError(f"expected text, found {_shown(value)}")
    if kind == CHOICE and value not in declared.choices:
        raise ValueError(f"expected one of {', '.join(declared.choices)}, found {_shown(value)}")
    if not value.isprintable() or len(value) > 255 or value.startswith("-"):
        raise ValueError("expected at most 255 printable characters, the first of them no dash")
    if kind == REF and (not value.strip("/") or value[0] == "/" or ".." in value or not _IN_A_REF.isdisjoint(value)):
        raise ValueError(f"expected (the beginning of) a branch name, found {_shown(value)}")
    return value


def _flag(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    word = str(value).strip().lower()
    if word in _TRUE or word in _FALSE:
        return word in _TRUE
    raise ValueError(f"expected true or false, found {_shown(value)}")


def _number(kind: str, value: Any) -> float:
    if isinstance(value, str):
        value = _read_number(kind, value.strip())
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value - value != 0:
        raise ValueError(f"expected a number, found {_shown(value)}")
    if kind == INTEGER and value != int(value):
        raise ValueError(f"expected a whole number, found {_shown(value)}")
    return int(value) if value == int(value) and kind != NUMBER else value


def _read_number(kind: str, text: str) -> float:
    try:
        return int(text) if text.isascii() and text.isdigit() else float(text)
    except ValueError:
        pass
    if kind == DURATION:
        from gitcoord.errors import InvalidArguments
        from gitcoord.text import parse_duration

        try:
            return parse_duration(text)
        except InvalidArguments:
            pass
    expected = "a duration such as 90s, 45m, 4h, 1d" if kind == DURATION else "a number"
    raise ValueError(f"expected {expected}, found {_shown(text)}")


def _bounded(declared: Setting, value: Any) -> Any:
    if declared.minimum is not None and value < declared.minimum:
        return declared.minimum
    if declared.maximum is not None and value > declared.maximum:
        return declared.maximum
    return value


def _flat(values: Mapping[Any, Any], prefix: str = "", depth: int = 0) -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for key, value in values.items():
        name = f"{prefix}{key}"
        if isinstance(value, dict) and depth < 8:
            found += _flat(value, name + ".", depth + 1)
        elif value is not None:
            found.append((name, value))
    return found


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 40 else text[:39] + "…"


def variable(name: str) -> str:
    """``GITCOORD_CLAIMS_TTL_FILE`` for ``claims.ttl.file``."""
    return "GITCOORD_" + name.upper().replace(".", "_")


def from_environ(environ: Mapping[str, str]) -> dict[str, Any]:
    """The layer that ``GITCOORD_*`` variables make. One whose first word is a section of ours, and that names no
    setting, is handed on under its own name, so that :meth:`Settings.unknown` reports the slip."""
    given = [name for name in environ if name.startswith("GITCOORD_")]
    if not given:
        return {}
    known = {variable(name): name for name in DEFAULTS}
    found: dict[str, Any] = {}
    for name in given:
        if name in known:
            found[known[name]] = environ[name]
        elif name.split("_")[1].lower() in _SECTIONS:
            found[name] = environ[name]
    return found
