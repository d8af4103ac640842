"""What the window's tests share: one qasync loop that they drive themselves, a fake desk, and no task that fails unseen."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

import pytest

if not os.environ.get("DISPLAY"):
    os.environ["QT_QPA_PLATFORM"] = "offscreen"

import qasync
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from studio.core import i18n
from studio.core.settings import Settings
from studio.ui import theme
from studio.ui.bridge import Bridge
from studio.ui.confirm import ConfirmPopup
from studio.ui.window import MainWindow
from tests.ui.fake_desk import FakeDesk
from tests.ui.fake_engine import FakeEngine

Run = Callable[[Coroutine[Any, Any, Any]], Any]


@pytest.fixture
def loop(qapp: QApplication) -> Iterator[qasync.QEventLoop]:
    """Qt and asyncio turned together; a task or callback that fails, fails the test."""
    made = qasync.QEventLoop(qapp)
    asyncio.set_event_loop(made)
    faults: list[dict[str, Any]] = []
    made.set_exception_handler(lambda _loop, context: faults.append(context))
    yield made
    if (popup := ConfirmPopup.current()) is not None:
        popup.dismiss()
    gc.collect()
    made.run_until_complete(asyncio.sleep(0))
    made.close()
    asyncio.set_event_loop(None)
    assert not faults, faults


@pytest.fixture
def run(loop: qasync.QEventLoop) -> Run:
    return loop.run_until_complete


@pytest.fixture(autouse=True)
def chinese(qapp: QApplication) -> Iterator[None]:
    i18n.set_language("zh_CN")
    theme.apply("dark")
    yield
    i18n.set_language("zh_CN")


@pytest.fixture
def every_text_known(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """No text may be asked for that the language does not have."""
    with caplog.at_level(logging.ERROR):
        yield
    missing = [record.getMessage() for record in caplog.records if record.getMessage().startswith("no text for")]
    assert not missing


@pytest.fixture
def desk() -> FakeDesk:
    return FakeDesk()


@pytest.fixture
def engine() -> FakeEngine:
    return FakeEngine()


@pytest.fixture
def bridge(desk: FakeDesk, loop: qasync.QEventLoop) -> Bridge:
    return Bridge(desk, "小李")


@pytest.fixture
def window(desk: FakeDesk, engine: FakeEngine, loop: qasync.QEventLoop, run: Run) -> Iterator[MainWindow]:
    made = MainWindow(desk, engine, desk.bus, Settings(anchor="小李"))
    made.setWindowState(Qt.WindowState.WindowNoState)  # the offscreen screen is small
    made.resize(1366, 768)
    made.show()
    run(settle(made))
    yield made
    made.close()
    run(made.bridge.drain())
    made.deleteLater()


async def settle(window: MainWindow) -> None:
    """Let layouts, searches and pictures come to rest."""
    for _ in range(4):
        await asyncio.sleep(0.03)
        await window.bridge.drain()


async def until(is_so: Callable[[], bool], timeout_s: float = 5.0) -> None:
    """Turn both loops until ``is_so()``; fails after ``timeout_s``."""
    async with asyncio.timeout(timeout_s):
        while not is_so():
            await asyncio.sleep(0.005)
