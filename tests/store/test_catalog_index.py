"""The index is a cache: broken, missing, behind or older, it is brought up to the rows, and never tells anything else."""

from __future__ import annotations

import json
import logging
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from studio.pool.search import SearchQuery
from studio.store.catalog_rows import row_of
from tests.refused import refused
from tests.store.products import open_catalog, product, put

ROOT = Path(__file__).parents[2]


def total(folder: Path, text: str = "脐橙") -> int:
    catalog = open_catalog(folder)
    try:
        return catalog.search(SearchQuery(text)).total
    finally:
        catalog.close()


def fill(folder: Path, count: int = 50) -> None:
    catalog = open_catalog(folder)
    put(catalog, [product(f"p{number}") for number in range(count)])
    put(catalog, [product("q", "苹果")])
    catalog.close()


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in (folder / "pool.index").rglob("*") if path.is_file())


def _empty_all(folder: Path) -> None:
    for path in _files(folder):
        path.write_bytes(b"")


def _halve_all(folder: Path) -> None:
    for path in _files(folder):
        data = path.read_bytes()
        path.write_bytes(data[: len(data) // 2])


def _garble_all(folder: Path) -> None:
    for path in _files(folder):
        path.write_bytes(bytes(byte ^ 0x55 for byte in path.read_bytes()))


def _forget_meta(folder: Path) -> None:
    next((folder / "pool.index").glob("g*/meta.json")).unlink()


def _forget_mark(folder: Path) -> None:
    (folder / "pool.index" / "mark.json").unlink()


def _older_form(folder: Path) -> None:
    path = folder / "pool.index" / "mark.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "form": 0}))


def _nonsense_mark(folder: Path) -> None:
    (folder / "pool.index" / "mark.json").write_text('{"seq": "many"}')


def _no_folder(folder: Path) -> None:
    shutil.rmtree(folder / "pool.index")


HARMS = [_empty_all, _halve_all, _garble_all, _forget_meta, _forget_mark, _older_form, _nonsense_mark, _no_folder]


@pytest.mark.parametrize("harm", HARMS)
def test_a_harmed_index_is_built_again(tmp_path: Path, harm: Callable[[Path], None]) -> None:
    fill(tmp_path)
    harm(tmp_path)
    assert total(tmp_path) == 50
    assert total(tmp_path, "qicheng") == 50
    assert total(tmp_path, "苹果") == 1


@pytest.mark.parametrize("name", ["idx", "term", "fast", "fieldnorm", "store", "del"])
def test_one_harmed_file_of_the_index_is_enough_to_build_it_again(tmp_path: Path, name: str) -> None:
    fill(tmp_path)
    catalog = open_catalog(tmp_path)
    with catalog.writer() as writer:
        writer.delete(["p0"])
        writer.commit()
    catalog.close()
    for path in _files(tmp_path):
        if path.suffix == f".{name}":
            path.write_bytes(b"")
    assert total(tmp_path) == 49


def test_an_index_of_another_catalogue_is_not_believed(tmp_path: Path) -> None:
    fill(tmp_path / "one", 50)
    fill(tmp_path / "two", 50)
    for path in ("pool.sqlite", "pool.sqlite-wal"):
        (tmp_path / "two" / path).unlink(missing_ok=True)
    shutil.copy(tmp_path / "one" / "pool.sqlite", tmp_path / "two" / "pool.sqlite")
    catalog = open_catalog(tmp_path / "two")
    found = catalog.search(SearchQuery("脐橙"))
    assert found.total == 50
    catalog.close()


def test_an_older_copy_of_the_index_is_replayed(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    fill(tmp_path)
    code = f"""
import os
from pathlib import Path
from tests.store.products import open_catalog, product
from studio.store.catalog_rows import row_of
catalog = open_catalog(Path({str(tmp_path)!r}))
with catalog.writer() as writer:
    writer.upsert_rows([row_of(product("new", "全新脐橙")), row_of(product("q", "香梨", version=2))])
    writer.delete(["p1"])
    writer.commit()
    os._exit(9)
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, timeout=60, check=False)
    assert done.returncode == 9
    caplog.clear()
    caplog.set_level(logging.INFO)
    assert total(tmp_path) == 50
    assert "replaying" in caplog.text and "building" not in caplog.text
    assert (total(tmp_path, "苹果"), total(tmp_path, "香梨"), total(tmp_path, "xiangli")) == (0, 1, 1)


def test_rows_written_without_the_index_are_found(tmp_path: Path) -> None:
    from studio.store.catalog import Catalog

    fill(tmp_path)
    bare = Catalog(tmp_path / "pool.sqlite", None, with_index=False)
    put(bare, [product("q", "香梨", version=2)])
    bare.close()
    assert (total(tmp_path, "苹果"), total(tmp_path, "香梨")) == (0, 1)


def test_an_index_that_breaks_while_it_is_used_is_built_again(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    fill(tmp_path)
    catalog = open_catalog(tmp_path)
    assert catalog.search(SearchQuery("脐橙")).total == 50
    catalog._index._reading = _Broken()  # type: ignore[union-attr]
    assert catalog.search(SearchQuery("脐橙")).total == 50
    assert "built again" in caplog.text
    catalog.close()


class _Broken:
    def searcher(self) -> object:
        raise ValueError("Data corrupted")


def test_another_program_that_writes_is_not_disturbed(tmp_path: Path) -> None:
    fill(tmp_path)
    one, other = open_catalog(tmp_path), open_catalog(tmp_path)
    with one.writer() as writer:
        writer.upsert_rows([row_of(product("new"))])
        writer.commit()
        with refused("pool.busy"), other.writer():
            pass
        assert other.search(SearchQuery("脐橙")).total == 50
    assert other.search(SearchQuery("脐橙")).total == 51, "what the other program sealed is seen"
    put(other, [product("newer")])
    assert one.search(SearchQuery("脐橙")).total == 52
    one.close()
    other.close()


def test_readers_go_on_while_one_writes(tmp_path: Path) -> None:
    catalog = open_catalog(tmp_path)
    put(catalog, [product(f"p{number}") for number in range(200)])
    pages, size = 40, 100
    stop, faults, seen = threading.Event(), [], []

    def read() -> None:
        last = 0
        while not stop.is_set():
            try:
                result = catalog.search(SearchQuery("脐橙", limit=20))
                assert result.total >= last, "a document was lost on the way"
                assert all("脐橙" in one.title for one in result.hits)
                assert catalog.get("p7") is not None
                last = result.total
                seen.append(last)
            except Exception as error:  # noqa: BLE001 - any fault of a reader is the test's finding
                faults.append(error)
                return

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    with catalog.writer() as writer:
        for page in range(pages):
            writer.upsert_rows([row_of(product(f"n{page}-{number}")) for number in range(size)])
            writer.commit()
    stop.set()
    for reader in readers:
        reader.join()
    assert faults == []
    assert len(set(seen)) > 1, "what is written becomes visible on the way"
    assert catalog.search(SearchQuery("脐橙")).total == 200 + pages * size == catalog.count()
    catalog.close()


def test_old_generations_are_swept(tmp_path: Path) -> None:
    fill(tmp_path)
    _forget_mark(tmp_path)
    total(tmp_path)
    total(tmp_path)
    assert len(list((tmp_path / "pool.index").glob("g*"))) == 1
    assert not os.path.exists(tmp_path / "pool.index" / "mark.new")


@pytest.mark.skipif(sys.platform == "win32", reason="needs a limit on the size of files (POSIX)")
def test_a_full_disk_loses_nothing_that_was_committed(tmp_path: Path) -> None:
    code = f"""
import resource, signal
from pathlib import Path
from studio.core.errors import UserError
from studio.store.catalog_rows import row_of
from tests.store.products import open_catalog, product
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
catalog = open_catalog(Path({str(tmp_path)!r}))
resource.setrlimit(resource.RLIMIT_FSIZE, (600_000, 600_000))
try:
    with catalog.writer() as writer:
        for page in range(200):
            writer.upsert_rows([row_of(product(f"p{{page}}-{{number}}", f"赣南脐橙{{page}}{{number}}")) for number in range(100)])
            writer.commit()
            print(100 * (page + 1), flush=True)
except UserError as error:
    print(error.key)
"""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, timeout=60, check=False, capture_output=True, text=True
    )
    *committed, said = done.stdout.split()
    assert said == "error.pool.not_written", done.stderr
    kept = int(committed[-1])
    catalog = open_catalog(tmp_path)
    assert kept <= catalog.count() <= kept + 100
    assert catalog.search(SearchQuery("脐橙")).total == catalog.count()
    catalog.close()
