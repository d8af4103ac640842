"""Every text the window asks for is there in both languages, with the same places to fill."""

from __future__ import annotations

import re
import string
from pathlib import Path

import pytest

import studio.ui
from studio.core import i18n
from studio.promo.kinds import KINDS
from studio.promo.promotion import PromotionState
from studio.show.rundown import ItemState
from studio.ui.pool_dock import PRICES, SORTS
from studio.ui.setup.dock import PAGES
from studio.ui.setup.look import COLORS, CORNERS, KEY, LOOK
from studio.ui.setup.sources import GROUPS, MODES, SIDES
from studio.ui.theme import THEMES
from studio.video.codec_options import HARDWARE, X264
from studio.video.health import PushState, SourceState

SOURCES = sorted(Path(studio.ui.__file__).parent.rglob("*.py"))
LITERAL = re.compile(r"""["'](ui\.[a-z0-9_.]*[a-z0-9])["']""")


def literal_keys() -> set[str]:
    return {key for source in SOURCES for key in LITERAL.findall(source.read_text(encoding="utf-8"))}


def computed_keys() -> set[str]:
    keys = {f"ui.promo.state_{state.value}" for state in PromotionState}
    keys |= {f"ui.rundown.state_{state.value}" for state in ItemState}
    keys |= {f"ui.promo.kind_{kind}" for kind in KINDS} | {f"ui.promo.first_name_{kind}" for kind in KINDS}
    keys |= {
        f"ui.promo.check_{check}_{end}" for check in ("budget", "price", "stock", "window") for end in ("ok", "bad")
    }
    keys |= {f"ui.pool.price_{name}" for name, _low, _high in PRICES} | {f"ui.pool.sort_{name}" for name in SORTS}
    keys |= {f"ui.menu.theme_{name}" for name in THEMES}
    states = ("live", "rehearsing", "stuttering", "off_air", "cut_off", "rehearsal", "over")
    keys |= {f"ui.village.{what}_{kind}" for what in ("give", "ready") for kind in ("coupon", "red_envelope")}
    health = ("live", "stuttering", "off_air", "rehearsal")
    keys |= {f"ui.village.{what}_{state}" for what in ("state", "health") for state in health}
    keys |= {"ui.village.state_cut_off", *trouble_keys()}
    return keys | {f"ui.bar.state_{state}" for state in states} | setup_keys()


def trouble_keys() -> set[str]:
    """The village face's words for what the desk may say is wrong."""
    tails = {key.partition(".")[2] for key in i18n.texts("zh_CN") if key.startswith("health.")}
    return {key for tail in tails if (key := f"ui.village.trouble_{tail}") in i18n.texts("zh_CN")}


def setup_keys() -> set[str]:
    """The keys that the set-up panel makes of names."""
    pieces = {
        "ui.setup.tab": PAGES,
        "ui.setup.sources.state": (*SourceState, "starting"),
        "ui.setup.sources.mode": MODES,
        "ui.setup.sources.side": SIDES,
        "ui.setup.sources.no": GROUPS,
        "ui.setup.look.color": COLORS,
        "ui.setup.look.corner": CORNERS,
        "ui.setup.sound.state": (*SourceState, "silent"),
        "ui.setup.sound.no": ("microphones", "desktop_sounds"),
        "ui.setup.sound.loudness": ("fine", "quiet", "loud"),
        "ui.setup.outputs.state": PushState,
        "ui.setup.outputs.clip": ("waiting", "cutting", "failed"),
        "ui.setup.outputs.camera_state": ("on", "off"),
        "ui.setup.quality.state": ("top", "lower", "pinned"),
        "ui.setup.quality.encoder": (X264, *HARDWARE),
    }
    keys = {f"{stem}_{end}" for stem, ends in pieces.items() for end in ends} - {"ui.setup.sound.state_ok"}
    keys |= {f"ui.setup.sources.{group}" for group in GROUPS}
    keys |= {f"ui.setup.sound.{group}" for group in ("microphones", "desktop_sounds")}
    return keys | {f"ui.setup.look.{name}" for name in (*LOOK, *KEY)}


def test_keys_are_found_at_all() -> None:
    assert len(literal_keys()) > 80


@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_every_key_has_a_text(language: str) -> None:
    assert not (literal_keys() | computed_keys()) - i18n.texts(language).keys()


def test_languages_have_the_same_keys_and_places() -> None:
    def places(text: str) -> set[str]:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name}

    chinese, english = i18n.texts("zh_CN"), i18n.texts("en")
    own = {key for key in chinese.keys() | english.keys() if key.startswith("ui.")}
    assert all(key in chinese and key in english for key in own)
    assert {key for key in own if places(chinese[key]) != places(english[key])} == set()


def test_no_text_of_the_window_is_left_unused() -> None:
    used = literal_keys() | computed_keys()
    prefixes = ("ui.promo.field_", "ui.promo.mode_", "ui.overlay.", "ui.promo.claimed")
    own = {key for key in i18n.texts("zh_CN") if key.startswith("ui.") and not key.startswith(prefixes)}
    assert own - used == set()
