"""How the report writes numbers, times and sizes."""

from __future__ import annotations

from datetime import datetime

from studio.core.money import Money

NONE = "—"


def money(fen: int | None) -> str:
    """¥1,234.50"""
    return NONE if fen is None else str(Money(fen))


def count(number: int | None) -> str:
    """1,284"""
    return NONE if number is None else f"{number:,}"


def duration(seconds: float | None) -> str:
    """05:21, with hours 1:05:21."""
    if seconds is None:
        return NONE
    minutes, rest = divmod(max(0, round(seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes:02d}:{rest:02d}"


def size(number: int | None) -> str:
    """1.8 GB in powers of ten, as file managers write it."""
    if number is None:
        return NONE
    value, unit = float(number), "B"
    for unit in ("B", "kB", "MB", "GB", "TB"):
        if value < 1000 or unit == "TB":
            break
        value /= 1000
    return f"{value:.0f} {unit}" if unit == "B" else f"{value:.1f} {unit}"


def rate(bits_per_second: float | None) -> str:
    """2.5 Mbit/s"""
    return NONE if bits_per_second is None else f"{bits_per_second / 1e6:.2f} Mbit/s"


def percent(share: float | None, digits: int = 1) -> str:
    """98.7 %"""
    return NONE if share is None else f"{share * 100:.{digits}f}%"


def _local(at_ms: int) -> datetime:
    return datetime.fromtimestamp(at_ms / 1000).astimezone()


def day(at_ms: int | None) -> str:
    """2026-11-23"""
    return NONE if at_ms is None else _local(at_ms).strftime("%Y-%m-%d")


def clock(at_ms: int | None) -> str:
    """20:47:12 in the time zone of this machine."""
    return NONE if at_ms is None else _local(at_ms).strftime("%H:%M:%S")


def minute(at_ms: int) -> str:
    """20:47"""
    return _local(at_ms).strftime("%H:%M")


def zone(at_ms: int) -> str:
    """UTC+08:00"""
    offset = _local(at_ms).strftime("%z")
    return f"UTC{offset[:3]}:{offset[3:5]}"
