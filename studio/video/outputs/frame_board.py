"""Frame board: memory shared with another process, with places for three raw frames; nobody ever waits at it.

The writer fills place ``number % 3`` and only then tells the number through a pipe; a reader who copies the newest frame
has two frame times before its place is written again, and `is_whole` tells when even that was not enough."""

from __future__ import annotations

import mmap
import os
import sys
import tempfile

import numpy as np
import numpy.typing as npt

PLACES = 3
Flat = npt.NDArray[np.uint8]


class FrameBoard:
    """The shared memory, in the process that made it or in one that was given its ``ticket``."""

    def __init__(self, memory: mmap.mmap, frame_bytes: int, ticket: str, fd: int | None = None) -> None:
        self.ticket = ticket
        self.fd = fd
        self._memory = memory
        whole = np.frombuffer(memory, np.uint8, PLACES * frame_bytes)
        self._places: list[Flat] = [whole[at * frame_bytes : (at + 1) * frame_bytes] for at in range(PLACES)]

    @classmethod
    def make(cls, frame_bytes: int) -> FrameBoard:
        """New memory without a name in any folder: it is gone with its last user, also after a kill."""
        size = PLACES * frame_bytes
        if sys.platform == "win32":
            name = f"anchor-studio-{os.getpid()}-{os.urandom(8).hex()}"
            return cls(mmap.mmap(-1, size, tagname=name), frame_bytes, f"name:{name}")
        fd = _nameless_file(size)
        return cls(mmap.mmap(fd, size), frame_bytes, f"fd:{fd}", fd)

    @classmethod
    def open(cls, ticket: str, frame_bytes: int) -> FrameBoard:
        """The memory of a ``ticket``; on POSIX its descriptor was inherited."""
        kind, _, value = ticket.partition(":")
        size = PLACES * frame_bytes
        if sys.platform == "win32":
            return cls(mmap.mmap(-1, size, tagname=value), frame_bytes, ticket)
        if kind != "fd":
            raise ValueError(f"no ticket to a frame board: {ticket}")
        return cls(mmap.mmap(int(value), size), frame_bytes, ticket, int(value))

    def write(self, number: int, frame: Flat) -> None:
        """Copy a frame into its place."""
        np.copyto(self._places[number % PLACES], frame)

    def read(self, number: int, into: Flat) -> None:
        """Copy frame ``number`` out; whole only if `is_whole` says so afterwards."""
        np.copyto(into, self._places[number % PLACES])

    @staticmethod
    def is_whole(number: int, newest: int) -> bool:
        """Whether frame ``number`` could not have been written over when ``newest`` was the last one told."""
        return newest < number + PLACES - 1

    def close(self) -> None:
        """Let go of the memory."""
        self._places = []
        if self.fd is not None:
            os.close(self.fd)
            self.fd = None
        self._memory.close()


def _nameless_file(size: int) -> int:
    if sys.platform == "linux":
        fd = os.memfd_create("anchor-studio-frames")
    else:
        with tempfile.TemporaryFile() as file:
            fd = os.dup(file.fileno())
    os.ftruncate(fd, size)
    return fd
