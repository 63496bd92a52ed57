"""Faulty adapters: sensors move to one that works, and stay there."""

import asyncio
import itertools
import random

import pytest
from bleak.exc import BleakDBusError, BleakError

from devices.virtual.faults import FaultKind
from tests.durations import SOAK_HOURS
from tests.links.failing_radio import RadioFaults
from tests.links.fake_service import FakeService
from tests.links.test_failures import linked, spec_of, straps
from tests.links.test_link import BY_ADDRESS, RecordingSink
from tests.virtual.virtual_room import in_virtual_time, room

SOAK_S = 3600 * max(SOAK_HOURS, 0.25)
MOVED_WITHIN_S = 600.0
BUSY = BleakDBusError("org.bluez.Error.InProgress", ["Operation already in progress"])


@pytest.mark.parametrize(
    "error",
    [
        BleakDBusError("org.bluez.Error.Failed", ["le-connection-abort-by-local"]),
        BleakDBusError("org.bluez.Error.Failed", ["br-connection-canceled"]),
        BUSY,
        OSError(9, "Bad file descriptor"),
        BleakError("failed to discover services, device disconnected"),
    ],
    ids=["aborted", "canceled", "in progress", "descriptor", "disconnected"],
)
def test_sensor_moves_from_an_adapter_that_only_hears_it(error: BaseException) -> None:
    async def run() -> None:
        sink = RecordingSink()
        faults = RadioFaults(adapters=["hci0", "hci1"], refused={"hci0": error})
        async with room() as there, linked(there, faults, BY_ADDRESS, sink=sink):
            await asyncio.sleep(60)
            assert sink.reported_states().count("failed") == 3
            assert sink.reported_states()[-1] == "connected"
            assert len(faults.on("hci1")) == 1
            assert any("moves from adapter hci0" in why for _, _, _, why in sink.states)

    in_virtual_time(run())


@pytest.mark.parametrize(
    ("place", "may_power_cycle", "lasts_s"),
    [("broken", True, 3600), ("refused", False, 700)],
    ids=["scan", "connection"],
)
def test_adapter_that_stays_busy_is_recovered_step_by_step(
    place: str, may_power_cycle: bool, lasts_s: float
) -> None:
    async def run() -> None:
        sink, service = RecordingSink(), FakeService()
        service.hold("F0:00:00:00:09:01", "Left by a crash")
        service.hold("F0:00:00:00:09:02", "Of another program", adapter="hci1", in_use=True)
        faults = RadioFaults(adapters=["hci0"])
        getattr(faults, place)["hci0"] = BUSY
        async with (
            room() as there,
            linked(
                there,
                faults,
                BY_ADDRESS,
                sink=sink,
                service=service,
                may_power_cycle=may_power_cycle,
            ),
        ):
            await asyncio.sleep(75)
            steps = ["restart scan of hci0", "disconnect 01"]
            assert service.steps == steps + ["power cycle hci0"] * may_power_cycle
            await asyncio.sleep(lasts_s - 75)
            reasons = list(dict.fromkeys(why for _, _, _, why in sink.states))
            assert len(reasons) == 3
            for reason, words in zip(
                reasons, ("is busy: retrying", "power off", "unplug it"), strict=True
            ):
                assert words in reason
            getattr(faults, place).clear()
            await asyncio.sleep(40)
            assert sink.reported_states()[-1] == "connected"

    in_virtual_time(run())


def test_adapter_with_connections_in_use_is_not_switched_off() -> None:
    async def run() -> None:
        sink, service = RecordingSink(), FakeService()
        service.hold("F0:00:00:00:09:01", "Of another program", in_use=True)
        service.hold("F0:00:00:00:09:02", "Keyboard", UUIDs=[])
        faults = RadioFaults(adapters=["hci0"], broken={"hci0": BUSY})
        async with (
            room() as there,
            linked(there, faults, BY_ADDRESS, sink=sink, service=service, may_power_cycle=True),
        ):
            await asyncio.sleep(600)
            assert {*service.steps} == {"restart scan of hci0"}

    in_virtual_time(run())


def test_sensor_moves_from_a_full_adapter_after_timeouts() -> None:
    """BlueZ does not report that an adapter is full: the attempt times out."""

    async def run() -> None:
        sink = RecordingSink()
        async with room(on=False) as there:
            straps_on = straps(there, 4)
            faults = RadioFaults(adapters=["hci0", "hci1"], hangs={"hci0": 2})
            there.switch_on(*straps_on)
            specs = [spec_of(strap, "hci0") for strap in straps_on]
            async with linked(there, faults, *specs, sink=sink):
                await asyncio.sleep(60)
                assert len(faults.on("hci0")) == len(faults.on("hci1")) == 2

    in_virtual_time(run())


def test_every_sensor_leaves_an_adapter_that_connects_one_time_in_five() -> None:
    async def run() -> None:
        sink, rng = RecordingSink(), random.Random(11)
        async with room(on=False) as there:
            straps_on = straps(there, 4)
            faults = RadioFaults(adapters=["hci0", "hci1"], unreliable={"hci1": 0.8})
            there.switch_on(*straps_on)
            async with linked(there, faults, *map(spec_of, straps_on), sink=sink):
                loop = asyncio.get_running_loop()
                for strap in itertools.cycle(straps_on):
                    await asyncio.sleep(rng.uniform(40, 80))
                    assert loop.time() < MOVED_WITHIN_S or not faults.on("hci1")
                    if loop.time() > SOAK_S:
                        break
                    strap.fail(FaultKind.DROP_OUT, rng.uniform(5, 60))
            assert sum("moves from adapter hci1" in why for _, _, _, why in sink.states) >= 1
            for strap in straps_on:
                sent = [payload for uuid, payload in strap.sent if uuid == "2A37"]
                assert sink.measured(strap.name, "2A37") == sent
                assert len(sent) > 0.7 * SOAK_S

    in_virtual_time(run())
