"""Coupons and red envelopes: made once per idempotency key, never given away twice or beyond their total."""

from __future__ import annotations

import hashlib
import json
import secrets
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select

from studio.core.clock import Clock
from studio.core.ids import new_id
from studio.hub import shelf
from studio.hub.database import Database
from studio.hub.errors import HubError, conflict, gone, not_found
from studio.hub.happenings import Happenings, record
from studio.hub.rooms import nick_of, open_room
from studio.hub.tables import claims, envelope_parts, ledger, promotions
from studio.hub.wishes import CouponWish, RedEnvelopeWish
from studio.promo.split import split_red_envelope

Json = dict[str, Any]


class Promotions:
    """The book of promotions and its ledger of keys."""

    def __init__(self, database: Database, happenings: Happenings, clock: Clock) -> None:
        self._database = database
        self._happenings = happenings
        self._clock = clock

    def create(self, room_id: str, key: str, wish: CouponWish | RedEnvelopeWish) -> Json:
        """Make the promotion and its ledger row in one transaction; the same key again gives the same promotion.

        Raises 409 ``key_reused`` for another wish under the key, 410 ``expired`` after ``not_after_ms``.
        """
        kind = "coupon" if isinstance(wish, CouponWish) else "red_envelope"
        body_hash = _hash(room_id, kind, wish.model_dump())
        with self._database.writing() as connection:
            known = connection.execute(select(ledger).where(ledger.c.key == key)).one_or_none()
            if known is not None:
                if known.body_hash != body_hash:
                    raise conflict("key_reused", "this Idempotency-Key was used with another wish")
                return self._told(_find(connection, known.promotion_id), is_replayed=True)
            now_ms = self._clock.now_ms()
            if now_ms > wish.not_after_ms:
                raise gone("expired", f"this wish came {now_ms - wish.not_after_ms} ms after its not_after_ms")
            open_room(connection, room_id)
            promotion_id = f"m{new_id()}"
            connection.execute(
                insert(ledger).values(
                    key=key, room_id=room_id, body_hash=body_hash, promotion_id=promotion_id, at_ms=now_ms
                )
            )
            row = {"promotion_id": promotion_id, "key": key, "room_id": room_id, "kind": kind, "created_at_ms": now_ms}
            row["ends_at_ms"] = now_ms + wish.valid_s * 1000
            _write(connection, row, wish)
            told = self._told(_find(connection, promotion_id))
        self._happenings.bell.ring(room_id)
        return told

    def get(self, promotion_id: str) -> Json:
        """The promotion as it is now; raises 404."""
        with self._database.reading() as connection:
            return self._told(_find(connection, promotion_id))

    def by_key(self, key: str) -> Json:
        """What became of a create with this key; 404 means that nothing was ever made with it."""
        with self._database.reading() as connection:
            row = connection.execute(select(promotions).where(promotions.c.key == key)).one_or_none()
            if row is None:
                raise not_found("promotion with key", key)
            return self._told(row)

    def in_room(self, room_id: str) -> list[Json]:
        """All promotions of a room, oldest first."""
        with self._database.reading() as connection:
            statement = select(promotions).where(promotions.c.room_id == room_id)
            rows = connection.execute(statement.order_by(promotions.c.created_at_ms, promotions.c.promotion_id)).all()
            return [self._told(row) for row in rows]

    def close(self, promotion_id: str) -> Json:
        """End it now: no more claims; what was claimed stays. Repeating it changes nothing."""
        with self._database.writing() as connection:
            row = _find(connection, promotion_id)
            if row.closed_at_ms is None:
                closed = promotions.update().where(promotions.c.promotion_id == promotion_id)
                connection.execute(closed.values(closed_at_ms=self._clock.now_ms()))
            return self._told(_find(connection, promotion_id))

    def claim(self, promotion_id: str, buyer_id: str, nick: str) -> Json:
        """Give a buyer one piece; raises 409 ``sold_out`` or ``buyer_limit``, 410 ``ended``."""
        with self._database.writing() as connection:
            row = _find(connection, promotion_id)
            now_ms = self._clock.now_ms()
            open_room(connection, row.room_id)
            self._check_claim(connection, row, buyer_id)
            position = row.claimed + 1
            amount_fen = _piece(connection, row, position)
            connection.execute(
                insert(claims).values(
                    promotion_id=promotion_id, position=position, buyer_id=buyer_id, amount_fen=amount_fen, at_ms=now_ms
                )
            )
            is_paid_out = row.kind == "red_envelope"  # its money is the buyer's at once; a coupon's when it is redeemed
            connection.execute(
                promotions.update()
                .where(promotions.c.promotion_id == promotion_id)
                .values(
                    claimed=position,
                    redeemed=promotions.c.redeemed + (1 if is_paid_out else 0),
                    cost_fen=promotions.c.cost_fen + (amount_fen if is_paid_out else 0),
                )
            )
            answer = {"promotion_id": promotion_id, "buyer_id": buyer_id, "amount_fen": amount_fen}
            nick = nick or nick_of(connection, row.room_id, buyer_id)
            record(connection, row.room_id, now_ms, "claim", nick=nick, **answer)
        self._happenings.bell.ring(row.room_id)
        return {**answer, "position": position, "at_ms": now_ms}

    def unused_coupons(self, room_id: str) -> list[tuple[str, str]]:
        """(buyer, promotion) of every coupon of a room that was claimed and not yet ordered with."""
        statement = (
            select(claims.c.buyer_id, claims.c.promotion_id)
            .join(promotions, promotions.c.promotion_id == claims.c.promotion_id)
            .where(promotions.c.room_id == room_id, promotions.c.kind == "coupon", claims.c.order_id.is_(None))
        )
        with self._database.reading() as connection:
            return [(row[0], row[1]) for row in connection.execute(statement).all()]

    def _check_claim(self, connection: Connection, row: Row[Any], buyer_id: str) -> None:
        if row.closed_at_ms is not None or self._clock.now_ms() >= row.ends_at_ms:
            raise gone("ended", "this promotion has ended")
        if row.claimed >= row.total:
            raise conflict("sold_out", "nothing of this promotion is left")
        own = select(func.count()).where(claims.c.promotion_id == row.promotion_id, claims.c.buyer_id == buyer_id)
        if connection.execute(own).scalar_one() >= row.per_buyer:
            raise conflict("buyer_limit", f"a buyer gets {row.per_buyer} of this promotion")

    def _told(self, row: Row[Any], *, is_replayed: bool = False) -> Json:
        if row.closed_at_ms is not None:
            state = "closed"
        elif row.claimed >= row.total or self._clock.now_ms() >= row.ends_at_ms:
            state = "ended"
        else:
            state = "live"
        names = ("promotion_id", "key", "kind", "name", "total", "claimed", "redeemed", "cost_fen", "budget_fen")
        told = {name: getattr(row, name) for name in names}
        told |= {"created_at_ms": row.created_at_ms, "ends_at_ms": row.ends_at_ms}
        return {**told, "state": state, "replayed": is_replayed}


def use_coupon(
    connection: Connection, promotion_id: str, buyer_id: str, goods: tuple[str, int], order_id: str, now_ms: int
) -> int:
    """Bind one of the buyer's claimed coupons to an order of ``goods`` (product, total in fen), inside a write.

    Returns what it takes off in fen; raises 404, 409 or 410 when it does not fit.
    """
    row = _find(connection, promotion_id)
    product_id, total_fen = goods
    refusal = _misfit(row, product_id, total_fen, now_ms)
    if refusal is not None:
        raise refusal
    own = (claims.c.promotion_id == promotion_id, claims.c.buyer_id == buyer_id, claims.c.order_id.is_(None))
    claim = connection.execute(select(claims).where(*own).order_by(claims.c.position).limit(1)).one_or_none()
    if claim is None:
        raise conflict("not_claimed", "this buyer has no unused coupon of this promotion")
    bound = claims.update().where(claims.c.promotion_id == promotion_id, claims.c.position == claim.position)
    connection.execute(bound.values(order_id=order_id))
    return min(int(claim.amount_fen), total_fen)


def free_coupon(connection: Connection, promotion_id: str, order_id: str) -> None:
    """Give the coupon of an order that was never paid back to its buyer, inside a write."""
    claim = claims.update().where(claims.c.promotion_id == promotion_id, claims.c.order_id == order_id)
    connection.execute(claim.values(order_id=None))


def redeem(connection: Connection, promotion_id: str, discount_fen: int) -> None:
    """Count a coupon as used (核销), inside a write."""
    connection.execute(
        promotions.update()
        .where(promotions.c.promotion_id == promotion_id)
        .values(redeemed=promotions.c.redeemed + 1, cost_fen=promotions.c.cost_fen + discount_fen)
    )


def _misfit(row: Row[Any], product_id: str, total_fen: int, now_ms: int) -> HubError | None:
    if row.kind != "coupon":
        return conflict("not_a_coupon", "only a coupon can pay for an order")
    if now_ms >= row.ends_at_ms:
        return gone("ended", "this coupon has ended")
    if row.product_id is not None and row.product_id != product_id:
        return conflict("other_product", "this coupon is for another product")
    if total_fen < row.threshold_fen:
        return conflict("below_threshold", f"this coupon needs an order of {row.threshold_fen} fen")
    return None


def _find(connection: Connection, promotion_id: str) -> Row[Any]:
    row = connection.execute(select(promotions).where(promotions.c.promotion_id == promotion_id)).one_or_none()
    if row is None:
        raise not_found("promotion", promotion_id)
    return row


def _write(connection: Connection, row: Json, wish: CouponWish | RedEnvelopeWish) -> None:
    if isinstance(wish, CouponWish):
        if wish.product_id is not None:
            shelf.detail(connection, wish.product_id)
        chosen = wish.model_dump(include={"name", "product_id", "threshold_fen", "amount_fen", "total", "per_buyer"})
        connection.execute(insert(promotions).values(**row, **chosen, budget_fen=wish.total * wish.amount_fen))
        return
    connection.execute(insert(promotions).values(**row, name=wish.name, total=wish.count, budget_fen=wish.total_fen))
    parts = split_red_envelope(wish.total_fen, wish.count, wish.mode, secrets.SystemRandom())
    connection.execute(
        insert(envelope_parts),
        [
            {"promotion_id": row["promotion_id"], "position": position, "amount_fen": amount_fen}
            for position, amount_fen in enumerate(parts, 1)
        ],
    )


def _piece(connection: Connection, row: Row[Any], position: int) -> int:
    if row.kind == "coupon":
        return int(row.amount_fen)
    part = select(envelope_parts.c.amount_fen).where(
        envelope_parts.c.promotion_id == row.promotion_id, envelope_parts.c.position == position
    )
    return int(connection.execute(part).scalar_one())


def _hash(room_id: str, kind: str, body: Json) -> str:
    return hashlib.sha256(json.dumps([room_id, kind, body], sort_keys=True).encode()).hexdigest()
