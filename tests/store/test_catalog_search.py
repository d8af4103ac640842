"""Search: strict finds exactly what a scan finds, relaxed finds what is near, Pinyin finds Chinese."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from studio.core.goods import Product
from studio.core.money import Money
from studio.pool.search import SORTS, SearchQuery
from studio.pool.tokens import index_tokens, query_tokens
from studio.store.catalog import Catalog
from tests.store.products import open_catalog, product, put

WORDS = [
    "赣南",
    "脐橙",
    "苹果",
    "红富士",
    "手机壳",
    "iPhone15",
    "Pro",
    "5斤",
    "15斤",
    "T恤",
    "A4",
    "纸",
    "新鲜",
    "装",
    "qcy",
    "500ml",
]
TITLES = st.lists(st.sampled_from([*WORDS, " ", "-", "橙"]), min_size=1, max_size=6).map("".join)
QUERIES = st.lists(st.sampled_from([*WORDS, " ", "果", "机", "i", "ipho", "5"]), min_size=1, max_size=3).map("".join)


def make_products(count: int) -> list[Product]:
    dice = random.Random(7)
    made = []
    for number in range(count):
        title = "".join(dice.choice([*WORDS, " ", "包邮", "礼盒"]) for _ in range(dice.randint(1, 7)))
        made.append(
            product(
                f"p{number}",
                title,
                price_fen=dice.randrange(100, 10_000),
                stock=dice.choice([0, 0, 3, 50]),
                sales=dice.randrange(0, 10_000),
                commission_bp=dice.randrange(0, 4000),
                category=dice.choice(["水果", "数码", ""]),
            )
        )
    return made


@pytest.fixture(scope="module")
def products() -> list[Product]:
    return make_products(600)


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory, products: list[Product]) -> Iterator[Catalog]:
    catalog = open_catalog(tmp_path_factory.mktemp("pool"))
    put(catalog, products)
    yield catalog
    catalog.close()


def scan(products: list[Product], text: str) -> set[str]:
    wanted = set(query_tokens(text))
    return {one.id for one in products if wanted <= set(index_tokens(one.title))}


@given(text=QUERIES)
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_strict_is_what_a_scan_finds(catalog: Catalog, products: list[Product], text: str) -> None:
    expected = scan(products, text)
    result = catalog.search(SearchQuery(text, limit=1000))
    if expected and query_tokens(text):
        assert result.match == "strict"
        assert {one.id for one in result.hits} == expected
        assert result.total == len(expected)
        assert catalog.search(SearchQuery(text, limit=1)).total == len(expected)


@given(titles=st.lists(TITLES, min_size=1, max_size=12), texts=st.lists(QUERIES, min_size=1, max_size=4))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_strict_is_what_a_scan_finds_in_any_pool(tmp_path: Path, titles: list[str], texts: list[str]) -> None:
    catalog = open_catalog(tmp_path / str(len(list(tmp_path.iterdir()))))
    products = [product(f"p{number}", title) for number, title in enumerate(titles)]
    put(catalog, products)
    for text in texts:
        expected = scan(products, text)
        result = catalog.search(SearchQuery(text, limit=100))
        if expected and query_tokens(text):
            assert ({one.id for one in result.hits}, result.total) == (expected, len(expected))
    catalog.close()


@given(
    text=st.sampled_from(["", "脐橙", "苹果", "手机壳", "橙"]),
    low=st.none() | st.integers(0, 10_000),
    high=st.none() | st.integers(0, 10_000),
    commission=st.none() | st.integers(0, 4000),
    in_stock=st.booleans(),
    category=st.sampled_from([None, "水果", "数码"]),
    sort=st.sampled_from(SORTS),
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_filters_and_sorts_are_what_a_scan_gives(
    catalog: Catalog,
    products: list[Product],
    text: str,
    low: int | None,
    high: int | None,
    commission: int | None,
    in_stock: bool,
    category: str | None,
    sort: str,
) -> None:
    with_text = scan(products, text)
    expected = [
        one
        for one in products
        if one.id in with_text
        and (low is None or one.price.fen >= low)
        and (high is None or one.price.fen <= high)
        and (commission is None or one.commission_bp >= commission)
        and (not in_stock or one.stock > 0)
        and (category is None or one.category == category)
    ]
    bounds = {"min_price": None if low is None else Money(low), "max_price": None if high is None else Money(high)}
    result = catalog.search(
        SearchQuery(text, 1000, **bounds, min_commission_bp=commission, in_stock=in_stock, category=category, sort=sort)
    )
    if not expected:
        assert result.total == 0 or result.match == "relaxed"
        return
    assert ({one.id for one in result.hits}, result.total) == ({one.id for one in expected}, len(expected))
    keys = {
        "sales": [-one.sales for one in result.hits],
        "commission": [-one.commission_bp for one in result.hits],
        "price": [one.price.fen for one in result.hits],
        "price_desc": [-one.price.fen for one in result.hits],
    }
    if sort in keys:
        assert keys[sort] == sorted(keys[sort])


@pytest.fixture(scope="module")
def orchard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Catalog]:
    catalog = open_catalog(tmp_path_factory.mktemp("orchard"))
    titles = [
        "赣南脐橙5斤装",
        "新奇士橙子",
        "QCY蓝牙耳机",
        "重庆小面",
        "绿茶礼盒",
        "女装连衣裙夏季",
        "启程旅行箱",
        "迷你风扇mini",
    ]
    put(catalog, [product(f"p{number}", title, sales=100 - number) for number, title in enumerate(titles)])
    yield catalog
    catalog.close()


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("qicheng", ["赣南脐橙5斤装", "启程旅行箱"]),
        ("qichen", ["赣南脐橙5斤装", "启程旅行箱"]),
        ("gannanqicheng", ["赣南脐橙5斤装"]),
        ("gnqc", ["赣南脐橙5斤装"]),
        ("chongqing", ["重庆小面"]),
        ("lvcha", ["绿茶礼盒"]),
        ("nvzhuang", ["女装连衣裙夏季"]),
        ("lianyiqun xiaji", ["女装连衣裙夏季"]),
        ("cheng 新奇", ["新奇士橙子"]),
        ("mini", ["迷你风扇mini"]),
        ("qcy", ["QCY蓝牙耳机"]),
        ("脐橙 wujin", []),
    ],
)
def test_pinyin_finds_chinese(orchard: Catalog, typed: str, found: list[str]) -> None:
    result = orchard.search(SearchQuery(typed))
    titles = [one.title for one in result.hits]
    assert (titles, result.total) == (found, len(found)) if found else result.match == "relaxed"
    if found:
        assert result.match == "strict"


def test_relaxed_comes_only_when_strict_finds_nothing_and_the_best_cover_comes_first(orchard: Catalog) -> None:
    near = orchard.search(SearchQuery("脐橙赣南特产10斤"))
    assert near.match == "relaxed"
    assert near.hits[0].title == "赣南脐橙5斤装"
    assert near.total >= len(near.hits) > 0
    assert orchard.search(SearchQuery("赣南脐橙")).match == "strict"


def test_a_word_that_nobody_has_does_not_hide_the_rest(orchard: Catalog) -> None:
    result = orchard.search(SearchQuery("褚氏牌魍魉绿茶"))
    assert result.match == "relaxed"
    assert result.hits[0].title == "绿茶礼盒"


@pytest.mark.parametrize(
    "text", ["！！！", "🍊", "   ", "鬺鬻", "x" * 5000, "\x00", "' OR 1=1 --", "title:*", "\ud800"]
)
def test_nothing_breaks_on_odd_queries(orchard: Catalog, text: str) -> None:
    result = orchard.search(SearchQuery(text))
    assert result.total >= len(result.hits)


def test_an_empty_query_browses_what_sells(orchard: Catalog) -> None:
    result = orchard.search(SearchQuery("", limit=3))
    assert result.total == 8
    assert [one.sales for one in result.hits] == [100, 99, 98]
    assert orchard.search(SearchQuery("", category="没有这一类")).total == 0


def test_an_empty_catalogue_answers(tmp_path: Path) -> None:
    catalog = open_catalog(tmp_path)
    for text in ("", "脐橙", "qicheng", "脐橙手机壳"):
        assert catalog.search(SearchQuery(text)).total == 0
    catalog.close()
