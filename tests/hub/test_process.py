"""The hub as a process: its folder, its ports, its start and its end."""

from __future__ import annotations

import json
import os
import signal
import socket
import sqlite3
import stat
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from studio.core.errors import UserError
from studio.hub.__main__ import main
from studio.hub.folder import Card, read_card, write_card
from studio.hub.server import HubProcess
from tests.hub.stage import Child, Client, coupon_wish, served


@pytest.fixture
def children() -> Iterator[Any]:
    started: list[Child] = []

    def start(folder: Path, *words: str) -> Child:
        started.append(Child(folder, *words))
        return started[-1]

    yield start
    for child in started:
        child.end()


def test_a_hub_says_where_it_is_and_keeps_its_secrets(tmp_path: Path, children: Any) -> None:
    assert main(["seed", "--dir", str(tmp_path), "--products", "2000"]) == 0
    began_s = time.monotonic()
    child = children(tmp_path, "--exit-with-stdin", "--world", "1")
    took_s = time.monotonic() - began_s
    print(f"started in {took_s:.2f} s")
    assert took_s < 6.0, "alone on the machine it takes a second"
    card = json.loads((tmp_path / "hub.json").read_text())
    assert child.first_line == f"hub ready {card['url']}\n"
    assert set(card) == {"url", "token", "pid", "rtmp_port"} and card["pid"] == child.process.pid
    if sys.platform != "win32":
        for name in ("hub.json", "hub.sqlite"):
            assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600
    client = Client(tmp_path)
    assert client.get("/v1/info")["products"] == 2000
    room = client.open_room("s")
    client.post(f"/v1/rooms/{room['room_id']}/coupons", coupon_wish(), key="k-idempotent")
    client.http.get("/v1/info", headers={"Authorization": "Bearer wrong-token"})
    client.close()
    began_s = time.monotonic()
    assert child.end() == 0
    assert time.monotonic() - began_s < 4.0
    written = "".join(path.read_text() for path in tmp_path.glob("hub.log*"))
    assert "ready on" in written and "ERROR" not in written
    for secret in (card["token"], room["push_key"], "wrong-token"):
        assert secret not in written


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM to send")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_cleanly(tmp_path: Path, children: Any, number: int) -> None:
    child = children(tmp_path, "--world", "1", "--speed", "20")
    client = Client(tmp_path)
    client.open_room("s")
    client.close()
    os.kill(child.process.pid, number)
    assert child.process.wait(10) == 0
    assert child.process.stderr.read() == b""


def test_killed_it_comes_back_on_the_same_ports_with_everything(tmp_path: Path, children: Any) -> None:
    child = children(tmp_path)
    before, client = read_card(tmp_path), Client(tmp_path)
    room = client.open_room("s")
    made = client.coupon(room["room_id"], "k")
    client.claim(made["promotion_id"], "b")
    child.process.kill()
    child.process.wait()
    with pytest.raises(httpx.TransportError):
        client.http.get("/healthz")
    client.close()
    again = children(tmp_path)
    after, client = read_card(tmp_path), Client(tmp_path)
    assert after == replace(before, pid=again.process.pid)
    assert client.open_room("s") == room
    assert client.get("/v1/promotions/by_key/k")["claimed"] == 1
    client.close()


def test_a_second_hub_on_one_folder_is_refused(
    tmp_path: Path, children: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    children(tmp_path)
    assert main(["serve", "--dir", str(tmp_path)]) == 2
    assert str(tmp_path) in capsys.readouterr().err
    assert main(["seed", "--dir", str(tmp_path)]) == 2


def test_a_port_in_use_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        for option in ("--port", "--rtmp-port"):
            assert main(["serve", "--dir", str(tmp_path / option), option, str(port)]) == 2
            assert str(port) in capsys.readouterr().err


def test_when_the_last_port_is_taken_another_is_found(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        write_card(tmp_path, Card(url=f"http://127.0.0.1:{port}", rtmp_port=port))
        with served(tmp_path) as hub:
            assert hub.get("/v1/info")["products"] == 0
            assert not hub.url.endswith(f":{port}")


@pytest.mark.parametrize("text", ["", "{", "[]", '{"url": 5, "rtmp_port": "x"}'])
def test_a_broken_hub_json_does_not_stop_it(tmp_path: Path, text: str) -> None:
    (tmp_path / "hub.json").write_text(text)
    with served(tmp_path) as hub:
        assert hub.http.get("/healthz").json() == {"ok": True}


def test_a_newer_database_is_refused_and_left_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    database = sqlite3.connect(tmp_path / "hub.sqlite")
    database.execute("PRAGMA user_version = 999")
    database.close()
    assert main(["serve", "--dir", str(tmp_path)]) == 2
    assert "999" in capsys.readouterr().err
    database = sqlite3.connect(tmp_path / "hub.sqlite")
    assert database.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,)
    database.close()


@pytest.mark.parametrize(
    "words",
    [
        ["serve", "--port", "65536"],
        ["serve", "--speed", "0"],
        ["seed", "--products", "-1"],
        ["seed", "--products", "many"],
    ],
)
def test_wrong_use_ends_with_code_2(tmp_path: Path, words: list[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main([*words, "--dir", str(tmp_path)])
    assert end.value.code == 2


def test_an_address_that_is_not_ours_is_refused(tmp_path: Path) -> None:
    from studio.hub.hub import HubOptions

    with pytest.raises(UserError):
        HubProcess(HubOptions(folder=tmp_path, host="203.0.113.1", port=80))


def test_a_small_answer_is_sent_at_once(tmp_path: Path) -> None:
    with served(tmp_path) as hub:
        took_s = []
        for _ in range(20):
            began_s = time.monotonic()
            hub.get("/v1/pool/changes", since=0)
            took_s.append(time.monotonic() - began_s)
    assert min(took_s) < 0.03, "Nagle and delayed acknowledgements make it 0.04 s"
