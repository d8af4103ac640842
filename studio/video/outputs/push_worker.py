"""The push process: reads packets from stdin, pushes them by RTMP, reports on stdout; killed by its parent when it hangs.

Everything that libav's network code can do to a program (block for ever, crash) happens here and nowhere else."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from collections.abc import Sequence
from queue import SimpleQueue

import av

from studio.video.outputs import push_address, rtmp, unsent
from studio.video.outputs import push_wire as wire
from studio.video.outputs.muxing import Muxer

REPORT_EVERY_S = 0.25
END_AFTER_EOF_S = 1.0
_REFUSED, _UNREACHABLE = ("Server error",), ("Cannot open connection", "Failed to resolve", "Connection to")


class Push:
    """The connection to one target and what it took so far."""

    def __init__(self) -> None:
        self.address = ""
        self.header = b""
        self.muxer: Muxer | None = None
        self.sent_bytes = 0
        self.sent_frames = 0
        self._connects = 0
        self._lock = threading.Lock()

    def report(self, **values: object) -> None:
        """Tell the parent one line, with what the present connection took so far."""
        with self._lock:
            taken = max(0, self.sent_bytes - unsent.count())
            known = {"connect": self._connects, "bytes": taken, "frames": self.sent_frames}
            sys.stdout.write(json.dumps({**known, **values}) + "\n")
            sys.stdout.flush()

    def connect(self) -> None:
        """Open the connection; a failure is reported, not raised."""
        self.drop()
        with self._lock:
            self._connects += 1
            self.sent_bytes = self.sent_frames = 0
        with av.logging.Capture(local=False) as said:
            try:
                self.muxer = Muxer(rtmp.connect(self.address), self.header)
            except Exception as error:  # noqa: BLE001 - whatever libav raises is told to the parent
                self.report(event="lost", reason=_reason_of_no_connection(error, said))
                return
        self.report(event="connected")

    def push(self, payload: bytes) -> None:
        """Send one packet; a failure ends the connection and is reported."""
        if self.muxer is None:
            return
        packet = wire.parse_packet(payload)
        try:
            self.muxer.write(packet)
        except Exception as error:  # noqa: BLE001 - as above
            self.report(event="lost", reason="closed", error=type(error).__name__)
            self.drop()
            return
        self.sent_bytes, self.sent_frames = self.muxer.bytes, self.muxer.frames

    def drop(self) -> None:
        """Close the connection, if there is one."""
        muxer, self.muxer = self.muxer, None
        if muxer is not None:
            try:
                muxer.container.close()
            except Exception as error:  # noqa: BLE001 - a dead server makes even the close fail
                self.report(event="closed", error=type(error).__name__)


def _reason_of_no_connection(error: Exception, lines: Sequence[tuple[int, str, str]]) -> str:
    """A word for what happened; never the error's own text, which carries the address and the key."""
    said = " ".join(text for _, _, text in lines)
    if any(word in said for word in _REFUSED):
        return "refused"
    if rtmp.is_distrust(" ".join(text for _, who, text in lines if who == "tls")):
        return "certificate"
    if isinstance(error, (ConnectionRefusedError, TimeoutError)) or any(word in said for word in _UNREACHABLE):
        return "unreachable"
    return "shut_out"  # the server took the call and hung up: what many do with a wrong key


def _read_all(inbox: SimpleQueue[tuple[bytes, bytes]]) -> None:
    """Read the pipe to its end, then end the process even if the server holds the other thread."""
    while (message := wire.read_message(sys.stdin.buffer)) is not None:
        inbox.put(message)
    threading.Timer(END_AFTER_EOF_S, os._exit, (0,)).start()
    inbox.put((wire.END, b""))


def _report_progress(push: Push) -> None:
    while True:
        threading.Event().wait(REPORT_EVERY_S)
        push.report(event="progress")


def _handle(push: Push, kind: bytes, payload: bytes) -> None:
    if kind == wire.PACKET:
        push.push(payload)
    elif kind == wire.TARGET:
        target = json.loads(payload)
        push.address = push_address.join(target["url"], target["key"])
    elif kind == wire.HEADER:
        push.header = payload
    elif kind == wire.CONNECT:
        push.connect()


def main() -> int:
    """Run until the pipe ends or the parent says so."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's affair
    av.logging.set_level(av.logging.ERROR)
    push = Push()
    inbox: SimpleQueue[tuple[bytes, bytes]] = SimpleQueue()
    threading.Thread(target=_read_all, args=(inbox,), daemon=True).start()
    threading.Thread(target=_report_progress, args=(push,), daemon=True).start()
    while True:
        kind, payload = inbox.get()
        if kind == wire.END:
            break
        try:
            _handle(push, kind, payload)
        except BrokenPipeError:  # the parent is gone, nobody reads the reports
            break
    push.drop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
