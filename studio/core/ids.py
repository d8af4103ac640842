"""Identifiers that sort by the time they were made."""

from __future__ import annotations

import os
import time


def new_id() -> str:
    """26 lower-case hex characters: 12 of milliseconds since the epoch, 14 random."""
    return f"{time.time_ns() // 1_000_000:012x}{os.urandom(7).hex()}"
