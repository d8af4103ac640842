"""Buttons that give money away or touch the stream: held, or asked about; never by Space or Enter."""

from __future__ import annotations

import asyncio
import time

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton

from studio.ui.action_button import HOLD_MS, PRESS_KEYS, ActionButton, GuardedButton, action_button
from studio.ui.bridge import Bridge
from studio.ui.confirm import ConfirmPopup
from studio.ui.hotkeys import press
from studio.ui.window import MainWindow
from tests.ui.conftest import Run, settle, until
from tests.ui.fake_desk import FakeDesk

LEFT = Qt.MouseButton.LeftButton


def drop_button(window: MainWindow) -> GuardedButton:
    return next(button for button in window.promo.cards["m2"].buttons if isinstance(button, GuardedButton))


def guarded(window: MainWindow) -> list[QPushButton]:
    specs = dict(window.bridge.desk.actions.items())
    names = {verb for verb, spec in specs.items() if spec.is_money or spec.is_stream}
    return [button for button in window.findChildren(QPushButton) if button.objectName() in names]


def test_every_money_and_stream_verb_has_guarded_buttons_only(window: MainWindow) -> None:
    found = guarded(window)
    assert {button.objectName() for button in found} == {
        "promo.drop",
        "show.go_live",
        "show.end",
        "recording.start",
        "recording.stop",
    }
    assert all(isinstance(button, GuardedButton) for button in found)


@pytest.mark.parametrize("key", sorted(PRESS_KEYS))
def test_keys_on_a_focused_guarded_button_fire_nothing(
    window: MainWindow, desk: FakeDesk, run: Run, key: Qt.Key
) -> None:
    for button in guarded(window):
        button.show()
        button.setEnabled(True)
        button.setFocus()
        for _ in range(3):
            QTest.keyClick(button, key)
            if (popup := ConfirmPopup.current()) is not None:
                assert QApplication.focusWidget() in (popup.no_button, None)
                QTest.keyClick(popup.no_button, key)
        QTest.keyPress(button, key)
        run(settle(window))
        QTest.keyRelease(button, key)
        if (popup := ConfirmPopup.current()) is not None:
            popup.dismiss()
    run(settle(window))
    assert desk.done == []


def test_keyboard_can_confirm_on_purpose(window: MainWindow, desk: FakeDesk, run: Run) -> None:
    button = drop_button(window)
    button.setFocus()
    QTest.keyClick(button, Qt.Key.Key_Return)
    popup = ConfirmPopup.current()
    assert popup is not None
    QTest.keyClick(popup.no_button, Qt.Key.Key_Right)
    QTest.keyClick(popup.yes_button, Qt.Key.Key_Return)
    run(settle(window))
    assert desk.done == [("promo.drop", {"promotion_id": "m2"})]
    assert ConfirmPopup.current() is None


def test_click_asks_and_no_is_the_default(window: MainWindow, desk: FakeDesk, run: Run) -> None:
    QTest.mouseClick(drop_button(window), LEFT)
    popup = ConfirmPopup.current()
    assert popup is not None and popup.isVisible()
    assert "¥200" in popup.accessibleName() and "不可撤回" in popup.accessibleName()
    QTest.mouseClick(popup.no_button, LEFT)
    QTest.mouseClick(drop_button(window), LEFT)
    popup = ConfirmPopup.current()
    assert popup is not None
    QTest.keyClick(popup.no_button, Qt.Key.Key_Escape)
    assert ConfirmPopup.current() is None
    run(settle(window))
    assert desk.done == []


def test_popup_does_not_cover_the_button_that_was_clicked(window: MainWindow) -> None:
    for button in guarded(window):
        if not button.isVisible():
            continue
        QTest.mouseClick(button, LEFT)
        popup = ConfirmPopup.current()
        assert popup is not None
        anchor = button.rect().translated(button.mapTo(window, QPoint(0, 0)))
        assert not popup.geometry().intersects(anchor)
        assert window.rect().contains(popup.geometry())
        popup.dismiss()


def test_yes_by_mouse_fires_once(window: MainWindow, desk: FakeDesk, run: Run) -> None:
    QTest.mouseClick(drop_button(window), LEFT)
    popup = ConfirmPopup.current()
    assert popup is not None
    QTest.mouseClick(popup.yes_button, LEFT)
    QTest.mouseClick(popup.yes_button, LEFT)
    run(settle(window))
    assert desk.done == [("promo.drop", {"promotion_id": "m2"})]


async def hold(button: QPushButton, seconds: float) -> None:
    QTest.mousePress(button, LEFT)
    await asyncio.sleep(seconds)


def test_hold_of_a_second_fires_and_the_release_is_no_click(window: MainWindow, desk: FakeDesk, run: Run) -> None:
    button = drop_button(window)
    began = time.monotonic()
    QTest.mousePress(button, LEFT)
    run(until(lambda: bool(desk.done)))
    held_ms = (time.monotonic() - began) * 1000
    assert HOLD_MS <= held_ms < HOLD_MS + 1500
    QTest.mouseRelease(button, LEFT)
    run(settle(window))
    assert desk.done == [("promo.drop", {"promotion_id": "m2"})]
    assert ConfirmPopup.current() is None


def test_shorter_hold_only_asks(window: MainWindow, desk: FakeDesk, run: Run) -> None:
    button = drop_button(window)
    run(hold(button, 0.5))
    assert desk.done == []
    QTest.mouseRelease(button, LEFT)
    assert ConfirmPopup.current() is not None
    run(asyncio.sleep(0.8))
    assert desk.done == []


def test_leaving_the_button_lets_go(window: MainWindow, desk: FakeDesk, run: Run) -> None:
    button = drop_button(window)
    QTest.mousePress(button, LEFT)
    QTest.mouseMove(button, QPoint(button.width() + 40, -40))
    run(asyncio.sleep(HOLD_MS / 1000 + 0.2))
    QTest.mouseRelease(button, LEFT, pos=QPoint(button.width() + 40, -40))
    run(settle(window))
    assert desk.done == []
    assert ConfirmPopup.current() is None


def test_grey_button_cannot_be_held(window: MainWindow, desk: FakeDesk, run: Run) -> None:
    desk.state["promotions"][1]["checks"][0]["is_ok"] = False
    window.refresh()
    button = drop_button(window)
    assert not button.isEnabled() and "没通过" in button.toolTip()
    run(hold(button, HOLD_MS / 1000 + 0.2))
    QTest.mouseRelease(button, LEFT)
    assert desk.done == []


def test_button_waits_for_its_answer(bridge: Bridge, desk: FakeDesk, run: Run) -> None:
    button = action_button(bridge, "show.next")
    button.name("下一个")
    QTest.mouseClick(button, LEFT)
    QTest.mouseClick(button, LEFT)
    assert not button.isEnabled()
    run(bridge.drain())
    assert button.isEnabled()
    assert desk.done == [("show.next", {})]


def test_verb_that_is_not_here_is_grey_and_says_so(bridge: Bridge) -> None:
    button = action_button(bridge, "promo.fly")
    button.name("飞")
    assert isinstance(button, ActionButton)
    assert not button.isEnabled() and button.toolTip() == "这里用不了这个功能"


def test_hotkey_of_a_guarded_verb_only_asks(window: MainWindow, desk: FakeDesk, run: Run) -> None:
    press(window, window.bridge, "show.end")
    assert ConfirmPopup.current() is not None
    press(window, window.bridge, "recording.start")
    run(settle(window))
    assert desk.done == []
    press(window, window.bridge, "show.next")
    run(settle(window))
    assert desk.done == [("show.next", {})]
