"""The lists to choose from: plain values, each with an address that can be opened; a driver that hangs hides only its own."""

import json
import threading

from studio.core.clock import SystemClock
from studio.desk.queries import ListDevices
from studio.video.devices import LISTERS, DeviceLists
from studio.video.engine import Engine
from studio.video.scene import Canvas
from studio.video.sources import SourceSpec
from tests.desk.doubles import play
from tests.video.told import until


def test_every_list_of_this_machine_is_plain_and_its_addresses_can_be_read():
    found = Engine(Canvas(180, 320), SystemClock(), lambda _fact: None).devices()
    assert json.loads(json.dumps(found)) == found
    assert found.keys() == {*LISTERS, "reasons"}
    for name in ("cameras", "screens", "windows"):
        assert all(SourceSpec.parse(entry["address"]).name and entry["name"] for entry in found[name])


def test_a_driver_that_hangs_hides_only_its_own_list_and_is_not_asked_twice():
    let_go, asked = threading.Event(), []

    def hang():
        asked.append(1)
        let_go.wait(20)
        return [{"name": "late"}]

    lists = DeviceLists({"cameras": hang, "screens": lambda: [{"name": "one"}]})
    until(lambda: lists.look(within_s=0.05)["reasons"].keys() == {"cameras"})
    found = lists.look(within_s=0.05)
    assert found["cameras"] == [] and found["screens"] == [{"name": "one"}]
    assert len(asked) == 1
    let_go.set()
    until(lambda: lists.look()["cameras"] == [{"name": "late"}])
    until(lambda: not [one for one in threading.enumerate() if one.name.startswith("devices-")])


def test_a_driver_that_breaks_costs_only_its_own_list(caplog):
    def broken():
        raise RuntimeError("a driver may do anything")

    found = DeviceLists({"cameras": broken, "screens": lambda: [{"name": "one"}]}).look()
    assert (found["cameras"], found["screens"]) == ([], [{"name": "one"}])
    assert found["reasons"]["cameras"] and "a driver may do anything" in caplog.text


def test_the_desk_asks_on_a_worker_and_answers_while_it_waits(tmp_path):
    asked_on = []

    async def story(stage):
        stage.picture.devices = lambda: asked_on.append(threading.current_thread().name) or {"cameras": []}
        assert await stage.desk.ask(ListDevices()) == {"cameras": []}

    play(story, tmp_path)
    assert asked_on[0].startswith("worker")
