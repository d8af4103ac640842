"""One promotion as a card: what it is, where it stands, and the one button that fits its state."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QLayout, QWidget

from studio.core.i18n import tr
from studio.ui import figures, theme
from studio.ui.action_button import NO_ICON, ActionButton, action_button
from studio.ui.bridge import Bridge
from studio.ui.flow_layout import FlowLayout
from studio.ui.widgets import Card, column, label, row

TONES = {
    "draft": "text2",
    "armed": "warn",
    "asked": "info",
    "live": "ok",
    "unconfirmed": "warn",
    "refused": "live",
    "expired": "text2",
    "ended": "text2",
    "closed": "text2",
}
OVER = ("ended", "closed", "expired", "refused")


def amount(promotion: dict[str, Any]) -> str:
    """What is given: ``200 元 / 100 个`` or ``减 20 元 / 300 张``."""
    settings = promotion["settings"]
    pieces = figures.count(promotion["total"])
    if promotion["kind"] == "red_envelope":
        return tr("ui.promo.red_envelope_amount", amount=figures.round_money(settings["total_fen"]), count=pieces)
    if promotion["kind"] == "coupon":
        return tr("ui.promo.coupon_amount", amount=figures.round_money(settings["amount_fen"]), count=pieces)
    return tr("ui.promo.other_amount", amount=figures.round_money(promotion["budget_fen"]), count=pieces)


class PromoCard(Card):
    """Built for one promotion in one state; ``tick`` renews what runs, a new state gets a new card."""

    def __init__(self, bridge: Bridge, promotion: dict[str, Any], now_ms: int) -> None:
        super().__init__()
        self._bridge = bridge
        self._promotion = promotion
        self.state_label = label("strong", TONES[promotion["state"]])
        self.facts = label("fact", "text2", wraps=True)
        name = label("title", text=promotion["name"], wraps=True)
        top = row(name, self.state_label)
        top.setStretch(0, 1)
        layout = column(top, space=6)
        layout.setContentsMargins(8, 7, 8, 7)
        self.buttons: list[ActionButton] = []
        for part in self._parts():
            if isinstance(part, QWidget):
                layout.addWidget(part)
            else:
                layout.addLayout(part)
        self.setLayout(layout)
        self.tick(promotion, now_ms)

    def tick(self, promotion: dict[str, Any], now_ms: int) -> None:
        """Renew counts and clocks."""
        self._promotion = promotion
        text = tr("ui.promo.state_" + promotion["state"])
        ends_ms = promotion["ends_ms"]
        if promotion["state"] == "live" and ends_ms:
            text = f"{text} {figures.duration((ends_ms - now_ms) / 1000)}"
        self.state_label.setText(text)
        self.facts.setText(self._facts())

    def _facts(self) -> str:
        promotion = self._promotion
        state = promotion["state"]
        if state in ("live", "ended", "closed"):
            used = {"claimed": figures.count(promotion["claimed"]), "total": figures.count(promotion["total"])}
            key = "ui.promo.claimed_only" if promotion["kind"] == "red_envelope" else "ui.promo.claimed"
            text = tr(key, **used, redeemed=figures.count(promotion["redeemed"]))
            cost = tr("ui.promo.cost", amount=figures.round_money(promotion["cost_fen"]))
            return f"{text} · {cost}" if state != "live" or promotion["kind"] == "red_envelope" else text
        if state == "asked":
            return tr("ui.promo.asked")
        if state == "unconfirmed":
            return tr("ui.promo.unconfirmed")
        if state == "expired":
            return tr("ui.promo.expired")
        if state == "refused":
            return promotion["reason"] or tr("ui.promo.refused")
        return amount(promotion)

    def _parts(self) -> list[QWidget | QLayout]:
        state = self._promotion["state"]
        if state == "draft":
            return [self._ticks(), self._draft_line()]
        if state == "armed":
            return [self._ticks(), self._drop_button(), self._drop_hint()]
        if state == "live":
            close = self._button("promo.close", look="flat")
            line = row(self.facts, close)
            line.setStretch(0, 1)
            return [line]
        return [self.facts]

    def _ticks(self) -> QWidget:
        box = QWidget()
        box.setObjectName("plain")
        ticks = FlowLayout(8)
        for check in self._promotion["checks"]:
            mark = "✓" if check["is_ok"] else "✗"
            text = f"{mark} {tr('ui.promo.check_' + check['key'] + ('_ok' if check['is_ok'] else '_bad'))}"
            ticks.addWidget(label("strong", "ok" if check["is_ok"] else "warn", text))
        box.setLayout(ticks)
        return box

    def _is_clear(self) -> bool:
        return all(check["is_ok"] for check in self._promotion["checks"])

    def _draft_line(self) -> QLayout:
        arm = self._button("promo.arm")
        arm.setMinimumHeight(30)
        arm.allow(self._is_clear(), tr("ui.promo.not_clear"))
        line = row(self.facts, self._button("promo.remove", look="flat"), arm)
        line.setStretch(0, 1)
        return line

    def _drop_button(self) -> ActionButton:
        what = amount(self._promotion)
        button = action_button(
            self._bridge,
            "promo.drop",
            self._args,
            question=lambda: tr("ui.promo.drop_question", name=self._promotion["name"], what=what),
            look="live",
            role="big_button",
        )
        button.setMinimumHeight(40)
        button.name(f"{tr('ui.promo.drop')} · {what}", token="live_text")
        button.allow(self._is_clear(), tr("ui.promo.not_clear"))
        self.buttons.append(button)
        return button

    def _drop_hint(self) -> QLayout:
        hint = label("hint", "text2", tr("ui.promo.hold" if self._is_clear() else "ui.promo.not_clear"), wraps=True)
        parts: list[QWidget] = [hint]
        if self._bridge.spec("promo.disarm") is not None:
            parts.append(self._button("promo.disarm", look="flat"))
        line = row(*parts)
        line.setStretch(0, 1)
        return line

    def _button(self, verb: str, look: str = "") -> ActionButton:
        is_quiet = look == "flat"
        button = action_button(self._bridge, verb, self._args, look=look, role="strong" if is_quiet else "button")
        button.setMinimumHeight(28 if is_quiet else theme.BUTTON_HEIGHT)
        button.name(button.title(), icon=NO_ICON if is_quiet else "")
        self.buttons.append(button)
        return button

    def _args(self) -> dict[str, Any]:
        return {"promotion_id": self._promotion["id"]}
