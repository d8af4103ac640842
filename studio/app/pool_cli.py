"""``anchor-studio pool sync|import FILE|search``: the product pool from the command line."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from studio.core.errors import UserError
from studio.core.i18n import tr
from studio.core.money import Money
from studio.core.paths import Profile

MOST_SHOWN = 20
PAGE = 1_000


def add_arguments(subparsers: Any) -> None:
    """Add ``sync``, ``import`` and ``search`` below the command ``pool``."""
    sync = subparsers.add_parser("sync", help=tr("cli.pool_sync"), description=tr("cli.pool_sync"))
    sync.add_argument("--hub", metavar="DIR", type=Path, help=tr("cli.hub_dir"))
    importing = subparsers.add_parser("import", help=tr("cli.pool_import"), description=tr("cli.pool_import"))
    importing.add_argument("file", metavar="FILE", type=Path, help=tr("cli.pool_file"))
    search = subparsers.add_parser("search", help=tr("cli.pool_search"), description=tr("cli.pool_search"))
    search.add_argument("text", metavar="TEXT", nargs="*", help=tr("cli.pool_text"))
    search.add_argument("--json", action="store_true", help=tr("cli.json"))
    search.add_argument("--limit", metavar="N", type=_limit, default=20, help=tr("cli.pool_limit"))
    search.add_argument("--queries", metavar="FILE", type=Path, help=tr("cli.pool_queries"))


def _limit(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= 1_000:
        raise argparse.ArgumentTypeError(tr("cli.bad_limit"))
    return int(text)


def run(args: argparse.Namespace, profile: Profile) -> int:
    """Do ``args.pool_command``; returns the exit code."""
    from studio.store.catalog import Catalog

    catalog = Catalog(profile.pool_db, profile.pool_index)
    try:
        return {"sync": _sync, "import": _import, "search": _search}[args.pool_command](args, profile, catalog)
    finally:
        catalog.close()


def _sync(args: argparse.Namespace, profile: Profile, catalog: Any) -> int:
    from studio.app.hub_process import HubProcess, read_address
    from studio.platforms.hub import HubPlatform
    from studio.platforms.pool_sync import run_sync

    hub = None if args.hub else HubProcess(profile.hub_dir, seed=7, speed=1.0)
    try:
        address = hub.start() if hub else read_address(args.hub)
        result = run_sync(HubPlatform(address.url, address.token), catalog)
    finally:
        if hub:
            hub.stop()
    for reason in result.reasons:
        print(reason, file=sys.stderr)
    print(tr("cli.pool_synced", count=catalog.count(), bad=result.bad))
    return 1 if result.bad else 0


def _import(args: argparse.Namespace, profile: Profile, catalog: Any) -> int:
    """Good lines are kept, bad ones are named with their number; 1 when some were bad."""
    from studio.platforms.pool_file import BadLine, read_lines
    from studio.store.catalog_rows import row_of

    good = bad = 0
    page: list[Any] = []
    try:
        with args.file.open("rb") as file, catalog.writer() as writer:
            for line in read_lines(file):
                if isinstance(line, BadLine):
                    bad += 1
                    if bad <= MOST_SHOWN:
                        print(tr("cli.pool_bad_line", number=line.number, reason=line.reason), file=sys.stderr)
                    continue
                page.append(row_of(line))
                if len(page) == PAGE:
                    writer.upsert_rows(page)
                    writer.commit()
                    good, page = good + len(page), []
            writer.upsert_rows(page)
            writer.commit()
            good += len(page)
    except OSError as error:
        raise UserError("error.cli.no_such_file", path=args.file) from error
    print(tr("cli.pool_imported", count=good, bad=bad))
    return 1 if bad else 0


def _search(args: argparse.Namespace, profile: Profile, catalog: Any) -> int:
    from studio.pool.search import SearchQuery

    for text in _queries(args):
        result = catalog.search(SearchQuery(text, limit=args.limit))
        if args.json:
            hits = [{"id": each.id, "title": each.title, "price_fen": each.price.fen} for each in result.hits]
            answer = {"query": text, "total": result.total, "match": result.match, "hits": hits}
            print(json.dumps(answer, ensure_ascii=False), flush=True)
            continue
        print(tr(f"cli.pool_found_{result.match}", query=text, total=result.total))
        for each in result.hits:
            print(f"  {each.id}  {Money(each.price.fen)!s:>12}  {each.title}")
    return 0


def _queries(args: argparse.Namespace) -> Iterator[str]:
    if args.queries is not None:
        try:
            with args.queries.open(encoding="utf-8") as file:
                yield from _not_empty(file)
        except (OSError, UnicodeDecodeError) as error:
            raise UserError("error.cli.no_such_file", path=args.queries) from error
    elif args.text:
        yield " ".join(args.text)
    else:
        raise UserError("error.cli.nothing_to_search")


def _not_empty(lines: Iterable[str]) -> Iterator[str]:
    return (line.strip() for line in lines if line.strip())
