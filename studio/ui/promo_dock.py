"""Coupons and red envelopes (优惠与红包): plan, make ready, give out, see what came of it."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QScrollArea, QWidget

from studio.core.i18n import tr
from studio.promo.kinds import KINDS
from studio.ui import figures, theme
from studio.ui.bridge import Bridge
from studio.ui.promo_card import OVER, PromoCard
from studio.ui.promo_form import PromoForm
from studio.ui.widgets import StudioDock, column, label, push_button, row, set_look, set_text

_ORDER = {"unconfirmed": 0, "asked": 1, "armed": 2, "live": 3, "draft": 4}


def _shape(promotion: dict[str, Any]) -> tuple[Any, ...]:
    """What a card is built from; while it stays the same, the card stays."""
    checks = tuple((check["key"], check["is_ok"]) for check in promotion["checks"])
    return (promotion["state"], promotion["name"], checks, repr(promotion["settings"]), promotion["reason"])


class PromoDock(StudioDock):
    """One card per promotion, what is open first."""

    name = "promo"

    def __init__(self, bridge: Bridge) -> None:
        super().__init__(bridge)
        self._snapshot: dict[str, Any] = {}
        self.cards: dict[str, PromoCard] = {}
        self._shapes: dict[str, tuple[Any, ...]] = {}
        self._shown_order: list[str] = []
        self._form: PromoForm | None = None
        self._list = column(space=8)
        self._empty = label("body", "text2", wraps=True)
        inner = QWidget()
        inner.setObjectName("plain")
        inner.setLayout(column(self._empty, self._list, None, space=0))
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setWidget(inner)
        self._scroll.viewport().setAutoFillBackground(False)
        inner.setAutoFillBackground(False)
        self.add_buttons = {kind: push_button("", "strong", 30) for kind in KINDS}
        adds = row(space=8)
        for kind, button in self.add_buttons.items():
            button.clicked.connect(lambda _on, which=kind: self.open_form(which))
            adds.addWidget(button)
        adds.addStretch(1)
        self.body_column.addWidget(self._scroll, 1)
        self.body_column.addLayout(adds)
        self.relabel()

    def relabel(self) -> None:
        self.set_title(tr("ui.promo.title"))
        self._empty.setText(tr("ui.promo.empty"))
        can_add = self.bridge.spec("promo.add") is not None
        for kind, button in self.add_buttons.items():
            set_text(button, tr(f"ui.promo.kind_{kind}"), tr("ui.promo.add", kind=tr(f"ui.promo.kind_{kind}")))
            button.setIcon(theme.icon("plus"))
            button.setEnabled(can_add)
        self._shapes.clear()
        if self._snapshot:
            self.refresh(self._snapshot)

    def refresh(self, snapshot: dict[str, Any]) -> None:
        self._snapshot = snapshot
        self._show_budget(snapshot["budget"])
        promotions = snapshot["promotions"]
        by_id = {promotion["id"]: promotion for promotion in promotions}
        places = {promotion_id: place for place, promotion_id in enumerate(by_id)}
        order = sorted(by_id, key=lambda each: _place(by_id[each], places[each]))
        for gone in [each for each in self.cards if each not in by_id]:
            self._drop_card(gone)
        is_moved = order != self._shown_order
        for promotion_id in order:
            is_moved |= self._show_card(by_id[promotion_id], snapshot["now_ms"])
        if is_moved:
            for place, promotion_id in enumerate(order):
                self._list.insertWidget(place, self.cards[promotion_id])
        self._shown_order = order
        self._empty.setVisible(not promotions)

    def open_form(self, kind: str) -> PromoForm:
        """Ask for a new promotion's settings."""
        if self._form is not None:
            self._form.close()
        form = self._form = PromoForm(self.add_buttons[kind], kind, self._add)
        form.closed.connect(self._forget_form)
        form.show()
        form.raise_()
        next(iter(form.inputs.values())).setFocus()
        return form

    def _forget_form(self) -> None:
        self._form = None

    def _add(self, kind: str, settings: dict[str, Any]) -> None:
        self.bridge.say("promo.add", kind=kind, settings=settings)

    def _show_card(self, promotion: dict[str, Any], now_ms: int) -> bool:
        """Renew a card, or build it anew when its shape changed; tells whether it was built."""
        shape, promotion_id = _shape(promotion), promotion["id"]
        if self._shapes.get(promotion_id) == shape:
            self.cards[promotion_id].tick(promotion, now_ms)
            return False
        if promotion_id in self.cards:
            self._drop_card(promotion_id)
        self.cards[promotion_id] = PromoCard(self.bridge, promotion, now_ms)
        self._shapes[promotion_id] = shape
        return True

    def _drop_card(self, promotion_id: str) -> None:
        card = self.cards.pop(promotion_id)
        self._shapes.pop(promotion_id, None)
        self._list.removeWidget(card)
        card.hide()
        card.deleteLater()

    def _show_budget(self, budget: dict[str, Any]) -> None:
        committed, cap = budget["committed_fen"], budget["cap_fen"]
        text = tr("ui.promo.budget", used=figures.round_money(committed), cap=figures.round_money(cap))
        self.aside.setText(text)
        set_look(self.aside, "tone", "warn" if committed >= cap else "text2")


def _place(promotion: dict[str, Any], place: int) -> tuple[int, int]:
    state = promotion["state"]
    return (9, -place) if state in OVER else (_ORDER.get(state, 5), place)
