"""Products' pictures on disk, fetched once, under a size limit."""

from __future__ import annotations

import hashlib
import logging
import os
import struct
import threading
from contextlib import suppress
from pathlib import Path

from studio.core.ids import new_id
from studio.desk.ports import CanListPool, PlatformError

_log = logging.getLogger(__name__)

LIMIT_BYTES = 256 * 1024 * 1024
BIGGEST_PICTURE = 8 * 1024 * 1024
BIGGEST_SIDE = 8192

_PNG = b"\x89PNG\r\n\x1a\n"
_JPEG_FRAMES = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})


class PictureCache:
    """Encoded PNG or JPEG pictures by product id; thread-safe, blocking. The least recently used go when it is full."""

    def __init__(self, folder: Path, platform: CanListPool | None, limit_bytes: int = LIMIT_BYTES) -> None:
        self._folder = folder
        self._platform = platform
        self._limit_bytes = limit_bytes
        self._lock = threading.Lock()
        self._size: int | None = None

    def get(self, product_id: str) -> bytes | None:
        """The product's picture; None when there is none, it is broken, or the platform cannot be asked."""
        path = self._folder / hashlib.sha256(product_id.encode()).hexdigest()[:40]
        kept = self._kept(path)
        if kept is not None or self._platform is None:
            return kept
        try:
            data = self._platform.picture(product_id)
        except PlatformError as error:
            _log.info("no picture of %s: %s", product_id, error)
            return None
        if not is_picture(data):
            _log.warning("the platform's picture of %s is no usable PNG or JPEG (%d bytes)", product_id, len(data))
            return None
        self._keep(path, data)
        return data

    def _kept(self, path: Path) -> bytes | None:
        try:
            data = path.read_bytes()
            os.utime(path)
        except OSError:
            return None
        return data if is_picture(data) else None

    def _keep(self, path: Path, data: bytes) -> None:
        temporary = path.with_name(f"{path.name}.{new_id()}.new")
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            temporary.write_bytes(data)
            with self._lock:
                os.replace(temporary, path)
                self._size = self._measure() if self._size is None else self._size + len(data)
                if self._size > self._limit_bytes:
                    self._size = self._make_room()
        except OSError as error:  # a full disk costs the cache, not the show
            _log.warning("the picture cannot be kept: %s", error)
            with suppress(OSError):
                temporary.unlink()

    def _measure(self) -> int:
        return sum(entry.stat().st_size for entry in os.scandir(self._folder))

    def _make_room(self) -> int:
        """Delete the least recently used until a tenth is free; returns what is left."""
        entries = sorted(
            (entry.stat().st_mtime_ns, entry.stat().st_size, entry.path) for entry in os.scandir(self._folder)
        )
        left = sum(size for _used, size, _path in entries)
        for _used, size, path in entries:
            if left <= self._limit_bytes * 9 // 10:
                break
            os.unlink(path)
            left -= size
        return left


def is_picture(data: bytes) -> bool:
    """Whether the bytes begin as a PNG or JPEG of a size that can be drawn."""
    if len(data) > BIGGEST_PICTURE:
        return False
    width, height = _size_of(data)
    return 0 < width <= BIGGEST_SIDE and 0 < height <= BIGGEST_SIDE


def _size_of(data: bytes) -> tuple[int, int]:
    """Width and height out of the header; zeros when it is none (PNG: IHDR; JPEG: the SOF segment)."""
    if data.startswith(_PNG) and data[12:16] == b"IHDR" and len(data) >= 33:
        width, height = struct.unpack(">II", data[16:24])
        return int(width), int(height)
    if data.startswith(b"\xff\xd8"):
        return _jpeg_size(data)
    return 0, 0


def _jpeg_size(data: bytes) -> tuple[int, int]:
    at = 2
    while at + 9 <= len(data) and data[at] == 0xFF:
        marker, length = data[at + 1], int.from_bytes(data[at + 2 : at + 4], "big")
        if marker in _JPEG_FRAMES:
            height, width = struct.unpack(">HH", data[at + 5 : at + 9])
            return int(width), int(height)
        at += 1 if marker == 0xFF else 2 + max(2, length)
    return 0, 0
