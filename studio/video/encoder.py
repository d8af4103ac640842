"""The one encoder: H.264 and AAC, opened once, whose packets go to every output."""

from __future__ import annotations

import io
import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

import av
import numpy as np
import numpy.typing as npt
from av.codec.context import Flags
from av.video.frame import PictureType

from studio.video.clockwork import SOUND_RATE_HZ
from studio.video.framepool import PooledFrame
from studio.video.packets import EncodedPacket
from studio.video.scene import Canvas

_log = logging.getLogger(__name__)

KEYFRAME_EVERY_S = 2
QUEUE_FRAMES = 6
SOUND_BLOCK = 1024
_BT709 = 1
_LIMITED = 1
_TWO_THREADS_FROM_PIXELS_PER_S = 1280 * 720 * 40

Samples = npt.NDArray[np.float32]
Sink = Callable[[EncodedPacket], None]


@dataclass(frozen=True, kw_only=True)
class EncoderSettings:
    """What is encoded: the canvas, the rates in kbit/s and the x264 preset."""

    canvas: Canvas
    bitrate_kbps: int = 2500
    sound_kbps: int = 128
    preset: str = "superfast"


class Codecs:
    """The opened picture and sound codecs; ``header`` describes both streams to an output in any process."""

    def __init__(self, settings: EncoderSettings) -> None:
        self.settings = settings
        fps = settings.canvas.fps
        self._null = av.open("-", "w", format="null")
        self._picture = self._null.add_stream("libx264", rate=fps, options=_x264_options(settings))
        self._picture.width, self._picture.height = settings.canvas.width, settings.canvas.height
        self._picture.pix_fmt = "yuv420p"
        context = self._picture.codec_context
        context.bit_rate = settings.bitrate_kbps * 1000
        context.color_range, context.colorspace = _LIMITED, _BT709
        context.color_primaries, context.color_trc = _BT709, _BT709
        context.flags |= Flags.global_header
        self._sound = self._null.add_stream("aac", rate=SOUND_RATE_HZ, options={"aac_coder": "fast"})
        self._sound.layout = "stereo"
        self._sound.bit_rate = settings.sound_kbps * 1000
        self._sound.codec_context.flags |= Flags.global_header
        self._null.start_encoding()
        self.header = _describe(self._picture, self._sound)
        self._frame_base = Fraction(1, fps)
        self._sample_base = Fraction(1, SOUND_RATE_HZ)

    @property
    def name(self) -> str:
        """What the user reads about the encoder."""
        return f"x264 {self.settings.preset}"

    def encode_picture(self, buffer: npt.NDArray[np.uint8], index: int, is_keyframe: bool) -> list[EncodedPacket]:
        """Compress the I420 ``buffer`` of frame ``index``; it may be reused as soon as this returns."""
        frame = av.VideoFrame.from_numpy_buffer(buffer, "yuv420p")
        frame.pts, frame.time_base = index, self._frame_base
        frame.color_range, frame.colorspace = _LIMITED, _BT709
        if is_keyframe:
            frame.pict_type = PictureType.I
        return [_frozen(packet, True, 1, self._frame_base) for packet in self._picture.encode(frame)]

    def encode_sound(self, samples: Samples, at: int) -> list[EncodedPacket]:
        """Compress a block of ``samples`` (2, 1024) whose first one is sample ``at`` of the timeline."""
        frame = av.AudioFrame.from_ndarray(samples, "fltp", "stereo")
        frame.sample_rate = SOUND_RATE_HZ
        frame.pts, frame.time_base = at, self._sample_base
        packets = self._sound.encode(frame)
        # AAC primes itself with a block before zero: it holds no sound, and in a file it would shift every picture.
        return [_frozen(one, False, SOUND_BLOCK, self._sample_base) for one in packets if (one.pts or 0) >= 0]

    def close(self) -> None:
        """Let the codecs go."""
        self._null.close()


def _x264_options(settings: EncoderSettings) -> dict[str, str]:
    canvas, rate = settings.canvas, f"{settings.bitrate_kbps}k"
    is_heavy = canvas.width * canvas.height * canvas.fps > _TWO_THREADS_FROM_PIXELS_PER_S
    return {
        "preset": settings.preset,
        "tune": "zerolatency",
        "maxrate": rate,
        "bufsize": rate,
        "g": str(KEYFRAME_EVERY_S * canvas.fps),
        "sc_threshold": "0",
        "forced-idr": "1",
        "threads": "2" if is_heavy else "1",
    }


def _frozen(packet: av.Packet, is_video: bool, duration: int, time_base: Fraction) -> EncodedPacket:
    pts = packet.pts or 0
    dts = pts if packet.dts is None else packet.dts
    return EncodedPacket(is_video, bytes(packet), pts, dts, duration, bool(packet.is_keyframe), time_base)


def _describe(picture: av.VideoStream, sound: av.AudioStream) -> bytes:
    """Both streams' parameters as the head of a NUT file: it keeps the codecs' own headers as they are."""
    memory = io.BytesIO()
    with av.open(memory, "w", format="nut") as container:
        for template in (picture, sound):
            container.add_stream_from_template(template)
        container.start_encoding()
        for stream in container.streams:  # the reader wants to see one packet of each
            packet = av.Packet(bytes(8))
            packet.pts = packet.dts = 0
            packet.time_base, packet.is_keyframe, packet.stream = Fraction(1, 1000), True, stream
            container.mux(packet)
    return memory.getvalue()


class EncoderThread:
    """Encodes pictures from a bounded queue: when it is full the oldest picture is dropped and counted."""

    def __init__(self, codecs: Codecs, sink: Sink) -> None:
        self.codecs = codecs
        self.dropped = 0
        self.encoded = 0
        self.busy_s = 0.0
        self._sink = sink
        self._frames: deque[tuple[PooledFrame, int, bool]] = deque()
        self._is_keyframe_wanted = True
        self._is_stopping = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._run, name="encoder", daemon=True)

    def start(self) -> None:
        """Begin to encode."""
        self._thread.start()

    def want_keyframe(self) -> None:
        """Make the next encoded picture a keyframe."""
        self._is_keyframe_wanted = True

    def offer(self, frame: PooledFrame, index: int, is_keyframe: bool = False) -> None:
        """Queue a picture; takes over one use of ``frame``."""
        with self._changed:
            if len(self._frames) >= QUEUE_FRAMES:
                oldest, _, had_keyframe = self._frames.popleft()
                oldest.release()
                self.dropped += 1
                self._is_keyframe_wanted |= had_keyframe
            self._frames.append((frame, index, is_keyframe))
            self._changed.notify()

    @property
    def waiting(self) -> int:
        """Pictures in the queue."""
        return len(self._frames)

    def stop(self, timeout_s: float) -> bool:
        """Encode what is queued and end; False when that took longer than ``timeout_s``."""
        with self._changed:
            self._is_stopping = True
            self._changed.notify()
        if self._thread.is_alive():
            self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _take(self) -> tuple[PooledFrame, int, bool] | None:
        with self._changed:
            while not self._frames:
                if self._is_stopping:
                    return None
                self._changed.wait()
            return self._frames.popleft()

    def _run(self) -> None:
        while (job := self._take()) is not None:
            pooled, index, is_keyframe = job
            if self._is_keyframe_wanted:
                self._is_keyframe_wanted, is_keyframe = False, True
            started_s = time.thread_time()
            try:
                packets = self.codecs.encode_picture(pooled.frame.buffer, index, is_keyframe)
            except av.FFmpegError:
                _log.exception("picture %d could not be encoded", index)
                self.dropped += 1
                self._is_keyframe_wanted = True
                continue
            finally:
                pooled.release()
            self.busy_s += time.thread_time() - started_s
            self.encoded += 1
            for packet in packets:
                self._sink(packet)
