"""Faults of the Bluetooth service and of switches: their messages, and when they appear."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
from bleak.exc import (
    BleakBluetoothNotAvailableError,
    BleakBluetoothNotAvailableReason,
    BleakDBusError,
)

from devices.errors import AdapterError
from devices.link_errors import diagnose, refine
from devices.link_faults import BOND, NO_SERVICE, NOT_ALLOWED, OFF, LinkFault
from devices.rfkill import blocked_switches
from devices.scanner import scan
from devices.virtual.faults import FaultKind
from monitor.commands.doctor_bluetooth import bluetooth_findings
from tests.links.failing_radio import RadioFaults, radio
from tests.links.fake_service import FakeService
from tests.links.test_failures import linked
from tests.links.test_link import BY_ADDRESS, RecordingSink
from tests.links.test_scan_and_doctor import WELL
from tests.virtual.virtual_room import STRAP, in_virtual_time, room


def test_crash_of_the_service_is_reported_at_once() -> None:
    async def run() -> None:
        sink, service = RecordingSink(), FakeService()
        async with (
            room() as there,
            linked(there, RadioFaults(), BY_ADDRESS, sink=sink, service=service),
        ):
            await asyncio.sleep(10)
            crashed_s = asyncio.get_running_loop().time()
            service.crash()
            await asyncio.sleep(0.1)
            at_s, _, state, reason = sink.states[-1]
            assert (at_s - crashed_s, state.value) == (0.0, "lost")
            assert "Bluetooth service is not running: start it" in reason
            service.running = True
            await asyncio.sleep(10)
            assert sink.reported_states()[-1] == "connected"

    in_virtual_time(run())


def test_hanging_service_is_reported_instead_of_the_sensor() -> None:
    async def run() -> None:
        sink, service = RecordingSink(), FakeService()
        async with (
            room() as there,
            linked(there, RadioFaults(), BY_ADDRESS, sink=sink, service=service),
        ):
            await asyncio.sleep(10)
            service.responds = False
            there.strap.fail(FaultKind.SILENT, 60)
            await asyncio.sleep(40)
            silent, *_, searching = sink.states[1:]
            assert (silent[2].value, searching[2].value) == ("silent", "searching")
            for _, _, _, reason in (silent, searching):
                assert "systemctl restart bluetooth" in reason
            service.responds = True
            await asyncio.sleep(30)
            assert sink.reported_states()[-1] == "connected"

    in_virtual_time(run())


@pytest.mark.parametrize(
    ("paired", "words"), [(True, "bluetoothctl remove ADDRESS"), (False, "no free connection")]
)
def test_sensor_that_does_not_respond_is_explained(paired: bool, words: str) -> None:
    async def run() -> None:
        sink, service = RecordingSink(), FakeService()
        service.hold(STRAP, "Strap", Connected=False, Paired=paired)
        patch = replace(BY_ADDRESS, label="second", address="F0:00:00:00:01:02", kind="core-patch")
        faults = RadioFaults(dead={STRAP})
        async with (
            room() as there,
            linked(there, faults, BY_ADDRESS, patch, sink=sink, service=service),
        ):
            await asyncio.sleep(40)
            reasons = {why for _, sensor, _, why in sink.states if sensor == "strap"}
            assert len(reasons) == 1
            assert words in reasons.pop()

    in_virtual_time(run())


@pytest.mark.parametrize(
    ("running", "switched_off", "words"),
    [
        (False, False, "service is not running: start it"),
        (True, True, "rfkill unblock bluetooth"),
        (True, False, "bluetoothctl power on"),
    ],
)
def test_scan_names_the_cause(running: bool, switched_off: bool, words: str) -> None:
    async def look() -> None:
        async with room() as there:
            off = BleakBluetoothNotAvailableError(
                "off", BleakBluetoothNotAvailableReason.POWERED_OFF
            )
            faults = RadioFaults(adapters=["hci0"], broken={"hci0": off})
            service = FakeService(running=running, switched_off=switched_off)
            with pytest.raises(AdapterError, match=words):
                await scan(replace(radio(there, faults), service=service), 5, "hci0")

    in_virtual_time(look())


@pytest.mark.parametrize(
    ("fault", "running", "found"),
    [
        (OFF, False, NO_SERVICE),
        (BOND, False, NO_SERVICE),
        (NOT_ALLOWED, False, NOT_ALLOWED),
        (OFF, None, OFF),
        (BOND, True, BOND),
    ],
)
def test_service_that_is_not_running_explains_all_but_its_own_errors(
    fault: LinkFault, running: bool | None, found: LinkFault
) -> None:
    assert refine(fault, running=running, blocked=False) is found


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("org.freedesktop.DBus.Error.Spawn.ChildExited", "start it"),
        ("org.freedesktop.systemd1.NoSuchUnit", "enable --now bluetooth"),
        ("org.freedesktop.systemd1.UnitMasked", "unmask bluetooth"),
    ],
)
def test_service_that_cannot_start_is_named(name: str, advice: str) -> None:
    assert advice in diagnose(BleakDBusError(name, ["Launch helper exited"])).message


def test_blocking_switches_are_read(tmp_path: Path) -> None:
    for number, (kind, soft) in enumerate([("bluetooth", "1"), ("wlan", "1"), ("bluetooth", "0")]):
        switch = tmp_path / f"rfkill{number}"
        switch.mkdir()
        for name, text in {"type": kind, "name": f"hci{number}", "soft": soft, "hard": "0"}.items():
            (switch / name).write_text(f"{text}\n")
    (tmp_path / "rfkill9").mkdir()  # unplugged meanwhile
    assert list(blocked_switches(tmp_path)) == [("hci0", "soft")]


def test_doctor_names_a_kernel_with_a_known_fault() -> None:
    debian = replace(WELL, kernel="6.1.0-56-amd64 #1 SMP Debian 6.1.192-2")
    assert any("update it" in finding.found for finding in bluetooth_findings(debian))
    assert not any(finding.what == "kernel" for finding in bluetooth_findings(WELL))
