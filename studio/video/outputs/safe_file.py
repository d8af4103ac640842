"""A file that survives a full disk: after the first failed write it keeps what is whole and swallows the rest."""

from __future__ import annotations

import os
from pathlib import Path
from typing import IO

_BOX_HEAD = 8
_BIG_BOX_HEAD = 16


class SafeFile:
    """What a container writes into; ``error`` holds the first failure, from then on the file is left alone."""

    def __init__(self, path: Path) -> None:
        self.name = str(path)
        self.error: OSError | None = None
        self._file = path.open("xb", buffering=0)

    @property
    def closed(self) -> bool:
        """Whether it was closed; PyAV looks here and then writes no trailer."""
        return self._file.closed

    def write(self, data: bytes) -> int:
        """Write all of ``data``, or note the failure; never raises, so that the container closes calmly."""
        if self.error is None:
            try:
                rest = memoryview(data)
                while rest:
                    rest = rest[self._file.write(rest) :]
            except OSError as error:
                self.error = error
        return len(data)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Move, as the container asks for when it closes."""
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        """Where the next write goes."""
        return self._file.tell()

    def sync(self) -> None:
        """Make the disk keep what was written; called from a thread that may wait."""
        os.fsync(self._file.fileno())

    def close(self) -> None:
        """Close; after a failure cut the torn end off first."""
        if self._file.closed:
            return
        if self.error is None:
            self.sync()
        self._file.close()
        if self.error is not None:
            cut_torn_end(Path(self.name))


def cut_torn_end(path: Path) -> int:
    """Cut a recording that was not closed after its last whole fragment; returns how many bytes went."""
    size = path.stat().st_size
    with path.open("r+b") as file:
        whole = _whole_length(file, size)
        if 0 < whole < size:
            file.truncate(whole)
            return size - whole
    return 0


def _whole_length(file: IO[bytes], size: int) -> int:
    """Where the last whole box ends; a fragment is a ``moof`` box and the ``mdat`` after it."""
    at = whole = 0
    while at + _BOX_HEAD <= size:
        file.seek(at)
        head = file.read(_BIG_BOX_HEAD)
        length = int.from_bytes(head[:4], "big")
        if length == 1:
            length = int.from_bytes(head[8:16], "big")
        if length < _BOX_HEAD or at + length > size:
            break
        at += length
        if head[4:8] != b"moof":
            whole = at
    return whole
