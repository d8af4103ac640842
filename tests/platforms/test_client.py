"""The platform client against a server that misbehaves in every way a network can."""

from __future__ import annotations

import logging
import socket
import time
from collections.abc import Callable, Iterator

import pytest

from studio.core import i18n
from studio.core.money import Money
from studio.desk.ports import (
    CanFeature,
    CanFollowRoom,
    CanListPool,
    CanOpenRoom,
    CanPromote,
    CouponWish,
    PlatformError,
    RedEnvelopeWish,
)
from studio.platforms.hub import HubPlatform
from tests.platforms.wicked import Behaviour, Wicked, answer, cut, half, hold, raw, refuse, serving, trickle
from tests.platforms.wire import PRODUCT, PROMOTION, ROOM

TOKEN = "t0ken-that-nobody-may-see"
COUPON = CouponWish(
    name="满50减5",
    product_id=None,
    threshold=Money(5000),
    amount=Money(500),
    total=100,
    per_buyer=1,
    valid_s=300,
    not_after_ms=1_780_000_010_000,
)
ENVELOPE = RedEnvelopeWish(
    name="红包雨", amount=Money(10_000), count=20, mode="random", valid_s=60, not_after_ms=1_780_000_010_000
)
PAGE = {"items": [PRODUCT], "next_cursor": None, "version": 7}


@pytest.fixture
def platform_on() -> Iterator[Callable[[Wicked], HubPlatform]]:
    made: list[HubPlatform] = []

    def make(wicked: Wicked, timeout_s: float = 0.5) -> HubPlatform:
        made.append(HubPlatform(wicked.url, TOKEN, timeout_s=timeout_s))
        return made[-1]

    yield make
    for platform in made:
        platform.close()


def test_honours_every_port() -> None:
    platform = HubPlatform("http://127.0.0.1:1", TOKEN)
    for port in (CanListPool, CanOpenRoom, CanFeature, CanPromote, CanFollowRoom):
        assert isinstance(platform, port)


def test_a_create_is_sent_once_with_key_token_and_fen(platform_on) -> None:
    with serving(answer(PROMOTION)) as wicked:
        receipt = platform_on(wicked).create_coupon("r1", "k1", COUPON)
    (seen,) = wicked.seen
    assert (seen.method, seen.path) == ("POST", "/v1/rooms/r1/coupons")
    assert seen.headers["Idempotency-Key"] == "k1"
    assert seen.headers["Authorization"] == f"Bearer {TOKEN}"
    assert seen.json() == {
        "name": "满50减5",
        "product_id": None,
        "threshold_fen": 5000,
        "amount_fen": 500,
        "total": 100,
        "per_buyer": 1,
        "valid_s": 300,
        "not_after_ms": 1_780_000_010_000,
    }
    assert receipt.promotion_id == "m1" and receipt.cost == Money(500) and not receipt.was_replayed


@pytest.mark.parametrize(
    "behaviour", [cut, half, hold, trickle, refuse(500, "internal"), refuse(503, "busy"), raw(b"<html>"), raw(b"{}")]
)
def test_a_create_in_doubt_is_sent_exactly_once_and_called_unknown(platform_on, behaviour: Behaviour) -> None:
    with serving(behaviour) as wicked:
        with pytest.raises(PlatformError) as told:
            platform_on(wicked).create_red_envelope("r1", "k1", ENVELOPE)
        assert len(wicked.seen) == 1
    assert told.value.is_unknown


@pytest.mark.parametrize(
    ("behaviour", "code"),
    [
        (refuse(401, "bad_token"), "bad_token"),
        (refuse(404, "not_found"), "not_found"),
        (refuse(409, "key_reused"), "key_reused"),
        (refuse(410, "expired"), "expired"),
        (refuse(422, "invalid"), "invalid"),
        (refuse(429, "slow_down"), "slow_down"),
    ],
)
def test_a_refused_create_is_certain(platform_on, behaviour: Behaviour, code: str) -> None:
    with serving(behaviour) as wicked:
        with pytest.raises(PlatformError) as told:
            platform_on(wicked).create_coupon("r1", "k1", COUPON)
        assert len(wicked.seen) == 1
    assert told.value.code == code and not told.value.is_unknown


def test_a_create_that_never_left_is_certain() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(PlatformError) as told:
        HubPlatform(f"http://127.0.0.1:{port}", TOKEN).create_coupon("r1", "k1", COUPON)
    assert told.value.key == "error.platform.unreachable" and not told.value.is_unknown


def test_the_answer_to_another_key_is_garbage(platform_on) -> None:
    with serving(answer({**PROMOTION, "key": "k2"})) as wicked, pytest.raises(PlatformError) as told:
        platform_on(wicked).create_coupon("r1", "k1", COUPON)
    assert told.value.key == "error.platform.garbage" and told.value.is_unknown


@pytest.mark.parametrize("trouble", [cut, half, refuse(500, "internal"), refuse(503, "busy")])
def test_a_read_is_repeated_until_it_comes(platform_on, trouble: Behaviour) -> None:
    with serving(trouble, trouble, answer(PAGE)) as wicked:
        page = platform_on(wicked, timeout_s=5).list_pool(None, 10)
        assert len(wicked.seen) == 3
    assert page.items[0].title == PRODUCT["title"] and page.items[0].price == Money(2990)


def test_witness_and_closes_are_repeated(platform_on) -> None:
    with serving(cut, answer({})) as wicked:
        platform_on(wicked, timeout_s=5).witness("r1", 3, "abc")
        assert [seen.json() for seen in wicked.seen] == [{"seq": 3, "head": "abc"}] * 2
    with serving(refuse(500, "internal"), answer(PROMOTION)) as wicked:
        assert platform_on(wicked, timeout_s=5).close_promotion("m1").promotion_id == "m1"
        assert len(wicked.seen) == 2


@pytest.mark.parametrize("trouble", [hold, trickle])
def test_a_read_ends_in_time(platform_on, trouble: Behaviour) -> None:
    with serving(trouble) as wicked:
        started_s = time.monotonic()
        with pytest.raises(PlatformError) as told:
            platform_on(wicked, timeout_s=0.5).list_pool(None, 10)
        assert time.monotonic() - started_s < 2
    assert told.value.code == "timeout" and not told.value.is_unknown


def test_a_redirect_is_not_followed(platform_on) -> None:
    with serving(raw(b"", 307, Location="http://example.invalid/")) as wicked:
        with pytest.raises(PlatformError) as told:
            platform_on(wicked).create_coupon("r1", "k1", COUPON)
        assert len(wicked.seen) == 1
    assert told.value.key == "error.platform.unexpected" and told.value.is_unknown


def test_find_promotion_believes_only_the_hubs_own_not_found(platform_on) -> None:
    with serving(refuse(404, "not_found")) as wicked:
        assert platform_on(wicked).find_promotion("k1") is None
        assert wicked.seen[0].path == "/v1/promotions/by_key/k1"
    for stranger in (raw(b"<html>404</html>", 404), answer({"detail": "Not Found"}, 404)):
        with serving(stranger) as wicked, pytest.raises(PlatformError):
            platform_on(wicked).find_promotion("k1")
    with serving(answer({**PROMOTION, "key": "other"})) as wicked, pytest.raises(PlatformError):
        platform_on(wicked).find_promotion("k1")


def test_names_cannot_leave_their_path_segment(platform_on) -> None:
    with serving(answer(PROMOTION)) as wicked:
        platform = platform_on(wicked)
        platform.promotion("a/../../x?y=1#z")
        assert wicked.seen[0].path == "/v1/promotions/a%2F..%2F..%2Fx%3Fy%3D1%23z"
        with pytest.raises(PlatformError):
            platform.promotion("..")
        assert len(wicked.seen) == 1


def test_horizon_has_its_code(platform_on) -> None:
    with serving(refuse(410, "horizon")) as wicked, pytest.raises(PlatformError) as told:
        platform_on(wicked).pool_changes(1, 10)
    assert told.value.code == "horizon" and told.value.key == "error.platform.horizon"


def test_secrets_are_never_shown(platform_on, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with serving(answer(ROOM), cut) as wicked:
        platform = platform_on(wicked)
        room = platform.open_room("s1", "今晚")
        with pytest.raises(PlatformError) as told:
            platform.witness("r1", 1, "h")
    shown = f"{platform!r} {vars(platform)!r} {room!r} {told.value!r} {told.value} {caplog.text}"
    assert TOKEN not in shown and ROOM["push_key"] not in shown


def test_an_address_with_a_password_is_not_shown() -> None:
    platform = HubPlatform("http://user:hunter2@127.0.0.1:9", TOKEN)
    assert "hunter2" not in repr(platform)


@pytest.mark.parametrize("address", ["", "hub.local", "ftp://x", "http://"])
def test_an_address_that_is_none_is_refused(address: str) -> None:
    with pytest.raises(PlatformError) as told:
        HubPlatform(address, TOKEN)
    assert told.value.key == "error.platform.address"


@pytest.mark.parametrize(
    ("status", "code"),
    [(401, "x"), (404, "x"), (409, "x"), (409, "key_reused"), (410, "expired"), (410, "horizon")]
    + [(418, "x"), (422, "x"), (429, "x"), (500, "x"), (502, "x"), (302, "x")],
)
def test_every_refusal_has_a_full_text_in_both_languages(platform_on, status: int, code: str) -> None:
    with serving(refuse(status, code, "because")) as wicked:
        with pytest.raises(PlatformError) as read:
            platform_on(wicked).promotion("m1")
        with pytest.raises(PlatformError) as written:
            platform_on(wicked).create_coupon("r1", "k1", COUPON)
    for error in (read.value, written.value):
        for language in i18n.LANGUAGES:
            text = i18n.texts(language)[error.key].format(**error.args_by_name)
            assert len(text) > 20 and "{" not in text
