"""What each page of the set-up panel wishes for, and how it shows what is so."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QInputMethodEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QLabel

from studio.ui import widgets
from studio.ui.confirm import ConfirmPopup
from studio.ui.level_meter import CLIP_LIT_S, FLOOR_DB, HOLDS_S, LevelMeter
from studio.ui.setup.controls import NamedSlider
from studio.ui.setup.look import corner_of, place_of
from studio.ui.setup.wisher import EVERY_MS, HOLD_MS
from studio.ui.window import MainWindow
from tests.ui import fake_setup
from tests.ui.conftest import Run, settle, until
from tests.ui.fake_desk import FakeDesk
from tests.ui.test_setup import in_trouble, opened

LEFT = Qt.MouseButton.LeftButton


def page_of(window: MainWindow, run: Run, name: str) -> Any:
    return opened(window, run, name).pages[name]


def last(desk: FakeDesk, verb: str) -> dict[str, Any]:
    return [args for done, args in desk.done if done == verb][-1]


# --- sources ---------------------------------------------------------------------------------------------------------


def test_devices_are_listed_and_chosen(window: MainWindow, desk: FakeDesk, run: Run) -> None:
    page = page_of(window, run, "sources")
    assert [row.accessibleName() for row in page.rows.values()][0] == "HD Pro Webcam C920"
    assert page.rows["device:HD Pro Webcam C920"].isChecked()
    assert list(page.rows.values())[1].toolTip().endswith("HDMI Capture"), "elided, whole in the tooltip"
    QTest.mouseClick(page.rows["screen:eDP-1"], LEFT)
    run(settle(window))
    wished = last(desk, "picture.source")
    assert wished == {"address": "screen:eDP-1", "mode": "cover", "mirror": False, "rotate": 0, "crop": ""}
    assert page.rows["screen:eDP-1"].isChecked() and not page.rows["device:HD Pro Webcam C920"].isChecked()
    desk.devices["cameras"] = []
    desk.devices["reasons"]["windows"] = "窗口列表暂时拿不到"
    QTest.mouseClick(page.refresh_button, LEFT)
    run(settle(window))
    assert list(page.rows) == ["screen:eDP-1"]
    assert any("没有找到摄像头" in each.text() for each in page.findChildren(QLabel))


def test_formats_and_windows_are_chosen_from_menus(window: MainWindow, desk: FakeDesk, run: Run) -> None:
    page = page_of(window, run, "sources")
    menu = page.choose_format()
    assert [action.text() for action in menu.actions()] == ["自动", "1280×720 30 帧 MJPEG"]
    menu.actions()[1].trigger()
    menu.close()
    run(settle(window))
    assert last(desk, "picture.source")["address"].endswith("?format=mjpeg&size=1280x720&fps=30")
    assert page.rows["device:HD Pro Webcam C920"].isChecked()
    menu = page.choose_window()
    menu.actions()[0].trigger()
    menu.close()
    run(settle(window))
    assert last(desk, "picture.source")["address"] == "window:购物车?app=wps"
    assert page.window_button.isChecked() and not page.file_button.isChecked() and not page.format.isVisible()


def test_phone_address_mirror_turn_and_crop(window: MainWindow, desk: FakeDesk, run: Run) -> None:
    page = page_of(window, run, "sources")
    page.phone.setFocus()
    QTest.keyClicks(page.phone, " rtsp://192.168.1.20:8554/cam ")
    QTest.keyClick(page.phone, Qt.Key.Key_Return)
    run(settle(window))
    assert last(desk, "picture.source")["address"] == "rtsp://192.168.1.20:8554/cam"
    QTest.mouseClick(page.mirror, LEFT)
    run(settle(window))
    QTest.mouseClick(page.turn.buttons[90], LEFT)
    run(settle(window))
    page.crops["left"].slider.setValue(10)
    run(until(lambda: last(desk, "picture.source")["crop"] == "0.1,0,0,0"))
    wished = last(desk, "picture.source")
    assert (wished["mirror"], wished["rotate"]) == (True, 90)
    run(settle(window))
    QTest.mouseClick(page.whole, LEFT)
    run(settle(window))
    assert last(desk, "picture.source")["crop"] == ""
    assert page.crops["left"].value() == 0


def test_half_typed_pinyin_is_no_address(window: MainWindow, desk: FakeDesk, run: Run) -> None:
    page = page_of(window, run, "sources")
    page.phone.setFocus()
    QApplication.sendEvent(page.phone, QInputMethodEvent("shouji", []))
    QTest.mouseClick(page.phone_button, LEFT)
    run(settle(window))
    assert desk.done == []


def test_camera_in_trouble_says_why_and_can_be_opened_again(window: MainWindow, desk: FakeDesk, run: Run) -> None:
    in_trouble(desk)
    page = page_of(window, run, "sources")
    assert page.state.text() == "画面不动" and page.state.property("tone") == "warn"
    assert "HD Pro Webcam C920" in page.reason.text() and page.reason.isVisible()
    QTest.mouseClick(page.restart, LEFT)
    run(settle(window))
    assert desk.done == [("picture.restart", {})]


# --- picture ---------------------------------------------------------------------------------------------------------


def test_dragging_wishes_at_most_ten_times_a_second_and_ends_on_the_last(
    window: MainWindow, desk: FakeDesk, run: Run
) -> None:
    page = page_of(window, run, "look")
    slider = page.sliders["brightness"].slider
    slider.setSliderDown(True)

    async def drag() -> float:
        loop = asyncio.get_running_loop()
        began = loop.time()
        for value in range(11, 61):
            slider.setSliderPosition(value)
            await asyncio.sleep(0.01)
        return loop.time() - began

    took_s = run(drag())
    slider.setSliderDown(False)
    run(settle(window))
    wishes = [args["brightness"] for verb, args in desk.done if verb == "picture.look"]
    assert wishes[0] == 11 and wishes[-1] == 60 and wishes == sorted(wishes)
    assert len(wishes) <= took_s * 1000 / EVERY_MS + 3


def test_the_finger_is_not_fought_and_a_refused_wish_is_taken_back(
    window: MainWindow, desk: FakeDesk, run: Run
) -> None:
    from studio.core.errors import UserError

    page = page_of(window, run, "look")
    slider = page.sliders["contrast"]
    desk.refusals["picture.look"] = UserError("error.desk.not_allowed", verb="picture.look")
    slider.slider.setValue(40)
    window.refresh()
    assert slider.value() == 40, "the snapshot is older than the finger"
    run(until(lambda: slider.value() == 0, HOLD_MS / 1000 + 5))
    desk.state["setup"]["picture"]["look"]["contrast"] = 25
    window.refresh()
    assert slider.value() == 25, "somebody else moved it"
    slider.slider.setSliderDown(True)
    desk.state["setup"]["picture"]["look"]["contrast"] = -5
    window.refresh()
    assert slider.value() == 25, "held"


def test_reset_balance_and_double_click(window: MainWindow, desk: FakeDesk, run: Run) -> None:
    page = page_of(window, run, "look")
    QTest.mouseClick(page.reset, LEFT)
    QTest.mouseClick(page.balance, LEFT)
    run(settle(window))
    assert last(desk, "picture.look") == dict.fromkeys(("brightness", "contrast", "warmth", "tint", "smoothing"), 0)
    assert ("picture.balance", {}) in desk.done
    assert page.sliders["smoothing"].value() == 0
    page.sliders["warmth"].slider.setValue(30)
    run(settle(window))
    QTest.mouseDClick(page.sliders["warmth"].slider, LEFT)
    run(until(lambda: last(desk, "picture.look")["warmth"] == 0))


def test_green_screen(window: MainWindow, desk: FakeDesk, run: Run) -> None:
    page = page_of(window, run, "look")
    QTest.mouseClick(page.key_on, LEFT)
    run(settle(window))
    QTest.mouseClick(page.color.buttons["blue"], LEFT)
    run(settle(window))
    page.key_sliders["similarity"].slider.setValue(70)
    run(until(lambda: last(desk, "picture.key")["similarity"] == 70))
    wished = last(desk, "picture.key")
    assert wished["is_on"] is True and wished["color"] == "blue" and wished["spill"] == 60
    desk.state["setup"]["picture"]["key"]["backdrop"] = "/pictures/果园.jpg"
    window.refresh()
    assert page.backdrop.accessibleName() == "果园.jpg"
    run(settle(window))
    QTest.mouseClick(page.no_backdrop, LEFT)
    run(settle(window))
    assert last(desk, "picture.key")["backdrop"] == ""


def test_picture_in_picture(window: MainWindow, desk: FakeDesk, run: Run) -> None:
    page = page_of(window, run, "look")
    assert not page.corner.isVisible()
    QTest.mouseClick(page._inset_rows["screen:eDP-1"], LEFT)
    run(settle(window))
    assert last(desk, "picture.inset")["address"] == "screen:eDP-1"
    assert page.corner.isVisible() and page.corner.value() == "right_top"
    QTest.mouseClick(page.corner.buttons["left_bottom"], LEFT)
    run(settle(window))
    wished = last(desk, "picture.inset")
    assert corner_of(wished) == "left_bottom" and wished["width"] == 0.33
    page.inset_size.slider.setValue(50)
    run(until(lambda: last(desk, "picture.inset")["width"] == 0.5))
    wished = last(desk, "picture.inset")
    assert wished["y"] + wished["height"] <= 1 and wished["x"] + wished["width"] <= 1
    QTest.mouseClick(page.inset_off, LEFT)
    run(settle(window))
    assert last(desk, "picture.inset") == {"address": ""}
    assert not page.corner.isVisible()


@pytest.mark.parametrize("corner", ["left_top", "right_top", "left_bottom", "right_bottom"])
@pytest.mark.parametrize("width", [0.15, 0.33, 0.6])
def test_places_and_corners_agree(corner: str, width: float) -> None:
    height = width * 0.76
    x, y = place_of(corner, width, height)
    assert 0 <= x <= 1 - width and 0 <= y <= 1 - height
    if width < 0.5:
        assert corner_of({"x": x, "y": y, "width": width, "height": height}) == corner


def test_transition_says_what_it_is(window: MainWindow, desk: FakeDesk, run: Run) -> None:
    page = page_of(window, run, "look")
    assert page.transition.figure.text() == "0.3 s"
    page.transition.slider.setValue(0)
    assert page.transition.figure.text() == "直接切"
    run(until(lambda: ("picture.transition", {"ms": 0}) in desk.done))


# --- sound -----------------------------------------------------------------------------------------------------------


def test_mixer_strips_wish_and_follow(window: MainWindow, desk: FakeDesk, run: Run) -> None:
    page = page_of(window, run, "sound")
    strip = page.strips["a1"]
    assert strip.name.text() == "领夹麦克风 (USB Audio Device)" and strip.gain.figure.text() == "+6 dB"
    QTest.mouseClick(strip.mute, LEFT)
    run(settle(window))
    values = {"gain_db": 6.0, "is_muted": True, "delay_ms": 0, "is_denoised": True}
    assert last(desk, "sound.set") == {"input_id": "a1"} | values
    strip.delay.slider.setValue(120)
    run(until(lambda: last(desk, "sound.set")["delay_ms"] == 120))
    assert last(desk, "sound.set")["is_muted"] is True
    kept = page.strips["a1"]
    QTest.mouseClick(page.strips["a2"].remove, LEFT)
    run(settle(window))
    assert list(page.strips) == ["a1"] and page.strips["a1"] is kept


def test_denoise_that_cannot_be_had_says_why(window: MainWindow, desk: FakeDesk, run: Run) -> None:
    page = page_of(window, run, "sound")
    assert page.strips["a2"].denoise.isEnabled()
    desk.state["setup"]["sound"]["denoise_reason"] = "这台电脑没有降噪模块"
    window.refresh()
    assert not page.strips["a2"].denoise.isEnabled() and "没有" in page.strips["a2"].denoise.toolTip()


def test_sound_is_added_from_the_menu(window: MainWindow, desk: FakeDesk, run: Run) -> None:
    page = page_of(window, run, "sound")
    menu = page.open_choices()
    texts = [action.text() for action in menu.actions()]
    assert "采集源自带的声音" in texts and "领夹麦克风 (USB Audio Device)" in texts
    assert any("PulseAudio" in text for text in texts), "says why there is none"
    next(action for action in menu.actions() if action.text().startswith("领夹")).trigger()
    menu.close()
    run(settle(window))
    assert desk.done == [("sound.add", {"address": "mic:领夹麦克风"})]
    assert len(page.strips) == 3


def test_levels_are_pulled_from_the_engine_while_seen(window: MainWindow, run: Run) -> None:
    page = page_of(window, run, "sound")
    inputs = (SimpleNamespace(id="a1", level_db=-12.0), SimpleNamespace(id="a2", level_db=FLOOR_DB))
    told = SimpleNamespace(level_db=-9.0, inputs=inputs)
    page._pull_levels = lambda: told
    run(until(lambda: page.total.level_db >= -9.5 and page.strips["a1"].meter.level_db >= -12.5))
    assert page.strips["a2"].meter.level_db < -30


def test_total_says_loudness_limiter_and_offset(window: MainWindow, desk: FakeDesk, run: Run) -> None:
    page = page_of(window, run, "sound")
    assert page.loudness.text() == "响度 −19 LUFS · 合适" and page.offset.text() == "声画差 +12 ms"
    assert page.limiter.text() == ""
    in_trouble(desk)
    window.refresh()
    assert "太小" in page.loudness.text() and page.limiter.text() == "正在压限 −4 dB"
    assert page.offset.property("tone") == "warn" and "−212" in page.offset.text()
    assert page.strips["a1"].state.text() == "断开了"


def test_meter_rises_at_once_falls_evenly_and_keeps_the_clip_light(loop: object) -> None:
    meter = LevelMeter()
    meter.resize(200, 12)
    meter.hear(-3.0, 10.0)
    assert (meter.level_db, meter.held_db, meter.is_clipped) == (-3.0, -3.0, False)
    meter.hear(-50.0, 10.5)
    assert meter.level_db == pytest.approx(-15.0) and meter.held_db == -3.0
    meter.hear(0.0, 10.6)
    assert meter.is_clipped
    meter.hear(None, 10.6 + HOLDS_S + 0.1)
    assert meter.held_db == FLOOR_DB and meter.is_clipped
    meter.hear(None, 10.7 + CLIP_LIT_S)
    assert not meter.is_clipped
    meter.deleteLater()


# --- outputs ---------------------------------------------------------------------------------------------------------


def test_push_target_is_added_with_a_pasted_key_and_forgotten_by_the_form(
    window: MainWindow, desk: FakeDesk, run: Run
) -> None:
    page = page_of(window, run, "outputs")
    assert not page.add_button.isEnabled() and page.add_button.toolTip()
    page.new_name.setText("视频号")
    QTest.keyClicks(page.new_url, "rtmps://push.example.com/live ")
    QApplication.clipboard().setText(" live_1234?auth=ab\n")
    page.new_key.paste()
    assert page.new_key.displayText() != page.new_key.text()
    QTest.mouseClick(page.add_button, LEFT)
    run(settle(window))
    wished = {"name": "视频号", "url": "rtmps://push.example.com/live", "key": "live_1234?auth=ab"}
    assert desk.done == [("push.add", wished)]
    assert page.new_key.text() == "" and page.new_key.isUndoAvailable() is False
    assert "••••" in page.targets["视频号"].key.text()


def test_push_target_shows_what_was_accepted_and_why_not(window: MainWindow, desk: FakeDesk, run: Run) -> None:
    in_trouble(desk)
    page = page_of(window, run, "outputs")
    own, refused = page.targets["hub"], page.targets["快手"]
    assert own.title.text() == "平台直播间" and "重连 1,204 次" in own.facts.text()
    assert refused.state.text() == "被拒绝" and refused.reason.isVisible() and "推流码" in refused.reason.text()
    assert page.targets["村里大屏"].state.text() == "未推流"


def test_push_is_started_by_holding_and_removed_after_a_question(window: MainWindow, desk: FakeDesk, run: Run) -> None:
    page = page_of(window, run, "outputs")
    card = page.targets["村里大屏"]
    QTest.mousePress(card.start, LEFT)
    run(until(lambda: ("push.start", {"name": "村里大屏"}) in desk.done))
    QTest.mouseRelease(card.start, LEFT)
    run(settle(window))
    assert card.stop.isVisible() and not card.remove.isEnabled() and card.remove.toolTip()
    card.stop.ask_first()
    popup = ConfirmPopup.current()
    assert popup is not None and "村里大屏" in popup.accessibleName()
    QTest.mouseClick(popup.yes_button, LEFT)
    run(settle(window))
    QTest.mouseClick(card.remove, LEFT)
    popup = ConfirmPopup.current()
    assert popup is not None
    QTest.mouseClick(popup.yes_button, LEFT)
    run(settle(window))
    assert desk.done[-2:] == [("push.stop", {"name": "村里大屏"}), ("push.remove", {"name": "村里大屏"})]
    assert "村里大屏" not in page.targets


def test_virtual_camera_without_driver_says_what_to_install(window: MainWindow, desk: FakeDesk, run: Run) -> None:
    reason = {"reason_key": "health.push_refused", "reason_args": {}}
    desk.state["health"]["virtual_camera"] |= {"state": "failed"} | reason
    page = page_of(window, run, "outputs")
    assert "推流码" in page.camera_state.text() and page.camera_state.property("tone") == "warn"
    desk.state["health"]["virtual_camera"] = {"state": "live", "device": "OBS", "reason_key": "", "reason_args": {}}
    desk.state["setup"]["outputs"]["virtual_camera"]["is_on"] = True
    window.refresh()
    assert page.camera_state.text() == "已打开 OBS" and page.camera_stop.isVisible()
    assert not page.camera_start.isVisible()


def test_segments_replay_clips_and_folders(
    window: MainWindow, desk: FakeDesk, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[str] = []
    monkeypatch.setattr(widgets.QDesktopServices, "openUrl", lambda url: shown.append(url.toLocalFile()))
    page = page_of(window, run, "outputs")
    page.minutes.setFocus()
    page.minutes.selectAll()
    QTest.keyClicks(page.minutes, "30")
    QTest.keyClick(page.minutes, Qt.Key.Key_Return)
    QTest.mouseClick(page.replay, LEFT)
    run(settle(window))
    assert desk.done == [("recording.segments", {"minutes": 30, "megabytes": 0}), ("replay.save", {"seconds": 30})]
    desk.state["clips"] = [fake_setup.clip(1), fake_setup.clip(2, "cutting", path=None)]
    window.refresh()
    assert len(page.clips.lines) == 2
    page.clips.open_folder()
    assert shown == ["/shows/s1-clips"]


# --- quality ---------------------------------------------------------------------------------------------------------


def test_ladder_is_shown_and_pinned(window: MainWindow, desk: FakeDesk, run: Run) -> None:
    page = page_of(window, run, "quality")
    assert "x264 superfast" in page.now.text() and "2500 kb/s" in page.now.text()
    assert page.by_itself.isChecked() and "现在" in page.steps[0].accessibleName()
    QTest.mouseClick(page.steps[1], LEFT)
    run(settle(window))
    assert desk.done == [("quality.pin", {"step": 1})]
    assert page.steps[1].isChecked() and not page.by_itself.isChecked()
    QTest.mouseClick(page.by_itself, LEFT)
    run(settle(window))
    assert desk.done[-1] == ("quality.pin", {"step": -1})


def test_encoders_that_cannot_be_used_say_why(window: MainWindow, desk: FakeDesk, run: Run) -> None:
    page = page_of(window, run, "quality")
    assert page.encoders["libx264"].isChecked()
    assert page.encoders["h264_nvenc"].isEnabled(), "choosing it tries it first"
    assert any(each.text() == "还没有试编" for each in page.findChildren(QLabel))
    QTest.mouseClick(page.trial, LEFT)
    assert not page.trial.isEnabled() and "正在" in page.trial.text()
    run(settle(window))
    window.refresh()
    assert page.trial.isEnabled() and page.encoders["libx264"].isChecked()
    nvenc = page.encoders["h264_nvenc"]
    assert not nvenc.isEnabled() and "驱动" in nvenc.toolTip()
    QTest.mouseClick(page.encoders["h264_qsv"], LEFT)
    run(settle(window))
    assert desk.done == [("encoder.choose", {"name": "h264_qsv"})]
    assert page.encoders["h264_qsv"].isChecked()


def test_named_slider_shows_minus_as_a_minus(loop: object) -> None:
    slider = NamedSlider(-100, 100)
    slider.follow(-7)
    assert slider.figure.text() == "−7"
    slider.deleteLater()


def test_file_dialog_stops_nobody(window: MainWindow, desk: FakeDesk, run: Run) -> None:
    page = page_of(window, run, "sources")
    QTest.mouseClick(page.file_button, LEFT)
    run(settle(window))
    dialog = window.findChild(QFileDialog)
    assert dialog is not None and dialog.isVisible() and not dialog.isModal()
    assert not page.file_button.isChecked(), "nothing is chosen yet"
    QTest.mouseClick(window.picture.next_button, LEFT)
    dialog.fileSelected.emit("/films/果园.mp4")
    dialog.close()
    run(settle(window))
    assert desk.done[0] == ("show.next", {}) and last(desk, "picture.source")["address"] == "/films/果园.mp4"
    assert page.file_button.isChecked()
