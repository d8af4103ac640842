"""Promotions: plan, arm, drop, result; what is not known is said to be not known."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit

from studio.core import i18n
from studio.promo.promotion import PromotionState
from studio.ui.action_button import GuardedButton
from studio.ui.promo_card import PromoCard
from studio.ui.window import MainWindow
from tests.ui.conftest import Run, settle
from tests.ui.fake_desk import NOW_MS, FakeDesk, promotion

LEFT = Qt.MouseButton.LeftButton


def words(card: PromoCard) -> str:
    return " | ".join(label.text() for label in card.findChildren(QLabel) if not label.isHidden())


def button(card: PromoCard, verb: str) -> GuardedButton:
    return next(each for each in card.buttons if each.objectName() == verb)  # type: ignore[return-value]


def show(window: MainWindow, desk: FakeDesk, *promotions: dict[str, object]) -> None:
    desk.state["promotions"] = list(promotions)
    window.refresh()


def test_amount_and_number_stand_on_the_button_and_ticks_above(window: MainWindow) -> None:
    card = window.promo.cards["m2"]
    assert button(card, "promo.drop").text() == "发放 · ¥200 / 100 个"
    said = words(card)
    for tick in ("✓ 预算够", "✓ 价格最新", "✓ 有库存", "✓ 直播中", "按住 1 秒", "不可撤回"):
        assert tick in said


def test_failed_check_is_named_and_the_button_grey(window: MainWindow, desk: FakeDesk) -> None:
    draft = promotion(3, "coupon", "draft", "满59减20")
    draft["checks"][3]["is_ok"] = False
    show(window, desk, draft)
    card = window.promo.cards["m3"]
    assert "✗ 还没开播" in words(card)
    assert not button(card, "promo.arm").isEnabled()
    assert "没通过" in button(card, "promo.arm").toolTip()


def test_arm_then_drop_then_result(window: MainWindow, desk: FakeDesk, run: Run) -> None:
    show(window, desk, promotion(3, "coupon", "draft", "满59减20"))
    QTest.mouseClick(button(window.promo.cards["m3"], "promo.arm"), LEFT)
    run(settle(window))
    assert desk.done == [("promo.arm", {"promotion_id": "m3"})]
    show(window, desk, promotion(3, "coupon", "asked", "满59减20"))
    card = window.promo.cards["m3"]
    assert card.buttons == [] and "不会重复发放" in words(card)
    show(window, desk, promotion(3, "coupon", "live", "满59减20", claimed=7, redeemed=2, ends_ms=NOW_MS + 65_000))
    assert "生效中 01:05" in words(window.promo.cards["m3"])
    assert "已领 7 / 300 · 已用 2" in words(window.promo.cards["m3"])
    QTest.mouseClick(button(window.promo.cards["m3"], "promo.close"), LEFT)
    run(settle(window))
    assert desk.done[-1] == ("promo.close", {"promotion_id": "m3"})
    show(window, desk, promotion(3, "coupon", "ended", "满59减20", claimed=300, redeemed=120, cost_fen=240_000))
    assert "花了 ¥2,400" in words(window.promo.cards["m3"])


def test_unconfirmed_says_so_and_how_it_is_looked_up(window: MainWindow, desk: FakeDesk) -> None:
    show(window, desk, promotion(3, "red_envelope", "unconfirmed", "拼手气红包", reason="timeout"))
    card = window.promo.cards["m3"]
    assert "未确认" in words(card) and "同一个编号查询" in words(card)
    assert card.buttons == []
    assert card.state_label.property("tone") == "warn"


@pytest.mark.parametrize("language", i18n.LANGUAGES)
@pytest.mark.parametrize("state", [state.value for state in PromotionState])
@pytest.mark.parametrize("kind", ["coupon", "red_envelope"])
def test_every_state_has_a_card(
    window: MainWindow, desk: FakeDesk, every_text_known: None, language: str, state: str, kind: str
) -> None:
    window.set_language(language)
    show(window, desk, promotion(3, kind, state, "福", reason="", ends_ms=NOW_MS + 1000))
    assert i18n.tr(f"ui.promo.state_{state}") in words(window.promo.cards["m3"])


def test_cards_stay_while_only_counts_change(window: MainWindow, desk: FakeDesk) -> None:
    before = dict(window.promo.cards)
    desk.state["promotions"][0]["claimed"] = 183
    window.refresh()
    assert window.promo.cards == before
    assert "已领 183" in words(before["m1"])
    desk.state["promotions"][1]["state"] = "asked"
    window.refresh()
    assert window.promo.cards["m2"] is not before["m2"]
    assert window.promo.cards["m1"] is before["m1"]


def test_what_is_open_stands_first(window: MainWindow, desk: FakeDesk) -> None:
    states = ("ended", "draft", "live", "armed", "unconfirmed", "closed")
    show(window, desk, *(promotion(n, "coupon", state, "券") for n, state in enumerate(states)))
    assert window.promo._shown_order == ["m4", "m3", "m2", "m1", "m5", "m0"]
    placed = [window.promo._list.itemAt(place).widget() for place in range(6)]
    assert placed == [window.promo.cards[each] for each in window.promo._shown_order]


def test_form_plans_a_coupon(window: MainWindow, desk: FakeDesk, run: Run) -> None:
    QTest.mouseClick(window.promo.add_buttons["coupon"], LEFT)
    form = window.promo.open_form("coupon")
    amount, pieces = form.inputs["amount_fen"], form.inputs["total_count"]
    assert isinstance(amount, QLineEdit) and isinstance(pieces, QLineEdit)
    amount.setText("12.50")
    pieces.setText("40")
    QTest.keyClick(form, Qt.Key.Key_Return)
    run(settle(window))
    settings = {
        "name": "满59减20",
        "threshold_fen": 5900,
        "amount_fen": 1250,
        "total_count": 40,
        "per_buyer": 1,
        "valid_s": 120,
    }
    assert desk.done == [("promo.add", {"kind": "coupon", "settings": settings})]


def test_form_says_what_cannot_be_read_and_loses_nothing(window: MainWindow, desk: FakeDesk, run: Run) -> None:
    form = window.promo.open_form("red_envelope")
    total = form.inputs["total_fen"]
    assert isinstance(total, QLineEdit)
    total.setText("两百")
    form.submit()
    run(settle(window))
    assert form.isVisible() and not form.problem.isHidden() and "两百" in form.problem.text()
    total.setText("200")
    form.submit()
    run(settle(window))
    wanted = {"name": "拼手气红包", "total_fen": 20_000, "count": 100, "mode": "random", "valid_s": 60}
    assert desk.done == [("promo.add", {"kind": "red_envelope", "settings": wanted})]


def test_budget_used_up_is_a_warning(window: MainWindow, desk: FakeDesk) -> None:
    assert window.promo.aside.text() == "今日预算 ¥620 / ¥2,000"
    desk.state["budget"]["committed_fen"] = 200_000
    window.refresh()
    assert window.promo.aside.property("tone") == "warn"


def test_one_form_at_a_time_inside_the_window(window: MainWindow) -> None:
    first = window.promo.open_form("coupon")
    second = window.promo.open_form("red_envelope")
    assert not first.isVisible() and second.isVisible()
    assert window.rect().contains(second.geometry())
    assert second.isAncestorOf(QApplication.focusWidget())
    QTest.keyClick(second, Qt.Key.Key_Escape)
    assert window.promo._form is None
