"""Addresses of sources with wishes behind them: ``name?key=value&key=value``."""

from __future__ import annotations

import re
from collections.abc import Collection
from urllib.parse import parse_qsl, quote

from studio.core.errors import UserError

Region = tuple[int, int, int, int]

WISHES = {
    "device": ("format", "size", "fps"),
    "screen": ("region",),
    "window": ("app",),
}
"""What may be wished of each kind of source."""


def parted(address: str, known: Collection[str]) -> tuple[str, dict[str, str]]:
    """Name and wishes; a question mark that begins no known wish belongs to the name."""
    name, mark, tail = address.rpartition("?")
    wishes = dict(parse_qsl(tail, keep_blank_values=True))
    if not mark or not wishes or not wishes.keys() <= set(known):
        return address, {}
    return name, wishes


def joined(name: str, **wishes: str) -> str:
    """The address of ``name`` with those wishes that are not empty."""
    tail = "&".join(f"{key}={quote(value, safe=',:')}" for key, value in wishes.items() if value)
    return f"{name}?{tail}" if tail else name


def region(text: str) -> Region:
    """Read ``"x,y,width,height"`` in pixels of the screen; raises UserError."""
    match = re.fullmatch(r"(\d{1,5}),(\d{1,5}),(\d{1,5}),(\d{1,5})", text.replace(" ", ""), re.ASCII)
    if match is None or int(match[3]) < 2 or int(match[4]) < 2:
        raise UserError("error.video.region", text=text)
    return int(match[1]), int(match[2]), int(match[3]), int(match[4])
