"""The key store: a file only the user can read where there is no keyring, the keyring where there is one."""

import os
import stat
import sys

import keyring
import keyring.backend
import keyring.backends.fail
import keyring.errors
import pytest

from studio.app.key_store import KeyStore
from studio.core.errors import UserError
from tests.refused import refused


class MemoryKeyring(keyring.backend.KeyringBackend):
    """A keyring as the system has one; ``most`` is the longest key it takes."""

    priority = 1
    most = 2560

    def __init__(self):
        super().__init__()
        self.keys = {}
        self.is_locked = False

    def get_password(self, service, username):
        self._open()
        return self.keys.get((service, username))

    def set_password(self, service, username, password):
        self._open()
        if len(password) > self.most:
            raise keyring.errors.PasswordSetError("too long")
        self.keys[service, username] = password

    def delete_password(self, service, username):
        self._open()
        if self.keys.pop((service, username), None) is None:
            raise keyring.errors.PasswordDeleteError("not there")

    def _open(self):
        if self.is_locked:
            raise keyring.errors.KeyringLocked("locked")


@pytest.fixture
def use():
    before = keyring.get_keyring()
    yield keyring.set_keyring
    keyring.set_keyring(before)


def test_without_a_keyring_a_file_of_the_user_alone(tmp_path, use):
    use(keyring.backends.fail.Keyring())
    before = os.umask(0)  # the worst umask
    try:
        KeyStore(tmp_path).put("push a", "k-1")
        KeyStore(tmp_path).put("push b", "键-2")
    finally:
        os.umask(before)
    assert KeyStore(tmp_path).get("push a") == "k-1"
    (file,) = tmp_path.iterdir()
    if sys.platform != "win32":
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    KeyStore(tmp_path).remove("push a")
    KeyStore(tmp_path).remove("push a")
    assert KeyStore(tmp_path).get("push a") is None
    assert b"k-1" not in file.read_bytes()


def test_the_keyring_is_used_and_two_profiles_do_not_share(tmp_path, use):
    system = MemoryKeyring()
    use(system)
    one, other = KeyStore(tmp_path / "1"), KeyStore(tmp_path / "2")
    one.put("push a", "k-1")
    assert one.get("push a") == "k-1" and other.get("push a") is None
    assert not list(tmp_path.rglob("*"))
    one.remove("push a")
    one.remove("push a")
    assert not system.keys


def test_what_the_keyring_does_not_take_goes_into_the_file(tmp_path, use):
    system = MemoryKeyring()
    use(system)
    store = KeyStore(tmp_path)
    store.put("push a", "k" * 3000)
    assert store.get("push a") == "k" * 3000 and not system.keys
    store.put("push a", "short")
    assert store.get("push a") == "short" and system.keys
    assert "k" * 3000 not in (tmp_path / "keys.json").read_text()


def test_a_locked_keyring_is_a_text_not_a_traceback(tmp_path, use):
    system = MemoryKeyring()
    use(system)
    store = KeyStore(tmp_path)
    store.put("push a", "k-1")
    system.is_locked = True
    for wish in (lambda: store.get("push a"), lambda: store.remove("push a")):
        with pytest.raises(UserError) as error:
            wish()
        assert "k-1" not in repr(error.value) + str(error.value)


def test_a_broken_file_is_named(tmp_path, use):
    use(keyring.backends.fail.Keyring())
    (tmp_path / "keys.json").write_text("{half")
    with refused("app.keys_broken"):
        KeyStore(tmp_path).get("push a")
