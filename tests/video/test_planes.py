"""Overlay planes are even and true; any camera's bytes come out as the same picture on the canvas."""

import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.video import compiled
from studio.video.planes import I420Frame, RawFormat, RawPicture, fit, fitting, overlay_planes, unpack
from studio.video.scene import Canvas

RED, GREEN, BLUE, GREY = (0, 0, 255), (0, 255, 0), (255, 0, 0), (128, 128, 128)  # B, G, R


def test_a_frame_is_one_buffer_with_three_views():
    frame = I420Frame(64, 48)
    assert frame.buffer.shape == (72, 64)
    frame.y[...], frame.u[...], frame.v[...] = 1, 2, 3
    flat = frame.buffer.reshape(-1)
    assert (flat[: 64 * 48] == 1).all()
    assert (flat[64 * 48 : 64 * 60] == 2).all() and (flat[64 * 60 :] == 3).all()
    frame.pts_s = 4.5
    twin = frame.copy()
    frame.y[0, 0] = 99
    assert (twin.y[0, 0], twin.pts_s) == (1, 4.5)


@pytest.mark.parametrize("width, height", [(63, 48), (64, 47), (0, 2)])
def test_a_frame_of_odd_size_is_refused(width, height):
    with pytest.raises(ValueError, match="even"):
        I420Frame(width, height)


@pytest.mark.parametrize(
    "buffer", [np.zeros((72, 63), np.uint8), np.zeros((72, 64)), np.zeros((144, 64), np.uint8)[::2]]
)
def test_a_buffer_of_another_shape_is_refused(buffer):
    with pytest.raises(ValueError, match="contiguous uint8"):
        I420Frame(64, 48, buffer)


@pytest.mark.parametrize(
    "bgr, yuv",
    [  # ITU-R BT.709, 8 bits, limited range
        ((255, 255, 255), (235, 128, 128)),
        ((0, 0, 0), (16, 128, 128)),
        (RED, (63, 102, 240)),
        (GREEN, (173, 42, 26)),
        (BLUE, (32, 240, 118)),
    ],
)
def test_opaque_colours_are_those_of_the_standard(bgr, yuv):
    planes = overlay_planes(np.full((4, 4, 4), (*bgr, 255), np.uint8), 0, 0)
    y, y_rest, u, v, uv_rest = unpack(planes.packed, 4, 4)
    assert (y[0, 0], u[0, 0], v[0, 0]) == yuv
    assert not y_rest.any() and not uv_rest.any()


@settings(max_examples=80, deadline=None)
@given(
    x=st.integers(-9, 9),
    y=st.integers(-9, 9),
    width=st.integers(1, 12),
    height=st.integers(1, 12),
    margins=st.tuples(*[st.integers(0, 5)] * 4),
)
def test_rectangles_are_even_trimmed_and_in_place(x, y, width, height, margins):
    left, top, right, bottom = margins
    bgra = np.zeros((top + height + bottom, left + width + right, 4), np.uint8)
    bgra[top : top + height, left : left + width] = 255
    planes = overlay_planes(bgra, x, y)
    assert all(number % 2 == 0 for number in (planes.x, planes.y, planes.width, planes.height))
    assert planes.x <= x + left < planes.x + 2 and planes.y <= y + top < planes.y + 2
    assert planes.width - width <= 2 and planes.height - height <= 2
    ink = 255 - unpack(planes.packed, planes.width, planes.height)[1]
    rows, columns = np.nonzero(ink)
    assert (rows.min() + planes.y, rows.max() + planes.y) == (y + top, y + top + height - 1)
    assert (columns.min() + planes.x, columns.max() + planes.x) == (x + left, x + left + width - 1)


def test_a_clear_drawing_takes_no_room():
    planes = overlay_planes(np.zeros((10, 10, 4), np.uint8), 3, 3)
    assert (planes.width, planes.height, planes.packed.size) == (0, 0, 0)


# --- fit


def yuv_of(bgr, is_full, is_601):
    """One colour by the equations of the standards, in doubles, rounded."""
    kr, kb = (0.299, 0.114) if is_601 else (0.2126, 0.0722)
    b, g, r = (value / 255 for value in bgr)
    luma = kr * r + (1 - kr - kb) * g + kb * b
    u, v = (b - luma) / (2 - 2 * kb), (r - luma) / (2 - 2 * kr)
    gains, start = ((255, 255), 0) if is_full else ((219, 224), 16)
    return tuple(
        round(min(255, number)) for number in (start + gains[0] * luma, 128 + gains[1] * u, 128 + gains[1] * v)
    )


def raw(form, bgr, is_full=False, is_601=False, padding=6):
    """A picture 160x120 of four quarters: ``bgr`` lists upper left, upper right, lower left, lower right."""
    width, height = 160, 120
    quarters = np.array([[yuv_of(colour, is_full, is_601) for colour in row] for row in (bgr[:2], bgr[2:])], np.uint8)
    if form in (RawFormat.BGR24, RawFormat.BGRA):
        quarters = np.array([[[*c, 7][: 3 + (form is RawFormat.BGRA)] for c in row] for row in (bgr[:2], bgr[2:])])
    full = quarters.astype(np.uint8).repeat(height // 2, 0).repeat(width // 2, 1)
    if form is RawFormat.I420:
        planes = (full[..., 0], full[::2, ::2, 1], full[::2, ::2, 2])
    elif form is RawFormat.I422:
        planes = (full[..., 0], full[:, ::2, 1], full[:, ::2, 2])
    elif form is RawFormat.NV12:
        planes = (full[..., 0], full[::2, ::2, 1:].reshape(height // 2, width))
    elif form is RawFormat.YUYV:
        cells = np.stack([full[:, ::2, 0], full[:, ::2, 1], full[:, 1::2, 0], full[:, ::2, 2]], 2)
        planes = (cells.reshape(height, width * 2),)
    else:
        planes = (full.reshape(height, -1),)
    padded = tuple(np.pad(np.ascontiguousarray(p), ((0, 0), (0, padding)), constant_values=77) for p in planes)
    return RawPicture(form, width, height, padded, is_full, is_601)


YUV_FORMATS = [RawFormat.I420, RawFormat.I422, RawFormat.NV12, RawFormat.YUYV]
CASES = [(form, is_full, is_601) for form in YUV_FORMATS for is_full in (False, True) for is_601 in (False, True)]
CASES += [(RawFormat.BGR24, False, False), (RawFormat.BGRA, False, False)]
QUARTERS = (RED, GREEN, (200, 60, 130), GREY)


@pytest.fixture(params=["numba", "cv2"])
def path(request, monkeypatch):
    if request.param == "cv2":
        monkeypatch.setattr(compiled, "is_available", lambda: False)
    return request.param


@pytest.mark.parametrize("form, is_full, is_601", CASES)
@pytest.mark.parametrize("size", ["160x120", "320x240", "80x64"])
def test_every_format_range_and_matrix_gives_the_same_colours(form, is_full, is_601, size, path):
    canvas = Canvas.parse(size)
    frame = fit(raw(form, QUARTERS, is_full, is_601), canvas, mode="cover")
    w, h = canvas.width, canvas.height
    for k, (x, y) in enumerate(
        ((w // 4, h // 4), (3 * w // 4, h // 4), (w // 4, 3 * h // 4), (3 * w // 4, 3 * h // 4))
    ):
        got = int(frame.y[y, x]), int(frame.u[y // 2, x // 2]), int(frame.v[y // 2, x // 2])
        assert np.abs(np.subtract(got, yuv_of(QUARTERS[k], False, False))).max() <= 4, (k, got)


@pytest.mark.parametrize(
    "rotate, mirror, order",
    [
        (0, False, "0123"),
        (0, True, "1032"),
        (90, False, "2031"),
        (180, False, "3210"),
        (270, False, "1302"),
        (90, True, "0213"),
        (180, True, "2301"),
        (270, True, "3120"),
    ],
)
@pytest.mark.parametrize("size", ["160x120", "120x160", "64x80"])
def test_turned_clockwise_then_mirrored(rotate, mirror, order, size):
    quarters = (RED, GREEN, BLUE, GREY)
    canvas = Canvas.parse(size)
    frame = fit(raw(RawFormat.I420, quarters), canvas, mode="contain", rotate=rotate, mirror=mirror)
    w, h = canvas.width, canvas.height
    for (dx, dy), k in zip(((-1, -1), (1, -1), (-1, 1), (1, 1)), order, strict=True):
        x, y = w // 2 + dx * w // 8, h // 2 + dy * h // 8
        expected = yuv_of(quarters[int(k)], False, False)
        got = int(frame.y[y, x]), int(frame.u[y // 2, x // 2]), int(frame.v[y // 2, x // 2])
        assert np.abs(np.subtract(got, expected)).max() <= 2, (order, dx, dy)


def striped(width, height):
    """A picture whose luma tells its column, and its chroma its row."""
    frame = I420Frame(width, height)
    frame.y[...] = np.linspace(20, 230, width).round().astype(np.uint8)
    frame.u[...] = np.linspace(20, 230, height // 2).round().astype(np.uint8)[:, None]
    frame.v[...] = 128
    return frame


def test_a_portrait_canvas_shows_the_middle_of_a_landscape_source():
    frame = fit(striped(1920, 1080), Canvas(720, 1280))
    share = (1080 * 720 / 1280) / 1920  # of the width that is seen
    left, right = 20 + 210 * (1 - share) / 2, 20 + 210 * (1 + share) / 2
    assert abs(int(frame.y[640, 0]) - left) <= 2 and abs(int(frame.y[640, -1]) - right) <= 2
    assert frame.u[0, 0] <= 21 and frame.u[-1, 0] >= 229  # all of the height


def test_contain_shows_everything_between_black_bars():
    frame = fit(striped(1920, 1080), Canvas(720, 1280), mode="contain")
    height = 720 * 1080 // 1920
    top = (1280 - height) // 2
    assert (frame.y[: top - 2] == 16).all() and (frame.y[top + height + 2 :] == 16).all()
    assert (frame.u[: top // 2 - 1] == 128).all()
    assert frame.y[640, 0] <= 21 and frame.y[640, -1] >= 229


def test_the_same_size_is_a_copy_and_out_is_filled_in_place():
    source = striped(320, 240)
    source.pts_s = 1.25
    out = I420Frame(320, 240)
    got = fit(source, Canvas(320, 240), out=out)
    assert got is out and np.array_equal(out.buffer, source.buffer) and out.pts_s == 1.25
    mirrored = fit(source, Canvas(320, 240), mirror=True)
    assert np.array_equal(mirrored.y, source.y[:, ::-1]) and np.array_equal(mirrored.u, source.u[:, ::-1])


@settings(max_examples=150, deadline=None)
@given(
    source=st.tuples(st.integers(1, 1100), st.integers(1, 1100)),
    canvas=st.tuples(st.integers(32, 960), st.integers(32, 960)),
    mode=st.sampled_from(["cover", "contain"]),
    rotate=st.sampled_from([0, 90, 180, 270]),
)
def test_plans_are_even_inside_and_keep_the_shape(source, canvas, mode, rotate):
    source, canvas = (source[0] * 2, source[1] * 2), (canvas[0] * 2, canvas[1] * 2)
    plan = fitting(source, canvas, mode, rotate)
    for (x, y, width, height), (outer_width, outer_height) in ((plan.cut, source), (plan.place, canvas)):
        assert all(number % 2 == 0 for number in (x, y, width, height))
        assert x >= 0 and y >= 0 and width >= 2 and height >= 2
        assert x + width <= outer_width and y + height <= outer_height
    across, down = canvas if rotate in (0, 180) else canvas[::-1]
    if mode == "cover":
        scale = max(across / source[0], down / source[1])
        exact = across / scale, down / scale
        shown = plan.cut[2:]
        assert plan.place == (0, 0, *canvas)
    else:
        scale = min(across / source[0], down / source[1])
        exact = source[0] * scale, source[1] * scale
        shown = plan.place[2:] if rotate in (0, 180) else plan.place[:1:-1]
        assert plan.cut == (0, 0, *source)
    for one, truth in zip(shown, exact, strict=True):
        assert abs(one - truth) <= 1 + 1e-6 or (one == 2 and truth < 2)


@pytest.mark.parametrize("arguments", [{"mode": "stretch"}, {"rotate": 45}, {"out": I420Frame(64, 64)}])
def test_what_cannot_be_done_is_refused(arguments):
    with pytest.raises(ValueError):
        fit(striped(64, 64), Canvas(320, 240), **arguments)


@pytest.mark.parametrize("planes", [(), (np.zeros((4, 4), np.uint8),) * 2])
def test_a_raw_picture_has_the_planes_of_its_format(planes):
    with pytest.raises(ValueError, match="planes"):
        RawPicture(RawFormat.I420, 4, 4, planes)
    with pytest.raises(ValueError, match="even"):
        RawPicture(RawFormat.BGR24, 3, 4, (np.zeros((4, 9), np.uint8),))


def test_both_paths_convert_a_noisy_picture_alike():
    code = (
        "import sys, numpy as np; from studio.video.planes import *; from studio.video.scene import Canvas;"
        "r = np.random.default_rng(5).integers; b = lambda *s: r(0, 256, s, dtype=np.uint8);"
        "n = [RawPicture(RawFormat.YUYV, 128, 96, (b(96, 260),)),"
        " RawPicture(RawFormat.I422, 128, 96, (b(96, 130), b(96, 70), b(96, 64)), True, True),"
        " RawPicture(RawFormat.BGR24, 128, 96, (b(96, 384),))];"
        "sys.stdout.buffer.write(b''.join(fit(p, Canvas(128, 96)).buffer.tobytes() for p in n))"
    )
    pictures = []
    for forbidden in ("", "1"):
        environment = {**os.environ, compiled.NO_NUMBA: forbidden}
        done = subprocess.run(
            [sys.executable, "-c", code], env=environment, capture_output=True, check=True, timeout=120
        )
        pictures.append(np.frombuffer(done.stdout, np.uint8).astype(int))
    assert pictures[0].size == 3 * 128 * 96 * 3 // 2
    assert np.abs(pictures[0] - pictures[1]).max() <= 2


@pytest.mark.parametrize("form, is_601", [(RawFormat.YUYV, False), (RawFormat.I422, True), (RawFormat.NV12, True)])
def test_planes_that_may_not_be_written_are_read(form, is_601, path):
    source = raw(form, QUARTERS, False, is_601)
    expected = fit(source, Canvas(160, 120)).buffer.copy()
    for plane in source.planes:
        plane.flags.writeable = False
    assert np.array_equal(fit(source, Canvas(160, 120)).buffer, expected)
