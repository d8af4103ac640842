"""Pictures: fetched once, checked, kept within a limit."""

from __future__ import annotations

import os
import struct
import zlib
from pathlib import Path

import pytest

from studio.desk.ports import PlatformError
from studio.platforms.pictures import PictureCache, is_picture
from tests.platforms.pools import FakePool


def png(width: int = 4, height: int = 4, padding: int = 0) -> bytes:
    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    rows = b"".join(b"\0" + bytes(width) for _ in range(min(height, 16)))
    return (
        b"\x89PNG\r\n\x1a\n"
        + header
        + chunk(b"tEXt", b"x\0" + b"a" * padding)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


JPEG = (
    b"\xff\xd8\xff\xe0\x00\x10JFIF\0" + bytes(9) + b"\xff\xc0\x00\x11\x08\x00\x20\x00\x30\x03" + bytes(9) + b"\xff\xd9"
)


class Pictures(FakePool):
    def __init__(self, data: bytes | PlatformError) -> None:
        super().__init__()
        self.data = data

    def picture(self, product_id: str) -> bytes:
        self._called(product_id)
        if isinstance(self.data, PlatformError):
            raise self.data
        return self.data


def test_a_picture_is_fetched_once_and_is_there_offline(tmp_path: Path) -> None:
    platform = Pictures(png())
    assert PictureCache(tmp_path, platform).get("p1") == png()
    assert PictureCache(tmp_path, platform).get("p1") == png()
    assert platform.calls == ["p1"]
    assert PictureCache(tmp_path, None).get("p1") == png()
    assert PictureCache(tmp_path, None).get("p2") is None
    assert [path.suffix for path in tmp_path.iterdir()] == [""], "nothing half written is left"


@pytest.mark.parametrize("name", ["../../etc/passwd", "a/b", "CON", "x" * 5000, "脐橙", "."])
def test_an_id_never_names_a_file(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "pictures"
    assert PictureCache(folder, Pictures(png())).get(name) == png()
    assert [path.parent for path in tmp_path.rglob("*") if path.is_file()] == [folder]


@pytest.mark.parametrize(
    "data", [b"", b"<html>", b"GIF89a" + bytes(50), png()[:20], png(0, 5), png(20_000, 5), JPEG[:12], bytes(9_000_000)]
)
def test_what_is_no_picture_is_neither_given_nor_kept(tmp_path: Path, data: bytes) -> None:
    platform = Pictures(data)
    cache = PictureCache(tmp_path, platform)
    assert not is_picture(data)
    assert cache.get("p1") is None
    assert cache.get("p1") is None
    assert platform.calls == ["p1", "p1"]


def test_jpeg_is_one_too() -> None:
    assert is_picture(JPEG)


def test_a_platform_that_fails_costs_a_picture_only(tmp_path: Path) -> None:
    platform = Pictures(PlatformError("error.platform.timeout", code="timeout", url="x", seconds=1))
    assert PictureCache(tmp_path, platform).get("p1") is None


def test_a_picture_that_broke_on_disk_is_fetched_again(tmp_path: Path) -> None:
    platform = Pictures(png())
    cache = PictureCache(tmp_path, platform)
    cache.get("p1")
    next(tmp_path.iterdir()).write_bytes(b"")
    assert cache.get("p1") == png()
    assert platform.calls == ["p1", "p1"]


def test_the_least_recently_used_make_room(tmp_path: Path) -> None:
    platform = Pictures(png(padding=1000))
    size = len(platform.data)
    cache = PictureCache(tmp_path, platform, limit_bytes=10 * size)
    for number in range(10):
        cache.get(f"p{number}")
        for path in tmp_path.iterdir():
            stat = path.stat()
            os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns - 10**9))
    cache.get("p0")
    cache.get("p10")
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) <= 10 * size
    platform.calls.clear()
    cache.get("p0")
    assert platform.calls == [], "what was looked at lately is kept"
    cache.get("p1")
    assert platform.calls == ["p1"]


def test_a_folder_that_cannot_be_written_costs_the_cache_only(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    assert PictureCache(tmp_path / "file", Pictures(png())).get("p1") == png()
