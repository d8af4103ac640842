"""A picture of the window in the middle of a real rehearsal: ``python -m tests.show_screenshot [--out FILE] [--camera FILE]``.

Starts Xvfb, openbox and ``anchor-studio rehearse --unattended`` on a new profile with the rehearsal hub and its buyers, waits
until the third product is on air and the red envelope falls, and grabs the screen. The README's picture is made by this script;
without ``--camera`` the camera is a stall of oranges that the script draws itself.
"""

from __future__ import annotations

import argparse
import math
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.screenshot import missing_program, x_server

WITHIN_S = 90


def draw_stall(path: Path, *, seconds: float = 4.0, fps: int = 15) -> Path:
    """A clip of a fruit stall in the morning sun: drawn, so that nobody else's picture is in ours."""
    import numpy as np
    from PySide6.QtCore import QPointF, QRectF
    from PySide6.QtGui import QBrush, QColor, QGuiApplication, QImage, QLinearGradient, QPainter, QRadialGradient

    from tests.media import ClipSpec, write

    application = QGuiApplication.instance() or QGuiApplication(["stall"])
    assert application is not None
    width, height = 720, 1280

    def draw(index: int) -> np.ndarray:
        sway = math.sin(2 * math.pi * index / (seconds * fps))
        image = QImage(width, height, QImage.Format.Format_RGB888)
        painter = QPainter(image)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QColor(0, 0, 0, 0))
        wall = QLinearGradient(0, 0, 0, height)
        wall.setColorAt(0, QColor("#8fb7c9"))
        wall.setColorAt(0.55, QColor("#e9dcc0"))
        wall.setColorAt(1, QColor("#9a6a3c"))
        painter.fillRect(0, 0, width, height, wall)
        for number, (x, size, shade) in enumerate(
            [(-60, 420, "#4f7f4b"), (240, 520, "#3f6f45"), (560, 440, "#5b8c4f")]
        ):
            hill = QRadialGradient(QPointF(x + size / 2, 640), size)
            hill.setColorAt(0, QColor(shade))
            hill.setColorAt(1, QColor(63, 111, 69, 0))
            painter.setBrush(QBrush(hill))
            painter.drawEllipse(QRectF(x + sway * 3 * number, 380 + 30 * number, size, 460))
        painter.fillRect(0, 760, width, height - 760, QColor("#7a4e2b"))
        painter.fillRect(0, 752, width, 18, QColor("#a8753f"))
        for row in range(6):
            for column in range(9):
                x = column * 88 - (row % 2) * 44 + sway * 4
                y = 640 + row * 66 + math.sin(column * 1.7 + row) * 8
                ball = QRadialGradient(QPointF(x + 34, y + 30), 70)
                ball.setColorAt(0, QColor("#ffd27a"))
                ball.setColorAt(0.45, QColor("#f28b1d"))
                ball.setColorAt(1, QColor("#9c4307"))
                painter.setBrush(QBrush(ball))
                painter.drawEllipse(QRectF(x, y, 96, 96))
        sun = QRadialGradient(QPointF(560 + 20 * sway, 140), 420)
        sun.setColorAt(0, QColor(255, 244, 214, 190))
        sun.setColorAt(1, QColor(255, 244, 214, 0))
        painter.fillRect(0, 0, width, 700, sun)
        painter.end()
        pixels = np.frombuffer(image.constBits(), np.uint8).reshape(height, image.bytesPerLine())
        return pixels[:, : width * 3].reshape(height, width, 3).copy()

    def hum(at: int, count: int) -> np.ndarray:
        return (0.12 * np.sin(2 * np.pi * 220 * np.arange(at, at + count) / 48_000)).astype(np.float32)

    return write(path, ClipSpec(width=width, height=height, fps=fps, seconds=seconds), draw, hum)


def fonts_with_noto(folder: Path) -> Path:
    """A fontconfig file that knows the program's own Chinese font beside the system's fonts."""
    import manimgx_fonts_cjk

    package = Path(manimgx_fonts_cjk.__file__).parent
    file = folder / "fonts.conf"
    file.write_text(
        f'<?xml version="1.0"?><fontconfig><include ignore_missing="yes">/etc/fonts/fonts.conf</include>'
        f"<dir>{package}</dir><cachedir>{folder / 'fontcache'}</cachedir></fontconfig>",
        encoding="utf-8",
    )
    return file


def grab(file: Path) -> None:
    """Save what stands on the X screen that DISPLAY names (in a process of its own: Qt's platform is chosen once)."""
    from PySide6.QtGui import QGuiApplication

    application = QGuiApplication(["grab"])
    application.primaryScreen().grabWindow(0).save(str(file))


def take(arguments: argparse.Namespace, folder: Path) -> None:
    """Run the show until it is in its middle, and take its picture."""
    width, height = (int(part) for part in arguments.size.split("x"))
    camera = arguments.camera or draw_stall(folder / "stall.mp4")
    data = folder / "data"
    data.mkdir()
    (data / "settings.json").write_text(f'{{"theme": "{arguments.theme}", "language": "{arguments.language}"}}')
    os.environ["FONTCONFIG_FILE"] = str(fonts_with_noto(folder))  # the window manager's title is Chinese too
    with x_server(width, height):
        words = [
            "--data",
            str(data),
            "rehearse",
            "--unattended",
            "--minutes",
            "1",
            "--speed",
            "3",
            "--camera",
            str(camera),
        ]
        log = folder / "studio.log"
        with log.open("wb") as out:
            studio = subprocess.Popen([sys.executable, "-m", "studio", *words], stdout=out, stderr=out)
        try:
            deadline = time.monotonic() + WITHIN_S
            while not any(mark in log.read_text(encoding="utf-8") for mark in ("切出 3", "Took no. 3")):
                if studio.poll() is not None or time.monotonic() > deadline:
                    raise SystemExit(log.read_text(encoding="utf-8"))
                time.sleep(0.1)
            time.sleep(5.0)  # the middle of the item: its red envelope has been dropped
            subprocess.run([sys.executable, "-m", "tests.show_screenshot", "--grab", str(arguments.out)], check=True)
        finally:
            studio.kill()
            studio.wait()


def main() -> int:
    """Take the picture that the arguments ask for."""
    parser = argparse.ArgumentParser(prog="python -m tests.show_screenshot", description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("resources/screenshot.png"), metavar="FILE")
    parser.add_argument("--camera", type=Path, metavar="FILE")
    parser.add_argument("--size", default="1366x768")
    parser.add_argument("--theme", choices=("dark", "light"), default="dark")
    parser.add_argument("--language", choices=("zh_CN", "en"), default="zh_CN")
    parser.add_argument("--grab", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.grab:
        grab(arguments.grab)
        return 0
    if (line := missing_program()) is not None:
        print(line, file=sys.stderr)
        return 2
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    with tempfile.TemporaryDirectory() as folder:
        take(arguments, Path(folder))
    print(arguments.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
