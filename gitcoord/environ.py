"""What the environment says before anybody reads it: placeholders are as good as unset, older names stand for ours.

A tracked template may carry ``GITCOORD_AGENT=set-me``; a machine may still export the ``COORD_…`` names of the tool that
many teams come from. Called once a process, at its start; imports nothing.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import MutableMapping

PREFIX, LEGACY = "GITCOORD_", "COORD_"
_WORDS = frozenset(("setme", "changeme", "replaceme", "todo", "yournamehere", "exampleorg/examplerepo"))
_LEFT_OPEN = (("${", "}"), ("{{", "}}"), ("<", ">"), ("%", "%"))
_TTLS = tuple(f"CLAIMS_TTL_{kind}" for kind in ("FILE", "DIRECTORY", "GLOB", "SYMBOL", "MODULE", "BRANCH", "TASK", "COMPONENT"))
HOURS, DAYS = 3600, 86400
#: older name -> (ours, seconds of one of its units; 0: the value as it is).
ALIASES: dict[str, tuple[tuple[str, ...], int]] = {
    "COORD_SESSION_ID": (("SESSION_ID",), 0),
    "COORD_AGENT": (("AGENT",), 0),
    "COORD_REPO_ID": (("REPO_ID",), 0),
    "COORD_REPO_SCOPE": (("CLAIMS_SCOPE",), 0),
    "COORD_LOG_LEVEL": (("LOG_LEVEL",), 0),
    "COORD_MAX_CLAIM_FILES": (("CLAIMS_MAX_FILES",), 0),
    "COORD_MAX_CLAIM_RATIO": (("CLAIMS_MAX_RATIO",), 0),
    "COORD_DEFAULT_TTL_HOURS": (_TTLS, HOURS),
    "COORD_SHARED_TTL_HOURS": (("CLAIMS_TTL_SHARED",), HOURS),
    "COORD_IDLE_TIMEOUT_SEC": (("SESSIONS_IDLE",), 1),
    "COORD_REQUEST_TTL_SHORT_SEC": (("REQUESTS_CLAMP",), 1),
    "COORD_AUTO_PROMOTE_THRESHOLD": (("HOTSPOTS_PROMOTE_AT",), 0),
    "COORD_AUTO_PROMOTE_WINDOW_DAYS": (("HOTSPOTS_PROMOTE_WINDOW",), DAYS),
    "COORD_AUTO_PROMOTE_SUBTREE_MIN_FILES": (("HOTSPOTS_SUBTREE_MIN",), 0),
    "COORD_AUTO_DEMOTE_WINDOW_DAYS": (("HOTSPOTS_DEMOTE_WINDOW",), DAYS),
    "COORD_QUEUE_AGE_BOOST_SECONDS": (("QUEUE_AGE_BOOST",), 1),
}  # fmt: skip
_SERVER = "there is no server to reach; the sync branch is the state"
_SWEEP = "nothing sweeps: what has run out is taken inside the write that needs it"
#: older names without a counterpart, and why.
GONE = {
    "COORD_DATABASE_PATH": "the cache lies in the git directory and can be deleted at any time",
    "COORD_REPO_ROOT": "the repository is found from the folder, or with -C",
    "COORD_HOST": _SERVER, "COORD_PORT": _SERVER, "COORD_API_URL": _SERVER, "COORD_SERVICE_URL": _SERVER,
    "COORD_AUTH_TOKEN": "git's own credentials are used", "COORD_TOKEN": "git's own credentials are used",
    "COORD_ALLOW_INSECURE_NO_AUTH": _SERVER, "COORD_START_READY_TIMEOUT_SEC": _SERVER, "COORD_LOG_JSON": "the log is text",
    "COORD_CLEANUP_INTERVAL_SEC": _SWEEP, "COORD_DISABLE_BACKGROUND_CLEANUP": _SWEEP,
    "COORD_AUTO_DEMOTE_INTERVAL_SEC": _SWEEP, "COORD_DISABLE_INSTANCE_LOCK": "no lock here decides anything",
    "COORD_LS_FILES_CACHE_TTL_SEC": "git is asked when the list is needed", "COORD_HOME": "no state lies in the home folder",
    "COORD_NO_UPDATE_CHECK": "nothing asks for updates", "COORD_DISABLE_CLIENT_VALIDATION": "the rules decide on each write",
}  # fmt: skip


def adopt(environ: MutableMapping[str, str]) -> None:
    """Unset our variables that hold placeholders; then let older names speak for those of ours that are not set."""
    given = [name for name in environ if name.startswith((PREFIX, LEGACY))]
    for name in given:
        if is_placeholder(environ[name]) or not environ[name].strip():
            del environ[name]
    for name in given:
        if name in ALIASES and name in environ:
            ours, unit = ALIASES[name]
            for each in ours:
                environ.setdefault(PREFIX + each, _in_seconds(environ[name], unit))


def without_counterpart(environ: MutableMapping[str, str]) -> list[tuple[str, str]]:
    """Older names that are set and do nothing here, each with why."""
    return sorted((name, GONE[name]) for name in environ if name in GONE)


def is_placeholder(value: str) -> bool:
    """What a template holds where a person is to write something: ``set-me``, ``CHANGE_ME``, ``<name>``, ``${NAME}``,
    ``$NAME``, ``{{name}}``, ``%NAME%``."""
    text = value.strip()
    if any(len(text) > 2 and text.startswith(begin) and text.endswith(end) for begin, end in _LEFT_OPEN):
        return True
    if text.startswith("$"):
        return text[1:].replace("_", "").isalnum()
    return text.lower().replace("_", "").replace("-", "") in _WORDS


def _in_seconds(value: str, unit: int) -> str:
    try:
        return str(int(float(value) * unit)) if unit else value
    except (ValueError, OverflowError):
        return value
