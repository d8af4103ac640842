"""Doctor: what works on this machine, tried for real where that can be done, with a remedy for what does not."""

from __future__ import annotations

import json
import logging
import platform
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Literal

from studio import __version__
from studio.app import doctor_machine, doctor_picture
from studio.app.finding import Finding, fail
from studio.core.i18n import tr
from studio.core.paths import Profile

_log = logging.getLogger(__name__)

Check = Callable[[Profile], Finding]
Tried = Literal["here", "double"]


@dataclass(frozen=True)
class Entry:
    """A check by its name; ``tried`` says whether this part of the program ever met the real thing in its tests."""

    name: str
    title: Callable[[], str]
    check: Check
    tried: Tried


CHECKS = (
    Entry("qt", lambda: tr("doctor.qt"), doctor_machine.qt, "here"),
    Entry("window", lambda: tr("doctor.window"), doctor_machine.window, "here"),
    Entry("fonts", lambda: tr("doctor.fonts"), doctor_picture.fonts, "here"),
    Entry("camera", lambda: tr("doctor.camera"), doctor_picture.camera, "double"),
    Entry("screen", lambda: tr("doctor.screen"), doctor_picture.screen, "here"),
    Entry("microphone", lambda: tr("doctor.microphone"), doctor_picture.microphone, "double"),
    Entry("encoder", lambda: tr("doctor.encoder"), doctor_picture.encoder, "here"),
    Entry("compositor", lambda: tr("doctor.compositor"), doctor_picture.compositor, "here"),
    Entry("disk", lambda: tr("doctor.disk"), doctor_machine.disk, "here"),
    Entry("hub", lambda: tr("doctor.hub"), doctor_machine.hub_port, "here"),
    Entry("keyring", lambda: tr("doctor.keyring"), doctor_machine.keyring_, "double"),
    Entry("virtual_camera", lambda: tr("doctor.virtual_camera"), doctor_machine.virtual_camera, "double"),
)


def run(profile: Profile, as_json: bool = False) -> int:
    """Print one line a check (or one JSON object); 0 when nothing fails, 1 otherwise."""
    found = examine(profile)
    has_failed = any(finding.state == "fail" for _, finding in found)
    if as_json:
        rows = [{"name": entry.name, "title": entry.title(), "tried": entry.tried, **asdict(f)} for entry, f in found]
        print(json.dumps({**_about(), "is_ok": not has_failed, "checks": rows}, ensure_ascii=False))
        return int(has_failed)
    print(tr("doctor.about", **_about()))
    for entry, finding in found:
        print(_line(entry, finding))
    on_doubles = [entry.title() for entry, _ in found if entry.tried == "double"]
    print(tr("doctor.on_doubles", names=tr("doctor.comma").join(on_doubles)))
    print(tr("doctor.some_failed") if has_failed else tr("doctor.all_well"))
    return int(has_failed)


def examine(profile: Profile) -> list[tuple[Entry, Finding]]:
    """Every check's finding; one that breaks is a failure of its own and stops no other."""
    found: list[tuple[Entry, Finding]] = []
    is_qt_there = True
    for entry in CHECKS:
        if entry.name == "fonts" and not is_qt_there:
            finding = fail(tr("doctor.fonts_no_qt"))  # without its libraries Qt aborts the process
        else:
            finding = _examined(entry, profile)
        if entry.name == "qt":
            is_qt_there = finding.state != "fail"
        found.append((entry, finding))
    return found


def _examined(entry: Entry, profile: Profile) -> Finding:
    try:
        return entry.check(profile)
    except Exception as error:  # noqa: BLE001 - a doctor that falls over helps nobody
        _log.exception("the check %s broke", entry.name)
        return fail(tr("doctor.broke", reason=f"{type(error).__name__}: {error}"), tr("doctor.broke_remedy"))


def _about() -> dict[str, str]:
    return {
        "program": f"Anchor Studio {__version__}",
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "python": platform.python_version() + (" (frozen)" if getattr(sys, "frozen", False) else ""),
    }


def _line(entry: Entry, finding: Finding) -> str:
    mark = {"ok": tr("doctor.mark_ok"), "warn": tr("doctor.mark_warn"), "fail": tr("doctor.mark_fail")}[finding.state]
    line = f"{mark} {entry.title()}{tr('doctor.colon')}{finding.text}"
    return f"{line}\n     {tr('doctor.remedy')}{finding.remedy}" if finding.remedy else line
