"""The ticker that comes with the program."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from studio.api import PluginApi
from studio.app import plugins
from studio.core import i18n, paths
from studio.core.clock import ManualClock
from studio.core.paths import Profile
from studio.video.overlays import OVERLAYS
from studio.video.painter import Painter
from studio.video.scene import Canvas, Layer, Scene
from tests.desk.doubles import Stage

pytestmark = pytest.mark.usefixtures("qapp")

NOW = 1_780_000_000_000
CANVASES = [Canvas.parse(size) for size in ("720x1280", "1280x720", "1080x1920", "180x320")]


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Any]:
    """Loads the ticker with some settings; returns its module, the faults and the desk's layers."""
    undo = []

    def load(settings: dict[str, Any] | None = None) -> tuple[ModuleType | None, list[Any], list[Layer]]:
        stage = Stage(tmp_path)
        api = PluginApi(stage.desk, stage.bus, Profile(tmp_path))
        undo.extend([stage.store.close, lambda: api.undo_since(0)])
        (tmp_path / "plugins").mkdir()
        if settings is not None:
            (tmp_path / "plugins" / "ticker.json").write_text(json.dumps(settings), encoding="utf-8")
        faults = plugins.load_from(api, [paths.plugins()])
        return sys.modules.get("studio_plugin_ticker"), faults, stage.desk.extra_layers

    yield load
    for call in undo:
        call()
    sys.modules.pop("studio_plugin_ticker", None)
    i18n.texts.cache_clear()


def test_it_is_hidden_until_the_user_writes_a_text(opened: Any) -> None:
    _, faults, layers = opened()
    assert faults == []
    assert "ticker" in OVERLAYS
    assert [(layer.id, layer.is_visible) for layer in layers] == [("ticker", False)]
    assert i18n.tr("overlay.kind.ticker") == "轮播字幕"


def test_the_users_text_is_shown(opened: Any) -> None:
    _, faults, layers = opened({"text": "坏果包赔｜今晚八点\n加赠", "seconds": 4})
    assert faults == []
    assert layers[0].is_visible
    assert layers[0].overlay.lines == ("坏果包赔", "今晚八点", "加赠")  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "settings", [{"text": 5}, {"seconds": 0}, {"seconds": True}, {"seconds": "6"}, {"seconds": 1e9}]
)
def test_bad_settings_are_told_in_words(opened: Any, settings: dict[str, Any]) -> None:
    _, faults, layers = opened(settings)
    assert [fault.error.key for fault in faults] == ["error.plugin.failed"]
    assert next(iter(settings)) in str(faults[0]) and "2 到 120" in str(faults[0])
    assert layers == []
    assert "ticker" not in OVERLAYS


def _drawn(overlay: Any, canvas: Canvas, now_ms: int) -> np.ndarray[Any, Any]:
    from studio.video.overlays import fonts
    from studio.video.overlays.paint import painted

    fonts.load()
    (pixels,) = painted(overlay, canvas, now_ms)
    return pixels


@pytest.mark.parametrize("canvas", CANVASES, ids=str)
@pytest.mark.parametrize(
    "text", ["", "一", "坏果包赔｜今晚八点加赠一斤", "很长" * 400, "\u202e\x00｜｜", "Sale ｜ 特价"]
)
def test_it_lies_on_the_canvas_and_clear_of_the_card(opened: Any, canvas: Canvas, text: str) -> None:
    module, _, _ = opened()
    overlay = module.Ticker(text=text)
    (width, height), (x, y) = overlay.size(canvas), overlay.place(canvas)
    assert not any(side % 2 for side in (width, height, x, y))
    assert x >= 0 and x + width <= canvas.width
    assert y >= 0 and y + height <= canvas.height
    assert y >= canvas.height * (0.88 if canvas.is_portrait else 0.95)
    pixels = _drawn(overlay, canvas, NOW)
    assert pixels.any() == bool(overlay.lines)


def test_lines_change_and_slide(opened: Any) -> None:
    module, _, _ = opened()
    overlay = module.Ticker(text="赣南脐橙｜土蜂蜜", seconds=5)
    start = NOW - NOW % 10_000
    keys = [overlay.content_key(start + ms) for ms in range(0, 10_000, 20)]
    assert {index for index, _ in keys} == {0, 1}
    assert len(set(keys)) == 2 * (module.SLIDE_STEPS + 1)
    first, second = (_drawn(overlay, CANVASES[0], start + ms) for ms in (3_000, 8_000))
    assert (first != second).mean() > 0.01
    assert len({module.Ticker(text="一句").content_key(NOW + ms) for ms in range(0, 20_000, 500)}) == 1


def test_chinese_is_drawn_and_not_boxes(opened: Any) -> None:
    module, _, _ = opened()
    one, other = (_drawn(module.Ticker(text=text), CANVASES[0], NOW) for text in ("脐橙蜂蜜大米", "香菇绿茶红糖"))
    assert (one != other).mean() > 0.01


def test_the_painter_puts_it_on_the_picture(opened: Any) -> None:
    module, _, _ = opened()
    canvas = CANVASES[0]
    painter = Painter(ManualClock(NOW))
    shown = painter.paint_now(Scene(canvas, (Layer("ticker", module.Ticker(text="坏果包赔")),)), NOW)
    assert len(shown.blits) == 1
    assert painter.paint_now(Scene(canvas, ()), NOW).blits == ()
