"""``with refused("promo.wrong_state"):`` asserts that a UserError with this key is raised, whatever the language."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from studio.core.errors import UserError


@contextmanager
def refused(key: str) -> Iterator[None]:
    with pytest.raises(UserError) as caught:
        yield
    assert caught.value.key == f"error.{key}"
