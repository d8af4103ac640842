"""The compositor: each tick copies the newest picture, blends the overlays and hands the frame to everybody."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from studio.core.clock import Clock
from studio.video import blend
from studio.video.atlas import Atlas
from studio.video.clean_feed import CleanFeed
from studio.video.clockwork import Arrivals, FrameClock, Timeline
from studio.video.framepool import FramePool, PooledFrame
from studio.video.monitor import Monitor
from studio.video.scene import Canvas, Scene
from studio.video.sources.places import Cast

_log = logging.getLogger(__name__)

PAINTED_WITHIN_FRAMES = 15
FPS_OVER_FRAMES = 60


@dataclass(frozen=True)
class Mark:
    """The first frame of a scene's new item (切点), to be told once it is encoded."""

    scene: Scene
    frame_index: int
    at_ms: int


class Compositor:
    """Owns the canvas and the frame clock; everything it touches is a slot that it never waits for."""

    def __init__(
        self,
        canvas: Canvas,
        clock: Clock,
        timeline: Timeline,
        cast: Callable[[], Cast],
        atlas: Callable[[], Atlas | None],
        hand_over: Callable[[PooledFrame, Mark | None], None],
    ) -> None:
        self.canvas = canvas
        self.pool = FramePool(canvas)
        self.monitor = Monitor()
        self.clean_feed = CleanFeed(self.pool)
        self.scene: Scene | None = None
        self.rendered = 0
        self.busy_s = 0.0
        self._clock = clock
        self._frames = FrameClock(timeline)
        self._cast = cast
        self._atlas = atlas
        self._hand_over = hand_over
        self._times: deque[float] = deque(maxlen=FPS_OVER_FRAMES)
        self._marked_item: str | None = None
        self._scene_since: tuple[Scene | None, int] = (None, 0)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="compositor", daemon=True)

    def start(self) -> None:
        """Begin to make frames, once the kernel is compiled."""
        self._thread.start()

    def stop(self, timeout_s: float) -> bool:
        """Make no more frames."""
        self._stop.set()
        if self._thread.ident is not None:
            self._thread.join(timeout_s)
        return not self._thread.is_alive()

    @property
    def fps(self) -> float:
        """Frames a second, of the last two seconds."""
        times = tuple(self._times)
        if len(times) < 2 or time.monotonic() - times[-1] > 1:
            return 0.0
        return (len(times) - 1) / max(times[-1] - times[0], 1e-6)

    @property
    def late(self) -> int:
        """Frames that began more than half a frame after their time."""
        return self._frames.late

    @property
    def skipped(self) -> int:
        """Frames that were never made because the machine was busy."""
        return self._frames.skipped

    def _run(self) -> None:
        _log.info("overlays are blended by %s", blend.warm())
        self._frames.start_at(self._frames.timeline.pace.now_s())
        while (index := self._frames.wait(self._stop, self._arrivals())) is not None:
            began_s = time.thread_time()
            try:
                self._tick(index)
            except Exception:  # noqa: BLE001 - one bad frame must not end the show
                _log.exception("frame %d failed", index)
            self.busy_s += time.thread_time() - began_s

    def _arrivals(self) -> Arrivals | None:
        """The rhythm of the camera, if it is one."""
        source = self._cast().main
        return source.arrivals if source is not None and source.is_live and not source.is_lost else None

    def _tick(self, index: int) -> None:
        now_ms = self._clock.now_ms()
        pooled = self.pool.lend()
        pooled.index = index
        at_s = self._frames.timeline.frame_due_s(index)
        self.clean_feed.put(pooled.frame, self._cast(), self.scene, at_s, now_ms)
        atlas = self._atlas()
        if atlas is not None and atlas.canvas == self.canvas:
            blend.blend(pooled.frame, atlas, now_ms)
        mark = self._mark(atlas, index, now_ms)
        self.monitor.put(pooled.hold())
        self._hand_over(pooled, mark)
        self.rendered += 1
        self._times.append(time.monotonic())

    def _mark(self, atlas: Atlas | None, index: int, now_ms: int) -> Mark | None:
        """A mark at the first frame that carries a new item's overlays; a painter that hangs does not keep it for ever."""
        scene = self.scene
        if scene is None or scene.item_id == self._marked_item:
            return None
        if self._scene_since[0] is not scene:
            self._scene_since = (scene, index)
        is_painted = not scene.layers or (
            atlas is not None and atlas.item_id == scene.item_id and atlas.scene_version >= scene.version
        )
        if not is_painted and index - self._scene_since[1] < PAINTED_WITHIN_FRAMES:
            return None
        self._marked_item = scene.item_id
        return Mark(scene, index, now_ms)
