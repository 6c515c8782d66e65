"""Every way in which gitcoord can refuse or fail, with its slug and exit code.

One boundary (``cli/boundary.py``) turns these into exits; nothing else prints or exits.

::

    GitcoordError                      exit  slug
    ├── InvalidArguments                2    invalid-arguments
    │   └── ScopeInvalid                2    scope-invalid
    ├── Refused
    │   ├── CheckFailed                 1    check-failed
    │   ├── ClaimConflict               3    claim-conflict
    │   ├── RevisionConflict            4    state-revision-conflict
    │   ├── SessionBindingConflict      4    session-binding-conflict
    │   ├── SessionEpochConflict        4    session-epoch-conflict
    │   ├── LeaseTokenConflict          4    lease-token-conflict
    │   ├── IdempotencyMismatch         4    idempotency-mismatch
    │   ├── Expired                     4    expired
    │   ├── NotFound                    5    not-found
    │   ├── Ambiguous                   5    ambiguous
    │   ├── CapExceeded                 7    cap-exceeded
    │   └── RateLimited                 7    rate-limited
    ├── Provisional                     6    provisional
    ├── CouldNotCheck                   8    could-not-check
    │   ├── Unreachable                 8    unreachable
    │   ├── Busy                        8    busy
    │   ├── TimedOut                    8    timed-out
    │   └── RemoteRefused               8    remote-refused
    ├── NeedsRepair                     9    needs-repair
    │   ├── HistoryRewritten            9    history-rewritten
    │   ├── FormatNewer                 9    format-newer
    │   ├── ClockImplausible            9    clock-implausible
    │   └── LocalStorage                9    local-storage
    └── NotReady                       10
        ├── NotARepository             10    not-a-repository
        ├── NotInitialised             10    not-initialised
        └── NotJoined                  10    not-joined
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

EXIT_BUG = 70
EXIT_INTERRUPTED = 130


class GitcoordError(Exception):
    """Something a person can act on: what happened, and the command that helps."""

    code = "failed"
    exit_code = 1

    def __init__(self, message: str, *, hint: str = "", **details: Any) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.details: dict[str, Any] = details

    def as_json(self) -> dict[str, Any]:
        """The ``{"error": …}`` object of protocol section 6."""
        return {
            "error": {"code": self.code, "message": self.message, "hint": self.hint, **self.details}
        }


class InvalidArguments(GitcoordError):
    code, exit_code = "invalid-arguments", 2


class ScopeInvalid(InvalidArguments):
    code = "scope-invalid"


class Refused(GitcoordError):
    """A rule looked at the state and said no."""


class CheckFailed(Refused):
    code = "check-failed"


class ClaimConflict(Refused):
    code, exit_code = "claim-conflict", 3


class RevisionConflict(Refused):
    code, exit_code = "state-revision-conflict", 4


class SessionBindingConflict(Refused):
    code, exit_code = "session-binding-conflict", 4


class SessionEpochConflict(Refused):
    code, exit_code = "session-epoch-conflict", 4


class LeaseTokenConflict(Refused):
    code, exit_code = "lease-token-conflict", 4


class IdempotencyMismatch(Refused):
    code, exit_code = "idempotency-mismatch", 4


class Expired(Refused):
    """Asked for so long ago that it no longer means what it meant."""

    code, exit_code = "expired", 4


class NotFound(Refused):
    code, exit_code = "not-found", 5


class Ambiguous(Refused):
    code, exit_code = "ambiguous", 5


class CapExceeded(Refused):
    code, exit_code = "cap-exceeded", 7


class RateLimited(Refused):
    code, exit_code = "rate-limited", 7


class Provisional(GitcoordError):
    """Durable on this machine, not on the remote."""

    code, exit_code = "provisional", 6


class CouldNotCheck(GitcoordError):
    code, exit_code = "could-not-check", 8


class Unreachable(CouldNotCheck):
    code = "unreachable"


class Busy(CouldNotCheck):
    code = "busy"


class TimedOut(CouldNotCheck):
    code = "timed-out"


class RemoteRefused(CouldNotCheck):
    code = "remote-refused"


class NeedsRepair(GitcoordError):
    code, exit_code = "needs-repair", 9


class HistoryRewritten(NeedsRepair):
    code = "history-rewritten"


class FormatNewer(NeedsRepair):
    code = "format-newer"


class ClockImplausible(NeedsRepair):
    code = "clock-implausible"


class LocalStorage(NeedsRepair):
    code = "local-storage"


class NotReady(GitcoordError):
    exit_code = 10


class NotARepository(NotReady):
    code = "not-a-repository"


class NotInitialised(NotReady):
    code = "not-initialised"


class NotJoined(NotReady):
    code = "not-joined"


def _tree(root: type[GitcoordError]) -> list[type[GitcoordError]]:
    found = [root]
    for child in root.__subclasses__():
        found += _tree(child)
    return found


BY_CODE: dict[str, type[GitcoordError]] = {each.code: each for each in _tree(GitcoordError)}


def from_refusal(code: str, message: str, hint: str, details: dict[str, Any]) -> GitcoordError:
    """The error class for a slug that travelled as data (an outcome in the outbox)."""
    return BY_CODE.get(code, Refused)(message, hint=hint, **details)
