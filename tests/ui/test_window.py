"""The window as a whole: nothing cut off in any language, switches at run time, notices, joined refreshes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QLineEdit, QListView, QWidget

from studio.core import i18n
from studio.core.settings import Settings
from studio.desk.events import Changed
from studio.ui import theme
from studio.ui.confirm import ConfirmPopup
from studio.ui.log_dock import line_height
from studio.ui.widgets import ElideLabel
from studio.ui.window import JOIN_MS, LEAST, MainWindow
from tests.ui.conftest import Run, settle, until
from tests.ui.fake_desk import NOW_MS, FakeDesk, item, products, promotion

LEFT = Qt.MouseButton.LeftButton
SIZES = ((1366, 768), (1920, 1080))


def texts_of(window: MainWindow) -> Iterator[QWidget]:
    for widget in window.findChildren(QWidget):
        if isinstance(widget, QLabel | QAbstractButton) and widget.isVisible() and widget.text():
            yield widget


def cut_off(window: MainWindow) -> list[str]:
    """The texts of labels and buttons that do not have the room they need or stand outside of what holds them."""
    found = []
    for widget in texts_of(window):
        needed = widget.sizeHint()
        if isinstance(widget, QLabel) and widget.wordWrap():
            needed.setWidth(0)
            needed.setHeight(widget.heightForWidth(widget.width()))
        holder = widget.parentWidget()
        corner = widget.mapTo(holder, QPoint(0, 0))
        is_inside = holder.rect().contains(widget.rect().translated(corner))
        if needed.width() > widget.width() or needed.height() > widget.height() or not is_inside:
            found.append(f"{widget.text()!r} {needed.toTuple()} > {widget.size().toTuple()}")
    return found


@pytest.mark.parametrize("size", SIZES, ids=["1366x768", "1920x1080"])
@pytest.mark.parametrize("language", i18n.LANGUAGES)
@pytest.mark.parametrize("is_village", [False, True], ids=["operator", "village"])
def test_nothing_is_cut_off(
    window: MainWindow, run: Run, every_text_known: None, size: tuple[int, int], language: str, is_village: bool
) -> None:
    window.resize(*size)
    window.set_language(language)
    window.set_face(is_village=is_village)
    run(settle(window))
    assert window.size().toTuple() == size
    assert len(list(texts_of(window))) > 15
    assert cut_off(window) == []


@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_nothing_is_cut_off_in_a_crowded_moment(
    window: MainWindow, desk: FakeDesk, run: Run, every_text_known: None, language: str
) -> None:
    window.set_language(language)
    state = desk.state
    state["promotions"] = [
        promotion(n, kind, each, "满199减50限时")
        for n, (kind, each) in enumerate(
            [("coupon", "armed"), ("red_envelope", "unconfirmed"), ("coupon", "draft"), ("coupon", "closed")]
        )
    ]
    state["promotions"][2]["checks"] = [{"key": key, "is_ok": False} for key in ("budget", "price", "stock", "window")]
    state["sales"]["gmv_fen"] = 123_456_789
    state["audience"]["viewers"] = 128_400
    state["rundown"]["offset_s"] = 4_000.0
    state["health"]["recording"]["bytes"] = 123_800_000_000
    state["health"]["dropped"] = 1_204
    window.refresh()
    run(settle(window))
    assert window.size().toTuple() == (1366, 768)
    assert [text for text in cut_off(window) if "health" not in text] == []


def test_health_sentence_has_its_room(window: MainWindow, run: Run) -> None:
    for language in i18n.LANGUAGES:
        window.set_language(language)
        run(settle(window))
        assert all(part.sizeHint().width() <= part.width() for part in window.bar.findChildren(ElideLabel))


def test_language_and_theme_switch_while_the_show_runs(window: MainWindow, run: Run, every_text_known: None) -> None:
    chosen: list[Settings] = []
    window.settings_chosen.connect(chosen.append)
    assert window.picture.next_button.text() == "下一个  F8"
    window.set_language("en")
    run(settle(window))
    assert window.picture.next_button.text() == "Next  F8"
    assert window.rundown.note.text() == "10 items · 4 aired" and "3 min late" in window.rundown.aside.text()
    own = [widget for widget in texts_of(window) if isinstance(widget, QAbstractButton)]
    own += [part for dock in window.docks for part in (dock.title, dock.aside)]
    assert [widget.text() for widget in own if any("\u4e00" <= letter <= "\u9fff" for letter in widget.text())] == []
    dark = window.grab().toImage().pixelColor(3, 3).name()
    window.set_theme("light")
    run(settle(window))
    assert dark == theme.DARK.bg0.lower()
    assert window.grab().toImage().pixelColor(3, 3).name() == theme.LIGHT.bg0.lower()
    assert [(each.language, each.theme) for each in chosen] == [("en", "dark"), ("en", "light")]
    window.set_language("zh_CN")
    run(settle(window))
    assert window.picture.next_button.text() == "下一个  F8"


def test_events_are_joined(window: MainWindow, desk: FakeDesk, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    window._clock.stop()
    taken: list[float] = []
    snapshot = desk.snapshot
    monkeypatch.setattr(desk, "snapshot", lambda: taken.append(time.monotonic()) or snapshot())

    async def storm() -> None:
        began = time.monotonic()
        while time.monotonic() - began < 0.5:
            desk.bus.emit(Changed(at_ms=NOW_MS, verb="rundown.add"))
            await asyncio.sleep(0.002)

    run(storm())
    run(until(lambda: not window._joiner.isActive()))
    assert 3 <= len(taken) <= 0.5 * 1000 / JOIN_MS + 2


def test_event_reaches_the_docks(window: MainWindow, desk: FakeDesk, run: Run) -> None:
    desk.state["rundown"]["items"].append(item(products()[3], 11))
    desk.bus.emit(Changed(at_ms=NOW_MS, verb="rundown.add"))
    run(until(lambda: window.rundown.model.rowCount() == 11))


def test_notices_are_said_once_and_can_be_closed(window: MainWindow, desk: FakeDesk) -> None:
    desk.state["notices"] = [
        {"at_ms": NOW_MS - 1000, "level": "warn", "text": "摄像头断了，录制没有停，正在重连"},
        {"at_ms": NOW_MS - 3_600_000, "level": "warn", "text": "很久以前"},
    ]
    window.refresh()
    window.refresh()
    assert window.notices.texts() == ["摄像头断了，录制没有停，正在重连"]
    assert window.rect().contains(window.notices.geometry())
    close = window.notices.findChild(QAbstractButton)
    assert close is not None
    QTest.mouseClick(close, LEFT)
    window.refresh()
    assert window.notices.texts() == [] and not window.notices.isVisible()


def test_more_notices_than_places_keep_the_newest(window: MainWindow) -> None:
    for number in range(5):
        window.notices.say("error", f"第 {number} 件事")
    assert window.notices.texts() == ["第 2 件事", "第 3 件事", "第 4 件事"]


def test_notice_takes_no_focus(window: MainWindow) -> None:
    window.pool.search.setFocus()
    window.notices.say("error", "出事了")
    assert QApplication.focusWidget() is window.pool.search


def test_every_button_and_field_has_a_name(window: MainWindow) -> None:
    own = [each for each in window.findChildren(QWidget) if isinstance(each, QAbstractButton | QLineEdit | QListView)]
    own = [each for each in own if each.isVisible() and each.parent() is not window.pool.search]
    assert len(own) > 25
    assert [each for each in own if not each.accessibleName()] == []


def test_buttons_of_verbs_are_named_by_the_verb(window: MainWindow, desk: FakeDesk) -> None:
    names = {button.objectName() for button in window.findChildren(QAbstractButton)}
    faced = {
        "pool.sync",
        "rundown.remove",
        "rundown.standby",
        "show.take",
        "show.next",
        "show.go_live",
        "show.end",
        "promo.arm",
        "promo.drop",
        "promo.close",
        "recording.start",
        "recording.stop",
        "audience.take_request",
        "audience.done",
    }
    assert faced <= names
    assert faced <= set(desk.actions)


def test_audience_requests_are_taken_and_answered(window: MainWindow, desk: FakeDesk, run: Run) -> None:
    first, _second, third = window.audience.rows[:3]
    assert (first.text.text(), first.count.text()) == ("想看1号色", "×37")
    assert not third.take_button.isVisible(), "taken already"
    QTest.mouseClick(first.take_button, LEFT)
    QTest.mouseClick(third.done_button, LEFT)
    run(settle(window))
    assert desk.done == [("audience.take_request", {"key": "k1"}), ("audience.done", {"key": "k3"})]


def test_log_is_newest_first_and_takes_a_note(window: MainWindow, desk: FakeDesk, run: Run) -> None:
    assert [row["seq"] for row in window.log.model.rows] == [103, 102, 101]
    window.log.note_field.setText("  换了一箱橙子 ")
    QTest.keyClick(window.log.note_field, Qt.Key.Key_Return)
    run(settle(window))
    assert desk.done == [("log.note", {"text": "换了一箱橙子"})]
    assert window.log.note_field.text() == ""


def test_village_face_does_the_same_verbs(window: MainWindow, desk: FakeDesk, run: Run) -> None:
    window.set_face(is_village=True)
    run(settle(window))
    village = window.village
    assert village.isVisible() and not window.pool.isVisible() and not window.bar.isVisible()
    assert (village.now.price.text(), village.now.time.text()) == ("¥29.90", "05:21")
    assert village.next.title.text() == "土蜂蜜 500g 深山百花蜜"
    assert village.gifts[1].drop.isVisible() and "¥200" in village.gifts[1].drop.text()
    QTest.mouseClick(village.next_button, LEFT)
    QTest.mouseClick(village.requests[1].done, LEFT)
    run(settle(window))
    assert desk.done == [("show.next", {}), ("audience.done", {"key": "k2"})]
    QTest.mouseClick(village.operator_button, LEFT)
    run(settle(window))
    assert window.pool.isVisible() and window.bar.isVisible() and not village.isVisible()


def test_closing_by_hand_while_live_asks_first(window: MainWindow, desk: FakeDesk) -> None:
    closed: list[bool] = []
    window.closed.connect(lambda: closed.append(True))
    assert not window.may_close()
    popup = ConfirmPopup.current()
    assert popup is not None and "跟着结束" in popup.accessibleName()
    popup.dismiss()
    assert closed == [] and window.isVisible()
    assert not window.may_close()
    popup = ConfirmPopup.current()
    assert popup is not None
    QTest.mouseClick(popup.yes_button, LEFT)
    assert closed == [True] and not window._clock.isActive()
    desk.state["session"]["state"] = "ended"
    assert window.may_close()


def test_columns_give_room_to_the_picture(window: MainWindow, run: Run) -> None:
    run(settle(window))
    area = window.picture.monitor.picture_rect()
    assert area.height() >= 500
    left_edges = [
        dock.mapTo(window, QPoint(0, 0)).x() for dock in (window.pool, window.picture, window.rundown, window.promo)
    ]
    assert left_edges == sorted(left_edges)
    assert window.promo.x() == window.audience.x() == window.log.x()


def test_first_size_fits_the_screen(desk: FakeDesk, loop: object) -> None:
    window = MainWindow(desk, None, desk.bus, Settings())
    area = window.screen().availableSize()
    assert window.width() <= area.width() and window.height() <= area.height()
    assert bool(window.windowState() & Qt.WindowState.WindowMaximized) == (area.width() < 1446 or area.height() < 828)
    window.close()
    window.deleteLater()


def test_log_shows_whole_lines_only(window: MainWindow, run: Run) -> None:
    for height in (768, 781, 790):
        window.resize(1366, height)
        run(settle(window))
        assert window.log.list.viewport().height() % line_height() == 0


def test_wide_picture_leaves_room_for_the_rundown(window: MainWindow, run: Run) -> None:
    window.picture.monitor._take_aspect(1280, 720)
    run(settle(window))
    for dock, least in zip((window.pool, window.rundown, window.promo), LEAST, strict=True):
        assert dock.width() >= least - 2
    assert cut_off(window) == []
