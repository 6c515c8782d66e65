"""``request-release respond requests``."""

from __future__ import annotations

from gitcoord.cli.command import DURATION, FLAG, Answer, Argument, Call, Command, Option


def _request(call: Call) -> Answer:
    from gitcoord.actions import requests

    found = requests.request_release(
        call.workspace,
        call.get("claim"),
        call.get("reason") or "",
        urgency=call.get("urgency") or "normal",
        wait=call.get("wait"),
        wanted=call.texts("wanted"),
        block=not call.flag("no_block"),
    )
    return Answer("request-release", found)


def _respond(call: Call) -> Answer:
    from gitcoord.actions import requests

    found = requests.respond(
        call.workspace, call.get("request"), call.get("answer"), call.texts("words"), call.get("reason") or ""
    )
    return Answer("respond", found)


def _requests(call: Call) -> Answer:
    from gitcoord.actions import requests

    mine, pending, queued = call.flag("mine"), call.flag("pending"), call.flag("queued")
    return Answer("requests", requests.requests(call.workspace, mine, pending, queued, call.flag("all")))


COMMANDS = {
    "request-release": Command(
        "request-release",
        _request,
        "Ask a holder to give a claim up; five minutes are left of it at most until it answers.",
        (
            'gitcoord request-release CLM-12 --reason "the login fix is blocked"',
            'gitcoord request-release CLM-12 --reason "one line" --for src/auth/login.py --wait 5m',
        ),
        arguments=(Argument("claim", "CLM-n, or a target that somebody holds"),),
        options=(
            Option("--reason", "Why; the holder reads it.", metavar="TEXT"),
            Option("--urgency", "How urgent it is.", choices=("low", "normal", "high", "blocking")),
            Option("--wait", "Stand in the queue for it, up to 10m.", type=DURATION, metavar="DURATION"),
            Option(
                "--for", "What you need, if not all of it; with --wait, what you wait for.", name="wanted", metavar="TARGET",
                many=True,
            ),
            Option("--no-block", "With --wait: do not wait for the answer here.", type=FLAG),
        ),
    ),
    "respond": Command(
        "respond",
        _respond,
        "Answer a request for a claim of yours.",
        (
            "gitcoord respond REQ-2 approve",
            'gitcoord respond REQ-2 deny --reason "ten more minutes"',
            "gitcoord respond REQ-2 narrow src/auth/login.py",
            "gitcoord respond REQ-2 coexist Session::refresh",
        ),
        arguments=(
            Argument("request", "REQ-n"),
            Argument("answer", "approve, deny, narrow or coexist", choices=("approve", "deny", "narrow", "coexist")),
            Argument("words", "narrow: what you keep; coexist: the symbols that the other gets", "*"),
        ),
        options=(Option("--reason", "What to tell the other.", metavar="TEXT"),),
        more="The holder answers, or a person: gitcoord --as human:alex respond REQ-2 approve.",
    ),
    "requests": Command(
        "requests",
        _requests,
        "Requests to you and of yours, claims of yours that were narrowed, writes that lost.",
        ("gitcoord requests", "gitcoord requests --pending", "gitcoord requests --mine --queued"),
        options=(
            Option("--mine", "Only those that I filed.", type=FLAG),
            Option("--pending", "Only those that wait for my answer.", type=FLAG),
            Option("--queued", "My places in the queue too.", type=FLAG),
            Option("--all", "Everybody's, answered ones too.", type=FLAG),
        ),
    ),
}
