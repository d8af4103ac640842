"""The scene that the show's state asks for: a pure reading of the state."""

from __future__ import annotations

from typing import TYPE_CHECKING

from studio.desk.camera_verbs import setup_of
from studio.promo.promotion import Promotion, PromotionState
from studio.show.rundown import OnAir
from studio.video.overlays.corner_bug import CornerBug
from studio.video.overlays.countdown import Countdown
from studio.video.overlays.coupon_banner import CouponBanner
from studio.video.overlays.price_tag import PriceTag
from studio.video.overlays.product_card import ProductCard
from studio.video.overlays.red_envelope_rain import RedEnvelopeRain
from studio.video.scene import Layer, Scene

if TYPE_CHECKING:
    from studio.desk.desk import Desk

LAYERS = ("corner_bug", "product_card", "price_tag", "countdown", "coupon_banner", "red_envelope_rain")
HIDDEN_AT_FIRST = ("price_tag",)
RAINS_MS = 15_000


def kind_of(layer: Layer) -> str:
    """The kind of a layer's overlay."""
    return layer.overlay.kind


def build(desk: Desk) -> Scene:
    """The picture's overlays from what is on air, which promotions run, and what was hidden by hand; and its setup."""
    state = desk.state
    on_air = state.rundown.on_air
    rain, banner = _promotion_layers(desk)
    layers = [*rain, *_always(desk), *_item_layers(desk, on_air), *banner, *desk.extra_layers]
    item_id = on_air.item_id if on_air else None
    setup = setup_of(desk)
    return Scene(
        canvas=desk.canvas,
        layers=_shown(desk, layers),
        item_id=item_id,
        version=state.version,
        look=setup.look,
        key=setup.key.chroma_key(),
        inset=setup.inset.place(),
        transition_ms=setup.transition_ms,
    )


def coming(desk: Desk) -> Scene | None:
    """What a take of the item on standby would put on the picture, so that it can be drawn ahead; None at the end."""
    rundown = desk.state.rundown
    if rundown.standby_id is None:
        return None
    copy = rundown.take(rundown.standby_id, desk.clock.now_ms()).on_air
    return Scene(canvas=desk.canvas, layers=_shown(desk, _item_layers(desk, copy)), version=desk.state.version)


def _shown(desk: Desk, layers: list[Layer]) -> tuple[Layer, ...]:
    hidden = desk.state.session.hidden_layers
    return tuple(Layer(id=layer.id, overlay=layer.overlay, is_visible=layer.id not in hidden) for layer in layers)


def _always(desk: Desk) -> list[Layer]:
    title = desk.state.session.title
    return [Layer(id="corner_bug", overlay=CornerBug(text=title))] if title else []


def _item_layers(desk: Desk, on_air: OnAir | None) -> list[Layer]:
    if on_air is None:
        return []
    product, price_fen = on_air.product, on_air.live_price.fen
    points = product.selling_points or product.guarantees
    card = ProductCard(
        title=product.title,
        live_price_fen=price_fen,
        list_price_fen=product.list_price.fen,
        stock=product.stock,
        number=on_air.number,
        picture=desk.state.pictures.get(product.id),
        selling_point=" · ".join(points[:2]),
    )
    ends_ms = on_air.taken_ms + on_air.planned_s * 1000
    layers = [
        Layer(id="product_card", overlay=card),
        Layer(id="price_tag", overlay=PriceTag(price_fen=price_fen, was_fen=product.list_price.fen)),
    ]
    if desk.clock.now_ms() < ends_ms:
        layers.append(Layer(id="countdown", overlay=Countdown(ends_ms=ends_ms)))
    return layers


def _promotion_layers(desk: Desk) -> tuple[list[Layer], list[Layer]]:
    """The newest red envelope (its rain falls behind the card, so that the price stays legible) and running coupon."""
    now_ms = desk.clock.now_ms()
    promotions = desk.state.all_promotions()
    rain = [layer for layer in map(_rain, promotions) if layer is not None and _falls(layer, now_ms)]
    running = [each for each in promotions if each.kind.kind == "coupon" and each.is_running(now_ms)]
    return rain[-1:], [_banner(each) for each in running][-1:]


def _falls(layer: Layer, now_ms: int) -> bool:
    return isinstance(layer.overlay, RedEnvelopeRain) and now_ms < layer.overlay.ends_ms


def _banner(promotion: Promotion) -> Layer:
    left = promotion.kind.total - promotion.claimed
    banner = CouponBanner(title=promotion.kind.name, ends_ms=promotion.ends_ms or 0, left=left)
    return Layer(id="coupon_banner", overlay=banner)


def _rain(promotion: Promotion) -> Layer | None:
    """The rain of an envelope that was dropped: it falls for a while also when all is grabbed in the first second, for
    viewers see the picture seconds later."""
    if promotion.kind.kind != "red_envelope" or promotion.confirmed_ms is None or promotion.ends_ms is None:
        return None
    if promotion.state not in (PromotionState.LIVE, PromotionState.ENDED):
        return None
    ends_ms = min(promotion.ends_ms, promotion.confirmed_ms + RAINS_MS)
    return Layer(id="red_envelope_rain", overlay=RedEnvelopeRain(started_ms=promotion.confirmed_ms, ends_ms=ends_ms))
