"""Memory of failed attempts, and the moves that follow from it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.adapter_choice import AdapterChoice
from devices.adapter_memory import Reputation, SensorMemory
from devices.adapters import Adapters

# Events on hci0 and hci1 at times in seconds: f(ailed), w(orked), s(hort) and l(ong) connections.
Events = list[tuple[float, str, str]]


def remember(events: Events) -> SensorMemory:
    memory = SensorMemory()
    for now_s, what, adapter in events:
        match what:
            case "f":
                memory.failed(adapter, now_s)
            case "w":
                memory.worked(adapter, now_s)
            case "s":
                memory.ended(adapter, now_s, 5.0)
            case "l":
                memory.ended(adapter, now_s, 300.0)
    return memory


def fail(adapter: str, *times_s: float) -> Events:
    return [(now_s, "f", adapter) for now_s in times_s]


@pytest.mark.parametrize(
    ("events", "now_s", "until_s"),
    [
        pytest.param(fail("hci0", 1, 2), 2, 0, id="two failures are not enough"),
        pytest.param(fail("hci0", 1, 2, 3), 3, 123, id="three failures: two minutes"),
        pytest.param(fail("hci0", 1, 2, 3), 123, 0, id="after two minutes it is tried again"),
        pytest.param(fail("hci0", 1, 2, 3, 130, 131, 132), 132, 372, id="twice as long next time"),
        pytest.param(fail("hci1", 1, 2, 3), 3, 0, id="other adapters are not affected"),
        pytest.param(
            [*fail("hci0", 1, 2), (9, "w", "hci0"), (400, "l", "hci0"), *fail("hci0", 401)],
            401,
            0,
            id="a lasting connection clears the count",
        ),
        pytest.param(
            [(9, "w", "hci0"), (14, "s", "hci0")] * 3, 14, 134, id="short connections are failures"
        ),
        pytest.param(
            [*fail("hci0", 1, 2, 3), *fail("hci0", 4000, 4001, 4002)],
            4002,
            4122,
            id="after an hour all is forgotten",
        ),
    ],
)
def test_sensor_avoids_an_adapter(events: Events, now_s: float, until_s: float) -> None:
    assert remember(events).avoided_until("hci0", now_s) == until_s


def test_adapter_is_blamed_only_if_the_sensor_works_elsewhere_soon() -> None:
    memory = remember(fail("hci0", 1, 2, 3))
    assert memory.worked("hci1", 20.0) == {"hci0": 3}
    assert memory.worked("hci1", 21.0) == {}
    assert remember(fail("hci0", 1, 2, 3)).worked("hci0", 20.0) == {}
    assert remember(fail("hci0", 1, 2, 3)).worked("hci1", 700.0) == {}


def test_reputation_recovers_slower_than_it_is_lost() -> None:
    reputation = Reputation()
    reputation.blame(2, 0.0)
    assert not reputation.is_poor(0.0)
    reputation.blame(2, 0.0)
    assert reputation.is_poor(0.0)
    hour_s = 3600.0
    assert reputation.is_poor(6 * hour_s), "it stays poor with two failures left"
    assert not reputation.is_poor(12.1 * hour_s)
    reputation.blame(1, 12.1 * hour_s)
    assert not reputation.is_poor(12.1 * hour_s), (
        "fewer than three failures do not make it poor again"
    )


def test_connections_restore_a_reputation() -> None:
    reputation = Reputation()
    reputation.blame(3, 0.0)
    for _ in range(3):
        assert reputation.is_poor(0.0)
        reputation.praise(0.0)
    assert not reputation.is_poor(0.0)


def choices() -> tuple[Adapters, AdapterChoice, AdapterChoice]:
    adapters = Adapters(names=lambda: ["hci0", "hci1"])
    return adapters, AdapterChoice(adapters, None), AdapterChoice(adapters, None)


def test_sensor_moves_and_others_follow() -> None:
    _, first, second = choices()
    adapter, _ = first.switch(0.0)
    for now_s in (1.0, 2.0, 3.0):
        assert first.best(now_s) is adapter
        first.memory.failed(adapter.name, now_s)
    chosen, reason = first.switch(3.0)
    assert chosen is not adapter
    assert reason == "moves from adapter hci0, which connects unreliably, to adapter hci1"
    assert second.switch(4.0)[0] is adapter, "nobody knows yet whether the sensor is at fault"
    first.worked(chosen, 10.0)
    assert second.switch(11.0)[0] is chosen
    assert first.best(500.0) is chosen, "it stays where it works"


def test_removed_adapter_is_not_called_unreliable() -> None:
    names = ["hci0", "hci1"]
    choice = AdapterChoice(Adapters(names=lambda: names), "hci1")
    choice.switch(0.0)
    names.remove("hci1")
    assert choice.switch(1.0)[1] == "moves from adapter hci1, which was removed, to adapter hci0"


def test_no_move_is_reported_when_the_last_adapter_is_unplugged() -> None:
    names = ["hci0"]
    choice = AdapterChoice(Adapters(names=lambda: names), None)
    choice.switch(0.0)
    names.clear()
    assert choice.switch(1.0)[1] is None


def test_sensor_that_fails_everywhere_tries_each_adapter() -> None:
    _, choice, _ = choices()
    tried = []
    for attempt in range(12):
        adapter, _ = choice.switch(10.0 * attempt)
        tried.append(adapter.name)
        choice.memory.failed(adapter.name, 10.0 * attempt)
    assert tried == ["hci0"] * 3 + ["hci1"] * 3 + ["hci0"] * 3 + ["hci1"] * 3


def test_sensor_found_only_by_a_poor_adapter_uses_it() -> None:
    adapters, choice, _ = choices()
    adapters.get("hci1").reputation.blame(9, 0.0)
    assert choice.switch(0.0)[0].name == "hci0"
    choice.not_heard = True
    assert choice.switch(1.0)[0].name == "hci1"
    better = choice.better(2.0)
    assert better is not None
    assert better.name == "hci0"
    choice.use(better)
    assert choice.better(2.0) is None


@given(st.lists(st.tuples(st.integers(0, 900), st.sampled_from("fwsl"))))
def test_sensor_uses_a_present_adapter_and_moves_only_after_failures(
    steps: list[tuple[int, str]],
) -> None:
    _, choice, _ = choices()
    now_s, failures = 0.0, 0
    before, _ = choice.switch(now_s)
    for gap_s, what in steps:
        now_s += gap_s
        chosen, _ = choice.switch(now_s)
        assert chosen.name in ("hci0", "hci1")
        if chosen is not before:
            assert failures >= 3
            failures = 0
        before = chosen
        failures += what in "fs"
        match what:
            case "f":
                choice.memory.failed(chosen.name, now_s)
            case "w":
                choice.worked(chosen, now_s)
            case _:
                choice.memory.ended(chosen.name, now_s, 5.0 if what == "s" else 300.0)
