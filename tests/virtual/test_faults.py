"""Faults of virtual sensors as seen by a client."""

import asyncio

import pytest

from devices.decoders import decode, full_uuid
from devices.packets import Quality
from devices.virtual.battery import Battery
from devices.virtual.faults import Fault, FaultKind, parse_fault
from devices.virtual.peripherals import Strap
from tests.virtual.virtual_room import (
    PATCH,
    ROOM,
    STRAP,
    Room,
    Steady,
    client,
    collector,
    in_virtual_time,
    listen,
    room,
)

HEART_RATE = full_uuid("2A37")


def strap_with(there: Room, *faults: Fault, detects_contact: bool = True) -> Strap:
    strap = Strap(
        there.shared_radio,
        Steady(),
        name="Strap",
        address=STRAP,
        faults=faults,
        detects_contact=detects_contact,
    )
    there.switch_on(strap)
    return strap


@pytest.mark.parametrize(
    ("detects_contact", "expected"),
    [(True, "0400"), (False, "0000")],
    ids=["a strap that tells contact", "a strap that does not, such as the Polar H10"],
)
def test_strap_off_the_body_has_no_heart_rate_and_no_beats(
    detects_contact: bool, expected: str
) -> None:
    async def fail() -> None:
        async with room(on=False) as there:
            strap_with(there, Fault(FaultKind.OFF_BODY, 0, 60), detects_contact=detects_contact)
            got = await listen(there, STRAP, "2A37", 100)
            off, on = got[:59], got[61:]
            assert {payload.hex() for payload in off} == {expected}
            assert {decode("2A37", payload).readings[0].quality for payload in on} == {Quality.GOOD}

    in_virtual_time(fail())


@pytest.mark.parametrize(
    ("address", "uuid", "expected"), [(PATCH, "2A1C", "04ffff7f0002"), (ROOM, "2A6E", "0080")]
)
def test_thermometer_off_the_body_has_no_value(address: str, uuid: str, expected: str) -> None:
    async def fail() -> None:
        async with room() as there:
            sensor = there.patch if address == PATCH else there.thermometer
            sensor.fail(FaultKind.OFF_BODY, 1000)
            got = await listen(there, address, uuid, 200)
            assert {payload.hex() for payload in got} == {expected}

    in_virtual_time(fail())


def test_frozen_sensor_repeats_its_last_value() -> None:
    async def fail() -> None:
        async with room() as there:
            for address, uuid, sensor in (
                (STRAP, "2A37", there.strap),
                (PATCH, "2A1C", there.patch),
            ):
                await asyncio.sleep(30)
                sensor.fail(FaultKind.FROZEN, 300)
                frozen = await listen(there, address, uuid, 200)
                assert len(set(frozen)) == 1
                assert len(frozen) > 15
                await asyncio.sleep(100)
                assert len(set(await listen(there, address, uuid, 200))) > 15

    in_virtual_time(fail())


def test_patch_off_the_body_freezes_at_its_last_measurement() -> None:
    async def fail() -> None:
        async with room() as there, client(there, PATCH) as connected:
            got: list[bytes] = []
            await connected.start_notify(full_uuid("2A1C"), collector(got))
            await asyncio.sleep(35)
            there.patch.fail(FaultKind.OFF_BODY, 30)
            await asyncio.sleep(30)
            there.patch.fail(FaultKind.FROZEN, 30)
            await asyncio.sleep(30)
            values = [decode("2A1C", payload).readings[0].value for payload in got]
            assert values[3:6] == [None] * 3
            assert values[6:9] == [values[2]] * 3

    in_virtual_time(fail())


def test_silent_sensor_stays_connected() -> None:
    async def fail() -> None:
        async with room() as there:
            there.strap.fail(FaultKind.SILENT, 100)
            async with client(there, STRAP) as connected:
                got: list[bytes] = []
                await connected.start_notify(HEART_RATE, collector(got))
                await asyncio.sleep(90)
                assert got == []
                assert there.strap.sent == []
                assert connected.is_connected
                await asyncio.sleep(20)
                assert got

    in_virtual_time(fail())


def test_sensor_drops_out_and_returns_on_schedule() -> None:
    async def fail() -> None:
        loop = asyncio.get_running_loop()
        async with room(on=False) as there:
            strap_with(there, Fault(FaultKind.DROP_OUT, 60, 30), Fault(FaultKind.DROP_OUT, 120, 30))
            for away_s in (60, 120):
                lost = asyncio.Event()
                connected = client(
                    there, STRAP, disconnected_callback=lambda _, s=lost: s.set(), timeout=60
                )
                await connected.connect()
                await lost.wait()
                assert loop.time() == pytest.approx(away_s, abs=0.1)
            async with client(there, STRAP, timeout=60):
                assert loop.time() == pytest.approx(150, abs=1)

    in_virtual_time(fail())


async def malformed() -> list[bytes]:
    async with room() as there:
        there.strap.fail(FaultKind.MALFORMED, 1000)
        got = await listen(there, STRAP, "2A37", 300)
        assert got == [payload for _, payload in there.strap.sent]
        return got


def test_malformed_packets_arrive_unchanged_and_deterministic() -> None:
    got = in_virtual_time(malformed())
    assert got == in_virtual_time(malformed())
    assert b"" in got
    whole = {payload for payload in got if len(payload) == 6 and payload[0] == 0x16}
    assert not whole, "none is what the strap would have sent"
    assert any(payload.startswith(b"\x16") for payload in got), "some are cut short"
    assert max(map(len, got)) > 10, "some are anything"


def test_sensor_disappears_when_its_battery_is_empty() -> None:
    async def fail() -> None:
        async with room(on=False) as there:
            strap_with(there, Fault(FaultKind.FLAT, 0, 1800))
            levels: list[bytes] = []
            lost = asyncio.Event()
            connected = client(there, STRAP, disconnected_callback=lambda _: lost.set())
            await connected.connect()
            await connected.start_notify(full_uuid("2A19"), collector(levels))
            await lost.wait()
            assert levels == sorted(levels, reverse=True)
            assert len(levels) > 25
            assert levels[-1] == bytes([0])
            assert asyncio.get_running_loop().time() == pytest.approx(1800, abs=0.1)
            await there.running[0]

    in_virtual_time(fail())


def test_battery_can_be_empty_at_once() -> None:
    async def fail() -> None:
        async with room() as there:
            await asyncio.sleep(100)
            there.strap.fail(FaultKind.FLAT, 5)
            await there.running[0]
            assert asyncio.get_running_loop().time() == pytest.approx(105, abs=0.1)

    in_virtual_time(fail())


def test_battery_drains_evenly_and_faults_drain_the_rest() -> None:
    battery = Battery(charge=90, drain_per_hour=10)
    assert [battery.level(hour * 3600, ()) for hour in (0, 1, 8, 9, 10)] == [90, 80, 10, 0, 0]
    assert battery.empty_s(()) == 9 * 3600
    flat = (Fault(FaultKind.FLAT, 3600, 1800),)
    assert [battery.level(at_s, flat) for at_s in (3599, 3600, 4500, 5400)] == [80, 80, 39, 0]
    assert battery.empty_s(flat) == 5400
    assert battery.empty_s((Fault(FaultKind.SILENT, 0, 10),)) == 9 * 3600


@pytest.mark.parametrize(
    "text", ["", "off-body", "off-body@1", "rain@1+2", "silent@-1+2", "flat@1+0"]
)
def test_invalid_fault_is_rejected(text: str) -> None:
    with pytest.raises(ValueError, match="is not a valid fault; use KIND@START"):
        parse_fault(text)
    assert parse_fault("silent@1.5+2") == Fault(FaultKind.SILENT, 1.5, 2)
