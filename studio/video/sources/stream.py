"""A network stream as a source: a phone camera over RTSP or HTTP, another encoder over TCP."""

from __future__ import annotations

import errno
from typing import ClassVar

import av
from av.container import InputContainer

from studio.video.sources.live import LiveSource

OPENS_WITHIN_S, READS_WITHIN_S = 8.0, 3.0


class StreamSource(LiveSource):
    """Opened with small buffers; silence of the network for three seconds counts as lost."""

    kind: ClassVar[str] = "stream"

    def _connect(self) -> InputContainer:
        if not self.spec.address.lower().startswith("rtsp"):
            return self._open({})
        try:
            return self._open({"rtsp_transport": "tcp"})
        except (av.error.HTTPClientError, OSError) as refused:
            if isinstance(refused, OSError) and refused.errno != errno.EPROTONOSUPPORT:
                raise
            return self._open({})  # it has no TCP

    def _open(self, transport: dict[str, str]) -> InputContainer:
        options = {"fflags": "nobuffer", "probesize": "500000", "analyzeduration": "500000", **transport}
        timeout = (OPENS_WITHIN_S, READS_WITHIN_S)
        container: InputContainer = av.open(self.spec.address, "r", options=options, timeout=timeout)
        return container
