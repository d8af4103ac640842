"""Verbs of the sound: saved, applied at once and at the next start, refused where they make no sense."""

from __future__ import annotations

import numpy as np

from studio.video.sound.spec import AT_FIRST, MOST_INPUTS, SoundInput, from_plain, to_plain
from tests.desk.doubles import play
from tests.refused import refused


def heard(stage):
    """The inputs that the picture machine was given last."""
    return [args[0] for name, args in stage.picture.told if name == "set_sound"][-1]


def test_inputs_are_added_set_and_removed_and_there_again_after_a_restart(tmp_path):
    async def story(stage):
        await stage.do("sound.add", address="mic:USB Mic")
        camera, mic = heard(stage)
        assert (camera.address, mic.address, mic.gain_db) == ("camera", "mic:USB Mic", 0.0)
        settings = {"gain_db": -6.5, "is_muted": True, "delay_ms": 120, "is_denoised": True}
        await stage.do("sound.set", input_id=mic.id, **settings)
        assert vars(heard(stage)[1]) == {"id": mic.id, "address": "mic:USB Mic", **settings}
        stage = await stage.again()
        shown = stage.desk.snapshot()["setup"]["sound"]["inputs"]
        assert [one["address"] for one in shown] == ["camera", "mic:USB Mic"]
        assert shown[1] == {"id": mic.id, "address": "mic:USB Mic", "name": "USB Mic", **settings}
        await stage.do("sound.remove", input_id="camera")
        assert [one.id for one in heard(stage)] == [mic.id]
        assert "USB Mic" in stage.desk.snapshot()["log"][1]["text"]
        return stage

    play(story, tmp_path)


def test_what_makes_no_sense_is_refused_and_changes_nothing(tmp_path):
    async def story(stage):
        with refused("sound.no_such_address"):
            await stage.do("sound.add", address="radio")
        with refused("sound.already_there"):
            await stage.do("sound.add", address="camera")
        with refused("sound.bad_file"):
            await stage.do("sound.add", address=f"file:{tmp_path / 'none.mp3'}")
        with refused("sound.no_such_input"):
            await stage.do("sound.remove", input_id="none")
        for gain_db, delay_ms in ((21.0, 0), (-61.0, 0), (0.0, -1), (0.0, 2001), (float("nan"), 0)):
            with refused("sound.delay" if gain_db == 0.0 else "sound.gain"):
                await stage.do(
                    "sound.set",
                    input_id="camera",
                    gain_db=gain_db,
                    is_muted=False,
                    delay_ms=delay_ms,
                    is_denoised=False,
                )
        assert stage.desk.snapshot()["setup"]["sound"]["inputs"][0]["gain_db"] == 0.0
        for number in range(MOST_INPUTS - 1):
            await stage.do("sound.add", address=f"mic:{number}")
        with refused("sound.too_many"):
            await stage.do("sound.add", address="mic:one more")

    play(story, tmp_path)


def test_saved_sound_that_is_broken_costs_only_what_is_broken():
    plain = to_plain((*AT_FIRST, SoundInput(id="m", address="mic:a", gain_db=3.0, delay_ms=40)))
    assert from_plain(plain) == ((*AT_FIRST, SoundInput(id="m", address="mic:a", gain_db=3.0, delay_ms=40)), [])
    assert from_plain(None) == (AT_FIRST, [])
    assert from_plain({"inputs": "no"})[0] == AT_FIRST
    rows = [
        None,
        {"address": "radio"},
        {"id": "x", "address": "camera", "gain_db": 99.0},
        {"address": "mic", "delay_ms": "1"},
    ]
    inputs, faults = from_plain({"inputs": rows})
    assert [(one.address, one.gain_db, one.delay_ms) for one in inputs] == [("camera", 0.0, 0), ("mic:default", 0.0, 0)]
    assert len(faults) == 4


def test_health_of_the_sound_is_in_the_snapshot(tmp_path):
    from studio.desk.snapshot_health import _sound
    from studio.video.health import InputHealth, SoundHealth, SourceState

    one = InputHealth(id="camera", name="camera", state=SourceState.OK, peak_db=-20.0)
    shown = _sound(SoundHealth(name="", state=SourceState.OK, inputs=(one,)))
    assert shown["inputs"][0]["state"] == "ok" and shown["loudness_lufs"] == -70.0
    assert np.isfinite(shown["limiter_db"])
