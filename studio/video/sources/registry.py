"""All kinds of sources by name; plugins add theirs here too."""

from __future__ import annotations

from studio.core.registry import Registry
from studio.video.sources.device import DeviceSource
from studio.video.sources.media_file import MediaFileSource
from studio.video.sources.screen import ScreenSource, WindowSource
from studio.video.sources.source import Source
from studio.video.sources.still import StillSource
from studio.video.sources.stream import StreamSource
from studio.video.sources.test_pattern import TestPatternSource

SOURCES: Registry[type[Source]] = Registry("source")
for _kind in (TestPatternSource, MediaFileSource, StillSource, DeviceSource, StreamSource, ScreenSource, WindowSource):
    SOURCES.add(_kind.kind, _kind)
