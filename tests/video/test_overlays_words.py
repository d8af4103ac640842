"""What stands on the overlays: true weights, the product card, and text that nobody checked."""

import unicodedata
from dataclasses import replace

import cv2
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.video.overlay_examples import (
    CANVASES,
    ORANGE,
    PORTRAIT,
    PRICE_RED,
    drawn,
    example,
    near,
    png,
)

pytestmark = pytest.mark.usefixtures("qapp")


# --- fonts


def ink_of(weight, letter="永"):
    from PySide6.QtCore import QPointF
    from PySide6.QtGui import QColor, QPainter

    from studio.video.overlays import fonts
    from studio.video.overlays.paint import blank, pixels

    image = blank(140, 140)
    painter = QPainter(image)
    painter.setFont(fonts.font(100, weight))
    painter.setPen(QColor("black"))
    painter.drawText(QPointF(20, 110), letter)
    painter.end()
    return float(pixels(image)[..., 3].sum()) / 255


def test_weights_are_true_weights():
    """A weight set Qt's own way would draw Thin, thickened or not: 100 and 400 alike."""
    thin, regular, bold, black = (ink_of(weight) for weight in (100, 400, 700, 900))
    assert thin * 1.8 < regular < bold / 1.3 and bold * 1.08 < black


def test_digits_are_of_one_width():
    from studio.video.overlays import fonts, ink

    face = fonts.font(40, fonts.BOLD)
    assert len({round(ink.width_of(face, digit), 3) for digit in "0123456789"}) == 1


def test_the_family_is_noto():
    from PySide6.QtGui import QFontInfo

    from studio.video.overlays import fonts

    assert QFontInfo(fonts.font(20)).family() == "Noto Sans CJK SC"


# --- product card


def test_the_card_shows_picture_price_number_and_stock():
    pixels = drawn(example("product_card"))
    assert (pixels[60:220, 219:224] == 255).all()  # white paper beside the picture
    assert (np.abs(pixels[60:150, 60:180, :3].astype(int) - ORANGE) <= 3).all()
    below = pixels[190:230, 226:420]
    assert near(below, PRICE_RED) > 600
    assert near(pixels[170:225, 480:600], (40, 120, 255), 60) > 1500  # the orange chip
    without = drawn(replace(example("product_card"), number=None, stock=None))
    assert near(without[170:225, 480:600], (40, 120, 255), 60) == 0
    assert near(pixels[180:215, 35:210], PRICE_RED, 40) > 2000  # few are left
    assert near(without[180:215, 35:210], PRICE_RED, 40) == 0


def test_the_former_price_is_struck_through_and_only_when_it_is_higher():
    card = example("product_card")
    struck, plain = drawn(card), drawn(replace(card, list_price_fen=None))
    changed = np.abs(struck.astype(int) - plain).sum(2) > 60
    rows, columns = np.nonzero(changed)
    assert rows.size > 150
    width = columns.max() - columns.min() + 1
    assert changed[:, columns.min() : columns.max() + 1].sum(1).max() >= width * 0.95  # one whole line
    for price in (2990, 2000):
        assert np.array_equal(drawn(replace(card, list_price_fen=price)), plain)


def test_a_price_of_any_length_stays_on_the_card():
    for fen in (1, 2990, 123_456_78, 99_999_999_99):
        pixels = drawn(example("product_card", live_price_fen=fen, list_price_fen=fen * 2))
        assert near(pixels[150:240, 226:600], PRICE_RED) > 150
        assert near(pixels[:, 606:], PRICE_RED) == 0
        chip = pixels[172:216, 490:592]
        assert near(chip, PRICE_RED, 20) == 0  # never into the chip


@pytest.mark.parametrize(
    "picture", [None, b"", b"\x89PNG broken", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"GIF89a"]
)
def test_without_a_readable_picture_the_first_letter_stands_there(picture):
    pixels = drawn(example("product_card", picture=picture, stock=None))
    tile = pixels[32:210, 32:216]
    assert (
        near(tile, (255, 255, 255), 30) > 1500 and near(tile, (255, 255, 255), 30) < tile.shape[0] * tile.shape[1] / 2
    )


def test_a_picture_of_any_shape_fills_its_place_undistorted():
    wide = np.zeros((100, 400, 3), np.uint8)
    wide[...] = (0, 0, 200)
    wide[:, 150:250] = (0, 200, 0)  # the middle square
    pixels = drawn(example("product_card", picture=cv2.imencode(".jpg", wide)[1].tobytes(), stock=None))
    assert near(pixels[40:200, 45:200], (0, 200, 0), 40) > 0.97 * 160 * 155


def test_a_picture_that_would_need_too_much_memory_is_not_read():
    huge = cv2.imencode(".png", np.zeros((9000, 8, 3), np.uint8))[1].tobytes()
    from studio.video.overlays import ink

    assert ink.picture(huge, 100) is None
    assert ink.picture(png(ORANGE), 100) is not None


def text_rows(pixels):
    """Groups of rows with dark title ink right of the picture."""
    dark = (pixels[20:240, 226:600, :3].max(2) < 90) & (pixels[20:240, 226:600, 3] > 200)
    rows = dark.any(1)
    return int((rows[1:] & ~rows[:-1]).sum() + rows[0])


def test_titles_take_two_lines_at_most():
    assert text_rows(drawn(example("product_card", title="绿豆", selling_point=""))) == 1
    assert text_rows(drawn(example("product_card", title="中" * 400, selling_point=""))) == 2
    one_word = drawn(example("product_card", title="W" * 300, selling_point=""))
    assert text_rows(one_word) == 2
    assert near(one_word[:, 606:], (29, 24, 22), 60) == 0


# --- what people type

NASTY = [
    "👩‍👩‍👧🔥爆款",
    "\u202eABC\u202c 反转",
    "a\x00b\x07c\x1b[31m\nd\te",
    "مرحبا بالعالم",
    "𠮷野家",
    "Z̸͕̗a̷l̶g̸o̵" * 20,
    "<b>粗</b><img src='/etc/passwd'>",
    "\ud800 lone",
    "\ufeff\u200b\u200d\u2066\u2069",
    "",
    "𒐫" * 500,
]


@pytest.mark.parametrize("text", NASTY, ids=ascii)
def test_nasty_text_breaks_nothing(text):
    for overlay in (
        example("product_card", title=text, selling_point=text, picture=None),
        example("price_tag", label=text),
        example("countdown", label=text),
        example("coupon_banner", title=text),
        example("corner_bug", text=text),
    ):
        for canvas in (PORTRAIT, CANVASES[-1]):
            drawn(overlay, canvas)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=600))
def test_cleaned_text_is_one_plain_line_and_cleaning_it_again_changes_nothing(text):
    from studio.video.overlays.fonts import LONGEST_TEXT, clean

    cleaned = clean(text)
    assert len(cleaned) <= LONGEST_TEXT
    assert not [letter for letter in cleaned if unicodedata.category(letter)[0] == "C"]
    assert "\n" not in cleaned and cleaned == cleaned.strip()
    assert clean(cleaned) == cleaned


def test_cleaning_keeps_words_and_drops_what_noto_cannot_draw():
    from studio.video.overlays.fonts import clean

    assert clean(" 赣南脐橙\n 5斤装\t★ ¥29.9 ") == "赣南脐橙 5斤装 ★ ¥29.9"
    assert clean("🔥爆款👩‍👩‍👧") == "爆款"
    assert clean("A\u202eB") == "AB"
    assert clean("<b>x</b>") == "<b>x</b>"


def test_markup_is_drawn_as_text():
    one, two = (drawn(example("corner_bug", text=text, picture=None)) for text in ("<b>粗</b>", "粗"))
    assert (one[..., 3] > 0).sum() > 1.5 * (two[..., 3] > 0).sum()
