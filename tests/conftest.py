"""What all tests share: Qt without a display, and no test left out silently where CI installs every program."""

import os

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


@pytest.fixture(autouse=True)
def _language_as_before():
    """A test that changes the language leaves it as it was."""
    from studio.core import i18n

    before = i18n.language()
    yield
    i18n.set_language(before)
