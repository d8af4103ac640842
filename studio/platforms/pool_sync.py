"""Brings the local slice of the pool up to a platform: the whole listing the first time, the change feed after it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field

from studio.core.goods import Product
from studio.desk.ports import CanListPool, PlatformError, PoolChange
from studio.store.catalog import Catalog
from studio.store.catalog_rows import PAGE, row_of
from studio.store.catalog_writer import CatalogWriter

_log = logging.getLogger(__name__)

CURSOR, START = "listing_cursor", "listing_version"

Progress = Callable[[int, int], None]


@dataclass
class SyncResult:
    """What a sync did; ``bad`` rows could not be read and were left as they were, ``reasons`` names the first ones."""

    listed: int = 0
    changed: int = 0
    deleted: int = 0
    bad: int = 0
    was_cancelled: bool = False
    reasons: list[str] = field(default_factory=list)

    def count_bad(self, page: object) -> list[str]:
        """Count the rows of a page that could not be read; returns the ids that are known."""
        found = getattr(page, "bad", ())
        self.bad += len(found)
        self.reasons += [row.reason for row in found][: max(0, 5 - len(self.reasons))]
        return [row.id for row in found if row.id is not None]


def run_sync(
    platform: CanListPool,
    catalog: Catalog,
    on_progress: Progress = lambda _done, _total: None,
    is_cancelled: Callable[[], bool] = lambda: False,
) -> SyncResult:
    """Sync (blocking, on a worker); every page is kept as it comes, and a listing that was cut off goes on where it was.

    Raises PlatformError when the platform fails; what came before stays and is searchable.
    """
    result = SyncResult()
    with catalog.writer() as writer:
        since = catalog.watermark()
        if since is None or catalog.meta(CURSOR):
            since = _list_all(platform, catalog, writer, result, on_progress, is_cancelled)
        while since is not None and not is_cancelled():
            try:
                changes = platform.pool_changes(since, PAGE)
            except PlatformError as error:
                if error.code != "horizon":
                    raise
                _log.info("the change feed no longer reaches back to %s: the pool is listed again", since)
                since = _list_all(platform, catalog, writer, result, on_progress, is_cancelled)
                continue
            _apply(writer, changes.items, result)
            result.count_bad(changes)
            writer.set_watermark(changes.next_since)
            writer.commit()
            since = changes.next_since if changes.has_more else None
    result.was_cancelled = is_cancelled()
    return result


def _list_all(
    platform: CanListPool,
    catalog: Catalog,
    writer: CatalogWriter,
    result: SyncResult,
    on_progress: Progress,
    is_cancelled: Callable[[], bool],
) -> int | None:
    """List the whole pool; returns the version of its first page, from which changes go on (None: cancelled)."""
    cursor: str | None = catalog.meta(CURSOR) or None
    version = int(catalog.meta(START) or 0)
    if cursor is None:
        writer.begin_listing()
    while not is_cancelled():
        page = platform.list_pool(cursor, PAGE)
        if cursor is None:
            version = page.version
            writer.set_meta(START, version)
        writer.upsert_rows([row_of(product) for product in page.items], is_listing=True)
        writer.keep_listed(result.count_bad(page))
        result.listed += len(page.items)
        cursor = page.next_cursor
        writer.set_meta(CURSOR, cursor or "")
        if cursor is None:
            result.deleted += writer.end_listing()
            writer.set_watermark(version)
        writer.commit()
        on_progress(result.listed, 0)
        if cursor is None:
            return version
    return None


def _apply(writer: CatalogWriter, changes: tuple[PoolChange, ...], result: SyncResult) -> None:
    upserts: list[Product] = []
    tombstones: list[tuple[str, int]] = []
    for change in changes:
        if change.product is not None:
            upserts.append(change.product)
        else:
            tombstones.append((change.id, change.version))
    result.changed += writer.upsert_rows([row_of(product) for product in upserts]).changed
    result.deleted += writer.delete_older(tombstones)
