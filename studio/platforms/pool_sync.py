"""Brings the local catalogue up to a platform's pool: a listing the first time, the change feed after that."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Protocol, runtime_checkable

from studio.core.goods import Product
from studio.desk.ports import CanListPool, PlatformError, PoolChanges, PoolPage
from studio.platforms.hub_wire import ReadChanges, ReadPage
from studio.pool import sync
from studio.pool.sync import BadRow, SyncPoint
from studio.store.catalog import Catalog
from studio.store.catalog_rows import row_of
from studio.store.catalog_writer import CatalogWriter

_log = logging.getLogger(__name__)

PAGE = 1000
MOST_REASONS = 20
MOST_LISTINGS = 3
POINT = "sync_point"

Progress = Callable[[int, int], None]


@runtime_checkable
class CanTellPool(Protocol):
    """Knows what its pool is called (another name is another pool) and how big it is."""

    pool_name: str

    def pool_size(self) -> int: ...


@dataclass(kw_only=True)
class SyncResult:
    """What a sync did; ``bad`` has the first reasons of ``bad_count`` unreadable rows."""

    added: int = 0
    changed: int = 0
    deleted: int = 0
    version: int | None = None
    was_cancelled: bool = False
    bad_count: int = 0
    bad: list[BadRow] = field(default_factory=list)


def run_sync(
    platform: CanListPool,
    catalog: Catalog,
    on_progress: Progress = lambda _done, _total: None,
    is_cancelled: Callable[[], bool] = lambda: False,
) -> SyncResult:
    """Bring the catalogue up to the platform (blocking). ``on_progress`` gets how many products were read and how many
    there are (0: not known).

    Every page is kept as it comes; a run that was cancelled or cut off goes on from there next time. Raises PlatformError
    when the platform fails midway.
    """
    run = _Run(platform, catalog, on_progress)
    with catalog.writer() as writer:
        while not is_cancelled():
            if not run.step(writer):
                return run.result
    run.result.was_cancelled = True
    return run.result


class _Run:
    """One run: the point it is at, and what it did so far."""

    def __init__(self, platform: CanListPool, catalog: Catalog, on_progress: Progress) -> None:
        self._platform = platform
        self._on_progress = on_progress
        self.point = sync.start(_kept_point(catalog), _origin(platform))
        self.result = SyncResult()
        self._read_count = 0
        self._listings = 0
        self._size = 0

    def step(self, writer: CatalogWriter) -> bool:
        """One page in, durable together with the point it leads to; False when the catalogue is up to date."""
        if self.point.is_listing:
            self._list_page(writer)
            return True
        return self._take_changes(writer)

    def _list_page(self, writer: CatalogWriter) -> None:
        if self.point.cursor == "":
            self._start_listing(writer)
        page = self._platform.list_pool(self.point.cursor or None, PAGE)
        if page.next_cursor is not None and page.next_cursor == self.point.cursor:
            raise PlatformError("error.platform.loop", code="garbage")
        self._put(writer, page.items, is_listing=True)
        writer.keep_listed([bad.id for bad in self._note_bad(page) if bad.id is not None])
        point = sync.after_page(self.point, page.next_cursor, page.version)
        if not point.is_listing:
            self.result.deleted += writer.end_listing()
        self._commit(writer, point, len(page.items))

    def _start_listing(self, writer: CatalogWriter) -> None:
        self._listings += 1
        if self._listings > MOST_LISTINGS:
            raise PlatformError("error.platform.loop", code="garbage")
        writer.begin_listing()
        self._size = self._platform.pool_size() if isinstance(self._platform, CanTellPool) else 0
        self._read_count = 0

    def _take_changes(self, writer: CatalogWriter) -> bool:
        try:
            page = self._platform.pool_changes(self.point.since, PAGE)
        except PlatformError as error:
            if error.code != "horizon":
                raise
            _log.info("the change feed no longer reaches back to %d: listing again", self.point.since)
            self._commit(writer, sync.again(self.point), 0)
            return True
        self._note_bad(page)
        point = sync.after_changes(self.point, page.next_since, page.version)
        if point.is_listing:
            _log.info("the platform's feed went back from %d to %d: listing again", self.point.since, page.version)
        else:
            if page.has_more and point.since == self.point.since:
                raise PlatformError("error.platform.loop", code="garbage")
            self._put(writer, [one.product for one in page.items if one.product is not None], is_listing=False)
            gone = [(one.id, one.version) for one in page.items if one.product is None]
            self.result.deleted += writer.delete_older(gone)
            writer.set_watermark(point.since)
            self.result.version = point.since
        self._commit(writer, point, len(page.items))
        return point.is_listing or page.has_more

    def _put(self, writer: CatalogWriter, products: Sequence[Product], *, is_listing: bool) -> None:
        written = writer.upsert_rows([row_of(product) for product in products], is_listing=is_listing)
        self.result.added += written.added
        self.result.changed += written.changed

    def _note_bad(self, page: PoolPage | PoolChanges) -> Sequence[BadRow]:
        bad = page.bad if isinstance(page, ReadPage | ReadChanges) else ()
        for row in bad[: MOST_REASONS - len(self.result.bad)]:
            _log.warning("a row of the pool was skipped: %s (%s)", row.id, row.reason)
            self.result.bad.append(row)
        self.result.bad_count += len(bad)
        return bad

    def _commit(self, writer: CatalogWriter, point: SyncPoint, read: int) -> None:
        writer.set_meta(POINT, json.dumps(asdict(point)))
        writer.commit()
        self.point = point
        self._read_count += read
        self._on_progress(self._read_count, max(self._size, self._read_count) if self._size else 0)


def _kept_point(catalog: Catalog) -> SyncPoint:
    told = catalog.meta(POINT)
    return SyncPoint(**json.loads(told)) if told else SyncPoint()


def _origin(platform: CanListPool) -> str:
    return platform.pool_name if isinstance(platform, CanTellPool) else type(platform).__name__
