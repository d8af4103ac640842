"""Frame clock: absolute deadlines on the monotonic clock, so that neither picture nor sound ever drifts."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass

SOUND_RATE_HZ = 48_000
LATE_FRAME_SHARE = 0.5


@dataclass(frozen=True)
class Timeline:
    """One zero for frames and samples: ``zero_s`` on the monotonic clock is frame 0 and sample 0."""

    zero_s: float
    fps: int

    def frame_due_s(self, index: int) -> float:
        """When frame ``index`` is due on the monotonic clock."""
        return self.zero_s + index / self.fps

    def nearest_frame(self, at_s: float) -> int:
        """The frame whose time is nearest to ``at_s``."""
        return round((at_s - self.zero_s) * self.fps)

    def next_frame_s(self, at_s: float) -> float:
        """The first frame time that is not before ``at_s``."""
        return self.frame_due_s(int(-(-(at_s - self.zero_s) * self.fps // 1)))

    def sample_at(self, at_s: float) -> int:
        """The sample that is due at ``at_s``."""
        return round((at_s - self.zero_s) * SOUND_RATE_HZ)


class FrameClock:
    """Gives the index of the frame to make now; counts those that came late and those that had to be skipped."""

    def __init__(self, timeline: Timeline) -> None:
        self.timeline = timeline
        self.late = 0
        self.skipped = 0
        self._next = 0

    def start_at(self, now_s: float) -> None:
        """Begin with the first frame that is not yet due at ``now_s``."""
        self._next = max(0, self.timeline.nearest_frame(now_s) + 1)

    def wait(self, stop: threading.Event) -> int | None:
        """Sleep until the next frame is due and return its index; None when asked to stop."""
        due_s = self.timeline.frame_due_s(self._next)
        while (left_s := due_s - time.monotonic()) > 0:
            if stop.is_set():
                return None
            time.sleep(min(left_s, 0.1))
        if stop.is_set():
            return None
        behind = -left_s * self.timeline.fps
        if behind > LATE_FRAME_SHARE:
            self.late += 1
        whole = int(behind)
        self.skipped += whole
        index = self._next + whole
        self._next = index + 1
        return index
