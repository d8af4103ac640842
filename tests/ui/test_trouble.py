"""What is wrong is said with its remedy, where it cannot be missed, on both faces; after the show the clips are there."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from studio.core import i18n
from studio.ui import widgets
from studio.ui.trouble_strip import PATIENCE_MS
from studio.ui.window import MainWindow
from tests.ui import fake_setup
from tests.ui.conftest import Run, settle
from tests.ui.fake_desk import FakeDesk
from tests.ui.test_window import SIZES, cut_off

LEFT = Qt.MouseButton.LeftButton


def outage(desk: FakeDesk, closes_in_s: int | None = 48) -> None:
    """The platform gets nothing."""
    desk.state["health"] |= {
        "state": "off_air",
        "reason_key": "health.push_reconnecting",
        "reason_args": {},
        "room_closes_in_s": closes_in_s,
    }


def test_countdown_stands_at_once_with_reason_and_remedy(window: MainWindow, desk: FakeDesk, run: Run) -> None:
    assert not window.trouble.isVisible()
    outage(desk)
    window.refresh()
    assert window.trouble.isVisible()
    assert window.trouble.countdown.text() == "房间将在 48 秒后关闭"
    assert "重连" in window.trouble.sentence.text() and "网络" in window.trouble.sentence.text()
    assert window.bar.state.text() == "● 断播" and window.bar.state.property("pill") == "warn"
    QTest.mouseClick(window.trouble.mend, LEFT)
    run(settle(window))
    assert window.setup.dock is not None and window.setup.dock.page == "outputs"
    assert window.picture.next_button.isVisible()
    outage(desk, 0)
    window.refresh()
    assert "可能已被平台关闭" in window.trouble.countdown.text()


def test_short_stutter_does_not_move_the_columns_and_a_long_one_is_said(window: MainWindow, desk: FakeDesk) -> None:
    desk.state["health"] |= {"state": "stuttering", "reason_key": "health.slow", "reason_args": {"fps": 17.0}}
    window.refresh()
    assert not window.trouble.isVisible() and "17" in window.bar.sentence.text()
    desk.state["now_ms"] += PATIENCE_MS
    window.refresh()
    assert window.trouble.isVisible() and "17" in window.trouble.sentence.text()
    assert not window.bar.sentence.isVisible(), "said once"
    desk.state["health"] |= {"state": "live", "reason_key": "health.live", "reason_args": {}}
    window.refresh()
    assert not window.trouble.isVisible() and window.bar.sentence.isVisible()


def test_columns_are_as_before_when_the_trouble_is_over(window: MainWindow, desk: FakeDesk, run: Run) -> None:
    window.setup.open("sources")
    run(settle(window))
    before = window.picture.width()
    window.setup.close()
    outage(desk)
    window.refresh()
    window.setup.open("sources")
    run(settle(window))
    desk.state["health"] |= {"state": "live", "reason_key": "health.live", "room_closes_in_s": None}
    window.refresh()
    run(settle(window))
    assert window.picture.width() == before


def test_warning_that_viewers_do_not_see_is_said_quietly(window: MainWindow, desk: FakeDesk) -> None:
    desk.state["health"]["warnings"] = [
        {"reason_key": "health.quality", "reason_args": {"name": "x264"}},
        {"reason_key": "health.extra_refused", "reason_args": {"name": "快手"}},
    ]
    window.refresh()
    desk.state["now_ms"] += PATIENCE_MS
    window.refresh()
    assert window.trouble.isVisible() and "快手" in window.trouble.sentence.text()
    assert window.trouble.property("look") == "" and not window.trouble.countdown.isVisible()


def test_nothing_is_wrong_before_the_show(window: MainWindow, desk: FakeDesk) -> None:
    desk.state["session"]["state"] = "off_air"
    outage(desk)
    window.refresh()
    assert not window.trouble.isVisible()


def test_bar_marks_a_lower_quality_and_the_virtual_camera(window: MainWindow, desk: FakeDesk) -> None:
    assert not window.bar.quality.isVisible() and not window.bar.camera.isVisible()
    desk.state["health"]["quality"] |= {"step": 2, "name": fake_setup.LADDER[2]}
    desk.state["health"]["virtual_camera"] |= {"state": "live", "device": "OBS Virtual Camera"}
    window.refresh()
    assert window.bar.quality.text() == "画质 3/3" and "ultraplus" in window.bar.quality.toolTip()
    assert window.bar.camera.isVisible() and "OBS" in window.bar.camera.toolTip()


@pytest.mark.parametrize("language", i18n.LANGUAGES)
@pytest.mark.parametrize("is_village", [False, True], ids=["operator", "village"])
def test_outage_is_not_cut_off(
    window: MainWindow, desk: FakeDesk, run: Run, every_text_known: None, language: str, is_village: bool
) -> None:
    outage(desk)
    desk.state["health"]["quality"]["step"] = 1
    desk.state["health"]["virtual_camera"]["state"] = "live"
    window.set_language(language)
    window.set_face(is_village=is_village)
    for size in SIZES:
        window.resize(*size)
        run(settle(window))
        assert window.size().toTuple() == size
        assert cut_off(window) == []


def test_village_says_it_in_a_farmers_words(window: MainWindow, desk: FakeDesk, run: Run) -> None:
    window.set_face(is_village=True)
    run(settle(window))
    head = window.village.head
    assert (head.sentence.text(), head.sound.text()) == ("画面正常，大家看得到", "声音正常")
    assert not head.countdown.isVisible() and window.village.asked.isVisible()
    outage(desk)
    desk.state["health"]["sound"]["peak_db"] = -90.0
    window.refresh()
    run(settle(window))
    assert head.countdown.isVisible() and "48 秒" in head.countdown.text()
    assert "路由器" in head.sentence.text() and "推流" not in head.sentence.text()
    assert head.sound.text() == "没有声音，检查麦克风" and head.sound.property("tone") == "warn"
    assert window.village.next_button.isVisible() and not window.village.asked.isVisible()
    desk.state["health"] |= {"state": "live", "room_closes_in_s": None, "reason_key": "health.live"}
    window.refresh()
    run(settle(window))
    assert not head.countdown.isVisible() and window.village.asked.isVisible()


def test_farmers_words_exist_for_what_viewers_feel() -> None:
    """Every reason that stops or spoils the picture has its short sentence."""
    from studio.desk import on_air
    from studio.video.health import PushState, SourceState

    texts = i18n.texts("zh_CN")
    tails = {f"push_{state.value}" for state in PushState if state is not PushState.LIVE}
    tails |= {f"source_{state.value}" for state in SourceState if state is not SourceState.OK}
    tails |= {"push_silent", "push_slow", "slow", "dropping", "recording_stuck", "sound_lost", "stale", "apart"}
    assert on_air.RULES
    assert {tail for tail in tails if f"ui.village.trouble_{tail}" not in texts} == set()


def test_item_is_cut_from_the_rundown_once_it_was_aired(window: MainWindow, desk: FakeDesk, run: Run) -> None:
    dock = window.rundown
    assert not dock.clip_button.isEnabled()
    dock.list.setCurrentIndex(dock.model.index(8))
    assert not dock.clip_button.isEnabled() and "还没播过" in dock.clip_button.toolTip()
    dock.list.setCurrentIndex(dock.model.index(1))
    QTest.mouseClick(dock.clip_button, LEFT)
    run(settle(window))
    dock.list.setCurrentIndex(dock.model.index(4))
    assert dock.clip_button.isEnabled(), "also the one on air"
    assert desk.done == [("clip.cut", {"item_id": "i2"})]


def test_clips_after_the_show(window: MainWindow, desk: FakeDesk, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[Any] = []
    monkeypatch.setattr(widgets.QDesktopServices, "openUrl", lambda url: shown.append(url.toLocalFile()))
    button = window.picture.clips
    desk.state["clips"] = [fake_setup.clip(1), fake_setup.clip(2, "waiting", path=None)]
    window.refresh()
    assert not button.isVisible(), "not in the middle of the show"
    desk.state["session"]["state"] = "ended"
    window.refresh()
    assert button.isVisible() and button.text() == "正在切片 1/2"
    desk.state["clips"] = [fake_setup.clip(1), fake_setup.clip(2)]
    window.refresh()
    assert button.text() == "切片 2 条 · 打开文件夹"
    QTest.mouseClick(button, LEFT)
    assert shown == ["/shows/s1-clips"]


def test_replay_is_one_press(window: MainWindow, desk: FakeDesk, run: Run) -> None:
    QTest.mouseClick(window.picture.replay, LEFT)
    run(settle(window))
    assert desk.done == [("replay.save", {"seconds": 30})]
