"""The virtual camera's process: takes frame numbers from stdin and frames from the board, paces them into the driver.

A driver that blocks for ever or crashes does it here and nowhere else; the parent ends a process that makes no progress."""

from __future__ import annotations

import argparse
import json
import os
import signal
import struct
import sys
import threading
import time

import numpy as np

from studio.video.outputs.camera_drivers import Driver, DriverFault, Flat, open_driver
from studio.video.outputs.frame_board import FrameBoard

NUMBER = struct.Struct("<q")
REPORT_EVERY_S = 0.25
SLATE_AFTER_S = 1.0
EARLY_SHARE, LATE_SHARE = 0.5, 1.5  # of a frame: not sooner after the last one, and then the last one again


class Numbers:
    """The newest frame number told by the parent, and whether the parent is still there."""

    def __init__(self) -> None:
        self.newest = -1
        self.is_over = False
        self._changed = threading.Condition()

    def read_all(self) -> None:
        """Read the pipe to its end."""
        while len(data := sys.stdin.buffer.read(NUMBER.size)) == NUMBER.size:
            with self._changed:
                self.newest = NUMBER.unpack(data)[0]
                self._changed.notify()
        with self._changed:
            self.is_over = True
            self._changed.notify()
        threading.Timer(1.0, os._exit, (0,)).start()  # the driver may hold the other thread

    def wait(self, after: int, timeout_s: float) -> int:
        """The newest number, as soon as it is another than ``after``."""
        with self._changed:
            self._changed.wait_for(lambda: self.newest != after or self.is_over, timeout_s)
            return self.newest


class Pacer:
    """Sends each new frame at once but never two in a row, and the last one again when none comes."""

    def __init__(self, driver: Driver, board: FrameBoard, numbers: Numbers, size: tuple[int, int], fps: int) -> None:
        self.sent = self.repeated = 0
        self._driver, self._board, self._numbers = driver, board, numbers
        self._size, self._frame_s = size, 1 / fps
        self._frame: Flat = np.empty(size[0] * size[1] * 3 // 2, np.uint8)
        self._number = -1
        self._is_slate = False

    def run(self) -> None:
        """Until the parent closes the pipe."""
        sent_s = fresh_s = time.monotonic()
        while not self._numbers.is_over:
            number = self._numbers.wait(self._number, LATE_SHARE * self._frame_s)
            if number == -1 or self._numbers.is_over:
                continue
            early_s = sent_s + EARLY_SHARE * self._frame_s - time.monotonic()
            if early_s > 0:
                time.sleep(early_s)
            if number != self._number:
                self._take()
                fresh_s, self._is_slate = time.monotonic(), False
            else:
                self.repeated += 1
                if time.monotonic() - fresh_s > SLATE_AFTER_S:
                    self._dim()
            self._driver.send(self._frame)
            self.sent += 1
            sent_s = time.monotonic()

    def _take(self) -> None:
        while True:
            number = self._numbers.newest
            self._board.read(number, self._frame)
            self._number = number
            if self._board.is_whole(number, self._numbers.newest):
                return

    def _dim(self) -> None:
        """Nothing comes any more: show the last picture as a slate."""
        if self._is_slate:
            return
        from studio.video.planes import I420Frame
        from studio.video.scene import Canvas
        from studio.video.slate import slate

        width, height = self._size
        last = I420Frame(width, height, self._frame.reshape(height * 3 // 2, width))
        self._frame = slate(last, Canvas(width, height)).flat
        self._is_slate = True


_saying = threading.Lock()


def say(event: str, **values: object) -> None:
    """Tell the parent one line."""
    with _saying:
        sys.stdout.write(json.dumps({"event": event, **values}) + "\n")
        sys.stdout.flush()


def _report(pacer: Pacer) -> None:
    while True:
        threading.Event().wait(REPORT_EVERY_S)
        say("progress", sent=pacer.sent, repeated=pacer.repeated)


def main(words: list[str] | None = None) -> int:
    """Run until the parent closes the pipe; 1 when the driver failed, which was said before."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's affair
    parser = argparse.ArgumentParser()
    parser.add_argument("driver")
    parser.add_argument("board")
    parser.add_argument("size", nargs=3, type=int, metavar="N")
    asked = parser.parse_args(words)
    width, height, fps = asked.size
    numbers = Numbers()
    threading.Thread(target=numbers.read_all, name="numbers", daemon=True).start()
    try:
        driver = open_driver(asked.driver, width, height, fps)
        say("opened", device=driver.device)
        pacer = Pacer(driver, FrameBoard.open(asked.board, width * height * 3 // 2), numbers, (width, height), fps)
        threading.Thread(target=_report, args=(pacer,), name="reports", daemon=True).start()
        pacer.run()
        driver.close()
    except BrokenPipeError:  # the parent is gone, nobody reads the reports
        return 0
    except DriverFault as fault:
        say("failed", reason=fault.reason, detail=fault.detail)
        return 1
    except Exception as error:  # noqa: BLE001 - whatever a driver raises is told to the parent
        say("failed", reason="failed", detail=f"{type(error).__name__}: {error}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
