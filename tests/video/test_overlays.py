"""Every overlay: whole on the canvas, crisp, and repainted only when it must be."""

import ast
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from studio.core import i18n
from studio.video.overlays import OVERLAYS
from studio.video.overlays.overlay import FORMS, SpriteOverlay
from studio.video.scene import Canvas
from tests.video.overlay_examples import (
    CANVASES,
    NOW,
    PORTRAIT,
    STILL,
    drawn,
    example,
    near,
)

pytestmark = pytest.mark.usefixtures("qapp")


# --- all of them


def test_the_registry_holds_every_kind_with_texts_in_both_languages():
    assert list(OVERLAYS) == [
        "product_card",
        "price_tag",
        "countdown",
        "coupon_banner",
        "red_envelope_rain",
        "corner_bug",
    ]
    for kind, overlay in OVERLAYS.items():
        assert overlay.kind == kind
        keys = [f"overlay.kind.{kind}"] + [field.label for field in overlay.form()]
        for language in i18n.LANGUAGES:
            assert not [key for key in keys if key not in i18n.texts(language)]


def test_forms_come_from_the_fields():
    card = {field.name: field for field in OVERLAYS.get("product_card").form()}
    assert [card[name].form for name in ("title", "live_price_fen", "stock", "picture")] == [
        "text", "money_fen", "count", "picture",
    ]  # fmt: skip
    assert card["title"].is_required and not card["stock"].is_required and card["stock"].default is None
    assert all(field.form in FORMS for _, overlay in OVERLAYS.items() for field in overlay.form())


@pytest.mark.parametrize("canvas", CANVASES, ids=str)
@pytest.mark.parametrize("kind", STILL)
def test_lies_even_and_whole_on_every_canvas(kind, canvas):
    overlay = example(kind)
    (width, height), (x, y) = overlay.size(canvas), overlay.place(canvas)
    assert all(number % 2 == 0 for number in (width, height, x, y))
    assert x >= 0 and y >= 0 and x + width <= canvas.width and y + height <= canvas.height
    pixels = drawn(overlay, canvas)
    assert pixels.shape == (height, width, 4)
    assert (pixels[..., :3] <= pixels[..., 3:]).all()  # premultiplied
    ink = pixels[..., 3] > 200
    assert ink.mean() > (0.25 if kind == "product_card" else 0.005)


@pytest.mark.parametrize("canvas", [c for c in CANVASES if c.is_portrait], ids=str)
@pytest.mark.parametrize("kind", ["product_card", "price_tag", "countdown"])
def test_phones_do_not_cover_it(kind, canvas):
    """The platform's app covers the lowest and the rightmost 12 %; a soft shadow may reach in."""
    overlay = example(kind)
    x, y = overlay.place(canvas)
    rows, columns = np.nonzero(drawn(overlay, canvas)[..., 3] > 200)
    assert y + rows.max() < canvas.height * 0.88 + 1
    assert x + columns.max() < canvas.width * 0.885


@pytest.mark.parametrize("canvas", CANVASES, ids=str)
def test_no_two_overlays_lie_on_each_other(canvas):
    taken = np.zeros((canvas.height, canvas.width), int)
    for kind in STILL:
        overlay = example(kind)
        (x, y), pixels = overlay.place(canvas), drawn(overlay, canvas)
        taken[y : y + pixels.shape[0], x : x + pixels.shape[1]] += pixels[..., 3] > 200
    assert taken.max() == 1


def test_a_larger_canvas_shows_the_same_drawing_larger():
    for kind in STILL:
        small = drawn(example(kind), Canvas(720, 1280)).astype(np.float32)
        large = drawn(example(kind), Canvas(1080, 1920)).astype(np.float32)
        shrunk = cv2.resize(large, small.shape[1::-1], interpolation=cv2.INTER_AREA)
        assert np.corrcoef(small.ravel(), shrunk.ravel())[0, 1] > 0.97, kind


# --- content keys


@pytest.mark.parametrize("kind, changes", [("product_card", 0), ("price_tag", 0), ("corner_bug", 0), ("countdown", 10), ("coupon_banner", 10)])  # fmt: skip
def test_repaints_once_a_second_at_most(kind, changes):
    overlay = example(kind)
    keys = [overlay.content_key(now_ms) for now_ms in range(NOW + 100, NOW + 10_100, 33)]
    assert sum(one != two for one, two in zip(keys, keys[1:], strict=False)) == changes


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(left_ms=st.integers(-5000, 200_000_000), step_ms=st.integers(0, 3000))
@pytest.mark.parametrize("kind", ["countdown", "coupon_banner"])
def test_the_same_key_means_the_same_time_on_the_picture(kind, left_ms, step_ms):
    from studio.video.overlays import ink

    overlay = replace(example(kind), ends_ms=NOW + left_ms)
    one, two = (ink.time_left(ink.seconds_left(NOW + left_ms, now)) for now in (NOW, NOW + step_ms))
    assert (overlay.content_key(NOW) == overlay.content_key(NOW + step_ms)) == (one == two)


def test_time_left_counts_the_running_second():
    from studio.video.overlays import ink

    left = [ink.seconds_left(10_000, now) for now in (0, 1, 999, 1000, 9001, 9999, 10_000, 12_345)]
    assert left == [10, 10, 10, 9, 1, 1, 0, 0]
    assert [ink.time_left(s) for s in (0, 59, 84, 3600, 7384)] == ["00:00", "00:59", "01:24", "1:00:00", "2:03:04"]


def test_prices_are_written_as_people_do():
    from studio.video.overlays import ink

    assert [ink.yuan(fen) for fen in (2990, 2900, 2995, 5, 0, 123_456_700, 1010)] == [
        "¥29.9", "¥29", "¥29.95", "¥0.05", "¥0", "¥1,234,567", "¥10.1",
    ]  # fmt: skip


# --- the other stills


def test_the_countdown_turns_red_and_then_says_it_is_over():
    gold, red = (138, 224, 255), (103, 90, 255)
    early, late, over = (drawn(example("countdown"), now_ms=NOW + s * 1000) for s in (0, 80, 90))
    assert near(early, gold, 12) > 300 and near(early, red, 12) == 0
    assert near(late, red, 12) > 300 and near(late, gold, 12) == 0
    assert near(over, red, 12) > 200 and not np.array_equal(late, over)
    assert np.array_equal(over, drawn(example("countdown"), now_ms=NOW + 99_000))


def test_the_coupon_shows_what_is_left_only_when_it_is_told():
    with_left, without = drawn(example("coupon_banner")), drawn(example("coupon_banner", left=None))
    x_of_tear = 376 - 12 - 112
    assert with_left[13, x_of_tear, 3] == 0 and without[13, x_of_tear, 3] == 255  # the notch
    assert (
        near(with_left[50:110, 270:350], (255, 255, 255)) > 200 and near(without[60:110, 270:350], (255, 255, 255)) == 0
    )
    for left in (0, 7, 99_999, 123_456_789):
        assert drawn(example("coupon_banner", left=left))[..., 3].any()


def test_the_corner_bug_is_as_wide_as_its_text_and_nothing_without_one():
    def width(**settings_):
        return int((drawn(example("corner_bug", **settings_))[..., 3].any(0)).sum())

    assert width(text="", picture=None) == 0
    assert 50 < width(text="") < 70
    assert (
        width(text="青山", picture=None) < width(text="青山村助农", picture=None) < 380 < width(text="很" * 99) <= 420
    )


# --- rain


def test_rain_is_a_pure_function_of_time_and_has_its_forty():
    rain = example("red_envelope_rain")
    for canvas in CANVASES:
        rows = np.asarray(rain.positions(NOW, canvas))
        assert rows.shape == (40, 3)
        assert np.array_equal(rows, np.asarray(example("red_envelope_rain").positions(NOW, canvas)))
        side, _ = drawn_sprites(rain, canvas)[0].shape[:2]
        assert (rows[:, 1] > -side - side // 2).all() and (rows[:, 1] < canvas.width + side // 2).all()
        assert (rows[:, 2] >= -side).all() and (rows[:, 2] <= canvas.height).all()
        assert len(set(rows[:, 0])) == 8


def drawn_sprites(rain, canvas):
    from studio.video.overlays.paint import painted

    return painted(rain, canvas, NOW)


def test_envelopes_fall_steadily_from_above_and_finish_their_fall():
    rain = example("red_envelope_rain", started_ms=NOW, ends_ms=NOW + 8000)
    assert len(rain.positions(NOW - 1, PORTRAIT)) == 0
    assert len(rain.positions(NOW + 5000, PORTRAIT)) == 40
    early = np.asarray(rain.positions(NOW + 120, PORTRAIT))
    assert len(early) < 40 and (early[:, 2] < 60).all()
    one, two = (np.asarray(rain.positions(NOW + ms, PORTRAIT)) for ms in (5000, 5033))
    fell = two[:, 2] - one[:, 2]
    assert ((fell > 5) & (fell < 25)).sum() >= 38  # but for those that start again at the top
    after = np.asarray(rain.positions(NOW + 8500, PORTRAIT))
    assert 0 < len(after) < 40
    assert len(rain.positions(NOW + 14_000, PORTRAIT)) == 0


def test_the_eight_envelopes_are_red_with_gold_and_differ():
    sprites = drawn_sprites(example("red_envelope_rain"), PORTRAIT)
    assert [sprite.shape for sprite in sprites] == [(80, 80, 4)] * 8
    for k, sprite in enumerate(sprites):
        assert near(sprite, (50, 50, 235), 60) > 700 and near(sprite, (80, 200, 250), 60) > 60
        assert not sprite[[0, -1]].any() and not sprite[:, [0, -1]].any()  # nothing is cut off
        assert not any(np.array_equal(sprite, other) for other in sprites[k + 1 :])


def test_rain_is_a_sprite_overlay_that_never_repaints():
    rain = example("red_envelope_rain")
    assert isinstance(rain, SpriteOverlay)
    assert rain.content_key(NOW) == rain.content_key(NOW + 12_345)


# --- the room's rules


def test_overlays_use_qtcore_and_qtgui_only():
    for file in Path("studio/video").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [name.name for name in node.names] if isinstance(node, ast.Import) else []
            for name in (name for name in names if name.startswith("PySide6")):
                assert "overlays" in file.parts and name in ("PySide6.QtCore", "PySide6.QtGui"), (file, name)


def test_the_door_loads_nothing_heavy():
    code = "import sys, studio.video.overlays, studio.video.overlays as o; print('PySide6' in sys.modules); o.OVERLAYS"
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, "False", "")


def test_twenty_thousand_void_calls_do_not_abort():
    """PySide6 6.12.0 on Python 3.11 steals a reference to None with each: it died between 5,000 and 6,000."""
    code = (
        "from PySide6.QtCore import QPointF; from PySide6.QtGui import QGuiApplication, QImage, QPainter, QColor;"
        "app = QGuiApplication([]); i = QImage(8, 8, QImage.Format.Format_ARGB32_Premultiplied);\n"
        "for _ in range(10000): i.fill(0)\n"
        "p = QPainter(i)\n"
        "for _ in range(10000): p.setPen(QColor(1, 2, 3)); p.drawPoint(QPointF(1, 1))\n"
        "p.end(); print('alive')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stdout.strip()) == (0, "alive")
