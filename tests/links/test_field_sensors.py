"""Sensors with the peculiarities of real ones, over the virtual radio."""

import asyncio
from typing import NoReturn

import pytest
from bumble import att, gatt
from bumble.core import UUID

from devices.sensor import SensorSpec
from devices.vendors import polar, polar_control
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
from tests.links.test_link import RecordingSink, linked
from tests.virtual.virtual_room import STRAP, Room, Steady, in_virtual_time, room

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
def test_refused_serial_number_and_battery_cost_no_heart_rate(code: int) -> None:
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


def test_several_battery_services_cost_no_heart_rate() -> None:
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
