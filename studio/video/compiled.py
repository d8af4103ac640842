"""Compiling with numba and keeping the result, wherever the program lies; everything has a way without numba."""

from __future__ import annotations

import logging
import os
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

NO_NUMBA = "ANCHOR_STUDIO_NO_NUMBA"
_CACHE = "NUMBA_CACHE_DIR"

_log = logging.getLogger(__name__)
_Function = TypeVar("_Function", bound=Callable[..., Any])


@cache
def is_available() -> bool:
    """Whether numba is there and not forbidden by the environment variable `NO_NUMBA`."""
    if os.environ.get(NO_NUMBA):
        return False
    try:
        import numba  # noqa: F401
    except ImportError as error:
        _log.warning("numba is not there (%s): OpenCV does its work, slower", error)
        return False
    return True


def compiled(signature: object = None) -> Callable[[_Function], _Function]:
    """Compile without the GIL and without bounds checks; kept on disk beside the file, else in the user's cache folder
    (numba's own order), else in a temporary folder, so that a read-only or frozen program need not compile each time."""
    import numba

    options: dict[str, Any] = {"nogil": True, "error_model": "numpy", "boundscheck": False}

    def decorate(function: _Function) -> _Function:
        try:
            made: _Function = numba.njit(*([] if signature is None else [signature]), cache=True, **options)(function)
        except RuntimeError as error:  # numba's "cannot cache function: no locator available"
            if "cache" not in str(error):
                raise
            numba.config.CACHE_DIR = os.environ[_CACHE] = str(_own_folder())
            _log.info("compiled kernels are kept in %s: %s", numba.config.CACHE_DIR, error)
            made = numba.njit(*([] if signature is None else [signature]), cache=True, **options)(function)
        return made

    return decorate


def _own_folder() -> Path:
    """A folder of this user alone: what lies in it is run as code."""
    folder = Path(tempfile.gettempdir()) / f"anchor-studio-numba-{os.getuid() if hasattr(os, 'getuid') else 'user'}"
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if hasattr(os, "getuid") and (found.st_uid != os.getuid() or found.st_mode & 0o077 or folder.is_symlink()):
        return Path(tempfile.mkdtemp(prefix="anchor-studio-numba-"))
    return folder
