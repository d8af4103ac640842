"""Sources (采集源): camera, media file, still, network stream, test pattern, each in one file.

A source runs on a thread of its own (`runner`) and hands over pictures of the canvas's size with the time they are due.
May import `studio.video`, av, cv2, numpy. `spec` alone is light and is what other rooms use.
Add one: a subclass of `source.Source` in its own file, registered in `registry.SOURCES`, and its word in `SourceSpec.parse`.
"""

from studio.video.sources.spec import SourceSpec

__all__ = ["SourceSpec"]
