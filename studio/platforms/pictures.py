"""Product pictures on disk: fetched once through the platform, checked, kept up to a size."""

from __future__ import annotations

import hashlib
import logging
import os
import threading
from pathlib import Path

from studio.desk.ports import CanListPool, PlatformError

_log = logging.getLogger(__name__)

MOST_BYTES_EACH = 2_000_000
MOST_BYTES = 200_000_000
MAGIC = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")


class PictureCache:
    """Encoded PNG or JPEG pictures by product id; any thread may ask. Without a platform only what is on disk is given."""

    def __init__(self, folder: Path, platform: CanListPool | None, most_bytes: int = MOST_BYTES) -> None:
        self._folder = folder
        self._platform = platform
        self._most_bytes = most_bytes
        self._writing = threading.Lock()

    def path(self, product_id: str) -> Path:
        """Where a product's picture lies once it was fetched; the name says nothing of the id, which is untrusted."""
        return self._folder / f"{hashlib.sha256(product_id.encode()).hexdigest()[:32]}.picture"

    def get(self, product_id: str) -> bytes | None:
        """The picture as it came; None when it cannot be had or is none."""
        path = self.path(product_id)
        try:
            data = path.read_bytes()
            os.utime(path)
            return data
        except OSError:
            return self._fetch(product_id, path)

    def _fetch(self, product_id: str, path: Path) -> bytes | None:
        if self._platform is None:
            return None
        try:
            data = self._platform.picture(product_id)
        except PlatformError as error:
            _log.info("no picture of %s: %s", product_id, error)
            return None
        if not data.startswith(MAGIC) or len(data) > MOST_BYTES_EACH:
            _log.warning("what came as the picture of %s is no PNG or JPEG of at most 2 MB", product_id)
            return None
        try:
            self._keep(path, data)
        except OSError as error:
            _log.warning("the picture of %s cannot be kept: %s", product_id, error)
        return data

    def _keep(self, path: Path, data: bytes) -> None:
        with self._writing:
            self._folder.mkdir(parents=True, exist_ok=True)
            temporary = path.with_suffix(".new")
            temporary.write_bytes(data)
            os.replace(temporary, path)
            self._make_room()

    def _make_room(self) -> None:
        """Drop the pictures that were not asked for the longest."""
        kept = sorted((entry.stat().st_mtime, entry.stat().st_size, entry) for entry in self._folder.glob("*.picture"))
        size = sum(each[1] for each in kept)
        for _, one, entry in kept[:-1]:
            if size <= self._most_bytes:
                return
            entry.unlink(missing_ok=True)
            size -= one
