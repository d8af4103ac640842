"""Numbers as people read them: with units, grouped, short."""

from __future__ import annotations

import time

from studio.core.i18n import tr
from studio.core.money import Money


def duration(seconds: float) -> str:
    """``05:21`` or ``01:12:45``; negative time counts as none."""
    whole = max(0, int(seconds))
    hours, rest = divmod(whole, 3600)
    minutes, secs = divmod(rest, 60)
    return f"{hours:02d}:{minutes:02d}:{secs:02d}" if hours else f"{minutes:02d}:{secs:02d}"


def clock_time(at_ms: int) -> str:
    """The wall clock's ``20:47:12``."""
    return time.strftime("%H:%M:%S", time.localtime(at_ms / 1000))


def short_time(at_ms: int) -> str:
    """The wall clock's ``21:34``."""
    return time.strftime("%H:%M", time.localtime(at_ms / 1000))


def count(number: int) -> str:
    """``1,284``."""
    return f"{number:,}"


def money(fen: int) -> str:
    """``¥1,234.50``."""
    return str(Money(fen))


def round_money(fen: int) -> str:
    """``¥620`` when there are no fen to show, else ``¥620.50``."""
    return str(Money(fen)).removesuffix(".00")


def percent(rate_bp: int) -> str:
    """``20%`` or ``9.8%`` from basis points."""
    return f"{rate_bp / 100:.1f}".removesuffix(".0") + "%"


def size(count_bytes: int) -> str:
    """``1.8 GB`` as disks count (powers of 1,000)."""
    for unit, factor in (("GB", 1_000_000_000), ("MB", 1_000_000)):
        if count_bytes >= factor:
            return f"{count_bytes / factor:.1f} {unit}"
    return f"{count_bytes / 1000:.0f} KB"


def bit_rate(bits_per_second: float) -> str:
    """``4.1 Mbit/s``, below one ``820 kbit/s``."""
    if bits_per_second >= 1_000_000:
        return f"{bits_per_second / 1_000_000:.1f} Mbit/s"
    return f"{bits_per_second / 1000:.0f} kbit/s"


def hours_left(hours: float) -> str:
    """``6 小时 20 分`` of what is left."""
    whole, minutes = divmod(max(0, int(hours * 60)), 60)
    if whole >= 48:
        return tr("ui.time.days", days=whole // 24)
    return (
        tr("ui.time.hours_minutes", hours=whole, minutes=minutes) if whole else tr("ui.time.minutes", minutes=minutes)
    )


def long_duration(seconds: float) -> str:
    """``1 小时 12 分`` as one says it."""
    return hours_left(max(0.0, seconds) / 3600)


def ago(at_ms: int, now_ms: int) -> str:
    """``刚刚``, ``2 分钟前``, ``3 小时前``, else the wall clock."""
    minutes = max(0, now_ms - at_ms) // 60_000
    if minutes < 1:
        return tr("ui.time.just_now")
    if minutes < 60:
        return tr("ui.time.minutes_ago", minutes=minutes)
    if minutes < 24 * 60:
        return tr("ui.time.hours_ago", hours=minutes // 60)
    return tr("ui.time.days_ago", days=minutes // (24 * 60))
