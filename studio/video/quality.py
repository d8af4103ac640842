"""Quality: looks at the encoder and the network once a second and changes what is encoded, by the ladder."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace

from studio.core.events import Fact
from studio.core.i18n import tr
from studio.video.codec_options import RATE_IN_PLACE, X264
from studio.video.encoder import EncoderSettings
from studio.video.facts import QualityChanged
from studio.video.ladder import STEP_EVERY_S, Ladder, Load, NetworkRate, Rung, rungs

_log = logging.getLogger(__name__)


class Quality:
    """The present settings of the encoder and who may change them; used by the engine's keeper only."""

    def __init__(
        self,
        settings: EncoderSettings,
        change: Callable[[EncoderSettings], None],
        set_bitrate: Callable[[int], None],
        tell: Callable[[Fact], None],
    ) -> None:
        self.settings = self._top = settings
        self._change = change
        self._set_bitrate = set_bitrate
        self._tell = tell
        self._ladder = _ladder(settings)
        self._rate = _rate(settings)
        self._dropped = self._encoded = 0
        self._busy_s = 0.0

    @property
    def step(self) -> int:
        """How far down the ladder, 0 is the top."""
        return self._ladder.at

    @property
    def steps(self) -> tuple[str, ...]:
        """What each step of the ladder is called, best first."""
        return tuple(self._name(at) for at in range(len(self._ladder.rungs)))

    @property
    def spares_effects(self) -> bool:
        """Whether skin smoothing is given up here, as the first thing of all."""
        return not self._ladder.rung.has_effects

    @property
    def is_pinned(self) -> bool:
        """Whether somebody chose the step."""
        return self._ladder.pinned is not None

    def choose(self, encoder: str, reason_key: str) -> None:
        """Encode with another encoder from the top of its ladder, or where it is pinned."""
        pinned, can_spare = self._ladder.pinned, self._ladder.can_spare
        top = replace(self.settings, encoder=encoder, preset=self._top.preset, scale=self._top.scale)
        self.settings = replace(top, every=self._top.every)
        self._ladder, kbps = _ladder(self.settings), self._rate.kbps
        self._rate = _rate(replace(self.settings, bitrate_kbps=self._rate.wanted_kbps))
        self._rate.kbps = kbps
        self._ladder.can_spare = can_spare
        if pinned is not None:
            self._ladder.pin(min(pinned, len(self._ladder.rungs) - 1))
        self._go(self._ladder.rung, reason_key, is_other_encoder=True)

    def pin(self, step: int | None) -> None:
        """Stay on a step of the ladder; None lets the load decide again."""
        rung = self._ladder.pin(step if step is None else min(max(step, 0), len(self._ladder.rungs) - 1))
        if rung is not None:
            self._go(rung, "video.quality.pinned")

    def look(
        self,
        now_s: float,
        counts: tuple[int, int, float],
        backlogs_s: Sequence[float],
        *,
        has_effects: bool = False,
    ) -> None:
        """A second has passed: ``counts`` are dropped and encoded pictures and seconds of encoding since the start."""
        self._ladder.can_spare = has_effects
        dropped, encoded, busy_s = counts
        frames = max(1, encoded - self._encoded)
        share = (busy_s - self._busy_s) / frames * self.settings.canvas.fps / self.settings.every
        load = Load(dropped=dropped - self._dropped, busy_share=share)
        self._dropped, self._encoded, self._busy_s = dropped, encoded, busy_s
        self._climb_or_fall(now_s, load)
        kbps = self._rate.look(now_s, backlogs_s)
        if kbps is not None:
            is_less = kbps < self.settings.bitrate_kbps
            self.settings = replace(self.settings, bitrate_kbps=kbps)
            self._set_bitrate(kbps)
            self._say("video.quality.network_slow" if is_less else "video.quality.better", is_step=False)

    def _climb_or_fall(self, now_s: float, load: Load) -> None:
        before, had_effects = self._ladder.at, self._ladder.rung.has_effects
        rung = self._ladder.look(now_s, load)
        if rung is None:
            return
        is_lower = self._ladder.at > before
        is_spared = is_lower and had_effects and self._with(rung) == self.settings
        slow = "video.quality.effects_spared" if is_spared else "video.quality.computer_slow"
        self._go(rung, slow if is_lower else "video.quality.better")

    def _go(self, rung: Rung, reason_key: str, *, is_other_encoder: bool = False) -> None:
        """Where only effects are given up or come back, the encoder goes on as it is."""
        before, self.settings = self.settings, self._with(rung)
        if is_other_encoder or self.settings != before:
            self._change(self.settings)
        self._say(reason_key, is_step=True)

    def _with(self, rung: Rung) -> EncoderSettings:
        return replace(self.settings, preset=rung.preset, scale=rung.scale, every=rung.every)

    def _name(self, at: int) -> str:
        rung, name = self._ladder.rungs[at], self._with(self._ladder.rungs[at]).name
        is_all = not rung.has_effects and self._ladder.rungs[at - 1].has_effects
        is_said = not rung.has_effects and (is_all or self._ladder.can_spare)
        return tr("video.quality.plain", name=name) if is_said else name

    def _say(self, reason_key: str, *, is_step: bool) -> None:
        _log.info("now %s at %d kbit/s: %s", self.settings.name, self.settings.bitrate_kbps, reason_key)
        self._tell(
            QualityChanged(
                name=self._name(self._ladder.at),
                bitrate_kbps=self.settings.bitrate_kbps,
                wanted_kbps=self._rate.wanted_kbps,
                step=self._ladder.at,
                is_step=is_step,
                reason_key=reason_key,
            )
        )


def _ladder(settings: EncoderSettings) -> Ladder:
    """From the settings that were wished down; an encoder without presets has fewer steps."""
    first = Rung(settings.preset, settings.scale, settings.every, 1.0)
    below = tuple(one for one in rungs(settings.canvas) if one.scale <= settings.scale)
    if settings.encoder != X264:
        below = tuple({(one.scale, one.every): replace(one, preset=settings.preset) for one in below}.values())
    lower = (one for one in below if replace(one, cost=1.0) != first and one.cost < 1.0)
    return Ladder((first, *(replace(one, has_effects=False) for one in (first, *lower))))


def _rate(settings: EncoderSettings) -> NetworkRate:
    """An encoder that cannot change its rate on the way is opened anew for it, so it is asked less often."""
    rate = NetworkRate(settings.bitrate_kbps)
    if settings.encoder not in RATE_IN_PLACE:
        rate.fall_every_s, rate.calm_for_s = STEP_EVERY_S, STEP_EVERY_S
    return rate
