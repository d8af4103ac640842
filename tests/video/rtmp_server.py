"""A real RTMP server for tests: nginx with its RTMP module; can be killed, hung, started again on the same port."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.request
import xml.etree.ElementTree as ElementTree
from pathlib import Path

MODULE = Path("/usr/lib/nginx/modules/ngx_rtmp_module.so")
IS_INSTALLED = shutil.which("nginx") is not None and MODULE.exists()
HOW_TO_INSTALL = "apt-get install -y --no-install-recommends nginx-core libnginx-mod-rtmp"
KEY = "good-key-3f9a"

_CONFIG = """
load_module {module};
daemon off; master_process off; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{ worker_connections 64; }}
rtmp {{
  server {{
    listen 127.0.0.1:{rtmp}; chunk_size 4096;
    application live {{
      live on; record all; record_path {folder}/record; record_unique on;
      notify_method get; on_publish http://127.0.0.1:{http}/auth;
    }}
  }}
}}
http {{
  access_log off; client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};
  uwsgi_temp_path {folder}; scgi_temp_path {folder};
  server {{
    listen 127.0.0.1:{http};
    location /auth {{ if ($arg_name != "{key}") {{ return 403; }} return 200; }}
    location /stat {{ rtmp_stat all; }}
  }}
}}
"""


def free_port() -> int:
    """A port of the loopback that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class RtmpServer:
    """One nginx on ports of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.rtmp_port, self._http_port = free_port(), free_port()
        (folder / "record").mkdir(parents=True, mode=0o777)
        (folder / "record").chmod(0o777)
        config = _CONFIG.format(module=MODULE, folder=folder, rtmp=self.rtmp_port, http=self._http_port, key=KEY)
        (folder / "nginx.conf").write_text("user root;\n" + config if os.geteuid() == 0 else config)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"rtmp://127.0.0.1:{self.rtmp_port}/live"

    def start(self) -> RtmpServer:
        """Start and wait until it listens."""
        command = ["nginx", "-c", str(self.folder / "nginx.conf"), "-p", str(self.folder)]
        self._process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        deadline_s = time.monotonic() + 10
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.rtmp_port), 1).close()
                return self
            except OSError:
                assert time.monotonic() < deadline_s, (self.folder / "error.log").read_text()
                time.sleep(0.02)

    def signal(self, number: signal.Signals) -> None:
        """Stop it for a while, let it go on, or kill it."""
        assert self._process is not None
        self._process.send_signal(number)

    def kill(self) -> None:
        """Kill it as a crash would."""
        if self._process is not None:
            self._process.send_signal(signal.SIGCONT)
            self._process.kill()
            self._process.wait()
            self._process = None

    def bytes_in(self) -> int:
        """Bytes it received from the present publisher (0: nobody publishes)."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self._http_port}/stat", timeout=5) as answer:
            root = ElementTree.fromstring(answer.read())
        streams = root.iter("stream")
        return sum(int(one.findtext("bytes_in", "0")) for one in streams if one.find("publishing") is not None)

    def records(self) -> list[Path]:
        """The files it wrote, oldest first."""
        return sorted((self.folder / "record").glob("*.flv"), key=lambda path: path.stat().st_mtime)
