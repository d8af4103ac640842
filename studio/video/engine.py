"""The engine: camera, overlays, sound, one encoder, many outputs; each call returns at once, each thread its own."""

from __future__ import annotations

import logging
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from studio.core.clock import Clock
from studio.core.errors import UserError
from studio.core.events import Fact
from studio.video.clean_feed import propose_balance
from studio.video.clockwork import REAL_TIME, Pace, Timeline
from studio.video.compositor import Compositor, Mark
from studio.video.devices import DeviceLists
from studio.video.encoder import Codecs, EncoderSettings
from studio.video.encoding import Encoding
from studio.video.facts import HealthTicked, OverlayFailed
from studio.video.framepool import PooledFrame
from studio.video.health import EncoderVerdict, Health
from studio.video.marks import Marks
from studio.video.outputs.null import NullOutput
from studio.video.outputs.pushes import Pushes
from studio.video.outputs.recorder import Recorder, Segments
from studio.video.outputs.recording import free_bytes
from studio.video.outputs.replay import ReplayPiece, ReplayRing
from studio.video.outputs.virtual_camera import VirtualCamera
from studio.video.packets import EncodedPacket
from studio.video.painter import Painter
from studio.video.scene import Canvas, Look, Place, Scene
from studio.video.sound.desk import SoundDesk
from studio.video.sound.levels import SoundLevels
from studio.video.sound.spec import SoundInput
from studio.video.sources.places import Places
from studio.video.sources.spec import SourceSpec

_log = logging.getLogger(__name__)

SWITCH_INTERVAL_S = 0.0005
LOOK_EVERY_S = 1.0
_STOP_WITHIN_S = 5.0


class Engine:
    """The picture machine of one show; made once, started once, stopped once."""

    def __init__(
        self,
        canvas: Canvas,
        clock: Clock,
        tell: Callable[[Fact], None],
        settings: EncoderSettings | None = None,
        pace: Pace = REAL_TIME,
    ) -> None:
        self.canvas = canvas
        self._tell = tell
        self._clock = clock
        self._timeline = Timeline(pace.now_s(), canvas.fps, pace)
        wished = settings or EncoderSettings(canvas=canvas)
        self.encoding = Encoding(wished, self._hand_out, tell, self._renew, lambda rate: self._pushes.set_rate(rate))
        codecs, want_keyframe = self.encoding.codecs, self.encoding.thread.want_keyframe
        self._painter = Painter(clock, self._overlay_failed)
        self._compositor = Compositor(
            canvas, clock, self._timeline, lambda: self._places.cast, lambda: self._painter.atlas, self._hand_over
        )
        self._sound = SoundDesk(codecs.sound, self._hand_out, self._timeline, tell)
        feed = self._compositor.clean_feed
        self._places = Places(feed.pool, self._timeline, tell, self._sound, on_air=lambda: feed.in_use)
        self._recorder = Recorder(tell, want_keyframe)
        self._pushes = Pushes(tell, want_keyframe)
        self.virtual_camera = VirtualCamera(canvas, tell)
        self._ring = ReplayRing(codecs.header, codecs.epoch)
        self._devices = DeviceLists()
        self.null = NullOutput()
        self._marks = Marks(canvas.fps, self._recorder.place)
        self._state = "new"
        self._is_painting = False
        self._over = threading.Event()
        self._keeper = threading.Thread(target=self._keep, name="engine-health", daemon=True)

    def start(self) -> None:
        """Begin to make frames and sound."""
        sys.setswitchinterval(SWITCH_INTERVAL_S)
        cv2.setNumThreads(1)  # its pool waits actively: the same pictures cost more on it
        with self.encoding.lock:
            if self._state != "new":
                return
            self._state = "running"
            for part in (self.encoding, self._sound, self._compositor, self._keeper):
                part.start()

    def stop(self) -> None:
        """Flush, close every file, say goodbye to every server; returns within seconds whatever hangs."""
        with self.encoding.lock:
            if self._state != "running":
                self._state = "over"
                return
            self._state = "over"
        self._over.set()
        self._keeper.join(_STOP_WITHIN_S)
        clean = [self._compositor.stop(2), self.encoding.stop(2), self._sound.stop(2)]
        clean += [part.close(_STOP_WITHIN_S) for part in (self._recorder, self._pushes, self.virtual_camera)]
        if self._is_painting:
            self._painter.stop()
        clean.append(self._places.stop(_STOP_WITHIN_S))
        self._compositor.monitor.close()
        if all(clean):
            self.encoding.close()
        else:
            _log.warning("the engine ended, but a thread of a driver, disk or server is still busy")

    def show(self, scene: Scene) -> None:
        """Show ``scene`` from the next frame on."""
        if scene.canvas != self.canvas:
            raise ValueError(f"a scene of {scene.canvas} on a canvas of {self.canvas}")
        if scene.layers and not self._is_painting:
            self._is_painting = True
            self._painter.start()
        if self._is_painting:
            self._painter.show(scene)
        if scene.inset is not None:
            self._places.size_inset(scene.inset)
        self._compositor.scene = scene

    def prepare(self, scene: Scene) -> None:
        """Draw ahead what ``scene`` will need; it is shown only by ``show``."""
        if self._is_painting:
            self._painter.prepare(scene)

    def set_source(self, spec: SourceSpec, place: Place = Place.MAIN) -> None:
        """Take pictures from ``spec`` from its first one on (see `CleanFeed`); the same source is not opened again."""
        self._places.put(place, spec)

    def clear_source(self, place: Place) -> None:
        """Take no more pictures for ``place``."""
        self._places.clear(place)

    def devices(self) -> dict[str, Any]:
        """What there is to choose from, as plain lists by name (see ``video.devices``); blocks for seconds at worst."""
        return self._devices.look()

    def set_sound(self, inputs: tuple[SoundInput, ...]) -> None:
        """Mix these inputs from now on; those that stay go on without a gap."""
        self._sound.set(inputs)

    def sound_levels(self) -> SoundLevels:
        """What the meters show at this moment; made to be pulled many times a second."""
        return self._sound.levels()

    def restart_source(self, place: Place = Place.MAIN) -> None:
        """Open the source again (a camera that looks wrong)."""
        self._places.restart(place)

    def propose_balance(self) -> Look | None:
        """The white balance (warmth and tint) that makes the newest camera picture grey; None while there is none."""
        scene = self._compositor.scene
        return propose_balance(self._places.cast, scene.key if scene is not None else None)

    def start_recording(self, path: Path) -> None:
        """Record into ``path`` from the next frame on; raises UserError when the file cannot be made.

        A recording that runs ends where the new one begins: not a frame is in both or in neither."""
        with self.encoding.lock:
            codecs = self.encoding.codecs
            self._recorder.start(path, codecs.header, codecs.epoch, self._item_id)

    def set_segments(self, segments: Segments) -> None:
        """Let recordings go on in another file when one is long or large enough."""
        self._recorder.segments = segments

    def stop_recording(self) -> None:
        """Close the recording, or wait for room no longer; its end is told as a fact."""
        with self.encoding.lock:  # not in the middle of its going on in another file
            self._recorder.stop()

    def replay(self, seconds: float) -> tuple[ReplayPiece, ...]:
        """The last seconds of the programme, to be written by a worker; raises UserError when there is nothing yet."""
        return self._ring.last(seconds)

    def start_push(self, name: str, url: str, key: str) -> None:
        """Push to ``url`` with ``key`` (kept in memory only); raises UserError for an address that is no RTMP."""
        with self.encoding.lock:
            codecs = self.encoding.codecs
            self._pushes.start(name, (url, key), (codecs.header, codecs.epoch), self.encoding.rate_bytes_s)

    def stop_push(self, name: str) -> None:
        """End the push called ``name``, if there is one."""
        self._pushes.stop(name)

    def start_virtual_camera(self) -> None:
        """Show the programme as a camera of this machine; how it goes is told as facts."""
        self.virtual_camera.start()

    def stop_virtual_camera(self) -> None:
        """No camera any more."""
        self.virtual_camera.stop()

    def try_encoders(self) -> tuple[EncoderVerdict, ...]:
        """Try every encoder that was not tried yet; blocks for seconds."""
        return self.encoding.try_all()

    def try_encoder(self, name: str) -> EncoderVerdict:
        """Encode a second with it in a process of its own; blocks for seconds, answers at once the second time."""
        return self.encoding.try_one(name)

    def choose_encoder(self, name: str) -> None:
        """Encode with ``name`` from the next frame on, if it was found to work; else x264 goes on."""
        self.encoding.choose(name)

    def pin_quality(self, step: int | None) -> None:
        """Stay on a step of the ladder (0: the best) whatever happens; None lets the load decide again."""
        self.encoding.pin(step)

    def monitor(self, max_w: int, max_h: int) -> tuple[int, npt.NDArray[np.uint8]] | None:
        """The newest programme frame as (index, BGRA), reduced to fit; the array is not written again."""
        return self._compositor.monitor.picture(max_w, max_h)

    def picture_age_s(self) -> float:
        """How long ago the newest programme frame came; the next one comes a frame's time after it."""
        return self._compositor.monitor.age_s

    def health(self) -> Health:
        """Everything counted so far."""
        compositor, encoder, quality = self._compositor, self.encoding.thread, self.encoding.quality
        return Health(
            fps=round(compositor.fps, 2),
            frames_rendered=compositor.rendered,
            frames_encoded=encoder.encoded,
            dropped=encoder.dropped + compositor.skipped,
            late=compositor.late,
            bitrate_bps=self.null.bits_per_s(),
            encoder_name=self.encoding.codecs.name,
            quality_step=quality.step,
            wanted_bps=quality.settings.bitrate_kbps * 1000,
            av_offset_ms=round(compositor.clean_feed.offset_ms - self._sound.drift_ms, 1),
            recording=self._recorder.health(),
            pushes=self._pushes.health(),
            source=self._places.main_health(),
            inset=self._places.health(Place.INSET),
            backdrop=self._places.health(Place.BACKDROP),
            sound=self._sound.health(),
            disk_free_bytes=free_bytes(self._recorder.folder or Path.home()),
            quality_steps=quality.steps,
            encoders=self.encoding.choice.known(),
            is_quality_pinned=quality.is_pinned,
            virtual_camera=self.virtual_camera.health(),
        )

    def _hand_over(self, frame: PooledFrame, mark: Mark | None) -> None:
        """From the compositor: to the encoder, with a keyframe where an item begins."""
        self._marks.put(mark)
        self.virtual_camera.offer(frame)
        self.encoding.thread.offer(frame, frame.index, is_keyframe=mark is not None)

    def _hand_out(self, packet: EncodedPacket) -> None:
        """From the encoder and the sound thread: to every output, and the mark of an item's first frame to the desk."""
        for output in (self.null, self._recorder, self._pushes, self._ring):
            if not output.offer(packet):
                self.encoding.thread.want_keyframe()
        self._marks.look(packet, self._tell)

    def _overlay_failed(self, layer_id: str, error: Exception) -> None:
        self._tell(OverlayFailed(layer_id=layer_id, reason=f"{type(error).__name__}: {error}"))

    def _keep(self) -> None:
        """Once a second: look after what may hang, let go of what has ended, tell the health."""
        while not self._over.wait(LOOK_EVERY_S):
            now_s = time.monotonic()
            self._pushes.watch(now_s)
            self.virtual_camera.watch(now_s)
            self._watch_encoding(now_s)
            self._places.watch(now_s, self._compositor.clean_feed.in_use)
            self._sound.watch(now_s)
            if self._recorder.watch(now_s):
                self._begin_segment()
            self._tell(HealthTicked(health=self.health()))

    def _watch_encoding(self, now_s: float) -> None:
        compositor, scene = self._compositor, self._compositor.scene
        has_effects = scene is not None and scene.look.smoothing > 0
        self.encoding.watch(now_s, compositor.skipped, self._pushes.backlogs_s(), has_effects=has_effects)
        compositor.clean_feed.spares_effects = self.encoding.quality.spares_effects

    def _renew(self, codecs: Codecs) -> None:
        """The packets that follow are of other codecs: every output goes on with them."""
        try:
            self._recorder.go_on(codecs.header, codecs.epoch, self._item_id)
        except UserError as error:
            self._recorder.fail(error)
        self._pushes.renew(codecs.header, codecs.epoch)
        self._ring.renew(codecs.header, codecs.epoch)

    def _begin_segment(self) -> None:
        with self.encoding.lock:
            codecs = self.encoding.codecs
            try:
                self._recorder.go_on(codecs.header, codecs.epoch, self._item_id)
            except UserError:
                _log.exception("no further segment; the present one goes on")

    @property
    def _item_id(self) -> str | None:
        scene = self._compositor.scene
        return scene.item_id if scene is not None else None
