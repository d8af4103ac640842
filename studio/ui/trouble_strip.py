"""What is wrong now (直播告警): the reason with its remedy in full, and the seconds until the platform closes the room."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import QFrame, QLabel

from studio.core.i18n import tr
from studio.ui import theme
from studio.ui.widgets import label, push_button, row, set_look, set_text

PATIENCE_MS = 1_500
"""A stutter shorter than this is said in the bar only, so that the columns below do not jump."""
PAGES = {
    "source": "sources",
    "push": "outputs",
    "target": "outputs",
    "extra": "outputs",
    "recording": "outputs",
    "sound": "sound",
    "apart": "sound",
    "slow": "quality",
    "dropping": "quality",
}
"""The page of the set-up panel where a reason (by the first word of its key) can be mended."""
QUIET_WARNINGS = frozenset({"health.quality"})
"""Said by a mark of their own in the bar."""


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """One thing that is wrong; ``touches_viewers`` when they see it, ``closes_in_s`` when the room will close."""

    reason_key: str
    reason_args: dict[str, Any] = field(default_factory=dict)
    touches_viewers: bool = True
    closes_in_s: int | None = None

    @property
    def page(self) -> str:
        """Where it can be mended, or nothing."""
        return PAGES.get(self.reason_key.rpartition(".")[2].split("_")[0], "")


def trouble_of(snapshot: dict[str, Any]) -> Trouble | None:
    """The worst thing that is wrong while the show is live, or None."""
    session, health = snapshot["session"], snapshot["health"]
    if health is None or session is None or session["state"] != "live":
        return None
    closes_in_s = health["room_closes_in_s"]
    if health["state"] != "live" or closes_in_s is not None:
        return Trouble(reason_key=health["reason_key"], reason_args=health["reason_args"], closes_in_s=closes_in_s)
    for warning in health["warnings"]:
        if warning["reason_key"] not in QUIET_WARNINGS:
            return Trouble(**warning, touches_viewers=False)
    return None


class TroubleStrip(QFrame):
    """A line under the on-air bar, there only while something is wrong."""

    mend_wanted = Signal(str)
    """The page of the set-up panel that can mend it."""
    gone = Signal()
    """The line went away: the columns have its room again."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("trouble")
        self._since_ms: int | None = None
        self._page = ""
        self.icon = QLabel()
        self.countdown = label("clock")
        self.countdown.setContentsMargins(12, 4, 12, 4)
        set_look(self.countdown, "pill", "live")
        self.sentence = label("title", wraps=True)
        self.mend = push_button("", "strong", 30)
        self.mend.clicked.connect(lambda: self.mend_wanted.emit(self._page))
        line = row(self.icon, self.countdown, self.sentence, self.mend, space=12)
        line.setStretch(2, 1)
        line.setContentsMargins(12, 6, 8, 6)
        self.setLayout(line)
        self.relabel()
        self.hide()

    def relabel(self) -> None:
        """Say everything again, in the language and colours of now."""
        self.setAccessibleName(tr("ui.trouble.name"))
        set_text(self.mend, tr("ui.trouble.mend"))
        self.icon.setPixmap(theme.icon("alert", "warn").pixmap(QSize(20, 20)))

    def refresh(self, snapshot: dict[str, Any]) -> None:
        """Show what is wrong once it has lasted; a room that will close is shown at once."""
        trouble, now_ms = trouble_of(snapshot), snapshot["now_ms"]
        if trouble is None:
            self._since_ms = None
            if not self.isHidden():
                self.hide()
                self.gone.emit()
            return
        if self._since_ms is None:
            self._since_ms = now_ms
        self._page = trouble.page
        self.sentence.setText(tr(trouble.reason_key, **trouble.reason_args))
        self.mend.setVisible(bool(trouble.page))
        is_closing = trouble.closes_in_s is not None
        self.countdown.setVisible(is_closing)
        if is_closing:
            self.countdown.setText(closing(trouble))
        set_look(self, "look", "bad" if trouble.touches_viewers else "")
        self.setVisible(is_closing or now_ms - self._since_ms >= PATIENCE_MS)


def closing(trouble: Trouble) -> str:
    """When the platform closes the room, in words."""
    if trouble.closes_in_s:
        return tr("ui.trouble.closes", seconds=trouble.closes_in_s)
    return tr("ui.trouble.may_be_closed")
