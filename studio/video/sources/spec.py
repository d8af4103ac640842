"""What the user names as a source; reading it checks that a file can be shown at all."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from studio.core.errors import UserError
from studio.video.crop import WHOLE, Crop
from studio.video.sources import address
from studio.video.sources.formats import Pin

_STREAM = re.compile(r"(?i)^(rtsp|rtsps|http|https|tcp|udp|rtp|rtmp)://")
_FIRST = {"device": "0", "screen": "", "window": ""}
_STILL_SUFFIXES = {".png", ".jpg", ".jpeg", ".bmp", ".webp", ".tif", ".tiff"}


@dataclass(frozen=True, kw_only=True)
class SourceSpec:
    """A picture source (采集源) and how it is laid on the canvas: cropped, then turned by ``rotate`` (0, 90, 180 or 270
    clockwise), then mirrored; ``mode`` is cover or contain."""

    kind: str
    address: str = ""
    mode: str = "cover"
    mirror: bool = False
    rotate: int = 0
    crop: Crop = WHOLE

    @property
    def name(self) -> str:
        """What the user calls it: the file's name, the device's name."""
        if self.kind in ("file", "still"):
            return Path(self.address).name
        if self.kind in address.WISHES:
            return address.parted(self.address, address.WISHES[self.kind])[0] or self.kind
        return self.address.split("?")[0] or self.kind

    @classmethod
    def parse(cls, text: str) -> SourceSpec:
        """Read ``test``, ``device:<name or number>``, ``screen:<name or number>``, ``window:<title>``, a stream's address or
        a file's path.

        Raises UserError when the file is missing or holds no picture, or when a wish behind a name cannot be read."""
        text = text.strip()
        if text == "test":
            return cls(kind="test")
        kind, _, wished = text.partition(":")
        if kind in address.WISHES:
            _check_wishes(kind, wished)
            return cls(kind=kind, address=wished or _FIRST[kind])
        if _STREAM.match(text):
            return cls(kind="stream", address=text)
        path = Path(text).expanduser()
        if not path.is_file():
            raise UserError("error.video.no_such_file", path=text)
        if path.suffix.lower() in _STILL_SUFFIXES:
            spec = cls(kind="still", address=str(path.resolve()))
        else:
            spec = cls(kind="file", address=str(path.resolve()))
        _check(spec, text)
        return spec


def _check_wishes(kind: str, wished: str) -> None:
    """Raise UserError for a wish behind a name that cannot be read."""
    _, wishes = address.parted(wished, address.WISHES[kind])
    if "region" in wishes:
        address.region(wishes["region"])
    if kind == "device":
        Pin.read(wishes)


def _check(spec: SourceSpec, text: str) -> None:
    """Open the file once and decode its first picture."""
    import av

    try:
        with av.open(spec.address, "r") as container:
            if container.streams.video and next(container.decode(container.streams.video[0]), None) is not None:
                return
    except (av.FFmpegError, OSError, ValueError) as error:
        raise UserError("error.video.not_a_video", path=text, reason=_words(error)) from error
    raise UserError("error.video.no_picture", path=text)


def _words(error: Exception) -> str:
    return str(getattr(error, "strerror", "") or error)
