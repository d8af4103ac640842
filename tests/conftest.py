"""What all tests share: Qt without a display, and no test left out silently where CI installs every program."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("shared", deadline=None)  # other tests and programs use the same machine
settings.load_profile("shared")
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    report = outcome.get_result()
    if report.skipped and os.environ.get("ANCHOR_STUDIO_NO_SKIPPED_PROGRAMS") and isinstance(report.longrepr, tuple):
        reason = report.longrepr[2]
        if "apt-get install" in reason:
            report.outcome = "failed"
            report.longrepr = f"{item.nodeid} was skipped for a missing program: {reason}"


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item):
    """A test marked ``alone`` runs a whole show, for which a small machine must have nothing else to do."""
    with _turn(item.config, is_alone=item.get_closest_marker("alone") is not None):
        return (yield)


@contextmanager
def _turn(config: pytest.Config, *, is_alone: bool) -> Iterator[None]:
    run = getattr(config, "workerinput", {}).get("testrunuid")
    if run is None or os.name != "posix":  # one after the other anyhow, or no such lock
        yield
        return
    import fcntl

    folder = Path(tempfile.gettempdir())
    with (folder / f"anchor-{run}.gate").open("w") as gate, (folder / f"anchor-{run}.turn").open("w") as turn:
        fcntl.flock(gate, fcntl.LOCK_EX)  # nobody overtakes the one that waits to be alone
        fcntl.flock(turn, fcntl.LOCK_EX if is_alone else fcntl.LOCK_SH)
        fcntl.flock(gate, fcntl.LOCK_UN)
        yield


@pytest.fixture(autouse=True)
def _language_as_before():
    """A test that changes the language leaves it as it was."""
    from studio.core import i18n

    before = i18n.language()
    yield
    i18n.set_language(before)
