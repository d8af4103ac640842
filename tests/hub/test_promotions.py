"""Coupons and red envelopes over the real wire: once per key, never more than there is."""

from __future__ import annotations

import time
from collections import Counter

import httpx
import pytest

from tests.hub.stage import FAR_MS, Client, at_once, coupon_wish


def test_fifty_parallel_creates_with_one_key_make_one_promotion(hub: Client, room_id: str) -> None:
    answers = at_once(50, lambda _n: hub.coupon(room_id, f"{room_id}-k"))
    assert len({answer["promotion_id"] for answer in answers}) == 1
    assert Counter(answer["replayed"] for answer in answers) == {False: 1, True: 49}
    assert len(hub.get(f"/v1/rooms/{room_id}/promotions")["items"]) == 1


def test_a_key_with_another_wish_is_refused(hub: Client, room_id: str, open_room) -> None:
    first = hub.coupon(room_id, f"{room_id}-k")
    assert hub.coupon(room_id, f"{room_id}-k", 409, amount_fen=301) == "key_reused"
    assert hub.envelope(room_id, f"{room_id}-k", 409) == "key_reused"
    assert hub.coupon(open_room(), f"{room_id}-k", 409) == "key_reused"
    assert hub.get(f"/v1/promotions/by_key/{room_id}-k")["promotion_id"] == first["promotion_id"]


def test_a_wish_that_comes_too_late_makes_nothing(hub: Client, room_id: str) -> None:
    late_ms = time.time_ns() // 1_000_000 - 1
    assert hub.coupon(room_id, f"{room_id}-late", 410, not_after_ms=late_ms) == "expired"
    assert hub.envelope(room_id, f"{room_id}-late", 410, not_after_ms=late_ms) == "expired"
    assert hub.get(f"/v1/promotions/by_key/{room_id}-late", 404) == "not_found"
    assert hub.get(f"/v1/rooms/{room_id}/promotions") == {"items": []}


def test_a_replay_is_answered_even_after_its_time_and_in_a_closed_room(hub: Client, room_id: str) -> None:
    soon_ms = time.time_ns() // 1_000_000 + 2_000
    first = hub.coupon(room_id, f"{room_id}-k", not_after_ms=soon_ms)
    hub.post(f"/v1/rooms/{room_id}/close", {"seq": 1, "head": "h"})
    assert hub.coupon(room_id, f"{room_id}-new", 409) == "room_closed"
    while time.time_ns() // 1_000_000 <= soon_ms:
        time.sleep(0.05)
    again = hub.coupon(room_id, f"{room_id}-k", not_after_ms=soon_ms)
    assert again == {**first, "replayed": True}


def test_claims_never_exceed_the_total_nor_a_buyers_limit(hub: Client, room_id: str) -> None:
    promotion = hub.coupon(room_id, f"{room_id}-k", total=15, per_buyer=2)

    def claim(n: int) -> int:
        answer = hub.http.post(
            f"/v1/promotions/{promotion['promotion_id']}/claim", json={}, headers={"X-Buyer": f"b{n % 20}"}
        )
        return answer.status_code

    statuses = Counter(at_once(60, claim))
    assert statuses == {200: 15, 409: 45}
    claims = [event for event in hub.events(room_id) if event["type"] == "claim"]
    assert len(claims) == 15
    assert max(Counter(claim["buyer_id"] for claim in claims).values()) <= 2
    told = hub.get(f"/v1/promotions/{promotion['promotion_id']}")
    assert (told["claimed"], told["state"], told["cost_fen"], told["budget_fen"]) == (15, "ended", 0, 4500)


@pytest.mark.parametrize(("mode", "total_fen", "count"), [("random", 997, 37), ("equal", 1000, 7), ("random", 5, 5)])
def test_an_envelope_is_emptied_to_the_fen(hub: Client, room_id: str, mode: str, total_fen: int, count: int) -> None:
    made = hub.envelope(room_id, f"{room_id}-e", mode=mode, total_fen=total_fen, count=count)

    def grab(n: int) -> httpx.Response:
        path = f"/v1/promotions/{made['promotion_id']}/claim"
        return hub.http.post(path, json={}, headers={"X-Buyer": f"g{n}"})

    answers = at_once(count + 10, grab)
    got = [answer.json() for answer in answers if answer.status_code == 200]
    assert len(got) == count
    assert sum(claim["amount_fen"] for claim in got) == total_fen
    assert min(claim["amount_fen"] for claim in got) >= 1
    assert {answer.json()["error"]["code"] for answer in answers if answer.status_code != 200} == {"sold_out"}
    told = hub.get(f"/v1/promotions/{made['promotion_id']}")
    assert (told["state"], told["claimed"], told["cost_fen"]) == ("ended", count, total_fen)


def test_a_buyer_grabs_once(hub: Client, room_id: str) -> None:
    made = hub.envelope(room_id, f"{room_id}-e")
    hub.claim(made["promotion_id"], "greedy")
    assert hub.claim(made["promotion_id"], "greedy", 409) == "buyer_limit"


def test_a_closed_promotion_gives_nothing_more_and_may_be_closed_again(hub: Client, room_id: str) -> None:
    made = hub.coupon(room_id, f"{room_id}-k")
    hub.claim(made["promotion_id"], "early")
    closed = hub.post(f"/v1/promotions/{made['promotion_id']}/close")
    assert (closed["state"], closed["claimed"]) == ("closed", 1)
    assert hub.post(f"/v1/promotions/{made['promotion_id']}/close") == closed
    assert hub.claim(made["promotion_id"], "late", 410) == "ended"


def test_what_makes_no_sense_is_refused_in_the_error_shape(hub: Client, room_id: str) -> None:
    for changes in ({"total": 0}, {"amount_fen": -1}, {"amount_fen": 3.5}, {"valid_s": "60"}, {"surprise": 1}):
        assert hub.coupon(room_id, f"{room_id}-bad", 422, **changes) == "invalid"
    assert hub.envelope(room_id, f"{room_id}-bad", 422, total_fen=9, count=10) == "invalid"
    assert hub.envelope(room_id, f"{room_id}-bad", 422, mode="lucky") == "invalid"
    assert hub.post(f"/v1/rooms/{room_id}/coupons", coupon_wish(), 422) == "invalid"  # no key
    assert hub.coupon(room_id, f"{room_id}-bad", 404, product_id="nothing") == "not_found"
    assert hub.coupon("nowhere", f"{room_id}-bad", 404) == "not_found"
    assert hub.get(f"/v1/promotions/by_key/{room_id}-bad", 404) == "not_found"
    raw = hub.http.post(f"/v1/rooms/{room_id}/coupons", content=b"{", headers={"Idempotency-Key": "x"})
    assert raw.status_code == 422 and raw.json()["error"]["code"] == "invalid"


def test_a_key_may_hold_any_characters_of_a_path(hub: Client, room_id: str) -> None:
    made = hub.coupon(room_id, f"{room_id}/a/b", not_after_ms=FAR_MS)
    assert hub.get(f"/v1/promotions/by_key/{room_id}/a/b")["promotion_id"] == made["promotion_id"]
