"""A whole headless show that also goes to a target of the user's own, on a real server; its key is in no file but one."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from studio.store.show_store import ShowStore
from tests.app.shows import run
from tests.media import ClipSpec, look, moving_pattern
from tests.video import rtmp_server
from tests.video.rtmp_server import KEY, RtmpServer
from tests.video.told import until

pytestmark = [
    pytest.mark.alone,
    pytest.mark.timeout(240),
    pytest.mark.skipif(not rtmp_server.IS_INSTALLED, reason=rtmp_server.HOW_TO_INSTALL),
]


def prepare(data: Path, url: str) -> None:
    """A profile in which the target "village" was added in an earlier run."""
    data.mkdir(parents=True)
    store = ShowStore(data / "show.sqlite")
    with store.transaction() as tx:
        tx.setup("outputs", {"targets": [{"name": "village", "url": url, "is_on": True}]})
    store.close()
    (data / "keys.json").write_text(json.dumps({"push village": KEY}))
    os.chmod(data / "keys.json", 0o600)


def test_target_gets_the_show_from_its_beginning_to_its_end_and_the_key_stays_where_it_is(tmp_path: Path) -> None:
    server = RtmpServer(tmp_path / "nginx").start()
    clip = moving_pattern(tmp_path / "clip.mp4", ClipSpec(seconds=2.0))
    prepare(tmp_path / "show" / "data", server.url)
    try:
        show = run(
            tmp_path / "show", "--camera", str(clip), "--minutes", "0.15", "--speed", "20", "--canvas", "360x640"
        )
        assert show.exit_code in (0, 1), show.output  # 1: a busy machine had to step down, and said so
        records = [one for one in server.records() if one.stat().st_size > 1000]
        assert sum(look(one).frames for one in records) > 60
        until(lambda: server.bytes_in() == 0)  # it went off with the show
    finally:
        server.kill()
    files = [one for one in (tmp_path / "show").rglob("*") if one.is_file()]
    assert [one.name for one in files if KEY.encode() in one.read_bytes()] == ["keys.json"]
    assert KEY not in show.output
