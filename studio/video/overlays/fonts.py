"""Noto Sans CJK for every overlay, so that a recording looks the same on every machine."""

from __future__ import annotations

import unicodedata
from functools import cache, lru_cache
from importlib import resources
from threading import Lock

from PySide6.QtGui import QFont, QFontDatabase, QFontMetricsF, QGuiApplication

FAMILY = "Noto Sans CJK SC"
REGULAR, MEDIUM, BOLD, BLACK = 400, 500, 700, 900

LONGEST_TEXT = 400

_loading = Lock()


def load() -> None:
    """Make the family known to Qt; needs a QGuiApplication, raises RuntimeError without one or without the font."""
    with _loading:
        _load_once()


@cache
def _load_once() -> None:
    if QGuiApplication.instance() is None:
        raise RuntimeError("overlays need a QGuiApplication: make one (offscreen will do) before painting")
    file = resources.files("manimgx_fonts_cjk") / "NotoSansCJK-VF.otf.ttc"
    number = QFontDatabase.addApplicationFont(str(file))
    if FAMILY not in QFontDatabase.applicationFontFamilies(number):
        raise RuntimeError(f"Qt cannot read {FAMILY} from {file.name}")


def font(size_px: float, weight: int = REGULAR) -> QFont:
    """Noto at ``size_px`` design pixels; digits of one width; the weight by the font's axis, because Qt's own weights
    only ever find the Thin face of a variable font."""
    load()
    made = QFont(FAMILY)
    made.setPixelSize(max(1, round(size_px)))
    made.setVariableAxis(QFont.Tag("wght"), weight)
    made.setFeature(QFont.Tag("tnum"), 1)
    made.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    made.setStyleStrategy(QFont.StyleStrategy.PreferAntialias | QFont.StyleStrategy.NoSubpixelAntialias)
    return made


def clean(text: str) -> str:
    """Untrusted text as plain text on one line: no controls, no direction marks, no symbol that Noto cannot draw."""
    flat = " ".join(unicodedata.normalize("NFC", text[: LONGEST_TEXT * 4]).split())
    kept = "".join(letter for letter in flat if _is_kept(letter))
    return " ".join(kept.split())[:LONGEST_TEXT]


@lru_cache(maxsize=8192)
def _is_kept(letter: str) -> bool:
    group = unicodedata.category(letter)
    if group[0] == "C" or group in ("Zl", "Zp", "Me"):  # controls, formats (bidi, ZWJ), surrogates, private, unassigned
        return False
    if group[0] == "L" or group == "Zs":  # another script's letters: the system's font may know them
        return True
    return _noto_only().inFontUcs4(ord(letter))


@cache
def _noto_only() -> QFontMetricsF:
    made = font(16)
    made.setStyleStrategy(QFont.StyleStrategy.NoFontMerging)
    return QFontMetricsF(made)
