"""The look: contrast, weights that are really drawn, a style sheet without holes."""

from __future__ import annotations

import re
from dataclasses import asdict, fields

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QImage, QPainter
from PySide6.QtWidgets import QApplication

from studio.core import paths
from studio.ui import theme

TEXTS = ("text1", "text2", "text3", "live", "ok", "warn", "info", "money")
PAIRS = [(text, ground) for text in TEXTS for ground in ("bg1", "bg2")]
PAIRS += [(text, "bg3") for text in ("text1", "text2")]
PAIRS += [(text, tint) for text in ("text1", "text2", "money") for tint in ("tint_live",)]
PAIRS += [(text, tint) for text in ("text1", "text2", "ok", "money", "warn") for tint in ("tint_next",)]
PAIRS += [("live_text", "live_fill"), ("go_text", "go_fill"), ("info_text", "info"), ("bg1", "warn")]


def luminance(colour: str) -> float:
    def linear(part: float) -> float:
        return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4

    parts = QColor(colour)
    return 0.2126 * linear(parts.redF()) + 0.7152 * linear(parts.greenF()) + 0.0722 * linear(parts.blueF())


def contrast(one: str, other: str) -> float:
    """WCAG 2's contrast ratio."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_contrast_formula_at_its_ends() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("colours", [theme.DARK, theme.LIGHT], ids=["dark", "light"])
@pytest.mark.parametrize(("text", "ground"), PAIRS)
def test_every_text_can_be_read(colours: theme.Tokens, text: str, ground: str) -> None:
    assert contrast(getattr(colours, text), getattr(colours, ground)) >= 4.5


@pytest.mark.parametrize("name", theme.THEMES)
def test_style_sheet_has_no_holes_and_no_weights(name: str) -> None:
    sheet = theme.style_sheet(name)
    assert "@" not in sheet
    assert not re.search(r"font(-weight|-family|-size)?\s*:", sheet)
    template = (paths.resources() / "qss" / "studio.qss").read_text(encoding="utf-8")
    known = {field.name for field in fields(theme.Tokens)}
    assert set(re.findall(r"@([a-z0-9_]+)", template)) <= known
    assert set(re.findall(r"#[0-9A-Fa-f]{6}\b", template)) == set(), "colours live in the tokens"


def dark_pixels(weight: int) -> int:
    font = QFont(theme.load_family())
    font.setPixelSize(150)
    font.setVariableAxis(QFont.Tag("wght"), weight)
    image = QImage(200, 200, QImage.Format.Format_Grayscale8)
    image.fill(255)
    painter = QPainter(image)
    painter.setFont(font)
    painter.drawText(image.rect(), int(Qt.AlignmentFlag.AlignCenter), "永")
    painter.end()
    return sum(value < 128 for value in bytes(image.constBits()))


def test_weight_is_drawn(qapp: QApplication) -> None:
    regular, bold = dark_pixels(400), dark_pixels(700)
    assert regular > 1_000
    assert bold > regular * 1.25


def test_digits_do_not_dance(qapp: QApplication) -> None:
    metrics = QFontMetrics(theme.font("clock"))
    assert len({metrics.horizontalAdvance(digit * 6) for digit in "0123456789"}) == 1


def test_unknown_icon_gives_a_plain_one(qapp: QApplication) -> None:
    assert not theme.icon("no-such-icon-at-all").isNull()


def test_themes_differ_everywhere_it_matters() -> None:
    dark, light = asdict(theme.DARK), asdict(theme.LIGHT)
    same = {name for name in dark if dark[name] == light[name]}
    assert same <= {"live_text"}
