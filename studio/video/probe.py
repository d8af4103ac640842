"""Looks into a media file without decoding it."""

from __future__ import annotations

from pathlib import Path

import av

from studio.core.errors import UserError


def length_s(path: Path) -> float:
    """The playable length of a recording in seconds, also of one that was cut off; raises UserError when it is none."""
    try:
        with av.open(str(path)) as container:
            stream = container.streams.video[0]
            last = max(
                (
                    float(p.pts * p.time_base) + float((p.duration or 0) * p.time_base)
                    for p in container.demux(stream)
                    if p.pts is not None
                ),
                default=0.0,
            )
            return last - float((stream.start_time or 0) * stream.time_base)
    except (av.FFmpegError, IndexError) as error:
        raise UserError("error.video_file.unreadable", path=path, reason=error) from error
