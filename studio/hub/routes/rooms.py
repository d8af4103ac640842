"""Rooms: open, witness, close, feature, who is there and what is said, what arrived by RTMP."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.concurrency import run_in_threadpool

from studio.hub.errors import invalid
from studio.hub.hub import Hub
from studio.hub.routes.headers import REFUSALS, Buyer, Key
from studio.hub.wire import CommentAnswer, EventPage, Featured, Ingest, OpenedRoom, Room, Viewers, Witness, Witnesses
from studio.hub.wishes import BuyerWish, CommentWish, FeatureWish, RoomWish, WitnessWish


def routes(hub: Hub) -> APIRouter:
    """All paths below /v1/rooms but promotions and orders."""
    router = APIRouter(prefix="/v1/rooms", tags=["rooms"], responses=REFUSALS)
    _add_stage(router, hub)
    _add_buyers(router, hub)
    _add_events(router, hub)
    return router


def _add_stage(router: APIRouter, hub: Hub) -> None:
    @router.post("", response_model=OpenedRoom)
    def open_room(wish: RoomWish, key: Key) -> Any:
        if key != wish.session_id:
            raise invalid("key_differs", "Idempotency-Key must be the session_id")
        row = hub.rooms.open(wish)
        return {**row._mapping, "state": hub.room_state(row), "push_url": hub.push_url}

    @router.get("/{room_id}", response_model=Room)
    def get_room(room_id: str) -> Any:
        return _room(hub, hub.rooms.get(room_id))

    @router.post("/{room_id}/witness", response_model=Witness)
    def witness(room_id: str, wish: WitnessWish) -> Any:
        return hub.rooms.witness(room_id, wish)

    @router.get("/{room_id}/witness", response_model=Witnesses)
    def list_witnesses(room_id: str) -> Any:
        return {"items": hub.rooms.witnesses(room_id)}

    @router.post("/{room_id}/close", response_model=Room)
    def close_room(room_id: str, wish: WitnessWish) -> Any:
        return _room(hub, hub.rooms.close(room_id, wish))

    @router.post("/{room_id}/feature", response_model=Featured)
    def feature(room_id: str, wish: FeatureWish) -> Any:
        return {"featured_at_ms": hub.rooms.feature(room_id, wish.product_id)}

    @router.get("/{room_id}/ingest", response_model=Ingest)
    def ingest(room_id: str) -> Any:
        hub.rooms.get(room_id)
        return hub.ingest.figures(room_id)


def _add_buyers(router: APIRouter, hub: Hub) -> None:
    @router.post("/{room_id}/enter", response_model=Viewers)
    def enter(room_id: str, wish: BuyerWish, buyer: Buyer) -> Any:
        return {"viewers": hub.rooms.enter(room_id, buyer, wish.nick or f"买家{buyer[-4:]}")}

    @router.post("/{room_id}/leave", response_model=Viewers)
    def leave(room_id: str, buyer: Buyer) -> Any:
        return {"viewers": hub.rooms.leave(room_id, buyer)}

    @router.post("/{room_id}/comments", response_model=CommentAnswer)
    def comment(room_id: str, wish: CommentWish, buyer: Buyer) -> Any:
        return hub.rooms.comment(room_id, buyer, wish.nick, wish.text)


def _add_events(router: APIRouter, hub: Hub) -> None:
    @router.get("/{room_id}/events", response_model=EventPage)
    async def events(
        room_id: str,
        after: Annotated[int, Query(ge=0)] = 0,
        limit: Annotated[int, Query(ge=1, le=1000)] = 200,
        wait_s: Annotated[float, Query(ge=0, le=20)] = 0,
    ) -> Any:
        await run_in_threadpool(hub.rooms.get, room_id)
        bell = hub.happenings.bell
        deadline_s = hub.clock.monotonic_s() + wait_s
        while True:
            heard = bell.listen(room_id)
            try:
                page = await run_in_threadpool(hub.happenings.page, room_id, after, limit)
                left_s = deadline_s - hub.clock.monotonic_s()
                if page["items"] or left_s <= 0 or bell.is_closed:
                    return page
                await asyncio.wait_for(heard.wait(), left_s)
            except TimeoutError:
                return page
            finally:
                bell.leave(room_id, heard)


def _room(hub: Hub, row: Any) -> dict[str, Any]:
    viewers = hub.rooms.viewers(row.room_id)
    return {**row._mapping, "state": hub.room_state(row), "push_url": hub.push_url, "viewers": viewers}
