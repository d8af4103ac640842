"""Faults on demand, and what the hub did or did not do behind them."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.hub.stage import Client, coupon_wish, served, wait_until


@pytest.fixture(autouse=True)
def disarm(hub: Client) -> Iterator[None]:
    yield
    hub.http.delete("/v1/faults")


def arm(hub: Client, mode: str, **changes: Any) -> None:
    hub.post("/v1/faults", {"path": "/coupons$", "method": "POST", "mode": mode, "times": 1, **changes})


def create(hub: Client, room_id: str, key: str, timeout_s: float) -> httpx.Response:
    with httpx.Client(base_url=hub.url, timeout=timeout_s, trust_env=False) as impatient:
        headers = {"Authorization": f"Bearer {hub.token}", "Idempotency-Key": key}
        return impatient.post(f"/v1/rooms/{room_id}/coupons", json=coupon_wish(), headers=headers)


def held(hub: Client) -> list[str]:
    return [one["mode"] for one in hub.get("/v1/faults")["held"]]


def test_a_request_whose_client_left_before_is_thrown_away(hub: Client, room_id: str) -> None:
    arm(hub, "hold_before")
    with pytest.raises(httpx.ReadTimeout):
        create(hub, room_id, f"{room_id}-k", 0.3)
    wait_until(lambda: not held(hub), 5, "the held request to go")
    hub.http.delete("/v1/faults")
    assert hub.get(f"/v1/promotions/by_key/{room_id}-k", 404) == "not_found"
    assert hub.get(f"/v1/rooms/{room_id}/promotions")["items"] == []


@pytest.mark.parametrize("mode", ["hold_before", "hold_after", "slow"])
def test_a_held_request_goes_on_when_it_is_released(hub: Client, room_id: str, mode: str) -> None:
    arm(hub, mode)
    answers: list[httpx.Response] = []
    thread = threading.Thread(target=lambda: answers.append(create(hub, room_id, f"{room_id}-k", 20)))
    thread.start()
    wait_until(lambda: held(hub) == [mode], 5, "the request to be held")
    if mode == "hold_after":
        wait_until(lambda: hub.get(f"/v1/rooms/{room_id}/promotions")["items"], 5, "the commit behind the held answer")
    else:
        assert hub.get(f"/v1/promotions/by_key/{room_id}-k", 404) == "not_found"
    assert not answers
    hub.http.delete("/v1/faults")
    thread.join(10)
    assert answers[0].status_code == 200
    assert answers[0].json() == hub.get(f"/v1/promotions/by_key/{room_id}-k")


def test_an_answer_that_nobody_waited_for_was_a_deed_all_the_same(hub: Client, room_id: str) -> None:
    arm(hub, "hold_after")
    with pytest.raises(httpx.ReadTimeout):
        create(hub, room_id, f"{room_id}-k", 0.4)
    assert hub.get(f"/v1/promotions/by_key/{room_id}-k")["claimed"] == 0


def test_a_hold_ends_by_itself(hub: Client, room_id: str) -> None:
    arm(hub, "hold_before", hold_s=0.2)
    assert create(hub, room_id, f"{room_id}-k", 10).status_code == 200


def test_wrong_answers(hub: Client, room_id: str) -> None:
    arm(hub, "status_500", times=2)
    for _ in range(2):
        answer = create(hub, room_id, f"{room_id}-500", 10)
        assert (answer.status_code, answer.json()["error"]["code"]) == (500, "internal")
    assert hub.get(f"/v1/promotions/by_key/{room_id}-500", 404) == "not_found"
    assert create(hub, room_id, f"{room_id}-500", 10).status_code == 200

    arm(hub, "garbage")
    with pytest.raises(ValueError):
        create(hub, room_id, f"{room_id}-garbage", 10).json()
    assert hub.get(f"/v1/promotions/by_key/{room_id}-garbage")["state"] == "live"

    arm(hub, "drop")
    with pytest.raises(httpx.TransportError):
        create(hub, room_id, f"{room_id}-drop", 10)
    assert hub.get(f"/v1/promotions/by_key/{room_id}-drop", 404) == "not_found"


def test_only_what_matches_suffers(hub: Client, room_id: str) -> None:
    arm(hub, "status_500", method="DELETE")
    assert create(hub, room_id, f"{room_id}-k", 10).status_code == 200
    assert hub.get("/v1/faults") == {"held": [], "armed": 1}
    assert hub.post("/v1/faults", {"path": "(", "mode": "drop"}, 422) == "bad_pattern"
    assert hub.post("/v1/faults", {"path": "x", "mode": "explode"}, 422) == "invalid"


def test_a_hub_goes_down_at_once_with_held_requests_and_long_polls(tmp_path: Path) -> None:
    ends: list[Any] = []

    def suffer(do: Any) -> None:
        try:
            ends.append(do())
        except httpx.TransportError as error:
            ends.append(error)

    with served(tmp_path, has_faults=True) as hub:
        room_id = hub.open_room("s")["room_id"]
        arm(hub, "hold_before", hold_s=600)
        waiting = [
            threading.Thread(target=suffer, args=(lambda: create(hub, room_id, "k", 60),)),
            threading.Thread(target=suffer, args=(lambda: hub.get(f"/v1/rooms/{room_id}/events", after=0, wait_s=20),)),
        ]
        for thread in waiting:
            thread.start()
        wait_until(lambda: held(hub) == ["hold_before"], 5, "the request to be held")
    for thread in waiting:
        thread.join(10)
    assert len(ends) == 2


def test_a_hub_without_faults_has_no_such_path(tmp_path: Path) -> None:
    with served(tmp_path) as hub:
        assert hub.post("/v1/faults", {"path": "x", "mode": "drop"}, 404) == "not_found"
        assert "/v1/faults" not in hub.http.get("/openapi.json").json()["paths"]
