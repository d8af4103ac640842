"""The doctor's checks of picture and sound: fonts that draw, devices, a real encode, the compositor."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
import numpy.typing as npt

from studio.app.finding import Finding, fail, ok, warn
from studio.core import settings
from studio.core.clock import SystemClock
from studio.core.i18n import tr
from studio.core.paths import Profile

INK_SIDE = 96
LEAST_INK = 0.03
TRIED_FRAMES = 60


def fonts(profile: Profile) -> Finding:
    """Draw 永 thin and thick and count the ink: a box or a blank has none of the difference."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtGui import QGuiApplication

    from studio.video.overlays import fonts as overlay_fonts

    application = QGuiApplication.instance() or QGuiApplication([])
    regular, bold = _ink(overlay_fonts.REGULAR, "永"), _ink(overlay_fonts.BOLD, "永")
    is_different = abs(_ink(overlay_fonts.BOLD, "一") - bold) > 0.01
    del application
    figures = {"family": overlay_fonts.FAMILY, "regular": f"{regular:.1%}", "bold": f"{bold:.1%}"}
    if regular < LEAST_INK or not is_different:
        return fail(tr("doctor.fonts_blank", **figures), tr("doctor.fonts_remedy"))
    if bold < regular * 1.1:
        return warn(tr("doctor.fonts_one_weight", **figures), tr("doctor.fonts_remedy"))
    return ok(tr("doctor.fonts_ok", **figures))


def _ink(weight: int, text: str) -> float:
    """The inked share of a square with one character in it."""
    from PySide6.QtCore import QRect, Qt
    from PySide6.QtGui import QColor, QImage, QPainter

    from studio.video.overlays.fonts import font

    image = QImage(INK_SIDE, INK_SIDE, QImage.Format.Format_Grayscale8)
    image.fill(Qt.GlobalColor.white)
    painter = QPainter(image)
    painter.setFont(font(INK_SIDE * 0.8, weight))
    painter.setPen(QColor("black"))
    painter.drawText(QRect(0, 0, INK_SIDE, INK_SIDE), Qt.AlignmentFlag.AlignCenter, text)
    painter.end()
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(INK_SIDE, image.bytesPerLine())
    return float((255 - rows[:, :INK_SIDE].astype(np.int64)).sum() / (255 * INK_SIDE * INK_SIDE))


def camera(profile: Profile) -> Finding:
    """The cameras that the window lists too."""
    from studio.video.sources.device import driver

    names, reason = _names("cameras")
    if not names:
        return warn(reason or tr("doctor.camera_none", driver=driver()), tr("doctor.camera_remedy"))
    return ok(tr("doctor.camera_ok", count=len(names), names=tr("doctor.comma").join(names)))


def screen(profile: Profile) -> Finding:
    """The screens that can be captured."""
    names, reason = _names("screens")
    if not names:
        return warn(reason or tr("doctor.screen_none"), tr("doctor.screen_remedy"))
    return ok(tr("doctor.screen_ok", count=len(names), names=tr("doctor.comma").join(names)))


def microphone(profile: Profile) -> Finding:
    """The microphones that the window lists too."""
    from studio.video.sound.capture import driver

    names, reason = _names("microphones")
    if not names:
        return warn(reason or tr("doctor.microphone_none", driver=driver()), tr("doctor.microphone_remedy"))
    return ok(tr("doctor.microphone_ok", count=len(names), names=tr("doctor.comma").join(names)))


def _names(kind: str) -> tuple[list[str], str]:
    """What one of the lists to choose from holds, and why it holds nothing."""
    from studio.video.devices import DeviceLists

    found = DeviceLists().look([kind])
    return [str(entry["name"]) for entry in found[kind]], str(found["reasons"].get(kind, ""))


def encoder(profile: Profile) -> Finding:
    """Encode two seconds of a moving picture on the chosen canvas and see how much of the time that takes."""
    from studio.video.encoder import Codecs, EncoderSettings
    from studio.video.scene import Canvas

    chosen = settings.load(profile.settings_file)
    canvas = Canvas.parse(chosen.canvas, chosen.fps)
    codecs = Codecs(EncoderSettings(canvas=canvas, bitrate_kbps=chosen.bitrate_kbps))
    frames = [_moving(canvas.width, canvas.height, step) for step in range(4)]
    clock, size = SystemClock(), 0
    started_s = clock.monotonic_s()
    for index in range(TRIED_FRAMES):
        size += sum(len(packet.data) for packet in codecs.encode_picture(frames[index % 4], index, index == 0))
    ms = (clock.monotonic_s() - started_s) * 1000 / TRIED_FRAMES
    name = codecs.name
    codecs.close()
    if not size:
        return fail(tr("doctor.encoder_nothing", name=name), tr("doctor.encoder_remedy"))
    share = ms * canvas.fps / 1000
    text = tr("doctor.encoder_ok", name=name, canvas=canvas, fps=canvas.fps, ms=f"{ms:.1f}", share=f"{share:.0%}")
    if share > 1:
        return fail(text, tr("doctor.encoder_slow_remedy"))
    return warn(text, tr("doctor.encoder_slow_remedy")) if share > 0.7 else ok(text)


def _moving(width: int, height: int, step: int) -> npt.NDArray[np.uint8]:
    """An I420 picture of slanted waves that move with ``step``: neither as easy as a still nor as hard as noise."""
    y, x = np.mgrid[0 : height * 3 // 2, 0:width]
    picture: npt.NDArray[Any] = 128 + 60 * np.sin((x + 2 * y + 9 * step) / 23)
    return picture.astype(np.uint8)


def compositor(profile: Profile) -> Finding:
    """Which of the two compositors runs here."""
    from studio.video import blend

    clock = SystemClock()
    started_s = clock.monotonic_s()
    name = blend.warm()
    seconds = f"{clock.monotonic_s() - started_s:.1f}"
    if name == "numba":
        return ok(tr("doctor.compositor_numba", seconds=seconds))
    return warn(tr("doctor.compositor_cv2"), tr("doctor.compositor_remedy"))
