"""The test pattern (测试图): bars, a moving hand and a timecode, so that one sees whether the picture lives."""

from __future__ import annotations

import time
from typing import ClassVar

import cv2

from studio.video.planes import I420Frame
from studio.video.sources.source import Shot, Source, Stage
from studio.video.sources.spec import SourceSpec

_AHEAD_S = 0.05
# Grey, yellow, cyan, green, magenta, red, blue of 75 % bars in BT.709 limited range: Y, U, V (SMPTE RP 219).
_BARS = ((180, 128, 128), (168, 44, 136), (145, 147, 44), (133, 63, 52), (63, 193, 204), (51, 109, 212), (28, 212, 120))


class TestPatternSource(Source):
    """Drawn in YUV; a new picture for every frame of the canvas."""

    kind: ClassVar[str] = "test"
    __test__ = False  # not a test case of pytest

    def __init__(self, spec: SourceSpec, stage: Stage) -> None:
        super().__init__(spec, stage)
        self.size = (stage.canvas.width, stage.canvas.height)
        self._bars = _bars(*self.size)
        self._index = 0

    def open(self) -> None:
        self._index = max(0, self.stage.timeline.nearest_frame(time.monotonic() + _AHEAD_S))

    def read(self) -> Shot | None:
        due_s = self.stage.timeline.frame_due_s(self._index)
        now_s = time.monotonic()
        if due_s < now_s - 1:
            self.open()
            due_s = self.stage.timeline.frame_due_s(self._index)
        if self.stage.stop.wait(max(0.0, due_s - now_s - _AHEAD_S)):
            return None
        picture = self.stage.pool.lend()
        size = (picture.frame.width, picture.frame.height)
        if size != self.size:
            self.size, self._bars = size, _bars(*size)
        picture.frame.copy_from(self._bars)
        self._draw(picture.frame)
        self._index += 1
        return Shot(picture, due_s)

    def close(self) -> None:
        """Nothing is held."""

    def _draw(self, frame: I420Frame) -> None:
        fps = self.stage.canvas.fps
        side = min(frame.width, frame.height) // 8 & ~1
        travel = frame.width - side
        at = int(self._index * 4 % (2 * travel))
        left = (at if at < travel else 2 * travel - at) & ~1
        top = frame.height // 2 - side // 2 & ~1
        frame.y[top : top + side, left : left + side] = 235
        for plane in (frame.u, frame.v):
            plane[top // 2 : (top + side) // 2, left // 2 : (left + side) // 2] = 128
        seconds, rest = divmod(self._index, fps)
        text = f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}:{rest:02d}"
        scale = frame.width / 400
        cv2.putText(
            frame.y, text, (side, frame.height - side), cv2.FONT_HERSHEY_SIMPLEX, scale, 235, max(1, int(2 * scale))
        )


def _bars(width: int, height: int) -> I420Frame:
    frame = I420Frame.black(width, height)
    bottom = height * 3 // 4 & ~1
    for place, (y, u, v) in enumerate(_BARS):
        left, right = (width * place // 7 & ~1), (width * (place + 1) // 7 & ~1)
        frame.y[:bottom, left:right] = y
        frame.u[: bottom // 2, left // 2 : right // 2] = u
        frame.v[: bottom // 2, left // 2 : right // 2] = v
    return frame
