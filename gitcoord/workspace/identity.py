"""Who is acting: the agent and its session, from options, the environment, or this worktree's binding."""

from __future__ import annotations

import os

from gitcoord.errors import Ambiguous, InvalidArguments, NotJoined
from gitcoord.model.ids import derived_ulid, is_ulid, new_ulid
from gitcoord.store.repository import escaped
from gitcoord.text import clean

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from gitcoord.cache.local import Local
    from gitcoord.store.repository import Repository

MAX_HANDLE = 64
#: Between an agent's name and that of one of its sub-agents.
SUB = "/sub-"
_TOOLS = (
    ("CLAUDECODE", "claude"), ("CLAUDE_CODE_SESSION_ID", "claude"), ("CURSOR_AGENT", "cursor"),
    ("CURSOR_TRACE_ID", "cursor"), ("CODEX_THREAD_ID", "codex"), ("CODEX_SANDBOX", "codex"), ("GEMINI_CLI", "gemini"),
    ("OPENCODE", "opencode"), ("GITHUB_ACTIONS", "actions"),
)  # fmt: skip


def tool(environ: Mapping[str, str]) -> str:
    """The agent tool that runs us, as far as its environment tells."""
    named = environ.get("AI_AGENT", "").split("_")[0]
    if named:
        return clean(named)[:32]
    return next((name for variable, name in _TOOLS if environ.get(variable)), "shell")


def checked_handle(text: str) -> str:
    """A handle such as ``river`` or ``alex/claude/main``: printable, one word, at most 64 characters."""
    handle = text.strip()
    bad = not handle or len(handle) > MAX_HANDLE or handle != clean(handle) or any(c.isspace() for c in handle)
    if bad or handle.startswith("-") or any(part in ("", ".", "..") for part in handle.split("/")):
        raise InvalidArguments(
            f"{clean(text)[:80]!r} cannot name an agent: use up to {MAX_HANDLE} printable characters without spaces.",
            hint="gitcoord --as river …",
        )
    return handle


#: Where a tool names its session to the commands that its agent runs; its hooks are given the same name.
_SESSIONS = (("CLAUDE_CODE_SESSION_ID", "claude"), ("CODEX_THREAD_ID", "codex"), ("GEMINI_SESSION_ID", "gemini"))


def session_of_tool(tool: str, session: str) -> str:
    """The pin under which the hooks of a tool's session act."""
    return f"{tool} {session}"


def _hooked_session(environ: Mapping[str, str], bindings: list[dict[str, Any]]) -> str:
    """The session that a tool's hooks have bound here, when this command is run by its agent; else empty."""
    known = {each["session_id"] for each in bindings}
    for variable, tool in _SESSIONS:
        name = environ.get(variable, "")
        found = derived_ulid("session", session_of_tool(tool, name)) if name else ""
        if found in known:
            return found
    return ""


def _without_subs(bindings: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Sub-agents of a session are named by its hooks alone: whoever types a command is the agent they belong to."""
    mains = {(each["agent"], each["session_id"]) for each in bindings}
    return [each for each in bindings if (each["agent"].rpartition(SUB)[0], each["session_id"]) not in mains]


def pinned_session(environ: Mapping[str, str]) -> str:
    """``GITCOORD_SESSION_ID`` as an id: the same words name the same session, in every clone."""
    pin = escaped(environ.get("GITCOORD_SESSION_ID", "").strip())
    if not pin:
        return ""
    return pin if is_ulid(pin) else derived_ulid("session", pin)


def default_handle(environ: Mapping[str, str]) -> str:
    """``human/tool/slot`` for whoever did not say a name; the slot is the window."""
    human = environ.get("LOGNAME") or environ.get("USER") or "someone"
    return f"{clean(human)[:24] or 'someone'}/{tool(environ)}/main".replace(" ", "-")


def host_id() -> str:
    """Tells machines apart without naming them on the branch."""
    return derived_ulid("host", os.uname().nodename)[-8:]


def place_id(worktree: str) -> str:
    """Tells the worktrees of a machine apart without naming them on the branch."""
    return derived_ulid("place", os.uname().nodename, escaped(worktree))[-8:]


class Identity:
    """An agent in a worktree. ``agent_id`` is a proposal until the agent's record has landed."""

    __slots__ = ("agent", "agent_id", "bound", "coop", "name", "session_id")

    def __init__(
        self, agent: str, agent_id: str, session_id: str, coop: str = "", name: str = "", *, bound: bool = False
    ) -> None:
        self.agent, self.agent_id, self.session_id, self.coop, self.name = agent, agent_id, session_id, coop, name
        self.bound = bound


def resolve(local: Local, worktree: str, option: str | None, environ: Mapping[str, str], now: float) -> Identity:
    """Who acts in this worktree.

    Raises:
        NotJoined: no agent is named and none is bound here.
        Ambiguous: no agent is named and several are bound here.
    """
    bindings = local.bindings(worktree)
    named = environ.get("GITCOORD_AGENT", "") if option is None else option or " "
    pinned = pinned_session(environ)
    if named:
        handle = checked_handle(named)
        mine = [each for each in bindings if each["agent"] == handle]
        if mine:
            return _bound(mine[0], pinned)
        return Identity(handle, new_ulid(now), pinned or new_ulid(now))
    pinned = pinned or _hooked_session(environ, bindings)
    if pinned:
        bindings = [each for each in bindings if each["session_id"] == pinned] or bindings
    bindings = _without_subs(bindings)
    if not bindings:
        raise NotJoined(
            "No agent is known in this worktree.", hint="gitcoord join   (or start; or name one: gitcoord --as NAME …)"
        )
    joined = [each for each in bindings if each.get("coop")]
    if len(joined) == 1:  # others were named for a single act; this one works here
        return _bound(joined[0], pinned)
    if len(bindings) > 1:
        names = sorted(each["agent"] for each in bindings)
        raise Ambiguous(
            f"Several agents are bound to this worktree: {', '.join(names)}.",
            hint=f"gitcoord --as {names[0]} …",
            candidates=names,
        )
    return _bound(bindings[0], pinned)


def _bound(binding: dict[str, str], pinned: str) -> Identity:
    return Identity(
        binding["agent"], binding["agent_id"], pinned or binding["session_id"], binding.get("coop") or "",
        binding.get("name") or "", bound=True,
    )  # fmt: skip


#: So much of a clone's id is told on the branch; its carrier has it in its name.
CLONE = 10


def author_id(repo: Repository, environ: Mapping[str, str]) -> str:
    """Tells whose name the commits made here bear, without naming anybody on the branch; empty when git does not know."""
    named = {name: environ[name] for name in ("GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL") if environ.get(name)}
    found = repo.work_git.run(["var", "GIT_AUTHOR_IDENT"], check=False, deadline=5.0, env=named)
    email = found.out.decode("utf-8", "replace").rpartition("> ")[0].rpartition("<")[2] if not found.code else ""
    return author_of(email)


def author_of(email: str) -> str:
    return derived_ulid("author", email.strip().lower())[-16:] if email.strip() else ""


def actor(
    identity: Identity, environ: Mapping[str, str], worktree: str, branch: str, clone_id: str, author: str = ""
) -> dict[str, str]:
    """What an intent says of who wrote it."""
    return {
        "agent": identity.agent, "agent_id": identity.agent_id, "session_id": identity.session_id,
        "host_id": host_id(), "window_id": escaped(environ.get("TERM_SESSION_ID", "")[:64]) or str(os.getsid(0)),
        "tool": tool(environ), "worktree": escaped(os.path.basename(worktree)), "branch": branch, "coop": identity.coop,
        "place_id": place_id(worktree), "author_id": author, "clone": clone_id[-CLONE:],
    }  # fmt: skip
