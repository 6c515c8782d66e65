"""What a remote said of a refusal, as it is told: its own words, and no cut that does not show."""

from __future__ import annotations

import pytest

from gitcoord.workspace.transport import LONGEST, brief


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("[remote rejected] (pre-receive hook declined) remote: only claude/* may be pushed error: failed to push some refs",
         "only claude/* may be pushed"),
        ("[remote rejected] (pre-receive hook declined)", "(pre-receive hook declined)"),
        ("error: RPC failed; HTTP 403 curl 22 The requested URL returned error: 403", "HTTP 403"),
        ("", "refused"),
    ],
)  # fmt: skip
def test_a_refusal_is_told_in_the_words_of_the_remote(said: str, told: str) -> None:
    assert brief(said) == told


def test_a_long_explanation_ends_in_a_mark_that_there_is_more() -> None:
    told = brief("remote: ERR " + "because of a policy " * 40)
    assert told.startswith("ERR because") and told.endswith("…") and len(told) <= LONGEST
