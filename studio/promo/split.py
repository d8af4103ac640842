"""How a red envelope (红包) is split before it is dropped."""

from __future__ import annotations

from typing import Protocol

from studio.core.money import Money


class Dice(Protocol):
    """A source of chance; in production ``secrets.SystemRandom``."""

    def randint(self, low: int, high: int) -> int: ...


def split_red_envelope(total_fen: int, count: int, mode: str, dice: Dice) -> tuple[int, ...]:
    """Split ``total_fen`` into ``count`` parts of at least 1 fen that add up exactly.

    ``random`` is the double-mean method (二倍均值法): each draws from 1 to twice the mean of what is left, the last takes
    the rest; the expectation is the same for every place. ``equal`` differs by one fen at most.
    Raises ValueError when there is less than one fen for each.
    """
    if count < 1 or total_fen < count:
        raise ValueError("a red envelope needs at least one part and one fen for each")
    if mode == "equal":
        return tuple(part.fen for part in Money(total_fen).split([1] * count))
    if mode != "random":
        raise ValueError(f"unknown mode {mode!r}; known: random, equal")
    parts: list[int] = []
    left_fen = total_fen
    for left_count in range(count, 1, -1):
        highest = min(2 * left_fen // left_count, left_fen - (left_count - 1))
        part = dice.randint(1, max(1, highest))
        parts.append(part)
        left_fen -= part
    parts.append(left_fen)
    return tuple(parts)
