"""The sound timeline: samples at their absolute place; what nobody put there is silence."""

from __future__ import annotations

import threading

import numpy as np
import numpy.typing as npt

from studio.video.clockwork import SOUND_RATE_HZ

Samples = npt.NDArray[np.float32]
RING_S = 12


class SoundTimeline:
    """A ring of stereo samples addressed by sample number; writers put, one reader takes in order."""

    def __init__(self) -> None:
        self._ring = np.zeros((2, RING_S * SOUND_RATE_HZ), np.float32)
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
        """Place ``samples`` (2, n) so that the first is sample ``at``; what is already past is counted and left out."""
        with self._lock:
            if at < self._cursor:
                late = min(self._cursor - at, samples.shape[1])
                self.too_late += late
                at, samples = at + late, samples[:, late:]
            room = max(0, self._cursor + self._ring.shape[1] - at)
            samples = samples[:, :room]
            if samples.shape[1]:
                for place, part in self._places(at, samples.shape[1]):
                    self._ring[:, place] = samples[:, part]
                self._end = max(self._end, at + samples.shape[1])

    def take(self, count: int) -> Samples:
        """The next ``count`` samples; their place is silence from then on."""
        out = np.empty((2, count), np.float32)
        with self._lock:
            for place, part in self._places(self._cursor, count):
                out[:, part] = self._ring[:, place]
                self._ring[:, place] = 0.0
            self._cursor += count
        return out

    def clear(self) -> None:
        """Silence everything not yet read (the source was changed)."""
        with self._lock:
            self._ring[:] = 0.0
            self._end = self._cursor

    def skip_to(self, sample: int) -> None:
        """Go on at ``sample`` after a long stall; only forward."""
        with self._lock:
            if sample > self._cursor:
                self._ring[:] = 0.0
                self._cursor = self._end = sample

    def _places(self, at: int, count: int) -> list[tuple[slice, slice]]:
        size = self._ring.shape[1]
        first = at % size
        head = min(count, size - first)
        places = [(slice(first, first + head), slice(0, head))]
        if head < count:
            places.append((slice(0, count - head), slice(head, count)))
        return places
