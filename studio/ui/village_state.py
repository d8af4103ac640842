"""The head of the village face: whether people see and hear it, in words a farmer uses, and what to do when they do not."""

from __future__ import annotations

import time
from typing import Any

from PySide6.QtWidgets import QFrame

from studio.core.i18n import language, texts, tr
from studio.ui import figures
from studio.ui.level_meter import LevelMeter
from studio.ui.trouble_strip import Trouble, closing, trouble_of
from studio.ui.widgets import column, label, row, set_look

QUIET_DB = -60.0
_PILLS = {"live": "live", "stuttering": "warn", "cut_off": "warn", "off_air": "off", "rehearsal": "info"}
_TONES = {"live": "ok", "stuttering": "warn", "cut_off": "warn", "off_air": "text2", "rehearsal": "info"}


class VillageState(QFrame):
    """State, time, sound, one sentence; a room that will close fills the whole head."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("panel")
        self.state, self.clock = label("village_body"), label("village_clock")
        self.state.setContentsMargins(14, 6, 14, 6)
        self.meter = LevelMeter(14)
        self.meter.setFixedWidth(110)
        self.sound = label("village_fact")
        self.sentence = label("village_body", wraps=True)
        self.countdown = label("village_title", wraps=True)
        self.countdown.setContentsMargins(14, 4, 14, 6)
        set_look(self.countdown, "pill", "live")
        line = row(self.state, self.clock, None, self.meter, self.sound, space=14)
        whole = column(self.countdown, line, self.sentence, space=6)
        whole.setContentsMargins(12, 10, 12, 10)
        self.setLayout(whole)

    def refresh(self, snapshot: dict[str, Any]) -> None:
        """Show a snapshot."""
        session, health = snapshot["session"], snapshot["health"]
        is_live = session is not None and session["state"] == "live"
        state = health["state"] if is_live and health is not None else "off_air"
        if is_live and health is not None and state == "off_air":
            state = "cut_off"
        self.state.setText(tr(f"ui.village.state_{state}"))
        set_look(self.state, "pill", _PILLS[state])
        started_ms = session["started_ms"] if session is not None else None
        self.clock.setText(figures.long_duration((snapshot["now_ms"] - started_ms) / 1000) if is_live else "")
        trouble = trouble_of(snapshot)
        is_seen = trouble is not None and (trouble.touches_viewers or trouble.page == "sound")
        words = _in_plain_words(trouble) if trouble is not None and is_seen else tr(f"ui.village.health_{state}")
        self.sentence.setText(words)
        set_look(self.sentence, "tone", "warn" if is_seen else _TONES[state])
        is_closing = trouble is not None and trouble.closes_in_s is not None
        self.countdown.setVisible(is_closing)
        if trouble is not None and is_closing:
            self.countdown.setText(closing(trouble))
        self._show_sound(health["sound"] if health is not None else None)

    def is_closing(self) -> bool:
        """Whether the countdown is shown."""
        return not self.countdown.isHidden()

    def _show_sound(self, sound: dict[str, Any] | None) -> None:
        for part in (self.meter, self.sound):
            part.setVisible(sound is not None)
        if sound is None:
            return
        self.meter.hear(sound["peak_db"], time.monotonic())
        is_heard = sound["state"] == "ok" and sound["peak_db"] is not None and sound["peak_db"] > QUIET_DB
        self.sound.setText(tr("ui.village.sound_ok" if is_heard else "ui.village.sound_none"))
        self.meter.setAccessibleName(self.sound.text())
        set_look(self.sound, "tone", "ok" if is_heard else "warn")


def _in_plain_words(trouble: Trouble) -> str:
    """The short sentence for a reason where there is one, else the operator's."""
    short = "ui.village.trouble_" + trouble.reason_key.rpartition(".")[2]
    return tr(short if short in texts(language()) else trouble.reason_key, **trouble.reason_args)
