"""The world's thread: finds rooms and lets buyers live in them."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import threading

from studio.hub.hub import Hub
from studio.hub.world.line import Line
from studio.hub.world.people import CROWD, gang_of, make_buyer
from studio.hub.world.room import RoomWorld

TRUTH_NAME = "world_truth.json"
SEARCH_EVERY_S = 0.2
STOP_WITHIN_S = 5.0

_log = logging.getLogger(__name__)


class World:
    """Buyers for every room of a hub, from one seed."""

    def __init__(self, hub: Hub, host: str, port: int, seed: int) -> None:
        self._hub = hub
        self._address = (host, port)
        self._seed = seed
        self._rooms: dict[str, RoomWorld] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[None] | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Let the buyers come."""
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, args=(self._loop,), name="hub-world", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Send everybody home and end the thread; not from the server's loop, which has to answer them meanwhile."""
        if self._loop is not None and self._thread is not None and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._cancel)
            self._thread.join(STOP_WITHIN_S)

    def _cancel(self) -> None:
        if self._task is not None:
            self._task.cancel()

    def _run(self, loop: asyncio.AbstractEventLoop) -> None:
        asyncio.set_event_loop(loop)
        try:
            self._task = loop.create_task(self._live())
            loop.run_until_complete(asyncio.gather(self._task, return_exceptions=True))
        finally:
            loop.run_until_complete(loop.shutdown_asyncgens())
            loop.close()

    async def _live(self) -> None:
        tasks: dict[str, asyncio.Task[None]] = {}
        try:
            while True:
                for room_id in self._hub.rooms.all_ids():
                    if room_id not in tasks:
                        room = RoomWorld(self._hub, room_id, self._line, self._seed)
                        self._rooms[room_id] = room
                        tasks[room_id] = asyncio.create_task(self._guard(room_id, room))
                await asyncio.sleep(SEARCH_EVERY_S)
        finally:
            for task in tasks.values():
                task.cancel()
            await asyncio.gather(*tasks.values(), return_exceptions=True)

    async def _guard(self, room_id: str, room: RoomWorld) -> None:
        try:
            await room.live(self._save_truth)
        except Exception:  # noqa: BLE001 - the world is a guest: its faults must not take the hub down
            _log.exception("the world of room %s broke down", room_id)

    def _line(self) -> Line:
        return Line(*self._address, self._hub.token)

    def _save_truth(self) -> None:
        """Write down who brushes; nothing under test ever reads this file."""
        gangs: dict[str, list[str]] = {}
        for index in range(CROWD):
            gang = gang_of(index)
            if gang is not None:
                gangs.setdefault(str(gang), []).append(make_buyer(self._seed, index).buyer_id)
        rooms = {room_id: sorted(room.doorstep.brushed) for room_id, room in self._rooms.items()}
        truth = {"seed": self._seed, "gangs": gangs, "brushed_orders": rooms}
        path = self._hub.options.folder / TRUTH_NAME
        temporary = path.with_suffix(".new")
        temporary.write_text(json.dumps(truth, indent=1), encoding="utf-8")
        os.replace(temporary, path)
