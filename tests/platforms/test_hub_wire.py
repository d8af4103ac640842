"""Every field of the wire is read strictly, and the one that is wrong is named."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from studio.core.money import Money
from studio.desk.ports import OrderStatus
from studio.platforms import hub_wire
from studio.platforms.reading import Garbage, Reader
from tests.platforms.wire import ORDER, PRODUCT, PROMOTION, ROOM

NOT_READ = {"name", "budget_fen", "opened_at_ms"}


def _order(order: Any) -> object:
    return hub_wire.order_page({"items": [order], "next_since": 9, "has_more": False})


def _product(product: Any) -> object:
    return hub_wire.product(Reader(product))


SHAPES: list[tuple[Callable[[Any], object], dict[str, Any]]] = [
    (_product, PRODUCT),
    (hub_wire.receipt, PROMOTION),
    (hub_wire.room, ROOM),
    (_order, ORDER),
]
FIELDS = [(parse, whole, name) for parse, whole in SHAPES for name in whole if name not in NOT_READ]


@pytest.mark.parametrize(("parse", "whole", "name"), FIELDS)
def test_a_missing_or_ill_typed_field_is_named(
    parse: Callable[[Any], object], whole: dict[str, Any], name: str
) -> None:
    parse(whole)
    without = {key: value for key, value in whole.items() if key != name}
    with pytest.raises(Garbage) as told:
        parse(without)
    assert told.value.field.endswith(name) and "missing" in told.value.reason
    for wrong in (
        {},
        1.5,
        True if not isinstance(whole[name], bool) else 1,
        [1],
        "x" if isinstance(whole[name], int) else -1,
    ):
        with pytest.raises(Garbage) as told:
            parse({**whole, name: wrong})
        assert name in told.value.field


@pytest.mark.parametrize("wrong", [-1, 2**63, True, "2990", 29.9, None])
def test_money_is_whole_fen(wrong: object) -> None:
    with pytest.raises(Garbage, match="price_fen"):
        hub_wire.product(Reader({**PRODUCT, "price_fen": wrong}))


def test_text_that_cannot_be_stored_is_refused() -> None:
    with pytest.raises(Garbage, match="title"):
        hub_wire.product(Reader({**PRODUCT, "title": "脐橙\ud83c"}))


@pytest.mark.parametrize("answer", [None, [], "x", 1, {"items": {}}, {"items": [], "version": 1}])
def test_a_page_that_is_none_is_refused(answer: object) -> None:
    with pytest.raises(Garbage):
        hub_wire.pool_page(answer)


def test_bad_rows_of_a_page_are_told_apart() -> None:
    rows = [PRODUCT, {**PRODUCT, "id": "p2", "price_fen": "29"}, 7, {**PRODUCT, "id": ""}]
    page = hub_wire.pool_page({"items": rows, "next_cursor": "c", "version": 3})
    assert [item.id for item in page.items] == ["p1"]
    assert [bad.id for bad in page.bad] == ["p2", None, None]
    assert "items[1].price_fen" in page.bad[0].reason


def test_a_change_must_be_of_the_product_it_names() -> None:
    change = {"version": 8, "op": "upsert", "id": "p9", "product": PRODUCT}
    gone = {"version": 9, "op": "delete", "id": "p3", "product": None}
    page = hub_wire.pool_changes({"items": [change, gone], "next_since": 9, "has_more": False, "version": 9})
    assert [(one.id, one.product) for one in page.items] == [("p3", None)]
    assert page.bad[0].id == "p9"


def test_events_of_types_that_nobody_follows_are_left_out() -> None:
    items = [
        {"seq": 1, "at_ms": 5, "type": "comment", "comment_id": "c", "buyer_id": "b", "nick": "小李", "text": "多少钱"},
        {"seq": 2, "at_ms": 6, "type": "order", "order": ORDER},
        {"seq": 3, "at_ms": 7, "type": "fireworks"},
        {"seq": 4, "at_ms": 8, "type": "viewers", "count": 12},
        {"seq": 5, "at_ms": 9, "type": "claim", "promotion_id": "m", "buyer_id": "b", "nick": "n", "amount_fen": 88},
        {"seq": 6, "at_ms": 9, "type": "enter", "buyer_id": "b", "nick": "n"},
    ]
    page = hub_wire.events({"items": items, "last_seq": 6})
    assert [(one.seq, one.type) for one in page.items] == [(1, "comment"), (4, "viewers"), (5, "claim"), (6, "enter")]
    assert page.items[2].amount == Money(88) and page.last_seq == 6


def test_orders_are_read_whole() -> None:
    page = hub_wire.order_page({"items": [ORDER], "next_since": 9, "has_more": False})
    order = page.items[0]
    assert order.status is OrderStatus.PAID and order.total - order.paid == order.discount
