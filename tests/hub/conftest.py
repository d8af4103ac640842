"""One served hub for all tests of a module; each test opens a room of its own."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator

import pytest

from tests.hub.stage import Client, served

_numbers = itertools.count()


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with served(tmp_path_factory.mktemp("hub"), products=120, has_faults=True) as client:
        yield client


@pytest.fixture
def open_room(hub: Client) -> Callable[[], str]:
    return lambda: str(hub.open_room(f"session-{next(_numbers)}")["room_id"])


@pytest.fixture
def room_id(open_room: Callable[[], str]) -> str:
    return open_room()
