"""The state on air against a real server that takes the connection and then nothing more."""

import signal
import time

import numpy as np
import pytest

from studio.desk.on_air import PLATFORM_PUSH, SILENT_S, Progress, Seen, judge, room_closes_in_s
from studio.video.encoder import EncoderSettings
from studio.video.facts import HealthTicked, PushStateChanged
from studio.video.scene import Canvas
from tests import media
from tests.video import rtmp_server
from tests.video.rtmp_server import KEY, RtmpServer
from tests.video.told import Told, engine, until

pytestmark = pytest.mark.skipif(not rtmp_server.IS_INSTALLED, reason=rtmp_server.HOW_TO_INSTALL)


class Watching(Told):
    """Follows each health as the desk does, and remembers when bytes left for the last time."""

    def __init__(self, fps):
        super().__init__()
        self.progress, self.health, self.states, self._fps = Progress(), None, [], fps

    def __call__(self, fact):
        if isinstance(fact, HealthTicked):
            now_s = time.monotonic()
            self.progress = self.progress.after(fact.health, now_s, is_live=True)
            self.health = fact.health
            self.states.append((judge(self.seen()).state, now_s - self.progress.accepted_s))
        super().__call__(fact)

    def seen(self):
        return Seen(
            is_live=True, health=self.health, progress=self.progress, canvas_fps=self._fps, now_s=time.monotonic()
        )


def test_server_that_takes_nothing_is_never_green(tmp_path):
    server, told = RtmpServer(tmp_path / "nginx").start(), Watching(30)
    noise = np.random.default_rng(1).integers(0, 255, (15, 240, 320, 3)).astype(np.uint8)
    spec = media.ClipSpec(seconds=0.5, has_sound=False)
    clip = media.write(tmp_path / "noise.mp4", spec, lambda i: noise[i], lambda _, count: np.zeros(count, np.float32))
    settings = EncoderSettings(canvas=Canvas(320, 240, 30), bitrate_kbps=4000, preset="ultrafast")
    try:
        with engine(told, clip, settings) as running:
            running.start_push(PLATFORM_PUSH, server.url, KEY)
            told.wait(PushStateChanged, lambda fact: fact.state == "live")
            until(lambda: judge(told.seen()).state != "off_air")
            server.signal(signal.SIGSTOP)
            until(lambda: judge(told.seen()).state == "off_air", within_s=60)
            assert 0 <= room_closes_in_s(told.seen(), 60) < 60
            server.signal(signal.SIGCONT)
            until(lambda: judge(told.seen()).state != "off_air", within_s=60)
            assert room_closes_in_s(told.seen(), 60) is None
        assert all(state != "live" for state, silent_s in told.states if silent_s > SILENT_S)
    finally:
        server.kill()
