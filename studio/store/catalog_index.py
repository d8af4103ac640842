"""The search index beside ``pool.sqlite``: a cache, never the truth, that knows how far it was built.

Each generation is a folder of its own; ``mark.json`` names the one in use and the last batch of the catalogue that is in
it, and is written after the index itself, so that a crash makes it replay a batch, never miss one.
"""

from __future__ import annotations

import json
import logging
import os
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import tantivy

from studio.core.errors import UserError
from studio.pool.search import SearchQuery
from studio.pool.tokens import index_tokens

_log = logging.getLogger(__name__)

FORM = 1  # grows when tokens or fields change, so that an older index is built again
HEAP_BYTES = 192_000_000  # at most; a small sync takes little of it
BIGGEST = 2**63 - 1
ORDER_FIELDS = {"sales": "sales", "commission": "commission", "price": "price", "price_desc": "price"}


@dataclass(frozen=True)
class Mark:
    """Which catalogue an index was built from, and up to which of its batches."""

    identity: str
    seq: int
    generation: str
    form: int = FORM


@dataclass(frozen=True)
class Every:
    """A title must satisfy every part."""

    parts: tuple[Clause, ...]


@dataclass(frozen=True)
class Either:
    """A title must satisfy one part at least."""

    parts: tuple[Clause, ...]


Clause = str | Every | Either


@dataclass(frozen=True)
class Found:
    """How many documents match, and the numbers of the first ones in order."""

    total: int
    numbers: tuple[int, ...]


def _schema() -> Any:
    builder = tantivy.SchemaBuilder()
    builder.add_unsigned_field("no", indexed=True, fast=True)
    builder.add_text_field("title", tokenizer_name="whitespace", index_option="freq")
    builder.add_text_field("category", tokenizer_name="raw", index_option="basic")
    for name in ("price", "commission", "sales", "stock"):
        builder.add_unsigned_field(name, fast=True)
    return builder.build()


def document(
    no: int, tokens: str, category: str, price: int, commission: int, sales: int, stock: int
) -> dict[str, Any]:
    """What the index holds of a product; ``tokens`` are joined by spaces."""
    return {
        "no": no,
        "title": tokens,
        "category": category,
        "price": price,
        "commission": commission,
        "sales": sales,
        "stock": stock,
    }


class CatalogIndex:
    """One folder with an index; reads are thread-safe, writes come from one writer at a time."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._mark_file = folder / "mark.json"
        self._schema = _schema()
        self._reading: Any = None
        self._target: Any = None
        self._writer: Any = None
        self._seen_ns = 0
        self.mark: Mark | None = None

    def open(self) -> None:
        """Open the generation in use; without a usable one ``mark`` is None and the index has to be built."""
        mark, reading = None, None
        try:
            self._seen_ns = self._mark_file.stat().st_mtime_ns
            told = Mark(**json.loads(self._mark_file.read_text(encoding="utf-8")))
            if told.form == FORM and tantivy.Index.exists(str(self._folder / told.generation)):
                reading = self._opened(told.generation)
                mark = told
        except FileNotFoundError:
            _log.info("no search index in %s yet", self._folder)
        except (OSError, ValueError, TypeError) as error:
            _log.warning("the search index %s cannot be opened (%s); it will be built again", self._folder, error)
        self._reading, self.mark = reading, mark

    def generation(self) -> str:
        """The generation in use; one must be."""
        if self.mark is None:
            raise ValueError("the index has not been built")
        return self.mark.generation

    def documents(self) -> int:
        """How many documents can be found."""
        return 0 if self._reading is None else int(self._reading.searcher().num_docs)

    def begin(self, generation: str) -> None:
        """Become the one writer of a generation; raises UserError when another program is writing."""
        folder = self._folder / generation
        folder.mkdir(parents=True, exist_ok=True)
        try:
            self._target = self._opened(generation)
            self._writer = self._target.writer(HEAP_BYTES, 1)
        except ValueError as error:
            raise UserError("error.pool.busy", path=self._folder) from error

    def next_generation(self) -> str:
        """A name that no generation has yet."""
        names = [int(path.name[1:]) for path in self._folder.glob("g*") if path.name[1:].isdigit()]
        return f"g{max(names, default=0) + 1}"

    def replace(self, numbers: Iterable[int], documents: Iterable[dict[str, Any]]) -> None:
        """Take out the documents ``numbers`` and put in ``documents``; visible after ``seal``."""
        try:
            self._replace(list(numbers), documents)
        except ValueError as error:
            raise UserError("error.pool.not_written", path=self._folder, reason=error) from error

    def _replace(self, gone: list[int], documents: Iterable[dict[str, Any]]) -> None:
        writer, schema = self._writer, self._schema
        if gone:  # by query: delete_documents_by_term finds no unsigned number in tantivy 0.27
            writer.delete_documents_by_query(tantivy.Query.term_set_query(schema, "no", gone))
        build = tantivy.Document.from_dict
        for fields in documents:
            writer.add_document(build(fields, schema))

    def seal(self, mark: Mark) -> None:
        """Make everything written so far visible and remember that it goes up to ``mark``."""
        try:
            self._writer.commit()
            temporary = self._mark_file.with_suffix(".new")
            temporary.write_text(json.dumps(asdict(mark)), encoding="utf-8")
            os.replace(temporary, self._mark_file)
        except (ValueError, OSError) as error:
            raise UserError("error.pool.not_written", path=self._folder, reason=error) from error
        self._seen_ns = self._mark_file.stat().st_mtime_ns
        self._target.reload()
        self._reading, self.mark = self._target, mark

    def end(self) -> None:
        """Stop writing and let merges finish; what was not sealed is forgotten."""
        writer, self._writer, self._target = self._writer, None, None
        if writer is not None:
            try:
                writer.rollback()
                writer.wait_merging_threads()
            except ValueError as error:  # a writer that died of a full disk cannot even stop; the batches are replayed
                _log.warning("the index writer of %s did not stop cleanly: %s", self._folder, error)
            if self._reading is not None:
                self._reading.reload()

    def sweep(self) -> None:
        """Remove generations that are no longer in use (where the system lets it)."""
        for path in self._folder.glob("g*"):
            if self.mark is not None and path.name != self.mark.generation:
                shutil.rmtree(path, ignore_errors=True)

    def find(self, clause: Clause | None, query: SearchQuery, limit: int, order: str | None) -> Found:
        """The documents that satisfy ``clause`` and the filters of ``query``; ``order`` is a sort of
        SearchQuery, None (BM25) or ``popular`` (BM25 times the logarithm of sales)."""
        self._catch_up()
        searcher = self._reading.searcher()
        built = self._built(clause, query)
        field = ORDER_FIELDS.get(order or "")
        direction = tantivy.Order.Asc if order == "price" else tantivy.Order.Desc
        result = searcher.search(
            built,
            limit=limit,
            count=True,
            order_by_field=field,
            order=direction,
            weight_by_field="sales" if order == "popular" else None,
        )
        numbers = searcher.fast_field_values("no", [address for _key, address in result.hits])
        return Found(int(result.count or 0), tuple(int(no) for no in numbers if no is not None))

    def frequencies(self, tokens: Sequence[str]) -> tuple[dict[str, int], int]:
        """In how many documents each token is, and how many documents there are."""
        searcher = self._reading.searcher()
        return {token: searcher.doc_freq("title", token) for token in tokens}, int(searcher.num_docs)

    def words(self, most: int) -> list[tuple[str, int]]:
        """The tokens that most documents have, and how many have each."""
        found = self._reading.searcher().terms_with_prefix("title", "", limit=most)
        return [(str(token), int(count)) for token, count in found]

    def _catch_up(self) -> None:
        """See what another process has written since."""
        try:
            seen_ns = self._mark_file.stat().st_mtime_ns
        except FileNotFoundError:
            return
        if seen_ns != self._seen_ns and self._writer is None:
            self.open()

    def _opened(self, generation: str) -> Any:
        index = tantivy.Index(self._schema, path=str(self._folder / generation))
        analyzer = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build()
        index.register_tokenizer("whitespace", analyzer)
        index.config_reader("manual")
        return index

    def _built(self, clause: Clause | None, query: SearchQuery) -> Any:
        must = [] if clause is None else [self._clause(clause)]
        must += [tantivy.Query.const_score_query(one, 0.0) for one in self._filters(query)]
        if not must:
            return tantivy.Query.all_query()
        return must[0] if len(must) == 1 else tantivy.Query.boolean_query([(tantivy.Occur.Must, one) for one in must])

    def _clause(self, clause: Clause) -> Any:
        if isinstance(clause, str):
            return tantivy.Query.term_query(self._schema, "title", clause, "freq")
        occur = tantivy.Occur.Must if isinstance(clause, Every) else tantivy.Occur.Should
        parts = [self._clause(part) for part in clause.parts]
        return parts[0] if len(parts) == 1 else tantivy.Query.boolean_query([(occur, part) for part in parts])

    def _filters(self, query: SearchQuery) -> list[Any]:
        found = []
        if query.min_price is not None or query.max_price is not None:
            low = 0 if query.min_price is None else max(0, query.min_price.fen)
            high = BIGGEST if query.max_price is None else query.max_price.fen
            found.append(self._range("price", low, high))
        if query.min_commission_bp is not None:
            found.append(self._range("commission", max(0, query.min_commission_bp), BIGGEST))
        if query.in_stock:
            found.append(self._range("stock", 1, BIGGEST))
        if query.category is not None:
            found.append(tantivy.Query.term_query(self._schema, "category", query.category, "basic"))
        return found

    def _range(self, field: str, low: int, high: int) -> Any:
        if high < low:
            return tantivy.Query.empty_query()
        return tantivy.Query.range_query(self._schema, field, tantivy.FieldType.Unsigned, low, high)


def joined_tokens(title: str) -> str:
    """A title's tokens as the index takes them."""
    return " ".join(index_tokens(title))
