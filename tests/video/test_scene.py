"""The scene is small, frozen and free of everything heavy."""

import subprocess
import sys

import pytest

from studio.core.errors import UserError
from studio.video.overlays import OVERLAYS
from studio.video.scene import Canvas, Layer, Scene


@pytest.mark.parametrize("text", ["720x1280", " 720 X 1280 ", "720×1280", "720*1280"])
def test_parse_reads_what_people_write(text):
    canvas = Canvas.parse(text, fps=25)
    assert (canvas.width, canvas.height, canvas.fps) == (720, 1280, 25)
    assert canvas.is_portrait
    assert str(canvas) == "720x1280"


@pytest.mark.parametrize(
    "text", ["", "720", "x", "721x1280", "720x1281", "32x32", "8000x8000", "-720x1280", "７20x1280"]
)
def test_parse_refuses_with_a_text_that_says_how(text):
    with pytest.raises(UserError) as raised:
        Canvas.parse(text)
    assert raised.value.key == "overlay.error.canvas_size"
    assert "720x1280" in str(raised.value)


@pytest.mark.parametrize("fps", [0, -1, 61])
def test_frame_rate_has_limits(fps):
    with pytest.raises(UserError) as raised:
        Canvas(720, 1280, fps)
    assert raised.value.key == "overlay.error.canvas_fps"


def test_two_layers_never_share_an_id():
    bug = OVERLAYS.get("corner_bug")(text="a")
    with pytest.raises(ValueError, match="must differ"):
        Scene(Canvas(720, 1280), (Layer("a", bug), Layer("a", bug)))


def test_scene_loads_nothing_heavy():
    heavy = ("PySide6", "av", "cv2", "numba", "numpy")
    code = f"import studio.video.scene, sys; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, "[]", "")
