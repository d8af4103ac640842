"""How every bench tells its figures: one JSON object a line, the last line the one that decides, exit code 1 below target."""

from __future__ import annotations

import json
import statistics
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NoReturn


@dataclass(frozen=True)
class Result:
    """One figure against its reference; ``target`` is the largest ``ratio`` (figure / reference) that passes, or the
    smallest one when ``is_at_least``."""

    name: str
    figure: float
    unit: str
    reference: float
    target: float
    is_at_least: bool = False

    @property
    def ratio(self) -> float:
        return self.figure / self.reference

    @property
    def is_reached(self) -> bool:
        return self.ratio >= self.target if self.is_at_least else self.ratio <= self.target

    @property
    def margin(self) -> float:
        """How far on the good side of the target: 1 is exactly on it, below 1 is missed."""
        return self.ratio / self.target if self.is_at_least else self.target / max(self.ratio, 1e-12)

    def line(self) -> str:
        told = {
            "name": self.name,
            "figure": round(self.figure, 4),
            "unit": self.unit,
            "reference": round(self.reference, 4),
            "ratio": round(self.ratio, 4),
            "target": round(self.target, 4),
        }
        return json.dumps(told, ensure_ascii=False)


def finish(results: Sequence[Result]) -> NoReturn:
    """Print every result, the one nearest to (or furthest below) its target last, and exit 0 or 1."""
    if not results:
        raise ValueError("a bench has at least one result")
    for result in sorted(results, key=lambda one: -one.margin):
        print(result.line(), flush=True)
    sys.exit(0 if all(result.is_reached for result in results) else 1)


def median(figures: Sequence[float]) -> float:
    """The middle figure."""
    return statistics.median(figures)
