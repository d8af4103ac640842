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


@dataclass(frozen=True)
class ListDevices:
    """What pictures and sound can be taken from; answers lists of plain values by name.

    ``cameras`` (address, name, formats), ``screens``, ``windows``, ``microphones`` and so on, each entry with the
    ``address`` that a source is chosen by; ``reasons`` tells why a list is empty or may be old."""


@dataclass(frozen=True)
class ListEncoders:
    """Try every encoder of this machine, each in a process of its own; answers plain verdicts (see ``EncoderVerdict``)."""
