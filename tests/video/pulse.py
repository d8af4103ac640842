"""A private PulseAudio for tests: null sinks whose monitors are microphones that ALSA opens; can be killed and started again."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

PLUGIN = "libasound_module_pcm_pulse.so"
IS_INSTALLED = (
    shutil.which("pulseaudio") is not None
    and shutil.which("paplay") is not None
    and any(Path("/usr/lib").glob(f"*/alsa-lib/{PLUGIN}"))
)
HOW_TO_INSTALL = "apt-get install -y --no-install-recommends pulseaudio pulseaudio-utils libasound2-plugins"
SINKS = {"desk": "rate=48000", "guest": "rate=44100 channels=1"}


class PulseServer:
    """One daemon with a socket of its own, and what plays into its sinks."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.socket = folder / "native"
        self._process: subprocess.Popen[bytes] | None = None
        self._players: list[subprocess.Popen[bytes]] = []
        lines = [f"load-module module-native-protocol-unix socket={self.socket} auth-anonymous=1"]
        lines += [f"load-module module-null-sink sink_name={name} {how}" for name, how in SINKS.items()]
        (folder / "default.pa").write_text("\n".join(lines) + "\n")

    @property
    def environment(self) -> dict[str, str]:
        """What a client needs to find this daemon and no other."""
        return {"PULSE_SERVER": f"unix:{self.socket}", "HOME": str(self.folder), "XDG_RUNTIME_DIR": str(self.folder)}

    def start(self) -> PulseServer:
        """Start and wait until it answers."""
        options = ["-n", "-F", str(self.folder / "default.pa"), "--daemonize=no", "--use-pid-file=no"]
        options += ["--exit-idle-time=-1", "--disable-shm=yes", "--high-priority=no", "--log-target=stderr"]
        own = {"PULSE_RUNTIME_PATH": str(self.folder), "PULSE_STATE_PATH": str(self.folder)}
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                ["pulseaudio", *options], stderr=log, env=os.environ | self.environment | own
            )
        deadline_s = time.monotonic() + 20
        while self._ask("info").returncode != 0:
            assert time.monotonic() < deadline_s, (self.folder / "log").read_text()
            time.sleep(0.05)
        return self

    def play(self, path: Path, sink: str = "desk") -> None:
        """Play a file into a sink until `silence` or its end."""
        command = ["paplay", f"--device={sink}", "--latency-msec=50", str(path)]
        self._players.append(subprocess.Popen(command, env=os.environ | self.environment, stderr=subprocess.DEVNULL))

    def silence(self) -> None:
        """Let nobody play any more."""
        for player in self._players:
            player.kill()
            player.wait()
        self._players.clear()

    def kill(self) -> None:
        """The sound server dies: every microphone is gone."""
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()
            self._process = None
            self.socket.unlink(missing_ok=True)
        self.silence()

    def _ask(self, word: str) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(["pactl", word], env=os.environ | self.environment, capture_output=True)
