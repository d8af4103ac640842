"""The sound timeline: samples at their absolute place; what nobody put there is silence."""

from __future__ import annotations

import threading

import numpy as np
import numpy.typing as npt

from studio.video.clockwork import SOUND_RATE_HZ

Samples = npt.NDArray[np.float32]
KEPT_S = 4
AHEAD_S = 8


class SoundTimeline:
    """A ring of stereo samples addressed by sample number; writers put, one reader goes forward and may look back."""

    def __init__(self) -> None:
        self._ring = np.zeros((2, (KEPT_S + AHEAD_S) * SOUND_RATE_HZ), np.float32)
        self._lock = threading.Lock()
        self._cursor = 0
        self._end = 0
        self.too_late = 0

    @property
    def cursor(self) -> int:
        """The next sample to be read."""
        return self._cursor

    @property
    def ahead(self) -> int:
        """How many samples are there beyond the cursor."""
        return max(0, self._end - self._cursor)

    def put(self, at: int, samples: Samples) -> None:
        """Place ``samples`` (2, n) so that the first is sample ``at``; what the reader has passed is counted as too late."""
        with self._lock:
            self.too_late += min(max(0, self._cursor - at), samples.shape[1])
            first = max(at, self._cursor - KEPT_S * SOUND_RATE_HZ)
            last = min(at + samples.shape[1], self._cursor + AHEAD_S * SOUND_RATE_HZ)
            if first >= last:
                return
            if first > self._end:
                self._silence(self._end, first)
            for place, part in self._places(first, last - first):
                self._ring[:, place] = samples[:, first - at + part.start : first - at + part.stop]
            self._end = max(self._end, last)

    def read(self, at: int, count: int, delay: int = 0) -> Samples:
        """What was put ``delay`` samples before ``at``; the reader stands behind ``at + count`` from then on."""
        out = np.zeros((2, count), np.float32)
        with self._lock:
            self._cursor = max(self._cursor, at + count)
            known = min(count, self._end - (at - delay))
            if known > 0:
                for place, part in self._places(at - delay, known):
                    out[:, part] = self._ring[:, place]
        return out

    def clear(self) -> None:
        """Forget everything not yet read (the source was changed)."""
        with self._lock:
            self._end = min(self._end, self._cursor)

    def _silence(self, begin: int, end: int) -> None:
        for place, _ in self._places(max(begin, end - self._ring.shape[1]), min(end - begin, self._ring.shape[1])):
            self._ring[:, place] = 0.0

    def _places(self, at: int, count: int) -> list[tuple[slice, slice]]:
        size = self._ring.shape[1]
        first = at % size
        head = min(count, size - first)
        places = [(slice(first, first + head), slice(0, head))]
        if head < count:
            places.append((slice(0, count - head), slice(head, count)))
        return places
