"""Search over the hub's pool: the studio's own catalogue class, following the shelf by its change feed."""

from __future__ import annotations

import json
import logging
import shutil
import threading
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from studio.core.clock import Clock
from studio.core.errors import UserError
from studio.hub.errors import HubError
from studio.hub.shelf import Shelf, read_cursor, write_cursor

if TYPE_CHECKING:
    from studio.store.catalog import Catalog

PAGE = 1000
FRESH_S = 1.0
"""A search may show the pool as it was this long ago: orders change stocks all the time."""

_log = logging.getLogger(__name__)

Json = dict[str, Any]


class Finder:
    """Finds products; the copy that it searches is a cache, opened by the first search and made anew when it is broken."""

    def __init__(self, folder: Path, shelf: Shelf, clock: Clock) -> None:
        self._folder = folder
        self._shelf = shelf
        self._clock = clock
        self._turn = threading.Lock()
        self._catalog: Catalog | None = None
        self._looked_s = 0.0

    def search(self, text: str, limit: int, cursor: str | None) -> Json:
        """A page of what was found, best first; the first search of a large pool waits for its index."""
        from studio.pool.search import SearchQuery  # late, as the catalogue is: a third of the hub's start

        skipped = read_cursor(cursor)
        result = self._current().search(SearchQuery(text, limit=skipped + limit))
        items = self._shelf.get_many([hit.id for hit in result.hits[skipped:]])
        is_more = len(result.hits) == skipped + limit < result.total
        return {
            "items": items,
            "next_cursor": write_cursor(skipped + limit) if is_more else None,
            "total": result.total,
            "match": result.match,
        }

    def close(self) -> None:
        """Close the copy."""
        with self._turn:
            if self._catalog is not None:
                self._catalog.close()
                self._catalog = None

    def _current(self) -> Catalog:
        is_first = self._catalog is None
        if not self._turn.acquire(blocking=is_first):
            return self._catalog or self._current()  # somebody else is catching up: what is there is fresh enough
        try:
            if self._catalog is None:
                catalog = self._open()
                with ExitStack() as undo:
                    undo.callback(catalog.close)
                    self._catch_up(catalog)
                    undo.pop_all()
                self._catalog = catalog
            elif self._clock.monotonic_s() - self._looked_s >= FRESH_S:
                self._catch_up(self._catalog)
            return self._catalog
        finally:
            self._turn.release()

    def _open(self) -> Catalog:
        from studio.store.catalog import Catalog

        try:
            return Catalog(self._folder / "pool.sqlite", self._folder / "index", clock=self._clock)
        except UserError as error:
            _log.warning("the search copy is made anew: %s", error)
            shutil.rmtree(self._folder)
            return Catalog(self._folder / "pool.sqlite", self._folder / "index", clock=self._clock)

    def _catch_up(self, catalog: Catalog) -> None:
        since = catalog.watermark()
        if since == self._shelf.version():
            self._looked_s = self._clock.monotonic_s()
            return
        try:
            if since is None:
                self._list(catalog)
            else:
                self._replay(catalog, since)
        except HubError as refusal:
            if refusal.code != "horizon":
                raise
            self._list(catalog)
        self._looked_s = self._clock.monotonic_s()

    def _replay(self, catalog: Catalog, since: int) -> None:
        has_more = True
        with catalog.writer() as writer:
            while has_more:
                page = self._shelf.changes(since, PAGE)
                writer.upsert_rows([_row(item["product"]) for item in page["items"] if item["product"]])
                writer.delete([item["id"] for item in page["items"] if not item["product"]])
                since, has_more = page["next_since"], page["has_more"]
                writer.set_watermark(since)
                writer.commit()

    def _list(self, catalog: Catalog) -> None:
        version = self._shelf.version()
        after: int | None = 0
        with catalog.writer() as writer:
            writer.begin_listing()
            while after is not None:
                rows, after = self._shelf.listing(after, PAGE)
                writer.upsert_rows([(*row[:12], "[]", row[12]) for row in rows], is_listing=True)
                writer.commit()
            writer.end_listing()
            writer.set_watermark(version)
            writer.commit()


def _row(product: Json) -> tuple[Any, ...]:
    """A product as a row of the catalogue, without its choices: nobody searches them."""
    values = dict(product)
    version = values.pop("version")
    for name in ("selling_points", "guarantees"):
        values[name] = json.dumps(values[name], ensure_ascii=False, separators=(",", ":"))
    return (*values.values(), "[]", version)
