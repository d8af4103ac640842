"""Finds, reads and enables plugins; one that fails is reported and taken out, the rest go on."""

from __future__ import annotations

import importlib.util
import logging
import re
import sys
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

from studio.api import API_VERSION, PluginApi
from studio.core import i18n, paths
from studio.core.errors import UserError
from studio.core.paths import Profile

_log = logging.getLogger(__name__)
_NAME = re.compile(r"[a-z][a-z0-9_]{0,40}")
_MODULE = "studio_plugin_{name}"
_TEXTS = ("overlay.kind.", "overlay.field.", "plugin.")
"""Beginnings of the text keys that a plugin may add to the studio's own."""


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """What ``plugin.toml`` says; ``titles`` by language, ``texts`` by language and key."""

    name: str
    version: str
    api: int
    titles: dict[str, str]
    folder: Path
    texts: dict[str, dict[str, str]] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """The title in the language in use, else any, else the name."""
        return self.titles.get(i18n.language()) or next(iter(self.titles.values()), self.name)


@dataclass(frozen=True, kw_only=True)
class PluginFault:
    """A plugin that was left out, and why in the user's words."""

    folder: Path
    error: UserError

    def __str__(self) -> str:
        return str(self.error)


def load_all(api: PluginApi, profile: Profile) -> list[PluginFault]:
    """Enable every plugin beside the program and of the user; returns what failed, in order."""
    return load_from(api, (paths.plugins(), profile.plugins))


def load_from(api: PluginApi, places: Sequence[Path]) -> list[PluginFault]:
    """Enable every plugin below some folders; the first one of a name wins."""
    faults: list[PluginFault] = []
    taken: dict[str, Path] = {}
    for folder in (folder for place in places for folder in found_in(place)):
        mark = api.mark()
        try:
            manifest = read_manifest(folder)
            if manifest.name in taken:
                raise UserError(
                    "error.plugin.name_clash", name=manifest.name, folder=folder, other=taken[manifest.name]
                )
            taken[manifest.name] = folder
            if api.settings(manifest.name).get("is_enabled", True) is not False:
                _add_texts(manifest)
                _enable(manifest, api)
        except UserError as error:
            api.undo_since(mark)
            _log.warning("plugin left out: %s", error)
            faults.append(PluginFault(folder=folder, error=error))
    return faults


def found_in(place: Path) -> list[Path]:
    """The plugin folders in one place, by name; a place that is not there has none."""
    try:
        return sorted(entry for entry in place.iterdir() if entry.is_dir() and entry.name[0] not in "._")
    except OSError:
        return []


def read_manifest(folder: Path) -> Manifest:
    """Read and check ``plugin.toml``; raises UserError that says what is wrong with it."""
    path = folder / "plugin.toml"
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise UserError("error.plugin.no_toml", folder=folder) from error
    except (OSError, ValueError) as error:
        raise UserError("error.plugin.bad_toml", path=path, reason=error) from error
    manifest = Manifest(
        name=_field(raw, "name", str, path),
        version=_field(raw, "version", str, path),
        api=_field(raw, "api", int, path),
        titles={str(language): str(text) for language, text in _field(raw, "title", dict, path).items()},
        folder=folder,
        texts=_texts(raw.get("texts", {}), path),
    )
    if not _NAME.fullmatch(manifest.name):
        raise UserError("error.plugin.bad_name", path=path, name=manifest.name)
    if manifest.api != API_VERSION:
        raise UserError("error.plugin.wrong_api", title=manifest.title, wanted=manifest.api, given=API_VERSION)
    return manifest


def _field(raw: dict[str, Any], name: str, kind: type[Any], path: Path) -> Any:
    value = raw.get(name)
    if type(value) is not kind:
        raise UserError("error.plugin.bad_field", path=path, name=name)
    return value


def _texts(raw: object, path: Path) -> dict[str, dict[str, str]]:
    """The plugin's own texts: every key in every language, each below a beginning that plugins may use."""
    if raw == {}:
        return {}
    if (
        not isinstance(raw, dict)
        or set(raw) != set(i18n.LANGUAGES)
        or not all(isinstance(t, dict) for t in raw.values())
    ):
        raise UserError("error.plugin.bad_field", path=path, name="texts")
    keys = {frozenset(texts) for texts in raw.values()}
    values = [value for texts in raw.values() for value in texts.values()]
    if len(keys) > 1 or not all(isinstance(value, str) for value in values):
        raise UserError("error.plugin.bad_field", path=path, name="texts")
    for key in keys.pop():
        if not key.startswith(_TEXTS):
            raise UserError("error.plugin.bad_field", path=path, name=f"texts.{key}")
    return raw


def _add_texts(manifest: Manifest) -> None:
    """Add the plugin's texts to the studio's; those that the studio has already stay as they are."""
    for language, texts in manifest.texts.items():
        known = i18n.texts(language)
        for key, text in texts.items():
            known.setdefault(key, text)


def _enable(manifest: Manifest, api: PluginApi) -> None:
    """Import a plugin from its folder and let it register what it has; any failure becomes a UserError."""
    name = _MODULE.format(name=manifest.name)
    try:
        module = _import(name, manifest.folder)
        module.enable(api)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - a plugin's fault of any sort must not stop the show
        _log.exception("plugin %s failed", manifest.name)
        for loaded in [key for key in sys.modules if key == name or key.startswith(f"{name}.")]:
            del sys.modules[loaded]
        reason = str(error) if isinstance(error, UserError) else f"{type(error).__name__}: {error}"
        raise UserError("error.plugin.failed", title=manifest.title, folder=manifest.folder, reason=reason) from error


def _import(name: str, folder: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(
        name, folder / "__init__.py", submodule_search_locations=[str(folder)]
    )
    if spec is None or spec.loader is None:
        raise ImportError(f"no loader for {folder}")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module
