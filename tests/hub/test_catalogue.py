"""The seeded catalogue: believable, repeatable, and told to those who synced the one before."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from pathlib import Path

import pytest

from studio.core.errors import UserError
from studio.hub.catalogue.grammar import categories
from studio.hub.catalogue.products import BATCH, batches
from studio.hub.catalogue.seeding import seed_pool
from studio.hub.folder import hold
from studio.hub.picture import draw_picture
from tests.hub.stage import served


def rows(count: int, seed: int) -> list[tuple[object, ...]]:
    return [row for batch in batches(count, seed) for row in batch]


def dump(folder: Path) -> list[tuple[object, ...]]:
    database = sqlite3.connect(folder / "hub.sqlite")
    try:
        return database.execute("SELECT * FROM products ORDER BY n").fetchall()
    finally:
        database.close()


def test_the_same_seed_gives_the_same_catalogue_and_another_another() -> None:
    assert rows(2500, 7) == rows(2500, 7)
    assert rows(2500, 7)[: BATCH + 100] == rows(BATCH + 100, 7), "a longer catalogue begins like a shorter one"
    titles = {row[2] for row in rows(1000, 7)} & {row[2] for row in rows(1000, 8)}
    assert len(titles) < 20


def test_two_folders_seeded_alike_hold_the_same_rows(tmp_path: Path) -> None:
    assert [seed_pool(tmp_path / name, 1234, 5) for name in ("a", "b")] == [1234, 1234]
    assert dump(tmp_path / "a") == dump(tmp_path / "b")
    assert seed_pool(tmp_path / "a", 1234, 5) == 0, "what is there is not written again"


def test_every_category_is_complete() -> None:
    assert len(categories()) >= 25
    assert len({category.path for category in categories()}) == len(categories())
    farm = {"脐橙", "苹果", "大米", "蜂蜜", "绿茶", "红枣", "香菇", "木耳", "土鸡蛋", "腊肉", "枸杞"}
    assert farm <= {category.name for category in categories()}
    for category in categories():
        assert all(len(words) >= 3 and len(set(words)) == len(words) for words in category.words.values()), (
            category.name
        )
        assert len(draw_picture("p", category.path)) > 3000


def test_products_are_believable() -> None:
    found = rows(5000, 3)
    shelves = Counter()
    for (
        _,
        _,
        title,
        shop,
        path,
        price,
        list_price,
        commission,
        sales,
        stock,
        returns,
        points,
        guarantees,
        skus,
    ) in found:
        shelves[path] += 1
        assert 12 <= len(title) <= 60 and len(shop) >= 4
        assert 0 < price <= list_price <= price * 2.1
        assert 100 <= commission <= 6000 and sales >= 0 and (returns is None or 0 < returns < 7000)
        assert len(set(json.loads(points))) == 3 and len(set(json.loads(guarantees))) == 2
        choices = json.loads(skus)
        assert stock == sum(choice[3] for choice in choices) and len({choice[0] for choice in choices}) == len(choices)
        assert all(choice[2] > 0 for choice in choices) and price in {choice[2] for choice in choices}
    assert set(shelves) == {category.path for category in categories()}
    titles = [row[2] for row in found]
    assert len(set(titles)) > 0.995 * len(titles)
    assert 27 <= sum(map(len, titles)) / len(titles) <= 36
    sales = sorted(row[8] for row in found)
    assert sales[2500] < 60 and sales[-50] > 50_000, "half of all goods hardly sell, a few sell very well"


def test_a_new_catalogue_is_told_by_the_feed(tmp_path: Path) -> None:
    seed_pool(tmp_path, 30, 1)
    with served(tmp_path) as hub:
        since = hub.get("/v1/pool/products", limit=1)["version"]
        hub.http.put(
            "/v1/pool/products/own",
            json={"title": "x", "shop": "x", "category": "x", "price_fen": 1, "list_price_fen": 1},
        )
        hub.http.delete("/v1/pool/products/p00000030")
    seed_pool(tmp_path, 20, 2)
    with served(tmp_path) as hub:
        feed, at, has_more = [], since, True
        while has_more:
            page = hub.get("/v1/pool/changes", since=at, limit=3)
            feed, at, has_more = feed + page["items"], page["next_since"], page["has_more"]
        assert [change["version"] for change in feed] == sorted({change["version"] for change in feed})
        copy = {change["id"]: change["product"] for change in feed}
        assert {name for name, product in copy.items() if product is None} == {
            "own",
            *(f"p{n:08d}" for n in range(21, 31)),
        }
        listed = hub.get("/v1/pool/products", limit=1000)["items"]
        assert [item for item in listed if copy[item["id"]] != item] == [] and len(listed) == 20


def test_a_catalogue_is_not_written_under_a_running_hub(tmp_path: Path) -> None:
    with hold(tmp_path), pytest.raises(UserError) as refusal:
        seed_pool(tmp_path, 10, 1)
    assert refusal.value.key == "hub.already_running"
