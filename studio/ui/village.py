"""The village face (村播界面): the picture, what is on, what comes next, one huge button, in words a farmer uses."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QSize, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QSizePolicy, QWidget

from studio.core.i18n import tr
from studio.ui import figures, theme
from studio.ui.action_button import action_button
from studio.ui.bridge import Bridge
from studio.ui.monitor import Monitor, MonitorDoor
from studio.ui.pictures import PictureShelf
from studio.ui.village_cards import GiveButton, NextCard, NowCard, VillageRequest
from studio.ui.village_state import VillageState
from studio.ui.widgets import Card, ElideLabel, column, label, push_button, row, set_text

MOST_REQUESTS = 2
_EDGE = 17
_ASKED_LEAST = 88
_TALL, _ROOMY = 730, 860


class VillageFace(QWidget):
    """The whole face; the same snapshot and the same verbs as the operator's."""

    operator_wanted = Signal()

    def __init__(
        self, bridge: Bridge, shelf: PictureShelf, engine: MonitorDoor | None, canvas: QSize, fps: int
    ) -> None:
        super().__init__()
        self.setObjectName("plain")
        self._snapshot: dict[str, Any] = {}
        self.monitor = Monitor(engine, canvas, fps)
        self.monitor.setMinimumWidth(300)
        self.head = VillageState()
        self.now, self.next = NowCard(shelf), NextCard(shelf)
        self._make_buttons(bridge)
        self.asking = label("village_fact")
        self.requests = [VillageRequest(bridge) for _ in range(MOST_REQUESTS)]
        self.sold = ElideLabel("village_fact")
        self._lay_out()
        self.relabel()

    def _make_buttons(self, bridge: Bridge) -> None:
        self.next_button = action_button(bridge, "show.next", look="go", role="village_button")
        self.next_button.setMinimumHeight(86)
        self.next_button.setIconSize(QSize(30, 30))
        self.gifts = (
            GiveButton(bridge, "coupon", "ticket-percent-outline"),
            GiveButton(bridge, "red_envelope", "gift-outline"),
        )
        self.back_button = action_button(bridge, "show.take", self._before, look="outline", role="village_next")
        self.back_button.setMinimumHeight(theme.VILLAGE_BUTTON_HEIGHT)
        self.back_button.setIconSize(QSize(26, 26))
        self.operator_button = push_button("outline", "village_body", 40)
        self.operator_button.clicked.connect(self.operator_wanted)
        self.go_live = action_button(
            bridge, "show.go_live", question=lambda: tr("ui.bar.go_live_question"), look="go", role="village_body"
        )
        self.end = action_button(
            bridge, "show.end", question=lambda: tr("ui.bar.end_question"), look="outline", role="village_body"
        )
        for button in (self.go_live, self.end):
            button.setMinimumHeight(40)

    def _lay_out(self) -> None:
        self._picture = picture = QFrame()
        picture.setObjectName("panel")
        picture.setLayout(column(self.monitor, margin=8))
        picture.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)
        self.asked = Card()
        self.asked.setMinimumHeight(_ASKED_LEAST)
        self.asked.setLayout(column(self.asking, *self.requests, space=6, margin=12))
        gifts = row(*self.gifts, self.back_button, space=14)
        for place in range(3):
            gifts.setStretch(place, 1)
        foot = row(self.sold, None, self.operator_button, self.go_live, self.end, space=10)
        right = column(self.head, self.now, self.next, self.next_button, gifts, self.asked, None, foot, space=10)
        whole = row(picture, right, space=14)
        whole.setStretch(1, 1)
        whole.setContentsMargins(4, 14, 4, 4)
        self.setLayout(whole)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        super().resizeEvent(event)
        fitting = self.monitor.width_for(self.height() - 2 * _EDGE) + 16
        self._picture.setFixedWidth(max(300, min(fitting, self.width() * 2 // 5)))

    def relabel(self) -> None:
        """Say everything again, in the language and colours of now."""
        self.monitor.relabel()
        self.asking.setText(tr("ui.village.asking"))
        self.next_button.name(tr("ui.village.next_button"), token="go_text")
        self.back_button.name(tr("ui.village.back"), icon="skip-previous")
        self.go_live.name(tr("ui.bar.go_live"), token="go_text")
        self.end.name(tr("ui.bar.end"))
        set_text(self.operator_button, tr("ui.menu.operator"))
        if self._snapshot:
            self.refresh(self._snapshot)

    def refresh(self, snapshot: dict[str, Any]) -> None:
        """Show a snapshot."""
        self._snapshot = snapshot
        rundown = snapshot["rundown"]
        by_id = {item["id"]: item for item in rundown["items"]}
        self.now.show_item(by_id.get(rundown["on_air_id"]), snapshot["now_ms"])
        self.next.show_item(by_id.get(rundown["standby_id"]))
        self.next_button.allow(rundown["standby_id"] is not None, tr("ui.picture.no_next"))
        self.back_button.allow(bool(self._before()), tr("ui.picture.no_before"))
        for gift in self.gifts:
            gift.show_promotions(snapshot["promotions"])
        self._show_state(snapshot)
        self._show_requests(snapshot["audience"]["requests"])
        sold = tr("ui.village.sold", amount=figures.money(snapshot["sales"]["gmv_fen"]))
        viewers = tr("ui.bar.viewers", count=figures.count(snapshot["audience"]["viewers"] or 0))
        self.sold.setText(f"{sold}    {viewers}")

    def _show_state(self, snapshot: dict[str, Any]) -> None:
        self.head.refresh(snapshot)
        self.asked.setVisible(self.height() >= _ROOMY or not self.head.is_closing())
        session = snapshot["session"]
        is_live = session is not None and session["state"] == "live"
        self.go_live.setVisible(not is_live)
        self.end.setVisible(is_live)
        is_over = session is not None and session["state"] == "ended"
        can_start = bool(snapshot["rundown"]["items"]) and not is_over
        self.go_live.allow(can_start, tr("ui.bar.is_over") if is_over else tr("ui.bar.needs_items"))

    def _show_requests(self, requests: list[dict[str, Any]]) -> None:
        open_ones = [request for request in requests if request["state"] != "done"]
        self.asking.setText(tr("ui.village.asking") if open_ones else tr("ui.village.nobody_asks"))
        shown = len(self.requests) if self.height() >= _TALL else 1
        for place, line in enumerate(self.requests):
            line.setVisible(place < min(shown, len(open_ones)))
            if place < len(open_ones):
                line.show_request(open_ones[place])

    def _before(self) -> dict[str, Any]:
        rundown = self._snapshot.get("rundown", {"items": [], "on_air_id": None})
        ids = [item["id"] for item in rundown["items"]]
        place = ids.index(rundown["on_air_id"]) if rundown["on_air_id"] in ids else 0
        return {"item_id": ids[place - 1]} if place > 0 else {}
