"""Memory for what lives no longer than one call: used again by each thread, because fresh pages cost more than the work."""

from __future__ import annotations

import threading

import numpy as np

from studio.video.raw_numbers import Bytes

_kept = threading.local()


def scratch(purpose: str, shape: tuple[int, ...]) -> Bytes:
    """An array of any content that this thread's next call for the same purpose overwrites."""
    arrays: dict[str, Bytes] = _kept.__dict__
    known = arrays.get(purpose)
    if known is None or known.shape != shape:
        known = arrays[purpose] = np.empty(shape, np.uint8)
    return known
