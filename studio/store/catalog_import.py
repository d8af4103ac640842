"""Products from a JSONL file into the catalogue: good lines are kept, each bad one is told with its number."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from studio.pool.sync import IMPORTED
from studio.store.catalog import Catalog
from studio.store.catalog_rows import PAGE, Row
from studio.store.catalog_writer import CatalogWriter

LONGEST_ID = 200
LONGEST_TITLE = 500
LONGEST_LINE = 1024 * 1024
BIGGEST = 10**12

BOM = b"\xef\xbb\xbf"


class BadLine(ValueError):
    """Why a line was not taken, as an i18n key below ``pool.line`` and its arguments."""

    def __init__(self, key: str, **args: object) -> None:
        super().__init__(key, args)
        self.key = key
        self.args_by_name = args


@dataclass
class Imported:
    """What an import did; ``kept`` lines were there already, the same or newer from a platform."""

    added: int = 0
    changed: int = 0
    kept: int = 0
    bad: int = 0


OnBad = Callable[[int, BadLine], None]
Progress = Callable[[int], None]


def import_jsonl(catalog: Catalog, lines: Iterable[bytes], on_bad: OnBad, on_progress: Progress) -> Imported:
    """Take in one product a line (``id``, ``title``, ``price_fen``, and what else ``row_of_line`` knows).

    ``on_bad`` gets the number of each bad line and why; ``on_progress`` how many lines were read, page by page.
    """
    result = Imported()
    seen: set[int] = set()  # hashes: a million ids would take three times the memory
    page: list[Row] = []
    number = 0
    with catalog.writer() as writer:
        for number, line in enumerate(lines, start=1):
            if number == 1:
                line = line.removeprefix(BOM)
            if not line.strip():
                continue
            try:
                page.append(_new_row(line, seen))
            except BadLine as bad:
                result.bad += 1
                on_bad(number, bad)
            if len(page) == PAGE:
                _put(writer, page, result)
                on_progress(number)
                page = []
        _put(writer, page, result)
    on_progress(number)
    return result


def _new_row(line: bytes, seen: set[int]) -> Row:
    row = row_of_line(line)
    mark = hash(row[0])
    if mark in seen:
        raise BadLine("duplicate", id=row[0])
    seen.add(mark)
    return row


def _put(writer: CatalogWriter, page: list[Row], result: Imported) -> None:
    written = writer.upsert_rows(page)
    writer.commit()
    result.added += written.added
    result.changed += written.changed
    result.kept += written.kept


def row_of_line(line: bytes) -> Row:
    """One line as a row; raises BadLine. Fields that are not known are left out."""
    if len(line) > LONGEST_LINE:
        raise BadLine("too_long", field="line", most=LONGEST_LINE)
    try:
        value = json.loads(line.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise BadLine("not_utf8") from error
    except (ValueError, RecursionError) as error:
        raise BadLine("not_json") from error
    if not isinstance(value, dict):
        raise BadLine("not_an_object")
    price = _amount(value, "price_fen")
    return (
        _id(value),
        _text(value, "title", LONGEST_TITLE),
        _text(value, "shop", LONGEST_TITLE, is_needed=False),
        _text(value, "category", LONGEST_TITLE, is_needed=False),
        price,
        _amount(value, "list_price_fen", price),
        _amount(value, "commission_bp", 0),
        _amount(value, "sales", 0),
        _amount(value, "stock", 0),
        None if value.get("return_rate_bp") is None else _amount(value, "return_rate_bp"),
        _texts(value, "selling_points"),
        _texts(value, "guarantees"),
        _skus(value),
        IMPORTED,
    )


def _id(value: dict[str, Any]) -> str:
    name = value.get("id")
    if isinstance(name, int) and not isinstance(name, bool):
        return str(name)
    return _text(value, "id", LONGEST_ID)


def _text(value: dict[str, Any], name: str, longest: int, *, is_needed: bool = True) -> str:
    text = value.get(name)
    if text is None or text == "":
        if is_needed:
            raise BadLine("missing", field=name)
        return ""
    if not isinstance(text, str):
        raise BadLine("not_text", field=name)
    if len(text) > longest:
        raise BadLine("too_long", field=name, most=longest)
    if is_needed and text.isspace():
        raise BadLine("missing", field=name)
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise BadLine("not_text", field=name) from error
    return text


def _amount(value: dict[str, Any], name: str, otherwise: int | None = None) -> int:
    amount = value.get(name, otherwise)
    if amount is None:
        raise BadLine("missing", field=name)
    if type(amount) is not int:
        raise BadLine("not_whole", field=name)
    if amount < 0:
        raise BadLine("negative", field=name)
    if amount > BIGGEST:
        raise BadLine("too_big", field=name, most=BIGGEST)
    return amount


def _texts(value: dict[str, Any], name: str) -> str:
    texts = value.get(name)
    if not texts:
        return "[]"
    if not isinstance(texts, list) or len(texts) > LONGEST_ID:
        raise BadLine("not_a_list", field=name)
    for text in texts:
        _text({name: text}, name, LONGEST_TITLE)
    return json.dumps(texts, ensure_ascii=False, separators=(",", ":"))


def _skus(value: dict[str, Any]) -> str:
    skus = value.get("skus")
    if not skus:
        return "[]"
    if not isinstance(skus, list) or not all(isinstance(sku, dict) for sku in skus) or len(skus) > LONGEST_ID:
        raise BadLine("not_a_list", field="skus")
    packed = [
        [_id(sku), _text(sku, "name", LONGEST_TITLE), _amount(sku, "price_fen"), _amount(sku, "stock", 0)]
        for sku in skus
    ]
    return json.dumps(packed, ensure_ascii=False, separators=(",", ":"))
