"""One buyer's visit to a room: a small heap of plans, done one after the other on the buyer's own connection."""

from __future__ import annotations

import asyncio
import heapq
import itertools
import logging
import random
from collections.abc import Awaitable, Callable
from typing import Any

from studio.hub.world.line import Line, LineError
from studio.hub.world.people import Buyer, say
from studio.hub.world.stage import News, Stage, dice_for

GRAB_JITTER_S = 0.08

_log = logging.getLogger(__name__)


class Visit:
    """A buyer in a room, from entering to leaving."""

    def __init__(
        self, buyer: Buyer, stage: Stage, line: Line, *, seed: int, speed: float, coupons: tuple[str, ...] = ()
    ) -> None:
        self.buyer = buyer
        self.has_entered = False
        self._stage = stage
        self._line = line
        self._seed = seed
        self._speed = speed
        self._dice = random.Random(f"{seed}:{stage.room_id}:{buyer.index}:talk")
        self._news: asyncio.Queue[News] = asyncio.Queue()
        self._plans: list[tuple[float, int, str, Any]] = []
        self._numbers = itertools.count()
        self._coupons = list(coupons)

    def tell(self, news: News) -> None:
        """Show the buyer something new."""
        self._news.put_nowait(news)

    async def live(self, arrives_after_s: float) -> None:
        """Come, watch, act, go; ends when the buyer has left."""
        try:
            self._plan(arrives_after_s, "enter")
            while self._plans:
                await self._step()
        finally:
            self._line.close()

    async def _step(self) -> None:
        wait_s = self._plans[0][0] - asyncio.get_running_loop().time()
        try:
            async with asyncio.timeout(max(0.0, wait_s)):
                news = await self._news.get()
        except TimeoutError:
            _, _, deed, thing = heapq.heappop(self._plans)
            await self._do(deed, thing)
        else:
            self._react(news)

    def _plan(self, after_s: float, deed: str, thing: Any = None, *, is_scaled: bool = True) -> None:
        due_s = asyncio.get_running_loop().time() + (after_s / self._speed if is_scaled else after_s)
        heapq.heappush(self._plans, (due_s, next(self._numbers), deed, thing))

    def _react(self, news: News) -> None:
        if not self.has_entered:
            return
        dice = dice_for(self._seed, self.buyer.index, news.thing.get("promotion_id") or news.thing["id"])
        if news.kind == "red_envelope":
            self._plan(dice.uniform(0, GRAB_JITTER_S), "grab", news.thing, is_scaled=False)
        elif news.kind == "coupon":
            if dice.random() < 0.7 and self.buyer.gang is None:
                self._plan(dice.uniform(0.3, 5), "claim", news.thing)
        elif (self.buyer.buyer_id, news.thing["id"]) in self._stage.ordered:
            return
        elif self.buyer.gang is not None:
            self._plan_brushing(dice, news.thing)
        elif dice.random() < self.buyer.order_chance:
            self._plan(dice.uniform(2, 20), "order", news.thing)

    def _plan_brushing(self, dice: random.Random, product: dict[str, Any]) -> None:
        target = dice_for(self._seed, self._stage.room_id, "gang", self.buyer.gang, product["id"])
        if target.random() < 0.2:  # the whole gang goes for the same product, again and again
            for n in range(target.randrange(2, 4)):
                self._plan(1.5 + n * dice.uniform(1.5, 3), "brush", product)

    async def _do(self, deed: str, thing: Any) -> None:
        deeds: dict[str, Callable[[Any], Awaitable[None]]] = {
            "enter": self._enter,
            "leave": self._leave,
            "talk": self._talk,
            "claim": self._claim,
            "grab": self._grab,
            "order": self._order,
            "brush": self._brush,
        }
        try:
            await deeds[deed](thing)
        except LineError as error:
            _log.info("buyer %s: %s", self.buyer.buyer_id, error)
            if deed in ("enter", "leave"):
                self._plan(1.0, deed, thing, is_scaled=False)

    async def _post(self, path: str, **body: Any) -> tuple[int, dict[str, Any]]:
        return await self._line.post(path, self.buyer.buyer_id, body)

    async def _enter(self, _thing: Any) -> None:
        status, _ = await self._post(f"/v1/rooms/{self._stage.room_id}/enter", nick=self.buyer.nick)
        if status != 200:
            return
        self.has_entered = True
        self._plan(self.buyer.stays_s, "leave")
        if self.buyer.gang is None:
            self._plan(self._dice.uniform(1, self.buyer.comments_every_s), "talk")
        for news in [News(one["kind"], one) for one in self._stage.live.values()]:
            self._react(news)
        if self._stage.product is not None:
            self._react(News("featured", self._stage.product))

    async def _leave(self, _thing: Any) -> None:
        await self._post(f"/v1/rooms/{self._stage.room_id}/leave")
        self.has_entered = False
        self._plans.clear()

    async def _talk(self, topic: str | None) -> None:
        await self._say(topic)
        if topic is None:
            self._plan(self._dice.expovariate(1 / self.buyer.comments_every_s) + 2, "talk")

    async def _say(self, topic: str | None) -> None:
        text = say(self._dice, topic, self._stage.product)
        await self._post(f"/v1/rooms/{self._stage.room_id}/comments", nick=self.buyer.nick, text=text)

    async def _claim(self, promotion: dict[str, Any]) -> None:
        status, _ = await self._post(f"/v1/promotions/{promotion['promotion_id']}/claim", nick=self.buyer.nick)
        if status != 200:
            return
        self._coupons.append(promotion["promotion_id"])
        if self._dice.random() < 0.25:
            self._plan(self._dice.uniform(0.5, 3), "talk", "coupon")
        if self._stage.product is not None and self._dice.random() < 0.8:
            self._plan(self._dice.uniform(1, 10), "order", self._stage.product)

    async def _grab(self, promotion: dict[str, Any]) -> None:
        await self._post(f"/v1/promotions/{promotion['promotion_id']}/claim", nick=self.buyer.nick)
        if self._dice.random() < 0.2:
            self._plan(self._dice.uniform(0.5, 4), "talk", self._dice.choice(("envelope", "one")))

    async def _order(self, product: dict[str, Any]) -> None:
        skus = [sku for sku in product["skus"] if sku["stock"] > 0]
        wish = {"product_id": product["id"], "quantity": self._dice.choice((1, 1, 1, 1, 2))}
        if skus:
            wish["sku_id"] = self._dice.choice(skus)["id"]
        path = f"/v1/rooms/{self._stage.room_id}/orders"
        for coupon in [*self._coupons, None]:
            status, _ = await self._post(path, **wish, **({"promotion_id": coupon} if coupon else {}))
            if status == 200:
                if coupon:
                    self._coupons.remove(coupon)
                if self._dice.random() < 0.3:
                    self._plan(self._dice.uniform(1, 5), "talk", "bought")
                return

    async def _brush(self, product: dict[str, Any]) -> None:
        await self._post(f"/v1/rooms/{self._stage.room_id}/orders", product_id=product["id"], quantity=1)
        if self._dice.random() < 0.3:
            await self._say("brush")
