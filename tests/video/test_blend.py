"""The blend is exact at its ends, near to the truth between, the same on both paths, and never writes outside."""

import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.video import atlas as atlases
from studio.video import blend as blending
from studio.video.atlas import Painted, pack
from studio.video.planes import I420Frame, overlay_planes, unpack
from studio.video.scene import Canvas, Scene

CANVAS = Canvas(64, 96)


def random_frame(seed, canvas=CANVAS):
    random = np.random.default_rng(seed)
    buffer = random.integers(0, 256, (canvas.height * 3 // 2, canvas.width), dtype=np.uint8)
    return I420Frame(canvas.width, canvas.height, buffer)


def random_drawing(seed, width, height):
    """Premultiplied BGRA with opaque, clear and half-clear areas."""
    random = np.random.default_rng(seed)
    alpha = random.choice(np.array([0, 0, 1, 2, 127, 128, 254, 255, 255, 255], np.uint8), (height, width, 1))
    colour = random.integers(0, 256, (height, width, 3))
    return np.concatenate([(colour * alpha // 255).astype(np.uint8), alpha], axis=2)


def atlas_of(*drawings, canvas=CANVAS):
    layers = [Painted(str(k), (overlay_planes(bgra, x, y),)) for k, (bgra, x, y) in enumerate(drawings)]
    return pack(Scene(canvas), layers)


def by_cv2(frame, atlas, now_ms=0):
    blending.blend_with_cv2(frame, atlas.pixels, atlas.table(now_ms))


def test_kernel_formula_is_exact_at_both_ends():
    d = np.arange(256)
    assert np.array_equal((d * 255 + 255) >> 8, d)
    assert np.array_equal((d * 0 + 255) >> 8, 0 * d)


def test_no_alpha_and_no_colour_ever_overflows():
    """White, and each pure colour, at every alpha and every sum of four alphas, over a picture of 255."""
    alpha = np.arange(256, dtype=np.uint8)
    for blue, green, red in np.ndindex(2, 2, 2):
        bgra = np.zeros((256, 256, 4), np.uint8)
        bgra[..., 3] = alpha[:, None]
        bgra[1::2, 1::2, 3] = alpha[None, 1::2]  # mixed alphas within one chroma sample
        for channel, is_on in enumerate((blue, green, red)):
            bgra[..., channel] = bgra[..., 3] * is_on
        planes = overlay_planes(bgra, 0, 0)
        y, y_rest, u, v, uv_rest = (p.astype(int) for p in unpack(planes.packed, planes.width, planes.height))
        assert (((255 * y_rest + 255) >> 8) + y).max() <= 255
        assert (((255 * uv_rest + 255) >> 8) + u).max() <= 255
        assert (((255 * uv_rest + 255) >> 8) + v).max() <= 255


@pytest.mark.parametrize("way", [blending.blend, by_cv2])
def test_opaque_white_is_white_and_clear_changes_nothing(way):
    white = np.full((20, 30, 4), 255, np.uint8)
    frame, before = random_frame(1), random_frame(1)
    way(frame, atlas_of((white, 10, 20)), 0)
    assert (frame.y[20:40, 10:40] == 235).all()
    assert (frame.u[10:20, 5:20] == 128).all() and (frame.v[10:20, 5:20] == 128).all()
    frame.y[20:40, 10:40] = before.y[20:40, 10:40]
    frame.u[10:20, 5:20], frame.v[10:20, 5:20] = before.u[10:20, 5:20], before.v[10:20, 5:20]
    assert np.array_equal(frame.buffer, before.buffer)

    way(frame, atlas_of((np.zeros((20, 30, 4), np.uint8), 10, 20)), 0)
    assert np.array_equal(frame.buffer, before.buffer)


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    x=st.integers(-40, 70),
    y=st.integers(-40, 100),
    width=st.integers(1, 40),
    height=st.integers(1, 40),
)
def test_blend_is_near_the_float_truth_and_clipped(seed, x, y, width, height):
    """Over a canvas with a wide border the same drawing needs no clipping; its middle must be the same."""
    bgra = random_drawing(seed, width, height)
    small, big = random_frame(seed), random_frame(seed, Canvas(264, 296))
    for mine, theirs, step in ((small.y, big.y, 1), (small.u, big.u, 2), (small.v, big.v, 2)):
        mine[...] = theirs[100 // step : 196 // step, 100 // step : 164 // step]
    expected = float_blend(big, bgra, x + 100, y + 100)
    blending.blend(small, atlas_of((bgra, x, y)), 0)
    for mine, truth, step in zip((small.y, small.u, small.v), expected, (1, 2, 2), strict=True):
        middle = truth[100 // step : 196 // step, 100 // step : 164 // step]
        assert np.abs(mine - middle).max() <= 2.0  # 1 of the shift by 8 bits, 1 of the two roundings


def float_blend(frame, bgra, x, y):
    """BT.709 limited in doubles, straight from the standard's luma equation."""
    alpha = np.zeros((frame.height, frame.width))
    colour = np.zeros((frame.height, frame.width, 3))
    height, width = bgra.shape[:2]
    alpha[y : y + height, x : x + width] = bgra[..., 3] / 255
    colour[y : y + height, x : x + width] = bgra[..., :3] / 255
    blue, green, red = np.moveaxis(colour, 2, 0)
    luma = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    halved = lambda plane: plane.reshape(frame.height // 2, 2, frame.width // 2, 2).mean((1, 3))  # noqa: E731
    u = 224 * halved((blue - luma) / 1.8556) + 128 * halved(alpha)
    v = 224 * halved((red - luma) / 1.5748) + 128 * halved(alpha)
    return (
        frame.y * (1 - alpha) + 219 * luma + 16 * alpha,
        frame.u * (1 - halved(alpha)) + u,
        frame.v * (1 - halved(alpha)) + v,
    )


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    places=st.lists(st.tuples(st.integers(-30, 80), st.integers(-30, 110)), min_size=1, max_size=6),
)
def test_both_paths_make_the_same_picture(seed, places):
    drawings = [(random_drawing(seed + k, 17 + k, 23 - k), x, y) for k, (x, y) in enumerate(places)]
    one, other = random_frame(seed), random_frame(seed)
    atlas = atlas_of(*drawings)
    blending.blend(one, atlas, 0)
    by_cv2(other, atlas)
    most = max(2, len(places))  # each layer of a pile rounds once more
    assert np.abs(one.buffer.astype(int) - other.buffer).max() <= most


def test_layers_lie_in_their_order():
    red, blue = np.zeros((8, 8, 4), np.uint8), np.zeros((8, 8, 4), np.uint8)
    red[..., 2:], blue[..., [0, 3]] = 255, 255
    frame = I420Frame.black(64, 96)
    blending.blend(frame, atlas_of((red, 10, 10), (blue, 10, 10)), 0)
    assert frame.u[6, 6] > 200 and frame.v[6, 6] < 128  # blue on top
    blending.blend(frame, atlas_of((blue, 10, 10), (red, 10, 10)), 0)
    assert frame.v[6, 6] > 200 and frame.u[6, 6] < 128


class Marching:
    """One sprite whose place is the time."""

    def positions(self, now_ms, canvas):
        return [(0, now_ms, 11), (1, 21, now_ms)]


def sprite_atlas(mover, on_fault=atlases.log_fault):
    white, red = np.full((8, 8, 4), 255, np.uint8), np.zeros((8, 8, 4), np.uint8)
    red[..., 2:] = 255
    under, over = np.full((96, 64, 4), (0, 0, 0, 255), np.uint8), np.full((2, 2, 4), 255, np.uint8)
    layers = [
        Painted("under", (overlay_planes(under, 0, 0),)),
        Painted("sprites", (overlay_planes(white, 0, 0), overlay_planes(red, 0, 0)), mover),
        Painted("over", (overlay_planes(over, 12, 12),)),
    ]
    return pack(Scene(CANVAS), layers, on_fault)


@pytest.mark.parametrize("way", [blending.blend, by_cv2])
def test_sprites_move_lie_on_even_pixels_and_keep_their_layer(way):
    frame = random_frame(3)
    way(frame, sprite_atlas(Marching()), 13)
    assert (frame.y[10:18, 12:20] == 235).all()  # (13, 11) is laid at (12, 10)
    assert frame.y[9, 12] == 16 and frame.y[10, 11] == 16 and frame.y[18, 12] == 16 and frame.y[10, 28] == 16
    assert frame.y[13, 13] == 235
    assert frame.v[7, 11] > 200  # the red one at (20, 12)


@pytest.mark.parametrize("now_ms", [-7, -8, -1, 57, 63, 64, 90, 95, 96, 10_000, -10_000])
def test_sprites_are_cut_at_the_edges(now_ms):
    one, other = random_frame(4), random_frame(4)
    blending.blend(one, sprite_atlas(Marching()), now_ms)
    by_cv2(other, sprite_atlas(Marching()), now_ms)
    assert np.abs(one.buffer.astype(int) - other.buffer).max() <= 2
    white = one.y[10:18] == 235
    left, right = max(0, now_ms & ~1), min(64, (now_ms & ~1) + 8)
    assert white[0].sum() - 0 == max(0, right - left)


class Raising:
    def positions(self, now_ms, canvas):
        raise ZeroDivisionError("where?")


class Lost:
    def positions(self, now_ms, canvas):
        return [(7, 0, 0)]  # there is no eighth picture


@pytest.mark.parametrize("mover, error", [(Raising(), ZeroDivisionError), (Lost(), IndexError)])
def test_sprites_that_raise_are_left_out_and_told_once(mover, error):
    faults = []
    atlas = sprite_atlas(mover, lambda layer_id, fault: faults.append((layer_id, type(fault))))
    frame = random_frame(5)
    for now_ms in range(3):
        blending.blend(frame, atlas, now_ms)
    assert faults == [("sprites", error)]
    assert (frame.y[12:14, 12:14] == 235).all() and frame.y[0, 0] == 16  # the others are still there


def test_a_frame_of_another_size_is_refused():
    with pytest.raises(ValueError, match="no canvas"):
        blending.blend(I420Frame.black(64, 64), atlas_of(), 0)


def run(code, **environment):
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_without_numba_the_other_path_is_taken_and_numba_not_loaded():
    code = (
        "import sys; from studio.video import blend, planes, raw; from tests.video import test_blend as t;"
        "assert blend.warm() == 'cv2'; f = t.random_frame(1); t.np.random.default_rng(0);"
        "blend.blend(f, t.atlas_of((t.np.full((4, 4, 4), 255, t.np.uint8), 2, 2)), 0);"
        "assert (f.y[2:6, 2:6] == 235).all(); assert 'numba' not in sys.modules"
    )
    done = run(code, ANCHOR_STUDIO_NO_NUMBA="1")
    assert (done.returncode, done.stderr) == (0, "")


def test_compiled_kernels_are_kept_even_when_no_usual_folder_can_be_written(tmp_path):
    """numba finds no folder to keep its work in (read-only program, no home): a temporary one of ours is used."""
    code = (
        "import numba.core.caching as c; c.CacheImpl._locator_classes = [c.UserProvidedCacheLocator];"
        "from studio.video import blend_kernel as k; print(k.blend_all.stats.cache_path)"
    )
    done = run(code, TMPDIR=str(tmp_path), NUMBA_CACHE_DIR="")
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip().startswith(str(tmp_path))
    assert list(tmp_path.rglob("*.nbi"))
