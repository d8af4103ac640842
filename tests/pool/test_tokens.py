"""Tokens: what a query asks for is in every title that holds it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.pool.tokens import LONGEST_PREFIX, index_tokens, normalise, query_tokens, runs

HAN = st.text("赣南脐橙苹果手机壳红富士新鲜", min_size=1, max_size=8)


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("脐橙", ["脐橙"]),
        ("橙", ["橙"]),
        ("赣南脐橙", ["赣南", "南脐", "脐橙"]),
        ("苹果 礼盒", ["苹果", "礼盒"]),
        ("T恤", ["t恤"]),
        ("维C", ["维c"]),
        ("5斤", ["5斤"]),
        ("15斤", ["15", "斤"]),
        ("iPhone15Pro手机壳", ["iphone", "15", "pro", "手机", "机壳"]),
        ("A4纸", ["a4", "纸"]),
        ("500ml", ["500", "ml"]),
        ("Ａ４", ["a4"]),
        ("tasco望远镜", ["tasco", "望远", "远镜"]),
        ("脐橙脐橙", ["脐橙", "橙脐"]),
        ("！？ ～", []),
        ("", []),
    ],
)
def test_what_a_query_asks_for(text: str, tokens: list[str]) -> None:
    assert query_tokens(text) == tokens


def test_a_word_is_found_while_it_is_being_typed() -> None:
    title = set(index_tokens("Sansui/山水 iPhone15 话筒"))
    for typed in ("s", "sans", "SANSUI", "ipho", "iphone15", "15"):
        assert set(query_tokens(typed)) <= title
    for other in ("ansui", "phone", "5", "iphone5"):
        assert not set(query_tokens(other)) <= title


def test_a_lone_digit_belongs_to_what_follows() -> None:
    assert not set(query_tokens("5斤")) <= set(index_tokens("脐橙15斤装"))
    assert set(query_tokens("脐橙5斤")) <= set(index_tokens("脐橙 5斤装"))


@given(HAN, HAN, HAN)
def test_a_title_has_the_tokens_of_every_chinese_part_of_it(before: str, part: str, after: str) -> None:
    assert set(query_tokens(part)) <= set(index_tokens(before + part + after))


@given(st.text(max_size=60))
def test_a_title_has_its_own_tokens_whatever_it_is(text: str) -> None:
    tokens = index_tokens(text)
    assert set(query_tokens(text)) <= set(tokens)
    assert all(token and not any(character.isspace() for character in token) for token in tokens)
    assert all(len(token) <= 2 * LONGEST_PREFIX for token in tokens)


@given(st.text(max_size=60))
def test_no_letter_and_no_digit_is_lost(text: str) -> None:
    kept = iter("".join(runs(text)))
    assert all(character in kept for character in normalise(text) if character.isalnum())
