"""A network stream as a source: a phone camera over RTSP or HTTP, another encoder over TCP."""

from __future__ import annotations

from typing import ClassVar

import av
from av.container import InputContainer

from studio.video.sources.live import LiveSource

OPENS_WITHIN_S, READS_WITHIN_S = 8.0, 3.0


class StreamSource(LiveSource):
    """Opened with small buffers; silence of the network for three seconds counts as lost."""

    kind: ClassVar[str] = "stream"

    def _connect(self) -> InputContainer:
        options = {"fflags": "nobuffer", "probesize": "500000", "analyzeduration": "500000"}
        if self.spec.address.lower().startswith("rtsp"):
            options["rtsp_transport"] = "tcp"
        timeout = (OPENS_WITHIN_S, READS_WITHIN_S)
        container: InputContainer = av.open(self.spec.address, "r", options=options, timeout=timeout)
        return container
