"""Pinyin: how words are spelled, and how typed letters may be read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pypinyin import lazy_pinyin

from studio.pool.pinyin import is_spellable, may_be_initials, spell, syllables, ways_to_read


@pytest.mark.parametrize(
    ("word", "spelled"),
    [("脐橙", ("qi cheng", "qc")), ("重庆", ("chong qing", "cq")), ("绿茶", ("lv cha", "lc")), ("女", ("nv", "n"))],
)
def test_spelling(word: str, spelled: tuple[str, str]) -> None:
    assert spell(word) == spelled


@given(st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=1, max_size=2))
def test_spelling_is_pypinyins(word: str) -> None:
    assert is_spellable(word)
    spelled, initials = spell(word)
    assert spelled == " ".join(lazy_pinyin(word))
    assert initials == "".join(one[0] for one in spelled.split())


@pytest.mark.parametrize(
    ("typed", "ways"),
    [
        ("qicheng", [("qi", "cheng")]),
        ("xian", [("xian",), ("xi", "an")]),
        ("gannanqicheng", [("gan", "nan", "qi", "cheng")]),
        ("nvzhuan", [("nv", "zhuan"), ("nv", "zhu", "an")]),
        ("qichengg", [("qi", "cheng", "g")]),
        ("iphone", []),
        ("qc", []),
        ("脐橙", []),
        ("", []),
    ],
)
def test_ways_to_read(typed: str, ways: list[tuple[str, ...]]) -> None:
    assert ways_to_read(typed) == ways


@given(st.lists(st.sampled_from(sorted(syllables())), min_size=1, max_size=5))
def test_what_was_typed_whole_is_read_whole(parts: list[str]) -> None:
    ways = ways_to_read("".join(parts))
    assert ways
    assert all("".join(way) == "".join(parts) and set(way) <= syllables() for way in ways)


def test_a_long_run_of_letters_ends_soon() -> None:
    assert len(ways_to_read("a" * 40)) <= 6
    assert ways_to_read("a" * 41) == []
    assert not may_be_initials("abcdefghi")
