"""Frames on absolute deadlines, packets in bounded queues, frames lent and given back."""

import threading
import time
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.video.clockwork import Arrivals, FrameClock, Pace, Timeline
from studio.video.encoder import Codecs, EncoderSettings
from studio.video.encoder_thread import QUEUE_FRAMES, EncoderThread
from studio.video.framepool import FramePool
from studio.video.outputs import push_wire
from studio.video.outputs.push import _pause_s
from studio.video.packets import EncodedPacket, PacketQueue
from studio.video.planes import I420Frame
from studio.video.scene import Canvas
from studio.video.slate import slate
from tests.video.told import until


def packet(pts, is_key=False, size=100, is_video=True):
    return EncodedPacket(is_video, bytes(size), pts, pts, 1, is_key, Fraction(1, 30))


class BusyPace(Pace):
    """A time that passes while one waits, and when the machine is busy."""

    def __init__(self):
        self.at_s = 5.0

    def now_s(self):
        return self.at_s

    def wait(self, event, timeout_s):
        self.at_s += timeout_s
        return event.is_set()


def test_clock_has_no_drift_and_counts_what_came_late():
    pace = BusyPace()
    clock = FrameClock(Timeline(5.0, 100, pace))
    stop, seen = threading.Event(), []
    for number in range(30):
        seen.append(clock.wait(stop))
        if number == 10:
            pace.at_s += 0.055  # the machine is busy for five frames
    assert seen[:11] == list(range(11))
    assert clock.skipped == 4
    assert clock.late == 1
    assert seen == sorted(set(seen))
    assert pace.at_s == pytest.approx(clock.timeline.frame_due_s(seen[-1]))
    stop.set()
    assert clock.wait(stop) is None


def test_clock_waits_for_real_where_nothing_else_is_said():
    clock = FrameClock(Timeline(time.monotonic(), 50))
    for _ in range(5):
        index = clock.wait(threading.Event())
    assert time.monotonic() >= clock.timeline.frame_due_s(index)


class CameraPace(Pace):
    """A time in which nothing happens but a camera's pictures, and nobody waits for real."""

    def __init__(self, fps, phase_s, jitter_s):
        self.arrivals = Arrivals()
        self._now_s = 0.0
        dice = np.random.default_rng(7)
        self._times = (phase_s + number / fps + dice.uniform(0, jitter_s) for number in range(10**6))
        self._next_s = next(self._times)

    def now_s(self):
        return self._now_s

    def wait(self, event, timeout_s):
        until_s = self._now_s + timeout_s
        while self._next_s <= until_s:
            self._now_s = self._next_s
            self._next_s = next(self._times)
            self.arrivals.note(self._now_s)
            if event.is_set():
                return True
        self._now_s = max(self._now_s, until_s)
        return False


@pytest.mark.parametrize(("fps", "most_repeated"), [(30.0, 0), (29.97, 2), (30.03, 2)])
@pytest.mark.parametrize("phase_s", [0.0, 0.004, 0.0166, 0.0301])
def test_frames_are_made_when_the_camera_s_pictures_are_there_and_keep_their_time(fps, most_repeated, phase_s):
    pace = CameraPace(fps, phase_s, 0.002)
    clock, stop = FrameClock(Timeline(0.0, 30, pace)), threading.Event()
    indexes, ages, shown = [], [], []
    for _ in range(2400):
        indexes.append(clock.wait(stop, pace.arrivals))
        ages.append(pace.now_s() - pace.arrivals.last_s)
        shown.append(pace.arrivals.last_s)
        assert abs(pace.now_s() - clock.timeline.frame_due_s(indexes[-1])) <= 0.75 / 30, "away from its time"
    assert indexes == list(range(2400)), "every frame once"
    assert np.percentile(ages[300:], 95) < 0.002
    assert len(shown[300:]) - len(set(shown[300:])) <= most_repeated


def test_clock_goes_back_to_its_own_beat_without_a_camera_and_ignores_one_out_of_step():
    pace = CameraPace(30.0, 0.012, 0.0)
    clock, stop = FrameClock(Timeline(0.0, 30, pace)), threading.Event()
    for _ in range(300):
        clock.wait(stop, pace.arrivals)
    assert clock.phase_s == pytest.approx(0.0125, abs=0.001)
    for _ in range(100):
        clock.wait(stop)
    assert abs(clock.phase_s) < 0.0001
    pace = CameraPace(25.0, 0.012, 0.0)
    clock = FrameClock(Timeline(0.0, 30, pace))
    for _ in range(300):
        index = clock.wait(stop, pace.arrivals)
        assert pace.now_s() == pytest.approx(clock.timeline.frame_due_s(index), abs=0.018)
    assert (clock.late, clock.skipped) == (0, 0)


@given(st.floats(0, 1e5), st.sampled_from([15, 24, 25, 30, 50, 60]))
def test_every_time_has_its_frame(at_s, fps):
    timeline = Timeline(1000.0, fps)
    nearest = timeline.frame_due_s(timeline.nearest_frame(1000 + at_s))
    assert abs(nearest - 1000 - at_s) <= 0.5 / fps + 1e-6
    following = timeline.next_frame_s(1000 + at_s)
    assert -1e-6 <= following - 1000 - at_s <= 1 / fps + 1e-6


@given(st.lists(st.tuples(st.booleans(), st.integers(1, 400)), max_size=60))
def test_queue_never_grows_and_each_gap_ends_with_a_keyframe(offers):
    queue = PacketQueue(1000)
    asked = 0
    for pts, (is_key, size) in enumerate(offers):
        asked += not queue.offer(packet(pts, is_key, size))
    queue.close()
    taken = []
    while (one := queue.take(0)) is not None:
        taken.append(one)
    assert sum(len(one.data) for one in taken) <= 1000
    assert not taken or taken[0].is_keyframe
    for before, after in zip(taken, taken[1:], strict=False):
        assert after.pts == before.pts + 1
    assert (queue.dropped > 0) == (asked > 0)
    assert queue.is_closed


def test_queue_wakes_its_reader_and_restarts_at_a_keyframe():
    queue, taken = PacketQueue(1000), []
    reader = threading.Thread(target=lambda: taken.append(queue.take(10)))
    reader.start()
    queue.offer(packet(0, is_key=True))
    reader.join(5)
    assert taken[0].pts == 0
    queue.offer(packet(1))
    queue.restart()
    assert queue.dropped == 1
    queue.offer(packet(2))
    assert queue.is_empty
    queue.offer(packet(3, is_key=True))
    assert queue.take(1).pts == 3


@given(
    st.booleans(),
    st.booleans(),
    st.integers(0, 2**40),
    st.integers(-(2**20), 2**40),
    st.binary(min_size=1, max_size=99),
)
def test_packet_goes_through_the_pipe_unchanged(is_video, is_key, pts, dts, data):
    import io

    sent = EncodedPacket(is_video, data, pts, dts, 1024, is_key, Fraction(1, 48_000))
    pipe = io.BytesIO(push_wire.packet_message(sent) + push_wire.message(push_wire.END))
    kind, payload = push_wire.read_message(pipe)
    assert (kind, push_wire.parse_packet(payload)) == (push_wire.PACKET, sent)
    assert push_wire.read_message(pipe) == (push_wire.END, b"")
    assert push_wire.read_message(pipe) is None


def test_pool_lends_again_what_everybody_gave_back():
    pool = FramePool(Canvas(64, 64))
    one = pool.lend()
    one.hold()
    one.release()
    assert pool.lend() is not one
    one.release()
    assert pool.lend() is one
    assert pool.made == 2


def test_encoder_that_cannot_keep_up_drops_the_oldest_and_gives_the_next_a_keyframe():
    canvas = Canvas(128, 128, 30)
    codecs, pool, packets = Codecs(EncoderSettings(canvas=canvas)), FramePool(canvas), []
    encoder = EncoderThread(codecs, packets.append)
    for index in range(QUEUE_FRAMES + 4):
        frame = pool.lend()
        frame.frame.fill(index, 128, 128)
        encoder.offer(frame, index, is_keyframe=index == 1)
    assert (encoder.dropped, encoder.waiting) == (4, QUEUE_FRAMES)
    encoder.start()
    until(lambda: encoder.encoded == QUEUE_FRAMES)
    assert encoder.stop(5)
    assert [one.pts for one in packets] == list(range(4, QUEUE_FRAMES + 4))
    assert packets[0].is_keyframe
    assert len(pool.free) == pool.made
    codecs.close()


def test_slate_is_the_last_picture_dimmed_with_a_sign():
    canvas = Canvas(320, 240)
    last = I420Frame(320, 240)
    last.fill(200, 90, 160)
    made = slate(last, canvas)
    assert int(made.y[0, 0]) == pytest.approx(16 + (200 - 16) * 0.35, abs=2)
    assert made.y.max() >= 165
    assert abs(int(made.u[0, 0]) - 128) < abs(90 - 128)
    assert np.ptp(slate(None, canvas).y) > 50


def test_pause_between_tries_is_short_for_two_minutes_and_then_grows_to_half_a_minute():
    assert all(0.5 <= _pause_s(lost_s) <= 1.0 for lost_s in (0, 30, 119))
    assert all(_pause_s(lost_s) > 2 for lost_s in (200, 400))
    assert _pause_s(100_000) == 30
