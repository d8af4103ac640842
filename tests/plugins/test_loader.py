"""Plugins from real folders: the good ones work, the bad ones are named and taken out."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from studio.api import PluginApi
from studio.app import plugins
from studio.core import i18n
from studio.core.events import Event
from studio.core.paths import Profile
from studio.video.overlays import OVERLAYS
from tests.desk.doubles import Stage

TOML = 'name = "{name}"\nversion = "1"\napi = {api}\n[title]\nzh_CN = "{name}的标题"\nen = "{name} title"\n'
OVERLAY = """
from dataclasses import dataclass
from typing import ClassVar
from studio.api import Overlay

@dataclass(frozen=True)
class Dot(Overlay):
    kind: ClassVar[str] = "{kind}"
    def size(self, canvas): return 2, 2
    def place(self, canvas): return 0, 0
    def draw(self, painter, width, height, now_ms): pass

def enable(api):
    api.add_overlay(Dot)
    api.add_layer("{kind}", Dot())
    api.subscribe(seen.append)
    {end}

seen = []
"""


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    (tmp_path / "profile").mkdir()
    made = Stage(tmp_path / "profile")
    yield made
    made.store.close()


@pytest.fixture
def api(stage: Stage) -> Iterator[PluginApi]:
    made = PluginApi(stage.desk, stage.bus, Profile(stage.folder))
    yield made
    made.undo_since(0)
    for name in [name for name in sys.modules if name.startswith("studio_plugin_")]:
        del sys.modules[name]


@pytest.fixture
def texts() -> Iterator[dict[str, str]]:
    """The studio's texts as they were before the plugin added its own."""
    yield i18n.texts(i18n.language())
    i18n.texts.cache_clear()


def plugin(place: Path, name: str, code: str | None = None, toml: str | None = None, *, api: int = 1) -> Path:
    folder = place / name
    folder.mkdir(parents=True)
    (folder / "plugin.toml").write_text(toml or TOML.format(name=name, api=api), encoding="utf-8")
    if code is not None:
        (folder / "__init__.py").write_text(code, encoding="utf-8")
    return folder


def good(place: Path, name: str, end: str = "pass") -> Path:
    return plugin(place, name, OVERLAY.format(kind=name, end=end))


def keys(faults: list[plugins.PluginFault]) -> list[str]:
    return [fault.error.key for fault in faults]


def test_a_good_plugin_registers_what_it_has(tmp_path: Path, api: PluginApi, stage: Stage) -> None:
    good(tmp_path / "place", "dot")
    assert plugins.load_from(api, [tmp_path / "place"]) == []
    assert "dot" in OVERLAYS
    assert [layer.id for layer in stage.desk.extra_layers] == ["dot"]
    told = Event(at_ms=1)
    stage.bus.emit(told)
    assert sys.modules["studio_plugin_dot"].seen == [told]


BAD = {
    "syntax error": ("def enable(api)\n", "error.plugin.failed"),
    "raises on import": ("1 / 0\n", "error.plugin.failed"),
    "raises in enable": (OVERLAY.format(kind="bad", end="raise RuntimeError('kaputt')"), "error.plugin.failed"),
    "leaves the program": ("import sys\ndef enable(api): sys.exit(3)\n", "error.plugin.failed"),
    "has no enable": ("x = 1\n", "error.plugin.failed"),
    "takes a built-in's name": (OVERLAY.format(kind="product_card", end="pass"), "error.plugin.failed"),
    "imports what is not there": ("import no_such_module_at_all\n", "error.plugin.failed"),
    "has no __init__": (None, "error.plugin.failed"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_failing_plugin_is_taken_out_and_the_next_one_works(
    case: str, tmp_path: Path, api: PluginApi, stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    code, key = BAD[case]
    plugin(tmp_path / "place", "bad", code)
    good(tmp_path / "place", "good_one")
    before = set(OVERLAYS)
    with caplog.at_level(logging.WARNING):
        faults = plugins.load_from(api, [tmp_path / "place"])
    assert keys(faults) == [key]
    assert "bad的标题" in str(faults[0])
    assert set(OVERLAYS) - before == {"good_one"}
    assert [layer.id for layer in stage.desk.extra_layers] == ["good_one"]
    assert "studio_plugin_bad" not in sys.modules
    assert any(record.exc_info for record in caplog.records)


def test_a_failing_plugin_no_longer_listens(tmp_path: Path, api: PluginApi, stage: Stage) -> None:
    heard: list[Any] = []
    sys.modules["heard_here"] = type(sys)("heard_here")
    sys.modules["heard_here"].heard = heard  # type: ignore[attr-defined]
    code = "import heard_here\ndef enable(api):\n    api.subscribe(heard_here.heard.append)\n    raise ValueError\n"
    plugin(tmp_path / "place", "deaf", code)
    plugins.load_from(api, [tmp_path / "place"])
    stage.bus.emit(Event(at_ms=1))
    del sys.modules["heard_here"]
    assert heard == []


TOMLS = {
    "no toml at all": ("", "error.plugin.bad_field"),
    "broken": ("name = ", "error.plugin.bad_toml"),
    "no name": ('version = "1"\napi = 1\n[title]\n', "error.plugin.bad_field"),
    "api is a text": ('name = "x"\nversion = "1"\napi = "1"\n[title]\n', "error.plugin.bad_field"),
    "a name with a path": (TOML.format(name="../x", api=1), "error.plugin.bad_name"),
    "another interface": (TOML.format(name="x", api=99), "error.plugin.wrong_api"),
    "texts in one language": (
        TOML.format(name="x", api=1) + '[texts.en]\n"plugin.x" = "x"\n',
        "error.plugin.bad_field",
    ),
    "texts over the studio's": (
        TOML.format(name="x", api=1) + '[texts.en]\n"cli.error" = "x"\n[texts.zh_CN]\n"cli.error" = "x"\n',
        "error.plugin.bad_field",
    ),
    "texts that differ": (
        TOML.format(name="x", api=1) + '[texts.en]\n"plugin.x" = "x"\n[texts.zh_CN]\n"plugin.y" = "x"\n',
        "error.plugin.bad_field",
    ),
}


@pytest.mark.parametrize("case", TOMLS)
def test_a_bad_manifest_is_named(case: str, tmp_path: Path, api: PluginApi) -> None:
    toml, key = TOMLS[case]
    plugin(tmp_path / "place", "bad", "def enable(api): pass\n", toml or "# nothing\n")
    good(tmp_path / "place", "good_two")
    faults = plugins.load_from(api, [tmp_path / "place"])
    assert keys(faults) == [key]
    assert "error.plugin" not in str(faults[0])
    assert "good_two" in OVERLAYS


def test_a_manifest_that_is_no_text_is_named(tmp_path: Path, api: PluginApi) -> None:
    folder = plugin(tmp_path / "place", "bad", "def enable(api): pass\n")
    (folder / "plugin.toml").write_bytes(b"\xff\xfe\x00name")
    assert keys(plugins.load_from(api, [tmp_path / "place"])) == ["error.plugin.bad_toml"]


def test_a_folder_without_manifest_is_named_and_files_are_not_plugins(tmp_path: Path, api: PluginApi) -> None:
    (tmp_path / "place" / "notes").mkdir(parents=True)
    (tmp_path / "place" / "__pycache__").mkdir()
    (tmp_path / "place" / ".hidden").mkdir()
    (tmp_path / "place" / "ticker.json").write_text("{}")
    assert keys(plugins.load_from(api, [tmp_path / "place", tmp_path / "not there"])) == ["error.plugin.no_toml"]


def test_the_first_of_a_name_wins(tmp_path: Path, api: PluginApi) -> None:
    good(tmp_path / "a", "twin")
    good(tmp_path / "b", "twin")
    faults = plugins.load_from(api, [tmp_path / "a", tmp_path / "b"])
    assert keys(faults) == ["error.plugin.name_clash"]
    assert faults[0].folder == tmp_path / "b" / "twin"


def test_a_plugin_is_switched_off_by_its_settings(tmp_path: Path, api: PluginApi, stage: Stage) -> None:
    good(tmp_path / "place", "off_one")
    (stage.folder / "plugins").mkdir()
    (stage.folder / "plugins" / "off_one.json").write_text('{"is_enabled": false}')
    assert plugins.load_from(api, [tmp_path / "place"]) == []
    assert "off_one" not in OVERLAYS


def test_broken_settings_cost_only_their_plugin(tmp_path: Path, api: PluginApi, stage: Stage) -> None:
    good(tmp_path / "place", "one")
    good(tmp_path / "place", "two")
    (stage.folder / "plugins").mkdir()
    (stage.folder / "plugins" / "one.json").write_text("{")
    assert keys(plugins.load_from(api, [tmp_path / "place"])) == ["error.settings.broken"]
    assert "two" in OVERLAYS and "one" not in OVERLAYS


def test_a_plugin_brings_its_own_texts(tmp_path: Path, api: PluginApi, texts: dict[str, str]) -> None:
    toml = TOML.format(name="talker", api=1)
    toml += '[texts.en]\n"overlay.kind.talker" = "Talker"\n[texts.zh_CN]\n"overlay.kind.talker" = "话匣子"\n'
    plugin(tmp_path / "place", "talker", "def enable(api): pass\n", toml)
    assert plugins.load_from(api, [tmp_path / "place"]) == []
    assert texts["overlay.kind.talker"] == "话匣子"


def test_a_plugin_of_several_files_is_imported_whole(tmp_path: Path, api: PluginApi) -> None:
    folder = plugin(tmp_path / "place", "parts", "from .inner import NAME\ndef enable(api): assert NAME == 'inside'\n")
    (folder / "inner.py").write_text("NAME = 'inside'\n")
    assert plugins.load_from(api, [tmp_path / "place"]) == []


def test_the_users_plugins_come_after_those_of_the_program(api: PluginApi, stage: Stage, texts: dict[str, str]) -> None:
    good(stage.folder / "plugins", "mine")
    assert plugins.load_all(api, Profile(stage.folder)) == []
    assert {"ticker", "mine"} <= set(OVERLAYS)
    assert [layer.id for layer in stage.desk.extra_layers] == ["ticker", "mine"]
