"""Reads that may take long: they run on a worker."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from studio.pool.search import SearchQuery


@dataclass(frozen=True)
class SearchPool:
    """Search the local slice of the pool; answers ``pool.search.SearchResult``."""

    query: SearchQuery


@dataclass(frozen=True)
class PictureOf:
    """A product's picture as encoded bytes; answers None when it cannot be had."""

    product_id: str
