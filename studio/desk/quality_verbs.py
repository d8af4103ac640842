"""Verbs of what is encoded: a step of the ladder that stays, and which encoder."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from studio.core.by import By
from studio.core.errors import UserError
from studio.core.i18n import tr
from studio.desk.actions import action
from studio.video.codec_options import X264

if TYPE_CHECKING:
    from studio.desk.desk import Desk

SETUP = "quality"
BY_ITSELF = -1


@dataclass(frozen=True, kw_only=True)
class QualitySetup:
    """What was chosen; ``pinned`` is a step of the ladder, or -1 for what computer and network allow."""

    pinned: int = BY_ITSELF
    encoder: str = X264

    @classmethod
    def read(cls, setup: dict[str, dict[str, Any]]) -> QualitySetup:
        """From saved values; what is missing or broken is the default."""
        saved = setup.get(SETUP, {})
        pinned, encoder = saved.get("pinned"), saved.get("encoder")
        return cls(
            pinned=pinned if type(pinned) is int and pinned >= BY_ITSELF else BY_ITSELF,
            encoder=encoder if isinstance(encoder, str) and encoder else X264,
        )


class QualityVerbs:
    """quality.pin, encoder.choose."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    @action("quality.pin", icon="pin-outline")
    async def pin(self, by: By, step: int) -> None:
        """Stay on a step of the ladder (0: the best) whatever happens; -1 lets computer and network decide."""
        if step < BY_ITSELF:
            raise UserError("error.desk.bad_argument", verb="quality.pin", name="step", wanted="int")
        chosen = replace(QualitySetup.read(self._desk.state.setup), pinned=step)
        self._desk.save(by, "quality.pin", {"step": step}, setup={SETUP: asdict(chosen)})
        self._desk.picture.pin_quality(_step(chosen))
        self._desk.tell(self._desk.changed("quality.pin"))

    @action("encoder.choose", icon="chip")
    async def choose(self, by: By, name: str) -> None:
        """Encode with x264 (``libx264``) or with the graphics card, once a trial proved that it can."""
        desk = self._desk
        verdict = await desk.work(desk.picture.try_encoder, name)
        if not verdict.is_usable:
            raise UserError("error.video.encoder_unusable", name=name, reason=tr(verdict.reason_key))
        chosen = replace(QualitySetup.read(desk.state.setup), encoder=name)
        desk.save(by, "encoder.choose", {"name": name}, setup={SETUP: asdict(chosen)})
        desk.picture.choose_encoder(name)
        desk.tell(desk.changed("encoder.choose"))

    def apply(self) -> None:
        """After a start: stay where somebody wished it; the encoder is tried again, for drivers change."""
        chosen = QualitySetup.read(self._desk.state.setup)
        if chosen.pinned != BY_ITSELF:
            self._desk.picture.pin_quality(_step(chosen))
        if chosen.encoder != X264:
            self._desk.later(self._try_again(chosen.encoder))

    async def _try_again(self, name: str) -> None:
        desk = self._desk
        verdict = await desk.work(desk.picture.try_encoder, name)
        if verdict.is_usable:
            desk.picture.choose_encoder(name)
        else:
            desk.notice("warn", "error.video.encoder_unusable", name=name, reason=tr(verdict.reason_key))


def _step(chosen: QualitySetup) -> int | None:
    return None if chosen.pinned == BY_ITSELF else chosen.pinned
