"""Planes of YUV 4:2:0, BT.709, limited range: the frame that everything is blended into, and overlays as planes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np

from studio.video.crop import WHOLE, Crop
from studio.video.raw import RawFormat, RawPicture, cut_planes
from studio.video.raw_numbers import Bytes
from studio.video.scene import Canvas

__all__ = [
    "Bytes",
    "Fit",
    "I420Frame",
    "OverlayPlanes",
    "RawFormat",
    "RawPicture",
    "fit",
    "fitting",
    "overlay_planes",
    "reduce",
]

BLACK_Y, BLACK_UV = 16, 128

# BT.709, limited range, from R'G'B' of 0..255 (ITU-R BT.709-6, table 4), columns B, G, R, alpha.
_SCALE_Y, _SCALE_UV = 219 / 255, 224 / 255
KR, KG, KB = 0.2126, 0.7152, 0.0722
_LUMA = np.array([KB, KG, KR, BLACK_Y / 219]) * _SCALE_Y
_U = np.array([1 - KB, -KG, -KR, 1.8556 * BLACK_UV / 224]) / 1.8556 * _SCALE_UV
_V = np.array([-KB, -KG, 1 - KR, 1.5748 * BLACK_UV / 224]) / 1.5748 * _SCALE_UV
_TO_LUMA = _LUMA.reshape(1, 4)
_TO_CHROMA = np.stack([_U, _V]) / 4  # of the sum of four pixels


class I420Frame:
    """One picture: ``buffer`` of shape (height * 3 // 2, width) and its views ``y``, ``u``, ``v``; pts in seconds."""

    __slots__ = ("buffer", "flat", "height", "pts_s", "u", "v", "width", "y")

    def __init__(self, width: int, height: int, buffer: Bytes | None = None) -> None:
        if width % 2 or height % 2 or width <= 0 or height <= 0:
            raise ValueError(f"an I420 frame has even sides, not {width}x{height}")
        shape = (height * 3 // 2, width)
        if buffer is None:
            buffer = np.empty(shape, np.uint8)
        elif buffer.shape != shape or buffer.dtype != np.uint8 or not buffer.flags.c_contiguous:
            raise ValueError(f"an I420 buffer of {width}x{height} is contiguous uint8 of shape {shape}")
        self.width, self.height, self.buffer = width, height, buffer
        self.flat = buffer.reshape(-1)
        luma, chroma = width * height, width * height // 4
        half = (height // 2, width // 2)
        self.y = self.flat[:luma].reshape(height, width)
        self.u = self.flat[luma : luma + chroma].reshape(half)
        self.v = self.flat[luma + chroma :].reshape(half)
        self.pts_s = 0.0

    @classmethod
    def black(cls, width: int, height: int) -> I420Frame:
        """A black picture."""
        frame = cls(width, height)
        frame.fill(BLACK_Y, BLACK_UV, BLACK_UV)
        return frame

    def fill(self, y: int, u: int, v: int) -> None:
        """Give every pixel one colour."""
        self.y[...], self.u[...], self.v[...] = y, u, v

    def copy_from(self, other: I420Frame) -> None:
        """Take over the picture and time of ``other``, which has the same size."""
        np.copyto(self.buffer, other.buffer)
        self.pts_s = other.pts_s

    def copy(self) -> I420Frame:
        """The same picture in a buffer of its own."""
        frame = I420Frame(self.width, self.height)
        frame.copy_from(self)
        return frame


@dataclass(frozen=True, eq=False)
class OverlayPlanes:
    """A drawing ready to blend at (x, y): ``packed`` holds premultiplied Y, 255-alpha, then U, V, 255-alpha at half size."""

    x: int
    y: int
    width: int
    height: int
    packed: Bytes


def unpack(packed: Bytes, width: int, height: int, offset: int = 0) -> tuple[Bytes, Bytes, Bytes, Bytes, Bytes]:
    """Views (Y, 255-alpha, U, V, 255-alpha of chroma) of a packed picture."""
    luma, chroma = width * height, width * height // 4
    half = (height // 2, width // 2)
    ends = np.cumsum([offset, luma, luma, chroma, chroma, chroma])
    whole = [packed[ends[i] : ends[i + 1]] for i in range(5)]
    return (
        whole[0].reshape(height, width),
        whole[1].reshape(height, width),
        whole[2].reshape(half),
        whole[3].reshape(half),
        whole[4].reshape(half),
    )


def overlay_planes(bgra: Bytes, x: int, y: int) -> OverlayPlanes:
    """Convert a premultiplied BGRA drawing (h, w, 4) whose corner lies at (x, y), trimmed to what is not transparent.

    The result lies on even pixels, so that the chroma samples are whole; the colour at alpha 255 is exact to the
    rounding of 8 bits and ``(d * (255 - alpha) + 255 >> 8) + p`` never exceeds 255."""
    bgra, x, y = _trimmed_even(bgra, x, y)
    height, width = bgra.shape[:2]
    packed = np.empty(width * height * 11 // 4, np.uint8)
    if not packed.size:
        return OverlayPlanes(x, y, 0, 0, packed)
    luma, luma_rest, u, v, chroma_rest = unpack(packed, width, height)
    luma[...] = cv2.transform(bgra, _TO_LUMA).reshape(height, width)
    np.subtract(255, bgra[..., 3], out=luma_rest)
    wide = bgra.astype(np.uint16)
    rows = wide[0::2] + wide[1::2]
    fours = np.ascontiguousarray(rows[:, 0::2] + rows[:, 1::2])
    chroma = cv2.transform(fours, _TO_CHROMA)
    u[...], v[...] = chroma[..., 0], chroma[..., 1]
    chroma_rest[...] = (1022 - fours[..., 3]) >> 2
    return OverlayPlanes(x, y, width, height, packed)


def _trimmed_even(bgra: Bytes, x: int, y: int) -> tuple[Bytes, int, int]:
    """Cut transparent borders off, then pad to even corners on the canvas."""
    alpha = bgra[..., 3]
    rows, columns = np.flatnonzero(alpha.any(axis=1)), np.flatnonzero(alpha.any(axis=0))
    if not rows.size:
        return bgra[:0, :0], x & ~1, y & ~1
    top, bottom = int(rows[0]), int(rows[-1]) + 1
    left, right = int(columns[0]), int(columns[-1]) + 1
    before = (y + top) & 1, (x + left) & 1
    after = (y + bottom) & 1, (x + right) & 1
    cut = bgra[top:bottom, left:right]
    if any(before) or any(after):
        cut = np.pad(cut, ((before[0], after[0]), (before[1], after[1]), (0, 0)))
    return np.ascontiguousarray(cut), x + left - before[1], y + top - before[0]


@dataclass(frozen=True)
class Fit:
    """How a source lies on a canvas: the rectangle ``cut`` of the source, turned, fills the rectangle ``place``.

    Both are (x, y, width, height), all even; ``place`` is in canvas pixels after turning."""

    cut: tuple[int, int, int, int]
    place: tuple[int, int, int, int]


@lru_cache(maxsize=64)
def fitting(source: tuple[int, int], canvas: tuple[int, int], mode: str, rotate: int, crop: Crop = WHOLE) -> Fit:
    """``cover`` fills the canvas with the middle of what ``crop`` leaves; ``contain`` shows all of it between black bars."""
    if mode not in ("cover", "contain") or rotate not in (0, 90, 180, 270):
        raise ValueError(f"a picture can cover or contain, turned by 0, 90, 180 or 270: not {mode!r}, {rotate!r}")
    across, down = (canvas[1], canvas[0]) if rotate in (90, 270) else canvas  # the canvas as the source sees it
    left, top, width, height = crop.rectangle(*source)
    if mode == "cover":
        cut_width = min(width, max(2, _even(height * across / down)))
        cut_height = min(height, max(2, _even(width * down / across)))
        corner = left + _even_down((width - cut_width) / 2), top + _even_down((height - cut_height) / 2)
        return Fit((*corner, cut_width, cut_height), (0, 0, *canvas))
    scale = min(across / width, down / height)
    shown = min(across, max(2, _even(width * scale))), min(down, max(2, _even(height * scale)))
    if rotate in (90, 270):
        shown = shown[1], shown[0]
    corner = _even_down((canvas[0] - shown[0]) / 2), _even_down((canvas[1] - shown[1]) / 2)
    return Fit((left, top, width, height), (*corner, *shown))


def fit(
    source: I420Frame | RawPicture,
    canvas: Canvas,
    *,
    mode: str = "cover",
    mirror: bool = False,
    rotate: int = 0,
    crop: Crop = WHOLE,
    out: I420Frame | None = None,
) -> I420Frame:
    """Lay a source picture on a canvas: cropped, turned clockwise by ``rotate``, then mirrored left to right; into ``out``
    if given."""
    size = (canvas.width, canvas.height)
    if out is None:
        out = I420Frame(*size)
    elif (out.width, out.height) != size:
        raise ValueError(f"a frame of {out.width}x{out.height} is no canvas of {canvas}")
    plan = fitting((source.width, source.height), size, mode, rotate, crop)
    if plan.place[2:] != size:
        out.fill(BLACK_Y, BLACK_UV, BLACK_UV)
    is_as_it_is = not rotate and not mirror and plan.cut[2:] == plan.place[2:] == size
    planes = cut_planes(_as_raw(source), *plan.cut, into=(out.y, out.u, out.v) if is_as_it_is else None)
    x, y, width, height = plan.place
    for plane, target, step in zip(planes, (out.y, out.u, out.v), (1, 2, 2), strict=True):
        rows, columns = slice(y // step, (y + height) // step), slice(x // step, (x + width) // step)
        _lay(plane, target[rows, columns], mirror, rotate)
    if isinstance(source, I420Frame):
        out.pts_s = source.pts_s
    return out


_TURNS = {90: cv2.ROTATE_90_CLOCKWISE, 180: cv2.ROTATE_180, 270: cv2.ROTATE_90_COUNTERCLOCKWISE}


def _lay(plane: Bytes, target: Bytes, mirror: bool, rotate: int) -> None:
    """Scale, turn and mirror one plane into ``target``."""
    height, width = target.shape
    wanted = (height, width) if rotate in (90, 270) else (width, height)
    while plane.shape[1] >= 2 * wanted[0] and plane.shape[0] >= 2 * wanted[1] and min(plane.shape) > 2:
        plane = _halved(plane)
    if (plane.shape[1], plane.shape[0]) != wanted:
        if not rotate and not mirror:
            cv2.resize(plane, wanted, dst=target, interpolation=cv2.INTER_LINEAR)
            return
        plane = np.asarray(cv2.resize(plane, wanted, interpolation=cv2.INTER_LINEAR), np.uint8)
    if rotate and mirror:
        plane = np.asarray(cv2.rotate(plane, _TURNS[rotate]), np.uint8)
    if mirror:
        cv2.flip(plane, 1, dst=target)
    elif rotate:
        cv2.rotate(plane, _TURNS[rotate], dst=target)
    elif plane.ctypes.data != target.ctypes.data:  # else it was converted straight into its place
        np.copyto(target, plane)


def reduce(plane: Bytes, target: Bytes) -> None:
    """Scale ``plane`` down into ``target``: halved as often as it goes, the rest linear; OpenCV's area filter is as good,
    but costs ten times as much for anything but a half."""
    height, width = target.shape
    while plane.shape[0] > 2 * height and plane.shape[1] > 2 * width:
        plane = _halved(plane)
    is_half = plane.shape == (2 * height, 2 * width)
    cv2.resize(plane, (width, height), dst=target, interpolation=cv2.INTER_AREA if is_half else cv2.INTER_LINEAR)


def _halved(plane: Bytes) -> Bytes:
    """Half the size by the mean of four, which costs a tenth of OpenCV's area filter for other sizes."""
    height, width = plane.shape[0] // 2, plane.shape[1] // 2
    half = cv2.resize(plane[: 2 * height, : 2 * width], (width, height), interpolation=cv2.INTER_AREA)
    return np.asarray(half, np.uint8)


def _as_raw(source: I420Frame | RawPicture) -> RawPicture:
    if isinstance(source, RawPicture):
        return source
    return RawPicture(RawFormat.I420, source.width, source.height, (source.y, source.u, source.v))


def _even(value: float) -> int:
    return round(value / 2) * 2


def _even_down(value: float) -> int:
    return int(value // 2) * 2
