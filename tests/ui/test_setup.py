"""The set-up panel in the window: it stands beside the show, is made late, reads in both languages, and never fires by chance."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLineEdit, QSlider, QWidget

from studio.core import i18n
from studio.ui.setup.dock import PAGES, SetupDock
from studio.ui.setup.place import LEAST_WIDTH
from studio.ui.window import MainWindow
from tests.ui import fake_setup
from tests.ui.conftest import Run, settle, until
from tests.ui.fake_desk import FakeDesk
from tests.ui.test_window import SIZES, cut_off, texts_of

LEFT = Qt.MouseButton.LeftButton


def opened(window: MainWindow, run: Run, page: str = "sources") -> SetupDock:
    window.setup.open(page)
    run(settle(window))
    dock = window.setup.dock
    assert dock is not None and dock.isVisible()
    return dock


def test_panel_is_made_on_first_opening_and_takes_the_pool_column(window: MainWindow, run: Run) -> None:
    assert window.setup.dock is None
    QTest.mouseClick(window.picture.setup_button, LEFT)
    run(settle(window))
    dock = window.setup.dock
    assert dock is not None and dock.isVisible() and not window.pool.isVisible()
    assert list(dock.pages) == ["sources"]
    QTest.keyClick(window, Qt.Key.Key_F9)
    run(settle(window))
    assert not dock.isVisible() and window.pool.isVisible()
    QTest.keyClick(window, Qt.Key.Key_F9)
    run(settle(window))
    QTest.keyClick(dock.tabs["sources"], Qt.Key.Key_Escape)
    run(settle(window))
    assert not dock.isVisible() and window.pool.isVisible()


@pytest.mark.parametrize("size", SIZES, ids=["1366x768", "1920x1080"])
@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_nothing_of_a_page_is_cut_off_or_covers_the_show(
    window: MainWindow, run: Run, every_text_known: None, size: tuple[int, int], language: str
) -> None:
    window.resize(*size)
    window.set_language(language)
    for page in PAGES:
        dock = opened(window, run, page)
        assert dock.width() >= LEAST_WIDTH - 2
        assert window.size().toTuple() == size
        assert len([each for each in texts_of(window) if dock.isAncestorOf(each)]) > 8
        assert cut_off(window) == [], page
    button = window.picture.next_button
    assert button.isVisible() and button.visibleRegion().boundingRect() == button.rect()
    assert window.picture.monitor.picture_rect().height() >= 500


@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_nothing_is_cut_off_in_trouble(
    window: MainWindow, desk: FakeDesk, run: Run, every_text_known: None, language: str
) -> None:
    window.set_language(language)
    in_trouble(desk)
    for page in PAGES:
        opened(window, run, page)
        assert cut_off(window) == [], page


def in_trouble(desk: FakeDesk) -> None:
    """Everything that can be wrong is wrong, with long names."""
    health, setup = desk.state["health"], desk.state["setup"]
    health["source"] |= {"state": "frozen", "reason_key": "video.lost.frozen", "name": "HD Pro Webcam C920"}
    health["recording"] |= {"is_growing": False, "hours_left": 0.4}
    health["pushes"] = [
        fake_setup.push("hub", state="reconnecting", reconnects=1_204, dropped=88, reason_key="video.push.lost"),
        fake_setup.push("快手", state="refused", reason_key="video.push.refused"),
    ]
    health["quality"] |= {"step": 2, "name": fake_setup.LADDER[2]}
    health["sound"] |= {"loudness_lufs": -41.0, "limiter_db": 4.0}
    health["sound"]["inputs"][0]["state"] = "lost"
    health["av_offset_ms"] = -212.0
    setup["picture"]["inset"]["address"] = "/films/一段很长很长名字的产地航拍视频-2026-秋天.mp4"
    setup["picture"]["key"]["backdrop"] = "/pictures/很长很长很长名字的果园背景图片-早上八点.jpg"
    setup["picture"]["crop"] = "0.1,0.05,0.1,0"
    desk.state["clips"] = [fake_setup.clip(1), fake_setup.clip(2, "cutting"), fake_setup.clip(3, "failed")]


def test_every_control_has_a_name_for_screen_readers(window: MainWindow, run: Run) -> None:
    for page in PAGES:
        check_names(opened(window, run, page))


def check_names(dock: SetupDock) -> None:
    """Every control that is seen has an accessible name and is reached by the keyboard."""
    controls: list[QWidget] = [
        each
        for kind in (QAbstractButton, QSlider, QLineEdit)
        for each in dock.findChildren(kind)
        if each.isVisible() and not each.objectName().startswith("qt_")
    ]
    assert len(controls) > 6
    assert [each for each in controls if not each.accessibleName()] == []
    reachable = [each for each in controls if each.isEnabled() and not by_arrows(each)]
    assert [each for each in reachable if not each.focusPolicy() & Qt.FocusPolicy.TabFocus] == []


def by_arrows(control: QWidget) -> bool:
    """One of several of which one is chosen: Tab comes to the chosen one, arrows go to the others."""
    group = control.group() if isinstance(control, QAbstractButton) else None
    return group is not None and group.exclusive() and group.checkedButton() not in (None, control)


def test_tab_walks_through_the_panel_and_out_again(window: MainWindow, run: Run) -> None:
    dock = opened(window, run, "outputs")
    seen: list[QWidget] = []
    for _ in range(200):
        QTest.keyClick(QApplication.focusWidget() or window, Qt.Key.Key_Tab)
        focused = QApplication.focusWidget()
        assert focused is not None
        if focused in seen:
            break
        seen.append(focused)
    inside = [dock.isAncestorOf(each) for each in seen]
    assert any(inside) and not all(inside), "no trap"


def test_wheel_over_a_slider_changes_nothing(window: MainWindow, desk: FakeDesk, run: Run) -> None:
    dock = opened(window, run, "look")
    slider = dock.pages["look"].sliders["brightness"].slider
    before = slider.value()
    middle = QPointF(slider.rect().center())
    for focused in (False, True):
        if focused:
            slider.setFocus()
        event = QWheelEvent(
            middle,
            QPointF(slider.mapToGlobal(slider.rect().center())),
            QPoint(0, 0),
            QPoint(0, 240),
            Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QApplication.sendEvent(slider, event)
    run(settle(window))
    assert slider.value() == before and desk.done == []


def test_only_the_page_that_is_seen_is_kept_up(
    window: MainWindow, run: Run, monkeypatch: pytest.MonkeyPatch, engine: Any
) -> None:
    dock = opened(window, run, "sound")
    opened(window, run, "look")
    told: list[str] = []
    for name, page in dock.pages.items():
        monkeypatch.setattr(page, "refresh", lambda _snapshot, which=name: told.append(which))
    window.refresh()
    assert told == ["look"]
    assert not dock.pages["sound"]._timer.isActive()
    window.setup.close()
    run(settle(window))
    told.clear()
    window.refresh()
    assert told == []


def test_language_theme_and_face_switch_with_the_panel_open(
    window: MainWindow, run: Run, every_text_known: None
) -> None:
    dock = opened(window, run, "outputs")
    for page in PAGES:
        dock.open_page(page)
    window.set_language("en")
    window.set_theme("light")
    run(settle(window))
    assert dock.title.text() == "Picture and sound" and dock.tabs["quality"].text() == "Quality"
    window.set_face(is_village=True)
    run(settle(window))
    assert not dock.isVisible()
    QTest.keyClick(window, Qt.Key.Key_F9)
    run(settle(window))
    assert not dock.isVisible(), "the village face has nothing of this"
    window.set_face(is_village=False)
    run(settle(window))
    assert dock.isVisible() and not window.pool.isVisible()


def test_panel_pulled_out_leaves_the_column_to_the_pool(window: MainWindow, run: Run) -> None:
    dock = opened(window, run)
    dock.setFloating(True)
    run(until(window.pool.isVisible))
    assert dock.isVisible()
    window.arrange_again()
    run(settle(window))
    assert not dock.isVisible() and window.pool.isVisible()


def test_stream_buttons_of_the_panel_never_fire_by_space_or_enter(window: MainWindow, desk: FakeDesk, run: Run) -> None:
    desk.state["setup"]["outputs"]["virtual_camera"]["is_on"] = False
    dock = opened(window, run, "outputs")
    names = ("push.start", "push.stop", "virtual_camera.start", "recording.stop")
    buttons = [each for name in names for each in dock.findChildren(QAbstractButton, name) if each.isVisible()]
    assert {each.objectName() for each in buttons} == set(names)
    for button in buttons:
        for key in (Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            button.setFocus()
            QTest.keyClick(button, key)
            QTest.keyClick(QApplication.focusWidget() or button, Qt.Key.Key_Space)
        QTest.mouseClick(button, LEFT)
    run(settle(window))
    assert desk.done == []
