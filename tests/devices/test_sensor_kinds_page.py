"""The page about sensors matches the table, and its example of a new kind works."""

import asyncio
import re
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

from devices.packets import Quality
from devices.scanner import scan
from devices.sensor import SensorSpec
from devices.sensor_kinds import KINDS, SensorKind
from devices.sensor_kinds.models import MODELS, Model
from devices.sensor_kinds_page import PAGE, page
from devices.virtual.peripherals.catalog import VirtualSensorConfig, make_sensor
from devices.virtual.shared_radio import SharedRadio
from monitor.commands.scan import show
from monitor.config.run import SensorConfig
from monitor.core.engine import Engine
from monitor.entries import Entry, EntryKind, body_bytes
from monitor.facts import ReadingFact
from tests.engine.scripted_session import START_NS, spec
from tests.virtual.test_kinds import record
from tests.virtual.virtual_room import in_virtual_time


def test_page_is_up_to_date() -> None:
    assert PAGE.read_text("utf-8") == page(), "run: python -m devices.sensor_kinds_page"


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.names)
def test_every_model_names_a_kind_or_the_reason(model: Model) -> None:
    assert model.kind is None or model.kind in KINDS
    assert all(text.strip() == text != "" for text in (model.names, model.note, model.source))
    assert model.note in page()


def block(language: str) -> str:
    [text] = re.findall(rf"```{language}\n(.*?)```", page(), re.DOTALL)
    return str(text)


@pytest.fixture
def kind(monkeypatch: pytest.MonkeyPatch) -> SensorKind:
    """Add the page's example of a new kind to the table."""
    names: dict[str, object] = {}
    exec(block("python"), names)  # noqa: S102 - the documentation's own example
    kind = names["kind"]
    assert isinstance(kind, SensorKind)
    monkeypatch.setitem(KINDS, kind.name, kind)
    return kind


def test_new_kind_is_found_by_a_scan_and_recorded(
    kind: SensorKind, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async def look() -> None:
        async with SharedRadio() as shared_radio, asyncio.TaskGroup() as tasks:
            sensor = make_sensor(shared_radio, VirtualSensorConfig(kind=kind.name))
            running = tasks.create_task(sensor.run())
            show(await scan(shared_radio.radio(), 5), as_json=False)
            running.cancel()

    in_virtual_time(look())
    printed = capsys.readouterr().out
    assert "ear-thermometer" in printed
    [sensor] = tomllib.loads(printed[printed.index("[[sensor]]") :])["sensor"]
    assert SensorConfig(**sensor).kind == kind.name

    recorded = record(tmp_path, VirtualSensorConfig(kind=kind.name, every_s=10.0), 60.5)
    assert recorded.qualities("body_temperature") == {Quality.GOOD}
    assert {name for name, _, _ in recorded.readings} == {*kind.signals}


def test_new_kind_is_decoded_in_a_session(kind: SensorKind) -> None:
    SensorConfig(label="ear", kind=kind.name)
    session = replace(spec(), sensors=(SensorSpec(label="ear", kind=kind.name),))
    engine = Engine()
    packet = bytes.fromhex("04850F00FE09")
    for seq, (what, source, payload) in enumerate(
        [
            (EntryKind.SESSION, "s1", body_bytes(session.body())),
            (EntryKind.PACKET, "ear/2A1C", packet),
        ],
        start=1,
    ):
        at_ns = START_NS + seq
        facts = engine.apply(
            Entry(seq=seq, received_ns=at_ns, kind=what, source=source, payload=payload)
        )
    [reading] = [fact for _, fact in facts if isinstance(fact, ReadingFact)]
    assert (reading.subject, reading.value) == ("ear/body_temperature", 39.73)


def test_configuration_example_is_valid() -> None:
    [sensor] = tomllib.loads(block("toml"))["sensor"]
    assert SensorConfig.model_validate(sensor).key == sensor["key"]


@pytest.mark.parametrize(
    ("sensor", "reason"),
    [
        ({"kind": "heart-rate-strap", "key": "0" * 32}, "requires a broadcasting"),
        ({"kind": "broadcast-thermometer", "key": "0" * 32}, "with an 'address'"),
        ({"kind": "broadcast-thermometer", "address": "A", "key": "0" * 31}, "match pattern"),
    ],
)
def test_unusable_key_is_rejected(sensor: dict[str, str], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        SensorConfig.model_validate({"label": "room", **sensor})
