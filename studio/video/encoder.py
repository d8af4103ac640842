"""The one encoder: H.264 and AAC, opened once, whose packets go to every output."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

import av
import numpy as np
import numpy.typing as npt
from av.codec.context import Flags
from av.video.frame import PictureType

from studio.video import codec_options
from studio.video.clockwork import SOUND_RATE_HZ
from studio.video.codec_options import RATE_IN_PLACE, X264
from studio.video.packets import EncodedPacket
from studio.video.planes import I420Frame, reduce
from studio.video.scene import Canvas

SOUND_BLOCK = 1024
_SAMPLE_BASE = Fraction(1, SOUND_RATE_HZ)
_BT709 = 1
_LIMITED = 1

Samples = npt.NDArray[np.float32]
Sink = Callable[[EncodedPacket], None]


@dataclass(frozen=True, kw_only=True)
class EncoderSettings:
    """What is encoded: the canvas, reduced by ``scale``, each ``every``-th frame of it, the rates and the encoder.

    ``preset`` is one of x264's and means nothing to another encoder."""

    canvas: Canvas
    bitrate_kbps: int = 2500
    sound_kbps: int = 128
    preset: str = "superfast"
    scale: float = 1.0
    every: int = 1
    encoder: str = X264

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the encoded picture, even."""
        return (round(self.canvas.width * self.scale / 2) * 2, round(self.canvas.height * self.scale / 2) * 2)

    @property
    def name(self) -> str:
        """What the user reads about the encoder."""
        width, height = self.size
        which = f"x264 {self.preset}" if self.encoder == X264 else self.encoder
        return f"{which} {width}x{height}@{self.canvas.fps // self.every}"


class SoundCodec:
    """The opened AAC codec; it outlives every change of the picture."""

    def __init__(self, kbps: int) -> None:
        self._null = av.open("-", "w", format="null")
        self.stream = self._null.add_stream("aac", rate=SOUND_RATE_HZ, options={"aac_coder": "fast"})
        self.stream.layout = "stereo"
        self.stream.bit_rate = kbps * 1000
        self.stream.codec_context.flags |= Flags.global_header
        self._null.start_encoding()

    def encode(self, samples: Samples, at: int) -> list[EncodedPacket]:
        """Compress a block of ``samples`` (2, 1024) whose first one is sample ``at`` of the timeline."""
        frame = av.AudioFrame.from_ndarray(samples, "fltp", "stereo")
        frame.sample_rate = SOUND_RATE_HZ
        frame.pts, frame.time_base = at, _SAMPLE_BASE
        packets = self.stream.encode(frame)
        # AAC primes itself with a block before zero: it holds no sound, and in a file it would shift every picture.
        return [_frozen(one, False, SOUND_BLOCK, _SAMPLE_BASE, 0) for one in packets if (one.pts or 0) >= 0]

    def close(self) -> None:
        """Let the codec go."""
        self._null.close()


class Codecs:
    """The opened picture and sound codecs; ``header`` describes both streams to an output in any process."""

    def __init__(self, settings: EncoderSettings, sound: SoundCodec | None = None, epoch: int = 0) -> None:
        self.settings = settings
        self.epoch = epoch
        self._last_pts = -1
        self.sound = sound or SoundCodec(settings.sound_kbps)
        fps = Fraction(settings.canvas.fps, settings.every)
        self._frame_base = Fraction(1, settings.canvas.fps)
        self._null = av.open("-", "w", format="null")
        try:
            self._open_picture(settings, fps)
        except BaseException:
            self._null.close()
            raise
        self.header = _describe(self._picture, self.sound.stream)
        is_reduced = settings.size != (settings.canvas.width, settings.canvas.height)
        self._small = I420Frame(*settings.size) if is_reduced else None

    def _open_picture(self, settings: EncoderSettings, fps: Fraction) -> None:
        wanted = codec_options.options(
            settings.encoder, settings.preset, settings.size, float(fps), settings.bitrate_kbps
        )
        self._picture = self._null.add_stream(settings.encoder, rate=fps, options=wanted)
        self._picture.width, self._picture.height = settings.size
        context = self._picture.codec_context
        self._format = codec_options.pixel_format([one.name for one in context.codec.video_formats or ()])
        self._picture.pix_fmt = self._format
        context.time_base = self._frame_base
        context.bit_rate = settings.bitrate_kbps * 1000
        context.color_range, context.colorspace = _LIMITED, _BT709
        context.color_primaries, context.color_trc = _BT709, _BT709
        context.flags |= Flags.global_header
        self._null.start_encoding()

    @property
    def is_x264(self) -> bool:
        """Whether it is the encoder that everything falls back to."""
        return self.settings.encoder == X264

    @property
    def can_change_rate(self) -> bool:
        """Whether `set_bitrate` does anything."""
        return self.settings.encoder in RATE_IN_PLACE

    @property
    def name(self) -> str:
        """What the user reads about the encoder."""
        return self.settings.name

    def set_bitrate(self, kbps: int) -> None:
        """Change the picture's rate from the next frame on, without a new stream (the encoder reconfigures itself)."""
        self._picture.codec_context.bit_rate = kbps * 1000

    def takes(self, index: int) -> bool:
        """Whether frame ``index`` is one of those that are encoded."""
        return index % self.settings.every == 0

    def encode_picture(self, buffer: npt.NDArray[np.uint8], index: int, is_keyframe: bool) -> list[EncodedPacket]:
        """Compress the I420 ``buffer`` of frame ``index``; it may be reused as soon as this returns."""
        if self._small is not None:
            buffer = _reduced(buffer, self.settings.canvas, self._small)
        frame = self._frame(buffer)
        frame.pts, frame.time_base = index, self._frame_base
        frame.color_range, frame.colorspace = _LIMITED, _BT709
        if is_keyframe:
            frame.pict_type = PictureType.I
        return self._packets(frame)

    def finish_picture(self) -> list[EncodedPacket]:
        """What the encoder still keeps; it takes no picture after this."""
        return self._packets(None)

    def _packets(self, frame: av.VideoFrame | None) -> list[EncodedPacket]:
        """In the order of their time, as without B-frames they are; what an encoder adds beside them fits no container."""
        found: list[EncodedPacket] = []
        for packet in self._picture.encode(frame):
            if packet.size and packet.pts is not None and packet.pts > self._last_pts:
                self._last_pts = packet.pts
                found.append(_frozen(packet, True, self.settings.every, self._frame_base, self.epoch))
        return found

    def _frame(self, buffer: npt.NDArray[np.uint8]) -> av.VideoFrame:
        if self.is_x264:  # without lookahead it is done with the buffer when it returns; others may keep it
            return av.VideoFrame.from_numpy_buffer(buffer, "yuv420p")
        if self._format == "nv12":
            buffer = _nv12(buffer, self.settings.size)
        return av.VideoFrame.from_ndarray(buffer, self._format)

    def encode_sound(self, samples: Samples, at: int) -> list[EncodedPacket]:
        """Compress a block of sound, see `SoundCodec.encode`."""
        return self.sound.encode(samples, at)

    def close_picture(self) -> None:
        """Let the picture codec go; the sound goes on in the next one."""
        self._null.close()

    def close(self) -> None:
        """Let both codecs go."""
        self.close_picture()
        self.sound.close()


def _reduced(buffer: npt.NDArray[np.uint8], canvas: Canvas, small: I420Frame) -> npt.NDArray[np.uint8]:
    whole = I420Frame(canvas.width, canvas.height, buffer)
    for plane, target in ((whole.y, small.y), (whole.u, small.u), (whole.v, small.v)):
        reduce(plane, target)
    return small.buffer


def _nv12(buffer: npt.NDArray[np.uint8], size: tuple[int, int]) -> npt.NDArray[np.uint8]:
    """The I420 ``buffer`` with its chroma planes woven into one."""
    width, height = size
    luma, quarter = width * height, width * height // 4
    flat, woven = buffer.reshape(-1), np.empty(buffer.size, np.uint8)
    woven[:luma] = flat[:luma]
    woven[luma::2], woven[luma + 1 :: 2] = flat[luma : luma + quarter], flat[luma + quarter :]
    return woven.reshape(buffer.shape)


def _frozen(packet: av.Packet, is_video: bool, duration: int, time_base: Fraction, epoch: int) -> EncodedPacket:
    pts = packet.pts or 0
    dts = pts if packet.dts is None else packet.dts
    return EncodedPacket(is_video, bytes(packet), pts, dts, duration, bool(packet.is_keyframe), time_base, epoch)


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
