"""The set-up panel with the whole house behind it: a real engine, a test pattern, real files, processes and ports."""

from __future__ import annotations

import math
import socket
import struct
import wave
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from studio.app.house import House, Wish
from studio.core.by import By, Role
from studio.core.clock import ManualClock
from studio.core.paths import Profile
from studio.core.settings import Settings
from studio.desk.ports import PlatformError, Room
from studio.ui.confirm import ConfirmPopup
from studio.ui.window import MainWindow
from studio.video.scene import Canvas
from studio.video.sources import SourceSpec
from tests.desk.doubles import PlatformDouble, PoolDouble
from tests.ui.conftest import Run, settle, until

LEFT = Qt.MouseButton.LeftButton
WITHIN_S = 120.0
"""Generous: eight other jobs may be running on this machine."""
BY = By(role=Role.OPERATOR, name="小李", press_id="live")


class ShutPlatform(PlatformDouble):
    """Opens a room whose server nobody listens at."""

    def __init__(self, port: int) -> None:
        super().__init__(ManualClock())
        self._port = port

    def open_room(self, session_id: str, title: str) -> Room:
        url = f"rtmp://127.0.0.1:{self._port}/live"
        return Room(room_id="r1", state="open", push_url=url, push_key="secret")

    def picture(self, product_id: str) -> bytes:
        raise PlatformError("error.show.no_platform")


@pytest.fixture
def closed_port() -> Iterator[int]:
    """A port that refuses for as long as the test runs: bound, and nobody listens."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]


@pytest.fixture
def studio(loop: object, run: Run, tmp_path: Path, closed_port: int) -> Iterator[tuple[House, MainWindow]]:
    async def make() -> House:
        wish = Wish(
            profile=Profile(tmp_path).make(),
            settings=Settings(anchor="小李"),
            canvas=Canvas(180, 320, 15),
            source=SourceSpec.parse("test"),
            platform=ShutPlatform(closed_port),  # type: ignore[arg-type]
            is_rehearsal=True,
            title="青山村助农直播间",
            recordings=tmp_path / "recordings",
        )
        house = House(wish)
        await house.open()
        return house

    house = run(make())
    window = MainWindow(house.desk, house.engine, house.bus, house.wish.settings)
    window.setWindowState(Qt.WindowState.WindowNoState)
    window.resize(1366, 768)
    window.show()
    run(until(lambda: house.desk.state.health is not None, WITHIN_S))
    run(settle(window))
    yield house, window
    window.close()
    run(window.bridge.drain())
    run(house.close())
    window.deleteLater()


def luma(house: House) -> float:
    answer = house.engine.monitor(180, 320)
    return float(answer[1][..., :3].mean()) if answer is not None else 0.0


def say_yes() -> None:
    popup = ConfirmPopup.current()
    assert popup is not None
    QTest.mouseClick(popup.yes_button, LEFT)


def tone(path: Path, seconds: float = 3.0) -> Path:
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(48_000)
        steps = range(round(seconds * 48_000))
        out.writeframes(b"".join(struct.pack("<h", round(16_000 * math.sin(step * 0.0576))) for step in steps))
    return path


def page_of(window: MainWindow, run: Run, name: str) -> Any:
    window.setup.open(name)
    run(settle(window))
    assert window.setup.dock is not None
    return window.setup.dock.pages[name]


def test_slider_of_the_look_changes_the_programme(studio: tuple[House, MainWindow], run: Run) -> None:
    house, window = studio
    page = page_of(window, run, "look")
    run(until(lambda: luma(house) > 1, WITHIN_S))
    before = luma(house)
    page.sliders["brightness"].slider.setValue(100)
    run(until(lambda: luma(house) > before + 8, WITHIN_S))
    assert house.desk.snapshot()["setup"]["picture"]["look"]["brightness"] == 100
    run(until(page.reset.isEnabled, WITHIN_S))  # with the next look at the snapshot
    QTest.mouseClick(page.reset, LEFT)
    run(until(lambda: luma(house) < before + 4, WITHIN_S))


def test_sound_file_is_added_and_moves_its_meter(studio: tuple[House, MainWindow], run: Run, tmp_path: Path) -> None:
    house, window = studio
    page = page_of(window, run, "sound")
    before = set(page.strips)
    page._add(f"file:{tone(tmp_path / 'tone.wav')}")
    run(until(lambda: len(page.strips) == len(before) + 1, WITHIN_S))
    added = next(strip for each, strip in page.strips.items() if each not in before)
    assert added.name.text() == "tone.wav"
    run(until(lambda: added.meter.level_db > -20 and page.total.level_db > -20, WITHIN_S))
    added.gain.slider.setValue(-40)
    run(until(lambda: added.meter.level_db < -35, WITHIN_S))
    QTest.mouseClick(added.remove, LEFT)
    run(until(lambda: set(page.strips) == before, WITHIN_S))


def test_push_to_a_closed_port_says_why_and_the_outage_is_seen(
    studio: tuple[House, MainWindow], run: Run, closed_port: int
) -> None:
    house, window = studio
    page = page_of(window, run, "outputs")
    page.new_name.setText("村里大屏")
    page.new_url.setText(f"rtmp://127.0.0.1:{closed_port}/show")
    page.new_key.setText("abc")
    QTest.mouseClick(page.add_button, LEFT)
    run(until(lambda: "村里大屏" in page.targets, WITHIN_S))
    pool, house.desk.pool = house.desk.pool, PoolDouble()  # type: ignore[assignment]
    run(house.desk.do("rundown.add", replace(BY, press_id="add"), product_id="p1"))
    house.desk.pool = pool
    run(house.desk.do("show.go_live", BY))
    card = page.targets["村里大屏"]
    if card.start.isVisible():
        card.start.ask_first()
        say_yes()
    run(until(card.reason.isVisible, WITHIN_S))
    assert card.reason.text() and "abc" not in card.address.text() + card.key.text()
    run(until(window.trouble.countdown.isVisible, WITHIN_S))
    assert "秒后关闭" in window.trouble.countdown.text() and window.trouble.sentence.text()
    assert window.bar.state.text() == "● 断播"


def test_virtual_camera_without_a_driver_says_what_to_do(studio: tuple[House, MainWindow], run: Run) -> None:
    house, window = studio
    page = page_of(window, run, "outputs")
    page.camera_start.ask_first()
    say_yes()
    run(until(lambda: house.desk.snapshot()["health"]["virtual_camera"]["state"] in ("live", "failed"), WITHIN_S))
    window.refresh()
    camera = house.desk.snapshot()["health"]["virtual_camera"]
    if camera["state"] == "live":
        pytest.skip("this machine has a virtual camera driver")
    assert page.camera_state.property("tone") == "warn" and len(page.camera_state.text()) > 8
    assert window.bar.camera.isVisible()
