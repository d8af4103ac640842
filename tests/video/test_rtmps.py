"""RTMPS to a real server behind stunnel: a trusted certificate is live, any other never sees the key."""

import sys

import av
import pytest

from studio.video.facts import PushStateChanged
from studio.video.outputs import rtmp
from tests.video import rtmp_server, tls_front
from tests.video.rtmp_server import KEY, RtmpServer
from tests.video.tls_front import Authority, TlsFront
from tests.video.told import Told, engine, until

pytestmark = [
    pytest.mark.skipif(not rtmp_server.IS_INSTALLED, reason=rtmp_server.HOW_TO_INSTALL),
    pytest.mark.skipif(not tls_front.IS_INSTALLED, reason=tls_front.HOW_TO_INSTALL),
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="other systems trust their own list only"),
]


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def server(tmp_path):
    running = RtmpServer(tmp_path / "nginx").start()
    yield running
    running.kill()


@pytest.fixture
def front(tmp_path, authority, server):
    """Starts a TLS front with a certificate for a name."""
    made = []

    def start(name, alternative):
        made.append(TlsFront(tmp_path, authority.certificate(name, alternative), server.rtmp_port))
        return f"rtmps://127.0.0.1:{made[-1].port}/live"

    yield start
    for one in made:
        one.kill()


def test_trusted_server_is_live_and_lost_and_live_again(server, front, authority, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    told = Told()
    with engine(told) as running:
        running.start_push("a", front("good", "IP:127.0.0.1"), KEY)
        told.wait(PushStateChanged, lambda fact: fact.state == "live")
        until(lambda: running.health().pushes[0].bytes_accepted > 10_000)
        server.kill()
        told.wait(PushStateChanged, lambda fact: fact.state == "reconnecting")
        server.start()
        until(lambda: [f.state for f in told.all(PushStateChanged)].count("live") == 2)
        assert server.bytes_in() > 0


def test_wrong_key_behind_tls_is_refused(front, authority, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    told = Told()
    with engine(told) as running:
        running.start_push("a", front("good", "IP:127.0.0.1"), "wrong-key")
        fact = told.wait(PushStateChanged, lambda fact: fact.state == "refused")
        assert fact.reason_key == "video.push.refused"


@pytest.mark.parametrize(
    ("alternative", "is_authority_known"),
    [("IP:127.0.0.1", False), ("DNS:other.example", True)],
    ids=["unknown", "other"],
)
def test_server_we_do_not_trust_is_refused_and_never_sees_the_key(
    server, front, authority, monkeypatch, alternative, is_authority_known
):
    if is_authority_known:
        monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    told = Told()
    with engine(told) as running:
        running.start_push("a", front("bad", alternative), KEY)
        fact = told.wait(PushStateChanged, lambda fact: fact.state != "connecting")
        assert (fact.state, fact.reason_key) == ("refused", "video.push.certificate")
        assert running.health().pushes[0].bytes_accepted == 0
    assert not server.records()


def test_every_address_survives_being_packed_for_the_muxer(tmp_path):
    """The key may have any sign in it: what the muxer is told must come out as it went in."""
    folder = tmp_path / "a'b|c\\d[e]f:g=h%20 &i"
    folder.mkdir()
    with av.open(rtmp.packed(str(folder / "x.flv"), {"f": "flv"}), "w", format="tee") as box:
        box.add_stream("aac", rate=48000)
        box.start_encoding()
    assert (folder / "x.flv").stat().st_size > 0
