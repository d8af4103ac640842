"""The desk's door to the pool: catalogue, pictures and sync in one place."""

from __future__ import annotations

from collections.abc import Callable

from studio.core.errors import UserError
from studio.core.goods import Product
from studio.desk.doors import Platform
from studio.platforms.pictures import PictureCache
from studio.platforms.pool_sync import run_sync
from studio.pool.search import SearchQuery, SearchResult
from studio.store.catalog import Catalog


class CataloguePool:
    """``desk.doors.PoolDoor`` over the local catalogue; without a platform it works offline."""

    def __init__(self, catalog: Catalog, pictures: PictureCache, platform: Platform | None) -> None:
        self._catalog = catalog
        self._pictures = pictures
        self._platform = platform

    def search(self, query: SearchQuery) -> SearchResult:
        return self._catalog.search(query)

    def get_many(self, product_ids: tuple[str, ...]) -> tuple[Product, ...]:
        return tuple(self._catalog.get_many(product_ids))

    def count(self) -> int:
        return self._catalog.count()

    def picture(self, product_id: str) -> bytes | None:
        return self._pictures.get(product_id)

    def sync(self, on_progress: Callable[[int, int], None], is_cancelled: Callable[[], bool]) -> int:
        if self._platform is None:
            raise UserError("error.show.no_platform")
        run_sync(self._platform, self._catalog, on_progress, is_cancelled)
        return self._catalog.count()
