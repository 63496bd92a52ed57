"""The page about sensors is the table's, and its example of a new kind works in a session."""

import re
import tomllib
from dataclasses import replace

import pytest

from devices.sensor import SensorSpec
from devices.sensor_kinds import KINDS, SensorKind
from devices.sensor_kinds_page import PAGE, page
from monitor.config.run import SensorConfig
from monitor.core.engine import Engine
from monitor.entries import Entry, EntryKind, body_bytes
from monitor.facts import ReadingFact
from tests.engine.scripted_session import START_NS, spec


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text("utf-8") == page(), "run: python -m devices.sensor_kinds_page"


def block(language: str) -> str:
    [text] = re.findall(rf"```{language}\n(.*?)```", page(), re.DOTALL)
    return str(text)


def test_the_example_of_a_new_kind_works_in_a_session(monkeypatch: pytest.MonkeyPatch) -> None:
    names: dict[str, object] = {}
    exec(block("python"), names)  # noqa: S102 - the documentation's own example
    kind = names["kind"]
    assert isinstance(kind, SensorKind)
    monkeypatch.setitem(KINDS, kind.name, kind)

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


def test_the_example_of_a_configuration_is_one() -> None:
    [sensor] = tomllib.loads(block("toml"))["sensor"]
    assert SensorConfig.model_validate(sensor).key == sensor["key"]


@pytest.mark.parametrize(
    ("sensor", "reason"),
    [
        ({"kind": "heart-rate-strap", "key": "0" * 32}, "'key' goes with a thermometer"),
        ({"kind": "broadcast-thermometer", "key": "0" * 32}, "and its 'address'"),
        ({"kind": "broadcast-thermometer", "address": "A", "key": "0" * 31}, "match pattern"),
    ],
)
def test_a_key_that_cannot_be_used_is_told(sensor: dict[str, str], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        SensorConfig.model_validate({"label": "room", **sensor})
