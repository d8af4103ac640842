"""From one picture to the next (转场): a cut, or a cross-fade."""

from __future__ import annotations

from dataclasses import dataclass

import cv2

from studio.video.planes import I420Frame


@dataclass(frozen=True)
class Transition:
    """A change that begins at ``started_ms``; 0 ms is a cut (硬切), more a cross-fade."""

    started_ms: int
    lasts_ms: int = 0

    def share(self, now_ms: int) -> float:
        """How much of the new picture is seen: 0 before it begins, 1 when it is over; gentle at both ends."""
        if now_ms >= self.started_ms + self.lasts_ms:
            return 1.0
        if now_ms <= self.started_ms:
            return 0.0
        passed = (now_ms - self.started_ms) / self.lasts_ms
        return passed * passed * (3 - 2 * passed)


def cross_fade(old: I420Frame, new: I420Frame, share: float, out: I420Frame) -> None:
    """Mix two pictures of one size into ``out`` (which may be one of them): ``share`` 0 is the old one, 1 the new one."""
    if not (old.buffer.shape == new.buffer.shape == out.buffer.shape):
        raise ValueError("a cross-fade needs pictures of one size")
    share = min(1.0, max(0.0, share))
    cv2.addWeighted(old.buffer, 1 - share, new.buffer, share, 0, dst=out.buffer)
    out.pts_s = new.pts_s
