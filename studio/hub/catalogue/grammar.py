"""The grammar of a category: how its titles, prices and choices are made."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from typing import Any

from studio.core import paths

SHARED_LISTS = ("lead", "tail", "guarantee", "shop", "brand_first", "brand_second")
OWN_LISTS = ("origin", "goods", "trait", "use", "point")
_SLOT = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, kw_only=True)
class Category:
    """One category of goods; ``skus`` are (name, price in per cent of the first choice's price)."""

    name: str
    group: str
    glyph: str
    colour: str
    weight: int
    price: tuple[int, int]
    commission: tuple[int, int]
    returns: tuple[int, int]
    words: dict[str, tuple[str, ...]]
    skus: tuple[tuple[str, int], ...]
    patterns: tuple[tuple[str, ...], ...]

    @property
    def path(self) -> str:
        """What products call it: 水果/脐橙."""
        return f"{self.group}/{self.name}"


@cache
def categories() -> tuple[Category, ...]:
    """All categories, in the order of their files; a broken file raises ValueError that names the table."""
    folder = paths.resources() / "hub"
    with (folder / "shared.toml").open("rb") as file:
        shared = tomllib.load(file)
    found: list[Category] = []
    for path in sorted(folder.glob("*.toml")):
        with path.open("rb") as file:
            tables = tomllib.load(file).get("category", [])
        for table in tables:
            try:
                found.append(_category(table, shared))
            except (KeyError, ValueError) as error:
                raise ValueError(f"{path.name}, category {table.get('name')!r}: {error}") from error
    return tuple(found)


@cache
def category_of(path: str) -> Category | None:
    """The category that products call ``path``."""
    return next((category for category in categories() if category.path == path), None)


def _category(table: dict[str, Any], shared: dict[str, Any]) -> Category:
    words = {name: tuple(table[name].split()) for name in OWN_LISTS}
    words |= {name: tuple(table.get(name, shared[name]).split()) for name in SHARED_LISTS}
    return Category(
        name=table["name"],
        group=table["group"],
        glyph=table["glyph"],
        colour=table["colour"],
        weight=table["weight"],
        price=_range(table["price"]),
        commission=_range(table["commission"]),
        returns=_range(table["returns"]),
        words=words,
        skus=tuple(_sku(text) for text in table["sku"].split()),
        patterns=tuple(tuple(_SLOT.findall(pattern)) for pattern in table.get("pattern", shared["pattern"])),
    )


def _range(values: list[int]) -> tuple[int, int]:
    low, high = values
    if not 0 <= low < high:
        raise ValueError(f"{values} is no range")
    return low, high


def _sku(text: str) -> tuple[str, int]:
    name, _, per_cent = text.rpartition(":")
    return name, int(per_cent)
