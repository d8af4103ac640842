"""The painter draws only what changed, and no overlay costs another one its picture."""

import threading
import time
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
import pytest

from studio.core.clock import ManualClock, SystemClock
from studio.video.atlas import empty
from studio.video.blend import blend
from studio.video.overlays import OVERLAYS, Overlay
from studio.video.painter import SLOW_S, Painter
from studio.video.planes import I420Frame
from studio.video.scene import Canvas, Layer, Scene

pytestmark = pytest.mark.usefixtures("qapp")

CANVAS = Canvas(320, 240)
FRAME_S = 1 / 30


@dataclass(frozen=True)
class Square(Overlay):
    """A square of one grey that counts how often it is drawn."""

    kind: ClassVar[str] = "square"
    grey: int = 255
    at: tuple[int, int] = (0, 0)
    every_ms: int = 0
    drawn: list[int] = field(default_factory=list, compare=False)

    def size(self, canvas):
        return 20, 20

    def place(self, canvas):
        return self.at

    def content_key(self, now_ms):
        return now_ms // self.every_ms if self.every_ms else None

    def draw(self, painter, width, height, now_ms):
        from PySide6.QtGui import QColor

        self.drawn.append(now_ms)
        painter.fillRect(-50, -50, 200, 200, QColor(self.grey, self.grey, self.grey))


@dataclass(frozen=True)
class Gated(Square):
    """Takes until its gate is opened."""

    gate: threading.Event = field(default_factory=threading.Event, compare=False)
    began: threading.Event = field(default_factory=threading.Event, compare=False)

    def draw(self, painter, width, height, now_ms):
        self.began.set()
        assert self.gate.wait(20)
        super().draw(painter, width, height, now_ms)


@dataclass(frozen=True)
class Raising(Square):
    where: str = "draw"

    def size(self, canvas):
        return self._or_raise("size", (20, 20))

    def place(self, canvas):
        return self._or_raise("place", self.at)

    def content_key(self, now_ms):
        return self._or_raise("content_key", super().content_key(now_ms))

    def draw(self, painter, width, height, now_ms):
        self._or_raise("draw", None)
        super().draw(painter, width, height, now_ms)

    def _or_raise(self, where, value):
        if self.where == where:
            raise RuntimeError(where)
        return value


def scene(*layers, version=1, canvas=CANVAS, item_id=None):
    return Scene(canvas, tuple(layers), item_id, version)


def luma_at(atlas, x, y, now_ms=0):
    """The picture's luma at a point over black: 16 where nothing is."""
    frame = I420Frame.black(atlas.canvas.width, atlas.canvas.height)
    blend(frame, atlas, now_ms)
    return int(frame.y[y, x])


def until(condition, within_s=10.0):
    """Wait for a condition of another thread; fails when it does not come."""
    end = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.001)


@pytest.fixture
def painter():
    faults = []
    made = Painter(SystemClock(), lambda layer_id, error: faults.append((layer_id, str(error))))
    made.faults = faults
    yield made
    made.stop()


# --- on the caller's thread


def test_paint_now_paints_everything_and_repaints_only_what_changed(painter):
    still, ticking = Square(at=(0, 0)), Square(at=(40, 0), every_ms=1000)
    shown = scene(Layer("still", still), Layer("ticking", ticking))
    first = painter.paint_now(shown, 5000)
    assert luma_at(first, 10, 10) == luma_at(first, 50, 10) == 235 and luma_at(first, 30, 10) == 16
    assert painter.paint_now(shown, 5999) is first is painter.atlas
    assert painter.paint_now(shown, 6000) is not first
    assert (still.drawn, ticking.drawn) == ([5000], [5000, 6000])


def test_an_equal_overlay_in_a_new_scene_is_not_drawn_again(painter):
    square, twin = Square(), Square()
    painter.paint_now(scene(Layer("a", square)), 0)
    atlas = painter.paint_now(scene(Layer("a", twin), version=2, item_id="item"), 0)
    assert twin.drawn == []
    assert (atlas.scene_version, atlas.item_id, luma_at(atlas, 10, 10)) == (2, "item", 235)


def test_changed_settings_canvas_or_language_mean_a_new_drawing(painter):
    from studio.core import i18n

    painter.paint_now(scene(Layer("a", Square())), 0)
    assert luma_at(painter.paint_now(scene(Layer("a", Square(grey=0, at=(2, 2)))), 0), 10, 10) == 16
    square = Square()
    other = painter.paint_now(scene(Layer("a", square), canvas=Canvas(240, 320)), 0)
    assert (other.canvas, len(square.drawn)) == (Canvas(240, 320), 1)
    i18n.set_language("en")
    try:
        painter.paint_now(scene(Layer("a", square), canvas=Canvas(240, 320)), 0)
    finally:
        i18n.set_language("zh_CN")
    assert len(square.drawn) == 2


def test_hidden_and_removed_layers_are_gone_and_come_back(painter):
    square = Square()
    painter.paint_now(scene(Layer("a", square)), 0)
    assert painter.paint_now(scene(Layer("a", square, is_visible=False)), 0).blits == ()
    assert painter.paint_now(scene(), 0).blits == ()
    assert luma_at(painter.paint_now(scene(Layer("a", square)), 0), 10, 10) == 235


def test_what_is_drawn_outside_its_rectangle_is_cut_off(painter):
    atlas = painter.paint_now(scene(Layer("a", Square(at=(40, 60)))), 0)
    frame = I420Frame.black(320, 240)
    blend(frame, atlas, 0)
    rows, columns = np.nonzero(frame.y != 16)
    assert (columns.min(), columns.max(), rows.min(), rows.max()) == (40, 59, 60, 79)


@pytest.mark.parametrize("where", ["size", "place", "content_key", "draw"])
def test_a_raising_overlay_is_left_out_and_told_once(painter, where):
    shown = scene(Layer("bad", Raising(where=where, every_ms=10)), Layer("good", Square(at=(40, 0))))
    for now_ms in (0, 10, 20):
        atlas = painter.paint_now(shown, now_ms)
        assert [blit.layer_id for blit in atlas.blits] == ["good"]
    assert painter.faults == [("bad", where)]
    assert luma_at(painter.paint_now(scene(Layer("bad", Square())), 0), 10, 10) == 235  # mended by new settings
    painter.paint_now(shown, 0)
    assert len(painter.faults) == 2


def test_an_empty_scene_changes_nothing():
    frame = I420Frame.black(320, 240)
    blend(frame, empty(CANVAS), 0)
    assert (frame.y == 16).all()


# --- on its own threads


def test_show_wakes_the_painter_at_once_and_the_card_is_there_within_two_frames(painter):
    card = OVERLAYS.get("product_card")
    canvas = Canvas(720, 1280)
    painter.start()
    painter.show(scene(Layer("card", card(title="热身", live_price_fen=100)), canvas=canvas))
    until(lambda: painter.atlas is not None and painter.atlas.blits)
    took = []
    for version in range(2, 12):
        began = time.monotonic()
        new = card(title=f"土蜂蜜 {version} 号", live_price_fen=100 * version, stock=version, number=version)
        painter.show(scene(Layer("card", new), canvas=canvas, version=version))
        until(lambda version=version: painter.atlas.scene_version == version)
        took.append(time.monotonic() - began)
    assert sorted(took)[5] < 2 * FRAME_S, took
    expected = Painter(ManualClock()).paint_now(scene(Layer("card", new), canvas=canvas), 0)
    assert np.array_equal(painter.atlas.pixels, expected.pixels)


def test_a_new_scene_replaces_the_old_one_whole(painter, monkeypatch):
    """No atlas carries the new version with the old drawing, however late the drawing is."""
    monkeypatch.setattr("studio.video.painter.SLOW_S", 60.0)
    painter.start()
    for version in range(1, 20):
        painter.show(scene(Layer("a", Square(grey=version * 10)), version=version))
        while painter.atlas is None or painter.atlas.scene_version != version:
            time.sleep(0)
        assert abs(luma_at(painter.atlas, 10, 10) - (16 + version * 10 * 219 / 255)) <= 1


def test_a_slow_overlay_keeps_its_old_picture_and_costs_no_other(painter):
    painter.start()
    painter.show(scene(Layer("slow", Square(grey=100)), Layer("fast", Square(at=(40, 0), grey=100))))
    until(lambda: painter.atlas is not None and len(painter.atlas.blits) == 2)
    old = luma_at(painter.atlas, 10, 10)

    slow, ticking = Gated(grey=255), Square(at=(40, 0), grey=255, every_ms=1)
    painter.show(scene(Layer("slow", slow), Layer("fast", ticking), version=2))
    assert slow.began.wait(5)
    until(lambda: painter.atlas.scene_version == 2)
    until(lambda: len(ticking.drawn) > 10)  # goes on being drawn beside it
    until(lambda: luma_at(painter.atlas, 50, 10) == 235)
    assert luma_at(painter.atlas, 10, 10) == old
    slow.gate.set()
    until(lambda: luma_at(painter.atlas, 10, 10) == 235)
    assert slow.drawn and len(slow.drawn) == 1


def test_many_hanging_overlays_leave_the_good_one_alive(painter):
    painter.start()
    stuck = [Gated(at=(20 * k, 40)) for k in range(4)]
    good = Square(every_ms=1)
    painter.show(scene(*[Layer(f"s{k}", one) for k, one in enumerate(stuck)], Layer("good", good)))
    until(lambda: len(good.drawn) > 5)
    assert {blit.layer_id for blit in painter.atlas.blits} == {"good"}
    for one in stuck:
        one.gate.set()
    until(lambda: len(painter.atlas.blits) == 5)


def test_what_was_waited_for_too_long_is_not_drawn_when_nobody_wants_it(painter):
    """While one drawing of a layer hangs, only the newest of the following wishes is drawn after it."""
    painter.start()
    slow, skipped, wanted = Gated(grey=50), Square(grey=100), Square(grey=255)
    painter.show(scene(Layer("a", slow)))
    assert slow.began.wait(5)
    painter.show(scene(Layer("a", skipped), version=2))
    until(lambda: painter.atlas is not None and painter.atlas.scene_version == 2)
    painter.show(scene(Layer("a", wanted), version=3))
    until(lambda: painter.atlas.scene_version == 3)
    slow.gate.set()
    until(lambda: painter.atlas.blits and luma_at(painter.atlas, 10, 10) == 235)
    assert (skipped.drawn, len(wanted.drawn)) == ([], 1)


def test_a_raising_overlay_does_not_stop_the_painter(painter):
    painter.start()
    painter.show(scene(Layer("bad", Raising(every_ms=1)), Layer("good", Square(every_ms=100))))
    until(lambda: painter.atlas is not None and painter.atlas.blits)
    good = painter.atlas
    until(lambda: painter.atlas is not good)
    assert painter.faults == [("bad", "draw")]


def test_the_countdown_is_painted_once_a_second(monkeypatch):
    clock, countdown = ManualClock(), OVERLAYS.get("countdown")
    painter = Painter(clock)
    drawings, looks = [], []
    key = countdown.content_key
    monkeypatch.setattr(countdown, "draw", lambda self, p, w, h, now_ms: drawings.append(now_ms))
    monkeypatch.setattr(countdown, "content_key", lambda self, now_ms: (looks.append(now_ms), key(self, now_ms))[1])
    painter.start()
    try:
        painter.show(scene(Layer("c", countdown(ends_ms=clock.now_ms() + 60_000))))
        for second in range(1, 6):
            until(lambda second=second: len(drawings) >= second)
            for _ in range(4):
                clock.advance(0.24)
                until(lambda: looks[-1] == clock.now_ms())
            seen = len(looks)
            until(lambda seen=seen: len(looks) > seen + 1)
            assert len(drawings) == second
            clock.advance(0.04)
    finally:
        painter.stop()


def test_stop_ends_its_threads_and_start_begins_again(painter):
    painter.start()
    painter.show(scene(Layer("a", Square())))
    until(lambda: painter.atlas is not None and painter.atlas.blits)
    painter.stop()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("painter")]
    painter.start()
    painter.show(scene(Layer("a", Square(grey=0)), version=7))
    until(lambda: painter.atlas.scene_version == 7)


def test_waiting_costs_next_to_nothing(painter):
    """Five overlays without a change: the painter may take 2 % of a core for looking."""
    layers = [Layer(str(k), Square(every_ms=10_000_000)) for k in range(5)]
    painter.start()
    painter.show(scene(*layers))
    until(lambda: painter.atlas is not None and len(painter.atlas.blits) == 5)
    cpu, began = time.process_time(), time.monotonic()
    time.sleep(1.0)
    assert time.process_time() - cpu < 0.02 * (time.monotonic() - began) + 0.01
    assert SLOW_S < 2 * FRAME_S


def test_what_is_prepared_is_drawn_ahead_and_only_once(painter):
    """Nothing of it is shown before its scene comes; then its drawing is there already."""
    now, next_one = Square(), Square(grey=0)
    painter.start()
    painter.show(scene(Layer("a", now)))
    until(lambda: painter.atlas is not None and painter.atlas.blits)
    before = painter.atlas
    painter.prepare(scene(Layer("a", next_one)))
    until(lambda: next_one.drawn and painter._ahead)  # drawn, and put where the scene will find it
    assert painter.atlas is before
    painter.show(scene(Layer("a", next_one), version=7))
    until(lambda: painter.atlas.scene_version == 7)
    assert len(next_one.drawn) == 1
