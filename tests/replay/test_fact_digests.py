"""The facts of stored sessions are those of the versions before, byte for byte."""

import json

import pytest

from devices.sensor_kinds import KINDS
from monitor.core.session_spec import SessionSpec
from monitor.entries import Entry
from tests.durations import rest_extended
from tests.replay.fact_digests import DIGESTS, SESSIONS, digest, digests, names, stored

EXPECTED = json.loads(DIGESTS.read_text())


def test_every_stored_session_has_digests() -> None:
    assert names() == sorted(EXPECTED)


@pytest.mark.parametrize("name", EXPECTED)
def test_facts_are_unchanged(name: str) -> None:
    found = digests(name)
    changed = [policy for policy, each in found.items() if each != EXPECTED[name].get(policy)]
    assert not changed, (
        f"the facts of {name} have changed under {', '.join(changed)}; if that is intended, "
        "run python -m tests.replay.fact_digests and describe the change in CHANGELOG.md"
    )


@pytest.mark.parametrize("name", rest_extended(sorted(EXPECTED, key="random-7".__ne__)))
def test_facts_do_not_depend_on_pickled_engines(name: str) -> None:
    assert digests(name, kept_every=97) == EXPECTED[name]


def test_every_kind_of_sensor_is_in_a_stored_session() -> None:
    specs = [SessionSpec.from_body(_entries(name)[0].body()) for name in names()]
    assert {sensor.kind for spec in specs for sensor in spec.sensors} == {*KINDS}


def test_one_changed_value_changes_the_digest() -> None:
    entries = _entries("ride-indoor")
    packet = max(n for n, each in enumerate(entries) if each.kind == "packet")
    payload = entries[packet].payload
    changed = [*entries]
    changed[packet] = Entry(
        seq=entries[packet].seq,
        received_ns=entries[packet].received_ns,
        kind="packet",
        source=entries[packet].source,
        payload=payload[:1] + bytes([payload[1] ^ 1]) + payload[2:],
    )
    assert digest(changed) != digest(entries)


def _entries(name: str) -> list[Entry]:
    return list(stored(SESSIONS / f"{name}.xz"))
