"""What a user pastes as "server" and "key": nothing secret stays in what is shown and saved."""

import pytest

from studio.video.outputs import push_address
from tests.refused import refused


@pytest.mark.parametrize(
    ("url", "key", "public", "secret"),
    [
        ("rtmp://a.example/live", "k-1", "rtmp://a.example/live", "k-1"),
        (" rtmp://a.example/live/ ", " k-1\n", "rtmp://a.example/live", "k-1"),
        ("rtmp://a.example/live/k-1", "", "rtmp://a.example/live", "k-1"),
        ("RTMPS://a.example:443/live/x/k-1?sign=9f", "", "rtmps://a.example:443/live/x", "k-1?sign=9f"),
        ("rtmp://b.example/live-bvc/", "?streamname=s&key=k-1", "rtmp://b.example/live-bvc", "?streamname=s&key=k-1"),
        ("rtmp://b.example/live-bvc/?streamname=s&key=k-1", "", "rtmp://b.example/live-bvc", "?streamname=s&key=k-1"),
        ("rtmp://c.example/app?token=t-1", "k-1", "rtmp://c.example", "app?token=t-1/k-1"),
        ("rtmp://c.example/app/s?auth=", "k-1", "rtmp://c.example/app", "s?auth=k-1"),
        ("rtmp://[::1]:1935/live/k-1", "", "rtmp://[::1]:1935/live", "k-1"),
    ],
)
def test_the_secret_part_is_split_off_and_the_whole_stays_the_same(url, key, public, secret):
    assert push_address.split("a", url, key) == (public, secret)
    assert push_address.join(public, secret).startswith(public + "/")
    assert public not in secret and "?" not in public


@pytest.mark.parametrize(
    ("url", "key", "problem"),
    [
        ("", "k", "video.no_push_address"),
        ("live.example/app", "k", "video.no_push_address"),
        ("rtmp:/x/y", "k", "video.no_push_address"),
        ("ftp://a.example/live", "k", "video.no_push_address"),
        ("srt://a.example:9000", "k", "push.not_in_this_build"),
        ("https://a.example/whip/room", "k", "push.no_whip"),
        ("whip://a.example/room", "k", "push.no_whip"),
        ("rtmp:///live", "k", "push.bad_address"),
        ("rtmp://a.example:99999/live", "k", "push.bad_address"),
        ("rtmp://a.example/li ve", "k", "push.bad_address"),
        ("rtmp://me:pw@a.example/live", "k", "push.password_in_address"),
        ("rtmp://a.example/live", "", "push.no_key"),
        ("rtmp://a.example", "", "push.no_key"),
        ("rtmp://a.example/live/", "", "push.no_key"),
        ("rtmp://a.example/live", "k 1", "push.bad_key"),
        ("rtmp://a.example/live", "k\x001", "push.bad_key"),
    ],
)
def test_what_cannot_be_pushed_to_is_refused_with_a_text(url, key, problem):
    with refused(problem):
        push_address.split("a", url, key)
