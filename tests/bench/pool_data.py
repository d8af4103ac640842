"""A believable pool for benches: real words where the shared data lies beside the project, else the hub's own catalogue."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from studio.hub.catalogue.products import batches
from studio.pool.sync import IMPORTED
from studio.store.catalog_rows import PAGE, Row

DATA = Path(__file__).parents[3] / "shared" / "data"


def row(product_id: str, title: str, dice: random.Random) -> Row:
    """A row with prices, commission, sales and stock spread as shops have them."""
    price, sales = dice.randrange(100, 50_000), int(10 ** (dice.random() * 5))
    commission, stock, shop = dice.randrange(0, 5000), dice.randrange(0, 500), f"店铺{dice.randrange(500)}"
    category = f"类目{dice.randrange(40)}"
    return (product_id, title, shop, category, price, price, commission, sales, stock, None, "[]", "[]", "[]", IMPORTED)


def pages(count: int, seed: int = 1) -> Iterator[list[Row]]:
    """``count`` rows in pages."""
    dice = random.Random(seed)
    titles = _real_titles(dice) if DATA.is_dir() else _made_titles(count, seed)
    for start in range(0, count, PAGE):
        numbers = range(start, min(start + PAGE, count))
        yield [row(f"p{number}", title, dice) for number, title in zip(numbers, titles, strict=False)]


def _made_titles(count: int, seed: int) -> Iterator[str]:
    for batch in batches(count, seed):
        yield from (str(one[2]) for one in batch)


def _real_titles(dice: random.Random) -> Iterator[str]:
    """Whole real queries and pieces of real titles until a title is about as long as real ones."""
    queries = (DATA / "queries.txt").read_text(encoding="utf-8").splitlines()
    lines = (DATA / "titles.tsv").read_text(encoding="utf-8").splitlines()[1:]
    pieces = []
    for title in (line.split("\t")[0] for line in lines):
        for _ in range(4):
            start = dice.randrange(max(1, len(title) - 4))
            pieces.append(title[start : start + dice.randrange(2, 5)])
    while True:
        title, length = dice.choice(queries), dice.choice((24, 30, 36, 42))
        while len(title) < length:
            title += dice.choice(pieces) if dice.random() < 0.6 else dice.choice(queries)
        yield title


def head_words(titles: list[str], count: int) -> list[str]:
    """The most frequent two-character Chinese words: what people type most."""
    pairs = Counter(one + other for title in titles for one, other in pairwise(title))
    words = [
        word for word, _ in pairs.most_common(10 * count) if all("\u4e00" <= letter <= "\u9fff" for letter in word)
    ]
    return words[:count]
