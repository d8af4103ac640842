"""Feeds the search index from the catalogue's batches, and keeps the spelling of the words it holds."""

from __future__ import annotations

import json
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Set

from sqlalchemy import Connection

from studio.pool.pinyin import is_spellable, spell
from studio.pool.tokens import index_tokens
from studio.store.catalog_index import CatalogIndex, Mark, document
from studio.store.catalog_rows import (
    CATEGORY,
    COMMISSION,
    DROP_SPELLING,
    FIELDS,
    PAGE,
    PRICE,
    SALES,
    SPELLING,
    SPELLING_INDEXES,
    STOCK,
    TITLE,
    Row,
    read_meta,
    write_meta,
)

FIRST_SEAL = 1000
LAST_SEAL = 250_000  # sealed whenever it has doubled, and after so many rows at the latest: 12 times a million
MOST_WORDS = 200_000  # the most frequent ones; the rest is found by its characters only
MOST_WORDS_KEPT = 100_000
BY_NUMBERS = f"SELECT no, {FIELDS} FROM product WHERE no IN (SELECT value FROM json_each(?))"
ALL_ROWS = f"SELECT no, {FIELDS} FROM product WHERE no > ? ORDER BY no LIMIT {PAGE}"

Progress = Callable[[int, int], None]


class IndexFeed:
    """One writer's way into the index; batches become visible now and then, and all of them at ``finish``."""

    def __init__(self, index: CatalogIndex, identity: str, generation: str, *, is_new: bool = False) -> None:
        self._is_new = is_new  # a new generation is sealed once, when it is whole
        self._index = index
        self._identity = identity
        self._generation = generation
        self._words: set[str] = set()
        self._waiting = 0
        self._sealed = 0 if is_new else index.documents()
        self._seq: int | None = None
        index.begin(generation)

    def take(self, seq: int, touched: Mapping[int, Row | None], known: Set[int], retitled: Set[int]) -> None:
        """A committed batch: rows by number (None: deleted); ``known`` may be in the index already."""
        documents = []
        are_words_few = len(self._words) < MOST_WORDS_KEPT
        for no, row in touched.items():
            if row is None:
                continue
            tokens = index_tokens(row[TITLE])
            if are_words_few and no in retitled:
                self._words.update(tokens)
            fields = (row[CATEGORY], row[PRICE], row[COMMISSION], row[SALES], row[STOCK])
            documents.append(document(no, " ".join(tokens), *fields))
        self._index.replace(known, documents)
        self._waiting += len(touched)
        self._seq = seq
        if not self._is_new and self._waiting >= min(max(FIRST_SEAL, self._sealed), LAST_SEAL):
            self._seal(seq)

    def finish(self, connection: Connection) -> None:
        """Make everything visible, write down the words, and forget the batches that are now in the index."""
        try:
            if self._seq is not None:
                self._seal(self._seq)
                write_words(connection, self._index, None if len(self._words) >= MOST_WORDS_KEPT else self._words)
        finally:
            self._index.end()

    def give_up(self) -> None:
        """Stop without making anything visible."""
        self._index.end()

    def _seal(self, seq: int) -> None:
        self._index.seal(Mark(self._identity, seq, self._generation))
        self._sealed += self._waiting
        self._waiting = 0


def write_words(connection: Connection, index: CatalogIndex, new_words: Set[str] | None) -> None:
    """Keep how the words of the index are spelled: add the new ones, or write all anew when many came (None)."""
    seq = 0 if index.mark is None else index.mark.seq
    documents = index.documents()
    connection.exec_driver_sql("BEGIN IMMEDIATE")
    spelled = int(read_meta(connection, "spelled_documents", "0"))
    if new_words is None or abs(documents - spelled) > spelled // 10:
        for statement in DROP_SPELLING + SPELLING:
            connection.exec_driver_sql(statement)
        _insert_words(connection, index.words(MOST_WORDS))
        for statement in SPELLING_INDEXES:
            connection.exec_driver_sql(statement)
        write_meta(connection, "spelled_documents", documents)
    else:
        _insert_words(connection, [(word, 1) for word in new_words])
    for name in ("spelled", "trimmed"):
        write_meta(connection, name, seq)
    connection.exec_driver_sql("DELETE FROM batch WHERE seq <= ?", (seq,))
    connection.exec_driver_sql("COMMIT")


def _insert_words(connection: Connection, words: Iterable[tuple[str, int]]) -> None:
    rows = sorted((word, *spell(word), titles) for word, titles in words if is_spellable(word))
    if rows:
        connection.exec_driver_sql("INSERT OR IGNORE INTO spelling VALUES (?, ?, ?, ?)", rows)


def replay(connection: Connection, feed: IndexFeed, since: int) -> None:
    """Give the index every batch after ``since`` again."""
    batches = connection.exec_driver_sql("SELECT seq, nos FROM batch WHERE seq > ? ORDER BY seq", (since,)).all()
    for seq, packed in batches:
        numbers = array("q", packed)
        rows = {row[0]: tuple(row[1:]) for row in _rows(connection, numbers)}
        feed.take(seq, {no: rows.get(no) for no in numbers}, set(numbers), set(rows))


def rebuild(connection: Connection, feed: IndexFeed, on_progress: Progress) -> None:
    """Give an empty index every row."""
    connection.exec_driver_sql("BEGIN")  # one view of the rows, whatever others write meanwhile
    seq, count = int(read_meta(connection, "seq", "0")), int(read_meta(connection, "count", "0"))
    done = 0
    for rows in _pages(connection):
        touched: dict[int, Row | None] = {row[0]: tuple(row[1:]) for row in rows}
        feed.take(seq, touched, set(), set(touched))
        done += len(rows)
        on_progress(done, count)
    feed.take(seq, {}, set(), set())
    connection.exec_driver_sql("COMMIT")


def _rows(connection: Connection, numbers: array[int]) -> Iterator[Row]:
    for start in range(0, len(numbers), PAGE):
        packed = json.dumps(numbers[start : start + PAGE].tolist())
        yield from (tuple(row) for row in connection.exec_driver_sql(BY_NUMBERS, (packed,)))


def _pages(connection: Connection) -> Iterator[list[Row]]:
    last = 0
    while rows := [tuple(row) for row in connection.exec_driver_sql(ALL_ROWS, (last,))]:
        yield rows
        last = rows[-1][0]
