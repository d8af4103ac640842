"""Makes product rows: row ``n`` of a seed is always the same, however many are made."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from typing import Any

from studio.hub.catalogue.grammar import Category, categories

BATCH = 1000

Row = tuple[Any, ...]


def product_id(n: int) -> str:
    """The id of the n-th product (from 1)."""
    return f"p{n:08d}"


def batches(count: int, seed: int) -> Iterator[list[Row]]:
    """Rows in batches: (n, id, title, shop, category, price_fen, list_price_fen, commission_bp, sales, stock,
    return_rate_bp, selling_points, guarantees, skus)."""
    wheel = [category for category in categories() for _ in range(category.weight)]
    for first in range(1, count + 1, BATCH):
        chance = random.Random(f"{seed}:{first}")
        yield [_row(n, chance, wheel) for n in range(first, min(first + BATCH, count + 1))]


def _row(n: int, chance: random.Random, wheel: list[Category]) -> Row:
    bits = chance.getrandbits(320)
    bits, at = divmod(bits, len(wheel))
    category = wheel[at]
    bits, title, sku_at = _title(bits, category)
    bits, price_fen, list_price_fen = _prices(bits, category)
    bits, heat = divmod(bits, 1 << 20)
    sales = _sales(heat, price_fen)
    bits, stock_roll = divmod(bits, 1 << 16)
    skus, stock = _skus(category, sku_at, price_fen, stock_roll)
    bits, commission_bp, returns_bp = _terms(bits, category)
    bits, shop = _shop(bits, category)
    bits, points = _some(bits, category.words["point"], 3)
    bits, guarantees = _some(bits, category.words["guarantee"], 2)
    return (
        n,
        product_id(n),
        title,
        shop,
        category.path,
        price_fen,
        list_price_fen,
        commission_bp,
        sales,
        stock,
        returns_bp if sales >= 20 else None,  # nobody knows yet how many come back
        '["' + '","'.join(points) + '"]',
        '["' + '","'.join(guarantees) + '"]',
        skus,
    )


def _title(bits: int, category: Category) -> tuple[int, str, int]:
    words = category.words
    bits, at = divmod(bits, len(category.patterns))
    traits = words["trait"]
    bits, first = divmod(bits, len(traits))
    bits, stride = divmod(bits, len(traits) // 4)
    bits, sku_at = divmod(bits, len(category.skus))
    parts = []
    for slot in category.patterns[at]:
        if slot == "trait":
            parts.append(traits[first % len(traits)])
            first += stride + 1
        elif slot == "sku":
            parts.append(category.skus[sku_at][0])
        elif slot == "brand":
            bits, brand = _brand(bits, words)
            parts.append(brand)
        else:
            choices = words[slot]
            bits, at = divmod(bits, len(choices))
            parts.append(choices[at])
    return bits, "".join(parts), sku_at


def _brand(bits: int, words: dict[str, tuple[str, ...]]) -> tuple[int, str]:
    first, second = words["brand_first"], words["brand_second"]
    bits, at = divmod(bits, len(first) * len(second))
    return bits, first[at // len(second)] + second[at % len(second)]


def _prices(bits: int, category: Category) -> tuple[int, int, int]:
    low, high = category.price
    bits, roll = divmod(bits, 1 << 16)
    place = (roll / 65536) ** 1.8  # most goods are near the low end
    yuan = math.exp(math.log(low) + place * math.log(high / low)) / 100
    bits, ending = divmod(bits, 4)
    price_fen = max(1, int(yuan)) * 100 + (90, 80, 0, 99)[ending]
    bits, mark_up = divmod(bits, 9)
    list_price_fen = (price_fen * (110 + 10 * mark_up) // 100) // 100 * 100 + (price_fen % 100)
    return bits, price_fen, max(price_fen, list_price_fen)


def _terms(bits: int, category: Category) -> tuple[int, int, int]:
    low, high = category.commission
    bits, step = divmod(bits, (high - low) // 50 + 1)
    low_return, high_return = category.returns
    bits, extra = divmod(bits, high_return - low_return)
    return bits, low + 50 * step, low_return + extra


def _shop(bits: int, category: Category) -> tuple[int, str]:
    bits, brand = _brand(bits, category.words)
    endings = category.words["shop"]
    bits, at = divmod(bits, len(endings))
    return bits, brand + endings[at]


def _sales(heat: int, price_fen: int) -> int:
    """A long tail: half of all goods sold less than a few dozen, a few sold hundreds of thousands."""
    place = heat / (1 << 20)
    return int(math.exp(12.5 * place**2.8) * (3 if price_fen < 5000 else 1)) - 1


def _skus(category: Category, sku_at: int, price_fen: int, roll: int) -> tuple[str, int]:
    names = category.skus
    count = min(len(names), 1 + roll % 4) if names[0][1] != names[-1][1] else len(names)
    start = min(sku_at, len(names) - count)
    per_cent = names[sku_at][1]
    total, parts = 0, []
    for place in range(start, start + count):
        name, own_per_cent = names[place]
        roll = roll * 40503 % 65537
        stock = 0 if roll % 41 == 0 else 5 + roll * roll // 2_000_000
        total += stock
        own_fen = price_fen if place == sku_at else max(10, price_fen * own_per_cent // per_cent // 10 * 10)
        parts.append(f'["{place + 1}","{name}",{own_fen},{stock}]')
    return "[" + ",".join(parts) + "]", total


def _some(bits: int, choices: tuple[str, ...], count: int) -> tuple[int, list[str]]:
    bits, first = divmod(bits, len(choices))
    bits, stride = divmod(bits, max(1, len(choices) // count))
    return bits, [choices[(first + k * (stride + 1)) % len(choices)] for k in range(count)]
