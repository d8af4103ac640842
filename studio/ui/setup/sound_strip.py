"""One input of the mixer (混音): name, level, gain, delay, mute, noise suppression."""

from __future__ import annotations

from typing import Any

from studio.core.i18n import tr
from studio.ui.bridge import Bridge
from studio.ui.level_meter import LevelMeter
from studio.ui.setup.controls import NamedSlider, switch
from studio.ui.setup.wisher import Wisher
from studio.ui.widgets import Card, ElideLabel, column, label, push_button, row, set_look, set_text

LEAST_DB, MOST_DB = -60, 20
LONGEST_DELAY_MS = 2000


class SoundStrip(Card):
    """Wishes ``sound.set`` and ``sound.remove`` for its input."""

    def __init__(self, bridge: Bridge, input_: dict[str, Any]) -> None:
        super().__init__()
        self._bridge = bridge
        self._input = input_
        self.name, self.state = ElideLabel("title"), label("strong", "warn")
        self.meter = LevelMeter()
        self.gain = NamedSlider(LEAST_DB, MOST_DB, shown=decibels)
        self.delay = NamedSlider(0, LONGEST_DELAY_MS, step=10, shown=lambda value: f"{value} ms")
        self.mute, self.denoise = switch(), switch()
        self.mute.clicked.connect(lambda is_on: self._wish(is_muted=is_on))
        self.denoise.clicked.connect(lambda is_on: self._wish(is_denoised=is_on))
        self.remove = push_button("flat", "strong", 26)
        self.remove.clicked.connect(lambda: bridge.say("sound.remove", input_id=self._input["id"]))
        self._wisher = Wisher(self._wish, self)
        for slider in (self.gain, self.delay):
            slider.moved.connect(self._wisher.ask)
            slider.released.connect(self._wisher.flush)
        top = row(self.name, self.state, self.mute, space=6)
        top.setStretch(0, 1)
        foot = row(self.denoise, None, self.remove)
        inner = column(top, self.meter, self.gain, self.delay, foot, space=6)
        inner.setContentsMargins(10, 8, 10, 8)
        self.setLayout(inner)
        self.relabel()

    def relabel(self) -> None:
        """Say everything again, in the language and colours of now."""
        self.gain.name(tr("ui.setup.sound.gain"))
        self.delay.name(tr("ui.setup.sound.delay"))
        self._say_names()

    def refresh(self, input_: dict[str, Any], state: str | None, no_denoise: str) -> None:
        """Show the input as it is; ``no_denoise`` says why noise cannot be suppressed here."""
        self._input = input_
        self.meter.is_muted = input_["is_muted"]
        self.mute.setChecked(input_["is_muted"])
        self.denoise.setChecked(input_["is_denoised"])
        self.denoise.setEnabled(not no_denoise)
        self.denoise.setToolTip(no_denoise or tr("ui.setup.sound.denoise_help"))
        if not self._wisher.is_holding():
            self.gain.follow(round(input_["gain_db"]))
            self.delay.follow(input_["delay_ms"])
        is_wrong = state not in (None, "ok")
        self.state.setVisible(is_wrong)
        if is_wrong:
            self.state.setText(tr(f"ui.setup.sound.state_{state}"))
        self._say_names()

    def _say_names(self) -> None:
        name = self._input["name"]
        self.name.setText(name)
        set_text(self.mute, tr("ui.setup.sound.mute"), f"{name} {tr('ui.setup.sound.mute')}")
        set_text(self.denoise, tr("ui.setup.sound.denoise"), f"{name} {tr('ui.setup.sound.denoise')}")
        set_text(self.remove, tr("ui.setup.remove"), f"{name} {tr('ui.setup.remove')}")
        self.meter.setAccessibleName(tr("ui.setup.sound.level", name=name))
        set_look(self.name, "tone", "text3" if self._input["is_muted"] else "text1")

    def _wish(self, **changes: bool) -> None:
        spec = self._bridge.spec("sound.set")
        gain: float = self.gain.value()
        if spec is not None and spec.args["gain_db"] is float:
            gain = float(gain)
        now = {"is_muted": self._input["is_muted"], "is_denoised": self._input["is_denoised"]}
        values = {"gain_db": gain, "delay_ms": self.delay.value()} | now | changes
        self._bridge.say("sound.set", input_id=self._input["id"], **values)


def decibels(value: float) -> str:
    """``+6 dB``, ``−3 dB``."""
    return f"{value:+.0f} dB".replace("-", "−").replace("+0 ", "0 ").replace("−0 ", "0 ")
