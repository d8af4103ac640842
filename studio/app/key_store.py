"""Where keys are kept (``desk.doors.Secrets``): the system's keyring, else a file that only the user can read."""

from __future__ import annotations

import json
import logging
import os
import threading
from pathlib import Path
from types import ModuleType

from studio.core.errors import UserError

_log = logging.getLogger(__name__)


class KeyStore:
    """The keys of one profile; what the keyring does not take goes into ``keys.json`` of the profile, mode 0600."""

    def __init__(self, folder: Path) -> None:
        self._service = f"anchor-studio {folder}"
        self._file = folder / "keys.json"
        self._lock = threading.Lock()

    def get(self, name: str) -> str | None:
        """The key, or None; raises UserError when the file cannot be read."""
        with self._lock:
            if name in (known := self._read()):
                return known[name]
            keyring = _keyring()
            if keyring is None:
                return None
            try:
                found = keyring.get_password(self._service, name)
            except keyring.errors.KeyringError as error:
                raise UserError("error.app.keys_closed", reason=type(error).__name__) from None
            return None if found is None else str(found)

    def put(self, name: str, secret: str) -> None:
        """Keep a key; raises UserError when neither place takes it."""
        with self._lock:
            if self._is_in_keyring(name, secret):
                self._forget_in_file(name)
            else:
                self._write({**self._read(), name: secret})

    def remove(self, name: str) -> None:
        """Forget a key wherever it lies; raises UserError when it cannot be taken out."""
        with self._lock:
            self._forget_in_file(name)
            keyring = _keyring()
            if keyring is None:
                return
            try:
                keyring.delete_password(self._service, name)
            except keyring.errors.PasswordDeleteError:
                _log.debug("the keyring had no key %r", name)
            except keyring.errors.KeyringError as error:
                raise UserError("error.app.keys_closed", reason=type(error).__name__) from None

    def _is_in_keyring(self, name: str, secret: str) -> bool:
        keyring = _keyring()
        if keyring is None:
            return False
        try:
            keyring.set_password(self._service, name, secret)
        except keyring.errors.KeyringError as error:  # locked, or the key is too long for it
            _log.warning("the keyring does not take %r (%s); it is kept in a file", name, type(error).__name__)
            return False
        return True

    def _forget_in_file(self, name: str) -> None:
        known = self._read()
        if known.pop(name, None) is not None:
            self._write(known)

    def _read(self) -> dict[str, str]:
        try:
            found = json.loads(self._file.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            raise UserError("error.app.keys_broken", path=self._file, reason=type(error).__name__) from None
        return {str(name): str(key) for name, key in found.items()} if isinstance(found, dict) else {}

    def _write(self, known: dict[str, str]) -> None:
        """Never for a moment readable by others, never half written."""
        fresh = self._file.with_suffix(".new")
        try:
            fresh.unlink(missing_ok=True)
            with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
                json.dump(known, file, ensure_ascii=False)
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(self._file)
        except OSError as error:
            raise UserError("error.app.keys_broken", path=self._file, reason=error.strerror) from None


def _keyring() -> ModuleType | None:
    """The system's keyring, or None where there is none; imported late because it takes half a second."""
    import keyring
    import keyring.errors
    from keyring.backends import fail

    return None if isinstance(keyring.get_keyring(), fail.Keyring) else keyring
