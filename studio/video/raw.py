"""Pictures as cameras, files and screens give them, brought to 4:2:0 planes, BT.709, limited range.

All by OpenCV on views of the planes: YUV never passes through RGB, and nothing is copied that is right already."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import cv2
import numpy as np

from studio.video import compiled
from studio.video.raw_numbers import CHROMA_GAIN, LUMA_GAIN, U_U, U_V, V_U, V_V, Y_U, Y_V, Bytes, numbers
from studio.video.scratch import scratch

Planes = tuple[Bytes, Bytes, Bytes]


class RawFormat(Enum):
    """How the bytes of a picture lie."""

    I420 = "yuv420p"
    I422 = "yuv422p"
    NV12 = "nv12"
    YUYV = "yuyv422"
    BGR24 = "bgr24"
    BGRA = "bgra"


_PLANES = {RawFormat.I420: 3, RawFormat.I422: 3, RawFormat.NV12: 2}


@dataclass(frozen=True, eq=False)
class RawPicture:
    """A picture of even size; ``planes`` are 2-D byte arrays, one row per picture row (rows may have padding behind).

    I420 and I422 give Y, U, V; NV12 gives Y and U-V pairs; the others one array whose rows hold 2, 3 or 4 bytes a
    pixel. An odd last row or column is left out: give the even size. ``is_full_range`` and ``is_bt601`` describe YUV."""

    format: RawFormat
    width: int
    height: int
    planes: tuple[Bytes, ...]
    is_full_range: bool = False
    is_bt601: bool = False

    def __post_init__(self) -> None:
        if self.width % 2 or self.height % 2 or min(self.width, self.height) < 2:
            raise ValueError(f"a raw picture has even sides, not {self.width}x{self.height}")
        if len(self.planes) != _PLANES.get(self.format, 1):
            raise ValueError(f"{self.format.value} has {_PLANES.get(self.format, 1)} planes, not {len(self.planes)}")


def cut_planes(picture: RawPicture, x: int, y: int, width: int, height: int, into: Planes | None = None) -> Planes:
    """The rectangle (all even) of the picture as Y, U, V planes, BT.709 limited.

    Views where nothing is to be done, else ``into`` (contiguous) if given, else planes that this thread's next call
    overwrites."""
    luma, u, v = _yuv(picture, slice(x, x + width), slice(y, y + height))
    is_bgr = picture.format in (RawFormat.BGR24, RawFormat.BGRA)
    is_full, is_601 = picture.is_full_range and not is_bgr, picture.is_bt601 or is_bgr  # OpenCV makes BT.601 of BGR
    if not (is_full or is_601 or len(u) == len(luma)):
        return luma, u, v
    if compiled.is_available():
        from studio.video import raw_kernel

        made = into or _planes("converted", width, height)
        old = (*_flat(luma), *_flat(u), *_flat(v))
        halves = 2 if len(u) == len(luma) else 1
        raw_kernel.to_bt709(*old, halves, numbers(is_full, is_601), *_whole(made), width // 2, height // 2)
        return made
    if len(u) == len(luma):
        u, v = _rows_halved(u), _rows_halved(v)
    if is_full:
        luma, u, v = _limited(luma, u, v)
    return _from_bt601(luma, u, v) if is_601 else (luma, u, v)


def _yuv(picture: RawPicture, columns: slice, rows: slice) -> Planes:
    """Views or copies of the rectangle as planes (of I422 with all its chroma rows), range and matrix as they are."""
    first, form = picture.planes[0], picture.format
    half_columns, half_rows = slice(columns.start // 2, columns.stop // 2), slice(rows.start // 2, rows.stop // 2)
    if form in (RawFormat.I420, RawFormat.I422):
        chroma_rows = half_rows if form is RawFormat.I420 else rows
        u, v = (plane[chroma_rows, half_columns] for plane in picture.planes[1:])
        return first[rows, columns], u, v
    if form is RawFormat.NV12:
        _, u, v = _planes("parted", columns.stop - columns.start, rows.stop - rows.start)
        cv2.split(_cells(picture.planes[1][half_rows], half_columns, 2), [u, v])
        return first[rows, columns], u, v
    if form is RawFormat.YUYV:
        return _from_yuyv(first[rows, 2 * columns.start : 2 * columns.stop])
    return _from_bgr(_cells(first[rows], columns, 3 if form is RawFormat.BGR24 else 4))


def _cells(rows: Bytes, columns: slice, size: int) -> Bytes:
    """Some columns of byte rows, ``size`` bytes a column, as (height, width, size)."""
    cut = rows[:, columns.start * size : columns.stop * size]
    return np.lib.stride_tricks.as_strided(
        cut, (cut.shape[0], columns.stop - columns.start, size), (cut.strides[0], size, 1), writeable=False
    )


def _rows_halved(plane: Bytes) -> Bytes:
    """The mean of each pair of rows."""
    return _bytes(cv2.addWeighted(plane[0::2], 0.5, plane[1::2], 0.5, 0))


def _limited(luma: Bytes, u: Bytes, v: Bytes) -> Planes:
    shift = 128 * (1 - CHROMA_GAIN)
    return (
        _bytes(cv2.convertScaleAbs(luma, alpha=LUMA_GAIN, beta=16)),
        _bytes(cv2.convertScaleAbs(u, alpha=CHROMA_GAIN, beta=shift)),
        _bytes(cv2.convertScaleAbs(v, alpha=CHROMA_GAIN, beta=shift)),
    )


def _from_yuyv(rows: Bytes) -> Planes:
    height, width = rows.shape[0], rows.shape[1] // 2
    if compiled.is_available():
        from studio.video import raw_kernel

        made = _planes("parted", width, height)
        raw_kernel.yuyv_to_i420(*_flat(rows), *_whole(made), width // 2, height // 2)
        return made
    luma = cv2.extractChannel(_cells(rows, slice(0, width), 2), 0)
    chroma = cv2.extractChannel(_cells(rows, slice(0, width), 2), 1)
    u, v = cv2.split(_cells(_rows_halved(_bytes(chroma)), slice(0, width // 2), 2))
    return _bytes(luma), _bytes(u), _bytes(v)


def _from_bt601(luma: Bytes, u: Bytes, v: Bytes) -> Planes:
    change = cv2.addWeighted(u, Y_U, v, Y_V, -128 * (Y_U + Y_V), dtype=cv2.CV_16S)
    wide = cv2.resize(change, (luma.shape[1], luma.shape[0]), interpolation=cv2.INTER_NEAREST)
    return (
        _bytes(cv2.add(luma, wide, dtype=cv2.CV_8U)),
        _bytes(cv2.addWeighted(u, U_U, v, U_V, 128 * (1 - U_U - U_V))),
        _bytes(cv2.addWeighted(u, V_U, v, V_V, 128 * (1 - V_U - V_V))),
    )


def _from_bgr(pixels: Bytes) -> Planes:
    """BT.601 limited, which is the only one OpenCV knows."""
    height, width = pixels.shape[:2]
    code = cv2.COLOR_BGR2YUV_I420 if pixels.shape[2] == 3 else cv2.COLOR_BGRA2YUV_I420
    flat = _bytes(cv2.cvtColor(np.ascontiguousarray(pixels), code)).reshape(-1)
    luma, chroma = width * height, width * height // 4
    half = (height // 2, width // 2)
    return (
        flat[:luma].reshape(height, width),
        flat[luma : luma + chroma].reshape(half),
        flat[luma + chroma :].reshape(half),
    )


def _planes(purpose: str, width: int, height: int) -> Planes:
    half = (height // 2, width // 2)
    return scratch(f"{purpose} y", (height, width)), scratch(f"{purpose} u", half), scratch(f"{purpose} v", half)


def _whole(planes: Planes) -> Planes:
    """Contiguous planes as flat arrays."""
    y, u, v = planes
    return y.reshape(-1), u.reshape(-1), v.reshape(-1)


def _flat(plane: Bytes) -> tuple[Bytes, int]:
    """The plane's memory from its first to its last sample, and the distance between rows."""
    step = plane.strides[0]
    whole = (plane.shape[0] - 1) * step + plane.shape[1]
    return np.lib.stride_tricks.as_strided(plane, (whole,), (1,), writeable=False), step


def _bytes(array: object) -> Bytes:
    return np.asarray(array, np.uint8)
