"""Products from a file of JSON lines: ``{"id", "title", "price_fen", "sales", "stock", …}``, one product a line."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from studio.core.errors import UserError
from studio.core.goods import Product
from studio.core.money import Money
from studio.pool.sync import IMPORTED

LONGEST_TITLE = 500
LONGEST_LINE = 1_000_000


@dataclass(frozen=True, kw_only=True)
class BadLine:
    """A line that is no product: its number from 1, and why, in the user's language."""

    number: int
    reason: str


def read_lines(lines: Iterable[bytes]) -> Iterator[Product | BadLine]:
    """Read lines of UTF-8 JSON; empty lines are passed over, a repeated id is bad from the second time on."""
    seen: set[str] = set()
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            product = _product(line)
            if product.id in seen:
                raise UserError("error.pool_file.repeated", id=product.id)
        except UserError as error:
            yield BadLine(number=number, reason=str(error))
            continue
        seen.add(product.id)
        yield product


def _product(line: bytes) -> Product:
    if len(line) > LONGEST_LINE:
        raise UserError("error.pool_file.too_long", name="line", most=LONGEST_LINE)
    try:
        raw = json.loads(line)
    except ValueError as error:
        raise UserError("error.pool_file.no_json", reason=error) from error
    if not isinstance(raw, dict):
        raise UserError("error.pool_file.no_json", reason=type(raw).__name__)
    id_, title = _text(raw, "id"), _text(raw, "title")
    price_fen = _number(raw, "price_fen", None)
    return Product(
        id=id_,
        title=title,
        price=Money(price_fen),
        list_price=Money(_number(raw, "list_price_fen", price_fen)),
        stock=_number(raw, "stock", 0),
        sales=_number(raw, "sales", 0),
        commission_bp=_number(raw, "commission_bp", 0),
        shop=_optional(raw, "shop"),
        category=_optional(raw, "category"),
        version=IMPORTED,
    )


def _text(raw: dict[str, object], name: str) -> str:
    value = raw.get(name)
    if name == "id" and type(value) is int:
        value = str(value)
    if not isinstance(value, str) or not value.strip():
        raise UserError("error.pool_file.missing", name=name)
    if len(value) > LONGEST_TITLE:
        raise UserError("error.pool_file.too_long", name=name, most=LONGEST_TITLE)
    return value.strip()


def _optional(raw: dict[str, object], name: str) -> str:
    value = raw.get(name)
    if value is not None and not isinstance(value, str):
        raise UserError("error.pool_file.no_text", name=name)
    return (value or "")[:LONGEST_TITLE]


def _number(raw: dict[str, object], name: str, default: int | None) -> int:
    value = raw.get(name, default)
    if type(value) is not int or not 0 <= value < 2**53:
        raise UserError("error.pool_file.no_number", name=name)
    return value
