"""Each kind of virtual sensor in a session: sent data are recorded and decoded."""

import asyncio
import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from bumble import gatt

from devices.decoders import KINDS, SensorKind
from devices.discovery import Search
from devices.errors import LinkError
from devices.packets import Quality
from devices.scanner import ScanResult, scan
from devices.sensor import SensorSpec
from devices.virtual.characteristics import constant
from devices.virtual.encoders.broadcasts import FORMATS
from devices.virtual.faults import Fault, FaultKind, parse_fault
from devices.virtual.peripheral import Peripheral
from devices.virtual.peripherals import catalog
from devices.virtual.peripherals.catalog import VirtualSensorConfig, make_sensor, supported_faults
from devices.virtual.shared_radio import SharedRadio
from monitor.clock import SessionClock
from monitor.config.policies import find_policy
from monitor.core.session_spec import SessionSpec
from monitor.entries import EntryKind
from monitor.service.task_group import serve
from monitor.sessions.session import Session
from monitor.sessions.session_runner import SessionRunner
from monitor.storage.journal import Journal
from tests.durations import LONG, rest_extended
from tests.virtual.virtual_room import in_virtual_time

BEGAN = datetime(2026, 1, 1, 9, tzinfo=UTC)
KEY = "231d39c1d7cc1ab1aee224cd096db932"
# Kinds whose services no class of virtual sensors offers.
WITHOUT_VIRTUAL_SENSOR: set[str] = set()
CUFFS = {"blood-pressure-cuff", "beurer-bm85"}
SUPPORTED = catalog.supported_kinds()
# Characteristics without measurements: read after connecting, or responses to commands.
ABOUT = {"2A19", "2A1D", "2A38", "2A60", *(f"2A2{digit}" for digit in "456789")}


@dataclass(frozen=True)
class Recorded:
    """The recorded data of one sensor.

    Attributes:
        sent: measurements sent by the sensor, as (characteristic, bytes).
        received: packets in the journal, except values that were read.
        readings: (signal, value, quality).
        links: states of the link.
        causes: of alarms.
    """

    sent: list[tuple[str, bytes]]
    received: list[tuple[str, bytes]]
    readings: list[tuple[str, float | None, Quality]]
    links: list[str]
    causes: list[str]

    def qualities(self, signal: str) -> set[Quality]:
        return {quality for name, _, quality in self.readings if name == signal}


def record(
    folder: Path, config: VirtualSensorConfig, seconds: float, kind: str | None = None
) -> Recorded:
    """Run a session with one sensor in virtual time; return the content of its journal.

    Args:
        folder: of the journal.
        config: of the sensor.
        seconds: length of the session.
        kind: as which the sensor is configured; None for its own.
    """
    return in_virtual_time(_record(folder, config, seconds, kind or config.kind))


async def _record(folder: Path, config: VirtualSensorConfig, seconds: float, kind: str) -> Recorded:
    loop = asyncio.get_running_loop()
    clock = SessionClock(
        lambda: round((BEGAN.timestamp() + loop.time()) * 1e9), lambda: round(loop.time() * 1e9)
    )
    stop = asyncio.Event()
    path = folder / f"{config.kind}.journal"
    async with SharedRadio() as shared_radio, asyncio.TaskGroup() as tasks:
        peripheral = make_sensor(shared_radio, config)
        sensor = SensorSpec(label="it", kind=kind, address=peripheral.address, key=config.key)
        spec = SessionSpec(
            id="s",
            site="a",
            room="1",
            participant="P",
            virtual=True,
            software="test",
            policy=find_policy("resting-adult"),
            sensors=(sensor,),
            utc_offset_s=0,
        )
        session = Session.open(spec, path, clock)
        on = tasks.create_task(peripheral.run())
        loop.call_later(seconds, stop.set)
        await serve(
            [SessionRunner(session=session)],
            Search(shared_radio.radio()),
            {},
            stop,
            random.Random(1),
            1e9,
        )
        on.cancel()
    with Journal.read(path) as journal:
        packets = [entry for entry in journal.entries() if entry.kind == EntryKind.PACKET]
        facts = [(row.kind, row.subject, json.loads(row.payload)) for row in journal.facts()]
    # A gateway may send nothing else.
    assert {entry.source.partition("/")[2] for entry in packets} <= KINDS[kind].sends
    received = [
        (entry.source.partition("/")[2], entry.payload)
        for entry in packets
        if entry.source.partition("/")[2] not in ABOUT
    ]
    return Recorded(
        sent=list(peripheral.sent),
        received=received,
        readings=[
            (subject.partition("/")[2], fact["value"], Quality(fact["quality"]))
            for kind, subject, fact in facts
            if kind == "reading"
        ],
        links=[fact["state"] for kind, _, fact in facts if kind == "link"],
        causes=[fact["cause"] for kind, _, fact in facts if kind == "alarm" and fact["cause"]],
    )


def fault(text: str) -> Sequence[Fault]:
    return (parse_fault(text),)


def test_every_kind_has_a_virtual_sensor() -> None:
    assert {*KINDS} - {*SUPPORTED} == WITHOUT_VIRTUAL_SENSOR


def test_kind_without_a_virtual_sensor_is_rejected(monkeypatch: pytest.MonkeyPatch) -> None:
    unknown = SensorKind(
        name="unknown-device",
        label="Unknown device",
        subscribe=("0aad7ea0-0d60-11e2-8e3c-000000000000",),
        signals=("heart_rate",),
        silent_after_s=10.0,
    )
    monkeypatch.setitem(KINDS, unknown.name, unknown)
    with pytest.raises(LinkError, match="kind 'unknown-device' has no virtual sensor; choose one"):
        supported_faults(unknown.name)


@pytest.mark.parametrize(
    "kind", rest_extended(kind for kind in SUPPORTED if not KINDS[kind].broadcasts)
)
def test_sent_data_are_recorded_and_decoded(kind: str, tmp_path: Path) -> None:
    minutes = {
        "blood-pressure-cuff": 16,
        "beurer-bm85": 16,
        "polar-armband-ppi": 3,
        "thermometer": 4,
    }.get(kind, 2)
    found = record(tmp_path, VirtualSensorConfig(kind=kind), minutes * 60 + 4.5)
    read = 1 if kind == "room-thermometer" else 0  # it is asked once for its last value
    assert found.received[read:] == [each for each in found.sent if each[0] not in ABOUT]
    assert len(found.received) >= 3
    assert {name for name, _, _ in found.readings} == set(KINDS[kind].signals)
    wanted = {Quality.GOOD}
    if "core_temperature" in KINDS[kind].signals:
        wanted.add(Quality.SETTLING)  # it has just been put on
    if kind == "beurer-bm85":
        wanted.add(Quality.NO_VALUE)  # it sends no mean pressure
    if kind == "thermometer":
        wanted.add(Quality.QUESTIONABLE)  # intermediate values
    assert set.union(*(found.qualities(name) for name in KINDS[kind].signals)) == wanted


def _alone(self: Peripheral) -> list[gatt.Service]:
    """Return no battery level and no device information."""
    self._battery_level = constant(0x2A19, b"")
    return []


@pytest.mark.parametrize(
    ("kind", "signal", "seconds"),
    [
        ("heart-rate-strap", "heart_rate", 30),
        ("thermometer", "body_temperature", 130.5),
        ("blood-pressure-cuff", "systolic", 330.5),
        ("pulse-oximeter", "spo2", 30),
    ],
)
def test_unknown_sensor_with_a_standard_service_works_without_an_entry(
    kind: str, signal: str, seconds: float, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Peripheral, "_common_services", _alone)
    config = VirtualSensorConfig(kind=kind, name="Unheard of 7")

    async def look() -> list[ScanResult]:
        async with SharedRadio() as shared_radio, asyncio.TaskGroup() as tasks:
            on = tasks.create_task(make_sensor(shared_radio, config).run())
            found = await scan(shared_radio.radio(), seconds)
            on.cancel()
        return found

    [found] = in_virtual_time(look())
    assert found.kind is KINDS[kind]
    recorded = record(tmp_path, config, seconds)
    assert Quality.GOOD in recorded.qualities(signal)
    assert "connected" in recorded.links


def test_contradictory_cuff_is_reported_and_not_read(tmp_path: Path) -> None:
    """A Beurer BM85 configured as a generic cuff."""
    config = VirtualSensorConfig(kind="beurer-bm85")
    found = record(tmp_path, config, 620.5, kind="blood-pressure-cuff")
    assert [name for name, _, _ in found.readings if name != "battery"] == []
    assert len([cause for cause in found.causes if "it contradicts itself" in cause]) == 1


def test_cuff_whose_clock_restarts_is_live_from_the_second_measurement(tmp_path: Path) -> None:
    config = VirtualSensorConfig(
        kind="blood-pressure-cuff", clock=lambda: datetime(2021, 1, 1, 0, 1, tzinfo=UTC)
    )
    found = record(tmp_path, config, 1220.5)
    qualities = [quality for name, _, quality in found.readings if name == "systolic"]
    assert qualities == [Quality.STORED, *[Quality.GOOD] * (len(qualities) - 1)]
    assert len(qualities) >= 3
    assert any("the sensor's clock shows 2021-01-01 00:01:00" in cause for cause in found.causes)


@pytest.mark.parametrize("advert_format", rest_extended(FORMATS))
def test_broadcasts_are_recorded_and_decoded(advert_format: str, tmp_path: Path) -> None:
    for key in (None, KEY) if advert_format in ("bthome", "xiaomi") else (None,):
        (tmp_path / str(key)).mkdir()
        config = VirtualSensorConfig(
            kind="broadcast-thermometer", advert_format=advert_format, key=key
        )
        found = record(tmp_path / str(key), config, 60)
        assert len(found.received) >= 8
        heard = {payload for _, payload in found.received}
        assert all(any(told in each for each in heard) for told in heard)
        shouted = [told for _, told in found.sent]
        assert all(any(told in each for told in shouted) for each in heard)
        values = [value for name, value, _ in found.readings if name == "ambient_temperature"]
        assert values[0] == pytest.approx(21.5, abs=0.2)
        assert found.qualities("ambient_temperature") == {Quality.GOOD}


def test_broadcast_thermometer_on_the_skin_reports_skin_temperature(tmp_path: Path) -> None:
    found = record(tmp_path, VirtualSensorConfig(kind="broadcast-skin-thermometer"), 60)
    assert found.qualities("skin_temperature") == {Quality.GOOD}


NO_VALUE, NO_CONTACT, DOUBT = Quality.NO_VALUE, Quality.NO_CONTACT, Quality.QUESTIONABLE


@pytest.mark.parametrize(
    ("kind", "what", "signal", "qualities"),
    [
        ("heart-rate-strap", "off-body", "heart_rate", {NO_VALUE}),
        ("polar-h10-ecg", "off-body", "heart_rate", {NO_VALUE}),
        ("polar-armband-ppi", "off-body", "heart_rate", {NO_VALUE}),
        ("polar-armband-ppi", "off-body", "rr_interval", {DOUBT}),
        ("polar-armband-ppi", "questionable", "rr_interval", {DOUBT}),
        ("movesense-ecg", "off-body", "heart_rate", {NO_VALUE}),
        ("core-patch", "off-body", "core_temperature", {NO_VALUE}),
        ("core-patch-detail", "off-body", "core_temperature", {NO_VALUE}),
        ("core-patch-detail", "questionable", "core_temperature", {DOUBT}),
        ("core-patch-detail", "questionable", "skin_temperature", {Quality.GOOD}),
        ("thermometer", "off-body", "body_temperature", {NO_VALUE}),
        ("thermometer", "stored", "body_temperature", {DOUBT, Quality.GOOD, Quality.STORED}),
        ("skin-thermometer", "off-body", "skin_temperature", {NO_VALUE}),
        ("room-thermometer", "off-body", "ambient_temperature", {Quality.GOOD, NO_VALUE}),
        ("blood-pressure-cuff", "off-body", "systolic", {NO_VALUE}),
        ("blood-pressure-cuff", "questionable", "systolic", {DOUBT}),
        ("blood-pressure-cuff", "stored", "systolic", {Quality.GOOD, Quality.STORED}),
        ("beurer-bm85", "questionable", "systolic", {DOUBT}),
        ("pulse-oximeter", "off-body", "spo2", {NO_CONTACT}),
        ("pulse-oximeter", "questionable", "spo2", {DOUBT}),
        ("pulse-oximeter", "low-perfusion", "spo2", {Quality.GOOD}),
        ("pulse-oximeter", "stored", "spo2", {Quality.GOOD, Quality.STORED}),
        ("nonin-oximeter", "off-body", "spo2", {NO_VALUE}),
        ("nonin-oximeter", "questionable", "spo2", {DOUBT}),
        ("berrymed-oximeter", "off-body", "spo2", {NO_VALUE}),
        ("jumper-oximeter", "off-body", "spo2", {NO_VALUE}),
        ("wellue-oximeter", "off-body", "spo2", {NO_VALUE}),
        ("wellue-oximeter", "questionable", "spo2", {DOUBT}),
        ("viatom-oximeter", "off-body", "spo2", {NO_VALUE}),
        ("viatom-oximeter", "questionable", "spo2", {NO_VALUE}),
    ],
)
def test_quality_flags_of_a_sensor_are_respected(
    kind: str, what: str, signal: str, qualities: set[Quality], tmp_path: Path
) -> None:
    seconds = 620.5 if kind in CUFFS else 130.5
    found = record(
        tmp_path, VirtualSensorConfig(kind=kind, faults=fault(f"{what}@0+9999")), seconds
    )
    assert found.qualities(signal) == qualities


@pytest.mark.parametrize("kind", rest_extended(SUPPORTED))
def test_no_fault_of_a_sensor_stops_a_session(kind: str, tmp_path: Path) -> None:
    cuff = kind in CUFFS
    faults = sorted(supported_faults(kind), key=lambda each: each.value)
    if not LONG:  # each fault with some kinds, and each kind with some faults
        faults = faults[SUPPORTED.index(kind) % 3 :: 3] or faults[:1]
    for number, what in enumerate(faults):
        (tmp_path / str(number)).mkdir()
        span = (290, 40) if cuff else (40, 70)
        config = VirtualSensorConfig(kind=kind, faults=(Fault(what, *span),))
        found = record(tmp_path / str(number), config, 620.5 if cuff else 150.5)
        values = [value for _, value, _ in found.readings]
        match what:
            case FaultKind.DROP_OUT | FaultKind.FLAT if not KINDS[kind].broadcasts and not cuff:
                # A sensor that connects per reading is waited for.
                assert ("waiting" if KINDS[kind].connects_per_reading else "lost") in found.links
            case FaultKind.SILENT if KINDS[kind].silent_after_s < span[1]:
                assert {"silent", "lost"} & {*found.links}
            case FaultKind.MALFORMED if not KINDS[kind].broadcasts:
                # Any bytes are recorded as received.
                told = [each for each in found.sent if each[0] not in ABOUT]
                assert found.received[-len(told) :] == told
                assert values
            case _:
                assert values


def test_frozen_oximeter_repeats_its_value_and_recovers(tmp_path: Path) -> None:
    found = record(
        tmp_path, VirtualSensorConfig(kind="nonin-oximeter", faults=fault("frozen@100+200")), 600
    )
    rates = [value for name, value, _ in found.readings if name == "pulse_rate"]
    assert len({*rates[102:298]}) == 1
    assert len({*rates[:100]}) > 1
    assert len({*rates[302:]}) > 1
