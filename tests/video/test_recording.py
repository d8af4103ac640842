"""The recording on a disk that fills, on a process that is killed, and the file that survives both."""

import contextlib
import os
import random
import resource
import shutil
import subprocess
import sys
import time
from pathlib import Path

import av
import numpy as np
import pytest

from studio.video.encoder import Codecs, EncoderSettings
from studio.video.facts import HealthTicked, RecordingEnded, RecordingFailed, RecordingLow, RecordingStarted
from studio.video.outputs.recording import Recording
from studio.video.outputs.safe_file import SafeFile, cut_torn_end
from studio.video.scene import Canvas
from tests import disks, media
from tests.video.told import Told, engine, until

ROOT = Path(__file__).resolve().parents[2]
DISK_BYTES = 40_000_000


@pytest.fixture
def small_disk(tmp_path):
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "tmpfs", str(folder)]
    if os.name != "posix" or os.geteuid() != 0 or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("only root may mount a small disk here")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(folder, leave):
    """Let somebody else take the room, but for ``leave`` bytes."""
    taken = shutil.disk_usage(folder).free - leave
    with (folder / "ballast").open("ab", buffering=0) as ballast, contextlib.suppress(OSError):
        ballast.write(bytes(max(0, taken)))  # the recording may have taken the last of it first


def test_nearly_full_disk_ends_the_recording_cleanly_and_the_show_goes_on(small_disk):
    told, out = Told(), small_disk / "show.mp4"
    with engine(told) as running:
        running.start_recording(out)
        fill(small_disk, leave=17_000_000)
        low = told.wait(RecordingLow)
        assert low.minutes_left < 15
        assert low.free_bytes < 18_000_000
        fill(small_disk, leave=8_000_000)
        failed = told.wait(RecordingFailed)
        assert failed.reason_key == running.health().recording.error_key == "error.video.disk_full"
        assert failed.reason_args["free_mb"] < 40
        assert not running.health().recording.is_on
        rendered = running.health().frames_rendered
        until(lambda: running.health().frames_rendered > rendered + 10)
        (small_disk / "ballast").unlink()
        running.start_recording(small_disk / "part2.mp4")  # room again: a new part
        until(lambda: running.health().recording.seconds > 0.5)
    assert media.look(out).frames > 30
    assert b"moof" not in out.read_bytes()[:4096]  # closed as an ordinary file
    assert media.look(small_disk / "part2.mp4").frames > 10


def test_disk_that_fills_between_two_looks_costs_only_what_no_longer_fits(small_disk):
    told, out = Told(), small_disk / "show.mp4"
    with engine(told) as running:
        running.start_recording(out)
        until(lambda: running.health().recording.seconds > 1.5)
        fill(small_disk, leave=0)
        seconds = running.health().recording.seconds
        assert told.wait(RecordingFailed).reason_key == "error.video.disk_full"
    assert media.look(out).length_s > seconds - 0.6


def three_ticks(told):
    """Wait until the engine's keeper has looked three times more."""
    before = len(told.all(HealthTicked))
    until(lambda: len(told.all(HealthTicked)) >= before + 3)


def test_recording_goes_on_by_itself_when_the_disk_has_room_again(tmp_path):
    told = Told()
    with disks.small_disk(tmp_path / "disk", 64) as folder:
        out, ballast = folder / "show.mp4", folder / "ballast"
        with engine(told) as running:
            running.start_recording(out)
            fill(folder, leave=17_500_000)
            told.wait(RecordingLow)
            until(lambda: running.health().recording.seconds > 1.5)
            fill(folder, leave=8_000_000)
            assert told.wait(RecordingFailed).reason_key == "error.video.disk_full"
            until(lambda: running.health().recording.is_waiting)
            seconds = running.health().recording.seconds
            os.truncate(ballast, ballast.stat().st_size - 22_000_000)  # room, but not enough to last
            three_ticks(told)
            assert len(told.all(RecordingStarted)) == 1
            ballast.unlink()
            went_on = told.wait(RecordingStarted, lambda started: started.continues == str(out))
            until(lambda: running.health().recording.is_on and running.health().recording.seconds > 0.5)
            assert not running.health().recording.is_waiting
        assert media.look(out).length_s > seconds - 0.25
        assert went_on.path == str(folder / "show.2.mp4")
        assert media.look(folder / "show.2.mp4").length_s > 0.4


def test_stop_ends_the_wait_for_room(tmp_path):
    told = Told()
    with disks.small_disk(tmp_path / "disk", 64) as folder:
        with engine(told) as running:
            running.start_recording(folder / "show.mp4")
            until(lambda: running.health().recording.seconds > 0.5)
            fill(folder, leave=8_000_000)
            until(lambda: running.health().recording.is_waiting)
            running.stop_recording()
            assert not running.health().recording.is_waiting
            (folder / "ballast").unlink()
            three_ticks(told)
        assert len(told.all(RecordingStarted)) == 1


def test_failed_write_keeps_the_whole_fragments(tmp_path):
    told, out = Told(), tmp_path / "show.mp4"
    with engine(told) as running:
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        running.start_recording(out)
        until(lambda: running.health().recording.seconds > 1.0)
        try:
            resource.setrlimit(resource.RLIMIT_FSIZE, (out.stat().st_size, hard))
            failed = told.wait(RecordingFailed)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        assert failed.reason_key == "error.video.disk_full"
        rendered = running.health().frames_rendered
        until(lambda: running.health().frames_rendered > rendered + 5)
    assert media.look(out).length_s > 0.6


def test_recording_that_gets_no_picture_leaves_no_file(tmp_path):
    codecs = Codecs(EncoderSettings(canvas=Canvas(180, 320, 30)))
    told = Told()
    for number in range(3):
        empty = Recording(tmp_path / f"{number}.mp4", codecs.header, told)
        empty.start()
        assert empty.stop(5)
    codecs.close()
    assert [(fact.bytes, fact.seconds) for fact in told.all(RecordingEnded)] == [(0, 0.0)] * 3
    assert not list(tmp_path.glob("*.mp4"))


def test_removed_file_is_told(tmp_path):
    told, out = Told(), tmp_path / "show.mp4"
    with engine(told) as running:
        running.start_recording(out)
        until(lambda: running.health().recording.bytes > 0)
        out.unlink()
        assert told.wait(RecordingFailed).reason_key == "error.video.recording_gone"


def test_torn_end_is_cut_and_nothing_else(tmp_path):
    box = (16).to_bytes(4, "big") + b"mdat" + bytes(8)
    moof = (8).to_bytes(4, "big") + b"moof"
    path = tmp_path / "torn.mp4"
    path.write_bytes(box + moof + box + moof + box[:10])
    assert cut_torn_end(path) == 18
    assert path.read_bytes() == box + moof + box
    assert cut_torn_end(path) == 0
    file = SafeFile(tmp_path / "whole.mp4")
    file.write(box)
    file.close()
    assert (tmp_path / "whole.mp4").read_bytes() == box


CHILD = """
import sys, time
from pathlib import Path
from studio.core.clock import SystemClock
from studio.video.engine import Engine
from studio.video.facts import SceneShown
from studio.video.scene import Canvas, Scene
from studio.video.sources import SourceSpec

def tell(fact):
    if isinstance(fact, SceneShown):
        print(engine._timeline.frame_due_s(fact.frame_index) - fact.pts_s, flush=True)

engine = Engine(Canvas(180, 320, 30), SystemClock(), tell)
engine.set_source(SourceSpec.parse("test"))
engine.start_recording(Path(sys.argv[1]))
engine.show(Scene(engine.canvas, (), "item", 1))
engine.start()
time.sleep(60)
"""


@pytest.mark.parametrize("seed", [11, 12, 13])
def test_kill_9_costs_at_most_half_a_second(tmp_path, seed):
    out = tmp_path / "show.mp4"
    command = [sys.executable, "-c", CHILD, str(out)]
    child = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        zero_s = float(child.stdout.readline())
        time.sleep(random.Random(seed).uniform(0.8, 2.3))  # the moment of death, not a wait for anything
    finally:
        child.kill()
        killed_s = time.monotonic()
        child.wait()
        child.stdout.close()
    with av.open(str(out)) as container:
        frames = sum(1 for _ in container.decode(video=0))
    assert killed_s - zero_s - frames / 30 <= 0.5, f"seed {seed}"


def test_a_packet_that_the_container_refuses_does_not_cost_the_recording(tmp_path):
    codecs, told, out = Codecs(EncoderSettings(canvas=Canvas(128, 128))), Told(), tmp_path / "show.mp4"
    recording = Recording(out, codecs.header, told)
    recording.start()
    black = np.zeros((192, 128), np.uint8)
    sent = [packet for index in range(20) for packet in codecs.encode_picture(black, index, index == 0)]
    for packet in sent:
        recording.offer(packet)
        if packet is sent[10]:
            recording.offer(sent[5])  # a time that is past
    assert recording.stop(20)
    codecs.close()
    told.wait(RecordingEnded)
    assert media.look(out).frames == 20


def test_a_container_that_refuses_everything_ends_the_recording_in_words(tmp_path):
    codecs, told = Codecs(EncoderSettings(canvas=Canvas(128, 128))), Told()
    recording = Recording(tmp_path / "show.mp4", codecs.header, told)
    recording.start()
    first, last = (codecs.encode_picture(np.zeros((192, 128), np.uint8), index, True)[0] for index in (0, 5))
    for packet in (first, last, *[first] * 30):
        recording.offer(packet)
    assert told.wait(RecordingFailed).reason_key == "error.video.recording_failed"
    assert recording.stop(20)
    codecs.close()
