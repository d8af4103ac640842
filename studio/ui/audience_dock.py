"""What the audience wants (大家想要): counted requests, and what is being said."""

from __future__ import annotations

from typing import Any

from studio.core.i18n import tr
from studio.ui import figures
from studio.ui.action_button import NO_ICON, ActionButton, action_button
from studio.ui.bridge import Bridge
from studio.ui.widgets import Card, ElideLabel, StudioDock, column, label, row, set_look

MOST_REQUESTS = 8
MOST_SAID = 8
FEWEST = 2
_REQUEST_HEIGHT, _SAID_HEIGHT, _REST = 36, 19, 22


class RequestRow(Card):
    """One counted request with its two buttons; reused for whatever stands at its place."""

    def __init__(self, bridge: Bridge) -> None:
        super().__init__()
        self.key = ""
        self.text = ElideLabel("title")
        self.count = label("title", "money")
        args = lambda: {"key": self.key}  # noqa: E731
        self.take_button = action_button(bridge, "audience.take_request", args, look="flat", role="strong")
        self.done_button = action_button(bridge, "audience.done", args, look="flat", role="strong")
        for button in self.buttons():
            button.setMinimumHeight(28)
        line = row(self.text, self.count, None, self.take_button, self.done_button, space=6)
        line.setContentsMargins(8, 2, 4, 2)
        self.setLayout(line)

    def buttons(self) -> tuple[ActionButton, ActionButton]:
        return self.take_button, self.done_button

    def show_request(self, request: dict[str, Any]) -> None:
        """Show a request."""
        self.key = request["key"]
        self.text.setText(request["text"])
        self.count.setText(f"×{figures.count(request['count'])}")
        is_taken = request["state"] == "taken"
        set_look(self.text, "tone", "ok" if is_taken else "text1")
        self.take_button.setVisible(not is_taken)
        for button, words in ((self.take_button, tr("ui.audience.take")), (self.done_button, tr("ui.audience.done"))):
            button.name(words, icon=NO_ICON, accessible=f"{words} {request['text']}")


class AudienceDock(StudioDock):
    """The requests asked most, then the newest comments."""

    name = "audience"

    def __init__(self, bridge: Bridge) -> None:
        super().__init__(bridge)
        self._snapshot: dict[str, Any] = {}
        self._shown: Any = None
        self.rows = [RequestRow(bridge) for _ in range(MOST_REQUESTS)]
        self.said = [ElideLabel("fact", "text2") for _ in range(MOST_SAID)]
        self.empty = label("body", "text2", wraps=True)
        self.body_column.addLayout(column(self.empty, *self.rows, space=4))
        self.body_column.addLayout(column(*self.said, space=1))
        self.body_column.addStretch(1)
        self.relabel()

    def relabel(self) -> None:
        self.set_title(tr("ui.audience.title"))
        self.empty.setText(tr("ui.audience.empty"))
        self._shown = None
        if self._snapshot:
            self.refresh(self._snapshot)

    def refresh(self, snapshot: dict[str, Any]) -> None:
        self._snapshot = snapshot
        audience = snapshot["audience"]
        room = self.body.height()
        if (audience, room) == self._shown:
            return
        self._shown = (audience, room)
        open_ones = [request for request in audience["requests"] if request["state"] != "done"]
        self.aside.setText(tr("ui.audience.comments", count=figures.count(audience["comments"])))
        self.empty.setVisible(not open_ones)
        open_ones = open_ones[: max(FEWEST, (room - _REST - FEWEST * _SAID_HEIGHT) // _REQUEST_HEIGHT)]
        for place, line in enumerate(self.rows):
            line.setVisible(place < len(open_ones))
            if place < len(open_ones):
                line.show_request(open_ones[place])
        left = room - _REST - max(1, len(open_ones)) * _REQUEST_HEIGHT
        newest = audience["last"][-max(FEWEST, min(MOST_SAID, left // _SAID_HEIGHT)) :]
        for place, words in enumerate(self.said):
            words.setText(f"{newest[place]['nick']}: {newest[place]['text']}" if place < len(newest) else "")
            words.setVisible(place < len(newest))
