"""One state of being on air (播出状态) from what left this machine, with its reason and remedy: a table, pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from math import ceil
from typing import Any

from studio.video.health import Health, PushHealth, PushState, SourceState

PLATFORM_PUSH = "hub"
"""The push that the viewers see; every other target is somebody's extra."""

STALL_FPS = 0.8
SILENT_S = 2.5
STALE_S = 2.5
TROUBLED_FOR_S = 5.0
DROPS_THAT_SHOW = 3
APART_MS, APART_FOR_S = 40.0, 5.0


@dataclass(frozen=True, kw_only=True)
class Progress:
    """When things last moved, on the monotonic clock; one value follows the other with each health."""

    heard_s: float | None = None
    accepted: int = 0
    accepted_s: float = 0.0
    dropped: int = 0
    dropped_s: float = float("-inf")
    push_dropped: int = 0
    push_dropped_s: float = float("-inf")
    apart_since_s: float | None = None

    def after(self, health: Health, now_s: float, *, is_live: bool) -> Progress:
        """What is known after one more health; before the show is live nothing is missing."""
        push = platform_push(health)
        accepted = push.bytes_accepted if push is not None else 0
        push_dropped = push.dropped if push is not None else 0
        is_first = self.heard_s is None
        is_new_count = 0 < accepted < self.accepted
        has_moved = accepted > self.accepted or is_new_count or not is_live or is_first
        shows_drops = health.dropped - self.dropped >= DROPS_THAT_SHOW and not is_first
        has_push_dropped = push_dropped > self.push_dropped and not is_first
        is_apart = abs(health.av_offset_ms) > APART_MS
        return Progress(
            heard_s=now_s,
            accepted=accepted,
            accepted_s=now_s if has_moved else self.accepted_s,
            dropped=health.dropped,
            dropped_s=now_s if shows_drops else self.dropped_s,
            push_dropped=push_dropped,
            push_dropped_s=now_s if has_push_dropped else self.push_dropped_s,
            apart_since_s=(now_s if self.apart_since_s is None else self.apart_since_s) if is_apart else None,
        )


@dataclass(frozen=True, kw_only=True)
class Seen:
    """Everything the state is judged by."""

    is_live: bool
    health: Health
    progress: Progress
    canvas_fps: int
    now_s: float

    @property
    def push(self) -> PushHealth | None:
        """The platform's push."""
        return platform_push(self.health)


@dataclass(frozen=True, kw_only=True)
class Reason:
    """A text that says what is wrong and what to do."""

    reason_key: str
    reason_args: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Verdict(Reason):
    """``live`` (viewers see it), ``stuttering`` (they see it badly), ``off_air`` (they see nothing)."""

    state: str


def platform_push(health: Health) -> PushHealth | None:
    """The push to the platform, if it is there."""
    return next((push for push in health.pushes if push.name == PLATFORM_PUSH), None)


def judge(seen: Seen) -> Verdict:
    """The first rule that holds; what is shown is never better than what was accepted."""
    for state, rule in RULES:
        reason = rule(seen)
        if reason is not None:
            return Verdict(state=state, reason_key=reason.reason_key, reason_args=reason.reason_args)
    return Verdict(state="live", reason_key="health.live")


def warnings(seen: Seen) -> tuple[Reason, ...]:
    """What does not touch the viewers on the platform, and yet wants a hand."""
    return tuple(reason for rule in WARNINGS for reason in rule(seen))


def room_closes_in_s(seen: Seen, closes_after_s: int) -> int | None:
    """Seconds until the platform closes a room that gets no picture; None while it gets one."""
    if not seen.is_live or seen.progress.heard_s is None:
        return None
    is_up = seen.push is not None and seen.push.state is PushState.LIVE
    silent_s = seen.now_s - seen.progress.accepted_s
    if is_up and silent_s < SILENT_S:
        return None
    return max(0, ceil(closes_after_s - silent_s))


def _not_live(seen: Seen) -> Reason | None:
    return None if seen.is_live else Reason(reason_key="health.off_air")


def _stale(seen: Seen) -> Reason | None:
    heard_s = seen.progress.heard_s
    silent_s = seen.now_s - heard_s if heard_s is not None else 0.0
    return Reason(reason_key="health.stale", reason_args={"seconds": round(silent_s)}) if silent_s > STALE_S else None


def _push_state(seen: Seen) -> Reason | None:
    state = seen.push.state if seen.push is not None else PushState.OFF
    return None if state is PushState.LIVE else Reason(reason_key=f"health.push_{state.value}")


def _push_silent(seen: Seen) -> Reason | None:
    silent_s = seen.now_s - seen.progress.accepted_s
    return Reason(reason_key="health.push_silent") if silent_s > SILENT_S else None


def _source(seen: Seen) -> Reason | None:
    source = seen.health.source
    if source.state is SourceState.OK:
        return None
    return Reason(reason_key=f"health.source_{source.state.value}", reason_args={"name": source.name})


def _slow(seen: Seen) -> Reason | None:
    fps = seen.health.fps
    is_slow = fps < STALL_FPS * seen.canvas_fps
    return Reason(reason_key="health.slow", reason_args={"fps": round(fps, 1)}) if is_slow else None


def _encoder_drops(seen: Seen) -> Reason | None:
    is_recent = seen.now_s - seen.progress.dropped_s < TROUBLED_FOR_S
    return Reason(reason_key="health.dropping") if is_recent else None


def _push_drops(seen: Seen) -> Reason | None:
    is_recent = seen.now_s - seen.progress.push_dropped_s < TROUBLED_FOR_S
    return Reason(reason_key="health.push_slow") if is_recent else None


def _recording_stuck(seen: Seen) -> Reason | None:
    recording = seen.health.recording
    is_stuck = recording.is_on and not recording.is_growing
    return Reason(reason_key="health.recording_stuck") if is_stuck else None


def _other_pushes(seen: Seen) -> tuple[Reason, ...]:
    extras = [one for one in seen.health.pushes if one.name != PLATFORM_PUSH]
    bad = [one for one in extras if one.state not in (PushState.LIVE, PushState.OFF) and not _is_first_try(one)]
    return tuple(Reason(reason_key=f"health.extra_{one.state.value}", reason_args={"name": one.name}) for one in bad)


def _is_first_try(push: PushHealth) -> bool:
    return push.state is PushState.CONNECTING and not push.reason_key


def _sound_gone(seen: Seen) -> tuple[Reason, ...]:
    sound = seen.health.sound
    is_gone = sound.state is SourceState.LOST
    return (Reason(reason_key="health.sound_lost", reason_args={"name": sound.name}),) if is_gone else ()


def _apart(seen: Seen) -> tuple[Reason, ...]:
    since_s = seen.progress.apart_since_s
    if since_s is None or seen.now_s - since_s < APART_FOR_S:
        return ()
    return (Reason(reason_key="health.apart", reason_args={"ms": round(abs(seen.health.av_offset_ms))}),)


def _worse_quality(seen: Seen) -> tuple[Reason, ...]:
    health = seen.health
    is_worse = health.quality_step > 0 and not health.is_quality_pinned
    steps = health.quality_steps
    name = steps[health.quality_step] if health.quality_step < len(steps) else health.encoder_name
    return (Reason(reason_key="health.quality", reason_args={"name": name}),) if is_worse else ()


RULES: tuple[tuple[str, Callable[[Seen], Reason | None]], ...] = (
    ("off_air", _not_live),
    ("stuttering", _stale),
    ("off_air", _push_state),
    ("off_air", _push_silent),
    ("stuttering", _source),
    ("stuttering", _slow),
    ("stuttering", _encoder_drops),
    ("stuttering", _push_drops),
    ("stuttering", _recording_stuck),
)
"""Worst first: the state, and the rule that says why."""

WARNINGS: tuple[Callable[[Seen], tuple[Reason, ...]], ...] = (_other_pushes, _sound_gone, _apart, _worse_quality)
