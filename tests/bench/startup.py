"""From the start of the process to the first painted window: the whole house against a bare Qt window with one label.

`python -m tests.bench.startup [--rounds N]`. Both are new processes with the same Python and the same Qt platform
(offscreen without a display); wall time until the first paint event was handled, medians of alternated rounds."""

from __future__ import annotations

import argparse
import asyncio
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, NoReturn

from tests.bench.result import Result, finish, median

TARGET = 8.0


def first_paint_of(window: Any) -> Any:
    """Sees when a window was painted for the first time."""
    from PySide6.QtCore import QEvent, QObject

    class FirstPaint(QObject):
        is_done = False

        def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
            self.is_done = self.is_done or event.type() is QEvent.Type.Paint
            return False

    filter_ = FirstPaint(window)
    window.installEventFilter(filter_)
    return filter_


def bare() -> None:
    """A Qt-only first window."""
    from PySide6.QtWidgets import QApplication, QLabel

    application = QApplication([])
    label = QLabel("主播工作室")
    label.resize(1366, 768)
    label.show()
    application.processEvents()


def whole(folder: Path) -> None:
    """The studio's window on a profile, offline."""
    from studio.app.rehearsal import _application
    from studio.core.paths import Profile
    from studio.core.settings import Settings

    application = _application(has_window=True)
    import qasync

    from studio.app.house import House, Wish
    from studio.ui.window import MainWindow
    from studio.video.scene import Canvas
    from studio.video.sources import SourceSpec

    async def first_window() -> None:
        wish = Wish(
            profile=Profile(folder).make(),
            settings=Settings(),
            canvas=Canvas(720, 1280, 30),
            source=SourceSpec.parse("test"),
            platform=None,
            is_rehearsal=True,
            title="",
            recordings=folder / "recordings",
        )
        house = House(wish)
        window: Any = MainWindow(house.desk, house.engine, house.bus, wish.settings)
        painted = first_paint_of(window)
        window.show()
        while not painted.is_done:
            await asyncio.sleep(0.001)
        print(f"{time.time():.6f}", flush=True)
        os._exit(0)  # what comes after the first paint is not measured

    with asyncio.Runner(loop_factory=lambda: qasync.QEventLoop(application)) as runner:
        runner.run(first_window())


def once(kind: str, folder: Path) -> float:
    """Seconds from spawning a child to its first paint."""
    started = time.time()
    child = subprocess.run(
        [sys.executable, "-m", "tests.bench.startup", "--child", kind, "--folder", str(folder)],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return float(child.stdout.split()[-1]) - started


def main() -> NoReturn:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--child", choices=("bare", "whole"), help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if not os.environ.get("DISPLAY"):
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    if args.child == "bare":
        bare()
        print(f"{time.time():.6f}", flush=True)
        sys.exit(0)
    if args.child == "whole":
        whole(args.folder)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        once("whole", folder), once("bare", folder)
        pairs = [(once("whole", folder), once("bare", folder)) for _ in range(args.rounds)]
    ours, floor = median([pair[0] for pair in pairs]), median([pair[1] for pair in pairs])
    print(f"first window: {ours:.2f} s, bare Qt window: {floor:.2f} s")
    finish([Result("startup", ours, "s to the first painted window, median", floor, TARGET)])


if __name__ == "__main__":
    main()
