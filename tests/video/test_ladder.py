"""What is given up when computer or network are weak, in which order, and that it comes back."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.video.encoder import EncoderSettings
from studio.video.facts import QualityChanged, RecordingStarted
from studio.video.ladder import STARTS_FOR_S, Ladder, Load, NetworkRate, rungs
from studio.video.quality import Quality
from studio.video.scene import Canvas, Look, Scene
from tests import media
from tests.video.told import SMALL, Told, engine, until

BAD, GOOD, TIGHT = Load(dropped=4, busy_share=1.2), Load(dropped=0, busy_share=0.3), Load(dropped=0, busy_share=0.68)


@pytest.mark.parametrize(
    ("canvas", "wanted"),
    [
        (Canvas(720, 1280, 30), [("superfast", 720, 1), ("ultraplus", 720, 1), ("ultraplus", 720, 2)]),
        (Canvas(640, 360, 15), [("superfast", 360, 1), ("ultraplus", 360, 1)]),
        (
            Canvas(1080, 1920, 60),
            [
                ("superfast", 1080, 1),
                ("ultraplus", 1080, 1),
                ("superfast", 720, 1),
                ("ultraplus", 720, 1),
                ("ultraplus", 720, 2),
            ],
        ),
    ],
)
def test_rungs_never_go_below_720_lines_or_15_frames(canvas, wanted):
    lines = min(canvas.width, canvas.height)
    assert [(one.preset, round(lines * one.scale), one.every) for one in rungs(canvas)] == wanted
    costs = [one.cost for one in rungs(canvas)]
    assert costs == sorted(costs, reverse=True)


def run(ladder, loads, start_s=0.0):
    """Where the ladder stands after each second."""
    places = []
    for second, load in enumerate(loads):
        ladder.look(start_s + second, load)
        places.append(ladder.at)
    return places


def test_three_bad_seconds_after_the_start_are_one_step_and_the_next_is_half_a_minute_later():
    places = run(Ladder(rungs(Canvas(720, 1280, 30))), [BAD] * 70)
    assert places.index(1) == STARTS_FOR_S
    again = run(Ladder(rungs(Canvas(720, 1280, 30))), [GOOD] * 50 + [BAD] * 5)
    assert again.index(1) == 52
    assert places.index(2) - places.index(1) >= 30


def test_one_lost_picture_a_second_is_no_reason():
    assert set(run(Ladder(rungs(Canvas(720, 1280, 30))), [Load(dropped=1, busy_share=0.3)] * 200)) == {0}


def test_one_bad_second_now_and_then_is_no_reason():
    assert set(run(Ladder(rungs(Canvas(720, 1280, 30))), ([BAD] + [GOOD] * 9) * 20)) == {0}


def test_it_climbs_after_a_good_minute_and_waits_longer_after_it_climbed_too_early():
    ladder = Ladder(rungs(Canvas(720, 1280, 30)))
    places = run(ladder, [BAD] * 12 + [GOOD] * 200)
    climbed = places.index(0, places.index(1))
    assert 60 <= climbed - places.index(1) <= 70
    again = run(ladder, [BAD] * 40 + [GOOD] * 200, start_s=climbed + 5)
    down = again.index(1)
    assert again.index(0, down) - down > 110


def test_it_does_not_climb_where_there_is_no_room():
    places = run(Ladder(rungs(Canvas(720, 1280, 30))), [BAD] * 12 + [TIGHT] * 300)
    assert places[-1] == 1


def test_pinned_it_stays():
    ladder = Ladder(rungs(Canvas(720, 1280, 30)))
    assert ladder.pin(1).preset == "ultraplus"
    assert ladder.pin(1) is None
    assert set(run(ladder, [BAD] * 100)) == {1}
    ladder.pin(None)
    assert run(ladder, [BAD] * 5, start_s=200)[-1] == 2


@given(st.lists(st.sampled_from([BAD, GOOD, TIGHT]), max_size=400))
def test_steps_are_never_closer_than_half_a_minute(loads):
    places = run(Ladder(rungs(Canvas(1080, 1920, 30))), loads)
    steps = [second for second in range(1, len(places)) if places[second] != places[second - 1]]
    assert all(later - earlier >= 30 for earlier, later in zip(steps, steps[1:], strict=False))


def quality_of(settings):
    """The ladder of these settings, with nobody at its end."""
    return Quality(settings, lambda _: None, lambda _: None, lambda _: None)


LINES = st.sampled_from([(320, 240), (640, 360), (720, 1280), (1280, 720), (1080, 1920), (1440, 2560), (2160, 3840)])
CANVASES = st.builds(lambda size, fps: Canvas(*size, fps), LINES, st.integers(15, 60))
LOADS = st.builds(Load, dropped=st.integers(0, 9), busy_share=st.floats(0, 3))
BACKLOGS = st.lists(st.floats(0, 30), max_size=3)
RATES = st.integers(100, 20_000)


@settings(deadline=None, max_examples=60)
@given(CANVASES, st.sampled_from([1.0, 0.5]), st.sampled_from(["superfast", "ultraplus"]))
def test_no_rung_is_below_the_floor_nor_dearer_than_the_one_before(canvas, scale, preset):
    found = quality_of(EncoderSettings(canvas=canvas, scale=scale, preset=preset))._ladder.rungs
    lines = min(canvas.width, canvas.height)
    assert all(min(720, round(lines * scale)) <= round(lines * one.scale) <= round(lines * scale) for one in found)
    assert all(canvas.fps // one.every >= 15 for one in found)
    assert all(a.cost >= b.cost for a, b in zip(found, found[1:], strict=False))
    assert [one.has_effects for one in found] == [True] + [False] * (len(found) - 1)


@settings(deadline=None, max_examples=60)
@given(CANVASES, st.lists(LOADS, max_size=300), st.booleans())
def test_whatever_the_loads_steps_are_one_rung_and_half_a_minute_apart(canvas, loads, has_effects):
    ladder = Ladder(rungs(canvas))
    if has_effects:
        ladder, ladder.can_spare = quality_of(EncoderSettings(canvas=canvas))._ladder, True
    places = run(ladder, loads)
    steps = [second for second in range(1, len(places)) if places[second] != places[second - 1]]
    assert all(later - earlier >= 30 for earlier, later in zip(steps, steps[1:], strict=False))
    assert all(abs(places[second] - places[second - 1]) == 1 for second in steps)
    calm = run(ladder, [GOOD] * 8000, start_s=len(loads))
    assert calm[-1] == 0  # it climbs back to the top, however often it climbed too early


@settings(deadline=None, max_examples=60)
@given(RATES, st.lists(BACKLOGS, max_size=300))
def test_the_rate_stays_between_its_floor_and_what_is_wanted_and_climbs_back(wanted, story):
    rate = NetworkRate(wanted)
    floor = min(wanted, max(NetworkRate.FLOOR_KBPS, round(wanted * NetworkRate.FLOOR_SHARE)))
    for second, backlogs in enumerate(story):
        rate.look(second, backlogs)
        assert floor <= rate.kbps <= wanted
    for second in range(len(story), len(story) + 400):
        rate.look(second, [0.0])
    assert rate.kbps == wanted


@settings(deadline=None, max_examples=60)
@given(RATES, st.lists(st.lists(st.floats(1.3, 30), min_size=1, max_size=3), min_size=80, max_size=120))
def test_under_a_backlog_of_every_target_it_only_falls(wanted, story):
    rate, seen = NetworkRate(wanted), [wanted]
    for second, backlogs in enumerate(story):
        rate.look(second, backlogs)
        seen.append(rate.kbps)
    assert all(a >= b for a, b in zip(seen, seen[1:], strict=False))
    assert seen[-1] == min(wanted, max(NetworkRate.FLOOR_KBPS, round(wanted * NetworkRate.FLOOR_SHARE)))


@settings(deadline=None, max_examples=60)
@given(RATES, st.lists(st.tuples(st.floats(0, 60), st.floats(0, 1.2)), max_size=200))
def test_one_slow_target_of_two_never_lets_it_fall(wanted, story):
    rate = NetworkRate(wanted)
    for second, backlogs in enumerate(story):
        assert rate.look(second, backlogs) is None


def test_rate_falls_with_the_backlog_and_climbs_when_it_is_gone():
    rate, seen = NetworkRate(2500), []
    for second in range(20):
        rate.look(second, [3.0])
        seen.append(rate.kbps)
    assert seen[0] == 1750
    assert seen[-1] == 400
    assert all(a >= b for a, b in zip(seen, seen[1:], strict=False))
    for second in range(20, 400):
        rate.look(second, [0.1])
    assert rate.kbps == 2500


def test_one_slow_target_does_not_cost_the_others_their_picture():
    rate = NetworkRate(2500)
    for second in range(60):
        rate.look(second, [4.0, 0.1])
    assert rate.kbps == 2500
    for second in range(60, 100):
        rate.look(second, [])
    assert rate.kbps == 2500


def test_quality_tells_what_it_changes():
    told, changed, rates = Told(), [], []
    quality = Quality(EncoderSettings(canvas=Canvas(720, 1280, 30)), changed.append, rates.append, told)
    for second in (0, *range(10, 15)):
        quality.look(second, (second * 5, second * 25, second * 1.0), [2.0] if second else [])
    assert [one.preset for one in changed] == ["ultraplus"]
    assert rates == [1750, 1225]
    facts = told.all(QualityChanged)
    assert {one.reason_key for one in facts} == {"video.quality.computer_slow", "video.quality.network_slow"}
    assert (quality.settings.preset, quality.settings.bitrate_kbps, quality.step) == ("ultraplus", 1225, 2)
    quality.pin(99)
    assert changed[-1].every == 2


def seconds_of(quality, count, *, start_s=0, dropped=4, has_effects=True):
    """The step after each second in which the machine lost so many frames."""
    places = []
    for second in range(start_s, start_s + count):
        quality.look(second, (second * dropped, second * 30, second * 0.3), [], has_effects=has_effects)
        places.append(quality.step)
    return places


def test_skin_smoothing_is_given_up_before_anything_that_is_encoded():
    told, changed = Told(), []
    quality = Quality(EncoderSettings(canvas=Canvas(720, 1280, 30)), changed.append, lambda _: None, told)
    places = seconds_of(quality, 30)
    assert (places[-1], quality.spares_effects, changed) == (1, True, [])
    (spared,) = told.all(QualityChanged)
    assert (spared.reason_key, spared.is_step) == ("video.quality.effects_spared", True)
    assert spared.name == quality.steps[1] != quality.steps[0]
    places += seconds_of(quality, 20, start_s=30)
    assert places.index(2) - places.index(1) >= 30
    assert [one.preset for one in changed] == ["ultraplus"] and quality.spares_effects


def test_without_skin_smoothing_there_is_nothing_to_spare():
    changed = []
    quality = Quality(EncoderSettings(canvas=Canvas(720, 1280, 30)), changed.append, lambda _: None, Told())
    assert set(seconds_of(quality, 30, has_effects=False)) == {0, 2}
    seconds_of(quality, 200, start_s=30, dropped=0, has_effects=False)
    assert (quality.step, quality.spares_effects, len(changed)) == (0, False, 2)
    quality.pin(1)
    assert quality.spares_effects and len(changed) == 2  # the encoder goes on as it is
    quality.pin(None)
    seconds_of(quality, 1, start_s=300, dropped=0, has_effects=False)
    assert (quality.step, quality.spares_effects) == (0, False)


def test_spared_effects_leave_the_recording_as_it_is_and_come_back(tmp_path):
    told, out = Told(), tmp_path / "show.mp4"
    with engine(told) as running:
        running.show(Scene(SMALL, (), "berry", 1, look=Look(smoothing=80)))
        feed = running._compositor.clean_feed
        running.start_recording(out)
        running.pin_quality(1)
        until(lambda: feed.spares_effects and feed._now.look.smoothing == 0)
        running.pin_quality(0)
        until(lambda: not feed.spares_effects and feed._now.look.smoothing == 80)
        assert running.health().recording.path == str(out)
    assert len(told.all(RecordingStarted)) == 1
    assert [one.step for one in told.all(QualityChanged)] == [1, 0]


def test_pin_changes_the_picture_and_the_recording_goes_on(tmp_path):
    told = Told()
    wished = EncoderSettings(canvas=Canvas(320, 240, 30))
    with engine(told, "test", wished) as running:
        running.start_recording(tmp_path / "show.mp4")
        until(lambda: running.health().recording.seconds > 0.4)
        running.pin_quality(2)
        told.wait(RecordingStarted, lambda started: started.path.endswith("show.2.mp4"))
        until(lambda: running.health().recording.seconds > 0.4)
        health = running.health()
        assert (health.quality_step, health.encoder_name) == (2, "x264 ultraplus 320x240@30")
        assert health.wanted_bps == wished.bitrate_kbps * 1000
    assert media.look(tmp_path / "show.2.mp4").frames > 8
