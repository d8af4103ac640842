"""Pushes real H.264 and AAC: ``python -m tests.hub.push URL SECONDS [--realtime]``; a child process, so that it can be killed."""

from __future__ import annotations

import sys
import time
from fractions import Fraction

import av
import numpy as np

WIDTH, HEIGHT, FPS, RATE = 360, 640, 30, 48_000


def main(url: str, seconds: float, is_realtime: bool) -> None:
    """Push ``seconds`` of moving stripes and silence, two frames a group of pictures apart from the first."""
    with av.open(url, "w", format="flv") as out:
        video = out.add_stream("libx264", rate=FPS, options={"preset": "ultrafast", "tune": "zerolatency", "g": "15"})
        video.width, video.height, video.pix_fmt, video.thread_count = WIDTH, HEIGHT, "yuv420p", 1
        sound = out.add_stream("aac", rate=RATE, layout="stereo")
        stripes = (np.indices((HEIGHT * 3 // 2, WIDTH)).sum(axis=0) * 3 % 200).astype(np.uint8)
        began_s, heard = time.monotonic(), 0
        for n in range(round(seconds * FPS)):
            picture = av.VideoFrame.from_ndarray(np.roll(stripes, n * 8, axis=0), format="yuv420p")
            picture.pts, picture.time_base = n, Fraction(1, FPS)
            out.mux(video.encode(picture))
            while heard * FPS <= n * RATE:
                silence = av.AudioFrame.from_ndarray(np.zeros((2, 1024), np.float32), format="fltp", layout="stereo")
                silence.sample_rate, silence.pts, silence.time_base = RATE, heard, Fraction(1, RATE)
                out.mux(sound.encode(silence))
                heard += 1024
            if is_realtime:
                time.sleep(max(0.0, began_s + n / FPS - time.monotonic()))
        out.mux(video.encode(None))
        out.mux(sound.encode(None))


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]), "--realtime" in sys.argv)
