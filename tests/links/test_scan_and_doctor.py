"""`physiomon scan`, and the Bluetooth findings of `physiomon doctor`."""

import json
import re
import tomllib
from dataclasses import replace

import pytest
from bleak.backends.device import BLEDevice
from rich.cells import cell_len

from devices.decoders import KINDS
from devices.scanner import ScanResult, scan
from devices.virtual.peripherals import Strap
from monitor.commands.doctor_bluetooth import BluetoothFacts, bluetooth_findings, powered
from monitor.commands.output import print_error
from monitor.commands.scan import show
from monitor.config.run import SensorConfig
from tests.virtual.virtual_room import STRAP, Steady, in_virtual_time, room

WELL = BluetoothFacts(
    system="Linux",
    adapters=("hci0",),
    powered=(("hci0", True),),
    bus=True,
    running=True,
    pairing=True,
    version="bluetoothctl: 5.66",
    answer="Powered: yes",
)


def test_scan_prints_valid_configuration(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")

    async def look() -> None:
        async with room() as there:
            there.switch_on(
                Strap(there.shared_radio, Steady(), name="Other", address=STRAP[:-1] + "9")
            )
            found = await scan(there.shared_radio.radio(), 5)
        show(found, as_json=False)

    in_virtual_time(look())
    printed = capsys.readouterr().out
    assert "rr_interval" in printed
    lines = printed[printed.index("[[sensor]]") :]
    sensors = [SensorConfig(**each) for each in tomllib.loads(lines)["sensor"]]
    assert len(sensors) == len({each.label for each in sensors}) == 4
    assert {"strap", "strap-2", "patch"} < {each.label for each in sensors}


# Terminal escape, rich markup, line break and bidi override, as any device nearby can send them.
HOSTILE = "\x1b[2J[red]A\n\u202eB\x9b[/red]"


def hostile_scan(*, as_json: bool) -> None:
    async def look() -> None:
        async with room(on=False) as there:
            there.switch_on(Strap(there.shared_radio, Steady(), name=HOSTILE, address=STRAP))
            show(await scan(there.shared_radio.radio(), 5), as_json=as_json)

    in_virtual_time(look())


def test_device_name_cannot_control_the_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("FORCE_COLOR", "1")  # as on a terminal, where rich writes colours
    hostile_scan(as_json=False)
    printed = re.sub(r"\x1b\[[0-9;]*m", "", capsys.readouterr().out)  # those of rich itself
    assert printed.replace("\n", "").isprintable()
    [row] = [line for line in printed.splitlines() if STRAP in line and "dBm" in line]
    assert "\ufffd[2J[red]A\ufffd\ufffdB\ufffd[/red]" in row
    [sensor] = tomllib.loads(printed[printed.index("[[sensor]]") :])["sensor"]
    assert sensor["address"] == STRAP


HOSTILE_NAMES = (
    HOSTILE,
    "\u05d0\u05d1\u05d2\u05d3 \u0645\u0631\u062d\u0628\u0627" * 5,
    "e" + "\u0301\u0323" * 60,
    "\uff37\uff29\uff24\uff25" * 20,
    "\U0001f493\ufe0f\u200d" * 20,
    "x" * 248,
    '[[sensor]]\naddress = "00:00"',
    "'\"\\\t\r\x00\x7f\x9b",
    "",
    " ",
)


@pytest.mark.parametrize("terminal", [True, False])
def test_thirty_hostile_devices_fit_a_table_of_80_columns(
    terminal: bool,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    if terminal:
        monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    kinds = ("heart-rate-strap", "broadcast-thermometer", "berrymed-oximeter")
    found = [
        ScanResult(
            device=BLEDevice(
                f"{('F0', '4A', '1A')[n % 3]}:4B:6F:5E:B0:{n:02X}",
                None,
                {"props": {"AddressType": ("public", "random")[n % 2]}},
            ),
            name=HOSTILE_NAMES[n % len(HOSTILE_NAMES)] or None,
            rssi=-100 + n,
            services=(),
            kind=KINDS[kinds[n % 3]],
        )
        for n in range(30)
    ]
    show(found, as_json=False)
    printed = re.sub(r"\x1b\[[0-9;]*m", "", capsys.readouterr().out)  # those of rich itself
    assert printed.replace("\n", "").isprintable()
    table, _, lines = printed.partition("\n\n")
    assert all(cell_len(line) <= 80 for line in table.splitlines())
    rows = [line for line in table.splitlines() if "dBm" in line]
    assert [row.split()[0] for row in rows] == [sensor.address for sensor in found]
    assert not any("\u0301" in row for row in rows)
    assert len(table.splitlines()) == 1 + len(found)
    assert "non-resolvable" in table
    sensors = [SensorConfig(**each) for each in tomllib.loads(lines)["sensor"]]
    assert len({each.label for each in sensors}) == 30
    names = {sensor.name for sensor in found}
    assert all(each.name is None or each.name in names for each in sensors)


def test_cuff_with_quirks_is_suggested_by_its_name(capsys: pytest.CaptureFixture[str]) -> None:
    device = BLEDevice(STRAP, None, {"props": {"AddressType": "public"}})
    cuff = KINDS["blood-pressure-cuff"]
    found = ScanResult(device=device, name="Beurer BM85", rssi=-50, services=(), kind=cuff)
    for each in (found, replace(found, kind=KINDS["heart-rate-strap"])):
        show([each], as_json=False)
    printed = capsys.readouterr().out
    assert "beurer-bm85? " in printed
    assert 'kind = "beurer-bm85"' in printed
    assert 'kind = "heart-rate-strap"' in printed  # a name does not turn a strap into a cuff


def test_device_name_in_json_is_escaped_and_complete(capsys: pytest.CaptureFixture[str]) -> None:
    hostile_scan(as_json=True)
    printed = capsys.readouterr().out
    assert printed.removesuffix("\n").isprintable()
    assert [each["name"] for each in json.loads(printed)] == [HOSTILE]


def test_error_cannot_control_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    print_error(f"{HOSTILE} cannot be reached")
    printed = capsys.readouterr().err
    assert printed == "physiomon: \ufffd[2J[red]A\n\ufffdB\ufffd[/red] cannot be reached\n"


def test_scan_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    async def look() -> None:
        async with room() as there:
            show(await scan(there.shared_radio.radio(), 5), as_json=True)

    in_virtual_time(look())
    found = {each["address"]: each for each in json.loads(capsys.readouterr().out)}
    assert found[STRAP]["kind"] == "heart-rate-strap"
    assert "heart_rate" in found[STRAP]["measures"]
    assert tomllib.loads(found[STRAP]["config"])["sensor"][0]["address"] == STRAP


def test_working_bluetooth_has_no_findings() -> None:
    assert all(finding.ok for finding in bluetooth_findings(WELL))
    assert [f.found for f in bluetooth_findings(WELL)][-1] == "on"


@pytest.mark.parametrize(
    ("facts", "advice"),
    [
        (BluetoothFacts(system="Linux"), "plug in a Bluetooth adapter"),
        (BluetoothFacts(system="Linux", adapters=("hci0",)), "systemctl enable --now bluetooth"),
        (
            BluetoothFacts(system="Linux", adapters=("hci0",), bus=True, running=False),
            "systemctl enable --now bluetooth",
        ),
        (
            BluetoothFacts(system="Linux", adapters=("hci0",), bus=True),
            "create its user on the host",
        ),
        (replace(WELL, answer=None), "group 'bluetooth'"),
        (replace(WELL, powered=(("hci0", False),), answer="Powered: no"), "bluetoothctl power on"),
        (replace(WELL, pairing=False), "pair with bluetoothctl"),
        (
            BluetoothFacts(system="Linux", blocked=("hci0 (software switch)",)),
            "rfkill unblock bluetooth",
        ),
        (BluetoothFacts(system="Linux", version="bluetoothctl: 5.50"), "BlueZ 5.55 or a newer 5.x"),
        (BluetoothFacts(system="Linux", version="5.64"), "install 5.66"),
        (BluetoothFacts(system="Linux", version="6.0"), "BlueZ 5.55 or a newer 5.x"),
        (BluetoothFacts(system="Linux", version="odd"), "BlueZ 5.55 or a newer 5.x"),
    ],
)
def test_problem_is_reported_with_the_remedy(facts: BluetoothFacts, advice: str) -> None:
    wrong = [finding for finding in bluetooth_findings(facts) if not finding.ok]
    assert any(advice in finding.advice for finding in wrong)
    assert all(finding.advice for finding in wrong)


def test_other_systems_are_not_checked() -> None:
    assert all(finding.ok for finding in bluetooth_findings(BluetoothFacts(system="Darwin")))


def test_power_of_an_adapter_is_read() -> None:
    assert powered("Controller 00:11\n\tPowered: no\n", ("hci0",)) == (("hci0", False),)
    assert powered("Powered: yes", ("hci0", "hci1")) == (("default adapter", True),)
    assert powered("No default controller available", ("hci0",)) == ()
