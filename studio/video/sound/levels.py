"""What the meters show at one moment, frozen, for a window that pulls it many times a second."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class InputLevel:
    """One input: loudest sample of the last moment and of the last second in dBFS, loudness of the last 0.4 s in LUFS."""

    id: str
    level_db: float
    peak_db: float
    loudness_lufs: float


@dataclass(frozen=True)
class SoundLevels:
    """The sum; ``limiter_gain`` below 1 says that the limiter works."""

    level_db: float
    peak_db: float
    momentary_lufs: float
    short_term_lufs: float
    limiter_gain: float
    inputs: tuple[InputLevel, ...]
