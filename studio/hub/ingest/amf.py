"""AMF0, the notation of RTMP commands (Action Message Format specification, 2007)."""

from __future__ import annotations

import struct
from typing import Any

MAX_DEPTH = 16


def write_values(*values: Any) -> bytes:
    """Encode numbers, bools, text, None and dicts of them, one after the other."""
    return b"".join(_write(value) for value in values)


def read_values(data: bytes) -> list[Any]:
    """Decode all values; raises ValueError when the bytes are no AMF0."""
    reader = _Reader(data)
    values = []
    try:
        while reader.at < len(data):
            values.append(reader.value(0))
    except (IndexError, struct.error, UnicodeDecodeError) as error:
        raise ValueError(f"broken AMF0 at byte {reader.at}") from error
    return values


def _write(value: Any) -> bytes:
    if isinstance(value, bool):
        return b"\x01" + bytes([value])
    if isinstance(value, int | float):
        return b"\x00" + struct.pack(">d", value)
    if isinstance(value, str):
        return b"\x02" + _short(value)
    if value is None:
        return b"\x05"
    if isinstance(value, dict):
        return b"\x03" + b"".join(_short(name) + _write(one) for name, one in value.items()) + b"\x00\x00\x09"
    raise TypeError(f"AMF0 cannot carry {type(value).__name__}")


def _short(text: str) -> bytes:
    data = text.encode()
    return struct.pack(">H", len(data)) + data


class _Reader:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self.at = 0

    def value(self, depth: int) -> Any:
        if depth > MAX_DEPTH:
            raise ValueError("AMF0 nested too deep")
        kind = self._data[self.at]
        self.at += 1
        if kind == 0:
            return self._number(">d", 8)
        if kind == 1:
            return self._number(">B", 1) != 0
        if kind in (2, 12):
            return self._text(">H" if kind == 2 else ">I")
        if kind == 3:
            return self._members(depth)
        if kind in (5, 6):
            return None
        if kind == 8:
            self._number(">I", 4)  # a count that writers get wrong; the end mark counts
            return self._members(depth)
        if kind == 10:
            return [self.value(depth + 1) for _ in range(min(self._number(">I", 4), len(self._data)))]
        if kind == 11:
            date = self._number(">d", 8)
            self.at += 2
            return date
        raise ValueError(f"AMF0 type {kind} is not known")

    def _members(self, depth: int) -> dict[str, Any]:
        members: dict[str, Any] = {}
        while True:
            name = self._text(">H")
            if not name and self._data[self.at] == 9:
                self.at += 1
                return members
            members[name] = self.value(depth + 1)

    def _text(self, size_format: str) -> str:
        size = self._number(size_format, struct.calcsize(size_format))
        text = self._data[self.at : self.at + size]
        if len(text) < size:
            raise IndexError
        self.at += size
        return text.decode()

    def _number(self, number_format: str, size: int) -> Any:
        (number,) = struct.unpack_from(number_format, self._data, self.at)
        self.at += size
        return number
