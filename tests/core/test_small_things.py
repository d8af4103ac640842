from pathlib import Path

import pytest

from studio.core import settings
from studio.core.clock import ManualClock
from studio.core.errors import UserError
from studio.core.events import Bus, Event
from studio.core.i18n import LANGUAGES, language, set_language, texts, tr
from studio.core.ids import new_id
from studio.core.registry import Registry


@pytest.fixture
def english():
    before = language()
    set_language("en")
    yield
    set_language(before)


def test_ids_sort_by_time_and_never_repeat() -> None:
    ids = [new_id() for _ in range(2_000)]
    assert len(set(ids)) == len(ids)
    assert [each[:12] for each in ids] == sorted(each[:12] for each in ids)


def test_a_manual_clock_moves_both_times() -> None:
    clock = ManualClock(1_000)
    clock.advance(1.5)
    assert (clock.now_ms(), clock.monotonic_s()) == (2_500, 1.5)


def test_a_listener_that_raises_harms_no_other(caplog: pytest.LogCaptureFixture) -> None:
    bus, heard = Bus(), []

    def broken(_event: Event) -> None:
        raise RuntimeError("broken view")

    bus.subscribe(broken)
    stop = bus.subscribe(heard.append)
    bus.emit(Event(at_ms=1))
    stop()
    bus.emit(Event(at_ms=2))
    assert [event.at_ms for event in heard] == [1]
    assert "broken view" in caplog.text


def test_a_name_is_registered_once_and_can_be_taken_out() -> None:
    registry: Registry[int] = Registry("thing")
    undo = registry.add("a", 1)
    with pytest.raises(ValueError, match="already"):
        registry.add("a", 2)
    undo()
    assert "a" not in registry
    with pytest.raises(KeyError, match="no thing"):
        registry.get("a")


def test_texts_follow_the_language(english) -> None:
    assert tr("verb.show_next") == "Next"
    set_language("zh_CN")
    assert tr("verb.show_next") == "下一个"
    assert str(UserError("error.money.not_an_amount", text="x{y}")).startswith("“x{y}”")


def test_an_unknown_key_is_seen_not_hidden(caplog: pytest.LogCaptureFixture) -> None:
    assert tr("no.such.key") == "no.such.key"
    assert "no.such.key" in caplog.text


def test_both_languages_have_the_same_keys() -> None:
    first, *others = (set(texts(each)) for each in LANGUAGES)
    assert all(other == first for other in others)


def test_settings_survive_and_broken_ones_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    assert settings.load(path) == settings.Settings()
    chosen = settings.Settings(language="en", budget_fen=5)
    settings.save(path, chosen)
    assert settings.load(path) == chosen
    for broken in ("{", "[]", '{"budget_fen": "much"}'):
        path.write_text(broken)
        with pytest.raises(UserError):
            settings.load(path)
        assert path.read_text() == broken
