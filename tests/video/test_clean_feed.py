"""The picture under the overlays: cuts and fades between real sources, the inset, the key; what is lost harms nothing."""

import threading
import time

import av
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from studio.video import arrangement
from studio.video.clean_feed import CleanFeed, propose_balance
from studio.video.clockwork import Timeline
from studio.video.facts import SourceBack, SourceLost
from studio.video.framepool import FramePool
from studio.video.planes import I420Frame
from studio.video.scene import Canvas, ChromaKey, Look, PictureInPicture, Place, Scene
from studio.video.sources import SourceSpec, device, runner
from studio.video.sources.places import Places
from tests import media
from tests.video.told import Told, until

CANVAS = Canvas(180, 320, 30)
INSET = PictureInPicture(0.5, 0.1, 0.4, 0.25)
LEVELS = {"dark": 40, "grey": 120, "bright": 210}
GREEN, SKIN = (60, 160, 70), (200, 150, 130)


class Feed:
    """A clean feed with real sources, at moments that the test chooses."""

    def __init__(self, canvas=CANVAS):
        self.told, self.heard = Told(), []
        self.pool = FramePool(canvas)
        timeline = Timeline(time.monotonic(), canvas.fps)
        self.feed = CleanFeed(self.pool)
        self.places = Places(self.pool, timeline, self.told, self, on_air=lambda: self.feed.in_use)
        self.scene = Scene(canvas)

    def put_from_camera(self, at, samples):
        """As the sound desk takes it."""
        self.heard.append(float(np.abs(samples).max()))

    def clear(self):
        self.heard.append("cleared")

    def put(self, path, place=Place.MAIN):
        return self.places.put(place, SourceSpec.parse(str(path)))

    def at(self, now_ms, **scene):
        """A frame made at ``now_ms`` of the show's clock; ``scene`` changes it from now on."""
        self.scene = Scene(**{**vars(self.scene), **scene})
        frame = I420Frame(self.pool.canvas.width, self.pool.canvas.height)
        self.feed.put(frame, self.places.cast, self.scene, time.monotonic(), now_ms)
        return frame

    def until(self, is_right, now_ms=0):
        """Frames at one moment until one is right; returns it."""
        found = []

        def is_true():
            found[:] = [self.at(now_ms)]
            return is_right(found[0])

        until(is_true)
        return found[0]

    def level(self, now_ms):
        return float(self.at(now_ms).y.mean())

    def show(self, path, level):
        self.put(path)
        self.until(lambda frame: abs(frame.y.mean() - level) < 1.5)


@pytest.fixture
def feed():
    made = Feed()
    yield made
    assert made.places.stop(5)
    assert not [one for one in threading.enumerate() if one.name.startswith("source-")]


@pytest.fixture(scope="module")
def stills(tmp_path_factory):
    """Stills of one luma each, and one of a person before a screen as cloth really is."""
    folder = tmp_path_factory.mktemp("stills")
    for name, level in LEVELS.items():
        grey = round((level - 16) * 255 / 219)
        save(folder / f"{name}.png", np.full((320, 180, 3), grey, np.uint8))
    person = np.full((320, 180, 3), GREEN, np.uint8)
    person[120:, 60:120] = SKIN
    person += np.random.default_rng(3).integers(0, 6, person.shape, np.uint8)
    save(folder / "person.png", person)
    return folder


def save(path, rgb):
    av.VideoFrame.from_ndarray(rgb, "rgb24").save(str(path))


def test_a_cut_waits_for_the_first_picture_and_is_whole(feed, stills):
    feed.show(stills / "dark.png", LEVELS["dark"])
    feed.put(stills / "bright.png")
    levels = []
    until(lambda: levels.append(feed.level(0)) or levels[-1] > 200)
    assert all(min(abs(level - LEVELS["dark"]), abs(level - LEVELS["bright"])) < 1.5 for level in levels)


def test_a_fade_goes_one_way_from_the_old_picture_to_the_new_and_lets_the_old_go(feed, stills):
    feed.at(0, transition_ms=400)
    feed.show(stills / "dark.png", LEVELS["dark"])
    old = feed.places.cast.main
    feed.put(stills / "bright.png")
    until(lambda: feed.at(0) and feed.places.cast.main in feed.feed.in_use)
    levels = [feed.level(now_ms) for now_ms in range(0, 500, 20)]
    assert levels == sorted(levels)
    assert abs(levels[0] - LEVELS["dark"]) < 1.5 and abs(levels[-1] - LEVELS["bright"]) < 1.5
    assert abs(levels[10] - (LEVELS["dark"] + LEVELS["bright"]) / 2) < 3
    assert old not in feed.feed.in_use
    until(lambda: feed.places.watch(time.monotonic(), feed.feed.in_use) or not old._threads[0].is_alive())


def test_a_change_in_the_middle_of_a_fade_begins_at_what_is_seen(feed, stills):
    feed.at(0, transition_ms=400)
    feed.show(stills / "dark.png", LEVELS["dark"])
    feed.put(stills / "bright.png")
    until(lambda: feed.at(0) and feed.places.cast.main in feed.feed.in_use)
    before = feed.level(200)
    feed.put(stills / "grey.png")
    until(lambda: feed.at(200) and feed.places.cast.main in feed.feed.in_use)
    levels = [feed.level(now_ms) for now_ms in range(200, 700, 20)]
    assert abs(levels[0] - before) <= 2
    assert levels == sorted(levels, reverse=before > LEVELS["grey"])
    assert abs(levels[-1] - LEVELS["grey"]) < 1.5
    assert feed.feed.in_use == {feed.places.cast.main}


CHANGES = st.lists(
    st.tuples(st.sampled_from(["dark", "grey", "bright", "inset", "key", "look"]), st.integers(1, 30)), max_size=8
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(CHANGES, st.sampled_from([200, 400, 1000]))
def test_whatever_is_changed_when_nothing_ever_jumps(stills, changes, lasts_ms):
    """Between two frames 10 ms apart no sample moves by more than the steepest fade does; in the end all is given back."""
    feed, now_ms = Feed(), 0
    try:
        feed.at(0, transition_ms=lasts_ms)
        feed.show(stills / "grey.png", LEVELS["grey"])
        feed.put(stills / "dark.png", Place.INSET)
        steepest = 1.5 * 10 / lasts_ms * 235 + 4
        last = feed.at(0).y.astype(int)
        for what, ticks in changes:
            if what in LEVELS:
                feed.put(stills / f"{what}.png")
            elif what == "inset":
                feed.at(now_ms, inset=None if feed.scene.inset else INSET)
            elif what == "key":
                feed.at(now_ms, key=None if feed.scene.key else ChromaKey())
            else:
                feed.at(now_ms, look=Look(brightness=1 - feed.scene.look.brightness))  # at once, and small
            for _ in range(ticks):
                now_ms += 10
                frame = feed.at(now_ms).y.astype(int)
                assert np.abs(frame - last).max() <= steepest
                last = frame
        assert feed.pool.made < 40
    finally:
        assert feed.places.stop(5)


def test_back_to_the_source_that_is_still_leaving_does_not_open_it_again(feed, stills):
    feed.at(0, transition_ms=400)
    feed.show(stills / "dark.png", LEVELS["dark"])
    first = feed.places.cast.main
    assert feed.put(stills / "bright.png")
    until(lambda: feed.at(0) and feed.places.cast.main in feed.feed.in_use)
    feed.at(100)
    assert not feed.put(stills / "dark.png")
    assert feed.places.cast.main is first
    feed.at(100)
    assert abs(feed.level(600) - LEVELS["dark"]) < 1.5


def test_mirror_and_size_change_without_opening_again(feed, stills, tmp_path):
    left_is_white = np.zeros((320, 180, 3), np.uint8)
    left_is_white[:, :90] = 255
    save(tmp_path / "half.png", left_is_white)
    feed.put(tmp_path / "half.png")
    feed.until(lambda frame: frame.y[:, :80].mean() > 200)
    spec = SourceSpec(kind="still", address=str(tmp_path / "half.png"), mirror=True)
    assert not feed.places.put(Place.MAIN, spec)
    feed.until(lambda frame: frame.y[:, :80].mean() < 50)
    assert feed.put(stills / "grey.png", Place.INSET)
    for inset in (INSET, PictureInPicture(0.1, 0.1, 0.8, 0.5)):
        feed.places.size_inset(inset)
        x, y, width, height = inset.rectangle(CANVAS)
        feed.at(0, inset=inset)
        until(lambda size=(width, height): feed.at(0) and newest_size(feed.places.cast.inset) == size)
        inside = feed.at(0).y[y + 9 : y + height - 9, x + 9 : x + width - 9].astype(int)
        assert (np.abs(inside - LEVELS["grey"]) <= 1).all()


def newest_size(source):
    picture = source.newest()
    if picture is None:
        return None
    try:
        return (picture.frame.width, picture.frame.height)
    finally:
        picture.release()


def test_a_plain_picture_costs_no_frame_and_a_treated_one_is_made_once(feed, stills, monkeypatch):
    keyed = []
    real = arrangement.Keyer.key_over
    monkeypatch.setattr(arrangement.Keyer, "key_over", lambda self, *args: keyed.append(1) or real(self, *args))
    feed.show(stills / "grey.png", LEVELS["grey"])
    made = feed.pool.made
    for now_ms in range(0, 300, 30):
        feed.at(now_ms)
    assert feed.pool.made == made and not keyed
    feed.at(0, key=ChromaKey(), look=Look(brightness=20))
    for now_ms in range(0, 300, 30):
        feed.at(now_ms)
    assert len(keyed) == 1  # the camera's picture is one and the same
    picture = feed.places.cast.main.newest()
    assert abs(picture.frame.y.mean() - LEVELS["grey"]) < 1.5  # its own buffer is not touched
    picture.release()


def test_key_over_a_backdrop_shows_the_person_and_no_green(feed, stills):
    feed.put(stills / "person.png")
    feed.until(lambda frame: 120 < frame.y[0, 0] < 144)
    feed.put(stills / "bright.png", Place.BACKDROP)
    feed.at(0, key=ChromaKey())
    frame = feed.until(lambda frame: frame.y[0, 0] > 200)
    assert (np.abs(frame.y[:110].astype(int) - LEVELS["bright"]) <= 2).all()
    assert (np.abs(frame.u[:55].astype(int) - 128) <= 2).all() and (np.abs(frame.v[:55].astype(int) - 128) <= 2).all()
    assert (frame.v[70:, 34:56] > 132).all()  # skin
    # nothing green anywhere, the soft edges included: green has less of both U and V than grey
    assert (np.minimum(frame.u, frame.v).astype(int)[:, 29:61] >= 110).all()
    assert not ((frame.u < 120) & (frame.v < 122)).any()


def test_the_key_comes_together_with_its_backdrop(feed, stills):
    feed.at(0, transition_ms=300)
    feed.put(stills / "person.png")
    feed.until(lambda frame: 120 < frame.y[0, 0] < 144)
    feed.put(stills / "bright.png", Place.BACKDROP)
    feed.at(0, key=ChromaKey())
    until(lambda: feed.at(0) and feed.places.cast.backdrop in feed.feed.in_use)
    levels = [int(feed.at(now_ms).y[0, 0]) for now_ms in range(0, 400, 10)]
    assert levels == sorted(levels) and min(levels) >= 125  # never by way of the dark


@pytest.fixture
def short(tmp_path, monkeypatch):
    monkeypatch.setattr(runner, "RETRY_EVERY_S", 0.05)
    spec = media.ClipSpec(seconds=0.3, has_sound=False, width=180, height=320)
    return media.write(tmp_path / "short.mp4", spec, lambda _: np.full((320, 180, 3), 230, np.uint8), lambda _, n: None)


def test_a_lost_inset_is_left_out_and_comes_back(feed, stills, short):
    feed.show(stills / "dark.png", LEVELS["dark"])
    alone = feed.at(0).buffer.copy()
    feed.put(short, Place.INSET)
    feed.at(0, inset=INSET)
    feed.until(lambda frame: frame.y.max() > 200)
    away = short.rename(short.with_suffix(".away"))
    frame = feed.until(lambda frame: frame.y.max() < 200)
    assert np.array_equal(frame.buffer, alone)
    assert feed.told.wait(SourceLost).name == "short.mp4"
    assert feed.places.main_health().state == "ok" and feed.places.health(Place.INSET).state == "lost"
    away.rename(short)
    feed.until(lambda frame: frame.y.max() > 200)
    feed.told.wait(SourceBack)
    x, y, width, height = INSET.rectangle(CANVAS)
    with_it = feed.at(0)
    with_it.y[y : y + height, x : x + width] = alone[y : y + height, x : x + width]
    assert np.array_equal(with_it.y, alone[: CANVAS.height])  # and the rest was never touched


def test_a_lost_backdrop_gives_way_to_darkness_and_the_person_stays(feed, stills, short):
    feed.put(stills / "person.png")
    feed.put(short, Place.BACKDROP)
    feed.at(0, key=ChromaKey())
    before = feed.until(lambda frame: frame.y[0, 0] > 200)
    short.rename(short.with_suffix(".away"))
    frame = feed.until(lambda frame: frame.y[0, 0] < 100)
    assert (frame.y[:110] == arrangement.DARK_Y).all()
    assert np.array_equal(frame.y[140:, 70:110], before.y[140:, 70:110])


def test_a_source_that_does_not_open_leaves_the_old_one_on_air(feed, stills):
    feed.show(stills / "grey.png", LEVELS["grey"])
    feed.places.put(Place.MAIN, SourceSpec(kind="file", address="/nowhere/x.mp4"))
    feed.told.wait(SourceLost)
    assert abs(feed.level(0) - LEVELS["grey"]) < 1.5
    assert feed.places.main_health().state == "missing"


def test_a_lost_camera_shows_the_slate_and_the_inset_goes_on(feed, stills, short):
    feed.put(short)
    feed.put(stills / "grey.png", Place.INSET)
    feed.at(0, inset=INSET)
    feed.until(lambda frame: frame.y[0, 0] > 200)
    short.rename(short.with_suffix(".away"))
    frame = feed.until(lambda frame: frame.y[0, 0] < 120)
    x, y, width, height = INSET.rectangle(CANVAS)
    assert (np.abs(frame.y[y + 9 : y + height - 9, x + 9 : x + width - 9].astype(int) - LEVELS["grey"]) <= 1).all()


def test_a_camera_that_is_opened_again_keeps_its_last_picture(feed, monkeypatch):
    opened, let_go = [], threading.Event()

    def connect(_self):
        opened.append(1)
        if len(opened) > 1:
            let_go.wait(20)
        return av.open(f"color=gray:size=180x320:rate=30,noise=alls={6 * len(opened)}:allf=t,realtime", format="lavfi")

    monkeypatch.setattr(device.DeviceSource, "_connect", connect)
    feed.places.put(Place.MAIN, SourceSpec(kind="device", address="0"))
    feed.until(lambda frame: frame.y.mean() > 100)
    feed.places.restart(Place.MAIN)
    until(lambda: len(opened) == 2)
    assert feed.level(0) > 100
    let_go.set()
    feed.until(lambda frame: frame.y.std() > 2.5)


def test_only_the_main_source_is_heard_and_the_old_one_until_the_new_one_sounds(feed, tmp_path):
    for name, place in (("a", Place.INSET), ("b", Place.BACKDROP)):
        feed.put(media.moving_pattern(tmp_path / f"{name}.mp4", media.ClipSpec(seconds=0.5)), place)
    feed.at(0, inset=INSET)
    feed.until(lambda frame: frame.y.max() > 100)
    assert not feed.heard
    feed.put(media.moving_pattern(tmp_path / "loud.mp4", media.ClipSpec(seconds=0.5)))
    until(lambda: feed.at(0) and len(feed.heard) > 3)
    feed.places.put(Place.MAIN, SourceSpec(kind="file", address="/nowhere/x.mp4"))
    feed.told.wait(SourceLost)
    feed.heard.clear()
    until(lambda: feed.at(0) and len(feed.heard) > 3)  # still on air, still heard
    assert "cleared" not in feed.heard
    feed.put(media.flash_and_beep(tmp_path / "beep.mp4", media.ClipSpec(seconds=1.0)))
    until(lambda: feed.at(0) and feed.heard.count("cleared") == 1)
    until(lambda: feed.at(0) and feed.feed.in_use == {feed.places.cast.main, feed.places.cast.inset})
    after = feed.heard[feed.heard.index("cleared") + 1 :]
    until(lambda: feed.at(0) and len(feed.heard) > len(after) + 10)
    assert feed.heard.count("cleared") == 1


def test_balance_is_proposed_from_the_newest_picture_without_the_screen(feed, stills):
    assert propose_balance(feed.places.cast, None) is None
    feed.put(stills / "person.png")
    feed.until(lambda frame: 120 < frame.y[0, 0] < 144)
    green, person = (propose_balance(feed.places.cast, key) for key in (None, ChromaKey()))
    assert green.tint > 60 and person.warmth < -10 and person.tint < 0  # less orange, not less green
