"""Relevance on real titles: words of a title, shuffled as people type them, bring that title to the top."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from studio.pool.search import SearchQuery
from studio.store.catalog import Catalog
from tests.bench.pool_data import DATA, pages
from tests.store.products import open_catalog, product, put

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason=f"real titles are not beside the project ({DATA.parent})")

NOISE = 15_000


def _titles() -> list[list[str]]:
    lines = (DATA / "titles.tsv").read_text(encoding="utf-8").splitlines()[1:]
    return [line.split("\t") for line in lines]


def _words(fields: list[str]) -> list[str]:
    """The values of a title's attributes that stand in the title itself."""
    values = [pair.partition("#:#")[2] for pair in fields[3].split("#;#")] if len(fields) > 3 else []
    words = [word for value in values for word in value.replace("/", " ").replace("、", " ").split()]
    return [word for word in dict.fromkeys(words) if 2 <= len(word) <= 6 and word.lower() in fields[0].lower()]


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Catalog]:
    catalog = open_catalog(tmp_path_factory.mktemp("relevance"))
    products = [product(f"real{number}", fields[0]) for number, fields in enumerate(_titles())]
    random.Random(2).shuffle(products)
    with catalog.writer() as writer:
        for page in pages(NOISE):
            writer.upsert_rows(page)
            writer.commit()
    put(catalog, products)
    yield catalog
    catalog.close()


def test_shuffled_words_of_a_title_find_it(catalog: Catalog) -> None:
    dice = random.Random(3)
    reciprocal, found, asked = 0.0, 0, 0
    for number, fields in enumerate(_titles()):
        words = _words(fields)
        if len(words) < 2:
            continue
        dice.shuffle(words)
        result = catalog.search(SearchQuery("".join(words[: dice.choice([2, 2, 3])])))
        names = [one.id for one in result.hits]
        asked += 1
        if f"real{number}" in names:
            found += 1
            rank = names.index(f"real{number}") + 1
            reciprocal += 1 / rank if rank <= 10 else 0
    assert asked > 400
    assert reciprocal / asked > 0.62, f"MRR@10 {reciprocal / asked:.3f}"
    assert found / asked > 0.85, f"in the first 50: {found / asked:.3f}"


def test_every_title_with_a_product_word_is_counted(catalog: Catalog) -> None:
    titles = [fields[0] for fields in _titles()]
    words = {word for fields in _titles() if len(fields) > 2 for word in fields[2].split("/") if 2 <= len(word) <= 4}
    checked = 0
    for word in sorted(words):
        holders = sum(word in title.lower() for title in titles)
        if not holders:
            continue
        checked += 1
        result = catalog.search(SearchQuery(word, limit=10_000))
        found = sum(one.id.startswith("real") for one in result.hits)
        assert result.match == "strict" and found >= holders, word
        assert result.total == len(result.hits)
    assert checked > 30
