"""What a check of the doctor found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

State = Literal["ok", "warn", "fail"]


@dataclass(frozen=True)
class Finding:
    """``warn``: the show can go on without it; ``fail``: it cannot. ``remedy`` says what to do."""

    state: State
    text: str
    remedy: str = ""


def ok(text: str) -> Finding:
    """It works."""
    return Finding("ok", text)


def warn(text: str, remedy: str = "") -> Finding:
    """A show is possible, but something is missing or slow."""
    return Finding("warn", text, remedy)


def fail(text: str, remedy: str = "") -> Finding:
    """No show before this is mended."""
    return Finding("fail", text, remedy)
