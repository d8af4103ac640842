"""Pictures of the window on a real X server: ``python -m tests.screenshot [--out DIR] [--size 1366x768] …``.

Starts Xvfb and openbox, shows the window with a desk in the middle of a show, grabs the root window and writes one PNG.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PROGRAMS = {"Xvfb": "apt-get install xvfb", "openbox": "apt-get install openbox"}


def missing_program() -> str | None:
    """The line that installs what is not here, or None."""
    return next((line for program, line in PROGRAMS.items() if shutil.which(program) is None), None)


@contextmanager
def x_server(width: int, height: int) -> Iterator[str]:
    """An X server of its own with a window manager; gives its display and points DISPLAY and Qt at it."""
    read_end, write_end = os.pipe()
    screen = ["-screen", "0", f"{width}x{height}x24", "-nolisten", "tcp"]
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(write_end), *screen], pass_fds=[write_end], stderr=subprocess.DEVNULL
    )
    os.close(write_end)
    with os.fdopen(read_end) as pipe:
        display = f":{pipe.readline().strip()}"
    before = {name: os.environ.get(name) for name in ("DISPLAY", "QT_QPA_PLATFORM")}
    os.environ |= {"DISPLAY": display, "QT_QPA_PLATFORM": "xcb"}
    manager = subprocess.Popen(["openbox"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield display
    finally:
        for process in (manager, server):
            process.terminate()
            process.wait(timeout=10)
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value


async def show_and_grab(arguments: argparse.Namespace, size: tuple[int, int], file: Path) -> None:
    """Show the window over the whole screen, let it come to rest, and save what stands on the screen."""
    from PySide6.QtGui import QGuiApplication

    from studio.core.settings import Settings
    from studio.ui.window import MainWindow
    from tests.ui.fake_desk import FakeDesk
    from tests.ui.fake_engine import FakeEngine

    desk = FakeDesk()
    settings = Settings(theme=arguments.theme, language=arguments.language, anchor="小李")
    window = MainWindow(desk, FakeEngine(), desk.bus, settings)
    window.pool.search.setText("橙")
    window.showFullScreen()
    window.set_face(is_village=arguments.face == "village")
    if arguments.setup:
        window.setup.open(arguments.setup)
    async with asyncio.timeout(20):
        while (window.width(), window.height()) != size or not window.is_settled():
            await asyncio.sleep(0.05)
    await asyncio.sleep(0.5)  # the X server draws behind our back; there is nothing to wait on
    QGuiApplication.primaryScreen().grabWindow(0).save(str(file))
    window.close()


def take(arguments: argparse.Namespace) -> Path:
    """Take one picture; gives the file."""
    width, height = (int(part) for part in arguments.size.split("x"))
    arguments.out.mkdir(parents=True, exist_ok=True)
    face = f"setup_{arguments.setup}" if arguments.setup else arguments.face
    file = arguments.out / f"{face}_{arguments.theme}_{arguments.language}_{arguments.size}.png"
    with x_server(width, height):
        import qasync
        from PySide6.QtWidgets import QApplication

        from studio.core import i18n

        i18n.set_language(arguments.language)
        application = QApplication.instance() or QApplication(["anchor-studio"])
        with asyncio.Runner(loop_factory=lambda: qasync.QEventLoop(application)) as runner:
            runner.run(show_and_grab(arguments, (width, height), file))
        application.shutdown()
    return Path(file)


def main() -> int:
    """Take the picture that the arguments ask for."""
    parser = argparse.ArgumentParser(prog="python -m tests.screenshot", description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("shots"), metavar="DIR")
    parser.add_argument("--size", default="1366x768")
    parser.add_argument("--theme", choices=("dark", "light"), default="dark")
    parser.add_argument("--language", choices=("zh_CN", "en"), default="zh_CN")
    parser.add_argument("--face", choices=("operator", "village"), default="operator")
    parser.add_argument("--setup", default="", metavar="PAGE", help="with the set-up panel open on this page")
    arguments = parser.parse_args()
    if (line := missing_program()) is not None:
        print(line, file=sys.stderr)
        return 2
    print(take(arguments))
    return 0


if __name__ == "__main__":
    sys.exit(main())
