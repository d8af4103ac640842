"""Listing, change feed, search, detail and picture."""

from __future__ import annotations

import struct
import tempfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.hub.errors import HubError
from studio.hub.hub import Hub, HubOptions
from studio.hub.wishes import ProductWish
from tests.hub.stage import Client, served, wait_until

WISH = {"title": "赣南脐橙 5斤装", "shop": "果园", "category": "水果/脐橙", "price_fen": 2990, "list_price_fen": 3990}


def test_pages_by_cursor_hold_every_product_once(hub: Client) -> None:
    ids: list[str] = []
    cursor, versions = None, set()
    while True:
        page = hub.get("/v1/pool/products", limit=37, **({"cursor": cursor} if cursor else {}))
        ids += [item["id"] for item in page["items"]]
        versions.add(page["version"])
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert len(ids) == len(set(ids)) == hub.get("/v1/info")["products"] >= 120
    assert len(versions) == 1


def test_a_listing_and_a_detail_tell_the_same_product(hub: Client) -> None:
    for item in hub.get("/v1/pool/products", limit=5)["items"]:
        told = hub.get(f"/v1/pool/products/{item['id']}")
        assert {name: told[name] for name in item} == item
        assert told["skus"] and told["description"].startswith(item["title"])
        assert told["stock"] == sum(sku["stock"] for sku in told["skus"])


def test_bad_cursors_limits_and_names_are_refused(hub: Client) -> None:
    assert hub.get("/v1/pool/products", 422, cursor="nonsense") == "bad_cursor"
    assert hub.get("/v1/pool/products", 422, limit=1001) == "invalid"
    assert hub.get("/v1/pool/changes", 422, since=-1) == "invalid"
    assert hub.get("/v1/pool/products/nothing", 404) == "not_found"
    assert hub.get("/v1/pool/products/nothing/picture", 404) == "not_found"
    assert hub.http.put("/v1/pool/products/x", json={**WISH, "price_fen": "2990"}).status_code == 422


def test_the_token_is_asked_for_everywhere_but_at_two_doors(hub: Client) -> None:
    for token in ("", "Bearer wrong", f"Basic {hub.token}"):
        headers = {"Authorization": token}
        for path in ("/v1/info", "/v1/pool/products", "/v1/rooms/x", "/v1/promotions/by_key/k", "/v1/faults"):
            assert hub.http.get(path, headers=headers).status_code == 401
        assert hub.http.get("/healthz", headers=headers).json() == {"ok": True}
        assert hub.http.get("/openapi.json", headers=headers).status_code == 200


def test_search_finds_every_word_and_pages(hub: Client) -> None:
    for n in range(5):
        hub.http.put(f"/v1/pool/products/search-{n}", json={**WISH, "title": f"试搜蓝莓第{n}箱", "sales": 10**n})
    first = hub.get("/v1/pool/search", q="蓝莓 试搜", limit=3)
    rest = hub.get("/v1/pool/search", q="蓝莓 试搜", limit=3, cursor=first["next_cursor"])
    assert [item["id"] for item in first["items"] + rest["items"]] == [f"search-{n}" for n in (4, 3, 2, 1, 0)]
    assert (first["total"], first["match"], rest["next_cursor"]) == (5, "strict", None)
    assert first["items"][0] == {
        name: value
        for name, value in hub.get("/v1/pool/products/search-4").items()
        if name not in ("skus", "description")
    }
    assert hub.get("/v1/pool/search", q="zzzzqqqq") == {
        "items": [],
        "next_cursor": None,
        "total": 0,
        "match": "relaxed",
    }
    assert hub.get("/v1/pool/search", 422, q="橙", limit=0) == "invalid"


def test_search_follows_the_pool_and_outlives_a_broken_copy(tmp_path: Path) -> None:
    def found(hub: Client, text: str) -> set[str]:
        return {item["id"] for item in hub.get("/v1/pool/search", q=text)["items"]}

    with served(tmp_path, kept_changes=5) as hub:
        hub.http.put("/v1/pool/products/a", json={**WISH, "title": "山核桃"})
        hub.http.put("/v1/pool/products/b", json={**WISH, "title": "野核桃"})
        assert found(hub, "核桃") == {"a", "b"}
        hub.http.delete("/v1/pool/products/a")
        hub.http.put("/v1/pool/products/c", json={**WISH, "title": "大核桃"})
        wait_until(lambda: found(hub, "核桃") == {"b", "c"}, 10, "the change in the search")
        for n in range(9):  # further than the feed reaches back
            hub.http.put(f"/v1/pool/products/d{n}", json={**WISH, "title": f"小核桃{n}"})
        hub.http.delete("/v1/pool/products/b")
        wait_until(lambda: found(hub, "核桃") == {"c", *(f"d{n}" for n in range(9))}, 10, "the pool listed anew")
    (tmp_path / "search" / "pool.sqlite").write_bytes(b"no database at all" * 100)
    with served(tmp_path) as hub:
        assert len(found(hub, "核桃")) == 10


def test_the_feed_tells_a_change_and_leaves_a_tombstone(hub: Client) -> None:
    since = hub.get("/v1/pool/products", limit=1)["version"]
    hub.http.put("/v1/pool/products/feed-1", json=WISH)
    hub.http.put("/v1/pool/products/feed-2", json=WISH)
    hub.http.put("/v1/pool/products/feed-1", json={**WISH, "stock": 9})
    assert hub.http.delete("/v1/pool/products/feed-2").status_code == 204
    page = hub.get("/v1/pool/changes", since=since)
    told = [(item["op"], item["id"]) for item in page["items"]]
    assert told == [("upsert", "feed-1"), ("delete", "feed-2")]
    assert page["items"][0]["product"]["stock"] == 9 and page["items"][1]["product"] is None
    assert page["next_since"] == page["version"] == since + 4 and page["has_more"] is False
    assert hub.get("/v1/pool/changes", since=page["next_since"])["items"] == []
    hub.http.put("/v1/pool/products/feed-2", json=WISH)
    back = hub.get("/v1/pool/changes", since=since)["items"]
    assert [(item["op"], item["id"]) for item in back] == [("upsert", "feed-1"), ("upsert", "feed-2")]
    assert hub.http.delete("/v1/pool/products/never-was").status_code == 404


def test_a_feed_older_than_what_is_kept_is_gone(tmp_path: Path) -> None:
    with served(tmp_path, kept_changes=3) as hub:
        for n in range(4):
            hub.http.put(f"/v1/pool/products/{n}", json=WISH)
        assert hub.get("/v1/pool/changes", 410, since=0) == "horizon"
        assert len(hub.get("/v1/pool/changes", since=1)["items"]) == 3


CHANGES = st.lists(st.tuples(st.sampled_from(("put", "delist")), st.integers(0, 6)), max_size=25)


@settings(max_examples=25, deadline=None)
@given(before=CHANGES, during=CHANGES, after=CHANGES, limit=st.integers(1, 4))
def test_listing_then_feed_gives_an_exact_copy_whatever_changes_meanwhile(
    before: list[tuple[str, int]], during: list[tuple[str, int]], after: list[tuple[str, int]], limit: int
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        hub = Hub(HubOptions(folder=Path(folder)))
        try:
            _change(hub, before)
            page = hub.shelf.page(None, limit)
            since, copy = page["version"], {item["id"]: item for item in page["items"]}
            pending = list(during)
            while page["next_cursor"]:
                _change(hub, [pending.pop(0)] if pending else [])
                page = hub.shelf.page(page["next_cursor"], limit)
                copy |= {item["id"]: item for item in page["items"]}
            _change(hub, pending + after)
            while True:
                feed = hub.shelf.changes(since, limit)
                for change in feed["items"]:
                    copy[change["id"]] = change["product"]
                assert feed["next_since"] > since or not feed["has_more"]
                since = feed["next_since"]
                if not feed["has_more"]:
                    break
            whole = {item["id"]: item for item in hub.shelf.page(None, 1000)["items"]}
            assert {name: product for name, product in copy.items() if product} == whole
        finally:
            hub.close()


def _change(hub: Hub, changes: list[tuple[str, int]]) -> None:
    for deed, n in changes:
        if deed == "put":
            hub.shelf.put(f"p{n}", ProductWish(**WISH, stock=hub.shelf.count()))
            continue
        try:
            hub.shelf.delist(f"p{n}")
        except HubError as refusal:
            assert refusal.code == "not_found"


def test_a_picture_is_a_png_that_differs_by_product_and_never_by_time(hub: Client) -> None:
    ids = [item["id"] for item in hub.get("/v1/pool/products", limit=8)["items"]]
    pictures = [hub.http.get(f"/v1/pool/products/{name}/picture") for name in ids]
    assert {picture.headers["content-type"] for picture in pictures} == {"image/png"}
    assert len({picture.content for picture in pictures}) == len(ids)
    assert hub.http.get(f"/v1/pool/products/{ids[0]}/picture").content == pictures[0].content
    pixels = read_png(pictures[0].content)
    assert pixels.shape == (320, 320, 3)
    assert pixels.std() > 10, "nothing was drawn"


def test_a_product_of_an_unknown_category_has_a_picture_too(hub: Client) -> None:
    hub.http.put("/v1/pool/products/odd", json={**WISH, "category": "没有/这一类"})
    assert read_png(hub.http.get("/v1/pool/products/odd/picture").content).shape == (320, 320, 3)


def read_png(data: bytes) -> np.ndarray[Any, Any]:
    """Decode what ``write_png`` writes, checking every checksum: 8-bit RGB, filter 2 on every line."""
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    at, packed, size = 8, b"", (0, 0)
    while at < len(data):
        (length,) = struct.unpack_from(">I", data, at)
        kind, body = data[at + 4 : at + 8], data[at + 8 : at + 8 + length]
        assert struct.unpack_from(">I", data, at + 8 + length)[0] == zlib.crc32(kind + body)
        if kind == b"IHDR":
            size = struct.unpack(">II", body[:8])
            assert body[8:] == b"\x08\x02\x00\x00\x00"
        elif kind == b"IDAT":
            packed += body
        at += 12 + length
    width, height = size
    lines = np.frombuffer(zlib.decompress(packed), np.uint8).reshape(height, 1 + width * 3)
    assert set(lines[:, 0].tolist()) == {2}
    return np.cumsum(lines[:, 1:], axis=0, dtype=np.uint8).reshape(height, width, 3)


@pytest.mark.parametrize("path", ["/v1/nothing", "/nothing"])
def test_an_unknown_path_is_told_in_the_error_shape(hub: Client, path: str) -> None:
    assert hub.get(path, 404) == "not_found"
    assert hub.post("/healthz", {}, 405) == "method_not_allowed"
