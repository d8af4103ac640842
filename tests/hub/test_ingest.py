"""Real pushes by libav from a child process."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from studio.hub.ingest.amf import read_values, write_values
from studio.hub.ingest.chunks import ChunkParser, Message, write_message
from tests.hub.stage import ROOT, Client, served, wait_until


@pytest.fixture
def room(hub: Client, request: pytest.FixtureRequest) -> dict[str, Any]:
    return hub.open_room(f"push-{request.node.name}")


@pytest.fixture
def start_push() -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    started: list[subprocess.Popen[bytes]] = []

    def start(url: str, seconds: float, *words: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "tests.hub.push", url, str(seconds), *words]
        started.append(subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()
        process.stderr.close()


def address(room: dict[str, Any]) -> str:
    return f"{room['push_url']}/{room['push_key']}"


def ingest(hub: Client, room: dict[str, Any]) -> dict[str, Any]:
    return dict(hub.get(f"/v1/rooms/{room['room_id']}/ingest"))


def test_every_picture_of_a_push_is_decoded(hub: Client, room: dict[str, Any], start_push: Any) -> None:
    before = ingest(hub, room)
    assert (before["state"], before["frames_received"], before["last_frame_at_ms"]) == ("idle", 0, None)
    push = start_push(address(room), 4, "--realtime")
    wait_until(lambda: ingest(hub, room)["state"] == "publishing", 20, "the push")
    assert hub.get(f"/v1/rooms/{room['room_id']}")["state"] == "live"
    wait_until(lambda: ingest(hub, room)["bitrate_bps"] > 50_000, 10, "a bitrate")
    assert push.wait(30) == 0
    told = wait_until(lambda: ingest(hub, room)["frames_decoded"] == 120 and ingest(hub, room), 10, "120 pictures")
    assert (told["frames_received"], told["decode_errors"], told["frames_skipped"]) == (120, 0, 0)
    assert (told["width"], told["height"], told["connects"]) == (360, 640, 1)
    assert 180 <= told["audio_frames"] <= 195  # 4 s of 1024 samples at 48 kHz, and the encoder's own
    assert told["bytes"] > 10_000 and told["last_frame_at_ms"] > room["opened_at_ms"]
    wait_until(lambda: hub.get(f"/v1/rooms/{room['room_id']}")["state"] == "open", 5, "the room without a push")


def test_a_wrong_key_is_refused(hub: Client, room: dict[str, Any], start_push: Any) -> None:
    refused = ingest(hub, room)["refused"]
    push = start_push(f"{room['push_url']}/k-wrong", 2)
    assert push.wait(30) != 0
    assert b"PermissionError" in push.stderr.read()
    told = ingest(hub, room)
    assert (told["refused"], told["connects"], told["frames_received"]) == (refused + 1, 0, 0)


def test_the_key_of_a_closed_room_is_refused(hub: Client, room: dict[str, Any], start_push: Any) -> None:
    hub.post(f"/v1/rooms/{room['room_id']}/close", {"seq": 1, "head": "h"})
    assert start_push(address(room), 2).wait(30) != 0
    assert ingest(hub, room)["frames_received"] == 0


def test_a_killed_publisher_comes_back(hub: Client, room: dict[str, Any], start_push: Any) -> None:
    first = start_push(address(room), 60, "--realtime")
    wait_until(lambda: ingest(hub, room)["frames_decoded"] > 20, 20, "the first push")
    first.kill()
    wait_until(lambda: ingest(hub, room)["state"] == "idle", 5, "the end of the first push")
    received = ingest(hub, room)["frames_received"]
    assert start_push(address(room), 1).wait(30) == 0
    wait_until(lambda: ingest(hub, room)["frames_received"] == received + 30, 10, "the second push")
    assert ingest(hub, room)["connects"] == 2


def test_the_newest_publisher_replaces_the_one_before(hub: Client, room: dict[str, Any], start_push: Any) -> None:
    first = start_push(address(room), 60, "--realtime")
    wait_until(lambda: ingest(hub, room)["frames_decoded"] > 5, 20, "the first push")
    second = start_push(address(room), 60, "--realtime")
    assert first.wait(20) != 0
    wait_until(lambda: ingest(hub, room)["connects"] == 2, 10, "the second push")
    assert second.poll() is None and ingest(hub, room)["state"] == "publishing"


def test_faults_cut_and_refuse_a_push(hub: Client, room: dict[str, Any], start_push: Any) -> None:
    push = start_push(address(room), 60, "--realtime")
    wait_until(lambda: ingest(hub, room)["frames_decoded"] > 5, 20, "the push")
    assert hub.http.post("/v1/faults/push", json={"mode": "refuse"}).status_code == 204
    assert hub.http.post("/v1/faults/push", json={"mode": "cut"}).status_code == 204
    assert push.wait(20) != 0
    assert start_push(address(room), 1).wait(20) != 0
    assert ingest(hub, room)["connects"] == 1
    hub.http.delete("/v1/faults")
    assert start_push(address(room), 1).wait(20) == 0
    wait_until(lambda: ingest(hub, room)["connects"] == 2, 5, "the push after the faults")


def test_a_hanging_push_goes_on_after_the_fault(hub: Client, room: dict[str, Any], start_push: Any) -> None:
    start_push(address(room), 60, "--realtime")
    wait_until(lambda: ingest(hub, room)["frames_decoded"] > 5, 20, "the push")
    hub.http.post("/v1/faults/push", json={"mode": "hang"})
    wait_until(lambda: ingest(hub, room)["bitrate_bps"] == 0, 10, "the bitrate to fall to nothing")
    stalled = ingest(hub, room)["frames_received"]
    assert ingest(hub, room)["state"] == "publishing"
    hub.http.delete("/v1/faults")
    wait_until(lambda: ingest(hub, room)["frames_received"] > stalled + 10, 10, "the push to go on")


def test_figures_outlive_the_hub(tmp_path: Path, start_push: Any) -> None:
    with served(tmp_path) as hub:
        room = hub.open_room("s")
        assert start_push(address(room), 1).wait(30) == 0
        wait_until(lambda: ingest(hub, room)["frames_decoded"] == 30, 10, "30 pictures")
        wait_until(lambda: ingest(hub, room)["state"] == "idle", 5, "the end of the push")
        before = ingest(hub, room)
    with served(tmp_path) as hub:
        after = ingest(hub, room)
        assert {**after, "bitrate_bps": 0} == {**before, "bitrate_bps": 0}


def shake_hands(hub: Client) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", hub.card["rtmp_port"]), timeout=10)
    connection.sendall(b"\x03" + bytes(1536))
    answer = b""
    while len(answer) < 1 + 2 * 1536:
        answer += connection.recv(4096)
    assert answer[0] == 3 and answer[1537:] == bytes(1536)
    connection.sendall(answer[1:1537])
    return connection


def read_until_closed(connection: socket.socket) -> list[Message]:
    parser, messages = ChunkParser(), []
    while data := connection.recv(65536):
        messages += list(parser.feed(data))
    return messages


def test_a_refusal_names_its_reason_on_the_wire(hub: Client, room: dict[str, Any]) -> None:
    with shake_hands(hub) as connection:
        commands = (
            write_values("connect", 1, {"app": "live"}),
            write_values("createStream", 2, None),
            write_values("publish", 3, None, "k-wrong", "live"),
        )
        for command in commands:
            connection.sendall(write_message(20, command))
        told = [read_values(message.payload) for message in read_until_closed(connection) if message.type_id == 20]
    assert [values[0] for values in told] == ["_result", "_result", "onStatus"]
    assert told[0][3]["code"] == "NetConnection.Connect.Success"
    assert told[-1][3]["level"] == "error" and told[-1][3]["code"] == "NetStream.Publish.BadName"


@pytest.mark.parametrize("noise", [b"GET / HTTP/1.1\r\n\r\n", b"\x03" + bytes(3072) + b"\xff" * 64])
def test_strangers_are_shown_the_door_and_the_next_push_works(
    hub: Client, room: dict[str, Any], start_push: Any, noise: bytes
) -> None:
    with socket.create_connection(("127.0.0.1", hub.card["rtmp_port"]), timeout=10) as connection:
        connection.sendall(noise)
        try:
            while connection.recv(65536):
                pass
        except ConnectionResetError:
            pass
    assert start_push(address(room), 0.5).wait(30) == 0


def test_pictures_before_any_configuration_are_counted_not_decoded(hub: Client, room: dict[str, Any]) -> None:
    with shake_hands(hub) as connection:
        for command in (
            write_values("connect", 1, {"app": "live"}),
            write_values("publish", 3, None, room["push_key"] + "?seq=1", "live"),
        ):
            connection.sendall(write_message(20, command))
        connection.sendall(write_message(9, b"\x17\x01\x00\x00\x00" + bytes(20), stream_id=1))
        connection.sendall(write_message(9, b"\x1c\x01\x00\x00\x00" + bytes(20), stream_id=1))  # HEVC
        told = wait_until(lambda: ingest(hub, room)["decode_errors"] == 2 and ingest(hub, room), 10, "two errors")
    assert (told["frames_received"], told["frames_decoded"]) == (2, 0)
