"""Starts and ends a process of this program: what hangs or crashes in a driver does it there."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import IO

_log = logging.getLogger(__name__)


def start(word: str, module: str, words: Sequence[str] = (), fds: Sequence[int] = ()) -> subprocess.Popen[bytes]:
    """Run ``module`` with pipes to its stdin and stdout; in a frozen program it is called by its ``word``."""
    is_frozen = getattr(sys, "frozen", False)
    command = [sys.executable, word] if is_frozen else [sys.executable, "-m", module]
    return subprocess.Popen(
        [*command, *words],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=_environment(),
        creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        start_new_session=True,
        pass_fds=tuple(fds),
    )


def stdin(process: subprocess.Popen[bytes]) -> IO[bytes]:
    """Where its orders go; raises ValueError for a process without a pipe."""
    if process.stdin is None:
        raise ValueError("the process has no pipe")
    return process.stdin


def end(process: subprocess.Popen[bytes], timeout_s: float) -> None:
    """Close its orders and wait; kill it when it does not end."""
    try:
        stdin(process).close()
    except OSError as error:
        _log.debug("the process went first: %s", error)
    try:
        process.wait(timeout_s)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _environment() -> dict[str, str]:
    """Ours, and where this package lies, so that the process finds it from any folder."""
    root = str(Path(__file__).resolve().parents[3])
    known = os.environ.get("PYTHONPATH")
    return {**os.environ, "PYTHONPATH": root + (os.pathsep + known if known else "")}
