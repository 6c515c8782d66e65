"""The check of a pull request against the sync branch: what merging it would do, and what of it would not be taken.

The merge is tried without a work tree, its objects are thrown away. Nothing is written, nobody has to have joined.
"""

from __future__ import annotations

from gitcoord import clock
from gitcoord.doctor.finding import broken, few, good, warned
from gitcoord.doctor.patient import NETWORK, Patient
from gitcoord.errors import CouldNotCheck, NotFound, NotInitialised
from gitcoord.model.kinds import kind_of_path
from gitcoord.rules.byhand.step import Step
from gitcoord.store import byhand, merging
from gitcoord.text import one_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from gitcoord.doctor.finding import Finding
    from gitcoord.rules.byhand.mend import Mended
    from gitcoord.store.objects import Objects

_GENERATED = ("README.md", ".gitattributes")


def review(directory: str, ref: str, base: str | None, *, offline: bool = False) -> dict[str, Any]:
    """``{"checks", "ok", "ref", "base"}``: one finding for each thing that is wrong, and for each that would happen.

    Raises:
        NotFound: there is no such commit. NotInitialised: no sync branch is known here. CouldNotCheck: see its words.
    """
    patient = Patient(directory, offline=offline, agent=None)
    try:
        patient.open()
        if not patient.took_part:
            patient.choose_remote()
        if not base and not offline and patient.remote:
            patient.register.fetch(NETWORK)  # as last fetched, where it cannot be asked
        onto = _commit(patient, base) if base else patient.tip
        if onto is None:
            raise NotInitialised("The sync branch is not known here.", hint="git fetch origin gitcoord-sync, or: --base REF")
        head = _commit(patient, ref)
        found = list(_examined(patient, onto, head))
    finally:
        patient.close()
    return {
        "checks": [each.as_json() for each in found], "ok": not any(each.broken for each in found), "repaired": [],
        "ref": head, "base": onto,
    }  # fmt: skip


def _commit(patient: Patient, name: str) -> str:
    args = ["rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}"]
    done = patient.repo.git.run(args, check=False)
    lines = done.out.decode().split()
    if done.code or not lines or len(lines[-1]) not in (40, 64):
        raise NotFound(f"There is no commit {one_line(name, 80)} here.", hint="git fetch origin, then name it: --ref REF")
    return lines[-1]


def _examined(patient: Patient, base: str, head: str) -> Iterator[Finding]:
    from gitcoord.store.objects import Objects

    repo = patient.repo
    with merging.Scratch(repo.common_dir) as scratch:
        tree, conflicts = _merged(patient, base, head, scratch.env)
        if conflicts:
            yield from conflicts
            return
        objects = Objects(repo.git.within(scratch.env), repo.oid_length)
        try:
            yield from _told(patient, objects, base, head, tree)
        finally:
            objects.close()


def _merged(patient: Patient, base: str, head: str, env: dict[str, str]) -> tuple[str, list[Finding]]:
    """The tree that merging gives; or what stands in the way."""
    git = patient.repo.git
    if git.run(["merge-base", "--is-ancestor", "--end-of-options", base, head], check=False).code == 0:
        return patient.objects.commit(head).tree, []
    merging.check_version(git)
    trial = merging.trial(git, base, head, env)
    if trial.kind == merging.ERROR and _unrelated(patient, base, head):
        raise CouldNotCheck(
            "It has no commit in common with the sync branch: it is no proposal and cannot be merged.",
            hint="gitcoord propose list   (branches that are proposals)",
        )
    if trial.kind == merging.ERROR:
        raise CouldNotCheck(f"git could not try the merge: {trial.detail}", hint="git fetch --unshallow, in a shallow clone")
    if trial.kind == merging.CONFLICT:
        return "", [_conflict(patient, base, head, path) for path in trial.files]
    return trial.tree, []


def _unrelated(patient: Patient, base: str, head: str) -> bool:
    """Whether two histories never met; a shallow clone cannot tell."""
    git = patient.repo.git
    shallow = git.run(["rev-parse", "--is-shallow-repository"], check=False).out.strip() != b"false"
    return not shallow and git.run(["merge-base", "--end-of-options", base, head], check=False).code == 1


def _conflict(patient: Patient, base: str, head: str, path: str) -> Finding:
    """Names the fields that both sides changed."""
    from gitcoord.codec import yaml
    from gitcoord.rules.byhand.judge import differences

    place = kind_of_path(path) if path.isascii() and path.isprintable() else None
    fields, name = "", path
    common = patient.repo.git.run(["merge-base", "--end-of-options", base, head], check=False).out.decode().strip()
    sides = [patient.objects.file(f"{commit}:{path}") for commit in (common, base, head)] if place is not None else []
    if place is not None and all(side is not None for side in sides):
        try:
            one, ours, theirs = (yaml.decode(place[0], side or b"", id=place[1]) for side in sides)
        except yaml.Malformed as problem:
            return broken("conflict", f"{path}: {problem.reason}", f"Merge {patient.branch} into the proposal; mend the file.")
        both = sorted(differences(one, ours).keys() & differences(one, theirs).keys())
        fields, name = (f": both sides changed {', '.join(both)}" if both else ""), ours.name
    return broken("conflict", f"{name} ({path}) conflicts with what has landed since{fields}",
                  f"Merge {patient.branch} into the proposal and decide which value stands.")  # fmt: skip


def _told(patient: Patient, objects: Objects, base: str, head: str, tree: str) -> Iterator[Finding]:
    from gitcoord.cache.snapshot import SqlSnapshot
    from gitcoord.rules.byhand.mend import mended

    known = patient.projection(base, mended=True)
    commit = objects.commit(head)
    step = Step(head, known.revision + 1, int(clock.now()), "whoever merges it", "", commit.message.partition("\n")[0])
    step.changes = byhand.changes(objects, objects.commit(base).tree, tree)
    found = mended(
        SqlSnapshot(known._db), [step], lambda path: objects.file(f"{base}:{path}"), lambda path: objects.file(f"{tree}:{path}")
    )
    yield from few("file", _problems(found))
    yield from _others(step)
    yield from _forged(patient, base, head)
    for event in found.events[:50]:
        name = event.body.get("alias") or event.body.get("file") or next(iter(event.refs.values()), "")
        if event.type == "decision.ratified":
            yield good("would", f"{name} becomes ratified: {event.body.get('title')}")
        elif event.type == "entity.edited":
            yield good("would", f"{name} {event.body.get('outcome')}: {', '.join(event.body.get('fields') or []) or 'new'}")
        elif event.type == "policy.changed":
            yield good("would", f"{name} changes")
    if not step.changes:
        yield warned("empty", "merging it changes nothing: it is in already, or empty")


def _problems(found: Mended) -> Iterator[Finding]:
    for path, (_, reason) in sorted(found.refused.items()):
        said = reason.partition(" (whoever merges it")[0]
        yield broken("file", f"{path}: {said}", "Restore the file, or change it so that it may stand: docs/review.md")


def _forged(patient: Patient, base: str, head: str) -> Iterator[Finding]:
    """Commits that say that gitcoord landed them."""
    args = ["rev-list", "--max-count=200", "--end-of-options", head, f"^{base}"]
    for oid in patient.repo.git.run(args, check=False).out.decode().split():
        if patient.objects.commit(oid).revision is not None:
            detail = f"commit {oid[:12]} says that gitcoord landed it, and it is not on the sync branch"
            yield broken("forged", detail, "Leave the commit out, or fetch the sync branch and check again.")


def _others(step: Step) -> Iterator[Finding]:
    """Files that are no entities, and such as stand where no entity may."""
    from gitcoord.cache.rows import FOLDERS
    from gitcoord.rules.owners.policy import FILE, Broken, read

    for change in step.changes:
        path, top = change.path, change.path.partition("/")[0]
        if path == FILE and change.data is not None:
            try:
                read(change.data)
            except Broken as problem:
                yield broken("policy", f"{path}: {problem}", "gitcoord owners list --output owners.yml   (the last good one)")
        elif top == "journal":
            yield broken("journal", f"{path}: the journal is written by gitcoord alone", "Leave it out of the proposal.")
        elif top in FOLDERS and kind_of_path(path) is None and change.data is not None:
            detail = f"{path}: not where an entity of this folder stands"
            yield broken("place", detail, "The file name is the id and never changes.")
        elif top not in FOLDERS and top not in ("policy", "settings.yml", "format.yml", *_GENERATED):
            yield warned("place", f"{path}: no file of this branch; gitcoord does not read it")
