"""Sensors that the Bluetooth service holds already, as after a crash of this program."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest

from devices.discovery import Search
from devices.known_devices import connected_devices, is_scanning, known_devices
from devices.link import SensorLink
from devices.scanner import scan
from devices.sensor import SensorSpec
from monitor.commands.scan import show
from tests.links.fake_service import FakeService, objects
from tests.links.test_link import BY_ADDRESS, BY_KIND, BY_NAME, RecordingSink
from tests.virtual.virtual_room import STRAP, Room, in_virtual_time, room, scanner

OTHER = "F0:00:00:00:09:09"


@asynccontextmanager
async def linked(
    there: Room, service: FakeService, *specs: SensorSpec
) -> AsyncIterator[RecordingSink]:
    """Run links on a radio that hears nothing, as if each sensor were connected."""
    sink = RecordingSink()
    deaf = type("Deaf", (scanner(there),), {"call_detection_callbacks": lambda *_: None})
    radio = replace(there.shared_radio.radio(), scanner=deaf, service=service)
    search = Search(radio)
    async with asyncio.TaskGroup() as tasks:
        links = [
            tasks.create_task(SensorLink(each, sink, radio, search, random.Random(n)).run())
            for n, each in enumerate(specs)
        ]
        yield sink
        for link in links:
            link.cancel()


@pytest.mark.parametrize("spec", [BY_ADDRESS, BY_NAME, BY_KIND], ids=["address", "name", "kind"])
def test_connected_sensor_is_taken_over(spec: SensorSpec) -> None:
    async def run() -> None:
        service = FakeService()
        async with room() as there, linked(there, service, spec) as sink:
            await asyncio.sleep(45)
            assert sink.reported_states() == ["searching"], "it cannot be heard"
            service.hold(STRAP, "Strap")
            await asyncio.sleep(25)
            assert sink.reported_states() == ["searching", "connected"]
            assert len(sink.measured("strap", "2A37")) >= 3

    in_virtual_time(run())


def test_connected_sensor_is_taken_over_at_the_start() -> None:
    async def run() -> None:
        service = FakeService()
        service.hold(STRAP, "Strap")
        async with room() as there, linked(there, service, BY_NAME) as sink:
            await asyncio.sleep(4)
            assert sink.reported_states() == ["connected"]
            assert sink.measured("strap", "2A37")
            assert there.shared_radio.listeners == 0
            assert service.expected == [STRAP]

    in_virtual_time(run())


@pytest.mark.parametrize("spec", [BY_NAME, BY_KIND], ids=["name", "kind"])
def test_sensor_of_another_program_is_named(spec: SensorSpec) -> None:
    async def run() -> None:
        service = FakeService()
        service.hold(STRAP, "Strap", in_use=True)
        async with room() as there, linked(there, service, spec) as sink:
            await asyncio.sleep(45)
            assert sink.reported_states() == ["searching"]
            assert "another program on this computer" in sink.states[0][3]

    in_virtual_time(run())


@pytest.mark.parametrize("spec", [BY_NAME, BY_KIND], ids=["name", "kind"])
def test_none_of_several_connected_sensors_is_taken_over(spec: SensorSpec) -> None:
    """One of them may be another participant's, left by another session that crashed too."""

    async def run() -> None:
        service = FakeService()
        service.hold(STRAP, "Strap")
        service.hold(OTHER, "Strap")
        async with room() as there, linked(there, service, spec) as sink:
            await asyncio.sleep(45)
            assert "connected" not in sink.reported_states()
            assert "several devices nearby match it" in sink.states[0][3]
            assert sink.packets == []

    in_virtual_time(run())


def test_sensor_with_the_configured_address_is_shared() -> None:
    async def run() -> None:
        service = FakeService()
        service.hold(STRAP, in_use=True)
        async with room() as there, linked(there, service, BY_ADDRESS) as sink:
            await asyncio.sleep(5)
            assert sink.reported_states() == ["connected"]

    in_virtual_time(run())


def test_sensor_of_another_link_is_left_to_it() -> None:
    async def run() -> None:
        service = FakeService()
        service.hold(STRAP, "Strap")
        second = SensorSpec(label="second", kind="heart-rate-strap")
        async with room() as there, linked(there, service, BY_ADDRESS, second) as sink:
            await asyncio.sleep(60)
            assert {
                sensor for _, sensor, state, _ in sink.states if state.value == "connected"
            } == {"strap"}

    in_virtual_time(run())


@pytest.mark.parametrize(
    "missing", [{"Connected": False}, {"ServicesResolved": False}], ids=["off", "not resolved"]
)
def test_only_connections_with_services_count(missing: dict[str, Any]) -> None:
    [device] = known_devices(objects(STRAP, **missing))
    assert connected_devices([device], lambda _: True, ()) == []


def test_properties_of_a_device_are_read() -> None:
    [device] = known_devices(objects(STRAP, "Strap", adapter="hci1", Paired=True, RSSI=-61))
    assert (device.adapter, device.connected, device.paired) == ("hci1", True, True)
    assert (device.found.address, device.found.name, device.found.rssi) == (STRAP, "Strap", -61)
    assert device.found.kind is not None
    assert device.found.kind.name == "heart-rate-strap"


def test_device_that_is_being_removed_is_skipped() -> None:
    assert known_devices({"/org/bluez/hci0/dev_1": {"org.bluez.Device1": {"Paired": True}}}) == []


def test_unused_connection_takes_precedence() -> None:
    devices = known_devices({**objects(STRAP, in_use=True), **objects(OTHER)})
    assert [device.found.address for device in connected_devices(devices, lambda _: True, ())] == [
        OTHER,
        STRAP,
    ]
    [claimed] = connected_devices(devices, lambda _: True, {OTHER})
    assert claimed.in_use


def test_scan_lists_connected_sensors_and_those_found_by_others(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    service = FakeService()
    service.hold(STRAP, "Strap")
    service.hold(OTHER, "Heard", Connected=False, RSSI=-61)
    service.hold("F0:00:00:00:09:0A", "Gone", Connected=False)
    service.hold("F0:00:00:00:09:0B", "Keyboard", UUIDs=[])

    async def look() -> None:
        async with room(on=False) as there:
            found = await scan(replace(there.shared_radio.radio(), service=service), 5)
        show(found, as_json=False)

    in_virtual_time(look())
    rows = [line for line in capsys.readouterr().out.splitlines() if line.startswith("F0:")]
    assert ["connected" in row for row in rows] == [False, True]
    assert "-61 dBm" in rows[0]


def test_scan_of_another_program_is_detected() -> None:
    assert not is_scanning(objects(STRAP))
    assert is_scanning({"/org/bluez/hci1": {"org.bluez.Adapter1": {"Discovering": True}}})
