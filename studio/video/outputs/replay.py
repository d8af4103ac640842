"""Instant replay (即时回放): the last packets in memory, so that the moment that was can be kept, recorded or not."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass

from studio.core.errors import UserError
from studio.video.packets import EncodedPacket

HELD_S = 124.0
"""Two minutes and the keyframe before them."""
HELD_BYTES = 48_000_000


@dataclass(frozen=True, kw_only=True)
class ReplayPiece:
    """Packets of one codec, the first picture a keyframe; ``header`` describes them."""

    header: bytes
    packets: tuple[EncodedPacket, ...]


class ReplayRing:
    """An output that forgets: holds two minutes or 48 MB, whichever is less, and starts a replay at a keyframe."""

    def __init__(self, header: bytes, epoch: int) -> None:
        self._headers = {epoch: header}
        self._packets: deque[EncodedPacket] = deque()
        self._bytes = 0
        self._lock = threading.Lock()

    def renew(self, header: bytes, epoch: int) -> None:
        """Packets of another codec will come."""
        self._headers[epoch] = header

    def offer(self, packet: EncodedPacket) -> bool:
        """Take a packet, let go of the oldest; never asks for a keyframe."""
        with self._lock:
            self._packets.append(packet)
            self._bytes += len(packet.data)
            while self._bytes > HELD_BYTES or packet.pts_s - self._packets[0].pts_s > HELD_S:
                self._bytes -= len(self._packets.popleft().data)
        return True

    def last(self, seconds: float) -> tuple[ReplayPiece, ...]:
        """The last ``seconds``, from the keyframe before them on; in pieces where the codec changed. Raises UserError."""
        with self._lock:
            packets = sorted(self._packets, key=lambda one: float(one.dts * one.time_base))
        pictures = [one for one in packets if one.is_video]
        keys = [one for one in pictures if one.is_keyframe]
        if not keys:
            raise UserError("error.video.nothing_to_replay")
        wished_s = pictures[-1].end_s - seconds
        first = next((one for one in reversed(keys) if one.pts_s <= wished_s), keys[0])
        starts = [first] + [
            one
            for before, one in zip(pictures, pictures[1:], strict=False)
            if one.epoch != before.epoch and one.pts_s > first.pts_s
        ]
        ends_s = [one.pts_s for one in starts[1:]] + [float("inf")]
        return tuple(
            ReplayPiece(
                header=self._headers[start.epoch],
                packets=tuple(one for one in packets if start.pts_s <= one.pts_s < end_s),
            )
            for start, end_s in zip(starts, ends_s, strict=True)
        )
