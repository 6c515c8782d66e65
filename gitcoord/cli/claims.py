"""``claim check release renew claims``."""

from __future__ import annotations

from gitcoord.cli.command import DURATION, FLAG, INTEGER, Answer, Argument, Call, Command, Option

_TARGETS = Argument(
    "targets",
    "src/a.py, src/auth/, 'src/**/*.ts', src/a.py#Session::refresh, shared:F, module:M, branch:B, task:T, component:, env:, "
    "runner:",
    "*",
)
_SYMBOLS = (
    Option("--symbols", "Named declarations only; may be given again.", metavar="FILE:NAME[,NAME]", many=True),
    Option("--no-symbol-check", "Lift the guard that a symbol must be declared in the file.", type=FLAG),
)


def _claim(call: Call) -> Answer:
    from gitcoord.actions import claims
    from gitcoord.errors import ClaimConflict

    mode = call.get("mode") or "exclusive"
    try:
        found = claims.claim(
            call.workspace,
            call.texts("targets"),
            ttl=call.get("ttl"),
            mode="exclusive" if mode == "warn" else mode,
            description=call.get("description") or "",
            expected_revision=call.get("expected_revision"),
            allow_wide=call.flag("allow_wide"),
            take_over_live=call.flag("take_over_live"),
            accept_divergence=call.flag("accept_divergence"),
            accept_ownership=call.flag("accept_ownership"),
            task=call.get("task"),
            wait=call.get("wait"),
            urgency=call.get("urgency"),
            block=not call.flag("no_block"),
            symbols=call.texts("symbols"),
            symbol_check=not call.flag("no_symbol_check"),
            narrowable={"yes": True, "no": False}.get(call.get("narrowable") or ""),
        )
    except ClaimConflict as refusal:
        if mode != "warn":
            raise
        # A warning may not break the promise that two exclusive claims never overlap: nothing is claimed.
        found = {"outcome": "warned", "claims": [], "warnings": [refusal.message], **refusal.details}
    # A place in the queue is no claim: ``claim … && edit`` must not go on.
    return Answer("claim", found, exit=3 if found.get("outcome") == "queued" else None)


def _check(call: Call) -> Answer:
    from gitcoord.actions import checking

    found = checking.check(
        call.workspace, call.texts("targets"), symbols=call.texts("symbols"), symbol_check=not call.flag("no_symbol_check")
    )
    return Answer("check", found, exit=0 if found["free"] else 3)


def _release(call: Call) -> Answer:
    from gitcoord.actions import claims

    all_, no_hold = call.flag("all"), call.flag("no_hold")
    return Answer("release", claims.release(call.workspace, call.texts("claims"), all_=all_, no_hold=no_hold))


def _renew(call: Call) -> Answer:
    from gitcoord.actions import claims

    return Answer("renew", claims.renew(call.workspace, call.texts("claims"), ttl=call.get("ttl")))


def _claims(call: Call) -> Answer:
    from gitcoord.actions import claims

    chosen = {name: call.flag(name) for name in ("mine", "full", "holds", "active")}
    path = f"module:{call.get('module')}" if call.get("module") else call.get("path")
    return Answer("claims", claims.claims(call.workspace, path=path, all_=call.flag("all"), **chosen))


COMMANDS = {
    "claim": Command(
        "claim",
        _claim,
        "Claim what you will touch: all targets or none.",
        (
            "gitcoord claim src/auth/login.py --ttl 45m",
            "gitcoord claim 'src/**/*.ts' shared:package-lock.json",
            "gitcoord claim 'src/auth/login.py#Session::refresh'",
            "gitcoord claim src/auth/login.py --wait 10m",
        ),
        arguments=(_TARGETS,),
        options=(
            *_SYMBOLS,
            Option(
                "--ttl",
                "How long, such as 45m; 4h unless told, 2h for shared files.",
                type=DURATION,
                metavar="DURATION",
            ),
            Option(
                "--mode",
                "shared coexists with shared; warn only tells of an overlap: exit 0, nothing claimed.",
                choices=("exclusive", "shared", "warn"),
            ),
            Option("--wait", "Stand in the queue for what is held, up to 10m.", type=DURATION, metavar="DURATION"),
            Option(
                "--urgency",
                "Place in the queue: the more urgent first, then who came first.",
                choices=("low", "normal", "high", "blocking"),
            ),
            Option("--no-block", "With --wait: answer with the place in the queue at once (exit 3).", type=FLAG),
            Option("--description -d", "What for.", name="description", metavar="TEXT"),
            Option("--task", "Link the claims to a task.", metavar="TASK-n"),
            Option("--expected-revision", "Refuse when the state has moved on.", type=INTEGER, metavar="N"),
            Option("--accept-divergence", "Take it without the work that another gave back unlanded.", type=FLAG),
            Option(
                "--narrowable", "Whether symbols of it may go to others: files yes, directories and globs no, unless told.",
                choices=("yes", "no"),
            ),
            Option("--allow-wide", "Lift the limit of 100 files and 20 % of the repository.", type=FLAG),
            Option(
                "--take-over-live",
                "Take a claim from a holder that still lives; it is told, and it is recorded.",
                type=FLAG,
            ),
            Option("--accept-ownership", "Claim what the policy gives to others alone; it is recorded.", type=FLAG),
        ),
        more="Claiming again what you hold renews it. Targets are written from the root of the repository.",
    ),
    "check": Command(
        "check",
        _check,
        "Ask without claiming: exit 0 when free, 3 when held.",
        ("gitcoord check src/auth/login.py", "gitcoord check src/auth/ --json"),
        arguments=(_TARGETS,),
        options=_SYMBOLS,
    ),
    "release": Command(
        "release",
        _release,
        "Give claims back.",
        ("gitcoord release CLM-12", "gitcoord release --all"),
        arguments=(Argument("claims", "CLM-12, or the target that was claimed", "*"),),
        options=(
            Option("--all", "Everything that I and my session hold.", type=FLAG),
            Option("--no-hold", "Also where my work has not landed: others need not build on it.", type=FLAG),
        ),
    ),
    "renew": Command(
        "renew",
        _renew,
        "Extend claims; without a name all of mine.",
        ("gitcoord renew", "gitcoord renew CLM-12 --ttl 2h"),
        arguments=(Argument("claims", "CLM-12, or the target that was claimed", "*"),),
        options=(Option("--ttl", "How long from now.", type=DURATION, metavar="DURATION"),),
    ),
    "claims": Command(
        "claims",
        _claims,
        "Who holds what.",
        ("gitcoord claims", "gitcoord claims --mine", "gitcoord claims --path src/auth/"),
        options=(
            Option("--mine", "Only those of mine.", type=FLAG),
            Option("--path", "Only those that overlap this target.", metavar="TARGET"),
            Option("--module", "Only those that overlap the paths of this module.", metavar="NAME"),
            Option("--active", "Only those whose time is not over.", type=FLAG),
            Option("--all", "Released and superseded ones too.", type=FLAG),
            Option("--holds", "Claims given back whose work has not landed.", type=FLAG),
            Option("--full", "With every field.", type=FLAG),
        ),
    ),
}
