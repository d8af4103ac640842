"""The catalogue's rows: what replaces what, what is durable, what is refused."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from studio.core.goods import Product, Sku
from studio.core.money import Money
from studio.pool.search import SearchQuery
from studio.pool.sync import IMPORTED
from studio.store.catalog import Catalog
from studio.store.catalog_rows import product_of, row_of
from tests.refused import refused
from tests.store.products import everything, open_catalog, product, put

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
MONEY = st.integers(0, 2**53).map(Money)
SKUS = st.lists(st.builds(Sku, id=TEXT, name=TEXT, price=MONEY, stock=st.integers(0, 10**9)), max_size=3).map(tuple)
PRODUCTS = st.builds(
    Product,
    id=TEXT,
    title=TEXT,
    price=MONEY,
    list_price=MONEY,
    stock=st.integers(0, 2**40),
    shop=TEXT,
    category=TEXT,
    commission_bp=st.integers(0, 10_000),
    sales=st.integers(0, 2**40),
    return_rate_bp=st.none() | st.integers(0, 10_000),
    selling_points=st.lists(TEXT, max_size=3).map(tuple),
    guarantees=st.lists(TEXT, max_size=3).map(tuple),
    skus=SKUS,
    version=st.integers(-1, 2**40),
)


@given(PRODUCTS)
def test_a_product_is_the_same_after_it_was_a_row(one: Product) -> None:
    assert product_of(row_of(one)) == one


def test_what_was_put_is_there_in_the_order_that_was_asked(tmp_path: Path) -> None:
    catalog = open_catalog(tmp_path)
    products = [product(f"p{n}", f"苹果{n}") for n in range(30)]
    put(catalog, products)
    assert catalog.get("p3") == products[3]
    assert catalog.get("nobody") is None
    assert catalog.get_many(["p9", "nobody", "p2"]) == [products[9], products[2]]
    assert catalog.count() == 30
    assert everything(catalog) == {one.id: one for one in products}
    catalog.close()


def test_only_a_newer_row_replaces(tmp_path: Path) -> None:
    catalog = open_catalog(tmp_path)
    put(catalog, [product("p1", version=5, price_fen=500)])
    put(catalog, [product("p1", version=4, price_fen=400)])
    put(catalog, [product("p1", version=5, price_fen=555)])
    assert catalog.get_many(["p1"])[0].price == Money(500)
    put(catalog, [product("p1", version=6, price_fen=600)])
    assert catalog.get_many(["p1"])[0].price == Money(600)
    put(catalog, [product("p1", version=2, price_fen=200)], is_listing=True)
    assert catalog.get_many(["p1"])[0].price == Money(200), "a listing is what is true now"
    assert catalog.count() == 1
    catalog.close()


def test_a_row_of_a_file_gives_way_to_a_platforms_and_is_never_unlisted(tmp_path: Path) -> None:
    catalog = open_catalog(tmp_path)
    put(catalog, [product("mine", version=IMPORTED), product("both", version=IMPORTED, price_fen=1)])
    put(catalog, [product("both", version=3, price_fen=3), product("old", version=1)])
    put(catalog, [product("both", version=IMPORTED, price_fen=1), product("mine", version=IMPORTED, price_fen=7)])
    with catalog.writer() as writer:
        writer.begin_listing()
        writer.upsert_rows([row_of(product("both", version=4, price_fen=4))], is_listing=True)
        assert writer.end_listing() == 1
        assert writer.delete_older([("mine", 99)]) == 0
        writer.commit()
    assert {one.id: one.price.fen for one in everything(catalog).values()} == {"mine": 7, "both": 4}
    catalog.close()


def test_a_tombstone_takes_only_what_is_not_newer(tmp_path: Path) -> None:
    catalog = open_catalog(tmp_path)
    put(catalog, [product("p1", version=5), product("p2", version=9)])
    with catalog.writer() as writer:
        assert writer.delete_older([("p1", 7), ("p2", 7), ("p3", 7)]) == 1
        writer.commit()
    assert set(everything(catalog)) == {"p2"}
    assert catalog.search(SearchQuery("脐橙")).total == 1
    catalog.close()


def test_what_was_not_committed_is_gone_and_what_was_is_kept(tmp_path: Path) -> None:
    catalog = open_catalog(tmp_path)

    def write_and_fail() -> None:
        with catalog.writer() as writer:
            writer.upsert_rows([row_of(product("kept"))])
            writer.set_watermark(7)
            writer.commit()
            writer.upsert_rows([row_of(product("lost"))])
            writer.set_watermark(8)
            raise RuntimeError("the job failed here")

    with pytest.raises(RuntimeError):
        write_and_fail()
    assert (set(everything(catalog)), catalog.count(), catalog.watermark()) == ({"kept"}, 1, 7)
    assert catalog.search(SearchQuery("脐橙")).total == 1
    put(catalog, [product("next")])
    catalog.close()
    again = open_catalog(tmp_path)
    assert set(everything(again)) == {"kept", "next"}
    assert again.search(SearchQuery("脐橙")).total == 2
    again.close()


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_any_history_ends_as_a_dictionary_would(tmp_path: Path, data: st.DataObject) -> None:
    folder = tmp_path / str(len(list(tmp_path.iterdir())))
    catalog = open_catalog(folder)
    model: dict[str, Product] = {}
    names = st.sampled_from("abcdef")
    for _ in range(data.draw(st.integers(1, 5))):
        with catalog.writer() as writer:
            for _ in range(data.draw(st.integers(1, 3))):
                page = [
                    product(name, data.draw(st.sampled_from(["脐橙", "苹果", "手机壳"])), version=version)
                    for name, version in data.draw(st.lists(st.tuples(names, st.integers(0, 9)), max_size=6))
                ]
                writer.upsert_rows([row_of(one) for one in page])
                for one in page:
                    if one.id not in model or one.version > model[one.id].version:
                        model[one.id] = one
                gone = data.draw(st.lists(names, max_size=2))
                writer.delete(gone)
                model = {name: one for name, one in model.items() if name not in gone}
                writer.commit()
    assert everything(catalog) == model
    assert catalog.count() == len(model)
    for word in ("脐橙", "苹果", "手机壳"):
        result = catalog.search(SearchQuery(word))
        expected = {one.id for one in model.values() if word in one.title}
        assert (result.total, {one.id for one in result.hits}) == (len(expected), expected) or not expected
    catalog.close()


def test_a_newer_file_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    open_catalog(tmp_path).close()
    file = sqlite3.connect(tmp_path / "pool.sqlite")
    file.execute("PRAGMA user_version = 99")
    file.close()
    with refused("pool.newer"):
        open_catalog(tmp_path)
    file = sqlite3.connect(tmp_path / "pool.sqlite")
    assert file.execute("PRAGMA user_version").fetchone() == (99,)
    file.close()


def test_a_strangers_file_and_a_broken_one_are_refused_and_left(tmp_path: Path) -> None:
    path = tmp_path / "pool.sqlite"
    stranger = sqlite3.connect(path)
    stranger.execute("CREATE TABLE diary (entry TEXT)")
    stranger.close()
    with refused("pool.stranger"):
        open_catalog(tmp_path)
    broken = b"this is no database, however long it may be" * 100
    path.write_bytes(broken)
    with refused("pool.unreadable"):
        open_catalog(tmp_path)
    assert path.read_bytes() == broken


def test_without_an_index_rows_are_kept_all_the_same(tmp_path: Path) -> None:
    catalog = Catalog(tmp_path / "pool.sqlite", None, with_index=False)
    put(catalog, [product("p1")])
    assert catalog.count() == 1
    catalog.close()
    indexed = open_catalog(tmp_path)
    assert indexed.search(SearchQuery("脐橙")).total == 1
    indexed.close()


def test_nothing_that_did_not_change_is_written(tmp_path: Path) -> None:
    catalog = open_catalog(tmp_path)
    one = product("p1", version=3)
    with catalog.writer() as writer:
        assert writer.upsert_rows([row_of(one), row_of(replace(one, version=2))]).added == 1
        writer.commit()
        again = writer.upsert_rows([row_of(one)], is_listing=True)
        assert (again.added, again.changed, again.kept) == (0, 0, 1)
        writer.commit()
    catalog.close()
