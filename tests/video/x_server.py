"""A real X server without a screen, and real windows on it, each of a program of its own that can be killed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

IS_INSTALLED = shutil.which("Xvfb") is not None
HOW_TO_INSTALL = "apt-get install -y --no-install-recommends xvfb"

_PROGRAM = """
import os, sys
from Xlib import X, Xatom
from Xlib.display import Display

display = Display()
screen = display.screen()
root = screen.root
window = root.create_window(40, 30, 200, 120, 0, screen.root_depth, X.InputOutput, X.CopyFromParent)
title, program = sys.argv[1:]
window.set_wm_class(program, program)
window.change_property(display.intern_atom("_NET_WM_NAME"), display.intern_atom("UTF8_STRING"), 8, title.encode())
window.change_property(display.intern_atom("_NET_WM_PID"), Xatom.CARDINAL, 32, [os.getpid()])
for line in sys.stdin:
    word, *numbers = line.split()
    numbers = [int(number, 0) for number in numbers]
    if word == "paint":
        window.change_attributes(background_pixel=numbers[0])
        window.clear_area()
    elif word == "size":
        window.configure(width=numbers[0], height=numbers[1])
    elif word == "move":
        window.configure(x=numbers[0], y=numbers[1])
    elif word == "show":
        window.map()
    elif word == "hide":
        window.unmap()
    display.sync()
    print("done", flush=True)
"""


class XServer:
    """One Xvfb on a display number of its own; with ``environment`` a program finds it."""

    def __init__(self, size: str = "640x480", display: str | None = None) -> None:
        read_end, write_end = os.pipe()
        command = [
            "Xvfb",
            *([display] if display else []),
            "-displayfd",
            str(write_end),
            "-screen",
            "0",
            f"{size}x24",
            "-nolisten",
            "tcp",
        ]
        command += ["-noreset"]  # it would begin anew whenever the last program leaves
        self._server = subprocess.Popen(command, pass_fds=[write_end], stderr=subprocess.DEVNULL)
        os.close(write_end)
        with os.fdopen(read_end) as told:
            self.display = f":{told.readline().strip()}"
        self._windows: list[XWindow] = []

    @property
    def environment(self) -> dict[str, str]:
        return {**os.environ, "DISPLAY": self.display}

    def window(self, title: str, program: str = "shop") -> XWindow:
        """A window that is shown and painted red."""
        made = XWindow(self, title, program)
        self._windows.append(made)
        return made

    def kill(self) -> None:
        """End the server as a crash or the end of a session would."""
        self._server.kill()
        self._server.wait()

    def close(self) -> None:
        for window in self._windows:
            window.kill()
        self.kill()


class XWindow:
    """A window of a program of its own, which does what it is told."""

    def __init__(self, server: XServer, title: str, program: str) -> None:
        here = Path(__file__).parents[2]
        self._process = subprocess.Popen(
            [sys.executable, "-c", _PROGRAM, title, program],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=here,
            env=server.environment,
        )
        self.do("paint 0xff0000")
        self.do("show")

    def do(self, words: str) -> None:
        """Tell it, and wait until the X server has it."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(words + "\n")
        self._process.stdin.flush()
        assert self._process.stdout.readline() == "done\n"

    def kill(self) -> None:
        self._process.kill()
        self._process.communicate()
