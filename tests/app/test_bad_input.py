"""What goes wrong in a real show: each ends in a clear message, nothing lost, the show goes on, the exit code says so."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.app.shows import ROOT, run
from tests.media import no_video
from tests.survival.stage import HubStage, decoded, stage

pytestmark = [pytest.mark.timeout(240), pytest.mark.alone]


def test_a_camera_file_that_is_no_video_and_a_rundown_with_unknown_products(tmp_path: Path) -> None:
    rundown = tmp_path / "rundown.json"
    items = [{"product_id": "p00000001", "planned_s": 4}, {"product_id": "nothing-like-it"}]
    rundown.write_text(json.dumps({"title": "试播", "items": items}))
    show = run(
        tmp_path, "--camera", str(no_video(tmp_path / "clip.mp4")), "--rundown", str(rundown), "--minutes", "0.1"
    )
    assert show.exit_code == 1, show.output
    assert "nothing-like-it" in show.output
    assert "clip.mp4" in show.output
    assert "Traceback" not in show.output
    frames, seconds = decoded(show.recording)
    assert seconds > 3
    assert frames > 80


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["rehearse", "--headless", "--camera", "no/such.mp4"], "no/such.mp4"),
        (["rehearse", "--headless", "--rundown", "no.json"], "no.json"),
        (["rehearse", "--headless", "--canvas", "31x7"], "31x7"),
        (["rehearse", "--minutes", "0"], "minutes"),
        (["rehearse", "--headless", "--hub", "nowhere"], "hub.json"),
        (["show", "report"], "rehearse"),
        (["pool", "import", "no.jsonl"], "no.jsonl"),
        (["dance"], "dance"),
    ],
)
def test_wrong_use_is_told_in_one_line_and_exits_with_2(tmp_path: Path, words: list[str], said: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "studio", "--data", str(tmp_path), "--language", "en", *words],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        timeout=60,
    )
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def fault(hub: HubStage, path: str, mode: str, times: int = 3) -> None:
    hub.ask("POST", "/v1/faults", {"path": path, "method": "*", "mode": mode, "times": times, "hold_s": 2})


def test_a_hub_that_fails_in_every_way_costs_no_recorded_second(tmp_path: Path) -> None:
    """500 on features, nonsense and cuts in the feeds, a slow pool, and a push that is cut."""
    with stage(tmp_path, minutes=0.3, speed=5) as (hub, studio):
        fault(hub, "/pool/products$", "slow", 1)
        studio.start()
        studio.wait_for("Took no. 1")
        fault(hub, "/feature$", "status_500")
        fault(hub, "/events$", "garbage")
        fault(hub, "/orders$", "drop")
        hub.ask("POST", "/v1/faults/push", {"mode": "cut"})
        assert studio.wait(120) == 1
        saved = studio.saved()
        assert "show.end" in saved.verbs
        assert len(saved.recordings) == 1
        _, seconds = decoded(studio.out / saved.recordings[0].path)
        assert seconds > 0.3 * 60
        text = "\n".join(studio.lines)
        assert " was lost. " in text and "The recording is not affected." in text
        assert "did not pin the product" in text
        assert "Traceback" not in text


def test_a_hub_that_dies_for_good_does_not_stop_the_show(tmp_path: Path) -> None:
    with stage(tmp_path, minutes=0.3) as (hub, studio):
        studio.start()
        studio.wait_for("Took no. 2")
        hub.close()
        assert studio.wait(120) == 1
        assert "show.end" in studio.saved().verbs
        text = "\n".join(studio.lines)
        assert "does not answer" in text
        assert "Traceback" not in text


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 64 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if (
        os.geteuid() != 0
        or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", folder], check=False).returncode
    ):
        pytest.skip("mounting a small disk needs root")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


def test_a_full_disk_ends_the_recording_not_the_show(tmp_path: Path, small_disk: Path) -> None:
    (small_disk / "others").write_bytes(b"\0" * 62_000_000)
    done = subprocess.run(
        [sys.executable, "-m", "studio", "--data", str(tmp_path / "data"), "--language", "en", "rehearse", "--headless"]
        + ["--minutes", "0.4", "--out", str(small_disk)],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        timeout=120,
    )
    text = done.stdout + done.stderr
    assert done.returncode == 1, text
    assert "Took no. 5" in text
    assert "disk" in text
    assert "Traceback" not in text
    frames, _ = decoded(next(iter(small_disk.glob("*.mp4"))))
    assert frames > 10
