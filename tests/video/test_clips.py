"""Clips cut from real recordings: not a frame too many or too few, sound still in place, also from torn files."""

import itertools
import math
from pathlib import Path

import av
import numpy as np
import pytest

from studio.core.errors import UserError
from studio.video import clips
from studio.video.clips import Stretch, TakeMark, cut, file_name, stretches
from studio.video.facts import SceneShown
from studio.video.mp4_index import read_tracks
from studio.video.mp4_tables import NothingYet
from studio.video.scene import Scene
from tests import media
from tests.disks import small_disk
from tests.video.told import SMALL, Told, engine, until

HALF_S = 1 / 60
ITEMS = ("berry", "honey", "rice")


@pytest.fixture(scope="module")
def show(tmp_path_factory):
    """A recording with three takes, and the marks the engine told."""
    folder, told = tmp_path_factory.mktemp("show"), Told()
    source = media.flash_and_beep(folder / "flash.mp4", media.ClipSpec(seconds=2.0))
    out = folder / "show.mp4"
    with engine(told, source) as running:
        running.pin_quality(0)  # a busy machine would go on in another file
        running.start_recording(out)
        for number, item in enumerate(ITEMS):
            until(lambda number=number: running.health().recording.seconds > number * 1.4)
            running.show(Scene(SMALL, (), item, number + 1))
            told.wait(SceneShown, lambda shown, item=item: shown.item_id == item)
        until(lambda: running.health().recording.seconds > 4.2)
        running.show(Scene(SMALL, (), None, 9))
        told.wait(SceneShown, lambda shown: shown.item_id is None)
        until(lambda: running.health().recording.seconds > 4.6)
    marks = [TakeMark(recording=Path(m.recording), item_id=m.item_id, pts_s=m.pts_s) for m in told.all(SceneShown)]
    return out, marks


def pictures(path, start_s=0.0, end_s=math.inf):
    """(seconds after the first of all, picture) of a stretch."""
    with av.open(str(path)) as container:
        found = [(frame.time, frame.to_ndarray(format="gray")) for frame in container.decode(video=0)]
    at_first = found[0][0]
    return [(at - at_first, grey) for at, grey in found if start_s - HALF_S <= at - at_first < end_s - HALF_S]


def apart_s(seen):
    """How far a flash is from its beep, at worst."""
    return max(min(abs(flash - beep) for beep in seen.beeps) for flash in seen.flashes)


def last_s(path):
    """The last picture that can be read from a file at present."""
    try:
        with path.open("rb") as file:
            return read_tracks(file, 0.0, None)[0].shown_s()[-1]
    except NothingYet:
        return 0.0


def are_same(copied, origin):
    """The very pictures, each at its time."""
    assert len(copied) == len(origin)
    first_s = origin[0][0]
    assert [at for at, _ in copied] == pytest.approx([at - first_s for at, _ in origin], abs=0.002)
    return all(np.array_equal(one, other) for (_, one), (_, other) in zip(copied, origin, strict=True))


def test_every_take_is_one_clip_with_exactly_its_frames(show, tmp_path):
    out, marks = show
    found = stretches(marks)
    assert [one.item_id for one in found] == list(ITEMS)
    for one in found:
        clip = cut(one, tmp_path / f"{one.item_id}.mp4", one.item_id)
        origin, copied = pictures(out, one.start_s, one.end_s), pictures(clip.path)
        assert clip.start_error_s == 0
        assert clip.frames == len(origin)
        assert clip.seconds == pytest.approx(one.end_s - one.start_s, abs=0.001)
        assert are_same(copied, origin)
        with av.open(str(clip.path)) as container:
            assert container.metadata["title"] == one.item_id
        with av.open(str(clip.cover)) as container:
            assert next(container.decode(video=0)).width == SMALL.width


def test_sound_of_a_clip_stays_with_its_picture(show, tmp_path):
    out, _ = show
    with av.open(str(out)) as container:
        keys = [float(one.pts * one.time_base) for one in container.demux(video=0) if one.is_keyframe]
    start_s = keys[1]
    clip = cut(Stretch(recording=out, item_id="x", start_s=start_s, end_s=None), tmp_path / "x.mp4", "x")
    seen = media.look(clip.path)
    assert clip.start_error_s == 0
    assert len(seen.flashes) >= 2
    whole = media.look(out)
    assert apart_s(seen) <= max(0.035, apart_s(whole)) + 0.005
    shifted = [flash - start_s for flash in whole.flashes if flash > start_s + 0.1]
    assert seen.flashes[-len(shifted) :] == pytest.approx(shifted, abs=0.002)


def test_start_without_a_keyframe_begins_early_and_says_by_how_much(show, tmp_path):
    out, marks = show
    start_s = marks[1].pts_s + 0.5
    stretch = Stretch(recording=out, item_id="x", start_s=start_s, end_s=start_s + 0.4)
    clip = cut(stretch, tmp_path / "x.mp4", "x")
    assert clip.start_error_s == pytest.approx(0.5, abs=0.04)
    assert clip.frames == len(pictures(out, marks[1].pts_s, start_s + 0.4))


def test_recording_that_was_killed_is_cut_to_its_last_fragment(show, tmp_path):
    out, marks = show
    torn = tmp_path / "torn.mp4"
    write_as_if_killed(out, torn)
    last = marks[2]
    clip = cut(Stretch(recording=torn, item_id="rice", start_s=last.pts_s, end_s=None), tmp_path / "x.mp4", "x")
    assert clip.start_error_s == 0
    assert are_same(pictures(clip.path), pictures(torn, last.pts_s))


def write_as_if_killed(out, torn):
    """The same packets as a file whose end was never written."""
    memory = torn.with_suffix(".part")
    options = {"movflags": "hybrid_fragmented", "frag_duration": "250000", "flush_packets": "1"}
    with av.open(str(out)) as source, av.open(str(memory), "w", format="mp4", options=options) as target:
        streams = {one.index: target.add_stream_from_template(one) for one in source.streams}
        for packet in source.demux():
            if packet.pts is not None:
                packet.stream = streams[packet.stream_index]
                target.mux(packet)
        torn.write_bytes(memory.read_bytes())  # before it is closed


def test_clips_of_a_file_that_grows_are_those_of_the_finished_file(tmp_path):
    out, told, cuts = tmp_path / "show.mp4", Told(), []
    with engine(told, media.moving_pattern(tmp_path / "pattern.mp4")) as running:
        running.pin_quality(0)
        running.start_recording(out)
        for number in range(6):
            until(lambda number=number: running.health().recording.seconds > 0.6 + number * 0.4)
            running.show(Scene(SMALL, (), f"item-{number}", number + 1))
            mark = told.wait(SceneShown, lambda shown, number=number: shown.item_id == f"item-{number}")
            until(lambda mark=mark: last_s(out) > mark.pts_s + 0.3)
            for start_s in (mark.pts_s, 0.0):
                stretch = Stretch(recording=out, item_id="x", start_s=start_s, end_s=None)
                clip = cut(stretch, tmp_path / f"{len(cuts)}.mp4", "x")
                cuts.append((start_s, clip))
        assert running.health().recording.is_on
    for start_s, clip in cuts:
        copied = pictures(clip.path)
        assert clip.start_error_s == 0
        assert len(copied) == clip.frames > 5
        assert are_same(copied, pictures(out, start_s, start_s + clip.seconds))


def test_pictures_whose_sound_was_lost_are_cut_without_it(show, tmp_path):
    out, marks = show
    silent = tmp_path / "silent.mp4"
    with av.open(str(out)) as source, av.open(str(silent), "w") as target:
        streams = {one.index: target.add_stream_from_template(one) for one in source.streams}
        for packet in source.demux():
            is_picture = packet.stream.type == "video"
            if packet.pts is not None and (is_picture or packet.pts * packet.time_base < 1):
                packet.stream = streams[packet.stream_index]
                target.mux(packet)
    stretch = Stretch(recording=silent, item_id="x", start_s=marks[1].pts_s, end_s=marks[2].pts_s)
    clip = cut(stretch, tmp_path / "x.mp4", "x")
    assert are_same(pictures(clip.path), pictures(silent, stretch.start_s, stretch.end_s))
    with av.open(str(clip.path)) as container:
        assert not container.streams.audio


def test_a_full_disk_is_said_and_leaves_nothing(show, tmp_path):
    out, marks = show
    with small_disk(tmp_path / "disk", 1) as disk:
        (disk / "others").write_bytes(bytes(1_000_000 - 20_000))
        first = cut(Stretch(recording=out, item_id="x", start_s=0.0, end_s=0.4), disk / "a.mp4", "a")
        with pytest.raises(UserError) as refused:
            for number in range(50):
                stretch = Stretch(recording=out, item_id="x", start_s=marks[0].pts_s, end_s=None)
                cut(stretch, disk / f"{number}.mp4", "x")
        assert refused.value.key == "error.video.clip_no_room"
        assert not list(disk.glob("*.part"))
        assert all(len(pictures(path)) > 5 and path.with_suffix(".jpg").is_file() for path in disk.glob("*.mp4"))
    assert first.frames > 5


def test_no_cover_is_black(tmp_path):
    def draw(index):
        return np.full((240, 320, 3), 0 if index < 75 else 150, np.uint8)

    def silence(at, count):
        return np.zeros(count, np.float32)

    dark_first = media.write(tmp_path / "dark.mp4", media.ClipSpec(seconds=5.0), draw, silence)
    clip = cut(Stretch(recording=dark_first, item_id="x", start_s=0.0, end_s=None), tmp_path / "x.mp4", "x")
    with av.open(str(clip.cover)) as container:
        assert next(container.decode(video=0)).to_ndarray(format="gray").mean() > 100


@pytest.mark.parametrize("what", ["missing", "no video", "past its end", "no room"])
def test_what_cannot_be_cut_is_said_in_words_and_leaves_no_file(show, tmp_path, what):
    out, _ = show
    stretch = Stretch(recording=out, item_id="x", start_s=99.0 if what == "past its end" else 0.0, end_s=None)
    target = tmp_path / "clip" / "x.mp4"
    if what == "missing":
        stretch = Stretch(recording=tmp_path / "gone.mp4", item_id="x", start_s=0.0, end_s=None)
    elif what == "no video":
        stretch = Stretch(recording=media.no_video(tmp_path / "no.mp4"), item_id="x", start_s=0.0, end_s=None)
    elif what == "no room":
        (tmp_path / "clip").write_text("a file where the folder should be")
    with pytest.raises(UserError) as refused:
        cut(stretch, target, "x")
    assert refused.value.key in ("error.video.clip_failed", "error.video.clip_empty", "error.video.clip_no_recording")
    assert not target.is_file()


def test_stretches_of_takes_parts_and_pauses():
    one, two = Path("1.mp4"), Path("2.mp4")
    rows = [
        (one, "a", 0.0),
        (one, "b", 10.0),
        (one, None, 15.0),
        (one, "a", 20.0),  # taken again
        (two, "a", 0.0),  # the next segment of the recording
        (two, "a", 3.0),  # the same take, marked again
        (two, "c", 5.0),
        (two, "d", 5.1),  # a slip of the finger
        (two, "e", 5.2),
    ]
    found = stretches([TakeMark(recording=r, item_id=i, pts_s=s) for r, i, s in rows])
    assert [(s.recording.stem, s.item_id, s.start_s, s.end_s) for s in found] == [
        ("1", "a", 0.0, 10.0),
        ("1", "b", 10.0, 15.0),
        ("1", "a", 20.0, None),
        ("2", "a", 0.0, 5.0),
        ("2", "e", 5.2, None),
    ]


def test_file_names_are_taken_by_every_system():
    assert file_name(3, "丹东草莓 3斤/箱: “A|B”?") == "03 丹东草莓 3斤 箱 “A B”.mp4"
    assert file_name(1, "..") == "01.mp4"
    assert len(file_name(7, "很长" * 200, part=2).encode()) <= clips.NAME_BYTES + 8
    assert file_name(7, "x", part=2) == "07 x (2).mp4"
    names = [file_name(number, "x") for number in range(30)]
    assert sorted(names) == names
    assert all(a != b for a, b in itertools.pairwise(names))
