"""An arrangement of sources, and how it is drawn: what is costly is made once for each new picture."""

from __future__ import annotations

from dataclasses import dataclass
from types import TracebackType

from studio.video import look as looks
from studio.video.chroma_key import Keyer
from studio.video.framepool import FramePool, PooledFrame
from studio.video.picture_in_picture import framed, lay_in
from studio.video.planes import BLACK_UV, BLACK_Y, I420Frame
from studio.video.scene import PLAIN, ChromaKey, Look, PictureInPicture
from studio.video.slate import slate
from studio.video.sources.runner import SourceRunner

DARK_Y = 40


@dataclass(frozen=True, eq=False)
class Arrangement:
    """Which sources make the picture under the overlays, and what is done to them."""

    main: SourceRunner | None
    inset: SourceRunner | None
    backdrop: SourceRunner | None
    look: Look
    key: ChromaKey | None
    place: PictureInPicture | None

    def is_like(self, other: Arrangement) -> bool:
        """Whether the same things are seen, though perhaps with other settings."""
        return (self.main, self.inset, self.backdrop, self.key is None) == (
            other.main,
            other.inset,
            other.backdrop,
            other.key is None,
        )

    @property
    def runners(self) -> frozenset[SourceRunner]:
        """The sources that are seen."""
        return frozenset(one for one in (self.main, self.inset, self.backdrop) if one is not None)


class Gathered:
    """The picture of each source at one moment, asked for once and given back at the end."""

    def __init__(self, at_s: float) -> None:
        self._at_s = at_s
        self._known: dict[SourceRunner, tuple[PooledFrame | None, float]] = {}

    def of(self, runner: SourceRunner) -> PooledFrame | None:
        """The source's picture, if it has given one."""
        if runner not in self._known:
            self._known[runner] = runner.picture_at(self._at_s)
        return self._known[runner][0]

    def behind_s(self, runner: SourceRunner) -> float:
        """How long ago that picture was due."""
        return self._known[runner][1]

    def __enter__(self) -> Gathered:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        for picture, _behind_s in self._known.values():
            if picture is not None:
                picture.release()


class ArrangementPicture:
    """Draws an arrangement; keeps what it made of a picture until there is another one."""

    def __init__(self, pool: FramePool) -> None:
        self._pool = pool
        self._treated = _Treated(pool)
        self._last: PooledFrame | None = None
        self._slate: I420Frame | None = None
        self._small: tuple[PooledFrame, PictureInPicture, I420Frame] | None = None

    def draw(self, wanted: Arrangement, gathered: Gathered, target: I420Frame) -> None:
        """Draw ``wanted`` into ``target``, all of which is overwritten."""
        if wanted.main is None:
            target.fill(BLACK_Y, BLACK_UV, BLACK_UV)
        else:
            self._draw_main(wanted, wanted.main, gathered, target)
        picture = gathered.of(wanted.inset) if wanted.inset is not None else None
        if picture is not None and wanted.place is not None:
            lay_in(target, self._framed(picture, wanted.place), wanted.place)
        else:
            self._forget_small()

    def close(self) -> None:
        """Give every picture back."""
        self._treated.close()
        self._forget_small()
        if self._last is not None:
            self._last.release()
            self._last = None

    def _draw_main(self, wanted: Arrangement, main: SourceRunner, gathered: Gathered, target: I420Frame) -> None:
        if not main.is_lost:
            self._slate = None
        elif self._slate is not None:
            target.copy_from(self._slate)
            return
        picture = self._keep(gathered.of(main))
        if picture is None:
            target.fill(BLACK_Y, BLACK_UV, BLACK_UV)
        else:
            backdrop = gathered.of(wanted.backdrop) if wanted.backdrop is not None else None
            target.copy_from(self._treated.frame(picture, backdrop, wanted.look, wanted.key))
        if main.is_lost:
            self._slate = slate(target if picture is not None else None, self._pool.canvas)
            target.copy_from(self._slate)

    def _keep(self, picture: PooledFrame | None) -> PooledFrame | None:
        """The newest picture stays on air while its source gives no other (a device that is opened again)."""
        if picture is not None and picture is not self._last:
            if self._last is not None:
                self._last.release()
            self._last = picture.hold()
        return self._last

    def _framed(self, picture: PooledFrame, place: PictureInPicture) -> I420Frame:
        if self._small is None or self._small[0] is not picture or self._small[1] != place:
            small = framed(picture.frame, place, self._pool.canvas)
            held = picture.hold()
            self._forget_small()
            self._small = (held, place, small)
        return self._small[2]

    def _forget_small(self) -> None:
        if self._small is not None:
            self._small[0].release()
            self._small = None


class _Treated:
    """The camera's picture with look and key, made once for each new picture; a plain one costs nothing."""

    def __init__(self, pool: FramePool) -> None:
        self._pool = pool
        self._keyer = Keyer()
        self._own: PooledFrame | None = None
        self._dark: I420Frame | None = None
        self._of: tuple[PooledFrame, PooledFrame | None, Look, ChromaKey | None] | None = None

    def frame(self, picture: PooledFrame, backdrop: PooledFrame | None, look: Look, key: ChromaKey | None) -> I420Frame:
        if look == PLAIN and key is None:
            self.close()
            return picture.frame
        if self._own is None:
            self._own = self._pool.lend()
        wanted = (picture, backdrop, look, key)
        if wanted != self._of:
            self._make(self._own.frame, *wanted)
            for one in (picture, backdrop):
                if one is not None:
                    one.hold()
            self._let_go()
            self._of = wanted
        return self._own.frame

    def close(self) -> None:
        self._let_go()
        if self._own is not None:
            self._own.release()
            self._own = None

    def _make(
        self, own: I420Frame, picture: PooledFrame, backdrop: PooledFrame | None, look: Look, key: ChromaKey | None
    ) -> None:
        source = picture.frame
        if look != PLAIN:
            own.copy_from(source)
            looks.apply(own, look)
            source = own
        if key is not None:
            self._keyer.key_over(source, backdrop.frame if backdrop is not None else self._darkness(), key, own)

    def _darkness(self) -> I420Frame:
        """What is seen behind a key without a backdrop, or when it is lost."""
        if self._dark is None:
            self._dark = I420Frame(self._pool.canvas.width, self._pool.canvas.height)
            self._dark.fill(DARK_Y, BLACK_UV, BLACK_UV)
        return self._dark

    def _let_go(self) -> None:
        if self._of is not None:
            for one in self._of[:2]:
                if one is not None:
                    one.release()
            self._of = None
