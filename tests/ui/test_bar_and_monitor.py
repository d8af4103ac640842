"""The on-air bar never says better than what is; the monitor paints new frames only."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtTest import QTest

from studio.ui.monitor import Monitor
from studio.ui.window import MainWindow
from tests.ui.conftest import Run, settle, until
from tests.ui.fake_desk import NOW_MS, FakeDesk, health
from tests.ui.fake_engine import FakeEngine


def test_bar_in_the_middle_of_a_show(window: MainWindow, every_text_known: None) -> None:
    window.refresh()
    bar = window.bar
    assert bar.state.text() == "● 直播中" and bar.state.property("pill") == "live"
    assert bar.clock.text() == "01:12:45"
    assert [fact.text() for fact in bar.facts.values()] == ["4.1 Mbit/s", "30 帧", "丢 0", "CPU 31%"]
    assert (bar.recording.text(), bar.left.text()) == ("录制 1.8 GB", "还可录 6 小时 20 分")
    assert (bar.viewers.text(), bar.gmv.text()) == ("1,284 人在看", "成交 ¥18,264.50")
    assert bar.end.isVisible() and not bar.go_live.isVisible()


def test_trouble_is_seen_at_once(window: MainWindow, desk: FakeDesk) -> None:
    trouble = health("stuttering", dropped=12, cpu_percent=93.0, reason_key="health.slow", reason_args={"fps": 17.0})
    trouble["recording"] |= {"is_growing": False, "hours_left": 0.3}
    desk.state["health"] = trouble
    window.refresh()
    bar = window.bar
    assert bar.state.property("pill") == "warn"
    assert "17" in bar.sentence.text()
    for part in (bar.facts["dropped"], bar.facts["cpu"], bar.recording, bar.left, bar.sentence):
        assert part.property("tone") == "warn"
    assert bar.recording.text() == "录制不增长了"
    trouble["recording"] |= {"is_on": False, "is_waiting": True}
    window.refresh()
    assert (bar.recording.text(), bar.recording.property("tone")) == ("磁盘已满，腾出空间后继续录制", "warn")


def test_off_air_with_an_empty_rundown_cannot_go_live(window: MainWindow, desk: FakeDesk) -> None:
    desk.state["session"] |= {"state": "off_air", "started_ms": None}
    desk.state["rundown"] |= {"items": [], "on_air_id": None, "standby_id": None}
    desk.state["health"] = health("off_air", recording=health()["recording"] | {"is_on": False, "hours_left": None})
    window.refresh()
    bar = window.bar
    assert bar.state.text() == "未开播" and bar.state.property("pill") == "off"
    assert bar.go_live.isVisible() and not bar.go_live.isEnabled() and "空的" in bar.go_live.toolTip()
    assert bar.recording.text() == "未录制" and not bar.left.isVisible()


def test_ended_show_keeps_its_length(window: MainWindow, desk: FakeDesk) -> None:
    desk.state["session"] |= {"state": "ended", "ended_ms": NOW_MS - 1_000}
    desk.state["now_ms"] = NOW_MS + 600_000
    window.refresh()
    assert window.bar.state.text() == "已下播"
    assert window.bar.clock.text() == "01:12:44"
    assert not window.bar.go_live.isEnabled()


def test_before_the_first_health_nothing_is_claimed(window: MainWindow, desk: FakeDesk) -> None:
    desk.state["health"] = None
    window.refresh()
    assert window.bar.sentence.text() == "画面正在启动…"
    assert not any(fact.isVisible() for fact in window.bar.facts.values())


@pytest.fixture
def monitor(loop: object) -> Monitor:
    made = Monitor(FakeEngine(), QSize(720, 1280), 30)
    made.resize(400, 500)
    return made


def test_monitor_paints_only_what_is_new(monitor: Monitor, run: Run) -> None:
    engine = monitor.engine
    assert isinstance(engine, FakeEngine)
    monitor.show()
    run(until(monitor.has_picture))
    run(asyncio.sleep(0.1))
    painted, asked = monitor.paints, engine.calls
    run(until(lambda: engine.calls >= asked + 5))
    assert monitor.paints == painted
    engine.step()
    run(until(lambda: monitor.paints > painted))
    assert monitor.paints == painted + 1
    monitor.hide()
    asked = engine.calls
    run(asyncio.sleep(0.15))
    assert engine.calls == asked
    monitor.deleteLater()


def test_monitor_keeps_the_aspect_and_the_colours(monitor: Monitor, run: Run) -> None:
    monitor.show()
    run(until(monitor.has_picture))
    area = monitor.picture_rect()
    assert abs(area.width() / area.height() - 720 / 1280) < 0.01
    assert area.center().x() == pytest.approx(200, abs=1)
    shot = monitor.grab().toImage()
    middle = shot.pixelColor(area.center().x(), area.top() + round(area.height() * 0.42))
    assert (middle.red(), middle.green(), middle.blue()) == (240, 150, 60)
    monitor.deleteLater()


def test_monitor_without_engine_shows_a_slate(loop: object, run: Run) -> None:
    monitor = Monitor(None, QSize(720, 1280), 30)
    monitor.resize(300, 500)
    monitor.show()
    run(asyncio.sleep(0.05))
    shot = monitor.grab().toImage()
    colours = {shot.pixelColor(x, y).name() for x in range(40, 260, 2) for y in range(180, 320, 2)}
    assert "#0b0c0f" in colours and len(colours) > 5
    monitor.deleteLater()


def test_overlay_chips_say_and_show_what_is(window: MainWindow, desk: FakeDesk, run: Run) -> None:
    chips = window.picture._chips
    assert [chip.text() for chip in chips.values()] == ["角标", "商品卡", "价格", "倒计时", "优惠券", "红包雨"]
    assert not chips["price_tag"].isChecked() and chips["product_card"].isChecked()
    QTest.mouseClick(chips["price_tag"], Qt.MouseButton.LeftButton)
    QTest.mouseClick(chips["product_card"], Qt.MouseButton.LeftButton)
    run(settle(window))
    assert desk.done == [("overlay.show", {"layer_id": "price_tag"}), ("overlay.hide", {"layer_id": "product_card"})]
    desk.state["overlays"].append({"id": "ticker", "kind": "ticker_line", "is_visible": True})
    window.refresh()
    assert window.picture._chips["ticker"].text() == "ticker line"


def test_sound_is_heard_or_said_to_be_missing(window: MainWindow, desk: FakeDesk) -> None:
    assert window.picture.sound.text() == "−14 dB"
    desk.state["health"] = health(sound={"state": "ok", "peak_db": -90.0})
    window.refresh()
    assert window.picture.sound.text() == "没有声音"
    assert window.picture.sound.property("tone") == "warn"


def test_back_takes_the_item_before(window: MainWindow, desk: FakeDesk, run: Run) -> None:
    QTest.mouseClick(window.picture.back_button, Qt.MouseButton.LeftButton)
    run(settle(window))
    assert desk.done == [("show.take", {"item_id": "i4"})]


class WideEngine(FakeEngine):
    """An engine whose canvas lies on its side."""

    def monitor(self, max_w: int, max_h: int) -> tuple[int, np.ndarray] | None:
        width = min(max_w, max_h * 16 // 9)
        return max_w, np.zeros((width * 9 // 16, width, 4), np.uint8)


def test_monitor_follows_the_canvas_of_the_frames(monitor: Monitor, run: Run) -> None:
    changed: list[bool] = []
    monitor.aspect_changed.connect(lambda: changed.append(True))
    monitor.engine = WideEngine()
    monitor.show()
    run(until(lambda: monitor.picture_rect().width() == 400))
    run(asyncio.sleep(0.2))
    assert monitor.picture_rect().height() == pytest.approx(225, abs=3)
    assert changed == [True]
    monitor.deleteLater()
