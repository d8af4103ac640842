"""What happens to an order after it was made: paid or let go, received, returned, settled."""

from __future__ import annotations

import logging
from typing import Any

from studio.hub.hub import Hub
from studio.hub.world.line import Line, LineError
from studio.hub.world.people import gang_of
from studio.hub.world.stage import Stage, dice_for

DAY_S = 20.0
"""A day of the rehearsal world, in its own seconds: parcels take two or three."""

PAGE = 500
USUAL_RETURNS_BP = 300

_log = logging.getLogger(__name__)

Json = dict[str, Any]


class Doorstep:
    """Moves the orders of a room's buyers on when it is time; what is due follows from the order itself."""

    def __init__(self, hub: Hub, stage: Stage, line: Line, *, seed: int, speed: float) -> None:
        self._hub = hub
        self._stage = stage
        self._line = line
        self._seed = seed
        self._speed = speed
        self._since = 0
        self._due: dict[str, tuple[float, str, Json]] = {}
        self.brushed: set[str] = set()
        """The orders of those who brush."""

    @property
    def is_idle(self) -> bool:
        """Is every order at its end."""
        return not self._due

    def read(self) -> None:
        """Take in what changed in the order feed."""
        while True:
            page = self._hub.orders.page(self._stage.room_id, self._since, PAGE)
            for order in page["items"]:
                self._take_in(order)
            self._since = page["next_since"]
            if not page["has_more"]:
                return

    async def act(self) -> None:
        """Do what is due now."""
        now_ms = self._hub.clock.now_ms()
        for due_ms, step, order in sorted(self._due.values(), key=lambda due: due[0]):
            if due_ms > now_ms:
                return
            del self._due[order["order_id"]]
            try:
                await self._line.post(f"/v1/orders/{order['order_id']}/{step}", order["buyer_id"])
            except LineError as error:
                self._due[order["order_id"]] = (now_ms + 1000, step, order)
                _log.info("%s", error)
                return

    def _take_in(self, order: Json) -> None:
        self._stage.ordered.add((order["buyer_id"], order["product_id"]))
        self._due.pop(order["order_id"], None)
        index = self._index_of(order["buyer_id"])
        if index is None:
            return
        is_brushed = gang_of(index) is not None
        if is_brushed:
            self.brushed.add(order["order_id"])
        planned = self._plan(order, is_brushed)
        if planned is not None:
            after_s, step = planned
            self._due[order["order_id"]] = (order["updated_at_ms"] + after_s * 1000 / self._speed, step, order)

    def _plan(self, order: Json, is_brushed: bool) -> tuple[float, str] | None:
        """After how many world seconds in this status comes which step; None: never."""
        dice = dice_for(self._seed, order["order_id"], order["status"])
        if order["status"] == "unpaid":
            if is_brushed or dice.random() < 0.92:
                return (dice.uniform(0.5, 1.5) if is_brushed else dice.uniform(2, 12)), "pay"
            return 45.0, "return"
        if order["status"] == "paid":
            if is_brushed:
                return dice.uniform(2, 5), "receive"
            return (1.0 * DAY_S, "return") if dice.random() < 0.02 else (dice.uniform(1.5, 3.5) * DAY_S, "receive")
        if order["status"] == "received":
            if not is_brushed and dice.random() * 10_000 < self._returns_bp(order["product_id"]):
                return dice.uniform(0.5, 3) * DAY_S, "return"
            return 7 * DAY_S, "settle"
        return None

    def _returns_bp(self, product_id: str) -> int:
        product = self._stage.product
        if product is not None and product["id"] == product_id and product["return_rate_bp"] is not None:
            return int(product["return_rate_bp"])
        return USUAL_RETURNS_BP

    def _index_of(self, buyer_id: str) -> int | None:
        """Which of the world's buyers this is; None: somebody else's."""
        head, _, number = buyer_id.partition("x")
        return int(number) if head == f"b{self._seed}" and number.isdigit() else None
