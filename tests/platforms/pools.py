"""A platform's pool in memory that lists by key, keeps a change feed with a horizon, and fails when it is told to."""

from __future__ import annotations

from collections.abc import Callable

from studio.core.goods import Product
from studio.core.money import Money
from studio.desk.ports import PlatformError, PoolChange
from studio.platforms.hub_wire import ReadChanges, ReadPage
from studio.pool.sync import BadRow


class FakePool:
    """Behaves as the hub does: every change has a version, the feed tells each product once with its newest state."""

    def __init__(self, name: str = "one") -> None:
        self.pool_name = name
        self.products: dict[str, Product] = {}
        self.numbers: dict[str, int] = {}
        self.tombstones: dict[str, int] = {}
        self.version = 0
        self.kept = 1_000_000
        self.unreadable: set[str] = set()
        self.before_call: Callable[[], None] = lambda: None
        self.calls: list[str] = []

    def put(self, name: str, title: str = "脐橙") -> None:
        self.version += 1
        self.tombstones.pop(name, None)
        self.numbers.setdefault(name, max(self.numbers.values(), default=0) + 1)
        price = Money(100 + self.version)
        self.products[name] = Product(
            id=name, title=title, price=price, list_price=price, stock=self.version, version=self.version
        )

    def delist(self, name: str) -> None:
        if self.products.pop(name, None) is not None:
            del self.numbers[name]
            self.version += 1
            self.tombstones[name] = self.version

    def pool_size(self) -> int:
        return len(self.products)

    def list_pool(self, cursor: str | None, limit: int) -> ReadPage:
        self._called("list")
        after = int(cursor or 0)
        names = sorted((number, name) for name, number in self.numbers.items() if number > after)
        page, more = names[:limit], names[limit:]
        return ReadPage(
            items=tuple(self.products[name] for _, name in page if name not in self.unreadable),
            bad=tuple(BadRow(id=name, reason="price_fen: missing") for _, name in page if name in self.unreadable),
            next_cursor=str(page[-1][0]) if more else None,
            version=self.version,
        )

    def pool_changes(self, since: int, limit: int) -> ReadChanges:
        self._called("changes")
        if since < self.version - self.kept:
            raise PlatformError("error.platform.horizon", code="horizon")
        told = [PoolChange(version=one.version, id=one.id, product=one) for one in self.products.values()]
        told += [PoolChange(version=version, id=name, product=None) for name, version in self.tombstones.items()]
        told = sorted((one for one in told if one.version > since), key=lambda one: one.version)
        page, has_more = told[:limit], len(told) > limit
        next_since = page[-1].version if has_more else self.version
        return ReadChanges(items=tuple(page), next_since=next_since, has_more=has_more, version=self.version)

    def picture(self, product_id: str) -> bytes:
        self._called("picture")
        raise PlatformError("error.platform.not_found", code="not_found", what=product_id)

    def _called(self, what: str) -> None:
        self.calls.append(what)
        self.before_call()
