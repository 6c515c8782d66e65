"""``owners list why add remove team set import infer``."""

from __future__ import annotations

from gitcoord.cli.command import FLAG, INTEGER, Answer, Argument, Call, Command, Option

_MODULE = Argument("module", "its name, as in module:NAME")
_OWNER = Option("--owner", "@somebody; may be given again.", name="owners", metavar="@AGENT", many=True)
_ENFORCEMENT = Option("--enforcement", "hard refuses others, soft warns them.", choices=("soft", "hard"))


def _list(call: Call) -> Answer:
    from gitcoord.actions import owners

    found = owners.owners(call.workspace, call.get("output"))
    return Answer("export" if call.get("output") else "owners", found)


def _why(call: Call) -> Answer:
    from gitcoord.actions import owners

    return Answer("owners-why", owners.why(call.workspace, call.get("path")))


def _add(call: Call) -> Answer:
    from gitcoord.actions import owners

    who, how = call.texts("owners"), call.get("enforcement")
    return Answer("owners-set", owners.add(call.workspace, call.get("module"), call.texts("paths"), who, how))


def _remove(call: Call) -> Answer:
    from gitcoord.actions import owners

    who = call.texts("owners")
    return Answer("owners-set", owners.remove(call.workspace, call.get("module"), call.texts("paths"), who))


def _team(call: Call) -> Answer:
    from gitcoord.actions import owners

    who = call.texts("members")
    return Answer("owners-set", owners.team(call.workspace, call.get("team"), who, remove=call.flag("remove")))


def _set(call: Call) -> Answer:
    from gitcoord.actions import owners

    return Answer("owners-set", owners.set_file(call.workspace, call.get("file"), call.get("base")))


def _import(call: Call) -> Answer:
    from gitcoord.actions import owners

    how = call.get("enforcement")
    found = owners.import_codeowners(call.workspace, call.get("file"), enforcement=how, dry_run=call.flag("dry_run"))
    return Answer("owners-set", found)


def _infer(call: Call) -> Answer:
    from gitcoord.actions import owners

    days = call.get("days")
    return Answer("owners-infer", owners.infer(call.workspace, 90 if days is None else days, mine=call.flag("mine")))


COMMANDS = {
    "owners list": Command(
        "owners list",
        _list,
        "The ownership policy in force: modules, paths, owners, shared files.",
        ("gitcoord owners", "gitcoord owners list --output owners.yml"),
        options=(Option("--output -o", "Write the policy's text to a file.", name="output", metavar="FILE"),),
    ),
    "owners why": Command(
        "owners why",
        _why,
        "Whose a path is, and which line of the policy says so.",
        ("gitcoord owners why src/auth/login.py",),
        arguments=(Argument("path", "from the root of the repository"),),
    ),
    "owners add": Command(
        "owners add",
        _add,
        "Give a module paths and owners; a new one is made.",
        ("gitcoord owners add auth src/auth/ --owner @river", "gitcoord owners add auth --enforcement hard"),
        arguments=(_MODULE, Argument("paths", "src/auth/, 'src/**/*.pem'", "*")),
        options=(_OWNER, _ENFORCEMENT),
        more="Of several modules that name a path, the last one in the file has it.",
    ),
    "owners remove": Command(
        "owners remove",
        _remove,
        "Take paths or owners from a module; without any, the module itself.",
        ("gitcoord owners remove auth src/auth/old/", "gitcoord owners remove auth"),
        arguments=(_MODULE, Argument("paths", "as the policy has them", "*")),
        options=(_OWNER,),
    ),
    "owners team": Command(
        "owners team",
        _team,
        "Say for which agents an owner stands that is a team of the forge, or an address.",
        ("gitcoord owners team @acme/backend @river @sky", "gitcoord owners team @acme/backend @sky --remove"),
        arguments=(Argument("team", "@org/team or an address, as owners name it"), Argument("members", "@agent", "*")),
        options=(Option("--remove", "Take them out; without any, the team.", type=FLAG),),
    ),
    "owners set": Command(
        "owners set",
        _set,
        "The whole policy from a file.",
        ("gitcoord owners set owners.yml",),
        arguments=(Argument("file", "policy in YAML"),),
        options=(Option("--base", "Refuse when the policy is not the one with this base.", metavar="BASE"),),
    ),
    "owners import": Command(
        "owners import",
        _import,
        "Take over a CODEOWNERS file as modules; what cannot be said is named.",
        ("gitcoord owners import --dry-run", "gitcoord owners import .github/CODEOWNERS"),
        arguments=(Argument("file", "else the one of this repository", "?"),),
        options=(_ENFORCEMENT, Option("--dry-run", "Only tell what would be done.", name="dry_run", type=FLAG)),
    ),
    "owners infer": Command(
        "owners infer",
        _infer,
        "Who works where, from claims, handoffs, tasks and what this checkout has changed. Writes nothing.",
        ("gitcoord owners infer", "gitcoord owners infer --mine --json"),
        options=(
            Option("--days", "How many days to look back; 90 unless told.", type=INTEGER, metavar="N"),
            Option("--mine", "Only what I have changed here and claimed.", type=FLAG),
        ),
    ),
}
