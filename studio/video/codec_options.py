"""How each encoder is asked for the same: a constant rate, no waiting, a keyframe every two seconds and where one is forced.

Option names of the hardware ones: libavcodec's nvenc.c, qsvenc_h264.c, amfenc_h264.c, mfenc.c, videotoolboxenc.c."""

from __future__ import annotations

from collections.abc import Sequence

X264 = "libx264"
HARDWARE = ("h264_nvenc", "h264_qsv", "h264_amf", "h264_mf", "h264_videotoolbox", "h264_v4l2m2m")
RATE_IN_PLACE = (X264, "h264_nvenc", "h264_qsv")  # the others want a new stream for another rate

KEYFRAME_EVERY_S = 2
_TWO_THREADS_FROM_PIXELS_PER_S = 1280 * 720 * 40

PRESETS = {
    "superfast": {"preset": "superfast"},
    # measured: within 0.05 dB of superfast on a talking head, at 0.72 of its cost
    "ultraplus": {"preset": "ultrafast", "x264-params": "cabac=1:8x8dct=1:aq-mode=1:deblock=1,0,0"},
    "ultrafast": {"preset": "ultrafast"},
    "veryfast": {"preset": "veryfast"},
}

_OWN: dict[str, dict[str, str]] = {
    "h264_nvenc": {"preset": "p4", "tune": "ull", "rc": "cbr", "zerolatency": "1", "delay": "0", "forced-idr": "1"},
    "h264_qsv": {"preset": "veryfast", "async_depth": "1", "look_ahead": "0", "forced_idr": "1"},
    "h264_amf": {"usage": "lowlatency", "quality": "speed", "rc": "cbr", "forced_idr": "1"},
    "h264_mf": {"hw_encoding": "1", "rate_control": "cbr", "scenario": "live_streaming"},
    "h264_videotoolbox": {"realtime": "1", "allow_sw": "0", "constant_bit_rate": "1"},
}


def options(encoder: str, preset: str, size: tuple[int, int], fps: float, kbps: int) -> dict[str, str]:
    """What ``encoder`` is opened with; ``preset`` is one of x264's."""
    rate = f"{kbps}k"
    common = {"maxrate": rate, "bufsize": rate, "g": str(round(KEYFRAME_EVERY_S * fps)), "bf": "0"}
    if encoder != X264:
        return common | _OWN.get(encoder, {})
    has_two = size[0] * size[1] * fps > _TWO_THREADS_FROM_PIXELS_PER_S
    x264 = {"tune": "zerolatency", "sc_threshold": "0", "forced-idr": "1", "threads": "2" if has_two else "1"}
    return common | PRESETS[preset] | x264


def pixel_format(formats: Sequence[str]) -> str:
    """What the encoder is given of those it takes; none said means that its driver decides."""
    return "nv12" if formats and "yuv420p" not in formats else "yuv420p"
