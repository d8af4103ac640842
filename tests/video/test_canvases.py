"""Portrait and landscape, 720p and 1080p, 15 to 60 frames a second: what the real engine records is what was asked for."""

from fractions import Fraction

import av
import numpy as np
import pytest

from studio.core.clock import SystemClock
from studio.video.blend import blend
from studio.video.encoder import EncoderSettings
from studio.video.facts import SceneShown
from studio.video.overlays.product_card import ProductCard
from studio.video.overlays.red_envelope_rain import RedEnvelopeRain
from studio.video.painter import Painter
from studio.video.planes import I420Frame
from studio.video.scene import Canvas, Layer, Scene
from tests import media
from tests.video.told import Told, engine, until

pytestmark = pytest.mark.usefixtures("qapp")

CANVASES = [
    Canvas(720, 1280, 15),
    Canvas(720, 1280, 60),
    Canvas(1280, 720, 30),
    Canvas(1080, 1920, 25),
    Canvas(1920, 1080, 30),
    Canvas(1920, 1080, 60),
]
GREY = 110
FRAMES = 8


class CountedRain(RedEnvelopeRain):
    """The rain, and how many envelopes fell in each frame it was asked for."""

    kind = "counted_rain"
    counts: list[int] = []

    def positions(self, now_ms, canvas):
        rows = super().positions(now_ms, canvas)
        self.counts.append(len(rows))
        return rows


@pytest.fixture(scope="module")
def grey_camera(tmp_path_factory):
    spec = media.ClipSpec(width=640, height=360, seconds=0.5, has_sound=False)
    grey = np.full((360, 640, 3), GREY, np.uint8)
    return media.write(tmp_path_factory.mktemp("clip") / "grey.mp4", spec, lambda _: grey, lambda _, n: np.zeros(n))


def scene_of(canvas):
    now_ms = SystemClock().now_ms()
    card = ProductCard(title="丹东草莓 99 红颜 3 斤", live_price_fen=5990, list_price_fen=9900, stock=300, number=1)
    rain = CountedRain(started_ms=now_ms - 20_000, ends_ms=now_ms + 600_000)
    return Scene(canvas, (Layer("rain", rain), Layer("card", card)), "item", 1)


def card_of(scene):
    """Where the card lies, and its drawing on the camera's grey."""
    card_only = Scene(scene.canvas, scene.layers[1:])
    atlas = Painter(SystemClock()).paint_now(card_only, 0)
    frame = I420Frame.black(scene.canvas.width, scene.canvas.height)
    frame.y[:] = GREY
    blend(frame, atlas, 0)
    (blit,) = atlas.blits
    return np.s_[blit.y : blit.y + blit.height, blit.x : blit.x + blit.width], frame.y


@pytest.mark.parametrize("canvas", CANVASES, ids=lambda one: f"{one}@{one.fps}")
def test_the_recording_has_size_rate_card_and_forty_envelopes(grey_camera, tmp_path, canvas):
    CountedRain.counts.clear()
    told, out, scene = Told(), tmp_path / "show.mp4", scene_of(canvas)
    with engine(told, grey_camera, EncoderSettings(canvas=canvas, bitrate_kbps=4000)) as running:
        running.pin_quality(0)  # a busy machine must not change the size
        running.show(scene)
        told.wait(SceneShown)
        counted, rendered = len(CountedRain.counts), running.health().frames_rendered
        running.start_recording(out)
        until(lambda: running.health().recording.seconds * canvas.fps >= FRAMES)
        asked = len(CountedRain.counts) - counted
        assert abs(asked - (running.health().frames_rendered - rendered)) <= 2  # moved in every frame
    assert set(CountedRain.counts) == {40}
    where, drawing = card_of(scene)
    pictures = []
    with av.open(str(out)) as container:
        stream = container.streams.video[0]
        assert (stream.width, stream.height) == (canvas.width, canvas.height)
        for frame in container.decode(stream):
            index = Fraction(frame.pts) * frame.time_base * canvas.fps
            assert abs(index - round(index)) < Fraction(1, 20)  # on the canvas's own grid of time
            pictures.append((round(index), frame.to_ndarray(format="yuv420p")))
    assert len(pictures) >= FRAMES
    luma = pictures[-1][1][: canvas.height]
    assert np.corrcoef(luma[where].ravel(), drawing[where].ravel())[0, 1] > 0.9  # the card lies where it belongs
    for (_, before), (_, after) in zip(pictures, pictures[1:], strict=False):
        assert changed(before, after, where) > 0.002  # the rain moves from each frame to the next
    outside = np.ones(luma.shape, bool)
    outside[where] = False
    assert 0.2 < (np.abs(luma[outside].astype(int) - camera_level()) < 12).mean() < 0.99  # the camera between envelopes


def camera_level():
    return round(16 + GREY * 219 / 255)


def changed(before, after, where):
    """The share of luma outside the card that is another than before."""
    height = before.shape[0] * 2 // 3
    moved = np.abs(before[:height].astype(int) - after[:height]) > 24
    moved[where] = False
    return moved.mean()
