"""Ranking: pure, explained, and the same whatever the order of the candidates."""

from __future__ import annotations

import random

import pytest

from studio.pool.search import Candidate, SearchQuery, near_enough, rank, rarity, wanted_tokens

TITLES = ["赣南脐橙新鲜水果5斤", "脐橙", "新鲜橙子榨汁", "苹果礼盒", "脐橙礼盒装送礼佳品赣南特产当季现摘现发顺丰包邮"]


def ranked(text: str, candidates: list[Candidate]) -> list[tuple[float, int]]:
    weights = {token: 1.0 for token in wanted_tokens(text)}
    return [(coverage, one.no) for coverage, one in rank(text, candidates, weights)]


def test_what_covers_more_comes_first_and_short_titles_before_long_ones() -> None:
    candidates = [Candidate(no, title, 0) for no, title in enumerate(TITLES)]
    order = [no for _, no in ranked("赣南脐橙", candidates)]
    assert order[0] == 0
    assert order.index(4) < order.index(1) < order.index(2)
    assert order[-1] == 3


def test_among_equals_what_sells_comes_first() -> None:
    candidates = [Candidate(1, "脐橙", 5), Candidate(2, "脐橙", 5000)]
    assert [no for _, no in ranked("脐橙", candidates)] == [2, 1]


def test_order_does_not_depend_on_the_order_of_arrival() -> None:
    candidates = [Candidate(no, random.Random(no).choice(TITLES), 7) for no in range(40)]
    expected = ranked("新鲜脐橙", candidates)
    random.Random(1).shuffle(candidates)
    assert ranked("新鲜脐橙", candidates) == expected


def test_only_what_covers_enough_is_near() -> None:
    candidates = [Candidate(no, title, 0) for no, title in enumerate(TITLES)]
    near = near_enough(rank("赣南脐橙", candidates, dict.fromkeys(wanted_tokens("赣南脐橙"), 1.0)))
    assert 3 not in {one.no for one in near}
    assert {0, 1, 4} <= {one.no for one in near}


def test_rare_tokens_tell_more_and_unknown_ones_nothing() -> None:
    assert rarity(1, 1000) > rarity(10, 1000) > rarity(900, 1000) > 0
    assert rarity(0, 1000) == 0


def test_a_query_that_makes_no_sense_is_refused() -> None:
    with pytest.raises(ValueError, match="sort"):
        SearchQuery("x", sort="beauty")
    with pytest.raises(ValueError, match="limit"):
        SearchQuery("x", limit=0)
