"""Decoded pictures of any format, size and rotation onto the canvas."""

from __future__ import annotations

import av
import numpy as np

from studio.video.framepool import PooledFrame
from studio.video.planes import fit
from studio.video.raw import RawFormat, RawPicture
from studio.video.raw_numbers import Bytes
from studio.video.sources.source import Stage
from studio.video.sources.spec import SourceSpec

_FORMATS = {
    "yuv420p": RawFormat.I420,
    "yuvj420p": RawFormat.I420,
    "yuv422p": RawFormat.I422,
    "yuvj422p": RawFormat.I422,
    "nv12": RawFormat.NV12,
    "yuyv422": RawFormat.YUYV,
    "bgr24": RawFormat.BGR24,
    "bgra": RawFormat.BGRA,
    "bgr0": RawFormat.BGRA,
}
# libav's numbers (libavutil/pixfmt.h): AVCOL_RANGE_JPEG; AVCOL_SPC_BT709, _UNSPECIFIED, _BT470BG, _SMPTE170M
_FULL_RANGE, _LIMITED_RANGE = 2, 1
_BT709, _UNSPECIFIED = 1, 2
_BT601 = (5, 6)
_SD_HEIGHT = 576


def staged(frame: av.VideoFrame, spec: SourceSpec, stage: Stage) -> PooledFrame:
    """``frame`` fitted to the canvas, in a frame of the pool."""
    picture = stage.pool.lend()
    # libav tells by how much the picture must be turned counter-clockwise to stand upright
    rotate = round((spec.rotate - frame.rotation) / 90) * 90 % 360
    crop = spec.crop.turned(round(frame.rotation / 90) * 90)  # as the picture lies in the file
    fit(as_raw(frame), stage.canvas, mode=spec.mode, mirror=spec.mirror, rotate=rotate, crop=crop, out=picture.frame)
    return picture


def as_raw(frame: av.VideoFrame) -> RawPicture:
    """Views of the decoded planes where the format is a common one; an odd last row or column is left out."""
    kind = _FORMATS.get(frame.format.name)
    width, height = frame.width & ~1, frame.height & ~1
    is_bt601 = frame.colorspace in _BT601 or (
        frame.colorspace == _UNSPECIFIED and (frame.height <= _SD_HEIGHT or frame.format.name.startswith("yuvj"))
    )
    is_full = frame.color_range == _FULL_RANGE or frame.format.name.startswith("yuvj")
    if kind is None:
        made = {"dst_colorspace": _BT709, "dst_color_range": _LIMITED_RANGE}
        if not frame.format.is_rgb:
            made["src_colorspace"] = _BT601[0] if is_bt601 else _BT709  # libav takes what has no note for BT.601
        frame = frame.reformat(width=width, height=height, format="yuv420p", **made)
        return RawPicture(RawFormat.I420, width, height, _rows(frame))
    return RawPicture(kind, width, height, _rows(frame), is_full_range=is_full, is_bt601=is_bt601)


def _rows(frame: av.VideoFrame) -> tuple[Bytes, ...]:
    return tuple(np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size) for plane in frame.planes)
