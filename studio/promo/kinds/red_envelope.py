"""The red envelope (红包): an amount split among those who grab first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from studio.core.errors import UserError
from studio.core.money import Money
from studio.promo.kinds import KINDS, named, whole

MOST_PIECES = 2_000
MOST_FEN = 2_000_000
"""Limits as platforms set them: ≤ 2,000 pieces, ≤ ¥20,000 (notes: users, c)."""


@dataclass(frozen=True, kw_only=True)
class RedEnvelope:
    """Settings of a red envelope; ``mode`` is ``random`` (拼手气) or ``equal`` (普通)."""

    kind: ClassVar[str] = "red_envelope"
    name: str
    total_fen: int
    count: int
    mode: str = "random"
    valid_s: int = 60

    def __post_init__(self) -> None:
        named(self.name)
        whole("total_fen", self.total_fen, 1, MOST_FEN)
        whole("count", self.count, 1, MOST_PIECES)
        whole("valid_s", self.valid_s, 5, 3_600)
        if self.mode not in ("random", "equal"):
            raise UserError("error.promo.unknown_mode", mode=self.mode)
        if self.total_fen < self.count:
            raise UserError("error.promo.less_than_a_fen")

    @property
    def total(self) -> int:
        return self.count

    def worst_case(self) -> Money:
        return Money(self.total_fen)

    def owed(self, claimed: int, cost: Money) -> Money:
        return cost


KINDS.add(RedEnvelope.kind, RedEnvelope)
