"""Frame clock: absolute deadlines on the monotonic clock, so that neither picture nor sound ever drifts."""

from __future__ import annotations

import math
import threading
import time
from dataclasses import dataclass

SOUND_RATE_HZ = 48_000
LATE_FRAME_SHARE = 0.5
LONGEST_GAP_S = 0.5  # a source that pauses for longer has no rhythm
SMOOTHING = 0.05
STEP_SHARE = 0.03  # of a frame: a camera of 29.97 or 29.5 pictures is in step with 30, one of 25 is not
PATIENCE = 0.2  # of a frame: so much earlier or later than its time a frame may be made
TICK_AFTER_S = 0.0005
MOST_STEP_S = 0.001
FOLLOW = 0.25
WIDEST = 0.6  # of a frame; more than half, so that jitter does not make the phase go to and fro
LONGEST_NAP_S = 0.1


class Pace:
    """How time passes for pictures and sound: as on the wall; a test that cannot wait for a day brings its own."""

    def now_s(self) -> float:
        """Seconds of a clock that never goes back."""
        return time.monotonic()

    def wait(self, event: threading.Event, timeout_s: float) -> bool:
        """Until the event or the end of the time; True for the event."""
        return event.wait(timeout_s)


REAL_TIME = Pace()


@dataclass(frozen=True)
class Timeline:
    """One zero for frames and samples: ``zero_s`` on the clock of ``pace`` is frame 0 and sample 0."""

    zero_s: float
    fps: int
    pace: Pace = REAL_TIME

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


class Arrivals:
    """When a live source's pictures become ready, and when the next one is expected."""

    def __init__(self) -> None:
        self.last_s = float("-inf")
        self.every_s = 0.0
        self.is_new = threading.Event()

    def note(self, now_s: float) -> None:
        """A picture is ready; called by the source's thread."""
        gap_s = now_s - self.last_s
        if gap_s < LONGEST_GAP_S:
            self.every_s += (gap_s - self.every_s) * (SMOOTHING if self.every_s else 1.0)
        self.last_s = now_s
        self.is_new.set()


class FrameClock:
    """Gives the index of the frame to make now; counts those that came late and those that had to be skipped.

    A frame of a live source is made when its picture is ready: the clock lets its ``phase_s`` (never more than 0.6 of a
    frame from the frame's own time) follow the camera, by a millisecond a frame at most, and waits a little for a picture that is
    a little late. The frame's index keeps the time of the timeline: nothing drifts, and a camera whose clock runs away
    only meets one frame more or one less when the phase goes round."""

    def __init__(self, timeline: Timeline) -> None:
        self.timeline = timeline
        self.late = 0
        self.skipped = 0
        self.phase_s = 0.0
        self._next = 0

    def start_at(self, now_s: float) -> None:
        """Begin with the first frame that is not yet due at ``now_s``."""
        self._next = max(0, self.timeline.nearest_frame(now_s) + 1)

    def wait(self, stop: threading.Event, arrivals: Arrivals | None = None) -> int | None:
        """Sleep until the next frame is due, by the ``arrivals`` of a live source if there is one; its index, or None
        when asked to stop."""
        due_s = self.timeline.frame_due_s(self._next) + self.phase_s
        left_s = self._sleep(due_s, stop, arrivals)
        if stop.is_set():
            return None
        self._follow(due_s, arrivals)
        behind = -left_s * self.timeline.fps
        if behind > LATE_FRAME_SHARE:
            self.late += 1
        whole = int(behind) if behind > 0 else 0
        self.skipped += whole
        index = self._next + whole
        self._next = index + 1
        return index

    def _sleep(self, due_s: float, stop: threading.Event, arrivals: Arrivals | None) -> float:
        """Until ``due_s``, or until the picture that comes about then; how long before ``due_s`` it woke."""
        patience_s = PATIENCE / self.timeline.fps
        if arrivals is None or not self._is_in_step(arrivals):
            self._sleep_until(due_s, stop)
        else:
            earliest_s = due_s - patience_s
            self._sleep_until(earliest_s, stop)
            is_expected = arrivals.last_s + arrivals.every_s < due_s + 2 * patience_s
            latest_s = due_s + patience_s if is_expected else due_s
            while arrivals.last_s < earliest_s and (left_s := latest_s - self._now_s()) > 0 and not stop.is_set():
                arrivals.is_new.clear()
                if arrivals.last_s < earliest_s:
                    self.timeline.pace.wait(arrivals.is_new, left_s)
        return due_s - self._now_s()

    def _sleep_until(self, at_s: float, stop: threading.Event) -> None:
        while (left_s := at_s - self._now_s()) > 0 and not self.timeline.pace.wait(stop, min(left_s, LONGEST_NAP_S)):
            continue

    def _now_s(self) -> float:
        return self.timeline.pace.now_s()

    def _is_in_step(self, arrivals: Arrivals) -> bool:
        """Whether the camera gives one picture for each frame, or for each second, third frame."""
        frames = arrivals.every_s * self.timeline.fps
        return round(frames) >= 1 and abs(frames - round(frames)) < STEP_SHARE

    def _follow(self, due_s: float, arrivals: Arrivals | None) -> None:
        """Move the phase towards the camera's, or back to none; the short way round."""
        frame_s = 1 / self.timeline.fps
        if arrivals is None or not self._is_in_step(arrivals) or due_s - arrivals.last_s > LONGEST_GAP_S:
            error_s = -self.phase_s
        else:
            error_s = arrivals.last_s + TICK_AFTER_S - due_s
            error_s -= round(error_s / frame_s) * frame_s
        self.phase_s += max(-MOST_STEP_S, min(MOST_STEP_S, error_s * FOLLOW))
        if abs(self.phase_s) > WIDEST * frame_s:
            self.phase_s -= math.copysign(frame_s, self.phase_s)
