"""How a recording is cut up into files (录制分段), as it is saved and as the picture machine wants it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from studio.video.outputs.recorder import Segments

SETUP = "outputs"
MOST_MINUTES = 24 * 60
LEAST_MB, MOST_MB = 50, 1_000_000


@dataclass(frozen=True, kw_only=True)
class SegmentSetup:
    """When a recording goes on in another file; 0 is never. By default each hour: the index of an MP4 lives in memory until
    its file is closed (20 MB an hour), and a stick formatted as FAT32 takes no file of 4 GB."""

    segment_minutes: int = 60
    segment_megabytes: int = 0

    @classmethod
    def read(cls, setup: dict[str, dict[str, Any]]) -> SegmentSetup:
        """From saved values; what is missing or broken is the default."""
        outputs = setup.get(SETUP, {})
        values = {name: outputs[name] for name in cls.__annotations__ if type(outputs.get(name)) is int}
        found = cls(**values)
        return found if found.is_possible else cls()

    @property
    def is_possible(self) -> bool:
        """Whether a recording can be cut up like this."""
        is_size = self.segment_megabytes == 0 or LEAST_MB <= self.segment_megabytes <= MOST_MB
        return 0 <= self.segment_minutes <= MOST_MINUTES and is_size

    @property
    def segments(self) -> Segments:
        """As the picture machine wants it."""
        return Segments(max_s=self.segment_minutes * 60.0 or None, max_bytes=self.segment_megabytes * 1_000_000 or None)
