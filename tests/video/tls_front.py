"""TLS before the RTMP server of the tests: stunnel, with certificates that openssl makes when they are needed."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from pathlib import Path

from tests.video.rtmp_server import free_port

IS_INSTALLED = shutil.which("stunnel4") is not None and shutil.which("openssl") is not None
HOW_TO_INSTALL = "apt-get install -y --no-install-recommends stunnel4 openssl"


class Authority:
    """A certificate authority of the test's own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.file = folder / "authority.pem"
        subject = ["-subj", "/CN=Tests only", "-out", str(self.file)]
        self._openssl("req", "-x509", *self._new_key("authority"), "-days", "2", *subject)

    def certificate(self, name: str, alternative: str) -> tuple[Path, Path]:
        """A certificate for ``alternative`` (``IP:…`` or ``DNS:…``) and its key."""
        made, wish, more = (self._folder / f"{name}.{ending}" for ending in ("pem", "csr", "ext"))
        more.write_text(f"subjectAltName={alternative}\n")
        self._openssl("req", *self._new_key(name), "-subj", f"/CN={name}", "-out", str(wish))
        signed = ["-CA", str(self.file), "-CAkey", str(self._folder / "authority.key"), "-CAcreateserial", "-days", "2"]
        self._openssl("x509", "-req", "-in", str(wish), *signed, "-extfile", str(more), "-out", str(made))
        return made, self._folder / f"{name}.key"

    def _new_key(self, name: str) -> list[str]:
        return ["-newkey", "rsa:2048", "-nodes", "-keyout", str(self._folder / f"{name}.key")]

    def _openssl(self, *words: str) -> None:
        subprocess.run(["openssl", *words], check=True, capture_output=True, cwd=self._folder)


class TlsFront:
    """One stunnel that takes TLS on ``port`` and hands plain bytes to ``plain_port``."""

    def __init__(self, folder: Path, certificate: tuple[Path, Path], plain_port: int) -> None:
        self.port = free_port()
        cert, key = certificate
        config = folder / f"stunnel-{self.port}.conf"
        config.write_text(
            f"foreground = yes\npid =\nsyslog = no\n[rtmps]\naccept = 127.0.0.1:{self.port}\n"
            f"connect = 127.0.0.1:{plain_port}\ncert = {cert}\nkey = {key}\n"
        )
        self._process = subprocess.Popen(["stunnel4", str(config)], stderr=subprocess.DEVNULL)
        deadline_s = time.monotonic() + 10
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                assert time.monotonic() < deadline_s, config.read_text()
                time.sleep(0.02)

    def kill(self) -> None:
        """End it."""
        self._process.kill()
        self._process.wait()
