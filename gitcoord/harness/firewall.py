"""What an agent may not read or write by hand: cache, outbox and cursors in the git directory.

They change under their readers, are large, and mean nothing without the rules: the commands give the same, capped. Only
what is surely ours is refused. Open to everybody: ``local.yml``, logs, and writes that were set aside as unreadable,
which other messages send people to. Looks at paths and asks no git; a shell that hides the path gets through.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gitcoord.harness.payload import Call

#: No payload without one of these can name such a path: most calls end here, before anything else is imported.
_SIGNS = ("git/gitcoord", "git\\gitcoord", ")/gitcoord", ')\\"/gitcoord')
_HOME = "gitcoord"
#: How a folder is known to be our home, beside its name and its place in a git directory.
_OURS = ("state.json", "cache.db", "local.db", "outbox")
#: ``$(git rev-parse --git-dir)/gitcoord/…`` and its like.
_ASKED = ("git-dir)", "git-common-dir)")
_BREAKS = frozenset(" \t\n\r\"'`;|&<>()=,:?*{}[]")
#: A text within a command names a file only where something opens it.
_OPENERS = ("sqlite", "open(", "sh -c", "python -c", "python3 -c", "eval ")


def suspected(data: bytes) -> bool:
    """Whether a payload may concern us at all."""
    text = data.decode("utf-8", "replace")
    return any(sign in text for sign in _SIGNS)


def refused(call: Call) -> str:
    """The first path of the call that is ours, as the call wrote it; empty when there is none."""
    named = [*call.paths, *call.reads]
    if call.script:
        named += _in_script(call.script)
    return next((path for path in named if is_ours(call.cwd, path)), "")


def is_ours(cwd: str, path: str) -> bool:
    """Whether the path lies in a home of ours, and is not one of the files that are for people."""
    if any(path.startswith(asked + "/" + _HOME) for asked in _ASKED):
        return not _open(path.partition(_HOME)[2].strip("/\""))
    full = os.path.join(cwd or os.getcwd(), os.path.expanduser(path.replace("\\", "/")))
    parts = os.path.realpath(full).split("/")
    for at, part in enumerate(parts):
        if part == _HOME and _is_home("/".join(parts[: at + 1])):
            return not _open("/".join(parts[at + 1 :]))
    return False


def _is_home(folder: str) -> bool:
    holder = os.path.dirname(folder)
    return os.path.exists(f"{holder}/HEAD") and any(os.path.exists(f"{folder}/{each}") for each in _OURS)


def _open(inner: str) -> bool:
    return inner == "local.yml" or inner.startswith("log/") or inner.endswith(".unreadable")


def _in_script(script: str) -> list[str]:
    """The words of a command that may name our home. A quoted sentence, such as a commit's message, is none."""
    opens, found = any(opener in script for opener in _OPENERS), []
    for text in _quoted_apart(script if opens else _without_documents(script)):
        if opens or not any(each.isspace() for each in text) or any(asked in text for asked in _ASKED):
            found += _names(text)
    return found


def _without_documents(script: str) -> str:
    """Less what a shell reads as text (``<<EOF``): it is written somewhere, and opens nothing."""
    import re

    return re.sub(r"<<-?\s*(['\"]?)(\w+)\1(.*?)\n.*?\n\s*\2[ \t]*(?=\n|$)", r" \3", script, flags=re.DOTALL)


def _quoted_apart(script: str) -> list[str]:
    """Words as a shell parts them, nearly: quoted texts are one word, with whatever stands beside them."""
    words, word, quote = [], "", ""
    for letter in script:
        if quote:
            quote = "" if letter == quote else quote
            word += letter if quote else ""
        elif letter in "\"'":
            quote = letter
        elif letter in " \t\n\r;|&<>":
            words.append(word)
            word = ""
        else:
            word += letter
    return [each for each in (*words, word) if _HOME in each]


def _names(text: str) -> list[str]:
    """Each run of letters around our name that could be a path."""
    found, at = [], text.find(_HOME)
    while at >= 0:
        start, end = at, at + len(_HOME)
        while start > 0 and text[start - 1] not in _BREAKS:
            start -= 1
        while end < len(text) and text[end] not in _BREAKS:
            end += 1
        asked = next((each for each in _ASKED if text[:start].endswith(each)), "")
        found.append(asked + text[start:end])
        at = text.find(_HOME, end)
    return found
