"""The doctor tells the truth about this machine, and falls over nothing."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from studio.app import doctor, doctor_machine, doctor_picture, qt_libraries
from studio.app.finding import ok
from studio.core import i18n
from studio.core.paths import Profile

pytestmark = pytest.mark.usefixtures("qapp")


@pytest.fixture
def profile(tmp_path: Path) -> Profile:
    return Profile(tmp_path / "profile").make()


@pytest.fixture(params=i18n.LANGUAGES)
def language(request: pytest.FixtureRequest) -> Iterator[str]:
    before = i18n.language()
    i18n.set_language(request.param)
    yield request.param
    i18n.set_language(before)


def test_every_check_speaks_to_people(profile: Profile, language: str, capsys: pytest.CaptureFixture[str]) -> None:
    doctor.run(profile)
    said = capsys.readouterr().out
    assert "doctor." not in said
    assert "{" not in said
    for entry in doctor.CHECKS:
        assert entry.title() in said
    assert i18n.tr("doctor.virtual_camera") in said.splitlines()[-2]


def test_json_is_one_object_that_agrees_with_the_exit_code(
    profile: Profile, capsys: pytest.CaptureFixture[str]
) -> None:
    code = doctor.run(profile, as_json=True)
    told = json.loads(capsys.readouterr().out)
    assert told["is_ok"] is (code == 0)
    assert [check["name"] for check in told["checks"]] == [entry.name for entry in doctor.CHECKS]
    assert code == int(any(check["state"] == "fail" for check in told["checks"]))
    assert {check["name"] for check in told["checks"] if check["tried"] == "double"} >= {"camera", "virtual_camera"}


def test_the_checks_leave_nothing_behind(profile: Profile) -> None:
    doctor.examine(profile)
    assert list(profile.folder.iterdir()) == []


@pytest.mark.parametrize("check", [doctor_picture.fonts, doctor_picture.encoder, doctor_machine.hub_port])
def test_what_works_here_is_found_to_work(profile: Profile, check: doctor.Check) -> None:
    assert check(profile).state in ("ok", "warn")


def test_a_check_that_breaks_is_a_failure_and_stops_no_other(
    profile: Profile, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(profile: Profile) -> doctor.Finding:
        raise RuntimeError("kaputt")

    entries = (
        doctor.Entry("a", lambda: "甲", broken, "here"),
        doctor.Entry("b", lambda: "乙", lambda profile: ok("能用"), "here"),
    )
    monkeypatch.setattr(doctor, "CHECKS", entries)
    assert doctor.run(profile) == 1
    said = capsys.readouterr().out
    assert "kaputt" in said and "能用" in said


def test_a_missing_library_is_named_with_the_line_that_installs_it(
    profile: Profile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(qt_libraries.sys, "platform", "linux")
    monkeypatch.setitem(qt_libraries._BASE, "libno-such-thing.so.7", "libno-such-thing7")
    found = doctor_machine.qt(profile)
    assert found.state == "fail"
    assert "libno-such-thing.so.7" in found.text
    assert found.remedy.startswith("apt-get install") and "libno-such-thing7" in found.remedy
    assert qt_libraries.missing_qt_libraries() == ["libno-such-thing.so.7"]


def test_fonts_are_not_tried_where_qt_would_abort(profile: Profile, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(qt_libraries.sys, "platform", "linux")
    monkeypatch.setitem(qt_libraries._BASE, "libno-such-thing.so.7", "libno-such-thing7")
    found = {entry.name: finding for entry, finding in doctor.examine(profile)}
    assert found["fonts"].text == i18n.tr("doctor.fonts_no_qt")


def test_a_full_disk_is_a_failure_with_a_remedy(profile: Profile, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage(profile.folder)
    for free, state in ((100_000_000, "fail"), (2_000_000_000, "warn")):
        monkeypatch.setattr(doctor_machine.shutil, "disk_usage", lambda folder, free=free: usage._replace(free=free))
        found = doctor_machine.disk(profile)
        assert found.state == state
        assert "--data" in found.remedy


def test_without_numba_the_doctor_says_so(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from studio.core.paths import Profile; from studio.app import doctor_picture;"
        "print(doctor_picture.compositor(Profile(Path(sys.argv[1]))).state)"
    )
    environment = {"ANCHOR_STUDIO_NO_NUMBA": "1", "PATH": ""}
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], env=environment, capture_output=True, text=True)
    assert done.stdout.strip() == "warn", done.stderr


def test_looking_for_libraries_does_not_import_qt() -> None:
    code = "import sys; from studio.app import qt_libraries; qt_libraries.missing_qt_libraries(); print('PySide6' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
