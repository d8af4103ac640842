"""Packets between the encoder and the outputs: frozen, and queues that never block the encoder."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True)
class EncodedPacket:
    """One compressed picture or block of sound; times are counted in ``time_base`` from the engine's zero.

    ``epoch`` grows when the picture codec is opened anew: what one output takes must all be of one epoch."""

    is_video: bool
    data: bytes
    pts: int
    dts: int
    duration: int
    is_keyframe: bool
    time_base: Fraction
    epoch: int = 0

    @property
    def pts_s(self) -> float:
        """Presentation time in seconds."""
        return self.pts * self.time_base.numerator / self.time_base.denominator

    @property
    def end_s(self) -> float:
        """When it has been shown or heard."""
        return (self.pts + self.duration) * self.time_base.numerator / self.time_base.denominator


class PacketQueue:
    """A bounded queue for one output: starts at a keyframe, and when full throws all away up to the next keyframe."""

    def __init__(self, max_bytes: int) -> None:
        self.max_bytes = max_bytes
        self.dropped = 0
        self._packets: deque[EncodedPacket] = deque()
        self._bytes = 0
        self._is_waiting_for_keyframe = True
        self._is_closed = False
        self._changed = threading.Condition()

    def offer(self, packet: EncodedPacket) -> bool:
        """Take a packet at once or count its frame as dropped; False asks the encoder for a keyframe."""
        with self._changed:
            if self._is_closed:
                return True
            if self._is_waiting_for_keyframe and not (packet.is_video and packet.is_keyframe):
                return True
            if self._bytes + len(packet.data) > self.max_bytes and self._packets:
                self.dropped += sum(one.is_video for one in self._packets) + packet.is_video
                self._packets.clear()
                self._bytes = 0
                self._is_waiting_for_keyframe = True
                return False
            self._is_waiting_for_keyframe = False
            self._packets.append(packet)
            self._bytes += len(packet.data)
            if packet.is_video:  # sound waits for the next picture, or for the reader's patience: fewer threads to wake
                self._changed.notify()
        return True

    def take(self, timeout_s: float) -> EncodedPacket | None:
        """The oldest packet, or None when none came in time or the queue is closed and empty."""
        with self._changed:
            if not self._packets and not self._is_closed:
                self._changed.wait(timeout_s)
            if not self._packets:
                return None
            packet = self._packets.popleft()
            self._bytes -= len(packet.data)
            return packet

    def restart(self) -> None:
        """Forget what is queued and start again at the next keyframe (the output lost its far end)."""
        with self._changed:
            self.dropped += sum(one.is_video for one in self._packets)
            self._packets.clear()
            self._bytes = 0
            self._is_waiting_for_keyframe = True

    def close(self) -> None:
        """Take nothing more; what is queued can still be taken."""
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()

    @property
    def is_closed(self) -> bool:
        """Nothing more comes after what is queued."""
        return self._is_closed

    @property
    def bytes(self) -> int:
        """How much is queued."""
        return self._bytes

    @property
    def is_empty(self) -> bool:
        """Nothing is queued."""
        return not self._packets
