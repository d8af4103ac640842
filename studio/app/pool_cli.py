"""The command ``pool``: sync with a hub, import a file, search."""

from __future__ import annotations

import argparse
import json
import sys
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from studio.core.errors import UserError
from studio.core.i18n import tr
from studio.core.paths import Profile

DONE, SUFFERED = 0, 1
MOST_TOLD = 20
PROGRESS_LINES = 20_000
EXAMPLE = '{"id":"p1","title":"赣南脐橙5斤装","price_fen":2990,"sales":812,"stock":40}'


def add_arguments(subparsers: Any) -> None:
    """Add the command ``pool`` with ``sync``, ``import`` and ``search``."""
    pool = subparsers.add_parser("pool", help=tr("cli.pool"), description=tr("cli.pool"), allow_abbrev=False)
    pool.set_defaults(run=run)
    verbs = pool.add_subparsers(title=tr("cli.commands"), metavar="", dest="pool_command", required=True)
    syncing = verbs.add_parser("sync", help=tr("pool.help_sync"), description=tr("pool.help_sync"))
    syncing.add_argument("--hub", metavar="DIR", type=Path, help=tr("pool.help_hub"))
    about = tr("pool.about_import", example=EXAMPLE)
    importing = verbs.add_parser("import", help=tr("pool.help_import"), description=about)
    importing.add_argument("file", metavar="FILE", type=Path, help=tr("pool.help_file"))
    searching = verbs.add_parser("search", help=tr("pool.help_search"), description=tr("pool.about_search"))
    searching.add_argument("text", metavar="TEXT", nargs="*", help=tr("pool.help_text"))
    searching.add_argument("--json", action="store_true", help=tr("pool.help_json"))
    searching.add_argument("--limit", metavar="N", type=_limit, default=20, help=tr("pool.help_limit"))
    searching.add_argument("--queries", metavar="FILE", type=Path, help=tr("pool.help_queries"))


def run(args: argparse.Namespace, profile: Profile) -> int:
    """Do ``args.pool_command``; returns the exit code, raises UserError for wrong use."""
    return {"sync": _sync, "import": _import, "search": _search}[args.pool_command](args, profile)


def _limit(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 10_000:
        raise argparse.ArgumentTypeError(tr("pool.bad_limit"))
    return int(text)


@contextmanager
def _catalog(profile: Profile) -> Iterator[Any]:
    from studio.store.catalog import Catalog  # late: --help must not load a database

    catalog = Catalog(profile.pool_db, profile.pool_index)
    try:
        yield catalog
    finally:
        catalog.close()


@contextmanager
def _platform(args: argparse.Namespace, profile: Profile) -> Iterator[Any]:
    """The hub of ``--hub``, or the profile's own, which runs for as long as it is needed."""
    from studio.app.hub_process import HubProcess, read_address
    from studio.platforms.hub import HubPlatform

    own = None if args.hub else HubProcess(profile.hub_dir, seed=7, speed=1.0)
    try:
        address = read_address(args.hub) if own is None else own.start()
        platform = HubPlatform(address.url, address.token)
        yield platform
        platform.close()
    finally:
        if own is not None:
            own.stop()


def _sync(args: argparse.Namespace, profile: Profile) -> int:
    from studio.desk.ports import PlatformError
    from studio.platforms.pool_sync import run_sync

    with _platform(args, profile) as platform, _catalog(profile) as catalog:
        try:
            done = run_sync(platform, catalog, _Progress("pool.progress_sync"))
        except PlatformError as error:
            print(tr("error.pool.sync_stopped", reason=error, count=catalog.count()), file=sys.stderr)
            return SUFFERED
        counts = {"added": done.added, "changed": done.changed, "deleted": done.deleted, "count": catalog.count()}
        print(tr("pool.synced", **counts))
    for row in done.bad:
        print(tr("pool.bad_row", id=row.id or "?", reason=row.reason), file=sys.stderr)
    if done.bad_count:
        print(tr("pool.bad_rows", count=done.bad_count), file=sys.stderr)
    return SUFFERED if done.bad_count else DONE


def _import(args: argparse.Namespace, profile: Profile) -> int:
    from studio.store.catalog_import import BadLine, import_jsonl

    told = 0

    def on_bad(number: int, bad: BadLine) -> None:
        nonlocal told
        told += 1
        if told <= MOST_TOLD:
            reason = tr(f"pool.line.{bad.key}", **bad.args_by_name)
            print(tr("pool.bad_line", number=number, reason=reason), file=sys.stderr)

    progress = _Progress("pool.progress_import")
    try:
        file = args.file.open("rb")
    except OSError as error:
        raise UserError("error.pool.no_file", path=args.file, reason=error.strerror) from error
    with file, _catalog(profile) as catalog:
        done = import_jsonl(catalog, file, on_bad, lambda lines: progress(lines, 0))
        counts = {"added": done.added, "changed": done.changed, "kept": done.kept, "count": catalog.count()}
        print(tr("pool.imported", **counts))
    if done.bad:
        print(tr("pool.bad_lines", count=done.bad), file=sys.stderr)
    return SUFFERED if done.bad else DONE


def _search(args: argparse.Namespace, profile: Profile) -> int:
    from studio.pool.search import SearchQuery

    if args.text and args.queries is not None:
        raise UserError("error.pool.text_or_queries")
    texts = [" ".join(args.text)] if args.queries is None else _lines(args.queries)
    with _catalog(profile) as catalog:
        for text in texts:
            result = catalog.search(SearchQuery(text, limit=args.limit))
            print(_json_line(result) if args.json else _table(result), flush=True)
    return DONE


def _lines(path: Path) -> Iterator[str]:
    """The queries of a file as they are read; blank lines are none."""
    try:
        file = path.open(encoding="utf-8-sig", errors="replace")
    except OSError as error:
        raise UserError("error.pool.no_file", path=path, reason=error.strerror) from error
    with file:
        for line in file:
            if line.strip():
                yield line.rstrip("\r\n")


def _json_line(result: Any) -> str:
    hits = [{"id": hit.id, "title": hit.title, "price_fen": hit.price.fen} for hit in result.hits]
    answer = {"query": result.query.text, "total": result.total, "match": result.match, "hits": hits}
    return json.dumps(answer, ensure_ascii=False)


def _table(result: Any) -> str:
    head = tr(
        f"pool.found_{result.match}",
        query=result.query.text,
        total=f"{result.total:,}",
        took_ms=f"{result.took_ms:.1f}",
    )
    if not result.hits:
        return f"{head}\n"
    columns = [tr(f"pool.column_{name}") for name in ("price", "commission", "sales", "stock", "title")]
    rows = [columns] + [
        [
            str(hit.price),
            f"{hit.commission_bp / 100:.1f}%",
            f"{hit.sales:,}",
            f"{hit.stock:,}",
            " ".join(hit.title.split()),
        ]
        for hit in result.hits
    ]
    widths = [max(_width(row[at]) for row in rows) for at in range(len(columns) - 1)]
    lines = ["  ".join([*(_right(row[at], width) for at, width in enumerate(widths)), row[-1]]) for row in rows]
    return "\n".join([head, *lines, ""])


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def _right(text: str, width: int) -> str:
    return " " * (width - _width(text)) + text


class _Progress:
    """One line on a terminal that is written over; silent where nobody watches."""

    def __init__(self, key: str) -> None:
        self._key = key
        self._last = 0

    def __call__(self, done: int, total: int) -> None:
        if not sys.stderr.isatty() or done - self._last < PROGRESS_LINES:
            return
        self._last = done
        of = f" / {total:,}" if total else ""
        print(tr(self._key, done=f"{done:,}", of=of), end="\r", file=sys.stderr, flush=True)
