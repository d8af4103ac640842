"""The village face (村播界面): the picture, what is on, what comes next, one huge button, in words a farmer uses."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QRectF, QSize, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QSizePolicy, QWidget

from studio.core.i18n import tr
from studio.ui import figures, theme
from studio.ui.action_button import NO_ICON, action_button
from studio.ui.bridge import Bridge
from studio.ui.monitor import Monitor, MonitorDoor
from studio.ui.pictures import PictureShelf
from studio.ui.promo_card import amount
from studio.ui.widgets import Card, ElideLabel, column, label, push_button, row, set_look, set_text

MOST_REQUESTS = 2
_EDGE = 17
_PILLS = {"live": "live", "stuttering": "warn", "off_air": "off", "rehearsal": "info"}
_TONES = {"live": "ok", "stuttering": "warn", "off_air": "text2", "rehearsal": "info"}


class ProductPicture(QWidget):
    """One product's picture."""

    def __init__(self, shelf: PictureShelf, side: int) -> None:
        super().__init__()
        self._shelf = shelf
        self._item: dict[str, Any] | None = None
        self.setFixedSize(side, side)
        shelf.arrived.connect(lambda _product_id: self.update())

    def show_item(self, item: dict[str, Any] | None) -> None:
        """Show an item's picture."""
        if item != self._item:
            self._item = item
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        if self._item is not None:
            painter = QPainter(self)
            self._shelf.draw(painter, QRectF(self.rect()), self._item["product_id"], self._item["title"])
            painter.end()


class NowCard(Card):
    """What is being talked about now."""

    def __init__(self, shelf: PictureShelf) -> None:
        super().__init__("live")
        self.picture = ProductPicture(shelf, 88)
        self.head = label("village_fact")
        self.title = ElideLabel("village_title")
        self.price, self.facts = label("village_price"), ElideLabel("village_fact")
        self.time_head, self.time = label("village_fact"), label("village_clock")
        middle = column(self.head, self.title, row(self.price, self.facts, None, space=16), space=2)
        times = column(self.time_head, self.time, None, space=2)
        line = row(self.picture, middle, times, space=16)
        line.setStretch(1, 1)
        line.setContentsMargins(16, 8, 16, 8)
        self.setLayout(line)

    def show_item(self, item: dict[str, Any] | None, now_ms: int) -> None:
        """Show the item on air, or that there is none."""
        self.picture.show_item(item)
        self.head.setText(tr("ui.village.now"))
        self.time_head.setText(tr("ui.village.talked") if item else "")
        if item is None:
            self.title.setText(tr("ui.village.nothing_on"))
            for part in (self.price, self.facts, self.time):
                part.setText("")
            return
        self.title.setText(item["title"])
        self.price.setText(figures.money(item["live_price_fen"]))
        stock = tr("ui.pool.stock", count=figures.count(item["stock"]))
        was = tr("ui.village.was", amount=figures.money(item["list_price_fen"]))
        self.facts.setText(f"{was}    {stock}" if item["list_price_fen"] > item["live_price_fen"] else stock)
        self.time.setText(figures.duration((now_ms - (item["taken_ms"] or now_ms)) / 1000))


class NextCard(Card):
    """What comes next."""

    def __init__(self, shelf: PictureShelf) -> None:
        super().__init__("next")
        self.picture = ProductPicture(shelf, 64)
        self.head, self.title, self.price = label("village_fact"), ElideLabel("village_next"), label("village_clock")
        words = column(self.head, self.title, space=2)
        line = row(self.picture, words, self.price, space=14)
        line.setStretch(1, 1)
        line.setContentsMargins(14, 8, 16, 8)
        self.setLayout(line)

    def show_item(self, item: dict[str, Any] | None) -> None:
        """Show the item on standby, or that there is none."""
        self.picture.show_item(item)
        self.head.setText(tr("ui.village.next"))
        self.title.setText(item["title"] if item else tr("ui.village.nothing_next"))
        self.price.setText(figures.money(item["live_price_fen"]) if item else "")


class GiveButton(QWidget):
    """Gives out the first promotion of a kind that is ready; makes one ready first if none is."""

    def __init__(self, bridge: Bridge, kind: str, icon: str) -> None:
        super().__init__()
        self.setObjectName("plain")
        self._kind, self._icon = kind, icon
        self._promotion: dict[str, Any] | None = None
        args = lambda: {"promotion_id": self._promotion["id"] if self._promotion else ""}  # noqa: E731
        self.arm = action_button(bridge, "promo.arm", args, look="outline", role="village_next")
        self.drop = action_button(
            bridge, "promo.drop", args, question=self._question, look="outline", role="village_next"
        )
        for button in (self.arm, self.drop):
            button.setMinimumHeight(theme.VILLAGE_BUTTON_HEIGHT)
            button.setIconSize(QSize(26, 26))
        self.drop.hide()
        self.setLayout(column(self.arm, self.drop, space=0))

    def show_promotions(self, promotions: list[dict[str, Any]]) -> None:
        """Choose what the button gives: what is armed, else what can be."""
        own = [each for each in promotions if each["kind"] == self._kind and each["state"] in ("armed", "draft")]
        own.sort(key=lambda each: each["state"] != "armed")
        self._promotion = own[0] if own else None
        is_armed = self._promotion is not None and self._promotion["state"] == "armed"
        is_clear = self._promotion is not None and all(check["is_ok"] for check in self._promotion["checks"])
        why = tr("ui.promo.not_clear") if self._promotion else tr("ui.village.none_planned")
        self.drop.setVisible(is_armed)
        self.arm.setVisible(not is_armed)
        self.drop.name(self._words("give"), icon=self._icon, token="live_text")
        self.arm.name(self._words("ready"), icon=self._icon)
        self.drop.allow(is_armed and is_clear, why)
        self.arm.allow(is_clear and not is_armed, why)
        set_look(self.drop, "look", "live" if is_armed else "outline")

    def _words(self, what: str) -> str:
        return tr(f"ui.village.{what}_{self._kind}")

    def _question(self) -> str:
        promotion = self._promotion
        return tr("ui.promo.drop_question", name=promotion["name"], what=amount(promotion)) if promotion else ""


class VillageRequest(QWidget):
    """One thing people ask, and the button that says it was answered."""

    def __init__(self, bridge: Bridge) -> None:
        super().__init__()
        self.setObjectName("plain")
        self.key = ""
        self.text, self.count = ElideLabel("village_next"), label("village_body", "money")
        self.done = action_button(
            bridge, "audience.done", lambda: {"key": self.key}, look="outline", role="village_body"
        )
        self.setLayout(row(self.text, self.count, None, self.done, space=14))

    def show_request(self, request: dict[str, Any]) -> None:
        """Show a request."""
        self.key = request["key"]
        self.text.setText(request["text"])
        self.count.setText(tr("ui.village.asked", count=figures.count(request["count"])))
        self.done.name(tr("ui.village.said"), icon=NO_ICON, accessible=f"{tr('ui.village.said')} {request['text']}")


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
        self.state, self.clock, self.sentence = (
            label("village_body"),
            label("village_clock"),
            ElideLabel("village_body"),
        )
        self.state.setContentsMargins(14, 6, 14, 6)
        self.now, self.next = NowCard(shelf), NextCard(shelf)
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
        self.asking = label("village_fact")
        self.requests = [VillageRequest(bridge) for _ in range(MOST_REQUESTS)]
        self.sold = ElideLabel("village_fact")
        self.operator_button = push_button("outline", "village_body", 40)
        self.operator_button.clicked.connect(self.operator_wanted)
        self.go_live = action_button(
            bridge, "show.go_live", question=lambda: tr("ui.bar.go_live_question"), look="go", role="village_body"
        )
        self.end = action_button(
            bridge, "show.end", question=lambda: tr("ui.bar.end_question"), look="outline", role="village_body"
        )
        self._lay_out()
        self.relabel()

    def _lay_out(self) -> None:
        self._picture = picture = QFrame()
        picture.setObjectName("panel")
        picture.setLayout(column(self.monitor, margin=8))
        picture.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)
        head = QFrame()
        head.setObjectName("panel")
        head_row = row(self.state, self.clock, None, self.sentence, space=14)
        head_row.setContentsMargins(12, 10, 12, 10)
        head.setLayout(head_row)
        asked = Card()
        asked.setLayout(column(self.asking, *self.requests, space=6, margin=12))
        gifts = row(*self.gifts, self.back_button, space=14)
        for place in range(3):
            gifts.setStretch(place, 1)
        foot = row(self.sold, None, self.operator_button, self.go_live, self.end, space=10)
        right = column(head, self.now, self.next, self.next_button, gifts, asked, None, foot, space=10)
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
        session, health = snapshot["session"], snapshot["health"]
        is_live = session is not None and session["state"] == "live"
        state = health["state"] if is_live and health is not None else "off_air"
        self.state.setText(tr(f"ui.village.state_{state}"))
        set_look(self.state, "pill", _PILLS[state])
        started_ms = session["started_ms"] if session is not None else None
        self.clock.setText(figures.long_duration((snapshot["now_ms"] - started_ms) / 1000) if is_live else "")
        words = tr(f"ui.village.health_{state}")
        if state == "stuttering":
            words = tr(health["reason_key"], **health["reason_args"])
        self.sentence.setText(words)
        set_look(self.sentence, "tone", _TONES[state])
        self.go_live.setVisible(not is_live)
        self.end.setVisible(is_live)
        is_over = session is not None and session["state"] == "ended"
        can_start = bool(snapshot["rundown"]["items"]) and not is_over
        self.go_live.allow(can_start, tr("ui.bar.is_over") if is_over else tr("ui.bar.needs_items"))

    def _show_requests(self, requests: list[dict[str, Any]]) -> None:
        open_ones = [request for request in requests if request["state"] != "done"]
        self.asking.setText(tr("ui.village.asking") if open_ones else tr("ui.village.nobody_asks"))
        for place, line in enumerate(self.requests):
            line.setVisible(place < len(open_ones))
            if place < len(open_ones):
                line.show_request(open_ones[place])

    def _before(self) -> dict[str, Any]:
        rundown = self._snapshot.get("rundown", {"items": [], "on_air_id": None})
        ids = [item["id"] for item in rundown["items"]]
        place = ids.index(rundown["on_air_id"]) if rundown["on_air_id"] in ids else 0
        return {"item_id": ids[place - 1]} if place > 0 else {}
