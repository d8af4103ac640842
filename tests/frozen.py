"""Builds the one-folder program and tries it: ``python -m tests.frozen [--bundle DIR] [--keep DIR] [--minutes M]``.

Not collected by pytest and not part of ``.ci/run``: it takes minutes. Exit code 0: the bundle ran a whole headless rehearsal
with a plugin of the user's, and what it left behind is sound.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import av

ROOT = Path(__file__).parents[1]
PLUGIN = """
import colorsys, statistics, sqlite3, wave, zoneinfo, xml.etree.ElementTree  # the whole standard library must be there
from dataclasses import dataclass
from typing import ClassVar
from PySide6.QtGui import QColor
from studio.api import Overlay

@dataclass(frozen=True)
class Dot(Overlay):
    kind: ClassVar[str] = "frozen_dot"
    def size(self, canvas): return 20, 20
    def place(self, canvas): return 0, 0
    def draw(self, painter, width, height, now_ms): painter.fillRect(0, 0, width, height, QColor("red"))

def enable(api):
    api.add_overlay(Dot)
    api.add_layer("frozen_dot", Dot())
    import pathlib
    (pathlib.Path(__file__).parent / "enabled").write_text("yes")
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Build (unless given a bundle), run, look; 1 and a sentence for each thing that is not right."""
    parser = argparse.ArgumentParser(prog="python -m tests.frozen", description=__doc__)
    parser.add_argument("--bundle", type=Path, help="try this folder instead of building one")
    parser.add_argument("--keep", type=Path, help="build and run here, and leave it for a look")
    parser.add_argument("--minutes", type=float, default=0.3, help="length of the rehearsal")
    args = parser.parse_args(argv)
    with tempfile.TemporaryDirectory(prefix="anchor-frozen-") as temporary:
        work = (args.keep or Path(temporary)).resolve()
        bundle = args.bundle.resolve() if args.bundle else build(work)
        faults = [*try_help(bundle), *try_doctor(bundle, work), *try_rehearsal(bundle, work, args.minutes)]
    for fault in faults:
        print(f"NOT RIGHT: {fault}")
    print("the frozen program is sound" if not faults else f"{len(faults)} fault(s)")
    return int(bool(faults))


def build(work: Path) -> Path:
    """Build into ``work``; raises CalledProcessError with PyInstaller's words when it fails."""
    started_s = time.monotonic()
    command = [sys.executable, "-m", "PyInstaller", "--noconfirm", "--log-level", "WARN"]
    command += ["--distpath", str(work / "dist"), "--workpath", str(work / "build"), str(ROOT / "build.spec")]
    subprocess.run(command, cwd=ROOT, check=True)
    bundle = work / "dist" / "anchor-studio"
    size = sum(path.stat().st_size for path in bundle.rglob("*") if path.is_file() and not path.is_symlink())
    print(f"built in {time.monotonic() - started_s:.0f} s, {size / 1e6:.0f} MB")
    return bundle


def run(bundle: Path, *words: str, timeout_s: float = 60) -> subprocess.CompletedProcess[str]:
    """Run the program as a stranger would: without this environment, from another folder."""
    program = bundle / ("anchor-studio.exe" if os.name == "nt" else "anchor-studio")
    kept = ("HOME", "TMPDIR", "SYSTEMROOT", "TEMP", "TMP", "USERPROFILE", "APPDATA")
    environment = {name: os.environ[name] for name in kept if name in os.environ}
    environment |= {"PATH": os.defpath, "LANG": "en_US.UTF-8"}
    return subprocess.run(
        [str(program), *words],
        cwd=tempfile.gettempdir(),
        env=environment,
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="replace",
        timeout=timeout_s,
    )


def try_help(bundle: Path) -> list[str]:
    done = run(bundle, "--help")
    return (
        []
        if done.returncode == 0 and "rehearse" in done.stdout
        else [f"--help: {done.returncode} {done.stderr[-800:]}"]
    )


def try_doctor(bundle: Path, work: Path) -> list[str]:
    done = run(bundle, "--data", str(work / "doctor"), "doctor", "--json")
    try:
        checks = {check["name"]: check for check in json.loads(done.stdout)["checks"]}
    except (ValueError, KeyError):
        return [f"doctor: {done.returncode} {done.stdout[-400:]} {done.stderr[-800:]}"]
    wanted = ("qt", "fonts", "encoder", "compositor", "disk", "hub")
    return [f"doctor: {name}: {checks[name]['text']}" for name in wanted if checks[name]["state"] == "fail"]


def try_rehearsal(bundle: Path, work: Path, minutes: float) -> list[str]:
    """A whole show with a plugin in the user's folder."""
    profile = work / "profile"
    shutil.rmtree(profile, ignore_errors=True)
    plugin = profile / "plugins" / "frozen_dot"
    plugin.mkdir(parents=True)
    title = '[title]\nzh_CN = "点"\nen = "Dot"\n'
    (plugin / "plugin.toml").write_text(f'name = "frozen_dot"\nversion = "1"\napi = 1\n{title}', encoding="utf-8")
    (plugin / "__init__.py").write_text(PLUGIN, encoding="utf-8")
    started_s = time.monotonic()
    words = ("--data", str(profile), "rehearse", "--headless", "--minutes", str(minutes))
    done = run(bundle, *words, timeout_s=minutes * 60 + 180)
    print(done.stdout)
    print(f"rehearsed in {time.monotonic() - started_s:.0f} s, exit code {done.returncode}")
    faults = [] if done.returncode == 0 else [f"rehearse: exit code {done.returncode}: {done.stderr[-2000:]}"]
    if "Traceback" in done.stderr:
        faults.append(f"rehearse: a traceback: {done.stderr[-2000:]}")
    if not (plugin / "enabled").exists():
        faults.append("the user's plugin was not enabled")
    return [*faults, *look_at_log(profile), *look_at_recording(profile, minutes), *look_at_report(profile)]


def look_at_log(profile: Path) -> list[str]:
    log = (profile / "studio.log").read_text(encoding="utf-8") if (profile / "studio.log").exists() else ""
    bad = [line for line in log.splitlines() if " ERROR " in line or "Traceback" in line]
    return [f"studio.log: {line}" for line in bad]


def look_at_recording(profile: Path, minutes: float) -> list[str]:
    """The newest recording decodes from first to last frame and is about as long as the show; the plugin's dot is on it."""
    found = sorted((profile / "recordings").glob("*.mp4"))
    if not found:
        return ["no recording"]
    with av.open(str(found[-1])) as container:
        frames = [frame.to_ndarray(format="rgb24")[4:16, 4:16].mean(axis=(0, 1)) for frame in container.decode(video=0)]
    faults = [] if len(frames) > minutes * 60 * 30 * 0.8 else [f"the recording has {len(frames)} frames only"]
    red = frames[len(frames) // 2] if frames else (0, 0, 0)
    is_red = red[0] > 180 and red[1] < 80 and red[2] < 80
    return faults if is_red else [*faults, f"the plugin's dot is not on the picture: {red}"]


def look_at_report(profile: Path) -> list[str]:
    found = sorted((profile / "reports").glob("*.json"))
    if not found or not found[-1].with_suffix(".html").exists():
        return ["no report"]
    report = json.loads(found[-1].read_text(encoding="utf-8"))
    chain = report["as_run"]["chain"]["verdict"]
    faults = [] if chain == "ok" else [f"the log's chain: {chain}"]
    return faults if any(product["takes"] for product in report["products"]) else [*faults, "nothing was on air"]


if __name__ == "__main__":
    sys.exit(main())
