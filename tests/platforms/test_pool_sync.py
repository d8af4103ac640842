"""Sync: whatever happens on the way, the catalogue ends as the platform's pool is."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from studio.core.goods import Product
from studio.desk.ports import PlatformError
from studio.platforms import pool_sync
from studio.platforms.hub_wire import ReadPage
from studio.platforms.pool_sync import run_sync
from studio.pool.search import SearchQuery
from studio.pool.sync import IMPORTED
from studio.store.catalog import Catalog
from tests.platforms.pools import FakePool
from tests.store.products import everything, open_catalog, product, put

NAMES = st.sampled_from([f"p{number}" for number in range(12)])


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    catalog = open_catalog(tmp_path)
    yield catalog
    catalog.close()


@pytest.fixture(autouse=True)
def _small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool_sync, "PAGE", 3)


def pool_of(count: int, name: str = "one") -> FakePool:
    pool = FakePool(name)
    for number in range(count):
        pool.put(f"p{number}")
    return pool


def assert_same(catalog: Catalog, pool: FakePool) -> None:
    assert everything(catalog) == pool.products
    assert catalog.count() == len(pool.products)
    found = catalog.search(SearchQuery("脐橙", limit=100))
    expected: dict[str, Product] = {name: one for name, one in pool.products.items() if "脐橙" in one.title}
    assert {one.id: one for one in found.hits} == expected


def test_a_listing_then_only_changes(catalog: Catalog) -> None:
    pool = pool_of(10)
    told: list[tuple[int, int]] = []
    first = run_sync(pool, catalog, lambda done, total: told.append((done, total)))
    assert (first.added, first.version, catalog.watermark()) == (10, 10, 10)
    assert told[0] == (3, 10) and told[-1] == (10, 10)
    assert_same(catalog, pool)
    pool.put("p3", "苹果")
    pool.delist("p4")
    pool.put("new")
    pool.calls.clear()
    second = run_sync(pool, catalog)
    assert (second.added, second.changed, second.deleted) == (1, 1, 1)
    assert set(pool.calls) == {"changes"}
    assert_same(catalog, pool)


def test_past_the_horizon_it_lists_again_and_takes_out_what_is_gone(catalog: Catalog) -> None:
    pool = pool_of(8)
    put(catalog, [product("mine", version=IMPORTED)])
    run_sync(pool, catalog)
    for name in ("p1", "p2"):
        pool.delist(name)
    pool.tombstones.clear()
    pool.put("p3", "苹果")
    pool.kept = 0
    pool.calls.clear()
    done = run_sync(pool, catalog)
    assert done.deleted == 2 and "list" in pool.calls
    assert catalog.get("mine") is not None, "a row of a file is nobody's to delist"
    with catalog.writer() as writer:
        writer.delete(["mine"])
        writer.commit()
    assert_same(catalog, pool)


def test_a_failure_midway_keeps_what_came_and_goes_on_from_there(catalog: Catalog) -> None:
    pool = pool_of(20)

    def fail_on_fourth() -> None:
        if len(pool.calls) == 4:
            raise PlatformError("error.platform.cut", code="cut", url="x")

    pool.before_call = fail_on_fourth
    with pytest.raises(PlatformError):
        run_sync(pool, catalog)
    assert catalog.count() == 9
    assert catalog.search(SearchQuery("脐橙")).total == 9, "what came can be searched"
    assert catalog.watermark() is None
    pool.delist("p0")
    pool.before_call = lambda: None
    pool.calls.clear()
    run_sync(pool, catalog)
    assert pool.calls.count("list") == 4, "three pages of seven were there already"
    assert_same(catalog, pool)


def test_a_cancelled_sync_says_so_and_goes_on_later(catalog: Catalog) -> None:
    pool = pool_of(20)
    done = run_sync(pool, catalog, is_cancelled=lambda: len(pool.calls) >= 2)
    assert done.was_cancelled and catalog.count() == 6
    assert not run_sync(pool, catalog).was_cancelled
    assert_same(catalog, pool)


def test_another_platforms_pool_is_listed_whole(catalog: Catalog) -> None:
    run_sync(pool_of(9), catalog)
    other = FakePool("two")
    for number in range(4):
        other.put(f"p{number}", "苹果")
    run_sync(other, catalog)
    assert_same(catalog, other)


def test_a_feed_that_went_back_is_listed_whole(catalog: Catalog) -> None:
    run_sync(pool_of(9), catalog)
    seeded_again = pool_of(4)
    run_sync(seeded_again, catalog)
    assert_same(catalog, seeded_again)


def test_rows_that_cannot_be_read_are_counted_and_not_taken_for_delisted(
    catalog: Catalog, caplog: pytest.LogCaptureFixture
) -> None:
    pool = pool_of(7)
    run_sync(pool, catalog)
    pool.unreadable = {"p1", "p5"}
    pool.kept = -1
    pool.before_call = lambda: setattr(pool, "kept", 100) if pool.calls[-1] == "list" else None
    caplog.set_level(logging.WARNING)
    done = run_sync(pool, catalog)
    assert done.bad_count == 2
    assert {bad.id for bad in done.bad} == {"p1", "p5"}
    assert "price_fen" in caplog.text
    assert set(everything(catalog)) == set(pool.products)


class _Endless(FakePool):
    """Gives the same cursor for ever."""

    def list_pool(self, cursor: str | None, limit: int) -> ReadPage:
        self._called("list")
        return ReadPage(items=(), next_cursor="again", version=1)


def test_a_listing_without_an_end_ends(catalog: Catalog) -> None:
    pool = _Endless()
    with pytest.raises(PlatformError) as told:
        run_sync(pool, catalog)
    assert told.value.key == "error.platform.loop"
    assert len(pool.calls) < 5


def test_a_platform_that_always_lost_its_feed_is_given_up(catalog: Catalog) -> None:
    pool = pool_of(4)
    pool.kept = -1
    with pytest.raises(PlatformError):
        run_sync(pool, catalog)
    assert pool.calls.count("changes") == 3
    assert catalog.count() == 4


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_any_interleaving_ends_as_the_platform_is(tmp_path: Path, data: st.DataObject) -> None:
    catalog = open_catalog(tmp_path / str(len(list(tmp_path.iterdir()))))
    pool = FakePool()

    def change(most: int) -> None:
        for _ in range(data.draw(st.integers(0, most))):
            name = data.draw(NAMES)
            if data.draw(st.booleans()):
                pool.put(name, data.draw(st.sampled_from(["脐橙", "苹果"])))
            else:
                pool.delist(name)

    def meddle() -> None:
        change(2)
        if data.draw(st.integers(0, 5)) == 0:
            raise PlatformError("error.platform.cut", code="cut", url="x")

    change(20)
    for _ in range(data.draw(st.integers(1, 4))):
        pool.before_call = meddle
        pool.kept = data.draw(st.sampled_from([3, 1000]))
        try:
            run_sync(pool, catalog, is_cancelled=lambda: data.draw(st.integers(0, 6)) == 0)
        except PlatformError as error:
            assert error.code in {"cut", "garbage"}
        change(4)
    pool.before_call = lambda: None
    run_sync(pool, catalog)
    assert_same(catalog, pool)
    catalog.close()
