"""Rooms: opened once a session, watched, heard, witnessed, closed."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any

from tests.hub.stage import Client, served


def test_a_session_has_one_room(hub: Client) -> None:
    first = hub.open_room("one-session")
    assert hub.open_room("one-session") == first
    assert first["push_url"] == f"rtmp://127.0.0.1:{hub.card['rtmp_port']}/live" and len(first["push_key"]) > 20
    other = {"session_id": "one-session", "title": "another"}
    assert hub.post("/v1/rooms", other, 409, key="one-session") == "key_reused"
    assert hub.post("/v1/rooms", other, 422, key="different") == "key_differs"
    assert hub.post("/v1/rooms", other, 422) == "invalid"
    room = hub.get(f"/v1/rooms/{first['room_id']}")
    assert room["state"] == "open" and room["viewers"] == 0 and "push_key" not in room
    assert hub.get("/v1/rooms/nowhere", 404) == "not_found"


def test_two_rooms_never_share_a_push_key(hub: Client, open_room: Any) -> None:
    assert hub.open_room("a-session")["push_key"] != hub.open_room("b-session")["push_key"]


def test_a_product_is_featured_until_another_is(hub: Client, room_id: str) -> None:
    product_id = hub.get("/v1/pool/products", limit=1)["items"][0]["id"]
    at_ms = hub.post(f"/v1/rooms/{room_id}/feature", {"product_id": product_id})["featured_at_ms"]
    room = hub.get(f"/v1/rooms/{room_id}")
    assert (room["featured_product_id"], room["featured_at_ms"]) == (product_id, at_ms)
    assert hub.post(f"/v1/rooms/{room_id}/feature", {"product_id": "nothing"}, 404) == "not_found"
    hub.post(f"/v1/rooms/{room_id}/feature", {"product_id": None})
    assert hub.get(f"/v1/rooms/{room_id}")["featured_product_id"] is None


def test_buyers_come_talk_and_go(hub: Client, room_id: str) -> None:
    path = f"/v1/rooms/{room_id}"
    assert hub.post(f"{path}/enter", {"nick": "小雨"}, buyer="b1") == {"viewers": 1}
    assert hub.post(f"{path}/enter", {"nick": "小雨"}, buyer="b1") == {"viewers": 1}
    assert hub.post(f"{path}/enter", {}, buyer="b2") == {"viewers": 2}
    hub.post(f"{path}/comments", {"text": "想看1号色"}, buyer="b1")
    assert hub.post(f"{path}/leave", buyer="b2") == {"viewers": 1}
    assert hub.post(f"{path}/comments", {"text": ""}, 422, buyer="b1") == "invalid"
    assert hub.post(f"{path}/comments", {"text": "hi"}, 422) == "invalid"  # nobody says it
    events = hub.events(room_id)
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    assert [event["type"] for event in events] == ["enter", "viewers", "enter", "viewers", "comment", "viewers"]
    assert (events[4]["nick"], events[4]["text"], events[4]["buyer_id"]) == ("小雨", "想看1号色", "b1")
    assert hub.get(f"{path}/events", after=4)["items"] == events[4:]
    assert hub.get(f"{path}/events", after=4, limit=1) == {"items": events[4:5], "last_seq": 5}
    assert hub.get(path)["viewers"] == 1


def test_a_long_poll_answers_as_soon_as_something_happens(hub: Client, room_id: str) -> None:
    answers: list[tuple[float, Any]] = []

    def poll() -> None:
        page = hub.get(f"/v1/rooms/{room_id}/events", after=0, wait_s=15)
        answers.append((time.monotonic(), page))

    polls = [threading.Thread(target=poll) for _ in range(5)]
    for thread in polls:
        thread.start()
    time.sleep(0.3)  # the polls have to be waiting; were they late they would see the comment at once all the same
    assert not answers
    said_s = time.monotonic()
    hub.post(f"/v1/rooms/{room_id}/comments", {"text": "扣1"}, buyer="b")
    for thread in polls:
        thread.join()
    assert max(at_s for at_s, _ in answers) - said_s < 1.0
    assert all([event["text"] for event in page["items"]] == ["扣1"] for _, page in answers)


def test_a_long_poll_of_a_silent_room_ends_in_time(hub: Client, room_id: str) -> None:
    began_s = time.monotonic()
    assert hub.get(f"/v1/rooms/{room_id}/events", after=0, wait_s=0.4) == {"items": [], "last_seq": 0}
    assert 0.35 <= time.monotonic() - began_s < 2.0
    assert hub.get(f"/v1/rooms/{room_id}/events", 422, wait_s=21) == "invalid"
    assert hub.get("/v1/rooms/nowhere/events", 404) == "not_found"


def test_witnesses_are_only_ever_added(hub: Client, room_id: str) -> None:
    path = f"/v1/rooms/{room_id}/witness"
    first = hub.post(path, {"seq": 3, "head": "aa"})
    assert hub.post(path, {"seq": 3, "head": "aa"}) == first
    hub.post(path, {"seq": 3, "head": "bb"})
    closed = hub.post(f"/v1/rooms/{room_id}/close", {"seq": 9, "head": "cc"})
    assert closed["state"] == "closed"
    assert hub.post(f"/v1/rooms/{room_id}/close", {"seq": 9, "head": "cc"}) == closed
    assert [(item["seq"], item["head"]) for item in hub.get(path)["items"]] == [(3, "aa"), (3, "bb"), (9, "cc")]


def test_nothing_happens_in_a_closed_room(hub: Client, room_id: str) -> None:
    hub.post(f"/v1/rooms/{room_id}/close", {"seq": 1, "head": "h"})
    path = f"/v1/rooms/{room_id}"
    assert hub.post(f"{path}/enter", {}, 409, buyer="b") == "room_closed"
    assert hub.post(f"{path}/comments", {"text": "hi"}, 409, buyer="b") == "room_closed"
    assert hub.post(f"{path}/orders", {"product_id": "p00000001"}, 409, buyer="b") == "room_closed"
    assert hub.post(f"{path}/feature", {"product_id": None}, 409) == "room_closed"


def test_everything_outlives_the_hub_and_the_room_gets_its_new_address(tmp_path: Path) -> None:
    with served(tmp_path, products=3) as hub:
        room = hub.open_room("s")
        made = hub.coupon(room["room_id"], "k")
        hub.claim(made["promotion_id"], "b")
        hub.post(f"/v1/rooms/{room['room_id']}/witness", {"seq": 1, "head": "h"})
        before = [hub.get(f"/v1/rooms/{room['room_id']}{what}") for what in ("", "/promotions", "/witness", "/events")]
        url, token = hub.url, hub.token
    with served(tmp_path) as hub:
        assert (hub.url, hub.token) == (url, token)
        assert [
            hub.get(f"/v1/rooms/{room['room_id']}{what}") for what in ("", "/promotions", "/witness", "/events")
        ] == before
        assert hub.open_room("s") == room
        assert hub.coupon(room["room_id"], "k")["replayed"] is True
    moved = dict(room)
    with served(tmp_path, rtmp_port=_free_port()) as hub:
        moved["push_url"] = f"rtmp://127.0.0.1:{hub.card['rtmp_port']}/live"
        assert hub.open_room("s") == moved != room


def _free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
