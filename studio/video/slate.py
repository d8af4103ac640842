"""The slate: what the audience sees while the source is lost, calm and without words."""

from __future__ import annotations

import cv2

from studio.video.planes import I420Frame
from studio.video.scene import Canvas

_DIM = 0.35
_GREY = 170


def slate(last: I420Frame | None, canvas: Canvas) -> I420Frame:
    """The last picture, dimmed, or a dark one, with the sign of a camera that is off."""
    frame = I420Frame.black(canvas.width, canvas.height)
    if last is None:
        frame.fill(40, 128, 128)
    else:
        frame.y[...] = cv2.convertScaleAbs(last.y, alpha=_DIM, beta=16 * (1 - _DIM))
        for target, source in ((frame.u, last.u), (frame.v, last.v)):
            target[...] = cv2.convertScaleAbs(source, alpha=_DIM, beta=128 * (1 - _DIM))
    _draw_sign(frame)
    return frame


def _draw_sign(frame: I420Frame) -> None:
    unit = min(frame.width, frame.height) // 24
    x, y = frame.width // 2, frame.height // 2
    thick = max(2, unit // 4)
    cv2.rectangle(frame.y, (x - 3 * unit, y - 2 * unit), (x + unit, y + 2 * unit), _GREY, thick, cv2.LINE_AA)
    lens = [(x + unit, y - unit), (x + 3 * unit, y - 2 * unit), (x + 3 * unit, y + 2 * unit), (x + unit, y + unit)]
    for start, end in zip(lens, lens[1:], strict=False):
        cv2.line(frame.y, start, end, _GREY, thick, cv2.LINE_AA)
    cv2.line(frame.y, (x - 4 * unit, y + 3 * unit), (x + 4 * unit, y - 3 * unit), _GREY, thick, cv2.LINE_AA)
