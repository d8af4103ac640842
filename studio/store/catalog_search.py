"""One search: strict first, then Pinyin, then relaxed, each only when the one before finds nothing."""

from __future__ import annotations

import json
from collections.abc import Sequence

from sqlalchemy import Connection

from studio.core.goods import Product
from studio.pool.search import Candidate, Match, SearchQuery, near_enough, rank, rarity, wanted_tokens
from studio.pool.tokens import query_tokens
from studio.store import catalog_words
from studio.store.catalog_feed import BY_NUMBERS
from studio.store.catalog_index import CatalogIndex, Clause, Either, Every, Found
from studio.store.catalog_rows import product_of

MOST_RANKED = 200
CANDIDATES = "SELECT no, title, sales FROM product WHERE no IN (SELECT value FROM json_each(?))"

Answer = tuple[int, Match, tuple[Product, ...]]


class Searching:
    """The steps of one search on one connection."""

    def __init__(self, connection: Connection, index: CatalogIndex, query: SearchQuery) -> None:
        self._connection = connection
        self._index = index
        self._query = query

    def run(self) -> Answer:
        """How many were found, how, and the first ones."""
        query = self._query
        tokens = query_tokens(query.text)
        if not tokens:
            if query.text.strip():
                return 0, "strict", ()
            return self._in_order(None, self._order or "sales")
        answer = self._strict(tokens)
        if answer[0] == 0:
            answer = self._spelled(tokens) or self._relaxed()
        return answer

    @property
    def _order(self) -> str | None:
        return None if self._query.sort == "relevance" else self._query.sort

    def _strict(self, tokens: Sequence[str]) -> Answer:
        clause = Every(tuple(tokens))
        if self._order is not None:
            return self._in_order(clause, self._order)
        found = self._index.find(clause, self._query, max(self._query.limit, MOST_RANKED), "popular")
        ranked = rank(self._query.text, self._candidates(found), {})
        return found.total, "strict", self._products([one for _, one in ranked])

    def _spelled(self, tokens: Sequence[str]) -> Answer | None:
        """Letters read as Pinyin: whole syllables, else first letters; what sells comes first."""
        for read in (catalog_words.full_spelling, catalog_words.initials):
            parts: list[Clause] = []
            for token in tokens:
                told = read(self._connection, token) if token.isascii() and token.isalpha() else None
                parts.append(token if told is None else Either((token, told)))
            if any(isinstance(part, Either) for part in parts):
                answer = self._in_order(Every(tuple(parts)), self._order or "sales")
                if answer[0]:
                    return answer
        return None

    def _relaxed(self) -> Answer:
        """Any token will do; what covers enough of the query is shown, the best cover first."""
        clause = Either(tuple(wanted_tokens(self._query.text)))
        found = self._index.find(clause, self._query, max(self._query.limit, MOST_RANKED), None)
        tokens = wanted_tokens(self._query.text)
        frequencies, documents = self._index.frequencies(tokens)
        weights = {token: rarity(frequency, documents) for token, frequency in frequencies.items()}
        near = near_enough(rank(self._query.text, self._candidates(found), weights))
        products = self._products(near)
        if self._order is not None:
            products = _sorted(products, self._order)
        return len(near), "relaxed", products

    def _in_order(self, clause: Clause | None, order: str) -> Answer:
        found = self._index.find(clause, self._query, self._query.limit, order)
        return found.total, "strict", self._fetched(found.numbers)

    def _candidates(self, found: Found) -> list[Candidate]:
        rows = self._connection.exec_driver_sql(CANDIDATES, (json.dumps(found.numbers),))
        return [Candidate(no, title, sales) for no, title, sales in rows.all()]

    def _products(self, candidates: Sequence[Candidate]) -> tuple[Product, ...]:
        return self._fetched([one.no for one in candidates[: self._query.limit]])

    def _fetched(self, numbers: Sequence[int]) -> tuple[Product, ...]:
        """The products with these numbers in their order; one that was deleted meanwhile is left out."""
        rows = self._connection.exec_driver_sql(BY_NUMBERS, (json.dumps(numbers),))
        found = {row[0]: product_of(row[1:]) for row in rows.all()}
        return tuple(found[no] for no in numbers if no in found)


def _sorted(products: tuple[Product, ...], order: str) -> tuple[Product, ...]:
    keys = {
        "sales": lambda one: -one.sales,
        "commission": lambda one: -one.commission_bp,
        "price": lambda one: one.price.fen,
        "price_desc": lambda one: -one.price.fen,
    }
    return tuple(sorted(products, key=keys[order]))
