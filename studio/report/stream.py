"""Stream health in figures: what was encoded, what left the machine, what the hub decoded."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from statistics import fmean, median
from typing import Any

from studio.report.data import HealthSample

POINTS = 480
"""As many points as a chart of the report can show apart."""

INGEST_KEYS = (
    "state",
    "connects",
    "refused",
    "frames_received",
    "frames_decoded",
    "decode_errors",
    "audio_frames",
    "bytes",
    "bitrate_bps",
    "width",
    "height",
)


def grown(counts: Iterable[int]) -> int:
    """How far a counter went up in all; it counted before the show began, and from 0 when the program was started again."""
    total = 0
    before: int | None = None
    for count in counts:
        if before is not None:
            total += count - before if count >= before else count
        before = count
    return total


def stream(samples: Sequence[HealthSample], ingest: Mapping[str, Any] | None) -> dict[str, Any]:
    """The ``stream`` part of a report; figures are None where nothing was measured."""
    encoded = grown(sample.frames_encoded for sample in samples)
    received = dict(ingest) if ingest is not None else {}
    decoded = int(received.get("frames_decoded") or 0)
    # a push that starts after the encoder misses frames: the wire's own count is the fallback, not the rule
    sent = encoded or int(received.get("frames_received") or 0)
    return {
        "seconds_measured": len(samples),
        "fps_median": round(median(s.fps for s in samples), 2) if samples else None,
        "fps_lowest": round(min(s.fps for s in samples), 2) if samples else None,
        "bitrate_mean_bps": round(fmean(s.bitrate_bps for s in samples)) if samples else None,
        "dropped": grown(s.dropped for s in samples),
        "late": grown(s.late for s in samples),
        "bytes": grown(s.bytes for s in samples),
        "frames_encoded": encoded or None,
        "ingest": {key: received.get(key) for key in INGEST_KEYS} if ingest is not None else None,
        "missed_frames": max(0, sent - decoded) if ingest is not None else None,
        "decoded_share": round(min(1.0, decoded / sent), 4) if ingest is not None and sent else None,
        "samples": thinned(samples),
    }


def thinned(samples: Sequence[HealthSample], points: int = POINTS) -> list[dict[str, Any]]:
    """At most ``points`` samples: the lowest rate of each stretch, so that no stutter is smoothed away."""
    step = max(1, -(-len(samples) // points))
    thin: list[dict[str, Any]] = []
    for start in range(0, len(samples), step):
        part = samples[start : start + step]
        thin.append(
            {
                "at_ms": part[0].at_ms,
                "fps": round(min(s.fps for s in part), 2),
                "bitrate_bps": round(fmean(s.bitrate_bps for s in part)),
                "dropped": part[-1].dropped,
                "late": part[-1].late,
            }
        )
    return thin
