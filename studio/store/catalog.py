"""The catalogue: product rows in ``pool.sqlite`` and the search index beside it (选品库); a cache that can be synced anew."""

from __future__ import annotations

import json
import logging
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DatabaseError
from sqlalchemy.pool import QueuePool

from studio.core.clock import Clock, SystemClock
from studio.core.errors import UserError
from studio.core.goods import Product
from studio.core.ids import new_id
from studio.pool.search import SearchQuery, SearchResult
from studio.store import catalog_feed
from studio.store.catalog_feed import IndexFeed
from studio.store.catalog_index import CatalogIndex
from studio.store.catalog_rows import FIELDS, PAGE, make_tables, product_of, read_meta
from studio.store.catalog_search import Searching
from studio.store.catalog_writer import CatalogWriter

_log = logging.getLogger(__name__)

ONE = f"SELECT {FIELDS} FROM product WHERE id = ?"
MANY = f"SELECT {FIELDS} FROM product WHERE id IN (SELECT value FROM json_each(?))"
LISTING = f"SELECT no, {FIELDS} FROM product WHERE no > ? ORDER BY no LIMIT ?"

Progress = Callable[[int, int], None]


class Catalog:
    """Products on disk, found fast; any number of threads read while one writes.

    Raises UserError when the file is newer than this program, not a catalogue, or unreadable.
    """

    def __init__(
        self, db_path: Path, index_dir: Path | None, *, with_index: bool = True, clock: Clock | None = None
    ) -> None:
        self._path = db_path
        self._clock: Clock = clock or SystemClock()
        db_path.parent.mkdir(parents=True, exist_ok=True)
        self._engine = _open_engine(db_path)
        self._index = CatalogIndex(index_dir) if with_index and index_dir is not None else None
        self._writing = threading.Lock()
        self._is_index_ready = False
        try:
            with self._engine.connect() as connection:
                connection.exec_driver_sql("BEGIN IMMEDIATE")
                make_tables(connection, db_path, new_id())
                connection.exec_driver_sql("COMMIT")
                self._identity = read_meta(connection, "identity")
        except DatabaseError as error:
            self._engine.dispose()
            raise UserError("error.pool.unreadable", path=db_path, reason=error.orig) from error
        except UserError:
            self._engine.dispose()
            raise
        if self._index is not None:
            self._index.open()

    def search(self, query: SearchQuery) -> SearchResult:
        """Find products; thread-safe. The first call brings the index up to the rows if it is behind."""
        if self._index is None:
            raise ValueError("this catalogue was opened without an index")
        self.make_index_ready()
        try:
            return self._search(self._index, query)
        except (ValueError, OSError) as error:
            _log.warning("the search index failed (%s); it is built again", error)
        self._rebuild_broken(self._index)
        return self._search(self._index, query)

    def get(self, product_id: str) -> Product | None:
        """The product with this id."""
        with self._engine.connect() as connection:
            row = connection.exec_driver_sql(ONE, (product_id,)).one_or_none()
        return None if row is None else product_of(row)

    def get_many(self, product_ids: Iterable[str]) -> list[Product]:
        """The products with these ids in their order; unknown ones are left out."""
        wanted = list(product_ids)
        with self._engine.connect() as connection:
            rows = connection.exec_driver_sql(MANY, (json.dumps(wanted),)).all()
        found = {row[0]: product_of(row) for row in rows}
        return [found[name] for name in wanted if name in found]

    def page(self, after: int = 0, limit: int = PAGE) -> tuple[list[Product], int | None]:
        """Products in the order they came, found by key, and the key for the next page (None: this was the last)."""
        with self._engine.connect() as connection:
            rows = connection.exec_driver_sql(LISTING, (after, limit + 1)).all()
        products = [product_of(row[1:]) for row in rows[:limit]]
        return products, rows[limit - 1][0] if len(rows) > limit else None

    def count(self) -> int:
        """How many products there are; fast."""
        return int(self.meta("count", "0"))

    def watermark(self) -> int | None:
        """Up to which version of the platform's feed the rows are; None before the first whole listing."""
        told = self.meta("watermark")
        return int(told) if told else None

    def meta(self, name: str, default: str = "") -> str:
        """A small value that was kept beside the rows."""
        with self._engine.connect() as connection:
            return read_meta(connection, name, default)

    @contextmanager
    def writer(self) -> Iterator[CatalogWriter]:
        """The one writer; waits for another one in this program, raises UserError for one in another program."""
        with self._writing:
            feed = None
            if self._index is not None:
                self._bring_up(self._index, lambda _done, _count: None)
                feed = IndexFeed(self._index, self._identity, self._index.generation())
            writer = CatalogWriter(self._engine, feed)
            try:
                with closing(writer):
                    yield writer
            except DatabaseError as error:
                raise UserError("error.pool.not_written", path=self._path, reason=error.orig) from error

    def make_index_ready(self, on_progress: Progress = lambda _done, _count: None) -> None:
        """Replay or build the search index if it is behind its rows; may take a while, so call it on a worker."""
        if self._is_index_ready or self._index is None:
            return
        with self._writing:
            try:
                self._bring_up(self._index, on_progress)
            except UserError:
                if self._index.mark is None:  # another program is building it and there is no older one to ask
                    raise

    def close(self) -> None:
        """Close the file; the catalogue cannot be used afterwards."""
        with self._writing:
            self._engine.dispose()

    def _search(self, index: CatalogIndex, query: SearchQuery) -> SearchResult:
        started_s = self._clock.monotonic_s()
        with self._engine.connect() as connection:
            total, match, hits = Searching(connection, index, query).run()
        return SearchResult(query, total, match, hits, (self._clock.monotonic_s() - started_s) * 1000)

    def _bring_up(self, index: CatalogIndex, on_progress: Progress) -> None:
        if self._is_index_ready:
            return
        with self._engine.connect() as connection:
            seq, trimmed, spelled, count = (
                int(read_meta(connection, name, "0")) for name in ("seq", "trimmed", "spelled", "count")
            )
            mark = index.mark
            since = -1 if mark is None or mark.identity != self._identity else mark.seq
            if mark is not None and mark.seq == seq and index.documents() != count:
                since = -1
            if trimmed <= since <= seq:
                self._replay(connection, index, since, seq)
                if spelled != seq and since == seq:
                    catalog_feed.write_words(connection, index, None)
            else:
                self._rebuild(connection, index, on_progress)
        index.sweep()
        self._is_index_ready = True

    def _replay(self, connection: Connection, index: CatalogIndex, since: int, seq: int) -> None:
        if since == seq:
            return
        _log.info("replaying batches %d to %d into the search index", since + 1, seq)
        feed = IndexFeed(index, self._identity, index.generation())
        try:
            catalog_feed.replay(connection, feed, since)
        finally:
            feed.finish(connection)

    def _rebuild(self, connection: Connection, index: CatalogIndex, on_progress: Progress) -> None:
        _log.info("building the search index of %s", self._path)
        feed = IndexFeed(index, self._identity, index.next_generation(), is_new=True)
        try:
            catalog_feed.rebuild(connection, feed, on_progress)
        except BaseException:
            feed.give_up()
            raise
        feed.finish(connection)

    def _rebuild_broken(self, index: CatalogIndex) -> None:
        with self._writing, self._engine.connect() as connection:
            self._rebuild(connection, index, lambda _done, _count: None)
            index.sweep()


def _open_engine(path: Path) -> Engine:
    engine = create_engine(
        f"sqlite:///{path}",
        poolclass=QueuePool,
        pool_size=8,
        max_overflow=24,
        connect_args={"timeout": 10, "check_same_thread": False},
    )

    @event.listens_for(engine, "connect")
    def _pragmas(connection: sqlite3.Connection, _record: Any) -> None:
        connection.isolation_level = None
        pragmas = ("journal_mode=WAL", "synchronous=NORMAL", "busy_timeout=10000", "cache_size=-16000")
        for pragma in pragmas:
            connection.execute(f"PRAGMA {pragma}").close()

    return engine
