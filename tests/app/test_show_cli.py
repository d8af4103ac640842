import json
from pathlib import Path

import pytest

from studio.app import cli, show_cli
from studio.core.goods import Product
from studio.core.money import Money
from studio.core.paths import Profile
from studio.show.session import LiveSession
from studio.store.catalog import Catalog
from studio.store.catalog_rows import row_of
from studio.store.show_store import Recording, ShowStore
from tests import media


@pytest.fixture
def profile(tmp_path: Path) -> Profile:
    profile = Profile(tmp_path / "data").make()
    catalog = Catalog(profile.pool_db, profile.pool_index)
    with catalog.writer() as writer:
        rows = [
            row_of(Product(id=f"p{n}", title=f"脐橙 {n}", price=Money(n + 1), list_price=Money(9), stock=1, version=1))
            for n in range(3)
        ]
        writer.upsert_rows(rows)
        writer.commit()
    catalog.close()
    return profile


def studio(profile: Profile, *words: str) -> int:
    return cli.main(["--data", str(profile.folder), "--language", "en", *words])


def plan(path: Path, ids: list[str]) -> Path:
    coupon = {"name": "满59减20", "threshold_fen": 5900, "amount_fen": 2000, "total_count": 5}
    promotions = [{"kind": "coupon", "settings": coupon, "item": 2}]
    items = [{"product_id": each, "planned_s": 90} for each in ids]
    path.write_text(json.dumps({"title": "青山村", "items": items, "promotions": promotions}), encoding="utf-8")
    return path


def test_a_plan_goes_in_and_comes_out_the_same(profile: Profile, tmp_path: Path) -> None:
    assert studio(profile, "show", "import", str(plan(tmp_path / "in.json", ["p2", "p0"]))) == 0
    assert studio(profile, "show", "export", str(tmp_path / "out.json")) == 0
    told = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))
    assert [(item["product_id"], item["planned_s"]) for item in told["items"]] == [("p2", 90), ("p0", 90)]
    assert told["title"] == "青山村"
    assert told["promotions"][0]["item"] == 2
    assert told["promotions"][0]["settings"]["amount_fen"] == 2000


def test_unknown_products_are_named_and_the_rest_is_kept(
    profile: Profile, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert studio(profile, "show", "import", str(plan(tmp_path / "in.json", ["p1", "gone", "p1"]))) == 1
    assert "gone" in capsys.readouterr().out
    store = ShowStore(profile.show_db)
    session = store.unfinished_session()
    assert session is not None
    rundown = store.rundown(session.rundown_id)
    store.close()
    assert rundown is not None
    assert [item.product.id for item in rundown.items] == ["p1"]


@pytest.mark.parametrize(
    "text", ["", "[]", '{"items": 1}', '{"items": [{"product_id": 5}]}', '{"items": [{"product_id": "p1", "planned_s": -1}]}',
             '{"items": [], "promotions": [{"kind": "lottery", "settings": {}}]}', '{"items": [], "promotions": 5}']
)  # fmt: skip
def test_a_broken_file_is_refused_whole(
    profile: Profile, tmp_path: Path, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "broken.json"
    path.write_text(text)
    assert studio(profile, "show", "import", str(path)) == 2
    assert "broken.json" in capsys.readouterr().err
    store = ShowStore(profile.show_db)
    assert store.last_session() is None
    store.close()


def test_help_is_told_in_both_languages(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    for language, word in (("en_US.UTF-8", "Exit codes"), ("zh_CN.UTF-8", "退出码")):
        monkeypatch.setenv("LC_ALL", language)
        with pytest.raises(SystemExit) as ended:
            cli.main(["--help"])
        assert ended.value.code == 0
        told = capsys.readouterr().out
        assert word in told
        for command in ("rehearse", "hub", "pool", "show", "doctor"):
            assert command in told


def test_clips_are_cut_afterwards_and_what_is_lost_is_named(
    profile: Profile, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["--data", str(profile.folder), "show", "clips"]) == 2
    recording = media.moving_pattern(tmp_path / "part-1.mp4", media.ClipSpec(seconds=4.0))
    store = ShowStore(profile.show_db)
    session = LiveSession(id="s1", title="x", anchor="", rundown_id="r", is_rehearsal=True).go_live("room", 1)
    with store.transaction() as tx:
        tx.session(session)
        tx.recording("s1", Recording(part=1, path=recording.name, started_ms=1, bytes=1, seconds=4.0))
        for number, (item_id, name) in enumerate((("a", recording.name), ("b", recording.name), ("c", "gone.mp4")), 1):
            payload = {"item_id": item_id, "number": number, "title": f"脐橙 {item_id}"}
            tx.as_run("s1", number, "show.take", show_cli.BY, payload)
            mark = {"session_id": "s1", "recording": name, "item_id": item_id, "frame_index": 5, "at_ms": 1}
            tx.mark(mark | {"pts_ms": (number - 1) * 1000})
    store.close()
    words = ["--data", str(profile.folder), "show", "clips", "--out", str(tmp_path)]
    assert cli.main(words) == 1
    said = capsys.readouterr().out
    assert "gone.mp4" in said
    made = sorted(path.name for path in (tmp_path / "s1-clips").iterdir())
    assert made == ["01 脐橙 a.jpg", "01 脐橙 a.mp4", "02 脐橙 b.jpg", "02 脐橙 b.mp4"]
    (tmp_path / "s1-clips" / made[1]).unlink()
    assert cli.main(words) == 1
    assert capsys.readouterr().out.count(".mp4\n") == 1
    assert cli.main([*words, "--again", "--session", "s1"]) == 1
    store = ShowStore(profile.show_db)
    assert [row["item_id"] for row in store.clips("s1")] == ["a", "b"]
    store.close()
