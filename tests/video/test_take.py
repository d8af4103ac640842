"""A take (切出): two frames later the programme carries the new card, in the file as on the monitor."""

import time

import av
import numpy as np
import pytest

from studio.core.clock import SystemClock
from studio.video.atlas import Atlas
from studio.video.blend import blend
from studio.video.encoder import EncoderSettings
from studio.video.facts import OverlayFailed, SceneShown
from studio.video.overlays.product_card import ProductCard
from studio.video.painter import Painter
from studio.video.planes import I420Frame
from studio.video.scene import Canvas, Layer, Scene
from tests import media
from tests.video.told import Told, engine, until

pytestmark = pytest.mark.usefixtures("qapp")

CANVAS = Canvas(720, 1280, 30)
ITEMS = (
    ("丹东草莓 99 红颜 3 斤", 5990),
    ("云南高山老蜜 500g", 2990),
    ("五常稻花香 10 斤", 8900),
    ("手工纯棉四件套", 19900),
)


def scene_of(number):
    title, price = ITEMS[number]
    card = ProductCard(title=title, live_price_fen=price, list_price_fen=price * 2, stock=300, number=number + 1)
    return Scene(CANVAS, (Layer("card", card),), f"item-{number}", number + 1)


def drawing_of(number) -> tuple[Atlas, I420Frame]:
    """The card as the painter draws it, on the grey of the test's camera."""
    atlas = Painter(SystemClock()).paint_now(scene_of(number), 0)
    frame = I420Frame.black(CANVAS.width, CANVAS.height)
    frame.y[:] = 110
    blend(frame, atlas, 0)
    return atlas, frame


def likeness(frame: av.VideoFrame, number) -> float:
    """Correlation of the decoded picture with the card's own drawing, inside the card."""
    atlas, wanted = drawing_of(number)
    (blit,) = atlas.blits
    place = (slice(blit.y, blit.y + blit.height), slice(blit.x, blit.x + blit.width))
    seen = frame.to_ndarray(format="gray")[place].astype(float)
    return float(np.corrcoef(seen.ravel(), wanted.y[place].astype(float).ravel())[0, 1])


@pytest.fixture(scope="module")
def grey_camera(tmp_path_factory):
    spec = media.ClipSpec(width=360, height=640, seconds=0.5, has_sound=False)
    grey = np.full((640, 360, 3), 110, np.uint8)
    return media.write(tmp_path_factory.mktemp("clip") / "grey.mp4", spec, lambda _: grey, lambda _, n: np.zeros(n))


def test_two_frames_after_each_take_the_card_is_in_the_file(grey_camera, tmp_path):
    told, out = Told(), tmp_path / "show.mp4"
    asked_ms = []
    with engine(told, grey_camera, EncoderSettings(canvas=CANVAS)) as running:
        running.show(Scene(CANVAS, (), None, 0))
        running.start_recording(out)
        until(lambda: running.health().recording.seconds > 0.3)
        for number in range(len(ITEMS)):
            asked_ms.append(time.time() * 1000)
            running.show(scene_of(number))
            told.wait(SceneShown, lambda shown, number=number: shown.item_id == f"item-{number}")
            frames = running.health().frames_encoded
            until(lambda frames=frames: running.health().frames_encoded > frames + 6)
    marks = [mark for mark in told.all(SceneShown) if mark.item_id]
    with av.open(str(out)) as container:
        pictures = {round(frame.time * 30): frame for frame in container.decode(video=0)}
    for number, mark in enumerate(marks):
        assert likeness(pictures[round(mark.pts_s * 30) + 2], number) >= 0.9
        if number:  # before the take there was another card
            assert likeness(pictures[round(mark.pts_s * 30) - 1], number) < 0.9
    waits = [mark.at_ms - asked for mark, asked in zip(marks, asked_ms, strict=True)]
    assert np.median(waits) <= 2 * 1000 / 30 + 34, waits  # the tick that was due when it was asked, and two more
    assert not told.all(OverlayFailed)


def test_overlay_that_raises_is_told_and_costs_itself_only(grey_camera):
    class Broken(ProductCard):
        kind = "broken"

        def draw(self, painter, width, height, now_ms):
            raise RuntimeError("a plugin's fault")

    told = Told()
    with engine(told, grey_camera, EncoderSettings(canvas=CANVAS)) as running:
        layers = (Layer("bad", Broken(title="x", live_price_fen=1)), *scene_of(0).layers)
        running.show(Scene(CANVAS, layers, "item", 1))
        failed = told.wait(OverlayFailed)
        assert failed.layer_id == "bad"
        assert "a plugin's fault" in failed.reason
        told.wait(SceneShown)
        rendered = running.health().frames_rendered
        until(lambda: running.health().frames_rendered > rendered + 5)
