"""A screen for a bench: an X server of its own, so that the window really paints."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

HOW_TO_INSTALL = "apt-get install -y --no-install-recommends xvfb"


@contextmanager
def screen(size: str = "1920x1080") -> Iterator[int]:
    """Start Xvfb, name it in ``DISPLAY``, give its process id; ends the bench where it is not installed."""
    if shutil.which("Xvfb") is None:
        sys.exit(f"this bench paints on a screen: {HOW_TO_INSTALL}")
    reading, writing = os.pipe()
    command = ["Xvfb", "-displayfd", str(writing), "-screen", "0", f"{size}x24", "-nolisten", "tcp"]
    process = subprocess.Popen(command, pass_fds=(writing,), stderr=subprocess.DEVNULL)
    os.close(writing)
    try:
        with os.fdopen(reading) as told:
            number = told.readline().strip()
        if not number:
            sys.exit("Xvfb did not start")
        os.environ["DISPLAY"] = f":{number}"
        os.environ["QT_QPA_PLATFORM"] = "xcb"
        yield process.pid
    finally:
        process.terminate()
        process.wait()
