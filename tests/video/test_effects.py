"""Cross-fade, picture in picture, chroma key and looks: what they change, and above all what they leave as it is."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.video import compiled
from studio.video import look as looks
from studio.video.chroma_key import Keyer, alpha_of, key_over, screen_colour
from studio.video.picture_in_picture import framed, lay_in
from studio.video.planes import I420Frame
from studio.video.scene import BLUE_UV, GREEN_UV, PLAIN, Canvas, ChromaKey, Look, PictureInPicture
from studio.video.transition import Transition, cross_fade

SKIN = (150, 110, 150)  # Y, U, V


def plain(y, u=128, v=128, width=160, height=120):
    frame = I420Frame(width, height)
    frame.fill(y, u, v)
    return frame


def noisy(seed, width=160, height=120):
    frame = I420Frame(width, height)
    frame.buffer[...] = np.random.default_rng(seed).integers(16, 236, frame.buffer.shape)
    return frame


# --- cut and cross-fade


def test_a_cut_is_at_once_and_a_fade_goes_gently_one_way():
    assert [Transition(1000).share(now) for now in (999, 1000, 5000)] == [0.0, 1.0, 1.0]
    fade = Transition(1000, 400)
    shares = [fade.share(now) for now in range(900, 1500, 20)]
    assert shares[0] == 0.0 and shares[-1] == 1.0 and shares == sorted(shares)
    assert fade.share(1200) == 0.5 and fade.share(1040) < 0.1 < 0.9 < fade.share(1360)


def test_a_fade_is_exact_at_its_ends_and_the_mean_in_the_middle():
    old, new, out = noisy(1), noisy(2), plain(0)
    cross_fade(old, new, 0.0, out)
    assert np.array_equal(out.buffer, old.buffer)
    cross_fade(old, new, 1.0, out)
    assert np.array_equal(out.buffer, new.buffer)
    cross_fade(old, new, 0.5, out)
    assert np.abs(out.buffer - (old.buffer.astype(float) + new.buffer) / 2).max() <= 0.5
    middle = out.buffer.copy()
    cross_fade(old, new, 0.5, new)  # in place
    assert np.array_equal(new.buffer, middle)
    with pytest.raises(ValueError, match="one size"):
        cross_fade(old, plain(0, width=64), 0.5, out)


# --- picture in picture


@settings(max_examples=100, deadline=None)
@given(
    shares=st.tuples(*[st.floats(-1, 2)] * 4),
    canvas=st.sampled_from([Canvas(720, 1280), Canvas(1280, 720), Canvas(180, 320), Canvas(64, 64)]),
)
def test_the_rectangle_is_even_and_inside(shares, canvas):
    x, y, width, height = PictureInPicture(*shares).rectangle(canvas)
    assert all(number % 2 == 0 for number in (x, y, width, height))
    assert x >= 0 and y >= 0 and width >= 64 and height >= 64
    assert x + width <= canvas.width and y + height <= canvas.height


def test_the_second_picture_lies_in_its_border_and_the_rest_is_untouched():
    frame, before = noisy(3, 640, 360), noisy(3, 640, 360)
    place = PictureInPicture(0.5, 0.25, 0.4, 0.4, border=0.02, radius=0.1)
    lay_in(frame, framed(plain(90, 60, 200, 1280, 720), place, Canvas(640, 360)), place)
    x, y, width, height = place.rectangle(Canvas(640, 360))
    assert (frame.y[y + 10 : y + height - 10, x + 30 : x + width - 30] == 90).all()
    assert (frame.u[(y + height // 2) // 2, (x + 10) // 2 : (x + width - 10) // 2] == 60).all()
    assert (frame.y[y + 1 : y + 4, x + 40 : x + width - 40] == 235).all()  # the border
    outside = np.ones(frame.y.shape, bool)
    outside[y : y + height, x : x + width] = False
    assert np.array_equal(frame.y[outside], before.y[outside])
    assert np.array_equal(frame.u[outside[::2, ::2]], before.u[outside[::2, ::2]])
    for corner in ((y, x), (y, x + width - 1), (y + height - 1, x), (y + height - 1, x + width - 1)):
        assert frame.y[corner] == before.y[corner]  # rounded


def test_the_second_picture_can_be_mirrored():
    source = plain(50, width=640, height=360)
    source.y[:, 320:] = 200
    for is_mirrored, left in ((False, 50), (True, 200)):
        frame = plain(16, width=640, height=360)
        place = PictureInPicture(0.25, 0.25, 0.5, 0.5, border=0, radius=0, is_mirrored=is_mirrored)
        lay_in(frame, framed(source, place, Canvas(640, 360)), place)
        assert frame.y[180, 200] == left


# --- chroma key


@pytest.mark.parametrize("uv, luma", [(GREEN_UV, 173), (BLUE_UV, 32)])
def test_the_screen_becomes_the_background_and_the_subject_stays(uv, luma):
    frame, background = plain(luma, *uv), noisy(4)
    frame.y[40:80, 60:100], frame.u[20:40, 30:50], frame.v[20:40, 30:50] = SKIN
    out = key_over(frame, background, ChromaKey(uv))
    alpha = alpha_of(frame, ChromaKey(uv))
    assert set(np.unique(alpha)) == {0, 255} and (alpha == 255).sum() == 20 * 20
    assert np.array_equal(out.y[:36], background.y[:36]) and np.array_equal(out.u[:18], background.u[:18])
    assert np.abs(out.y[44:76, 64:96].astype(int) - SKIN[0]).max() <= 1
    assert abs(int(out.u[30, 40]) - SKIN[1]) <= 3 and abs(int(out.v[30, 40]) - SKIN[2]) <= 3


def test_between_screen_and_subject_alpha_grows():
    frame = plain(120)
    frame.u[...] = np.linspace(GREEN_UV[0], 128, 80).round().astype(np.uint8)
    frame.v[...] = np.linspace(GREEN_UV[1], 128, 80).round().astype(np.uint8)
    row = alpha_of(frame, ChromaKey())[5].astype(int)
    assert row[0] == 0 and row[-1] == 255 and (np.diff(row) >= 0).all() and len(set(row)) > 8


def test_spill_takes_green_off_but_leaves_greys_and_skin_alone():
    greenish = plain(150, 110, 100)
    kept, cleaned = (key_over(greenish, plain(16), ChromaKey(similarity=0.4, spill=spill)) for spill in (0.0, 1.0))
    assert (int(kept.u[0, 0]), int(kept.v[0, 0])) == (110, 100)
    assert cleaned.u[0, 0] > 115 and cleaned.v[0, 0] > 112
    for colour in ((150, 128, 128), SKIN, (100, 128, 180)):
        out = key_over(plain(*colour), plain(16), ChromaKey(spill=1.0))
        assert np.abs(np.subtract((int(out.u[0, 0]), int(out.v[0, 0])), colour[1:])).max() <= 4


@pytest.mark.parametrize("uv", [GREEN_UV, (99, 89), (150, 90)])
def test_keying_without_numba_is_the_same_within_two_levels(uv, monkeypatch):
    frame, background = noisy(11), noisy(12)
    frame.u[...], frame.v[...] = np.linspace(30, 200, 80).round(), np.linspace(20, 180, 60).round()[:, None]
    compiled_ = key_over(frame, background, ChromaKey(uv)).buffer.astype(int)
    monkeypatch.setattr(compiled, "is_available", lambda: False)
    plain_ = key_over(frame, background, ChromaKey(uv)).buffer
    assert np.abs(compiled_ - plain_).max() <= 2


@pytest.mark.parametrize("rgb", [(60, 160, 70), (0, 177, 64), (90, 190, 80), (40, 90, 45)])
def test_the_screen_s_real_colour_is_found_and_followed(rgb):
    u, v = chroma(rgb)
    frame = plain(130, 128, 128)
    frame.u[:, :50], frame.v[:, :50] = u, v
    assert np.abs(np.subtract(screen_colour(frame, GREEN_UV), (u, v))).max() <= 1
    out = plain(0)
    Keyer().key_over(frame, plain(200), ChromaKey(), out)
    assert (out.y[:, :90] == 200).all() and (np.abs(out.y[:, 110:].astype(int) - 130) <= 1).all()
    frame.u[:, :50], frame.v[:, :50] = u, 128  # no screen any more: nothing is found, nothing measured
    assert screen_colour(plain(130, 110, 150), GREEN_UV) is None
    assert screen_colour(plain(130, 40, 136), GREEN_UV) is None  # yellow


def chroma(rgb):
    red, green, blue = rgb
    luma = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    return round(128 + (blue - luma) / 1.8556 * 224 / 255), round(128 + (red - luma) / 1.5748 * 224 / 255)


def test_a_soft_edge_has_no_rim_of_the_screen_s_colour():
    """Skin before the screen, blurred as a lens does: over white and over black no sample is greener than both."""
    frame = plain(132, 99, 89)
    frame.y[:, 80:], frame.u[:, 40:], frame.v[:, 40:] = SKIN
    for plane, size in ((frame.y, 7), (frame.u, 3), (frame.v, 3)):
        plane[...] = cv2.blur(plane, (size, size))
    for background in (plain(220), plain(20)):
        out = key_over(frame, background, ChromaKey((99, 89)))
        assert out.u.min() >= SKIN[1] - 3 and out.v.min() >= 126
        levels = out.y[60, 60:100].astype(int)
        assert levels.min() >= min(20, SKIN[0]) and len(set(levels)) >= 4  # soft, not a staircase


def test_keying_in_place_is_the_same_and_sizes_must_fit():
    frame, background = noisy(5), noisy(6)
    expected = key_over(frame, background, ChromaKey()).buffer.copy()
    key_over(frame, background, ChromaKey(), out=background)
    assert np.array_equal(background.buffer, expected)
    with pytest.raises(ValueError, match="size"):
        key_over(frame, plain(0, width=64), ChromaKey())


# --- looks


def test_the_plain_look_changes_nothing():
    frame, before = noisy(7), noisy(7)
    looks.apply(frame, PLAIN)
    assert np.array_equal(frame.buffer, before.buffer)


@pytest.mark.parametrize("setting", ["brightness", "contrast"])
def test_brightness_and_contrast_keep_black_and_white_and_the_colours(setting):
    def luma(value, amount):
        frame = plain(value, 90, 160)
        looks.apply(frame, Look(**{setting: amount}))
        assert (frame.u == 90).all() and (frame.v == 160).all() and frame.y.min() == frame.y.max()
        return int(frame.y[0, 0])

    for amount in (-100, -30, 30, 100):
        steps = [luma(value, amount) for value in range(16, 236)]
        assert steps == sorted(steps) and min(steps) >= 16 and max(steps) <= 235
    assert [luma(value, 50) for value in (16, 235)] == [16, 235]
    if setting == "brightness":
        assert luma(125, -50) < 110 < 125 < 140 < luma(125, 50)
    else:
        assert luma(80, 50) < 75 and luma(170, 50) > 175 and abs(luma(126, 50) - 126) <= 1


@pytest.mark.parametrize("warmth, tint", [(100, 0), (-100, 0), (0, 100), (0, -100), (40, -60)])
@pytest.mark.parametrize("grey", [16, 80, 180, 235])
def test_white_balance_gives_a_grey_the_gains_of_red_green_and_blue(warmth, tint, grey):
    frame = plain(grey)
    looks.apply(frame, Look(warmth=warmth, tint=tint))
    level = (grey - 16) / 219
    warm, magenta = 0.2 * warmth / 100, 0.2 * tint / 100
    red, green, blue = level * (1 + warm), level * (1 - magenta), level * (1 - warm)
    luma = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    expected = 128 + 224 * (blue - luma) / 1.8556, 128 + 224 * (red - luma) / 1.5748
    assert np.abs(np.subtract((int(frame.u[0, 0]), int(frame.v[0, 0])), expected)).max() <= 1
    assert (frame.y == grey).all()


def test_the_proposed_balance_makes_a_tinted_room_grey():
    frame = noisy(8)
    frame.u[...], frame.v[...] = 118, 139
    proposed = looks.balanced(frame)
    assert proposed.warmth < -10
    looks.apply(frame, proposed)
    assert abs(frame.u.mean() - 128) < 1.2 and abs(frame.v.mean() - 128) < 1.2
    assert looks.balanced(plain(120)) == PLAIN
    looks.balanced(plain(16, 240, 16))  # black and far out: in its limits


def test_smoothing_calms_skin_keeps_edges_and_leaves_all_else_alone():
    random = np.random.default_rng(9)
    frame = plain(*SKIN, width=720, height=1280)
    frame.y[...] = 150 + random.normal(0, 3, frame.y.shape).round()
    frame.y[:, 300:302] = 40  # a hair across the face
    frame.u[:, 240:], frame.v[:, 240:] = 128, 100  # the right third is no skin
    before = frame.copy()
    looks.apply(frame, Look(smoothing=80))
    skin = np.s_[100:1200, 40:280]
    assert frame.y[skin].std() < 0.5 * before.y[skin].std()
    assert abs(frame.y[skin].mean() - before.y[skin].mean()) < 0.3
    assert np.abs(frame.y[:, 300:302].astype(int) - 40).max() <= 1
    assert np.array_equal(frame.y[:, 500:], before.y[:, 500:])
    assert np.array_equal(frame.u, before.u) and np.array_equal(frame.v, before.v)


@pytest.mark.parametrize("smoothing", [10, 60, 100])
def test_smoothing_without_numba_is_the_same_within_two_levels(smoothing, monkeypatch):
    def smoothed():
        frame = noisy(13)
        frame.u[:, 10:], frame.v[:, 10:] = SKIN[1:]
        looks.apply(frame, Look(smoothing=smoothing))
        return frame.y.astype(int)

    compiled_ = smoothed()
    monkeypatch.setattr(compiled, "is_available", lambda: False)
    assert np.abs(compiled_ - smoothed()).max() <= 2


def test_smoothing_grows_with_its_setting():
    def roughness(amount):
        frame = plain(*SKIN)
        frame.y[...] = 150 + np.random.default_rng(10).normal(0, 3, frame.y.shape).round()
        looks.apply(frame, Look(smoothing=amount))
        return frame.y.std()

    assert roughness(0) > roughness(30) > roughness(60) > roughness(100)
