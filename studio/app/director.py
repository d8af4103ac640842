"""The director: runs a rehearsal unattended. It reads the show's state, never a script of times, so that it goes on
after a crash where the show stands and drops nothing late."""

from __future__ import annotations

from studio.app.house import House
from studio.core.by import By, Role
from studio.core.errors import UserError
from studio.promo.promotion import Promotion, PromotionState
from studio.show.rundown import OnAir

BY = By(role=Role.OPERATOR, name="director", device_id="director")

ARM_AT, DROP_AT, TOO_LATE_AT = 0.15, 0.3, 0.8
"""Shares of an item's planned time at which its promotions are armed and dropped, and after which they are let go."""


class Director:
    """Takes each item for its planned time and drops each item's promotions while it is on air."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._desk = house.desk
        self._refused: set[str] = set()

    async def step(self) -> bool:
        """Do what is due now; False when the rundown is through."""
        desk = self._desk
        rundown = desk.state.rundown
        on_air = rundown.on_air
        if on_air is None:
            if rundown.standby_id is None:
                return False
            await desk.do("show.next", BY)
            return True
        share = (desk.clock.now_ms() - on_air.taken_ms) / (on_air.planned_s * 1000)
        for promotion in desk.state.all_promotions():
            if promotion.item_id == on_air.item_id:
                await self._promote(promotion, share)
        if share < 1.0:
            return True
        return await self._go_on(on_air)

    async def _go_on(self, on_air: OnAir) -> bool:
        if self._desk.state.rundown.standby_id is None:
            return False
        await self._desk.do("show.next", BY)
        return True

    async def _promote(self, promotion: Promotion, share: float) -> None:
        if promotion.id in self._refused or share > TOO_LATE_AT:
            return
        try:
            if promotion.state is PromotionState.DRAFT and share >= ARM_AT:
                await self._desk.do("promo.arm", BY, promotion_id=promotion.id)
            elif promotion.state is PromotionState.ARMED and share >= DROP_AT:
                await self._desk.do("promo.drop", BY, promotion_id=promotion.id)
        except UserError as error:
            self._refused.add(promotion.id)
            self._desk.say("warn", str(error))
