"""Blend an atlas into a frame: one numba call without the GIL, or OpenCV per rectangle where numba is missing.

Both compute ``d = (d * (255 - a) + 255 >> 8) + p``: exactly ``d`` at alpha 0 and exactly ``p`` at alpha 255."""

from __future__ import annotations

import logging

import cv2

from studio.video import compiled
from studio.video.atlas import TABLE_COLUMNS, Atlas, Table
from studio.video.planes import Bytes, I420Frame, unpack

_log = logging.getLogger(__name__)


def blend(frame: I420Frame, atlas: Atlas, now_ms: int) -> None:
    """Blend everything of ``atlas`` as it is at ``now_ms`` into ``frame`` in place; the frame has the canvas's size."""
    if (frame.width, frame.height) != (atlas.canvas.width, atlas.canvas.height):
        raise ValueError(f"a frame of {frame.width}x{frame.height} is no canvas of {atlas.canvas}")
    table = atlas.table(now_ms)
    if not len(table):
        return
    if compiled.is_available():
        from studio.video.blend_kernel import blend_all

        blend_all(frame.flat, atlas.pixels, table, frame.width, frame.height)
    else:
        blend_with_cv2(frame, atlas.pixels, table)


def warm() -> str:
    """Load and compile what a frame needs, so that none waits for it; returns ``"numba"`` or ``"cv2"``."""
    if not compiled.is_available():
        return "cv2"
    from studio.video import blend_kernel, key_kernel, look_kernel, raw_kernel

    kernels = (blend_kernel, key_kernel, look_kernel, raw_kernel)
    _log.debug("kernels are ready: %s", [one.__name__ for one in kernels])
    return "numba"


def blend_with_cv2(frame: I420Frame, pixels: Bytes, table: Table) -> None:
    """The same without numba, within one level of it."""
    if table.shape[1:] != (TABLE_COLUMNS,):
        raise ValueError(f"a blend table has {TABLE_COLUMNS} columns")
    for offset, width, height, x, y in table.tolist():
        left, top = max(x, 0), max(y, 0)
        right, bottom = min(x + width, frame.width), min(y + height, frame.height)
        if left >= right or top >= bottom:
            continue
        luma, luma_rest, u, v, chroma_rest = unpack(pixels, width, height, offset)
        whole = (slice(top - y, bottom - y), slice(left - x, right - x))
        half = (slice((top - y) // 2, (bottom - y) // 2), slice((left - x) // 2, (right - x) // 2))
        _over(frame.y[top:bottom, left:right], luma[whole], luma_rest[whole])
        target = (slice(top // 2, bottom // 2), slice(left // 2, right // 2))
        _over(frame.u[target], u[half], chroma_rest[half])
        _over(frame.v[target], v[half], chroma_rest[half])


def _over(target: Bytes, premultiplied: Bytes, rest: Bytes) -> None:
    target[...] = cv2.add(cv2.multiply(target, rest, scale=1 / 255), premultiplied)
