"""The branch as a whole: its format, who wrote it, whether its record only ever grew, which files cannot be read."""

from __future__ import annotations

import shlex
from itertools import pairwise

from gitcoord.doctor.finding import broken, few, good, warned
from gitcoord.store import byhand
from gitcoord.text import counted
from gitcoord.workspace.byhand import mended_at

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitcoord.doctor.finding import Finding
    from gitcoord.doctor.patient import Patient
    from gitcoord.store.objects import Commit

#: Commits made by hand that are named one by one.
NAMED = 5
#: Landings whose signatures the doctor looks at.
SIGNED = 50


def format(patient: Patient) -> Iterator[Finding]:
    from gitcoord.rules.initial import FORMAT, FORMAT_FILE, format_of

    data = patient.reader.file(FORMAT_FILE)
    if data is None:
        yield warned("format", f"there is no {FORMAT_FILE} on the branch: it was never laid out", "gitcoord init")
        return
    found = format_of(data)
    if found > FORMAT:
        detail = f"the branch has format {found}; this gitcoord reads it, and refuses to write more than format {FORMAT}"
        yield broken("format", detail, "Upgrade gitcoord: pipx upgrade gitcoord")
    else:
        yield good("format", str(found))


def history(patient: Patient) -> Iterator[Finding]:
    """Commits that no gitcoord made, and revisions that do not rise. Fences rest on the revision."""
    commits = patient.commits()
    told = {str(event.get("intent_id")) for _, event in patient.events()}
    taken = [each for each in by_hand(commits) if _id_of(each) in told]
    foreign = [each for each in by_hand(commits) if _id_of(each) not in told]
    for each in foreign[:NAMED]:
        subject = each.message.partition("\n")[0]
        detail = f"{each.oid[:12]} by {each.author or 'nobody'}: {subject} ({_touched(patient, each)})"
        yield warned("hand-made", detail, f"git show {each.oid[:12]}")
    if len(foreign) > NAMED:
        yield warned("hand-made", f"and {len(foreign) - NAMED} more commits made by hand", f"git log {patient.ref}")
    if not foreign:
        merged = f"; {len(taken)} made by hand were taken, and the journal tells of them" if taken else ""
        yield good("hand-made", f"none waits among {counted(len(commits), 'newest commit')}{merged}")
    for newer, older in pairwise(commits):
        if newer.revision is not None and older.revision is not None and newer.revision <= older.revision:
            detail = f"revision {newer.revision} at {newer.oid[:12]} follows revision {older.revision} at {older.oid[:12]}"
            yield broken("revisions", detail + ": fences are not safe", f"git show {newer.oid[:12]}")


def by_hand(commits: list[Commit]) -> list[Commit]:
    """Every commit of gitcoord but the root carries its revision."""
    return [each for each in commits if each.revision is None and each.parents]


def _id_of(commit: Commit) -> str:
    """Under which the journal tells of a commit that was made by hand (``rules/byhand``)."""
    from gitcoord.model.ids import derived_ulid

    return derived_ulid("by hand", commit.oid)


def _touched(patient: Patient, commit: Commit) -> str:
    paths = [path for path, _, _ in _differences(patient, commit)]
    return ", ".join(sorted(paths)[:3]) + (f" and {len(paths) - 3} more" if len(paths) > 3 else "") or "no file"


def _differences(patient: Patient, commit: Commit) -> list[tuple[str, str | None, str | None]]:
    objects = patient.objects
    if objects.read(commit.parents[0]) is None:  # where a shallow clone ends
        return []
    return objects.differences(objects.commit(commit.parents[0]).tree, commit.tree)


def journal(patient: Patient) -> Iterator[Finding]:
    """Landed lines never change. Told by what this clone saw, and by what commits made by hand did."""
    from gitcoord.doctor.projection import findings_of

    found: dict[tuple[str, str], str] = {}
    for path, commit, reason in findings_of(patient):
        found[path, commit[:12]] = reason
    for each in by_hand(patient.commits()):
        for path, _, oid in _differences(patient, each):
            if path.startswith("journal/") and not _grew(patient, each, path, oid):
                found.setdefault((path, each.oid[:12]), "lines that had landed were changed or removed")
    for (path, oid), reason in sorted(found.items()):
        yield warned("journal", f"{path}: {reason} (seen at {oid})", f"git log -p {patient.ref} -- {shlex.quote(path)}")
    if not found:
        yield good("journal", "only ever grew, as far as this clone can tell")


def _grew(patient: Patient, commit: Commit, path: str, oid: str | None) -> bool:
    before = patient.objects.read(f"{commit.parents[0]}:{path}")
    after = patient.objects.read(oid) if oid else None
    return before is None or (after is not None and after[1].startswith(before[1]))


def edits(patient: Patient) -> Iterator[Finding]:
    """What people committed by hand since gitcoord last landed: what of it is not taken, and why."""
    if not patient.commits():
        return
    anchor = patient.ws.ledger.anchor(patient.commits()[0].oid)
    since = byhand.since_landing(patient.objects, patient.commits()[0].oid, anchor)
    if not since.steps:
        yield good("edits", "nothing was committed by hand since the last landing")
        return
    reader = patient.projection(patient.commits()[0].oid)
    found = mended_at(patient.objects, patient.commits()[0].oid, since, reader._db)
    for path, (_, reason) in sorted(found.refused.items())[:NAMED * 2]:
        yield warned("edits", f"{path}: {reason}", f"git log -p -2 {patient.ref} -- {shlex.quote(path)}")
    if len(found.refused) > NAMED * 2:
        yield warned("edits", f"and {len(found.refused) - NAMED * 2} more that are not taken", "gitcoord status --json")
    if not found.refused:
        yield good("edits", f"{counted(len(since.steps), 'commit')} made by hand taken; the next landing puts that into form")


def signatures(patient: Patient) -> Iterator[Finding]:
    """Who may sign, whether this machine can, and how many of the newest landings nobody allowed has signed."""
    from gitcoord.store import signing
    from gitcoord.workspace import trust

    told = patient.settings()
    mode, file = str(told.get("signing.mode")), told.get("signing.allowed_signers")
    if mode == signing.OFF:
        yield good("signatures", "nobody asks for them")
        return
    if signing.allowed_signers(patient.repo, patient.objects, patient.remote, str(file)) is None:
        detail = f"there is no {file} on the code's default branch as known here: no signature can be checked"
        yield broken("signatures", detail, "git fetch   (or commit that file)")
        return
    if not patient.ws.machine_settings().get("signing.key"):
        yield warned("signatures", "what is landed from here is not signed", "gitcoord config set signing.key PATH --local")
    newest = [each.oid for each in patient.commits() if each.revision is not None and each.parents][:SIGNED]
    verdicts = trust.signatures(patient.repo, patient.objects, patient.state, told).good(newest)
    bad = [oid for oid in newest if not verdicts[oid]]
    if bad:
        more = ", ".join(oid[:12] for oid in bad[:3])
        detail = f"{len(bad)} of the newest {len(newest)} landings are not signed by an allowed key: {more}"
        yield warned("signatures", detail, f"git show --show-signature {bad[0][:12]}")
    else:
        yield good("signatures", f"{mode}; the newest {len(newest)} landings are signed by allowed keys")


def files(patient: Patient) -> Iterator[Finding]:
    """Each file that cannot be read, by path, with the reason."""
    reader = patient.reader
    bad = reader.quarantined()
    ref = patient.ref

    def each() -> Iterator[Finding]:
        for entry in bad:
            path = entry["path"]
            yield broken("files", f"{path}: {entry['reason']}", f"git log -p -2 {ref} -- {shlex.quote(path)}")
        yield from _illegal(patient)

    found = False
    for finding in few("files", each(), "gitcoord validate"):
        found = True
        yield finding
    if not found:
        yield good("files", "every file of the branch can be read")


def _illegal(patient: Patient) -> Iterator[Finding]:
    """Entries that git cannot carry into a new commit: reads go on, every write fails."""
    seen: set[str] = set()
    for path, _, _ in patient.objects.walk(patient.commits()[0].tree):
        bad = any(part in ("", ".", "..") or part.lower() == ".git" for part in path.split("/"))
        if bad or path in seen:
            what = "a name that git refuses" if bad else "a name that stands twice"
            fix = f"Restore the tree of an earlier commit: git log --stat {patient.ref}"
            yield broken("files", f"{path}: {what}; reads go on, every write fails", fix)
        seen.add(path)
