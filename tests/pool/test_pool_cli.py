"""The command ``pool`` as people type it."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from studio.app import pool_cli
from studio.core import i18n
from studio.core.paths import Profile
from tests.hub.stage import served
from tests.refused import refused

Pool = Callable[..., int]

GOOD = [
    {"id": "a1", "title": "赣南脐橙5斤装", "price_fen": 2990, "sales": 812, "stock": 40},
    {"id": "a2", "title": "红富士苹果礼盒", "price_fen": 4990, "sales": 90, "stock": 3, "commission_bp": 2500},
    {"id": 7, "title": "手机壳", "price_fen": 0, "skus": [{"id": "s", "name": "黑", "price_fen": 0, "stock": 1}]},
]


@pytest.fixture
def pool(tmp_path: Path) -> Pool:
    profile = Profile(tmp_path / "profile").make()
    parser = argparse.ArgumentParser()
    pool_cli.add_arguments(parser.add_subparsers())

    def run(*words: object) -> int:
        args = parser.parse_args(["pool", *map(str, words)])
        return int(args.run(args, profile))

    return run


def lines_in(tmp_path: Path, lines: list[object]) -> Path:
    path = tmp_path / "products.jsonl"
    raw = [line if isinstance(line, bytes) else json.dumps(line, ensure_ascii=False).encode() for line in lines]
    path.write_bytes(b"\n".join(raw) + b"\n")
    return path


def search(pool: Pool, capsys: pytest.CaptureFixture[str], *words: object) -> list[dict[str, object]]:
    capsys.readouterr()
    assert pool("search", "--json", *words) == 0
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_import_then_search(pool: Pool, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert pool("import", lines_in(tmp_path, GOOD)) == 0
    assert "3" in capsys.readouterr().out
    assert search(pool, capsys, "脐橙") == [
        {
            "query": "脐橙",
            "total": 1,
            "match": "strict",
            "hits": [{"id": "a1", "title": "赣南脐橙5斤装", "price_fen": 2990}],
        }
    ]
    assert search(pool, capsys, "pg")[0]["hits"][0]["id"] == "a2"  # type: ignore[index]
    assert search(pool, capsys, "黑色脐橙旗舰店")[0]["match"] == "relaxed"
    assert search(pool, capsys)[0]["total"] == 3
    assert len(search(pool, capsys, "--limit", "2")[0]["hits"]) == 2  # type: ignore[arg-type]


def test_importing_again_changes_what_changed_only(
    pool: Pool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    i18n.set_language("en")
    pool("import", lines_in(tmp_path, GOOD))
    pool("import", lines_in(tmp_path, [{**GOOD[0], "price_fen": 1990}, *GOOD[1:]]))
    assert "0 added, 1 changed, 2 unchanged; the pool has 3 products" in capsys.readouterr().out
    assert search(pool, capsys, "脐橙")[0]["hits"] == [{"id": "a1", "title": "赣南脐橙5斤装", "price_fen": 1990}]


BAD_LINES: list[tuple[object, str]] = [
    (b"not json", "not JSON"),
    (b"{", "not JSON"),
    (b"[" * 100_000, "not JSON"),
    ("{" * 3, "not a JSON object"),
    ([1], "not a JSON object"),
    ("脐橙".encode("gbk"), "not UTF-8"),
    ({"title": "x", "price_fen": 1}, "id is missing"),
    ({"id": "", "title": "x", "price_fen": 1}, "id is missing"),
    ({"id": True, "title": "x", "price_fen": 1}, "id is not text"),
    ({"id": "b", "price_fen": 1}, "title is missing"),
    ({"id": "b", "title": "  ", "price_fen": 1}, "title is missing"),
    ({"id": "b", "title": 5, "price_fen": 1}, "title is not text"),
    (b'{"id":"b","title":"\\ud800","price_fen":1}', "title is not text"),
    ({"id": "b", "title": "长" * 501, "price_fen": 1}, "title is longer than 500"),
    ({"id": "b", "title": "x"}, "price_fen is missing"),
    ({"id": "b", "title": "x", "price_fen": "29"}, "price_fen is not a whole number"),
    ({"id": "b", "title": "x", "price_fen": 29.9}, "price_fen is not a whole number"),
    ({"id": "b", "title": "x", "price_fen": True}, "price_fen is not a whole number"),
    (b'{"id":"b","title":"x","price_fen":NaN}', "price_fen is not a whole number"),
    ({"id": "b", "title": "x", "price_fen": -1}, "price_fen is negative"),
    ({"id": "b", "title": "x", "price_fen": 10**30}, "price_fen is more than"),
    ({"id": "b", "title": "x", "price_fen": 1, "stock": -3}, "stock is negative"),
    ({"id": "b", "title": "x", "price_fen": 1, "guarantees": "none"}, "guarantees is not a list"),
    ({"id": "b", "title": "x", "price_fen": 1, "skus": [{"id": "s"}]}, "name is missing"),
    (GOOD[0], "id a1 was seen"),
]


@pytest.mark.parametrize(("line", "reason"), BAD_LINES)
def test_a_bad_line_is_told_with_its_number_and_good_ones_are_kept(
    pool: Pool, tmp_path: Path, capsys: pytest.CaptureFixture[str], line: object, reason: str
) -> None:
    i18n.set_language("en")
    assert pool("import", lines_in(tmp_path, [GOOD[0], b"", line, GOOD[1]])) == 1
    told = capsys.readouterr().err.splitlines()
    assert told[0].startswith("line 3: ") and reason in told[0]
    assert "1 lines were not imported" in told[-1]
    assert {hit["id"] for hit in search(pool, capsys)[0]["hits"]} == {"a1", "a2"}  # type: ignore[attr-defined]


def test_only_the_first_bad_lines_are_told_but_all_are_counted(
    pool: Pool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert pool("import", lines_in(tmp_path, [b"?"] * 300)) == 1
    told = capsys.readouterr().err.splitlines()
    assert len(told) == 21
    assert "300" in told[-1]


def test_a_byte_order_mark_and_windows_line_ends_are_no_harm(
    pool: Pool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "products.jsonl"
    path.write_bytes(b"\xef\xbb\xbf" + b"\r\n".join(json.dumps(one).encode() for one in GOOD))
    assert pool("import", path) == 0
    queries = tmp_path / "queries.txt"
    queries.write_bytes("\ufeff脐橙\r\n\r\n苹果 礼盒\r\n".encode())
    assert [(one["query"], one["total"]) for one in search(pool, capsys, "--queries", queries)] == [
        ("脐橙", 1),
        ("苹果 礼盒", 1),
    ]


def test_many_pages_are_imported(pool: Pool, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    many = [{"id": f"m{number}", "title": f"脐橙{number}号", "price_fen": number} for number in range(2500)]
    assert pool("import", lines_in(tmp_path, list(many))) == 0
    assert search(pool, capsys, "脐橙")[0]["total"] == 2500


@pytest.mark.parametrize(
    "words", [("import", "nowhere.jsonl"), ("search", "--queries", "nowhere.txt"), ("import", ".")]
)
def test_a_file_that_cannot_be_read_is_wrong_use(pool: Pool, words: tuple[str, ...]) -> None:
    with refused("pool.no_file"):
        pool(*words)


def test_text_and_queries_together_are_wrong_use(pool: Pool, tmp_path: Path) -> None:
    with refused("pool.text_or_queries"):
        pool("search", "脐橙", "--queries", tmp_path)


@pytest.mark.parametrize("limit", ["0", "-1", "x", "10001", "²"])
def test_a_limit_that_is_none_is_wrong_use(pool: Pool, limit: str) -> None:
    with pytest.raises(SystemExit) as told:
        pool("search", "x", "--limit", limit)
    assert told.value.code == 2


def test_the_table_is_for_people(pool: Pool, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pool("import", lines_in(tmp_path, GOOD))
    capsys.readouterr()
    assert pool("search", "苹果") == 0
    head, columns, row, *_ = capsys.readouterr().out.splitlines()
    assert "“苹果”" in head and "1" in head
    assert columns.split() == ["价格", "佣金", "销量", "库存", "商品"]
    assert row.split() == ["¥49.90", "25.0%", "90", "3", "红富士苹果礼盒"]


def test_sync_from_a_hub_and_again(pool: Pool, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    i18n.set_language("en")
    with served(tmp_path / "hub", products=60):
        assert pool("sync", "--hub", tmp_path / "hub") == 0
        assert "60 added" in capsys.readouterr().out
        assert pool("sync", "--hub", tmp_path / "hub") == 0
        assert "0 added, 0 changed" in capsys.readouterr().out
    assert pool("sync", "--hub", tmp_path / "hub") == 1, "the hub is gone"
    told = capsys.readouterr().err
    assert "cannot be reached" in told and "60 products can be used" in told
