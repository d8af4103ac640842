"""Verbs of what is encoded: a step of the ladder that stays, and which encoder."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from studio.core.by import By
from studio.core.errors import UserError
from studio.desk.actions import action

if TYPE_CHECKING:
    from studio.desk.desk import Desk

SETUP = "quality"
BY_ITSELF = -1


@dataclass(frozen=True, kw_only=True)
class QualitySetup:
    """What was chosen; ``pinned`` is a step of the ladder, or -1 for what computer and network allow."""

    pinned: int = BY_ITSELF

    @classmethod
    def read(cls, setup: dict[str, dict[str, Any]]) -> QualitySetup:
        """From saved values; what is missing or broken is the default."""
        pinned = setup.get(SETUP, {}).get("pinned")
        return cls(pinned=pinned if type(pinned) is int and pinned >= BY_ITSELF else BY_ITSELF)


class QualityVerbs:
    """quality.pin."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    @action("quality.pin", icon="pin-outline")
    async def pin(self, by: By, step: int) -> None:
        """Stay on a step of the ladder (0: the best) whatever happens; -1 lets computer and network decide."""
        if step < BY_ITSELF:
            raise UserError("error.desk.bad_argument", verb="quality.pin", name="step", wanted="int")
        chosen = QualitySetup(pinned=step)
        self._desk.save(by, "quality.pin", {"step": step}, setup={SETUP: asdict(chosen)})
        self._desk.picture.pin_quality(_step(chosen))
        self._desk.tell(self._desk.changed("quality.pin"))

    def apply(self) -> None:
        """After a start: stay where somebody wished it."""
        chosen = QualitySetup.read(self._desk.state.setup)
        if chosen.pinned != BY_ITSELF:
            self._desk.picture.pin_quality(_step(chosen))


def _step(chosen: QualitySetup) -> int | None:
    return None if chosen.pinned == BY_ITSELF else chosen.pinned
