"""The painter: its own threads draw overlays when their content changes and publish a new atlas."""

from __future__ import annotations

import logging
from collections.abc import Hashable
from dataclasses import dataclass
from threading import Condition, Thread, current_thread
from time import monotonic

from studio.core import i18n
from studio.core.clock import Clock
from studio.video.atlas import Atlas, OnFault, Painted, log_fault, pack
from studio.video.overlays.overlay import Overlay, SpriteOverlay
from studio.video.planes import overlay_planes
from studio.video.scene import Canvas, Layer, Scene

_log = logging.getLogger(__name__)

LOOK_EVERY_S = 1 / 30
SLOW_S = 0.05  # a new scene waits this long for its drawings; a hand busy for longer gets another one beside it
MOST_HANDS = 8


@dataclass(frozen=True, eq=False)
class _Job:
    """One drawing to make; ``key`` says what it shows."""

    layer_id: str
    overlay: Overlay
    canvas: Canvas
    key: Hashable
    now_ms: int
    is_ahead: bool = False

    @property
    def slot(self) -> str:
        """One drawing at a time is made for each slot: what is on air never waits for what comes next."""
        return f"{self.layer_id} ahead" if self.is_ahead else self.layer_id


@dataclass(frozen=True, eq=False)
class _Kept:
    """A layer's newest drawing; ``painted`` is None when the overlay raised."""

    job: _Job
    painted: Painted | None

    def shows(self, layer: Layer, canvas: Canvas, key: Hashable) -> bool:
        """Whether nothing has changed since."""
        return self.job.key == key and self.job.canvas == canvas and self.is_of(layer.overlay)

    def is_of(self, overlay: Overlay) -> bool:
        return self.job.overlay is overlay or self.job.overlay == overlay


class Painter:
    """Keeps `atlas` showing the newest scene; an overlay that is slow or raises costs itself only.

    Hands (threads) do the drawing: one, and one more for as long as all are busy with slow overlays. A new scene
    replaces the old one whole, as soon as all of it is drawn or after `SLOW_S`; from then on a layer whose drawing is
    not done keeps its old picture. An overlay that raises is left out and reported once."""

    def __init__(self, clock: Clock, on_fault: OnFault = log_fault) -> None:
        self.atlas: Atlas | None = None
        self._clock, self._on_fault = clock, on_fault
        self._changed = Condition()
        self._scene: Scene | None = None
        self._coming: Scene | None = None
        self._ahead: dict[str, _Kept] = {}
        self._shown_s = 0.0
        self._kept: dict[str, _Kept] = {}
        self._waiting: dict[str, _Job] = {}
        self._busy: dict[str, tuple[_Job, float]] = {}
        self._published: tuple[Scene, tuple[Painted, ...]] | None = None
        self._thread: Thread | None = None
        self._hands: set[Thread] = set()

    def start(self) -> None:
        """Start looking after the scene; needs a QGuiApplication."""
        from studio.video.overlays import fonts

        fonts.load()
        with self._changed:
            if self._thread is None:
                self._thread = Thread(target=self._look_after, name="painter", daemon=True)
                self._thread.start()

    def stop(self) -> None:
        """Stop; a hand that hangs in an overlay is left behind."""
        with self._changed:
            stopped = [thread for thread in (self._thread, *self._hands) if thread is not None]
            self._thread = None
            self._hands.clear()
            self._waiting.clear()
            self._changed.notify_all()
        for thread in stopped:
            thread.join(timeout=1)

    def show(self, scene: Scene) -> None:
        """Show ``scene`` from now on; the painter wakes at once."""
        with self._changed:
            self._scene, self._shown_s = scene, monotonic()
            self._changed.notify_all()

    def prepare(self, scene: Scene) -> None:
        """Draw ahead what ``scene`` will need, so that it is shown at once when it comes; nothing of it is shown yet."""
        with self._changed:
            self._coming = scene
            self._changed.notify_all()

    def paint_now(self, scene: Scene, now_ms: int) -> Atlas:
        """Paint ``scene`` on the caller's thread and publish it whole: for the first frame, and for tests."""
        with self._changed:
            self._scene, self._shown_s = scene, monotonic()
            jobs = self._due(scene, now_ms)
        drawn = [(job, self._draw(job)) for job in jobs]
        with self._changed:
            for job, painted in drawn:
                self._kept[job.layer_id] = _Kept(job, painted)
            return self._publish(scene)

    def _look_after(self) -> None:
        """The painter's thread: a look at each new scene and `LOOK_EVERY_S`, so that no layer is drawn more often."""
        looked_at, looked_s = self._scene, float("-inf")
        with self._changed:
            while self._thread is not None:
                scene, now = self._scene, monotonic()
                if scene is not None:
                    if scene is not looked_at or now - looked_s >= LOOK_EVERY_S:
                        looked_at, looked_s = scene, now
                        due = self._due(scene, self._clock.now_ms())
                        due_ahead = [] if due else self._due_ahead()
                        self._waiting = {j.slot: j for j in (*due, *due_ahead) if not self._is_being_drawn(j)}
                        if self._waiting:
                            self._changed.notify_all()
                    self._call_hand()
                    if not self._is_missing_any() or now - self._shown_s > SLOW_S:
                        self._publish(scene)
                self._changed.wait(max(0.001, looked_s + LOOK_EVERY_S - now) if scene is not None else None)

    def _due(self, scene: Scene, now_ms: int) -> list[_Job]:
        """What must be drawn for ``scene`` at ``now_ms``."""
        jobs = []
        for layer in scene.layers:
            if not layer.is_visible:
                continue
            kept = self._kept.get(layer.id)
            try:
                key = (layer.overlay.content_key(now_ms), i18n.language())
                ahead = self._ahead.get(layer.id)
                if ahead is not None and ahead.shows(layer, scene.canvas, key):
                    kept = self._kept[layer.id] = self._ahead.pop(layer.id)
                if kept is None or not kept.shows(layer, scene.canvas, key):
                    jobs.append(_Job(layer.id, layer.overlay, scene.canvas, key, now_ms))
            except Exception as error:  # noqa: BLE001 - a plugin's overlay must not cost the picture
                job = _Job(layer.id, layer.overlay, scene.canvas, None, now_ms)
                self._report(job, error)
                self._kept[layer.id] = _Kept(job, None)
        return jobs

    def _is_missing_any(self) -> bool:
        """Whether a drawing for what is on air now is still to come."""
        drawing = (job for job, _ in self._busy.values())
        return any(not job.is_ahead for job in (*self._waiting.values(), *drawing))

    def _due_ahead(self) -> list[_Job]:
        """What can be drawn before it is wanted; an overlay that raises is reported when its time comes."""
        coming, jobs = self._coming, []
        if coming is None:
            return []
        for layer in coming.layers:
            try:
                key = (layer.overlay.content_key(self._clock.now_ms()), i18n.language())
            except Exception:  # noqa: BLE001 - it is reported when it is on air
                _log.debug("%s cannot be drawn ahead", layer.id, exc_info=True)
                continue
            is_drawn = any(
                kept is not None and kept.shows(layer, coming.canvas, key)
                for kept in (self._ahead.get(layer.id), self._kept.get(layer.id))
            )
            if layer.is_visible and not is_drawn:
                jobs.append(_Job(layer.id, layer.overlay, coming.canvas, key, self._clock.now_ms(), is_ahead=True))
        return jobs

    def _is_being_drawn(self, job: _Job) -> bool:
        """Whether a hand makes this very drawing now."""
        busy, _ = self._busy.get(job.slot, (None, 0.0))
        return busy is not None and (busy.overlay, busy.canvas, busy.key) == (job.overlay, job.canvas, job.key)

    def _call_hand(self) -> None:
        """Start one more hand when there is work and every hand is stuck in a slow overlay."""
        now = monotonic()
        stuck = sum(now - since > SLOW_S for _, since in self._busy.values())
        if self._startable() and stuck == len(self._hands) < MOST_HANDS:
            hand = Thread(target=self._work, name="painter-hand", daemon=True)
            self._hands.add(hand)
            hand.start()

    def _startable(self) -> _Job | None:
        """The waiting drawing whose layer was drawn longest ago; one layer is never drawn by two hands."""
        free = [job for job in self._waiting.values() if job.slot not in self._busy]
        return min(free, key=self._last_drawn_ms, default=None)

    def _last_drawn_ms(self, job: _Job) -> int:
        if job.is_ahead:
            return job.now_ms
        kept = self._kept.get(job.layer_id)
        return kept.job.now_ms if kept is not None else -1

    def _work(self) -> None:
        """A hand's life: draw what waits, until stopped."""
        me = current_thread()
        with self._changed:
            while me in self._hands:
                job = self._startable()
                if job is None:
                    self._changed.wait()
                    continue
                del self._waiting[job.slot]
                self._busy[job.slot] = (job, monotonic())
                self._changed.release()
                try:
                    painted = self._draw(job)
                finally:
                    self._changed.acquire()
                    del self._busy[job.slot]
                (self._ahead if job.is_ahead else self._kept)[job.layer_id] = _Kept(job, painted)
                self._changed.notify_all()

    def _draw(self, job: _Job) -> Painted | None:
        """Draw and convert; None when the overlay raised."""
        from studio.video.overlays.paint import painted

        try:
            x, y = job.overlay.place(job.canvas)
            pictures = tuple(overlay_planes(bgra, x, y) for bgra in painted(job.overlay, job.canvas, job.now_ms))
            if not isinstance(job.overlay, SpriteOverlay):
                return Painted(job.layer_id, pictures)
            return Painted(job.layer_id, pictures, job.overlay)
        except Exception as error:  # noqa: BLE001 - a plugin's overlay must not cost the picture
            self._report(job, error)
            return None

    def _report(self, job: _Job, error: Exception) -> None:
        """Tell of a fault, once for as long as the same overlay goes on raising."""
        kept = self._kept.get(job.layer_id)
        if kept is None or kept.painted is not None or not kept.is_of(job.overlay):
            self._on_fault(job.layer_id, error)

    def _publish(self, scene: Scene) -> Atlas:
        """Make `atlas` show what is drawn of ``scene``; nothing happens when it does so already."""
        shown = {layer.id for layer in scene.layers if layer.is_visible}
        self._kept = {layer_id: kept for layer_id, kept in self._kept.items() if layer_id in shown}
        kept = [self._kept[layer.id] for layer in scene.layers if layer.id in self._kept]
        painted = tuple(k.painted for k in kept if k.painted is not None and k.job.canvas == scene.canvas)
        if self.atlas is None or self._published != (scene, painted):
            self.atlas = pack(scene, painted, self._on_fault)
            self._published = (scene, painted)
        return self.atlas
