"""How much of a source picture is cut off at each side (裁剪)."""

from __future__ import annotations

from typing import NamedTuple

from studio.core.errors import UserError

LEAST_LEFT = 0.05


class Crop(NamedTuple):
    """Shares (0 to 1) cut off the upright source picture, before it is turned and mirrored."""

    left: float = 0.0
    top: float = 0.0
    right: float = 0.0
    bottom: float = 0.0

    @classmethod
    def parse(cls, text: str) -> Crop:
        """Read ``"0.1,0,0.1,0"`` (left, top, right, bottom), empty for all of the picture; raises UserError."""
        if not text.strip():
            return WHOLE
        try:
            left, top, right, bottom = (float(part) for part in text.split(","))
        except ValueError:
            raise UserError("error.video.crop", text=text) from None
        crop = cls(left, top, right, bottom)
        if not all(0 <= share < 1 for share in crop) or min(1 - left - right, 1 - top - bottom) < LEAST_LEFT:
            raise UserError("error.video.crop", text=text)
        return crop

    def __str__(self) -> str:
        """As ``parse`` reads it."""
        return "" if self == WHOLE else ",".join(f"{share:g}" for share in self)

    def turned(self, rotate: int) -> Crop:
        """The same cut of a picture that was turned clockwise by ``rotate`` degrees."""
        turns = rotate // 90 % 4
        return Crop(*(self[(side - turns) % 4] for side in range(4)))

    def rectangle(self, width: int, height: int) -> tuple[int, int, int, int]:
        """What is left of a picture of even sides, as (x, y, width, height), all even."""
        x, across = _span(width, self.left, self.right)
        y, down = _span(height, self.top, self.bottom)
        return x, y, across, down


WHOLE = Crop()


def _span(size: int, before: float, after: float) -> tuple[int, int]:
    start = min(round(size * before / 2) * 2, size - 2)
    return start, max(2, round(size * (1 - after) / 2) * 2 - start)
