"""Screens and windows as sources, on a real X server with real windows of other programs."""

import os
import shutil
import subprocess

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.core.errors import UserError
from studio.video.devices import DeviceLists
from studio.video.facts import SourceBack, SourceLost
from studio.video.health import SourceState
from studio.video.sources import SourceSpec, address, desktop, runner
from studio.video.sources.desktop import Screen, Window
from studio.video.sources.source import SourceGone
from tests.video import x_server
from tests.video.playing import players
from tests.video.told import until

RED, GREEN, BLUE = (63, 102, 240), (173, 42, 26), (32, 240, 118)  # ITU-R BT.709, limited range


@pytest.fixture
def play():
    with players() as start:
        yield start


@pytest.fixture
def screen(monkeypatch):
    if not x_server.IS_INSTALLED:
        pytest.skip(x_server.HOW_TO_INSTALL)
    server = x_server.XServer()
    monkeypatch.setenv("DISPLAY", server.display)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.delenv("XDG_SESSION_TYPE", raising=False)
    monkeypatch.setattr(runner, "RETRY_EVERY_S", 0.1)
    yield server
    server.close()


def test_a_screen_is_captured_whole_and_by_region(play, screen):
    window = screen.window("商品页")
    window.do("move 0 0")
    window.do("size 640 480")
    whole = play("screen:")
    whole.wait_for_colour(RED)
    assert (whole.health().width, whole.health().height) == (640, 480)
    window.do("size 320 240")  # the rest of the screen is black
    corner = play("screen:0?region=10,10,200,100")
    corner.wait_for_colour(RED)
    assert (corner.health().width, corner.health().height) == (200, 100)
    window.do("paint 0x0000ff")
    corner.wait_for_colour(BLUE)
    until(lambda: whole.luma()[-20:].max() <= 17)


def test_a_window_is_captured_through_move_resize_and_repaint(play, screen):
    window = screen.window("后台 - 浏览器", "firefox")
    running = play("window:后台?app=firefox")
    running.wait_for_colour(RED)
    assert (running.health().width, running.health().height) == (200, 120)
    window.do("paint 0x00ff00")
    running.wait_for_colour(GREEN)
    window.do("size 320 240")
    until(lambda: running.health().width == 320)
    window.do("size 100 80")
    until(lambda: running.health().width == 100)
    window.do("move -50 -20")  # only what lies on the screen can be had
    until(lambda: running.health().width == 50)
    running.wait_for_colour(GREEN)
    assert not running.told.all(SourceLost)


def test_a_window_that_is_closed_is_lost_and_comes_back(play, screen):
    window = screen.window("订单", "shop")
    running = play("window:订单?app=shop")
    running.wait_for_colour(RED)
    window.kill()
    lost = running.told.wait(SourceLost)
    assert (lost.name, lost.reason_key) == ("订单", "video.lost.window_gone")
    again = screen.window("订单（3）", "shop")  # titles change
    again.do("paint 0x0000ff")
    running.told.wait(SourceBack)
    running.wait_for_colour(BLUE)
    assert running.health().state is SourceState.OK


def test_a_window_that_is_minimised_is_lost_and_comes_back(play, screen):
    window = screen.window("订单")
    running = play("window:订单")
    running.wait_for_colour(RED)
    window.do("hide")
    assert running.told.wait(SourceLost).reason_key in ("video.lost.window_hidden", "video.lost.window_gone")
    window.do("show")
    running.told.wait(SourceBack)


def test_a_screen_that_stands_still_is_not_frozen_and_an_x_server_that_ends_is_lost(play, screen, monkeypatch):
    running = play("screen:")
    until(lambda: running.health().state is SourceState.OK)
    assert running._freeze._after_s > 1e9
    screen.kill()
    assert running.told.wait(SourceLost).reason_key == "video.lost.no_display"


def test_pixels_that_a_real_program_moves_are_seen(play, screen):
    if shutil.which("ffplay") is None:
        pytest.skip("apt-get install -y --no-install-recommends ffmpeg")
    command = ["ffplay", "-v", "quiet", "-f", "lavfi", "testsrc=size=320x240:rate=30", "-window_title", "直播助手"]
    program = subprocess.Popen(command, env=screen.environment, stdin=subprocess.DEVNULL)
    try:
        running = play("window:直播助手")
        seen = []

        def has_moved():
            luma = running.luma()
            if luma is not None and not any(np.array_equal(luma, one) for one in seen):
                seen.append(luma)
            return len(seen) > 5 and seen[-1].std() > 20

        until(has_moved)
    finally:
        program.kill()
        program.wait()
    assert running.told.wait(SourceLost).reason_key == "video.lost.window_gone"


def test_what_can_be_captured_is_listed_without_our_own_windows(screen):
    screen.window("商品页", "firefox")
    mine = screen.window("Anchor Studio", "studio")
    found = DeviceLists().look(["screens", "windows"])
    assert [(one["width"], one["height"]) for one in found["screens"]] == [(640, 480)]
    assert {"address": "window:商品页?app=firefox", "name": "商品页", "app": "firefox"} in found["windows"]
    assert SourceSpec.parse(found["windows"][0]["address"]).kind == "window"
    assert found["reasons"] == {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "getpid", lambda: mine._process.pid)
        assert [one["name"] for one in DeviceLists().look(["windows"])["windows"]] == ["商品页"]


@pytest.mark.parametrize("name, value", [("WAYLAND_DISPLAY", "wayland-0"), ("XDG_SESSION_TYPE", "wayland")])
def test_wayland_is_refused_in_words(play, screen, monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    running = play("screen:")
    assert running.told.wait(SourceLost).reason_key == "video.lost.wayland"
    found = DeviceLists().look(["screens", "windows"])
    assert found["screens"] == found["windows"] == []
    assert all("X11" in text for text in found["reasons"].values())


def test_no_display_at_all_is_a_reason(play, screen, monkeypatch):
    monkeypatch.setenv("DISPLAY", ":4711")
    assert play("screen:").told.wait(SourceLost).reason_key == "video.lost.no_display"
    monkeypatch.delenv("DISPLAY")
    assert play("window:x").told.wait(SourceLost).reason_key == "video.lost.no_display"


@pytest.mark.parametrize("text", ["screen:0?region=1,2,3", "screen:?region=a,b,c,d", "screen:?region=0,0,1,9"])
def test_a_region_that_cannot_be_read_is_refused_in_words(text):
    with pytest.raises(UserError) as refused:
        SourceSpec.parse(text)
    assert refused.value.key == "error.video.region"


def test_a_region_outside_and_a_screen_that_is_not_there_are_reasons(play, screen):
    assert play("screen:0?region=900,0,100,100").told.wait(SourceLost).reason_key == "video.lost.no_screen"
    assert play("screen:HDMI-7").told.wait(SourceLost).reason_key == "video.lost.no_screen"
    assert desktop.within(Screen("a", 1920, 0, 800, 600), (700, 500, 400, 400)) == (2620, 500, 100, 100)


TITLES = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1, max_size=12).map(str.strip)


@given(title=TITLES.filter(bool), app=TITLES, others=st.lists(st.tuples(TITLES, TITLES), max_size=4))
def test_a_window_is_found_by_its_own_address_whatever_it_is_called(title, app, others):
    window = Window(7, title, app)
    windows = [Window(9 + place, *names) for place, names in enumerate(others)] + [window]
    spec = SourceSpec.parse(f"window:{window.address}")
    found = desktop.find_window(windows, spec.address)
    assert (found.title, found.app if app else "") == (title, app)
    assert address.parted(window.address, address.WISHES["window"])[0] == title or "?" in title


def test_a_window_with_another_title_is_found_by_its_program_only():
    windows = [Window(1, "Inbox", "mail"), Window(2, "Shop (2) — Firefox", "firefox")]
    assert desktop.find_window(windows, "Shop?app=firefox").handle == 2
    assert desktop.find_window(windows, "News?app=firefox").handle == 2
    assert desktop.find_window(windows, "inbox").handle == 1
    for wish in ("News", "Shop?app=mail2"):
        with pytest.raises(SourceGone):
            desktop.find_window(windows, wish)
