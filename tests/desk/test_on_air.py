"""The one state on air: never better than what left the machine, with the worst reason first."""

from __future__ import annotations

import string
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.core import i18n
from studio.desk.on_air import RULES, SILENT_S, STALE_S, Progress, Seen, judge, room_closes_in_s, warnings
from studio.video.facts import HealthTicked
from studio.video.health import PushState, RecordingHealth, SoundHealth, SourceHealth, SourceState
from tests.desk.doubles import Stage, play
from tests.desk.healths import a_health, a_push


def seen(health=None, *, is_live=True, now_s=100.0, progress=None):
    health = health or a_health()
    progress = progress or Progress(heard_s=99.5, accepted=1000, accepted_s=99.5)
    return Seen(is_live=is_live, health=health, progress=progress, canvas_fps=30, now_s=now_s)


def source(state):
    return a_health(source=SourceHealth(name="camera", state=state))


CASES = [
    (seen(), "live", "live"),
    (seen(is_live=False), "off_air", "off_air"),
    (seen(progress=Progress(heard_s=90.0, accepted_s=90.0)), "stuttering", "stale"),
    (seen(a_health(pushes=())), "off_air", "push_off"),
    *[
        (seen(a_health(pushes=(a_push(state=state),))), "off_air", f"push_{state.value}")
        for state in PushState
        if state is not PushState.LIVE
    ],
    (seen(progress=Progress(heard_s=99.5, accepted_s=100 - SILENT_S - 0.1)), "off_air", "push_silent"),
    *[(seen(source(state)), "stuttering", f"source_{state.value}") for state in SourceState if state.value != "ok"],
    (seen(a_health(fps=17.0)), "stuttering", "slow"),
    (seen(progress=Progress(heard_s=99.5, accepted_s=99.5, dropped_s=97.0)), "stuttering", "dropping"),
    (seen(progress=Progress(heard_s=99.5, accepted_s=99.5, push_dropped_s=97.0)), "stuttering", "push_slow"),
    (seen(a_health(recording=RecordingHealth(is_on=True, path="a"))), "stuttering", "recording_stuck"),
]


@pytest.mark.parametrize(("case", "state", "key"), CASES, ids=[key for _, _, key in CASES])
def test_each_trouble_has_its_state_and_a_reason(case, state, key):
    verdict = judge(case)
    assert (verdict.state, verdict.reason_key) == (state, f"health.{key}")
    for language in i18n.LANGUAGES:
        text = i18n.texts(language)[verdict.reason_key]
        assert {name for _, name, _, _ in string.Formatter().parse(text) if name} == verdict.reason_args.keys()


def test_the_platform_decides_and_extra_targets_only_warn():
    health = a_health(pushes=(a_push(), a_push("village", PushState.REFUSED), a_push("team", PushState.CONNECTING)))
    assert judge(seen(health)).state == "live"
    assert [(one.reason_key, one.reason_args) for one in warnings(seen(health))] == [
        ("health.extra_refused", {"name": "village"})
    ]
    for reason_key, expected in (("", ()), ("video.push.unreachable", ("health.extra_connecting",))):
        trying = a_health(pushes=(a_push("hub"), a_push("village", state=PushState.CONNECTING, reason_key=reason_key)))
        assert tuple(reason.reason_key for reason in warnings(seen(trying))) == expected
    only_extra = a_health(pushes=(a_push("village"),))
    assert judge(seen(only_extra)).reason_key == "health.push_off"


def test_silent_microphone_and_lower_quality_are_said():
    health = a_health(sound=SoundHealth(name="mic", state=SourceState.LOST), quality_step=1)
    assert [one.reason_key for one in warnings(seen(health))] == ["health.sound_lost", "health.quality"]
    assert not warnings(seen(a_health(quality_step=1, is_quality_pinned=True)))


def test_picture_and_sound_apart_for_seconds_are_said_with_the_remedy():
    progress = Progress()
    for second, ms in enumerate([3.0, 55.0, -80.0, 55.0, 55.0, 55.0, -61.4]):
        health = a_health(av_offset_ms=ms)
        progress = progress.after(health, float(second), is_live=True)
        said = warnings(seen(health, progress=progress, now_s=float(second)))
        assert bool(said) == (second == 6)
    assert (said[0].reason_key, said[0].reason_args) == ("health.apart", {"ms": 61})
    for language in i18n.LANGUAGES:
        assert "{ms}" in i18n.texts(language)["health.apart"]
    together = progress.after(a_health(av_offset_ms=39.0), 7.0, is_live=True)
    assert not warnings(seen(progress=together, now_s=20.0))


@given(
    st.lists(
        st.tuples(st.integers(0, 3), st.sampled_from(PushState), st.booleans(), st.sampled_from([0.5, 1.0, 3.0])),
        min_size=1,
        max_size=60,
    )
)
def test_never_green_when_nothing_left_in_the_last_seconds(story):
    """Whatever the push says of itself: no byte for so long, no green; and no figures for so long, no green."""
    progress, now_s, accepted, moved_s = Progress(), 0.0, 0, 0.0
    for grown, state, is_heard, passed_s in story:
        now_s += passed_s
        if is_heard:
            accepted += grown * 1000
            moved_s = now_s if grown or progress.heard_s is None else moved_s
            health = a_health(pushes=(a_push(state=state, bytes_accepted=accepted),))
            progress = progress.after(health, now_s, is_live=True)
            is_green = judge(seen(health, progress=progress, now_s=now_s)).state == "live"
            assert not is_green or (state is PushState.LIVE and now_s - moved_s <= SILENT_S)
        elif progress.heard_s is not None and now_s - progress.heard_s > STALE_S:
            assert judge(seen(progress=progress, now_s=now_s)).state != "live"


def test_counts_that_begin_again_are_movement_and_old_drops_are_forgotten():
    first = Progress().after(a_health(dropped=500), 1.0, is_live=True)
    assert first.dropped_s == float("-inf")  # from before we looked
    second = first.after(a_health(dropped=501, pushes=(a_push(bytes_accepted=5),)), 2.0, is_live=True)
    assert (second.accepted_s, second.dropped_s) == (2.0, float("-inf"))  # one frame is not seen
    third = second.after(a_health(dropped=510, pushes=(a_push(bytes_accepted=5, dropped=1),)), 3.0, is_live=True)
    assert (third.accepted_s, third.dropped_s, third.push_dropped_s) == (2.0, 3.0, 3.0)


def test_room_closes_in_so_many_seconds():
    down = a_health(pushes=(a_push(state=PushState.RECONNECTING),))
    lost = Progress(heard_s=99.9, accepted_s=80.0)
    assert room_closes_in_s(seen(down, progress=lost), 60) == 40
    assert room_closes_in_s(seen(down, progress=Progress(heard_s=99.9, accepted_s=10.0)), 60) == 0
    assert room_closes_in_s(seen(progress=lost), 60) == 40  # says live and takes nothing
    assert room_closes_in_s(seen(), 60) is None
    assert room_closes_in_s(seen(down, progress=lost, is_live=False), 60) is None


def test_every_rule_is_tried():
    assert {state for state, _ in RULES} == {"off_air", "stuttering"}
    assert len({key for _, _, key in CASES}) >= len(RULES)


def test_snapshot_says_it_and_counts_down(tmp_path: Path) -> None:
    async def story(stage: Stage) -> None:
        await stage.live()
        for accepted in (1000, 2000):
            stage.clock.advance(1)
            stage.desk.hear([HealthTicked(health=a_health(pushes=(a_push(bytes_accepted=accepted),)))])
        health = stage.desk.snapshot()["health"]
        assert (health["state"], health["reason_key"], health["room_closes_in_s"]) == ("live", "health.live", None)
        assert health["quality"]["kbps"] == 2500 and health["virtual_camera"]["state"] == "off"
        for _ in range(5):
            stage.clock.advance(1)
            stage.desk.hear([HealthTicked(health=a_health(pushes=(a_push(bytes_accepted=2000),)))])
        health = stage.desk.snapshot()["health"]
        assert (health["state"], health["reason_key"], health["room_closes_in_s"]) == (
            "off_air",
            "health.push_silent",
            55,
        )
        sample = stage.store.health(stage.desk.state.session.id)[-1]
        assert sample["quality_step"] == 0 and sample["av_offset_ms"] == 3.0 and sample["pushes"]["hub"][0] == "live"

    play(story, tmp_path)
