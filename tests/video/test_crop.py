"""Crop, scale, turn and mirror in any combination put every point of the source where plain arithmetic says."""

import shutil
import subprocess

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.core.errors import UserError
from studio.video.clockwork import Timeline
from studio.video.crop import WHOLE, Crop
from studio.video.framepool import FramePool
from studio.video.planes import I420Frame, fit, fitting
from studio.video.scene import Canvas
from studio.video.sources import SourceSpec, pictures
from studio.video.sources.source import Stage
from tests import media

SHARES = st.integers(0, 45).map(lambda percent: percent / 100)
CROPS = st.builds(Crop, SHARES, SHARES, SHARES, SHARES)
ROTATES, MODES = st.sampled_from([0, 90, 180, 270]), st.sampled_from(["cover", "contain"])
EVEN = st.integers(1, 60).map(lambda half: 2 * half)
CANVASES = st.tuples(st.integers(32, 60), st.integers(32, 60)).map(lambda halves: Canvas(2 * halves[0], 2 * halves[1]))


def resized(plane, width, height):
    """Bilinear between the centres of pixels, after halving by the mean as long as it is at least twice too large."""
    plane = plane.astype(float)
    while plane.shape[1] >= 2 * width and plane.shape[0] >= 2 * height and min(plane.shape) > 2:
        even = plane[: plane.shape[0] // 2 * 2, : plane.shape[1] // 2 * 2]
        plane = even.reshape(even.shape[0] // 2, 2, even.shape[1] // 2, 2).mean((1, 3))
    for axis, size in enumerate((height, width)):
        at = np.clip((np.arange(size) + 0.5) * plane.shape[axis] / size - 0.5, 0, plane.shape[axis] - 1)
        low = np.floor(at).astype(int)
        high = np.minimum(low + 1, plane.shape[axis] - 1)
        share = (at - low).reshape((-1, 1) if axis == 0 else (1, -1))
        plane = np.take(plane, low, axis) * (1 - share) + np.take(plane, high, axis) * share
    return plane


@settings(max_examples=200, deadline=None)
@given(width=EVEN, height=EVEN, canvas=CANVASES, crop=CROPS, rotate=ROTATES, mode=MODES, mirror=st.booleans())
def test_noise_is_laid_as_numpy_lays_it(width, height, canvas, crop, rotate, mode, mirror):
    source = I420Frame(width, height)
    source.buffer[...] = np.random.default_rng(width * height).integers(0, 256, source.buffer.shape, dtype=np.uint8)
    got = fit(source, canvas, mode=mode, mirror=mirror, rotate=rotate, crop=crop)
    plan = fitting((width, height), (canvas.width, canvas.height), mode, rotate, crop)
    for plane, made, ground, step in (
        (source.y, got.y, 16, 1),
        (source.u, got.u, 128, 2),
        (source.v, got.v, 128, 2),
    ):
        x, y, w, h = (number // step for number in plan.cut)
        px, py, pw, ph = (number // step for number in plan.place)
        across, down = (ph, pw) if rotate in (90, 270) else (pw, ph)
        small = np.rot90(resized(plane[y : y + h, x : x + w], across, down), -rotate // 90)
        wanted = np.full(made.shape, float(ground))
        wanted[py : py + ph, px : px + pw] = small[:, ::-1] if mirror else small
        assert np.abs(wanted - made).max() <= 2


@settings(max_examples=200, deadline=None)
@given(
    size=st.tuples(st.integers(40, 400), st.integers(40, 400)),
    canvas=CANVASES,
    crop=CROPS,
    rotate=ROTATES,
    mode=MODES,
    mirror=st.booleans(),
    at=st.tuples(st.floats(0.1, 0.9), st.floats(0.1, 0.9)),
)
def test_a_point_of_the_canvas_shows_the_point_of_the_source_that_geometry_says(
    size, canvas, crop, rotate, mode, mirror, at
):
    width, height = 2 * size[0], 2 * size[1]
    source = I420Frame(width, height)
    source.u[...] = np.linspace(0, 255, width // 2)  # tells the column
    source.v[...] = np.linspace(0, 255, height // 2)[:, None]  # tells the row
    frame = fit(source, canvas, mode=mode, mirror=mirror, rotate=rotate, crop=crop)
    px, py = at[0] * canvas.width, at[1] * canvas.height
    left_width, left_height = width * (1 - crop.left - crop.right), height * (1 - crop.top - crop.bottom)
    turned = (left_height, left_width) if rotate in (90, 270) else (left_width, left_height)
    scales = canvas.width / turned[0], canvas.height / turned[1]
    scale = max(scales) if mode == "cover" else min(scales)
    x = (px - canvas.width / 2) / scale * (-1 if mirror else 1)  # from the middle of what is left
    y = (py - canvas.height / 2) / scale
    x, y = {0: (x, y), 90: (y, -x), 180: (-x, -y), 270: (-y, x)}[rotate]
    if abs(x) > left_width / 2 - 6 or abs(y) > left_height / 2 - 6:
        return  # a bar, or too near to an edge
    x, y = x + width * crop.left + left_width / 2, y + height * crop.top + left_height / 2
    column = float(frame.u[int(py) // 2, int(px) // 2]) / 255 * width
    row = float(frame.v[int(py) // 2, int(px) // 2]) / 255 * height
    slack = 4 + 2 / scale + max(width, height) / 200
    assert abs(column - x) <= slack and abs(row - y) <= slack


@settings(max_examples=200, deadline=None)
@given(
    source=st.tuples(st.integers(1, 1100), st.integers(1, 1100)),
    canvas=st.tuples(st.integers(32, 960), st.integers(32, 960)),
    mode=MODES,
    rotate=ROTATES,
    crop=CROPS,
)
def test_plans_with_a_crop_are_even_and_inside(source, canvas, mode, rotate, crop):
    source, canvas = (source[0] * 2, source[1] * 2), (canvas[0] * 2, canvas[1] * 2)
    plan = fitting(source, canvas, mode, rotate, crop)
    for (x, y, width, height), (outer_width, outer_height) in ((plan.cut, source), (plan.place, canvas)):
        assert all(number % 2 == 0 for number in (x, y, width, height))
        assert x >= 0 and y >= 0 and width >= 2 and height >= 2
        assert x + width <= outer_width and y + height <= outer_height
    x, y, width, height = plan.cut
    assert x >= source[0] * crop.left - 2 and x + width <= max(x + 2, source[0] * (1 - crop.right) + 2)
    assert y >= source[1] * crop.top - 2 and y + height <= max(y + 2, source[1] * (1 - crop.bottom) + 2)


@given(crop=CROPS)
def test_a_crop_is_read_as_it_is_written_and_four_turns_are_none(crop):
    assert Crop.parse(str(crop)) == crop
    assert crop.turned(90).turned(270) == crop.turned(360) == crop
    assert crop.turned(90) == Crop(crop.bottom, crop.left, crop.top, crop.right)


@pytest.mark.parametrize("text", ["1,0,0,0", "0,0,0", "a,b,c,d", "0.5,0,0.5,0", "-0.1,0,0,0", "nan,0,0,0", "0,0,0,0,0"])
def test_what_is_no_crop_is_refused_in_words(text):
    with pytest.raises(UserError) as refused:
        Crop.parse(text)
    assert text in str(refused.value)
    assert Crop.parse(" ") == WHOLE and str(WHOLE) == ""


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="apt-get install -y --no-install-recommends ffmpeg")
@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_the_crop_of_a_phone_clip_is_of_the_upright_picture(tmp_path, rotation):
    """A phone writes the picture as its sensor lies, and a note to turn it."""
    upright = np.full((120, 120, 3), 20, np.uint8)
    upright[:40] = 230  # the upper third is white, and is cut off
    lying = np.ascontiguousarray(np.rot90(upright, -(rotation // 90)))  # ffmpeg 5 notes the turn counter-clockwise
    plain, noted = tmp_path / "plain.mp4", tmp_path / "noted.mov"
    media.write(plain, media.ClipSpec(width=120, height=120, seconds=0.2, has_sound=False), lambda _: lying, None)
    note = ["-metadata:s:v", f"rotate={rotation}"]
    subprocess.run(["ffmpeg", "-v", "error", "-i", plain, "-c", "copy", *note, noted], check=True)
    with av.open(str(noted)) as container:
        frame = next(container.decode(video=0))
    canvas = Canvas(120, 120)
    stage = Stage(canvas, Timeline(0.0, 30), FramePool(canvas))
    whole = pictures.staged(frame, SourceSpec(kind="file"), stage).frame
    assert whole.y[:30].min() > 180 and whole.y[50:].max() < 60
    assert pictures.staged(frame, SourceSpec(kind="file", crop=Crop(top=0.4)), stage).frame.y.max() < 60
