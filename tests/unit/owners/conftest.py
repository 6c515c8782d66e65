"""A desk of agents with a policy: ``desk.policy(text)`` lays one down as a person with an editor would."""

from __future__ import annotations

from typing import Any

import pytest

from gitcoord.rules.claims.scope import parse
from gitcoord.rules.owners.policy import FILE
from tests.unit.rules.conftest import Desk


class Office(Desk):
    def policy(self, text: str | None) -> None:
        if text is None:
            self.snapshot._files.pop(FILE, None)
        else:
            self.snapshot._files[FILE] = text.encode()

    def text(self, path: str = FILE) -> str:
        return (self.snapshot.file(path) or b"").decode()

    def asked(self, *targets: str) -> list[dict[str, Any]]:
        scopes = [parse(each, is_directory=lambda path: False) for each in targets]
        return [{"kind": s.kind, "scope": s.scope, "symbols": list(s.symbols), "files": None} for s in scopes]

    def takes(self, agent: str, *targets: str, **args: Any) -> dict[str, Any]:
        return self.does(agent, "claim.acquire", scopes=self.asked(*targets), **args)

    def may_not(self, agent: str, *targets: str, **args: Any) -> Any:
        return self.refused(agent, "claim.acquire", scopes=self.asked(*targets), **args)


@pytest.fixture
def desk() -> Office:
    return Office()
