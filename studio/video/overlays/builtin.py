"""The overlays that come with the program, and the registry that plugins add to."""

from __future__ import annotations

from studio.core.registry import Registry
from studio.video.overlays.corner_bug import CornerBug
from studio.video.overlays.countdown import Countdown
from studio.video.overlays.coupon_banner import CouponBanner
from studio.video.overlays.overlay import Overlay
from studio.video.overlays.price_tag import PriceTag
from studio.video.overlays.product_card import ProductCard
from studio.video.overlays.red_envelope_rain import RedEnvelopeRain

OVERLAYS: Registry[type[Overlay]] = Registry("overlay")

for _overlay in (ProductCard, PriceTag, Countdown, CouponBanner, RedEnvelopeRain, CornerBug):
    OVERLAYS.add(_overlay.kind, _overlay)
