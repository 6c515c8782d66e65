"""``hooks install uninstall status``."""

from __future__ import annotations

from gitcoord.cli.command import FLAG, Answer, Call, Command, Option

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gitcoord.store.repository import Repository

_YES = Option("--yes -y", "Also add the marked block to a hook that somebody else manages.", name="yes", type=FLAG)
_DRY = Option("--dry-run", "Say what would be written, write nothing.", type=FLAG)


def _repository(call: Call) -> Repository:
    from gitcoord.store import repository

    return repository.find(call.directory)


def _install(call: Call) -> Answer:
    from gitcoord.hooks import install

    flags = {name: call.flag(name) for name in ("yes", "dry_run", "proofs")}
    found = install.install(_repository(call), **flags)
    return Answer("hooks", {"outcome": "installed", **found})


def _uninstall(call: Call) -> Answer:
    from gitcoord.hooks import install

    return Answer("hooks", {"outcome": "uninstalled", **install.uninstall(_repository(call))})


def _status(call: Call) -> Answer:
    from gitcoord.hooks import install

    return Answer("hooks", install.status(_repository(call)))


COMMANDS = {
    "hooks install": Command(
        "hooks install",
        _install,
        "Install the pre-push check beside whatever hooks there are.",
        ("gitcoord hooks install", "gitcoord hooks install --proofs", "gitcoord hooks install --dry-run"),
        options=(
            _YES, _DRY, Option("--proofs", "Also the hook that writes claim proofs into commit messages.", type=FLAG),
        ),
    ),
    "hooks uninstall": Command(
        "hooks uninstall",
        _uninstall,
        "Remove it and restore the bytes.",
        ("gitcoord hooks uninstall",),
    ),
    "hooks status": Command(
        "hooks status",
        _status,
        "Whether git would really run it.",
        ("gitcoord hooks status",),
    ),
}
