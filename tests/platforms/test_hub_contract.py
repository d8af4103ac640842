"""The client and the real hub understand each other in every call."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from studio.core.money import Money
from studio.desk.ports import CouponWish, PlatformError, RedEnvelopeWish
from studio.platforms.hub import HubPlatform
from studio.platforms.pictures import PictureCache
from studio.platforms.pool_sync import run_sync
from studio.pool.search import SearchQuery
from tests.hub.stage import FAR_MS, Client, served
from tests.store.products import everything, open_catalog

COUPON = CouponWish(
    name="满10减3",
    product_id=None,
    threshold=Money(1000),
    amount=Money(300),
    total=10,
    per_buyer=1,
    valid_s=60,
    not_after_ms=FAR_MS,
)
ENVELOPE = RedEnvelopeWish(name="红包雨", amount=Money(1000), count=10, mode="random", valid_s=60, not_after_ms=FAR_MS)


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with served(tmp_path_factory.mktemp("hub"), products=150, has_faults=True) as client:
        yield client


@pytest.fixture
def platform(hub: Client) -> Iterator[HubPlatform]:
    platform = HubPlatform(hub.url, hub.token)
    yield platform
    platform.close()


@pytest.fixture
def room_id(platform: HubPlatform, request: pytest.FixtureRequest) -> str:
    return platform.open_room(request.node.name, "试播").room_id


def test_sync_follows_the_hub(hub: Client, platform: HubPlatform, tmp_path: Path) -> None:
    catalog = open_catalog(tmp_path)
    assert run_sync(platform, catalog).added == 150
    first = catalog.search(SearchQuery("", limit=1)).hits[0]
    detail = platform.product(first.id)
    assert detail.skus and detail.title == first.title
    hub.http.delete(f"/v1/pool/products/{first.id}").raise_for_status()
    wish = {"title": "赣南脐橙新到", "shop": "果园", "category": "水果", "price_fen": 1990, "list_price_fen": 2990}
    hub.http.put("/v1/pool/products/brand-new", json=wish).raise_for_status()
    done = run_sync(platform, catalog)
    assert (done.added, done.deleted, done.bad_count) == (1, 1, 0)
    assert catalog.search(SearchQuery("脐橙新到")).hits[0].price == Money(1990)
    names = set(everything(catalog))
    assert "brand-new" in names and first.id not in names
    assert catalog.count() == platform.pool_size()
    picture = PictureCache(tmp_path / "pictures", platform).get("brand-new")
    assert picture is not None and picture.startswith(b"\x89PNG")
    catalog.close()


def test_a_room_from_its_opening_to_its_end(platform: HubPlatform) -> None:
    room = platform.open_room("s-whole", "今晚")
    assert room.state == "open" and room.push_url.startswith("rtmp://") and room.push_key
    assert platform.open_room("s-whole", "今晚") == room
    platform.witness(room.room_id, 1, "aa")
    platform.witness(room.room_id, 5, "bb")
    assert list(platform.witnesses(room.room_id)) == [(1, "aa"), (5, "bb")]
    product_id = platform.list_pool(None, 1).items[0].id
    assert platform.feature(room.room_id, product_id) > 1_600_000_000_000
    assert platform.feature(room.room_id, None) > 0
    assert platform.ingest(room.room_id)["state"] == "idle"
    platform.close_room(room.room_id, 9, "cc")
    platform.close_room(room.room_id, 9, "cc")
    assert list(platform.witnesses(room.room_id))[-1] == (9, "cc")
    with pytest.raises(PlatformError) as told:
        platform.create_coupon(room.room_id, "late", COUPON)
    assert told.value.key == "error.platform.conflict" and not told.value.is_unknown


def test_promotions_from_creation_to_close(hub: Client, platform: HubPlatform, room_id: str) -> None:
    coupon = platform.create_coupon(room_id, "k-coupon", COUPON)
    assert (coupon.kind, coupon.state, coupon.total, coupon.was_replayed) == ("coupon", "live", 10, False)
    again = platform.create_coupon(room_id, "k-coupon", COUPON)
    assert again.promotion_id == coupon.promotion_id and again.was_replayed
    envelope = platform.create_red_envelope(room_id, "k-envelope", ENVELOPE)
    hub.post(f"/v1/rooms/{room_id}/enter", {}, buyer="b1")
    hub.claim(envelope.promotion_id, "b1")
    grabbed = platform.promotion(envelope.promotion_id)
    assert grabbed.claimed == 1 and Money(0) < grabbed.cost <= Money(1000)
    found = platform.find_promotion("k-coupon")
    assert found is not None and found.promotion_id == coupon.promotion_id
    assert platform.find_promotion("never-sent") is None
    assert platform.close_promotion(coupon.promotion_id).state == "closed"
    assert platform.close_promotion(coupon.promotion_id).state == "closed"


@pytest.mark.parametrize(
    ("key", "changes", "code"),
    [
        ("k-late", {"not_after_ms": 1}, "expired"),
        ("k-nonsense", {"total": 0}, "invalid"),
        ("k-nobody", {"product_id": "no-such-product"}, "not_found"),
    ],
)
def test_a_refused_create_leaves_nothing(
    platform: HubPlatform, room_id: str, key: str, changes: dict[str, object], code: str
) -> None:
    wish = CouponWish(**{**vars(COUPON), **changes})  # type: ignore[arg-type]
    with pytest.raises(PlatformError) as told:
        platform.create_coupon(room_id, key, wish)
    assert told.value.code == code and not told.value.is_unknown
    assert platform.find_promotion(key) is None


def test_a_key_that_belongs_to_another_wish_is_refused(platform: HubPlatform, room_id: str) -> None:
    platform.create_coupon(room_id, "k-two", COUPON)
    with pytest.raises(PlatformError) as told:
        platform.create_red_envelope(room_id, "k-two", ENVELOPE)
    assert told.value.key == "error.platform.key_reused"


@pytest.mark.parametrize(("mode", "was_made"), [("hold_before", False), ("hold_after", True), ("drop", None)])
def test_a_create_in_doubt_can_be_looked_up(hub: Client, room_id: str, mode: str, was_made: bool | None) -> None:
    impatient = HubPlatform(hub.url, hub.token, timeout_s=0.6)
    hub.post("/v1/faults", {"path": "/coupons$", "method": "POST", "mode": mode, "times": 1, "hold_s": 30})
    with pytest.raises(PlatformError) as told:
        impatient.create_coupon(room_id, f"k-{mode}", COUPON)
    assert told.value.is_unknown
    hub.http.delete("/v1/faults").raise_for_status()
    found = impatient.find_promotion(f"k-{mode}")
    if was_made is not None:
        assert (found is not None) is was_made
    impatient.close()


def test_events_and_orders_come_as_they_happen(hub: Client, platform: HubPlatform, room_id: str) -> None:
    assert platform.events(room_id, 0, 0).items == ()
    speak = threading.Timer(
        0.2, lambda: hub.post(f"/v1/rooms/{room_id}/comments", {"nick": "小李", "text": "想看1号色"}, buyer="b2")
    )
    speak.start()
    heard = platform.events(room_id, 0, 10)
    speak.join()
    comment = next(one for one in heard.items if one.type == "comment")
    assert (comment.nick, comment.text, comment.buyer_id) == ("小李", "想看1号色", "b2")
    product = platform.list_pool(None, 1).items[0]
    made = hub.post(f"/v1/rooms/{room_id}/orders", {"product_id": product.id, "quantity": 2}, buyer="b2")
    hub.post(f"/v1/orders/{made['order_id']}/pay", {}, buyer="b2")
    page = platform.orders(room_id, 0, 100)
    (order,) = page.items
    assert (order.order_id, order.status.value, order.quantity) == (made["order_id"], "paid", 2)
    assert order.total == order.paid + order.discount
    assert platform.orders(room_id, page.next_since, 100).items == ()
    after = platform.events(room_id, heard.last_seq, 0)
    assert after.last_seq >= heard.last_seq


def test_a_wrong_token_is_told_as_such(hub: Client) -> None:
    stranger = HubPlatform(hub.url, "wrong")
    with pytest.raises(PlatformError) as told:
        stranger.list_pool(None, 1)
    assert told.value.key == "error.platform.token"
    stranger.close()


def test_faults_on_reads_are_survived(hub: Client, platform: HubPlatform) -> None:
    for mode in ("status_500", "drop"):
        hub.post("/v1/faults", {"path": "/pool/products$", "method": "GET", "mode": mode, "times": 1})
        assert len(platform.list_pool(None, 5).items) == 5
    hub.post("/v1/faults", {"path": "/pool/products$", "method": "GET", "mode": "garbage", "times": 1})
    with pytest.raises(PlatformError) as told:
        platform.list_pool(None, 5)
    assert told.value.key == "error.platform.garbage" and not told.value.is_unknown
