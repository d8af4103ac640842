"""RTMP bytes: cut anywhere, broken anyhow."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.hub.ingest.amf import read_values, write_values
from studio.hub.ingest.chunks import ChunkParser, Message, ProtocolError, write_message

VALUES = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(max_size=40),
    lambda inner: st.dictionaries(st.text(min_size=1, max_size=10), inner, max_size=4),
    max_leaves=12,
)


@given(st.lists(VALUES, max_size=5))
def test_amf_comes_back_as_it_went(values: list[object]) -> None:
    assert read_values(write_values(*values)) == values


@given(st.binary(max_size=80))
def test_bytes_that_are_no_amf_are_refused_cleanly(data: bytes) -> None:
    try:
        read_values(data)
    except ValueError:
        return


def test_amf_nested_without_end_is_refused() -> None:
    with pytest.raises(ValueError):
        read_values(b"\x03\x00\x01a" * 5000)


@settings(deadline=None)
@given(
    payloads=st.lists(st.binary(max_size=700), min_size=1, max_size=6),
    cuts=st.lists(st.integers(1, 300), min_size=1, max_size=20),
    chunk_size=st.sampled_from((1, 7, 128, 4096)),
)
def test_messages_are_the_same_however_the_bytes_are_cut(
    payloads: list[bytes], cuts: list[int], chunk_size: int
) -> None:
    stream = write_message(1, chunk_size.to_bytes(4, "big"), chunk_id=2)
    for payload in payloads:
        stream += write_message(9, payload, chunk_id=6, stream_id=1, chunk_size=chunk_size)
    parser, got, at, n = ChunkParser(), [], 0, 0
    while at < len(stream):
        got += list(parser.feed(stream[at : at + cuts[n % len(cuts)]]))
        at += cuts[n % len(cuts)]
        n += 1
    assert got[1:] == [Message(9, 1, 0, payload) for payload in payloads]


@settings(deadline=None)
@given(st.binary(max_size=400))
def test_noise_is_refused_and_never_crashes_the_parser(noise: bytes) -> None:
    try:
        for message in ChunkParser().feed(noise):
            assert len(message.payload) <= len(noise)
    except ProtocolError:
        return


def header(kind: int, *, time_ms: int = 0, length: int = 0, type_id: int = 9, extended_ms: int | None = None) -> bytes:
    """A chunk header on chunk stream 6 as the specification draws it (5.3.1)."""
    data = bytes([kind << 6 | 6])
    if kind <= 2:
        data += time_ms.to_bytes(3, "big")
    if kind <= 1:
        data += length.to_bytes(3, "big") + bytes([type_id])
    if kind == 0:
        data += struct.pack("<I", 1)
    return data + (b"" if extended_ms is None else extended_ms.to_bytes(4, "big"))


def test_times_add_up_over_all_header_types() -> None:
    stream = header(0, time_ms=1000, length=2) + b"aa"
    stream += header(1, time_ms=40, length=3) + b"bbb"
    stream += header(2, time_ms=20) + b"ccc"
    stream += header(3) + b"ddd"
    got = list(ChunkParser().feed(stream))
    assert [(message.timestamp_ms, message.payload) for message in got] == [
        (1000, b"aa"),
        (1040, b"bbb"),
        (1060, b"ccc"),
        (1080, b"ddd"),
    ]


def test_extended_times_are_read_again_in_every_chunk_of_a_message() -> None:
    late_ms = 0x01234567
    body = bytes(range(200))
    stream = header(0, time_ms=0xFFFFFF, length=200, extended_ms=late_ms) + body[:128]
    stream += header(3, extended_ms=late_ms) + body[128:]
    stream += header(2, time_ms=33) + body[:128] + header(3) + body[128:]
    got = list(ChunkParser().feed(stream))
    assert [message.timestamp_ms for message in got] == [late_ms, late_ms + 33]
    assert [message.payload for message in got] == [body, body]


@pytest.mark.parametrize("first", [b"\xc6", header(2, time_ms=1), header(0, length=0xFFFFFF) + b"x"])
def test_a_stream_that_begins_wrongly_or_is_far_too_long_is_refused_or_waited_for(first: bytes) -> None:
    parser = ChunkParser()
    if first[0] >> 6 >= 2:
        with pytest.raises(ProtocolError):
            list(parser.feed(first))
    else:
        assert list(parser.feed(first)) == []  # 16 MB may come: it is collected, not allocated at once


def test_a_chunk_size_of_nothing_is_refused() -> None:
    with pytest.raises(ProtocolError):
        list(ChunkParser().feed(write_message(1, bytes(4), chunk_id=2)))


def test_an_aborted_message_is_forgotten() -> None:
    stream = header(0, length=200) + b"x" * 128
    stream += write_message(2, (6).to_bytes(4, "big"), chunk_id=2)
    stream += header(0, length=2) + b"ok"
    assert [message.payload for message in ChunkParser().feed(stream)][-1] == b"ok"
