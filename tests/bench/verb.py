"""A verb from the wish to the new scene: `show.take` (decided, durable with its as-run row, scene handed over) against
the bare minimum, one `INSERT` of the same row by sqlite3 with the same pragmas. Medians of alternated rounds, wall time.

`python -m tests.bench.verb [--takes N]`"""

from __future__ import annotations

import argparse
import asyncio
import sqlite3
import tempfile
import time
from pathlib import Path
from typing import NoReturn

from tests.bench.result import Result, finish, median
from tests.desk.doubles import ANCHOR, Stage

ITEMS = 8
TARGET = 8.0


def bare(path: Path) -> sqlite3.Connection:
    """A database with one table and the pragmas of `show.sqlite`."""
    connection = sqlite3.connect(path, isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL"):
        connection.execute(f"PRAGMA {pragma}").close()
    connection.execute("CREATE TABLE log (seq INTEGER PRIMARY KEY, at_ms INTEGER, verb TEXT, payload TEXT)")
    return connection


def insert_ms(connection: sqlite3.Connection, payload: str) -> float:
    started = time.perf_counter()
    connection.execute("BEGIN IMMEDIATE")
    connection.execute("INSERT INTO log (at_ms, verb, payload) VALUES (1, 'show.take', ?)", (payload,))
    connection.execute("COMMIT")
    return (time.perf_counter() - started) * 1000


async def measure(folder: Path, takes: int) -> tuple[list[float], list[float]]:
    """Milliseconds of each take and of each bare insert."""
    stage, reference = Stage(folder), bare(folder / "bare.sqlite")
    ours: list[float] = []
    floor: list[float] = []
    payload = "x" * 220
    try:
        await stage.live(ITEMS)
        await stage.settle()
        ids = [item.id for item in stage.desk.state.rundown.items]
        for number in range(takes):
            before = len(stage.picture.scenes())
            started = time.perf_counter()
            await stage.desk.do("show.take", ANCHOR, item_id=ids[number % ITEMS])
            ours.append((time.perf_counter() - started) * 1000)
            assert len(stage.picture.scenes()) == before + 1
            floor.append(insert_ms(reference, payload))
            await stage.settle()
    finally:
        reference.close()
        await stage.close()
    return ours, floor


def main() -> NoReturn:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--takes", type=int, default=300)
    takes = parser.parse_args().takes
    with tempfile.TemporaryDirectory() as folder:
        ours, floor = asyncio.run(measure(Path(folder), takes))
    worst = sorted(ours)[int(len(ours) * 0.99)]
    print(f"take: p50 {median(ours):.2f} ms, p99 {worst:.2f} ms; bare insert: p50 {median(floor):.2f} ms")
    result = Result(
        name="verb",
        figure=median(ours),
        unit="ms from wish to scene, median",
        reference=median(floor),
        target=TARGET,
    )
    finish([result])


if __name__ == "__main__":
    main()
