"""A sample of the bench `servers`: two deaths in one show with two targets."""

import random

import pytest

from studio.video.outputs import push
from studio.video.scene import Canvas
from tests.bench import servers
from tests.video import rtmp_server

pytestmark = pytest.mark.skipif(not rtmp_server.IS_INSTALLED, reason=rtmp_server.HOW_TO_INSTALL)


def test_a_kill_and_a_hang_cost_neither_the_recording_nor_the_other_target(monkeypatch):
    monkeypatch.setattr(push, "HANGS_AFTER_S", 2.0)
    measured = servers.run(2, random.Random(4), Canvas(180, 320, 30), 6000)
    assert (measured.lost_frames, measured.others) == (0, [])
    assert max(measured.back_s) < 10  # the bench asks for 2 s, on a machine that has nothing else to do
