"""The pure part of a sync: what a page or a change does to the local pool, and what is left when a listing ends."""

from __future__ import annotations

from dataclasses import dataclass

IMPORTED = -1  # the version of a row from a file: any platform's row is newer, and no listing takes it away


@dataclass(frozen=True, kw_only=True)
class BadRow:
    """A row that could not be read; ``id`` is None when not even that could be."""

    id: str | None
    reason: str


def replaces(new_version: int, old_version: int) -> bool:
    """Whether a row replaces the one that is there: it must be newer; a file's row replaces a file's row."""
    return new_version > old_version or new_version == old_version == IMPORTED


@dataclass(frozen=True, kw_only=True)
class SyncPoint:
    """Where a sync stands, so that the next run goes on from there.

    While a listing runs, ``cursor`` is where its next page begins ("" for the first) and ``since`` the version of its first
    page; afterwards ``cursor`` is None and ``since`` is the version up to which changes were taken.
    """

    origin: str = ""
    cursor: str | None = ""
    since: int = -1

    @property
    def is_listing(self) -> bool:
        return self.cursor is not None


def start(kept: SyncPoint, origin: str) -> SyncPoint:
    """Where to begin: where the last run stopped, or at a new listing when that was another platform."""
    return kept if kept.origin == origin else SyncPoint(origin=origin)


def after_page(point: SyncPoint, next_cursor: str | None, version: int) -> SyncPoint:
    """Where a page of the listing leads: the changes to replay afterwards count from the FIRST page."""
    since = version if point.cursor == "" else point.since
    return SyncPoint(origin=point.origin, cursor=next_cursor or None, since=since)


def after_changes(point: SyncPoint, next_since: int, version: int) -> SyncPoint:
    """Where a page of changes leads; a feed that went back in time is another one: list again."""
    if version < point.since or next_since < point.since:
        return again(point)
    return SyncPoint(origin=point.origin, cursor=None, since=next_since)


def again(point: SyncPoint) -> SyncPoint:
    """A new listing from its first page."""
    return SyncPoint(origin=point.origin)
