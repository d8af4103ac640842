"""Draws a product's picture: a soft ground in the category's colour and its glyph; the same for the same product."""

from __future__ import annotations

import colorsys
import tomllib
import zlib
from functools import cache, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio.core import paths
from studio.hub.catalogue.grammar import categories, category_of
from studio.hub.png import write_png

SIZE = 320

Plane = NDArray[np.floating[Any]]
Colour = NDArray[np.float32]

_FIXED = {
    "white": "#fdfcf8",
    "cream": "#f7ead2",
    "green": "#3f8f46",
    "leaf": "#8cc152",
    "wood": "#8a5a34",
    "ink": "#333238",
    "steel": "#b9c0c7",
    "gold": "#e2b64c",
    "red": "#d8483e",
}


@lru_cache(maxsize=256)
def draw_picture(product_id: str, category_path: str) -> bytes:
    """A PNG of SIZE x SIZE; an unknown category gets the glyph of a box."""
    roll = zlib.crc32(product_id.encode())
    category = category_of(category_path) or next(one for one in categories() if one.glyph == "box")
    main = _shifted(_rgb(category.colour), roll)
    colours = {name: _rgb(code) for name, code in _FIXED.items()}
    colours |= {"main": main, "deep": main * np.float32(0.68), "pale": main + (1 - main) * np.float32(0.55)}
    x, y = _grid()
    picture = _ground(main, x, y, roll)
    shapes = _glyphs()[category.glyph]
    covered = [_cover(*shape[:2], x, y) for shape in shapes]
    _shade(picture, x, y)
    light = np.float32(1.06) - np.float32(0.16) * (x + y + 1)[..., None] / 2
    for alpha, (_, _, colour) in zip(covered, shapes, strict=True):
        if colour != "none":
            picture += alpha[..., None] * (np.clip(colours[colour] * light, 0, 1) - picture)
    return write_png((np.clip(picture, 0, 1) * 255 + 0.5).astype(np.uint8))


def _grid() -> tuple[Plane, Plane]:
    steps = np.linspace(-1.12, 1.12, SIZE, dtype=np.float32)
    return np.broadcast_to(steps, (SIZE, SIZE)), np.broadcast_to(steps[:, None], (SIZE, SIZE))


def _ground(main: Colour, x: Plane, y: Plane, roll: int) -> NDArray[np.float32]:
    soft = main + (1 - main) * np.float32(0.82)
    deep = main + (1 - main) * np.float32(0.6)
    lean = (roll >> 8) % 100 / 100 - 0.5
    blend = np.clip((y + np.float32(lean) * x + 1.2) / 2.4, 0, 1)[..., None]
    ground = soft + (deep - soft) * blend
    halo = np.exp(-((x + np.float32(0.1)) ** 2 + (y + np.float32(0.15)) ** 2) * np.float32(1.6))[..., None]
    return np.asarray(ground + (1 - ground) * halo * np.float32(0.55), np.float32)


def _shade(picture: NDArray[np.float32], x: Plane, y: Plane) -> None:
    shadow = np.exp(-((x / np.float32(0.72)) ** 2 + ((y - np.float32(0.74)) / np.float32(0.13)) ** 2))
    picture *= 1 - np.float32(0.28) * shadow[..., None]


def _cover(kind: str, numbers: tuple[float, ...], x: Plane, y: Plane) -> Plane:
    edge = np.float32(SIZE / 2.24)
    return np.asarray(np.clip(np.float32(0.5) - _distance(kind, numbers, x, y) * edge, 0, 1), np.float32)


def _distance(kind: str, numbers: tuple[float, ...], x: Plane, y: Plane) -> Plane:
    """Signed distance to the shape's edge, negative inside."""
    if kind == "disc":
        cx, cy, rx, ry, *turn = numbers
        u, v = _turned(x - cx, y - cy, turn)
        reach = np.sqrt((u / rx) ** 2 + (v / ry) ** 2)
        return np.asarray((reach - 1) * min(rx, ry))
    if kind == "ring":
        cx, cy, radius, width = numbers
        return np.asarray(np.abs(np.hypot(x - cx, y - cy) - radius) - width)
    if kind == "box":
        cx, cy, half_width, half_height, around, *turn = numbers
        u, v = _turned(x - cx, y - cy, turn)
        dx, dy = np.abs(u) - (half_width - around), np.abs(v) - (half_height - around)
        inside = np.minimum(np.maximum(dx, dy), 0)
        return np.asarray(np.hypot(np.maximum(dx, 0), np.maximum(dy, 0)) + inside - around)
    if kind == "line":
        return _to_segment(numbers[:4], x, y) - numbers[4]
    points = list(zip(numbers[1::2], numbers[2::2], strict=True))
    return _to_polygon(points, x, y) - numbers[0] * 0.5


def _turned(u: Plane, v: Plane, turn: list[float]) -> tuple[Plane, Plane]:
    if not turn:
        return u, v
    angle = np.deg2rad(turn[0])
    cosine, sine = np.float32(np.cos(angle)), np.float32(np.sin(angle))
    return u * cosine + v * sine, v * cosine - u * sine


def _to_segment(ends: tuple[float, ...], x: Plane, y: Plane) -> Plane:
    x1, y1, x2, y2 = ends
    dx, dy = x2 - x1, y2 - y1
    along = np.clip(((x - x1) * dx + (y - y1) * dy) / (dx * dx + dy * dy), 0, 1)
    return np.hypot(x - x1 - along * dx, y - y1 - along * dy)


def _to_polygon(points: list[tuple[float, float]], x: Plane, y: Plane) -> Plane:
    nearest = np.full(x.shape, np.inf, np.float32)
    is_inside = np.zeros(x.shape, bool)
    for (x1, y1), (x2, y2) in zip(points, points[1:] + points[:1], strict=True):
        nearest = np.minimum(nearest, _to_segment((x1, y1, x2, y2), x, y))
        if y1 != y2:
            is_inside ^= ((y1 > y) != (y2 > y)) & (x < (x2 - x1) * (y - y1) / (y2 - y1) + x1)
    return np.where(is_inside, -nearest, nearest)


@cache
def _glyphs() -> dict[str, list[tuple[str, tuple[float, ...], str]]]:
    with (paths.resources() / "hub" / "glyphs.toml").open("rb") as file:
        raw: dict[str, Any] = tomllib.load(file)
    return {name: [_shape(line) for line in lines] for name, lines in raw.items()}


def _shape(line: str) -> tuple[str, tuple[float, ...], str]:
    kind, *numbers, colour = line.split()
    return kind, tuple(float(number) for number in numbers), colour


def _rgb(code: str) -> Colour:
    return np.array([int(code[at : at + 2], 16) / 255 for at in (1, 3, 5)], np.float32)


def _shifted(colour: Colour, roll: int) -> Colour:
    """The category's colour, a little different for each product."""
    hue, light, depth = colorsys.rgb_to_hls(*(float(part) for part in colour))
    hue += (roll % 41 - 20) / 1000
    light = min(0.75, max(0.15, light + ((roll >> 16) % 21 - 10) / 200))
    return np.array(colorsys.hls_to_rgb(hue % 1, light, depth), np.float32)
