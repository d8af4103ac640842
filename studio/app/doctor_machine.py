"""The doctor's checks of the machine: libraries, screen, disk, loopback, secrets, virtual camera driver."""

from __future__ import annotations

import importlib.util
import os
import shutil
import socket
import sys
import tempfile
from pathlib import Path

from studio.app import qt_libraries
from studio.app.finding import Finding, fail, ok, warn
from studio.core import settings
from studio.core.clock import SystemClock
from studio.core.i18n import tr
from studio.core.paths import Profile

WRITTEN = 32_000_000
LITTLE_ROOM, NO_ROOM = 5_000_000_000, 500_000_000
SLOW_BYTES_S = 5_000_000


def qt(profile: Profile) -> Finding:
    """The system libraries without which Qt cannot be imported at all."""
    missing = qt_libraries.missing_qt_libraries()
    if missing:
        return fail(tr("doctor.qt_missing", names=", ".join(missing)), qt_libraries.install_line())
    return ok(tr("doctor.qt_ok"))


def window(profile: Profile) -> Finding:
    """A screen, and the libraries for a window on it."""
    if not sys.platform.startswith("linux"):
        return ok(tr("doctor.window_ok"))
    missing = qt_libraries.missing_qt_libraries(has_window=True)
    if missing:
        line = qt_libraries.install_line(has_window=True)
        return warn(tr("doctor.qt_missing", names=", ".join(missing)), line)
    if not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        return warn(tr("doctor.window_none"), tr("doctor.window_none_remedy"))
    return ok(tr("doctor.window_ok"))


def disk(profile: Profile) -> Finding:
    """Room and speed where the recordings go, measured by writing 32 MB."""
    folder = profile.make().folder
    free = shutil.disk_usage(folder).free
    hours = free * 8 / (settings.load(profile.settings_file).bitrate_kbps * 1000 + 128_000) / 3600
    room = tr("doctor.disk_room", gigabytes=f"{free / 1e9:.1f}", hours=f"{hours:.1f}", folder=folder)
    if free < NO_ROOM:
        return fail(room, tr("doctor.disk_remedy"))
    speed = _write_speed(folder)
    text = tr("doctor.disk_speed", room=room, speed=f"{speed / 1e6:.0f}")
    if speed < SLOW_BYTES_S:
        return warn(text, tr("doctor.disk_slow_remedy"))
    return warn(text, tr("doctor.disk_remedy")) if free < LITTLE_ROOM else ok(text)


def _write_speed(folder: Path) -> float:
    """Bytes a second that really reach the disk."""
    clock, block = SystemClock(), os.urandom(1_000_000)
    with tempfile.TemporaryFile(dir=folder) as file:
        started_s = clock.monotonic_s()
        for _ in range(WRITTEN // len(block)):
            file.write(block)
        file.flush()
        os.fsync(file.fileno())
        return WRITTEN / max(1e-6, clock.monotonic_s() - started_s)


def hub_port(profile: Profile) -> Finding:
    """Whether a program may serve and be reached on 127.0.0.1, as the rehearsal's hub must."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(1)
        server.settimeout(2)
        port = server.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port), timeout=2) as there:
            here, _ = server.accept()
            with here:
                here.settimeout(2)
                there.sendall(b"anchor")
                if here.recv(6) != b"anchor":
                    return fail(tr("doctor.hub_blocked"), tr("doctor.hub_remedy"))
    return ok(tr("doctor.hub_ok", port=port))


def keyring_(profile: Profile) -> Finding:
    """Where platform keys would be kept; nothing is written or read."""
    import keyring
    from keyring.backends import fail as no_backend

    backend = keyring.get_keyring()
    if isinstance(backend, no_backend.Keyring):
        return warn(tr("doctor.keyring_none"), tr("doctor.keyring_remedy"))
    return ok(tr("doctor.keyring_ok", name=backend.name))


def virtual_camera(profile: Profile) -> Finding:
    """Whether a virtual camera's driver is installed."""
    if sys.platform.startswith("linux"):
        driver, remedy = _v4l2_loopback(), tr("doctor.virtual_camera_linux")
    elif sys.platform == "darwin":
        places = (Path("/Library/CoreMediaIO/Plug-Ins/DAL/obs-mac-virtualcam.plugin"), Path("/Applications/OBS.app"))
        driver, remedy = next((str(place) for place in places if place.exists()), None), tr("doctor.virtual_camera_obs")
    else:
        driver, remedy = _obs_driver(), tr("doctor.virtual_camera_obs")
    if driver is None:
        return warn(tr("doctor.virtual_camera_none"), remedy)
    if not sys.platform.startswith("linux") and importlib.util.find_spec("pyvirtualcam") is None:
        return warn(tr("doctor.virtual_camera_ok", name=driver), tr("video.virtual_camera.no_package"))
    return ok(tr("doctor.virtual_camera_ok", name=driver))


def _v4l2_loopback() -> str | None:
    if not Path("/sys/module/v4l2loopback").exists():
        return None
    from studio.video.outputs import v4l2

    device = v4l2.find_loopback()
    return f"v4l2loopback ({device})" if device else "v4l2loopback"


def _obs_driver() -> str | None:
    roots = (os.environ.get("PROGRAMFILES", r"C:\Program Files"), os.environ.get("PROGRAMFILES(X86)", ""))
    name = Path("obs-studio", "data", "obs-plugins", "win-dshow", "obs-virtualcam-module64.dll")
    return next((str(Path(root) / name) for root in roots if root and (Path(root) / name).exists()), None)
