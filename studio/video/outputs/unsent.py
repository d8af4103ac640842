"""How many bytes of this process's connection the other side has not acknowledged yet, where the system can tell.

What `mux` wrote is only in a buffer of ours: on a dead network that buffer would be told as success for many seconds."""

from __future__ import annotations

import os
import socket
import stat
import struct
import sys

_SO_NWRITE = 0x1024  # <sys/socket.h> of macOS: bytes in the send buffer
_MOST_FDS = 64


def count() -> int:
    """Bytes in the send buffers of this process's sockets; 0 where the system does not say."""
    if sys.platform == "win32":
        return 0
    return sum(_of(fd) for fd in range(3, _MOST_FDS) if _is_socket(fd))


def _is_socket(fd: int) -> bool:
    try:
        return stat.S_ISSOCK(os.fstat(fd).st_mode)
    except OSError:
        return False


def _of(fd: int) -> int:
    try:
        if sys.platform == "darwin":
            with socket.socket(fileno=os.dup(fd)) as copy:
                return copy.getsockopt(socket.SOL_SOCKET, _SO_NWRITE)
        import fcntl
        import termios

        answer = fcntl.ioctl(fd, termios.TIOCOUTQ, bytes(4))
        return int(struct.unpack("i", answer)[0])
    except OSError:
        return 0
