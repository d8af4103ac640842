"""One program at a time on one folder."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from studio.core.errors import UserError


@contextmanager
def hold(path: Path, key: str) -> Iterator[None]:
    """Hold a lock file for as long as the block runs, also against a killed holder's memory: the system lets go of it.

    Raises UserError with ``key`` (and ``folder``) when another program holds it.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with path.open("a+b") as file:
        try:
            if sys.platform == "win32":
                import msvcrt

                msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
            else:
                import fcntl

                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise UserError(key, folder=path.parent) from error
        yield
