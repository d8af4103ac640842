"""Marks (切点): the first frame of a new item, told to the desk once it is encoded, with its place in the recording."""

from __future__ import annotations

from collections.abc import Callable

from studio.core.events import Fact
from studio.video.compositor import Mark
from studio.video.facts import SceneShown
from studio.video.packets import EncodedPacket


class Marks:
    """Between the compositor, which sets a mark, and the encoder, whose packet makes it a fact."""

    def __init__(self, fps: int, place: Callable[[int, int], tuple[str, float] | None]) -> None:
        self._fps = fps
        self._place = place
        self._mark: Mark | None = None

    def put(self, mark: Mark | None) -> None:
        """From the compositor, with each frame; None: the item goes on."""
        if mark is not None:
            self._mark = mark

    def look(self, packet: EncodedPacket, tell: Callable[[Fact], None]) -> None:
        """From the encoder, with each packet that the outputs have."""
        mark = self._mark
        if mark is not None and packet.is_video and packet.pts >= mark.frame_index:
            self._mark = None
            tell(self._shown(mark, packet.pts))

    def _shown(self, mark: Mark, pts: int) -> SceneShown:
        place = self._place(pts, self._fps)
        return SceneShown(
            scene_version=mark.scene.version,
            item_id=mark.scene.item_id,
            frame_index=pts,
            pts_s=place[1] if place else None,
            at_ms=mark.at_ms,
            recording=place[0] if place else None,
        )
