"""The pure part of a sync: what a page or a change does to the local pool, and what is left when a listing ends."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class BadRow:
    """A row that could not be read; ``id`` is None when not even that could be."""

    id: str | None
    reason: str
