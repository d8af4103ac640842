"""One good example of every overlay, its drawing, and how to count its colours."""

import cv2
import numpy as np

from studio.video.overlays import OVERLAYS
from studio.video.scene import Canvas

NOW = 1_780_000_000_000
CANVASES = [Canvas.parse(size) for size in ("720x1280", "1280x720", "1080x1920", "1920x1080", "180x320")]
PORTRAIT = CANVASES[0]


def png(bgr, width=60, height=40):
    return cv2.imencode(".png", np.full((height, width, 3), bgr, np.uint8))[1].tobytes()


ORANGE = (20, 120, 250)


def example(kind, **settings_):
    given_ = {
        "product_card": {
            "title": "赣南脐橙 5斤装 果园现摘", "live_price_fen": 2990, "list_price_fen": 4990, "stock": 38, "number": 1,
            "picture": png(ORANGE), "selling_point": "现摘现发",
        },
        "price_tag": {"price_fen": 2990, "was_fen": 4990, "label": "秒杀价"},
        "countdown": {"ends_ms": NOW + 84_000, "label": "距结束"},
        "coupon_banner": {"title": "满59减20", "ends_ms": NOW + 84_000, "left": 118},
        "red_envelope_rain": {"started_ms": NOW - 9000, "ends_ms": NOW + 60_000},
        "corner_bug": {"text": "青山村助农直播间", "picture": png(ORANGE)},
    }[kind]  # fmt: skip
    return OVERLAYS.get(kind)(**{**given_, **settings_})


STILL = ["product_card", "price_tag", "countdown", "coupon_banner", "corner_bug"]
KINDS = [*STILL, "red_envelope_rain"]


def drawn(overlay, canvas=PORTRAIT, now_ms=NOW):
    from studio.video.overlays.paint import painted

    (pixels,) = painted(overlay, canvas, now_ms)
    return pixels


def near(pixels, bgr, tolerance=24):
    """How many opaque pixels have about this colour."""
    return int(((np.abs(pixels[..., :3].astype(int) - bgr) <= tolerance).all(2) & (pixels[..., 3] > 200)).sum())


PRICE_RED = (51, 29, 225)
