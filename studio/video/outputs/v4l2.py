"""What the Linux kernel is told when frames are written into a loopback camera (v4l2loopback), byte by byte.

Sources: <linux/videodev2.h> (struct v4l2_capability, v4l2_format, v4l2_pix_format), <asm-generic/ioctl.h>."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path

SYSFS = Path("/sys/devices/virtual/video4linux")
LABEL = "Anchor Studio"

_WRITE, _READ = 1, 2
_POINTER = struct.calcsize("P")
_CAPABILITY_BYTES = 104
_FORMAT_BYTES = 200 + _POINTER  # the union after ``type`` is aligned like the pointers in it

CAN_CAPTURE, CAN_OUTPUT = 0x00000001, 0x00000002  # V4L2_CAP_VIDEO_CAPTURE, V4L2_CAP_VIDEO_OUTPUT
_TYPE_OUTPUT = 2  # V4L2_BUF_TYPE_VIDEO_OUTPUT
_FIELD_NONE = 1
_COLORSPACE_REC709 = 3
_PRIV_MAGIC = 0xFEEDCAFE
_YCBCR_709, _RANGE_LIMITED, _TRANSFER_709 = 2, 2, 1
_I420 = int.from_bytes(b"YU12", "little")


def _request(direction: int, number: int, size: int) -> int:
    return direction << 30 | size << 16 | ord("V") << 8 | number


QUERY_CAPABILITY = _request(_READ, 0, _CAPABILITY_BYTES)
SET_FORMAT = _request(_READ | _WRITE, 5, _FORMAT_BYTES)


@dataclass(frozen=True)
class Capability:
    """What a device says of itself."""

    driver: str
    card: str
    is_output: bool
    is_capture: bool
    bus: str


def capability_buffer() -> bytearray:
    """Room for the answer to QUERY_CAPABILITY."""
    return bytearray(_CAPABILITY_BYTES)


def read_capability(answer: bytes | bytearray) -> Capability:
    """The answer to QUERY_CAPABILITY."""
    driver, card, bus, _version, capabilities, device = struct.unpack_from("=16s32s32sIII", answer)
    own = device if capabilities & 0x80000000 else capabilities  # V4L2_CAP_DEVICE_CAPS
    return Capability(_text(driver), _text(card), bool(own & CAN_OUTPUT), bool(own & CAN_CAPTURE), _text(bus))


def i420_format(width: int, height: int) -> bytearray:
    """The argument of SET_FORMAT: frames of I420, BT.709, limited range, as the compositor makes them."""
    pix = struct.pack(
        "=12I",
        width,
        height,
        _I420,
        _FIELD_NONE,
        width,
        width * height * 3 // 2,
        _COLORSPACE_REC709,
        _PRIV_MAGIC,
        0,
        _YCBCR_709,
        _RANGE_LIMITED,
        _TRANSFER_709,
    )
    head = struct.pack("=I", _TYPE_OUTPUT).ljust(_POINTER, b"\0")
    return bytearray((head + pix).ljust(_FORMAT_BYTES, b"\0"))


def read_format(answer: bytes | bytearray) -> tuple[int, int, bytes]:
    """Width, height and pixel format that the driver made of SET_FORMAT."""
    width, height, pixels = struct.unpack_from("=III", answer, _POINTER)
    return width, height, pixels.to_bytes(4, "little")


def find_loopback(sysfs: Path = SYSFS) -> str | None:
    """The loopback camera to write into: the one labelled for us, else the first; None when there is none."""
    named: list[tuple[bool, int, str]] = []
    for folder in sysfs.glob("video*"):
        number = folder.name.removeprefix("video")
        name = folder / "name"
        if number.isdigit() and name.exists():
            named.append((name.read_text(encoding="utf-8").strip() != LABEL, int(number), folder.name))
    return f"/dev/{min(named)[2]}" if named else None


def _text(field: bytes) -> str:
    return field.split(b"\0")[0].decode("utf-8", "replace")
