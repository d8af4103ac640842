"""What is asked of the pool, what it answers, and how hits are ranked; pure."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from studio.core.goods import Product
from studio.core.money import Money
from studio.pool.tokens import index_tokens, normalise, query_tokens

SORTS = ("relevance", "sales", "commission", "price", "price_desc")
ENOUGH_COVERAGE = 0.25

Match = Literal["strict", "relaxed"]


@dataclass(frozen=True)
class SearchQuery:
    """What someone looks for; an empty text browses, best sellers first. Price bounds include their ends; ``price``
    sorts cheap ones first."""

    text: str
    limit: int = 50
    min_price: Money | None = None
    max_price: Money | None = None
    min_commission_bp: int | None = None
    in_stock: bool = False
    category: str | None = None
    sort: str = "relevance"

    def __post_init__(self) -> None:
        if self.sort not in SORTS:
            raise ValueError(f"unknown sort {self.sort!r}; known: {', '.join(SORTS)}")
        if self.limit < 1:
            raise ValueError("limit must be at least 1")


@dataclass(frozen=True)
class SearchResult:
    """What was found. ``strict``: every token is in the title (or its Pinyin) and ``total`` is exact. ``relaxed``: no
    title had them all; ``total`` is how many near ones were worth ranking."""

    query: SearchQuery
    total: int
    match: Match
    hits: tuple[Product, ...]
    took_ms: float


@dataclass(frozen=True, slots=True)
class Candidate:
    """A row that the index proposes, with what ranking needs of it."""

    no: int
    title: str
    sales: int


def wanted_tokens(text: str) -> list[str]:
    """The tokens that count towards relevance: what strict search asks for, and every character of it."""
    return list(dict.fromkeys(query_tokens(text) + [token for token in index_tokens(text) if len(token) == 1]))


def rarity(document_frequency: int, documents: int) -> float:
    """How much a token tells (the idf of BM25); nothing when no title has it, so that a typo does not hide the rest."""
    if not document_frequency:
        return 0.0
    return math.log(1 + (documents - document_frequency + 0.5) / (document_frequency + 0.5))


def rank(text: str, candidates: Sequence[Candidate], weights: Mapping[str, float]) -> list[tuple[float, Candidate]]:
    """The candidates best first, each with how much of the query it covers (0 to 1).

    Order: the query's tokens that a title has, weighted by rarity; short titles and titles that hold the query as it was
    typed first; among equals, what sells. Without ``weights`` every candidate is known to have all tokens.
    """
    whole = normalise(text).strip()
    best = sum(weights.values())
    scored = []
    for candidate in candidates:
        coverage = 1.0
        if best:
            has = set(index_tokens(candidate.title))
            coverage = sum(weight for token, weight in weights.items() if token in has) / best
        score = coverage / (1 + 0.002 * len(candidate.title))
        score += 0.05 * (whole in normalise(candidate.title)) + 0.002 * math.log1p(candidate.sales)
        scored.append((score, coverage, candidate))
    scored.sort(key=lambda one: (-one[0], one[2].no))
    return [(coverage, candidate) for _score, coverage, candidate in scored]


def near_enough(ranked: Sequence[tuple[float, Candidate]]) -> list[Candidate]:
    """Of relaxed hits those that cover enough of the query to be shown."""
    return [candidate for coverage, candidate in ranked if coverage >= ENOUGH_COVERAGE]
