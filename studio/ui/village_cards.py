"""What the village face is made of: large cards, buttons that give, what people ask."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from studio.core.i18n import tr
from studio.ui import figures, theme
from studio.ui.action_button import NO_ICON, action_button
from studio.ui.bridge import Bridge
from studio.ui.pictures import PictureShelf
from studio.ui.promo_card import amount
from studio.ui.widgets import Card, ElideLabel, column, label, row, set_look


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
            bridge, "promo.drop", args, question=self._question, look="outline", role="village_body"
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
        what = f"\n{amount(self._promotion)}" if is_armed and self._promotion else ""
        self.drop.name(self._words("give") + what, icon=self._icon, token="live_text")
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
