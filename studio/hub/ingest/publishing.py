"""One push: what its video, audio and data messages are."""

from __future__ import annotations

import logging
from collections.abc import Callable

from studio.hub.ingest.decoder import Decoder
from studio.hub.ingest.meter import Meter

AVC = 7
AAC = 10
SEQUENCE_HEADER = 0
CODED = 1
KEYFRAME = 1

_log = logging.getLogger(__name__)


class Publishing:
    """Counts a push's frames and hands its pictures to the decoder (FLV 10.1, sections E.4.2 and E.4.3)."""

    def __init__(self, meter: Meter, save: Callable[[], None]) -> None:
        self._meter = meter
        self.decoder = Decoder(meter, save)
        self._has_warned = False
        meter.add(connects=1)

    def add_bytes(self, count: int) -> None:
        """Bytes of the connection."""
        self._meter.add_bytes(count)

    def video(self, payload: bytes) -> None:
        """A video message: configuration or one picture."""
        if len(payload) < 5:
            return
        if payload[0] & 0x80 or payload[0] & 0x0F != AVC:
            self._refuse_codec()
        elif payload[1] == SEQUENCE_HEADER:
            self.decoder.configure(payload[5:])
        elif payload[1] == CODED:
            self._meter.add_frame()
            self.decoder.decode(payload[5:], payload[0] >> 4 == KEYFRAME)

    def audio(self, payload: bytes) -> None:
        """An audio message: configuration or one frame."""
        if payload and not (payload[0] >> 4 == AAC and payload[1:2] == b"\x00"):
            self._meter.add(audio_frames=1)

    def close(self) -> None:
        """The push ended; the decoder finishes what it has."""
        self.decoder.close()

    def _refuse_codec(self) -> None:
        self._meter.add_frame()
        self._meter.add(decode_errors=1)
        if not self._has_warned:
            self._has_warned = True
            _log.warning("a push carries pictures that are not H.264; they are counted, not decoded")
