"""Any sound to 48 kHz stereo floats."""

from __future__ import annotations

from collections.abc import Iterator

import av
import numpy as np
import numpy.typing as npt

from studio.video.clockwork import SOUND_RATE_HZ


class Resampler:
    """Feeds frames of any rate, layout and format; starts anew when the input changes."""

    def __init__(self) -> None:
        self._input: tuple[int, str, str] | None = None
        self._resampler: av.AudioResampler | None = None

    def feed(self, frame: av.AudioFrame) -> Iterator[npt.NDArray[np.float32]]:
        """Samples of shape (2, n) for one decoded frame."""
        shape = (frame.sample_rate, frame.layout.name, frame.format.name)
        if self._resampler is None or shape != self._input:
            self._input = shape
            layout = "mono" if frame.layout.nb_channels == 1 else "stereo"  # mono mixed to stereo would lose 3 dB
            self._resampler = av.AudioResampler(format="fltp", layout=layout, rate=SOUND_RATE_HZ)
        frame.pts = None  # time is kept by counting samples, not by the resampler
        for out in self._resampler.resample(frame):
            samples = np.asarray(out.to_ndarray(), np.float32)
            yield samples if samples.shape[0] == 2 else np.repeat(samples, 2, axis=0)
