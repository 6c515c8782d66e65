"""What ``init`` lands: the format, the settings, and a page for people who open the branch on a forge."""

from __future__ import annotations

from gitcoord.model.outcome import Denied, Event, Landed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gitcoord.model.intent import Intent
    from gitcoord.model.outcome import Outcome
    from gitcoord.model.snapshot import Snapshot
    from gitcoord.settings import Settings

FORMAT = 1
FORMAT_YML = f"format: {FORMAT}\n"
SETTINGS_YML = "# Settings of the whole team: gitcoord config list. Comments stay when gitcoord edits this file.\n"
ATTRIBUTES = "* text eol=lf\n*.md merge=gitcoord\n*.yml merge=gitcoord\n*.jsonl merge=union\n"
README = """# gitcoord

This branch is the shared record of who works on what in this repository. It is written by `gitcoord`, never
merged into code, and runs nothing. Every file is one entity; the folder says of which kind.

- `claims/`: what somebody has claimed, until when. `coops/`, `sessions/`, `agents/`: who works together.
- `blockers/`, `decisions/`, `tasks/`, `handoffs/`: questions, answers, work, and how it was passed on.
- `journal/`: every event, one file a writer and day. `attic/`: values that lost, kept.

To see who holds what: `gitcoord status` in any clone, or read `claims/` here. Please change nothing by hand
while agents work; what you do change is accepted when it is valid, and named by `gitcoord doctor` when not.
"""


def initialise(snapshot: Snapshot, intent: Intent, now: float, settings: Settings, revision: int) -> Outcome:
    if snapshot.file("format.yml") is not None:
        return Landed([], [], {"outcome": "already-initialised"}, "")
    files = {"format.yml": FORMAT_YML, "settings.yml": SETTINGS_YML, "README.md": README, ".gitattributes": ATTRIBUTES}
    return Landed([], [Event("store.initialised", {}, {"format": FORMAT})], {"outcome": "initialised"}, "initialise", files)


def refuse_newer(snapshot: Snapshot) -> Denied | None:
    """An older client may read what a newer one wrote, and refuses to write."""
    text = (snapshot.file("format.yml") or b"").decode("utf-8", "replace")
    for line in text.splitlines():
        key, colon, value = line.partition(":")
        if key.strip() == "format" and colon:
            word = value.strip().strip("\"'")
            if not word.isdigit() or int(word[:9]) > FORMAT:
                return Denied(
                    "format-newer", f"The sync branch has format {word[:20]}; this gitcoord writes format {FORMAT}.",
                    "pipx upgrade gitcoord   or: uv tool upgrade gitcoord",
                )  # fmt: skip
    return None
