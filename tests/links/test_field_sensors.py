"""Sensors with the peculiarities of real ones, over the virtual radio."""

import asyncio
import tomllib
from dataclasses import replace
from typing import NoReturn

import pytest
from bumble import att, gatt
from bumble.core import UUID

from devices.found_sensor import config_lines
from devices.scanner import scan
from devices.sensor import SensorSpec
from devices.vendors import berrymed, polar, polar_control
from devices.virtual.characteristics import (
    INDICATE,
    NOTIFY,
    READ,
    Characteristic,
    Properties,
    constant,
    uuid_of,
)
from devices.virtual.peripherals import Strap
from devices.virtual.peripherals.catalog import VirtualSensorConfig, make_sensor
from tests.links.test_link import RecordingSink, linked
from tests.virtual.virtual_room import STRAP, Room, Steady, in_virtual_time, room

PRIVATE, CHANGED, OTHER = "4A:11:22:33:44:55", "5B:66:77:88:99:AA", "F0:00:00:00:01:08"
ODD = SensorSpec(label="strap", kind="heart-rate-strap", name="Odd")
_PERMISSIONS = Characteristic.READABLE | Characteristic.WRITEABLE


def refusing(uuid: int | str, properties: Properties, code: int) -> Characteristic:
    """Return a characteristic that refuses to be read or written."""

    def refuse(*_: object) -> NoReturn:
        raise att.ATT_Error(code)

    value: gatt.CharacteristicValue[bytes] = gatt.CharacteristicValue(read=refuse, write=refuse)
    return gatt.Characteristic(uuid_of(uuid), properties, _PERMISSIONS, value)


def services(uuid: int | str, *instances: list[Characteristic]) -> list[gatt.Service]:
    return [gatt.Service(uuid_of(uuid), characteristics) for characteristics in instances]


class OddStrap(Strap):
    """A strap with other services beside the heart rate."""

    def __init__(self, there: Room, beside: list[gatt.Service], address: str = STRAP) -> None:
        super().__init__(there.shared_radio, Steady(), name="Odd", address=address)
        self._beside = beside
        self._battery_level = constant(0x2A19, b"")  # nobody subscribes to it

    def _common_services(self) -> list[gatt.Service]:
        return self._beside


def measured(beside: list[gatt.Service], kind: str = "heart-rate-strap") -> RecordingSink:
    """Return what a link receives from a strap within a minute."""

    async def run() -> RecordingSink:
        sink = RecordingSink()
        spec = SensorSpec(label="strap", kind=kind, address=STRAP)
        async with room(on=False) as there:
            there.switch_on(OddStrap(there, beside))
            async with linked(there, spec, sink=sink):
                await asyncio.sleep(60)
        return sink

    return in_virtual_time(run())


@pytest.mark.parametrize("code", [0x02, 0x05, 0x0F, 0x80])
def test_heart_rate_arrives_despite_refused_serial_number_and_battery(code: int) -> None:
    """Some straps protect everything but the heart rate and cannot be paired."""
    sink = measured(
        [
            *services(0x180A, [constant(0x2A29, b"Maker"), refusing(0x2A25, READ, code)]),
            *services(0x180F, [refusing(0x2A19, READ | NOTIFY, code)]),
        ]
    )
    assert len(sink.measured("strap", "2A37")) >= 55
    assert sink.measured("strap", "2A29") == [b"Maker"]
    assert {*sink.reported_states()} == {"connected"}
    assert (
        f"no battery level, serial number: reading was refused (0x{code:02X} "
        in (sink.states[-1][3])
    )


def test_heart_rate_arrives_despite_several_battery_services() -> None:
    levels = [
        [gatt.Characteristic(uuid_of(0x2A19), READ | NOTIFY, _PERMISSIONS, value)]
        for value in (b"\x50", b"\x64")
    ]
    sink = measured(services(0x180F, *levels))
    assert len(sink.measured("strap", "2A37")) >= 55
    assert sink.measured("strap", "2A19") == [b"\x50"]
    assert sink.reported_states() == ["connected"]


def test_strap_whose_ecg_cannot_be_started_sends_its_heart_rate() -> None:
    control = refusing(polar_control.CONTROL_POINT, Properties.WRITE | INDICATE, 0x03)
    data = gatt.Characteristic(UUID(polar.DATA), NOTIFY, _PERMISSIONS, b"")
    for beside, reason in (
        (services(polar.SERVICE, [control, data]), "start was refused (0x03 write not permitted)"),
        ([], "the sensor does not offer it"),
    ):
        sink = measured(beside, "polar-h10-ecg")
        assert len(sink.measured("strap", "2A37")) >= 55
        assert f"is connected: no ECG: {reason}" in sink.states[-1][3]
        assert {*sink.reported_states()} == {"connected"}


def test_sensor_with_a_changing_address_is_found_by_its_name() -> None:
    """A phone that shares a watch's heart rate changes its address every quarter of an hour."""

    async def run() -> None:
        by_name, by_address = RecordingSink(), RecordingSink()
        async with room(on=False) as there:
            there.switch_on(OddStrap(there, [], PRIVATE))
            [found] = await scan(there.shared_radio.radio(), 3)
            [text] = config_lines([found]).values()
            [printed] = tomllib.loads(text)["sensor"]
            assert (printed["name"], printed.get("address")) == ("Odd", None)
            for sink, spec in (
                (by_name, SensorSpec(label="strap", kind="heart-rate-strap", name="Odd")),
                (by_address, replace(ODD, name=None, address=PRIVATE)),
            ):
                if not there.running[-1].done():
                    there.running[-1].cancel()
                    there.switch_on(OddStrap(there, [], PRIVATE))
                async with linked(there, spec, sink=sink):
                    await asyncio.sleep(60)
                    there.running[-1].cancel()
                    await asyncio.sleep(5)
                    there.switch_on(OddStrap(there, [], CHANGED))
                    changed_s = asyncio.get_running_loop().time()
                    await asyncio.sleep(60)
                if sink is by_name:
                    assert sink.times[-1] > changed_s + 40
        assert by_address.times[-1] < changed_s
        assert "has changed: configure its name instead" in by_address.states[-1][3]

    in_virtual_time(run())


@pytest.mark.parametrize("spec", [ODD, replace(ODD, name=None)], ids=["name", "kind"])
def test_ambiguous_sensors_need_a_choice(spec: SensorSpec) -> None:
    async def run() -> None:
        sink = RecordingSink()
        async with room(on=False) as there:
            there.switch_on(OddStrap(there, [], STRAP), OddStrap(there, [], OTHER))
            async with linked(there, spec, sink=sink):
                await asyncio.sleep(120)
                assert sink.reported_states() == ["failed"]
                assert "choose it under 'Replace or add a sensor'" in sink.states[0][3]
                there.running[0].cancel()
                await asyncio.sleep(30)
                assert sink.reported_states() == ["failed", "connected"]
                assert len(sink.measured("strap", "2A37")) > 10

    in_virtual_time(run())


@pytest.mark.parametrize("spec", [ODD, replace(ODD, name=None)], ids=["name", "kind"])
def test_other_sensor_never_replaces_the_connected_one(
    spec: SensorSpec,
) -> None:
    async def run() -> None:
        sink = RecordingSink()
        async with room(on=False) as there:
            there.switch_on(OddStrap(there, [], STRAP))
            async with linked(there, spec, sink=sink):
                await asyncio.sleep(30)
                there.switch_on(OddStrap(there, [], OTHER))
                there.running[0].cancel()
                await asyncio.sleep(120)
                assert sink.reported_states() == ["connected", "lost", "searching"]
                assert "another device that matches is nearby" in sink.states[-1][3]
                there.switch_on(OddStrap(there, [], STRAP))
                await asyncio.sleep(15)
                assert sink.reported_states()[-1] == "connected"

    in_virtual_time(run())


def test_oximeter_that_advertises_only_its_name_is_found_by_it() -> None:
    async def run() -> None:
        async with room(on=False) as there:
            berry = VirtualSensorConfig(kind="berrymed-oximeter", name="BerryMed")
            sensor = make_sensor(there.shared_radio, berry)
            sensor._advertised = list  # type: ignore[method-assign]
            sensor.advertised_services = ()
            there.switch_on(sensor)
            [found] = await scan(there.shared_radio.radio(), 3)
            assert found.kind is None
            [text] = config_lines([found]).values()
            [printed] = tomllib.loads(text)["sensor"]
            assert printed["kind"] == "berrymed-oximeter"
            for identity in ({"address": printed["address"]}, {"name": "BerryMed"}):
                sink = RecordingSink()
                spec = SensorSpec(label="ox", kind=printed["kind"], **identity)
                async with linked(there, spec, sink=sink):
                    await asyncio.sleep(30)
                assert len(sink.measured("ox", berrymed.STREAM)) > 20

    in_virtual_time(run())
