"""A session with a sensor of every kind, each with all its faults.

`make soak` runs it for four hours.
"""

import asyncio
import gc
import itertools
import random
from datetime import UTC, datetime
from pathlib import Path

import pytest

from devices.discovery import Search
from devices.sensor import SensorSpec
from devices.sensor_kinds import KINDS
from devices.virtual.faults import Fault, FaultKind
from devices.virtual.peripheral import Peripheral
from devices.virtual.peripherals.catalog import (
    VirtualSensorConfig,
    make_sensor,
    supported_faults,
    supported_kinds,
)
from devices.virtual.shared_radio import SharedRadio
from monitor.analysis.replay import verify
from monitor.clock import SessionClock
from monitor.config.policies import find_policy
from monitor.core.session_spec import SessionSpec
from monitor.entries import Entry, EntryKind
from monitor.service.task_group import serve
from monitor.sessions.session import Session
from monitor.sessions.session_runner import SessionRunner
from monitor.storage.journal import Journal
from tests.durations import SOAK_HOURS
from tests.virtual.test_kinds import ABOUT
from tests.virtual.virtual_room import in_virtual_time

BEGAN_S = datetime(2026, 1, 1, 9, tzinfo=UTC).timestamp()
SOAK_S = round(3600 * SOAK_HOURS)
BACK_WITHIN_S = 10.0
CALM_S = 30.0  # between the end of a fault and the next: also the slowest link is back by then


def schedule_faults(kind: str, rng: random.Random) -> list[Fault]:
    """Return all faults of a kind repeatedly in random order, with a pause after each."""
    ways = sorted(supported_faults(kind) - {FaultKind.FLAT}, key=lambda each: each.value)
    found: list[Fault] = []
    at_s = 30.0
    for way in itertools.chain.from_iterable(iter(lambda: rng.sample(ways, len(ways)), None)):
        lasts_s = rng.uniform(3, 25)
        if at_s + lasts_s + CALM_S > SOAK_S:
            return found
        found.append(Fault(way, at_s, lasts_s))
        at_s += lasts_s + rng.uniform(CALM_S, 1.5 * CALM_S)
    raise AssertionError("unreachable")


async def soak(
    path: Path, rng: random.Random
) -> tuple[dict[str, Peripheral], dict[str, VirtualSensorConfig]]:
    loop = asyncio.get_running_loop()
    clock = SessionClock(
        lambda: round((BEGAN_S + loop.time()) * 1e9), lambda: round(loop.time() * 1e9)
    )
    configs = {
        kind: VirtualSensorConfig(kind=kind, faults=schedule_faults(kind, rng))
        for kind in supported_kinds()
    }
    stop = asyncio.Event()
    async with SharedRadio() as shared_radio, asyncio.TaskGroup() as tasks:
        sensors = {kind: make_sensor(shared_radio, config) for kind, config in configs.items()}
        spec = SessionSpec(
            id="soak",
            site="a",
            room="1",
            participant="P",
            virtual=True,
            software="test",
            policy=find_policy("mdma-session"),
            sensors=tuple(
                SensorSpec(label=kind, kind=kind, address=sensor.address)
                for kind, sensor in sensors.items()
            ),
            utc_offset_s=0,
        )
        session = Session.open(spec, path, clock)
        on = [tasks.create_task(sensor.run()) for sensor in sensors.values()]
        loop.call_later(SOAK_S, stop.set)
        await serve(
            [SessionRunner(session=session)], Search(shared_radio.radio()), {}, stop, rng, 1e9
        )
        for task in on:
            task.cancel()
    assert asyncio.all_tasks() == {asyncio.current_task()}
    return sensors, configs


@pytest.mark.extended
@pytest.mark.no_cover
def test_every_kind_and_every_fault_in_one_session(tmp_path: Path) -> None:
    handles = len([*Path("/proc/self/fd").iterdir()])
    path = tmp_path / "soak.journal"
    sensors, configs = in_virtual_time(soak(path, random.Random(7)))
    gc.collect()
    assert len([*Path("/proc/self/fd").iterdir()]) <= handles
    with Journal.read(path) as journal:
        assert journal.damage() is None
        assert verify(journal).difference is None
        entries = list(journal.entries())
    for kind, sensor in sensors.items():
        of_it = [each for each in entries if each.source.partition("/")[0] == kind]
        _check_received(kind, sensor, of_it)
        if not KINDS[kind].broadcasts and not KINDS[kind].connects_per_reading:
            _check_reconnections(configs[kind], of_it)


def _check_received(kind: str, sensor: Peripheral, entries: list[Entry]) -> None:
    """Check that nothing is duplicated, out of order, or missing while subscribed."""
    packets = [each for each in entries if each.kind == EntryKind.PACKET]
    got = [
        (each.source.partition("/")[2], each.payload)
        for each in packets
        if each.source.partition("/")[2] not in ABOUT
    ]
    sent = [each for each in sensor.sent if each[0] not in ABOUT]
    assert len(got) >= 3, kind
    if KINDS[kind].broadcasts:  # received occasionally, as a separate frame
        sent_payloads = [payload for _, payload in sent]
        assert all(any(each in payload for each in sent_payloads) for _, payload in got), kind
        return
    states = [each.body() for each in entries if each.kind == EntryKind.LINK]
    if kind == "room-thermometer":  # its last value is asked for at each connection as well
        assert len(got) - len(sent) <= sum(state["state"] == "connected" for state in states)
        assert len({*got} - {*sent}) <= 1  # what it holds before it has measured
        return
    rest = iter(sent)
    assert all(each in rest for each in got), kind
    # Data that a silent sensor sends during the disconnection are lost.
    silent = sum("still sends no data" in state["reason"] for state in states)
    assert len(sent) - len(got) <= silent, kind


def _check_reconnections(config: VirtualSensorConfig, entries: list[Entry]) -> None:
    connected_s = [
        each.received_ns / 1e9 - BEGAN_S
        for each in entries
        if each.kind == EntryKind.LINK and each.body()["state"] == "connected"
    ]
    for fault in config.faults:
        if fault.kind is FaultKind.DROP_OUT:
            back_s = fault.at_s + fault.for_s
            after = min((at_s for at_s in connected_s if at_s >= back_s), default=1e9)
            assert after - back_s <= BACK_WITHIN_S, (config.kind, fault, connected_s)
