"""The screenshot script on a real X server: the whole screen is the window, and it is not empty."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtGui import QImage

from studio.core import paths
from studio.ui import theme
from tests.screenshot import missing_program


@pytest.mark.skipif(missing_program() is not None, reason=missing_program() or "")
def test_screenshot_of_the_window(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.screenshot", "--out", str(tmp_path), "--theme", "light", "--language", "en"]
    done = subprocess.run(
        command, cwd=paths.resources().parent, capture_output=True, text=True, timeout=90, check=False
    )
    assert done.returncode == 0, done.stderr
    picture = QImage(done.stdout.strip())
    assert picture.size().toTuple() == (1366, 768)
    assert picture.pixelColor(2, 2).name() == theme.LIGHT.bg0.lower()
    colours = {picture.pixelColor(x, y).name() for x in range(0, 1366, 7) for y in range(0, 768, 7)}
    fills = (theme.LIGHT.bg1, theme.LIGHT.bg2, theme.LIGHT.go_fill, theme.LIGHT.live_fill, theme.LIGHT.tint_live)
    assert {fill.lower() for fill in fills} <= colours
