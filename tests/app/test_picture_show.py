"""From the desk's verbs to the encoded frame: source, green screen, inset, look and cross-fade in one recorded show."""

import asyncio
import threading
import time

import av
import numpy as np
import pytest

from studio.core.clock import SystemClock
from studio.desk.scene import LAYERS
from studio.video.encoder import EncoderSettings
from studio.video.engine import Engine
from studio.video.facts import SceneShown
from studio.video.health import SourceState
from studio.video.scene import Canvas
from tests import media
from tests.desk.doubles import Stage

pytestmark = [pytest.mark.usefixtures("qapp"), pytest.mark.alone]

CANVAS = Canvas(180, 320, 30)
CLOTH, SKIN, SHIRT = (60, 160, 70), (205, 155, 130), (120, 120, 125)
BLUE, YELLOW = (40, 70, 200), (230, 210, 40)
INSET = {"x": 0.55, "y": 0.05, "width": 0.4, "height": 0.25}


def clip(path, draw, **spec):
    shape = media.ClipSpec(width=180, height=320, has_sound=False, seconds=1.0, **spec)
    return media.write(path, shape, draw, lambda _, n: np.zeros(n))


def person(index):
    """Somebody before a cloth, unevenly lit and noisy, who moves a little."""
    light = np.linspace(1.12, 0.78, 320)[:, None, None]
    picture = np.clip(np.full((320, 180, 3), CLOTH) * light, 0, 255)
    left = 50 + index % 10
    picture[110:180, left + 15 : left + 55] = SKIN
    picture[180:, left : left + 70] = SHIRT
    noise = np.random.default_rng(index).normal(0, 3, picture.shape)
    return np.clip(picture + noise, 0, 255).astype(np.uint8)


@pytest.fixture(scope="module")
def sources(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sources")
    clip(folder / "camera.mp4", person, fps=25)
    clip(folder / "inset.mp4", lambda _: np.full((320, 180, 3), YELLOW, np.uint8))
    clip(folder / "white.mp4", lambda _: np.full((320, 180, 3), 235, np.uint8))
    backdrop = av.VideoFrame.from_ndarray(np.full((320, 180, 3), BLUE, np.uint8), "rgb24")
    backdrop.save(str(folder / "backdrop.png"))
    return folder


class Show:
    """A desk with the real picture machine; its recording is looked at after the show."""

    def __init__(self, folder):
        self.stage = Stage(folder)
        self.marks = []
        self._loop = asyncio.get_running_loop()
        settings = EncoderSettings(canvas=CANVAS, bitrate_kbps=3000)
        self.engine = Engine(CANVAS, SystemClock(), self._tell, settings)
        self.stage.desk.canvas, self.stage.desk.picture = CANVAS, self.engine

    def _tell(self, fact):
        if isinstance(fact, SceneShown) and fact.item_id:
            self.marks.append(fact)
        self._loop.call_soon_threadsafe(self.stage.desk.hear, [fact])

    async def until(self, is_true):
        deadline_s = time.monotonic() + 30
        while not is_true():
            assert time.monotonic() < deadline_s, "it never became true"
            await asyncio.sleep(0.02)

    async def seen(self, is_right, frames=6):
        """Wait until the programme is right, and let some frames of it be recorded."""

        def is_seen():
            newest = self.engine.monitor(CANVAS.width, CANVAS.height)
            return newest is not None and is_right(newest[1][..., 2::-1].astype(int))

        await self.until(is_seen)
        encoded = self.engine.health().frames_encoded
        await self.until(lambda: self.engine.health().frames_encoded >= encoded + frames)


def play(story, folder):
    """Run a story and return the recorded pictures as RGB."""

    async def run():
        show = Show(folder)
        await show.stage.camera.apply(None)
        show.engine.pin_quality(0)
        show.engine.start()
        try:
            await show.until(lambda: show.engine.health().frames_encoded > 2)
            for layer_id in LAYERS:
                await show.stage.do("overlay.hide", layer_id=layer_id)
            show.engine.start_recording(folder / "show.mp4")
            await story(show)
        finally:
            await asyncio.to_thread(show.engine.stop)
            await show.stage.close()

    before = set(threading.enumerate())
    asyncio.run(run())
    assert not [one.name for one in set(threading.enumerate()) - before if one.name.startswith("source-")]
    with av.open(str(folder / "show.mp4")) as container:
        return [frame.to_ndarray(format="rgb24").astype(int) for frame in container.decode(video=0)]


def is_colour(picture, rgb, where, tolerance=28):
    """Whether the mean of a rectangle is about this colour."""
    return np.abs(picture[where].mean(axis=(0, 1)) - rgb).max() < tolerance


LEFT, TOP_RIGHT, FACE = np.s_[20:300, 4:36], np.s_[30:90, 112:158], np.s_[125:165, 80:95]


def test_every_part_of_the_picture_gets_from_its_verb_into_the_file(tmp_path, sources):
    async def story(show):
        do = show.stage.do
        await do("picture.transition", ms=1500)
        await do("picture.source", address=str(sources / "camera.mp4"))
        await show.seen(lambda rgb: is_colour(rgb, CLOTH, LEFT))
        await do("picture.key", is_on=True, backdrop=str(sources / "backdrop.png"))
        await show.seen(lambda rgb: is_colour(rgb, BLUE, LEFT, 12))
        await do("picture.inset", address=str(sources / "inset.mp4"), **INSET)
        await show.seen(lambda rgb: is_colour(rgb, YELLOW, TOP_RIGHT, 12))
        await do("picture.look", warmth=100, brightness=40, smoothing=50)
        await show.seen(lambda rgb: rgb[FACE].mean() > np.mean(SKIN) + 12)
        await do("picture.key", is_on=False)
        await show.seen(lambda rgb: is_colour(rgb, CLOTH, LEFT, 60))
        await do("picture.look")
        await do("picture.inset", address="")
        await do("picture.source", address=str(sources / "white.mp4"))
        await show.seen(lambda rgb: rgb.min() > 215)
        health = show.engine.health()
        assert (health.inset, health.backdrop) == (None, None) and health.source.state is SourceState.OK
        await show.until(lambda: not [t for t in threading.enumerate() if t.name.startswith("source-")][1:])

    pictures = play(story, tmp_path)
    order = [
        ("cloth", lambda rgb: is_colour(rgb, CLOTH, LEFT)),
        ("between cloth and backdrop", lambda rgb: 85 < rgb[LEFT][..., 2].mean() < 180),
        ("backdrop", lambda rgb: is_colour(rgb, BLUE, LEFT, 12) and is_colour(rgb, SKIN, FACE)),
        ("inset", lambda rgb: is_colour(rgb, YELLOW, TOP_RIGHT, 12) and is_colour(rgb, BLUE, LEFT, 12)),
        ("look", lambda rgb: rgb[FACE].mean() > np.mean(SKIN) + 12 and is_colour(rgb, BLUE, LEFT, 12)),
        ("white", lambda rgb: rgb.min() > 215),
    ]
    at = 0
    for name, is_right in order:
        found = next((number for number in range(at, len(pictures)) if is_right(pictures[number])), None)
        assert found is not None, f"no frame shows {name} after frame {at}"
        at = found
    keyed = [rgb for rgb in pictures if is_colour(rgb, BLUE, LEFT, 12) and is_colour(rgb, SKIN, FACE)]
    greenish = [((rgb[..., 1] - np.maximum(rgb[..., 0], rgb[..., 2])) > 12).mean() for rgb in keyed]
    assert max(greenish) < 0.002  # no rim, no spot of the cloth


def test_a_take_during_a_fade_is_marked_at_once_and_the_fade_goes_on(tmp_path, sources):
    async def story(show):
        await show.stage.plan(1)
        await show.stage.do("picture.transition", ms=3000)
        await show.stage.do("picture.source", address=str(sources / "camera.mp4"))
        await show.seen(lambda rgb: is_colour(rgb, CLOTH, LEFT))
        await show.stage.do("picture.source", address=str(sources / "white.mp4"))
        await show.seen(lambda rgb: 90 < rgb[LEFT][..., 2].mean() < 190, frames=0)
        await show.stage.do("show.next")
        await show.until(lambda: show.marks)
        await show.seen(lambda rgb: rgb[:150].min() > 215)
        marks[:] = show.marks

    marks = []
    pictures = play(story, tmp_path)
    (mark,) = marks
    with av.open(str(tmp_path / "show.mp4")) as container:
        keys = {round(float(one.pts * one.time_base) * 30) for one in container.demux(video=0) if one.is_keyframe}
    assert round(mark.pts_s * 30) in keys
    fade = [rgb[20:100, 4:36, 2].mean() for rgb in pictures]  # blue of the cloth grows to white's
    begins = next(number for number, level in enumerate(fade) if level > 80)
    rising = fade[begins:]
    assert all(after >= before - 4 for before, after in zip(rising, rising[1:], strict=False))
    assert rising[-1] > 215
    steps = np.diff(rising)
    assert sum(step > 2 for step in steps) >= 5  # a fade, not a cut
