"""The look: colour tokens for dark and light, role fonts, icons, and one style sheet filled from the tokens."""

from __future__ import annotations

import logging
import re
import sys
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

import qtawesome
from PySide6.QtGui import QFont, QFontDatabase, QIcon, QPalette
from PySide6.QtWidgets import QApplication

from studio.core import paths

THEMES = ("dark", "light")
RADIUS_PANEL, RADIUS_CARD, RADIUS_CHIP = 10, 8, 11
BUTTON_HEIGHT, SHOW_BUTTON_HEIGHT, VILLAGE_BUTTON_HEIGHT = 34, 40, 72

_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Tokens:
    """The colours of one theme, named by use."""

    bg0: str
    bg1: str
    bg2: str
    bg3: str
    line: str
    text1: str
    text2: str
    text3: str
    live: str
    live_fill: str
    live_text: str
    go_fill: str
    go_text: str
    ok: str
    warn: str
    info: str
    info_text: str
    money: str
    tint_live: str
    tint_next: str


DARK = Tokens(
    bg0="#0F1115",
    bg1="#16191F",
    bg2="#1E222A",
    bg3="#2A303B",
    line="#2B313C",
    text1="#F3F5F8",
    text2="#AEB7C4",
    text3="#8A94A3",
    live="#FF4258",
    live_fill="#D9203C",
    live_text="#FFFFFF",
    go_fill="#FF7A1A",
    go_text="#1A0D00",
    ok="#2CC784",
    warn="#FFB224",
    info="#5AA7FF",
    info_text="#0F1115",
    money="#FFD166",
    tint_live="#3A1820",
    tint_next="#15291F",
)
LIGHT = Tokens(
    bg0="#EEF0F3",
    bg1="#FFFFFF",
    bg2="#F5F6F8",
    bg3="#E7EAEE",
    line="#DADFE6",
    text1="#14181F",
    text2="#4A5463",
    text3="#667080",
    live="#D81E3A",
    live_fill="#D81E3A",
    live_text="#FFFFFF",
    go_fill="#B84A00",
    go_text="#FFFFFF",
    ok="#087A4C",
    warn="#9A6200",
    info="#1668D6",
    info_text="#FFFFFF",
    money="#8A5A00",
    tint_live="#FDE8EB",
    tint_next="#E4F6EE",
)
_THEMES = {"dark": DARK, "light": LIGHT}
_current = DARK

ROLES: dict[str, tuple[int, int]] = {
    "clock": (20, 700),
    "price": (15, 750),
    "big_button": (15, 700),
    "title": (13, 600),
    "button": (13, 600),
    "body": (13, 400),
    "strong": (12, 600),
    "fact": (12, 400),
    "hint": (11, 400),
    "village_price": (40, 700),
    "village_title": (34, 700),
    "village_clock": (30, 700),
    "village_button": (27, 700),
    "village_next": (22, 600),
    "village_body": (19, 600),
    "village_fact": (17, 400),
}
"""Pixels and weight (the font's own axis) by what a text is for."""

_SYSTEM_FAMILIES = {
    "win32": ("Microsoft YaHei UI", "Microsoft YaHei"),
    "darwin": ("PingFang SC", "Heiti SC"),
}


def tokens() -> Tokens:
    """The colours in use."""
    return _current


@cache
def load_family() -> str:
    """The Chinese UI family: the system's own where it is good, else Noto from the font package."""
    for family in _SYSTEM_FAMILIES.get(sys.platform, ()):
        if family in QFontDatabase.families():
            return family
    import manimgx_fonts_cjk  # type: ignore[import-untyped]

    file = Path(manimgx_fonts_cjk.__file__).parent / "NotoSansCJK-VF.otf.ttc"
    families = QFontDatabase.applicationFontFamilies(QFontDatabase.addApplicationFont(str(file)))
    for family in families:
        if family.endswith(" SC"):
            return family
    _log.error("no simplified Chinese face in %s; Chinese texts may be drawn by a fallback font", file)
    return QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont).family()


@cache
def font(role: str) -> QFont:
    """The font of a role: its weight set on the variable axis, digits tabular. Treat it as frozen."""
    size, weight = ROLES[role]
    made = QFont(load_family())
    made.setPixelSize(size)
    if sys.platform in _SYSTEM_FAMILIES:
        made.setWeight(QFont.Weight(min(900, round(weight / 100) * 100)))
    made.setVariableAxis(QFont.Tag("wght"), weight)
    made.setFeature(QFont.Tag("tnum"), 1)
    return made


def icon(name: str, token: str = "text1", *, disabled: str = "text3") -> QIcon:
    """A qtawesome icon in a token's colour; an unknown name (a plugin's slip) gives a plain circle and a log line."""
    colours = asdict(_current)
    full = name if "." in name else f"mdi6.{name}"
    try:
        return qtawesome.icon(full, color=colours[token], color_disabled=colours[disabled])  # type: ignore[no-any-return]
    except Exception:  # noqa: BLE001 - qtawesome raises bare Exception for an unknown name
        _log.error("no icon called %s", full)
        return qtawesome.icon("mdi6.circle-small", color=colours[token])  # type: ignore[no-any-return]


def style_sheet(theme: str) -> str:
    """The style sheet with every ``@token`` replaced; an unknown token raises KeyError."""
    text = (paths.resources() / "qss" / "studio.qss").read_text(encoding="utf-8")
    colours = asdict(_THEMES[theme])
    return re.sub(r"@([a-z0-9_]+)", lambda match: str(colours[match[1]]), text)


def apply(theme: str) -> None:
    """Put fonts, palette and style sheet on the application; widgets follow at once, icons when their owner relabels."""
    global _current
    _current = _THEMES[theme]
    app = QApplication.instance()
    if not isinstance(app, QApplication):
        raise RuntimeError("a QApplication must exist before it gets a theme")
    sheet = style_sheet(theme)
    if app.styleSheet() == sheet:
        return
    app.setStyle("Fusion")
    app.setFont(font("body"))
    app.setPalette(_palette(_current))
    app.setStyleSheet(sheet)


def _palette(colours: Tokens) -> QPalette:
    roles = QPalette.ColorRole
    palette = QPalette()
    for role, colour in (
        (roles.Window, colours.bg0),
        (roles.Base, colours.bg2),
        (roles.AlternateBase, colours.bg1),
        (roles.Button, colours.bg3),
        (roles.WindowText, colours.text1),
        (roles.Text, colours.text1),
        (roles.ButtonText, colours.text1),
        (roles.ToolTipBase, colours.bg3),
        (roles.ToolTipText, colours.text1),
        (roles.Highlight, colours.info),
        (roles.HighlightedText, colours.info_text),
        (roles.PlaceholderText, colours.text3),
        (roles.Accent, colours.info),
    ):
        palette.setColor(role, colour)
    return palette
