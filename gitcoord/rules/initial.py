"""The first files of the branch, and the check that no newer gitcoord has claimed it.

Format 1 of the branch is what this version of the codec and of the registry of kinds describe.
"""

from __future__ import annotations

from gitcoord.model.outcome import Event, Landed
from gitcoord.rules.asked import Refusal, subject

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gitcoord.model.intent import Intent
    from gitcoord.model.outcome import Outcome
    from gitcoord.model.snapshot import Snapshot
    from gitcoord.settings import Settings

FORMAT = 1
FORMAT_FILE, SETTINGS_FILE = "format.yml", "settings.yml"
FORMAT_TEXT = f"""\
# The format of this branch. A gitcoord that knows only older ones may read it, and refuses to write.
format: {FORMAT}
"""
SETTINGS_TEXT = """\
# Settings of the whole team: gitcoord config set NAME VALUE, or edit this file. gitcoord config list explains each.
"""
ATTRIBUTES_TEXT = """\
# For people who merge by hand; gitcoord itself never merges files. Without the driver named here git merges lines.
* text eol=lf
*.yml merge=gitcoord
*.md merge=gitcoord
*.jsonl merge=union
README.md merge=union
"""


def initialise(snapshot: Snapshot, intent: Intent, now: float, settings: Settings, revision: int) -> Outcome:
    """Layout and settings: revision 1. Where they are already, nothing changes."""
    if snapshot.file(FORMAT_FILE) is not None:
        return Landed([], [], {"outcome": "already-initialised"}, "")
    from gitcoord.rules.readme import FILE as README_FILE
    from gitcoord.rules.readme import branch_readme

    files = {
        FORMAT_FILE: FORMAT_TEXT,
        SETTINGS_FILE: _settings_text(intent),
        README_FILE: branch_readme(snapshot),
        ".gitattributes": ATTRIBUTES_TEXT,
    }
    result = {"outcome": "initialised", "files": sorted(files), "format": FORMAT}
    events = [Event("store.initialised", {}, {"format": FORMAT})]
    return Landed([], events, result, subject(intent, "branch initialised"), files)


def _settings_text(intent: Intent) -> str:
    given = intent.args.get("settings")
    if not given:
        return SETTINGS_TEXT
    from gitcoord.codec import yaml
    from gitcoord.rules.policy import checked_tree

    return SETTINGS_TEXT + "\n" + yaml.encode_tree(checked_tree(given)).decode()


def check_format(snapshot: Snapshot) -> None:
    """Raises Refusal when the branch was written in a newer format."""
    data = snapshot.file(FORMAT_FILE)
    found = format_of(data) if data else FORMAT
    if found > FORMAT:
        raise Refusal(
            "format-newer", f"The sync branch has format {found}; this gitcoord writes format {FORMAT}.",
            "Upgrade gitcoord (pipx upgrade gitcoord), then retry. Reading goes on working.", format=found,
        )  # fmt: skip


def format_of(data: bytes) -> int:
    """The number in ``format.yml``; 1 where none can be read."""
    for line in data.splitlines():
        name, colon, value = line.partition(b":")
        word = value.partition(b"#")[0].strip(b" \t\"'")
        if colon and name.strip() == b"format" and word.isdigit() and len(word) < 9:
            return int(word)
    return FORMAT
