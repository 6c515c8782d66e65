"""Which process of this machine an agent is, and whether it still runs. Knows only what ``/proc`` tells.

A command of ours lives for a moment, and so does the shell that an agent starts it in; the agent is the first
ancestor that is neither. A process id alone names nobody: ids are used again, so the start time goes with it.
"""

from __future__ import annotations

import os

_SHELLS = frozenset({
    "sh", "bash", "dash", "zsh", "fish", "ksh", "ash", "env", "timeout", "nice", "nohup", "setsid", "xargs", "make", "just",
    "uv", "uvx", "pipx", "git", "gitcoord", "sudo", "busybox", "time", "script",
})  # fmt: skip
#: What lives as long as the machine or a window does, whoever works in it.
_HOSTS = frozenset({
    "systemd", "init", "launchd", "sshd", "sshd-session", "login", "su", "tmux", "tmux: server", "screen", "cron", "crond",
    "dockerd", "containerd-shim", "containerd-shim-runc-v2", "tini", "docker-init", "dumb-init", "gnome-terminal-", "konsole",
    "xterm", "kitty", "alacritty", "foot", "wezterm-gui", "conmon", "supervisord",
})  # fmt: skip
_DEEPEST = 24


def mine() -> tuple[int, str] | None:
    """``(pid, start time)`` of the agent that called us; None where the system does not tell."""
    pid = os.getppid()
    outermost: tuple[int, str] | None = None
    for _ in range(_DEEPEST):
        found = _stat(pid)
        if found is None:
            return outermost
        name, parent, started = found
        if pid <= 1 or name in _HOSTS:
            return outermost
        if name not in _SHELLS:
            return pid, started
        outermost, pid = (pid, started), parent
    return outermost


def alive(pid: int, started: str) -> bool | None:
    """Whether that very process runs; None where the system does not tell."""
    if not os.path.isdir("/proc/self"):
        return None
    found = _stat(pid)
    return found is not None and found[2] == started


def _stat(pid: int) -> tuple[str, int, str] | None:
    """``(name, parent, start time)``; a process that is dead and not yet waited for is none."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
            text = file.read()
    except OSError:
        return None
    name = text[text.index("(") + 1 : text.rindex(")")]
    fields = text[text.rindex(")") + 2 :].split()
    return (name, int(fields[1]), fields[19]) if fields[0] not in "ZX" else None
