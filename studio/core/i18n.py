"""Texts for every face from ``resources/i18n/<language>.toml``."""

from __future__ import annotations

import logging
import tomllib
from functools import cache

from studio.core import paths

LANGUAGES = ("zh_CN", "en")

_log = logging.getLogger(__name__)
_language = "zh_CN"


def set_language(language: str) -> None:
    """Choose the language of every text from now on; an unknown one raises ValueError."""
    global _language
    if language not in LANGUAGES:
        raise ValueError(f"unknown language {language!r}; known: {', '.join(LANGUAGES)}")
    _language = language


def language() -> str:
    """The language in use."""
    return _language


@cache
def texts(language: str) -> dict[str, str]:
    """All texts of one language, keys joined by dots."""
    with (paths.resources() / "i18n" / f"{language}.toml").open("rb") as file:
        return dict(_flat("", tomllib.load(file)))


def _flat(prefix: str, table: dict[str, object]) -> list[tuple[str, str]]:
    flat: list[tuple[str, str]] = []
    for name, value in table.items():
        if isinstance(value, dict):
            flat += _flat(f"{prefix}{name}.", value)
        else:
            flat.append((prefix + name, str(value)))
    return flat


def tr(key: str, /, **args: object) -> str:
    """The text behind ``key`` in the language in use with ``{name}`` replaced; an unknown key comes back as it is."""
    text = texts(_language).get(key)
    if text is None:
        _log.error("no text for %s in %s", key, _language)
        return key
    return text.format(**{name: str(value) for name, value in args.items()}) if args else text
