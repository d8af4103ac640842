"""The ladder (降级阶梯): what is given up, in which order, when the computer or the network is too weak. Pure."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace

from studio.video.scene import Canvas

STEP_EVERY_S = 30.0
BAD_SECONDS, OF_SECONDS = 3, 5
DROPS_THAT_SHOW = 2  # one picture a second is missed by nobody
STARTS_FOR_S = 10.0  # kernels are compiled, the window is made: no measure of the computer
GOOD_FOR_S = 60.0
LONGEST_GOOD_S = 960.0
FULL_SHARE = 0.7  # of a frame's time in the encoder: above it there is no room to climb
FLOOR_LINES = 720
FLOOR_FPS = 15


@dataclass(frozen=True)
class Rung:
    """One quality: the preset, the reduction of the picture, each how-manieth frame; ``cost`` of encoding it, relative to
    the first; ``has_effects``: skin smoothing is done where it is wished."""

    preset: str
    scale: float
    every: int
    cost: float
    has_effects: bool = True


@dataclass(frozen=True, kw_only=True)
class Load:
    """One second of the encoder: pictures dropped, and the share of a frame's time that encoding one takes."""

    dropped: int
    busy_share: float


def rungs(canvas: Canvas) -> tuple[Rung, ...]:
    """Best first: cheaper preset, 720 lines, cheaper preset, half the frames; never below 720 lines or 15 frames."""
    found = [Rung("superfast", 1.0, 1, 1.0), Rung("ultraplus", 1.0, 1, 0.75)]
    lines = min(canvas.width, canvas.height)
    scale = 1.0
    if lines > FLOOR_LINES:
        scale = FLOOR_LINES / lines
        found += [Rung("superfast", scale, 1, scale**2), Rung("ultraplus", scale, 1, 0.75 * scale**2)]
    if canvas.fps // 2 >= FLOOR_FPS:
        found.append(Rung("ultraplus", scale, 2, 0.4 * scale**2))
    return tuple(found)


class Ladder:
    """Looks at the encoder each second and says which rung to stand on; steps are at least 30 s apart.

    A rung that gives up nothing but effects is stepped over while there are none (``can_spare``); its number stays."""

    def __init__(self, all_rungs: Sequence[Rung]) -> None:
        self.rungs = tuple(all_rungs)
        self.at = 0
        self.can_spare = False
        self.pinned: int | None = None
        self._bad: deque[bool] = deque(maxlen=OF_SECONDS)
        self._good_since_s: float | None = None
        self._stepped_s = float("-inf")
        self._climbed_s = float("-inf")
        self._good_for_s = GOOD_FOR_S

    @property
    def rung(self) -> Rung:
        """Where it stands."""
        return self.rungs[self.at]

    def pin(self, at: int | None) -> Rung | None:
        """Stay on one rung (None: choose by load again); the rung to go to, if it is another."""
        self.pinned = at
        return self._go(at, self._stepped_s) if at is not None and at != self.at else None

    def look(self, now_s: float, load: Load) -> Rung | None:
        """A second has passed; the rung to go to, or None to stay."""
        if self._stepped_s == float("-inf"):
            self._stepped_s = now_s - STEP_EVERY_S + STARTS_FOR_S
        is_bad = load.dropped >= DROPS_THAT_SHOW
        self._bad.append(is_bad)
        if is_bad or self._good_since_s is None:
            self._good_since_s = now_s
        if self.pinned is None and not self._is_of_use(self.at):
            self.at -= 1  # the effects were taken out by hand: nothing changes
        if self.pinned is not None or now_s - self._stepped_s < STEP_EVERY_S:
            return None
        below, above = self._next(1), self._next(-1)
        if sum(self._bad) >= BAD_SECONDS and below is not None:
            if now_s - self._climbed_s < 2 * STEP_EVERY_S:
                self._good_for_s = min(LONGEST_GOOD_S, 2 * self._good_for_s)  # it was too early to climb
            return self._go(below, now_s)
        is_good = now_s - self._good_since_s >= self._good_for_s
        if above is not None and is_good and self._has_room(load, self.rungs[above]):
            self._climbed_s = now_s
            return self._go(above, now_s)
        return None

    def _next(self, way: int) -> int | None:
        """The next rung that makes a difference."""
        at = self.at + way
        if not self._is_of_use(at):
            at += way
        return at if 0 <= at < len(self.rungs) else None

    def _is_of_use(self, at: int) -> bool:
        if self.can_spare or not 0 < at < len(self.rungs):
            return True
        return replace(self.rungs[at], has_effects=True) != self.rungs[at - 1]

    def _has_room(self, load: Load, above: Rung) -> bool:
        here = self.rung
        return load.busy_share * above.cost / here.cost * here.every / above.every < FULL_SHARE

    def _go(self, at: int, now_s: float) -> Rung:
        self.at = at
        self._stepped_s = now_s
        self._good_since_s = None
        self._bad.clear()
        return self.rung


class NetworkRate:
    """Lets the bitrate fall when every live target has a backlog, and climb again when none has.

    One slow target among several is left to its own queue, which drops to keyframes."""

    SLOW_S, CALM_S = 1.2, 0.5
    FALL, CLIMB = 0.7, 1.15
    FALL_EVERY_S, CALM_FOR_S, WARY_FOR_S = 3.0, 8.0, 40.0
    FLOOR_SHARE, FLOOR_KBPS = 0.16, 300

    def __init__(self, wanted_kbps: int) -> None:
        self.wanted_kbps = wanted_kbps
        self.kbps = wanted_kbps
        self.fall_every_s, self.calm_for_s = self.FALL_EVERY_S, self.CALM_FOR_S
        self._changed_s = float("-inf")
        self._calm_since_s: float | None = None
        self._too_much_kbps = float("inf")

    def look(self, now_s: float, backlogs_s: Sequence[float]) -> int | None:
        """A second has passed; the new rate in kbit/s, or None to keep it."""
        if any(backlog_s > self.CALM_S for backlog_s in backlogs_s) or self._calm_since_s is None:
            self._calm_since_s = now_s
        if backlogs_s and min(backlogs_s) > self.SLOW_S:
            if now_s - self._changed_s < self.fall_every_s:
                return None
            self._too_much_kbps = self.kbps
            floor = min(self.wanted_kbps, max(self.FLOOR_KBPS, round(self.wanted_kbps * self.FLOOR_SHARE)))
            return self._change(max(floor, round(self.kbps * self.FALL)), now_s)
        higher = min(self.wanted_kbps, round(self.kbps * self.CLIMB))
        patience_s = self.WARY_FOR_S if higher >= self._too_much_kbps else self.calm_for_s
        since_s = max(self._calm_since_s, self._changed_s)
        if higher > self.kbps and now_s - since_s >= patience_s:
            if higher >= self._too_much_kbps:
                self._too_much_kbps = float("inf")
            return self._change(higher, now_s)
        return None

    def _change(self, kbps: int, now_s: float) -> int | None:
        if kbps == self.kbps:
            return None
        self.kbps, self._changed_s = kbps, now_s
        return kbps
