"""The buyers of one room."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable

from studio.hub.hub import Hub
from studio.hub.world.doorstep import Doorstep
from studio.hub.world.life import Visit
from studio.hub.world.line import Line
from studio.hub.world.people import CROWD, REGULARS, make_buyer
from studio.hub.world.stage import News, Stage, dice_for

LOOK_EVERY_S = 0.15
CROWD_COMES_WITHIN_S = 0.6
AWAY_S = (20.0, 120.0)

_log = logging.getLogger(__name__)


class RoomWorld:
    """Lets buyers live in a room until it is closed and their parcels are through."""

    def __init__(self, hub: Hub, room_id: str, make_line: Callable[[], Line], seed: int) -> None:
        self._hub = hub
        self._make_line = make_line
        self._seed = seed
        self._speed = hub.options.speed
        self._stage = Stage(hub, room_id)
        self._line = make_line()
        self.doorstep = Doorstep(hub, self._stage, self._line, seed=seed, speed=self._speed)
        self._visits: dict[int, tuple[Visit, asyncio.Task[None]]] = {}
        self._coupons: dict[str, tuple[str, ...]] = {}

    async def live(self, save_truth: Callable[[], None]) -> None:
        """Run until the room is closed and every order is at its end."""
        try:
            self._begin()
            brushed = -1
            while not (self._stage.is_closed and self.doorstep.is_idle):
                self._look()
                await self.doorstep.act()
                if len(self.doorstep.brushed) != brushed:
                    brushed = len(self.doorstep.brushed)
                    save_truth()
                await asyncio.sleep(LOOK_EVERY_S)
        finally:
            await self._end()

    def _begin(self) -> None:
        """Go on where the room stands: who is in it stays, who held a coupon holds it."""
        self.doorstep.read()
        self._stage.look()
        held: defaultdict[str, list[str]] = defaultdict(list)
        for buyer_id, promotion_id in self._hub.promotions.unused_coupons(self._stage.room_id):
            held[buyer_id].append(promotion_id)
        self._coupons = {buyer_id: tuple(coupons) for buyer_id, coupons in held.items()}
        if self._stage.is_closed:
            return
        present = set(self._hub.rooms.present(self._stage.room_id))
        for index in range(CROWD):
            buyer = make_buyer(self._seed, index)
            if buyer.buyer_id in present:
                self._invite(index, 0.0)
            elif index < REGULARS:
                self._invite(index, buyer.arrives_after_s)

    def _look(self) -> None:
        news = self._stage.look()
        self.doorstep.read()
        if self._stage.is_closed:
            self._send_home()
            return
        for one in news:
            if one.kind == "red_envelope":
                self._draw_crowd(one)
            for visit, _ in self._visits.values():
                visit.tell(one)
        for index, (_, task) in list(self._visits.items()):
            if task.done():
                self._forget(index)
                if index < REGULARS:
                    again = dice_for(self._seed, index, self._hub.clock.now_ms())
                    self._invite(index, again.uniform(*AWAY_S))

    def _draw_crowd(self, news: News) -> None:
        """An envelope that is larger than the audience draws people in."""
        inside = sum(visit.has_entered for visit, _ in self._visits.values())
        missing = news.thing["total"] - news.thing["claimed"] + 5 - inside
        fresh = [index for index in range(REGULARS, CROWD) if index not in self._visits]
        for index in fresh[: max(0, missing)]:
            dice = dice_for(self._seed, index, news.thing["promotion_id"])
            self._invite(index, dice.uniform(0, CROWD_COMES_WITHIN_S) * self._speed)

    def _invite(self, index: int, arrives_after_s: float) -> None:
        buyer = make_buyer(self._seed, index)
        coupons = self._coupons.pop(buyer.buyer_id, ())
        visit = Visit(buyer, self._stage, self._make_line(), seed=self._seed, speed=self._speed, coupons=coupons)
        self._visits[index] = (visit, asyncio.create_task(visit.live(arrives_after_s)))

    def _forget(self, index: int) -> None:
        _, task = self._visits.pop(index)
        if not task.cancelled() and task.exception() is not None:
            _log.error("buyer %d broke down", index, exc_info=task.exception())

    def _send_home(self) -> None:
        for _, task in self._visits.values():
            task.cancel()

    async def _end(self) -> None:
        self._send_home()
        await asyncio.gather(*(task for _, task in self._visits.values()), return_exceptions=True)
        self._line.close()
