"""Money in integer fen (分): no float ever touches an amount."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from studio.core.errors import UserError


@dataclass(frozen=True, order=True, slots=True)
class Money:
    """An amount of Chinese yuan, counted in fen (1 yuan = 100 fen)."""

    fen: int

    def __post_init__(self) -> None:
        if isinstance(self.fen, bool) or not isinstance(self.fen, int):
            raise TypeError(f"fen must be an int, not {type(self.fen).__name__}")

    @classmethod
    def from_yuan(cls, text: str) -> Money:
        """Read ``"29.9"`` or ``"1,234.50"`` yuan; raises UserError when it is no amount or has a third decimal."""
        try:
            fen = Decimal(text.replace(",", "").replace("¥", "").strip()) * 100
        except InvalidOperation as error:
            raise UserError("error.money.not_an_amount", text=text) from error
        if not fen.is_finite() or fen != fen.to_integral_value():
            raise UserError("error.money.not_an_amount", text=text)
        return cls(int(fen))

    def __add__(self, other: Money) -> Money:
        return Money(self.fen + other.fen)

    def __sub__(self, other: Money) -> Money:
        return Money(self.fen - other.fen)

    def __mul__(self, count: int) -> Money:
        return Money(self.fen * count)

    def __neg__(self) -> Money:
        return Money(-self.fen)

    def __bool__(self) -> bool:
        return self.fen != 0

    def share(self, rate_bp: int) -> Money:
        """This amount times a rate in basis points (1/10,000), rounded half up to a fen."""
        exact = Decimal(self.fen) * rate_bp / 10_000
        return Money(int(exact.quantize(Decimal(1), rounding=ROUND_HALF_UP)))

    def split(self, weights: Sequence[int]) -> tuple[Money, ...]:
        """Split in proportion to ``weights`` (not negative, not all zero) by largest remainder; the parts add up exactly."""
        total = sum(weights)
        if not weights or total <= 0 or min(weights) < 0:
            raise ValueError("weights must not be negative and must not all be zero")
        sign, amount = (-1, -self.fen) if self.fen < 0 else (1, self.fen)
        parts = [amount * weight // total for weight in weights]
        by_remainder = sorted(range(len(weights)), key=lambda i: (-(amount * weights[i] % total), i))
        for index in by_remainder[: amount - sum(parts)]:
            parts[index] += 1
        return tuple(Money(sign * part) for part in parts)

    def __str__(self) -> str:
        sign = "-" if self.fen < 0 else ""
        yuan, fen = divmod(abs(self.fen), 100)
        return f"{sign}¥{yuan:,}.{fen:02d}"


ZERO = Money(0)
