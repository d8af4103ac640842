"""The clean feed (净画面): the picture under the overlays, with its cuts and cross-fades."""

from __future__ import annotations

from dataclasses import replace

from studio.video.arrangement import Arrangement, ArrangementPicture, Gathered
from studio.video.chroma_key import alpha_of, screen_colour
from studio.video.framepool import FramePool, PooledFrame
from studio.video.look import balanced
from studio.video.planes import I420Frame
from studio.video.scene import ChromaKey, Look, Scene
from studio.video.sources.places import Cast
from studio.video.sources.runner import SourceRunner
from studio.video.transition import Transition, cross_fade

OFFSET_WEIGHT = 0.05


class CleanFeed:
    """Owned by the compositor's thread; ``in_use`` (the sources that are seen) may be read by any, ``spares_effects`` set.

    A source that is new stands in the picture from its first picture on; until then the one before it goes on, and an
    inset or backdrop that gives nothing is left out. During a fade both pictures live; a change in the middle of a fade
    begins from the mixture that is seen, so that nothing ever jumps."""

    def __init__(self, pool: FramePool) -> None:
        self.in_use: frozenset[SourceRunner] = frozenset()
        self.offset_ms = 0.0
        self.spares_effects = False
        self.pool = pool
        self._plain = Scene(pool.canvas)
        self._now: Arrangement | None = None
        self._drawn = ArrangementPicture(pool)
        self._fade: _Fade | None = None

    def put(self, target: I420Frame, cast: Cast, scene: Scene | None, at_s: float, now_ms: int) -> None:
        """Draw the picture of ``scene`` at ``now_ms`` into ``target``; ``at_s`` is when it is due."""
        scene = scene or self._plain
        with Gathered(at_s) as gathered:
            wanted = self._arranged(cast, scene, gathered)
            if self._now is not None and not wanted.is_like(self._now):
                lasts_ms = scene.transition_ms if self._now.main is not None else 0  # the first source is there at once
                self._change(self._now, gathered, now_ms, lasts_ms)
            self._now = wanted
            self._draw(wanted, gathered, target, now_ms)
            self._count_offset(wanted, gathered)
        self.in_use = wanted.runners | (self._fade.runners if self._fade is not None else frozenset())

    def _arranged(self, cast: Cast, scene: Scene, gathered: Gathered) -> Arrangement:
        """The arrangement that ``scene`` asks for, as far as its sources give pictures."""
        before = self._now
        main = _main(cast.main, before.main if before else None, gathered)
        inset = _other(cast.inset, before.inset if before else None, gathered) if scene.inset else None
        key = scene.key
        if before is not None and before.key is None and _is_awaited(cast.backdrop, gathered):
            key = None  # else it would fade to darkness first
        backdrop = _other(cast.backdrop, before.backdrop if before else None, gathered) if key else None
        look = replace(scene.look, smoothing=0) if self.spares_effects else scene.look
        return Arrangement(main, inset, backdrop, look, key, scene.inset)

    def _change(self, before: Arrangement, gathered: Gathered, now_ms: int, lasts_ms: int) -> None:
        """Begin a cut or a fade away from what is seen now."""
        if lasts_ms <= 0:
            self._end_fade()
            self._drawn.close()
        elif self._fade is None:
            self._fade = _Fade(Transition(now_ms, lasts_ms), before, self._drawn)
        else:
            still = self.pool.lend()
            self._draw(before, gathered, still.frame, now_ms)
            self._end_fade()
            self._drawn.close()
            self._fade = _Fade(Transition(now_ms, lasts_ms), None, still)
        self._drawn = ArrangementPicture(self.pool)

    def _draw(self, wanted: Arrangement, gathered: Gathered, target: I420Frame, now_ms: int) -> None:
        self._drawn.draw(wanted, gathered, target)
        if self._fade is None:
            return
        share = self._fade.transition.share(now_ms)
        if share >= 1:
            self._end_fade()
            return
        older = self.pool.lend()
        cross_fade(self._fade.picture(gathered, older.frame), target, share, target)
        older.release()

    def _end_fade(self) -> None:
        if self._fade is not None:
            self._fade.close()
            self._fade = None

    def _count_offset(self, wanted: Arrangement, gathered: Gathered) -> None:
        main = wanted.main
        if main is not None and main.is_live:
            self.offset_ms = 0.0  # it has no time of its own to be behind of
        elif main is not None and gathered.of(main) is not None:
            self.offset_ms += OFFSET_WEIGHT * (gathered.behind_s(main) * 1000 - self.offset_ms)


class _Fade:
    """A fade under way, away from an arrangement that lives on or from a still picture."""

    def __init__(self, transition: Transition, of: Arrangement | None, drawn: ArrangementPicture | PooledFrame) -> None:
        self.transition = transition
        self._of = of
        self._drawn = drawn

    @property
    def runners(self) -> frozenset[SourceRunner]:
        return self._of.runners if self._of is not None else frozenset()

    def picture(self, gathered: Gathered, into: I420Frame) -> I420Frame:
        """What is faded away from, at this moment; ``into`` may be used for it."""
        if isinstance(self._drawn, PooledFrame):
            return self._drawn.frame
        if self._of is not None:
            self._drawn.draw(self._of, gathered, into)
        return into

    def close(self) -> None:
        if isinstance(self._drawn, PooledFrame):
            self._drawn.release()
        else:
            self._drawn.close()


def propose_balance(cast: Cast, key: ChromaKey | None) -> Look | None:
    """The white balance that makes the camera's newest picture grey, its screen left out; None without a picture."""
    picture = cast.main.newest() if cast.main is not None else None
    if picture is None:
        return None
    try:
        if key is None:
            return balanced(picture.frame)
        found = screen_colour(picture.frame, key.uv) if key.is_measured else key.uv
        return balanced(picture.frame, alpha_of(picture.frame, replace(key, uv=found)) if found else None)
    finally:
        picture.release()


def _main(wanted: SourceRunner | None, before: SourceRunner | None, gathered: Gathered) -> SourceRunner | None:
    """The old source stays until the new one has a picture; only one that had to end first gives way to a lost one."""
    if wanted is None or before is None or wanted is before or gathered.of(wanted) is not None:
        return wanted
    return wanted if before.is_ended and wanted.is_lost else before


def _is_awaited(runner: SourceRunner | None, gathered: Gathered) -> bool:
    return runner is not None and runner.is_coming and gathered.of(runner) is None


def _other(wanted: SourceRunner | None, before: SourceRunner | None, gathered: Gathered) -> SourceRunner | None:
    """An inset or backdrop; None when it is lost or has not come."""
    if wanted is None:
        return None
    if gathered.of(wanted) is not None:
        return None if wanted.is_lost else wanted
    is_of_use = before is not None and before is not wanted and not before.is_ended and not before.is_lost
    return before if is_of_use else None
