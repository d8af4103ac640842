"""Search and import against what people write first: FTS5 with ``ORDER BY bm25``, and ``executemany`` of ready rows.

``python -m tests.bench.search [--rows N]``; same rows, same tokens, same queries in one run.
"""

from __future__ import annotations

import argparse
import random
import sqlite3
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from studio.pool.search import SearchQuery
from studio.pool.tokens import index_tokens, query_tokens
from studio.store.catalog import Catalog
from studio.store.catalog_rows import COLUMNS, TITLE, Row
from tests.bench.pool_data import head_words, pages
from tests.bench.result import Result, finish

HITS = 50
LONGEST_WAIT_MS = 33.0
IMPORT_SHARE = 0.045  # rows and index together against bare rows
PLAIN_SHARE = 0.6  # at 200,000 rows; plain FTS5 grows with the rows, this hardly does


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=200_000)
    rows = parser.parse_args().rows
    with tempfile.TemporaryDirectory() as folder:
        finish(measure(Path(folder), list(pages(rows))))


def measure(folder: Path, made: Sequence[list[Row]]) -> list[Result]:
    """Fill both, ask both the same, and compare."""
    count = sum(len(page) for page in made)
    catalog = Catalog(folder / "pool.sqlite", folder / "pool.index")
    ours_s, floor_s = _timed(lambda: _fill(catalog, made)), _timed(lambda: _floor(folder / "floor.sqlite", made))
    plain = _plain(folder / "plain.sqlite", made)
    texts = _queries([row[TITLE] for page in made[:40] for row in page])
    ours, theirs, took, took_plain = [], [], [], []
    for text in texts:
        result = catalog.search(SearchQuery(text, limit=HITS))
        ours.append(result.total if result.match == "strict" else 0)
        took.append(_timed(lambda text=text: catalog.search(SearchQuery(text, limit=HITS))))  # type: ignore[misc]
        theirs.append(_ask_plain(plain, text))
        took_plain.append(_timed(lambda text=text: _ask_plain(plain, text)))  # type: ignore[misc]
    plain.close()
    catalog.close()
    assert ours == theirs, "two engines must count alike"
    p99, p99_plain = _p99_ms(took), _p99_ms(took_plain)
    return [
        Result("search_import", count / ours_s, "rows/s", count / floor_s, IMPORT_SHARE, is_at_least=True),
        Result("search_longest_wait", p99, "ms p99", LONGEST_WAIT_MS, 1.0),
        Result("search_strict_and_count", p99, "ms p99", p99_plain, PLAIN_SHARE),
    ]


def _queries(titles: list[str]) -> list[str]:
    """One, two and four frequent words, as often as people type them, each an answerable question."""
    dice = random.Random(5)
    heads = head_words(titles, 60)
    asked = list(heads)
    for parts in (2, 4):
        for title in dice.sample(titles, 120):
            inside = [word for word in heads if word in title][:parts]
            asked.append(" ".join(inside) or title[:4])
    return [text for text in asked if query_tokens(text)]


def _fill(catalog: Catalog, made: Sequence[list[Row]]) -> None:
    with catalog.writer() as writer:
        for page in made:
            writer.upsert_rows(page)
            writer.commit()


def _floor(path: Path, made: Sequence[list[Row]]) -> None:
    file = sqlite3.connect(path)
    file.execute("PRAGMA journal_mode=WAL")
    file.execute("PRAGMA synchronous=NORMAL")
    file.execute(f"CREATE TABLE product ({', '.join(COLUMNS)}, PRIMARY KEY (id))")
    for page in made:
        with file:
            file.executemany(f"INSERT INTO product VALUES ({', '.join('?' * len(COLUMNS))})", page)
    file.close()


def _plain(path: Path, made: Sequence[list[Row]]) -> sqlite3.Connection:
    file = sqlite3.connect(path)
    file.execute("CREATE VIRTUAL TABLE title USING fts5(tokens, tokenize = \"unicode61 categories 'L* N* Co Mn S*'\")")
    with file:
        for page in made:
            file.executemany("INSERT INTO title VALUES (?)", [(" ".join(index_tokens(row[TITLE])),) for row in page])
    return file


def _ask_plain(file: sqlite3.Connection, text: str) -> int:
    match = " AND ".join(f'"{token}"' for token in query_tokens(text))
    file.execute("SELECT rowid FROM title WHERE title MATCH ? ORDER BY bm25(title) LIMIT ?", (match, HITS)).fetchall()
    return int(file.execute("SELECT count(*) FROM title WHERE title MATCH ?", (match,)).fetchone()[0])


def _timed(work: Callable[[], object]) -> float:
    started_s = time.perf_counter()
    work()
    return time.perf_counter() - started_s


def _p99_ms(took_s: list[float]) -> float:
    return sorted(took_s)[int(len(took_s) * 0.99)] * 1000


if __name__ == "__main__":
    main()
