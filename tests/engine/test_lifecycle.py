"""Undo, replaced sensors, start and end of a session in the engine."""

import json

import pytest

from devices.packets import Quality
from monitor.analysis.replay import facts_of
from monitor.core.engine import Engine
from monitor.delivery.line_protocol import LineEncoder
from monitor.entries import EntryKind, body_bytes
from monitor.facts import BaselineFact, LifeFact, LimitFact, ReadingFact, UndoFact, payload
from monitor.storage.fact_rows import FactRow
from tests.engine.scripted_session import START_NS, Script


def at_ns(second: float) -> int:
    return START_NS + round(second * 1e9)


def given(script: Script) -> int | None:
    return script.engine.dose_ns


def same_again(script: Script) -> bool:
    """Return whether another engine derives the same facts from the same entries."""
    made = [(row.kind, row.at_ns, row.payload) for row in facts_of(Engine(), script.entries)]
    return made == [(fact.kind, fact.at_ns, payload(fact)) for _, fact in script.facts]


def dosed() -> Script:
    script = Script()
    script.hearts(0, 600, 60)
    script.at(600).tell(EntryKind.MARKER, "dose", text="100 mg", by="MK")
    return script


def test_undone_dose_removes_its_baseline_limits_and_alarms() -> None:
    script = dosed()
    script.hearts(601, 640, 95)
    assert script.alarms("hr-rise") == ["611 hr-rise raised"]
    script.at(640).tell(EntryKind.UNDO, "dose", at_ns=at_ns(600), by="AB", reason="wrong button")
    assert given(script) is None
    assert script.alarms("hr-rise")[-1] == "640 hr-rise withdrawn"
    undone = next(fact for _, fact in script.facts if isinstance(fact, UndoFact))
    assert (undone.subject, undone.at_ns, undone.by) == ("dose", at_ns(600), "AB")
    baseline = [fact for _, fact in script.facts if isinstance(fact, BaselineFact)][-1]
    assert (baseline.value, baseline.at_ns) == (None, at_ns(640))
    limit = [f for _, f in script.facts if isinstance(f, LimitFact) and f.rule == "hr-rise"][-1]
    assert (limit.upper, limit.lower) == (None, None)
    script.hearts(641, 700, 99)
    assert script.alarms("hr-rise")[-1] == "640 hr-rise withdrawn"
    script.at(700).tell(EntryKind.MARKER, "dose", text="100 mg", by="MK")
    assert given(script) == at_ns(700)
    baseline = [fact for _, fact in script.facts if isinstance(fact, BaselineFact)][-1]
    assert baseline.value is not None
    assert same_again(script)


def test_marker_is_undone_once_and_only_by_its_own_time() -> None:
    script = dosed()
    script.at(610).tell(EntryKind.MARKER, "note", text="left the room", by="MK")
    for moment in (609, 610, 610):
        script.at(620).tell(EntryKind.UNDO, "note", at_ns=at_ns(moment), by="MK", reason="")
    assert sum(isinstance(fact, UndoFact) for _, fact in script.facts) == 1
    assert script.engine.dose_ns == at_ns(600)
    assert same_again(script)


def test_undone_marker_is_the_same_database_point_with_an_undone_field() -> None:
    script = dosed()
    script.at(640).tell(EntryKind.UNDO, "dose", at_ns=at_ns(600), by="MK", reason="a slip")
    encoder = LineEncoder("here", "s1", "P01")
    lines = [
        encoder.line(FactRow(0, seq, fact.at_ns, fact.kind, fact.subject, payload(fact)))
        for seq, fact in script.facts
        if fact.kind in ("marker", "undo")
    ]
    marker, undo = (line.decode().rsplit(" ", 2) for line in lines if line is not None)
    assert (marker[0], marker[2]) == (undo[0], undo[2])
    assert "undone=true" in undo[1]
    assert "MK" not in undo[1]
    assert "slip" not in undo[1]


DUE = """
name = "due"
version = "1"
reviewed_by = ""

[[rule]]
id = "bp-before"
signal = "systolic"
due = "2 before dose"
priority = "low"
message = "Measure blood pressure twice before the dose"
source = "test"

[[rule]]
id = "bp-high"
signal = "systolic"
above = 160
priority = "medium"
message = "Systolic pressure high"
source = "test"
"""


def vitals(script: Script, second: float, **values: float) -> int:
    script.at(second).tell(EntryKind.VITALS, "manual", values=values, by="MK", role="nurse")
    return script.engine.seq


def correct(script: Script, second: float, entry: int, **values: float | None) -> None:
    script.at(second).tell(
        EntryKind.CORRECTION, "manual", entry=entry, values=values, by="MK", reason="mistyped"
    )


def test_undoing_a_dose_withdraws_its_measurement_reminder() -> None:
    script = Script(DUE)
    script.at(60).tell(EntryKind.MARKER, "dose", text="", by="MK")
    assert script.alarms("bp-before") == ["60 bp-before raised"]
    script.at(70).tell(EntryKind.UNDO, "dose", at_ns=at_ns(60), by="MK", reason="slip")
    assert script.alarms("bp-before")[-1].startswith("70 bp-before")
    assert not script.engine.alarms.open()
    assert same_again(script)


def test_corrected_value_replaces_the_wrong_one_once() -> None:
    script = Script(DUE)
    entry = vitals(script, 10, systolic=210)
    assert script.alarms("bp-high") == ["10 bp-high raised"]
    correct(script, 20, entry, systolic=121)
    assert script.alarms("bp-high")[-1] == "20 bp-high cleared"
    readings = [fact for _, fact in script.facts if isinstance(fact, ReadingFact)]
    assert [(r.value, r.quality, r.at_ns) for r in readings] == [
        (210.0, Quality.GOOD, at_ns(10)),
        (210.0, Quality.INVALID, at_ns(10)),
        (121.0, Quality.GOOD, at_ns(10)),  # the measurement time
    ]
    correct(script, 30, entry, systolic=99)
    assert len(readings) == sum(isinstance(fact, ReadingFact) for _, fact in script.facts)
    assert same_again(script)


def test_voided_value_is_neither_evaluated_nor_counted() -> None:
    script = Script(DUE)
    entry = vitals(script, 10, systolic=150, fluid_intake=500)
    vitals(script, 15, fluid_intake=100)
    correct(script, 20, entry, systolic=None, fluid_intake=None)
    assert script.engine.spot.newest("systolic") is None
    assert script.engine.manual_vitals.fluid_ml == 100
    script.at(30).tell(EntryKind.MARKER, "dose", text="", by="MK")
    assert script.alarms("bp-before") == ["30 bp-before raised"]  # the voided value does not count
    assert same_again(script)


SETTLING = (
    'name = "s"\nversion = "1"\nreviewed_by = ""\n[settling]\ncore_temperature = "5min"\n'
    """
[[rule]]
id = "ct-high"
signal = "core_temperature"
above = 38.0
priority = "medium"
message = "Core temperature high"
source = "test"

[[rule]]
id = "battery"
signal = "battery"
below = 20
priority = "low"
message = "Battery low"
source = "test"
"""
)


def swap(script: Script, second: float, label: str, kind: str) -> None:
    body = {
        "kind": kind,
        "address": "C0:FF:EE:00:00:09",
        "name": None,
        "by": "MK",
        "reason": "battery empty",
    }
    script.at(second).enter(EntryKind.SENSOR, label, body_bytes(body))


def test_replacement_sensor_continues_its_channels_and_settles_again() -> None:
    script = Script(SETTLING)
    for second in range(0, 400, 10):
        script.at(second).core(37.0)
    script.raw("patch/2A19", "0a")
    assert script.alarms("battery") == ["390 battery raised"]
    window = script.engine.channels["patch/core_temperature"].windows
    swap(script, 400, "patch", "core-patch")
    sensor = script.engine.sensors["patch"]
    assert (sensor.battery, sensor.state) == (None, "searching")
    assert script.engine.lifecycle.devices["patch"].address == "C0:FF:EE:00:00:09"
    gap = [f for _, f in script.facts if isinstance(f, ReadingFact) and f.value is None]
    assert "patch/core_temperature" in {each.subject for each in gap}
    script.at(410).core(37.0)
    last = [f for _, f in script.facts if isinstance(f, ReadingFact)][-1]
    assert last.quality == Quality.GOOD  # at most once an hour
    assert script.engine.channels["patch/core_temperature"].windows is window
    for second in range(420, 4000, 10):
        script.at(second).core(37.0)
    swap(script, 4000, "patch", "core-patch")
    for second in range(4010, 4400, 10):
        script.at(second).core(38.5)
    qualities = [f.quality for _, f in script.facts if isinstance(f, ReadingFact)]
    assert qualities[-39:] == [Quality.SETTLING] * 30 + [Quality.GOOD] * 9
    assert script.alarms("ct-high") == ["4010 ct-high raised"]  # upper limits do not wait
    assert script.alarms("ct-rate") == []
    script.raw("patch/2A19", "5a")
    assert script.alarms("battery")[-1].endswith("cleared")
    assert same_again(script)


def test_added_sensor_gets_new_channels() -> None:
    script = Script()
    swap(script, 10, "room", "room-thermometer")
    script.at(11).raw("room/2A6E", "9808")
    assert script.engine.channels["room/ambient_temperature"].value == pytest.approx(22.0)
    life = [fact for _, fact in script.facts if isinstance(fact, LifeFact)]
    assert [each.text for each in life] == ["room: Room thermometer, added"]
    assert "C0:FF" not in "".join(payload(fact) for _, fact in script.facts)
    assert same_again(script)


def test_session_end_withdraws_all_alarms_and_derives_nothing_more() -> None:
    script = Script()
    script.hearts(0, 30, 130)
    script.at(30).tell(EntryKind.END, "physiomon", reason="stopped")
    assert script.engine.lifecycle.ended is None  # only the process stopped
    script.hearts(31, 40, 130)
    script.at(40).tell(EntryKind.END, "physiomon", by="MK", reason="over", open=["an alarm"])
    assert script.alarms("hr-high")[-1] == "40 hr-high withdrawn"
    assert script.engine.alarms.open() == []
    before = len(script.facts)
    script.until(4000)
    assert len(script.facts) == before
    assert same_again(script)


def test_session_start_lists_unresolved_checklist_items() -> None:
    script = Script()
    checklist = [
        {"item": "sound", "state": "unknown", "found": "", "counts": True},
        {"item": "disk", "state": "ok", "found": "", "counts": True},
        {"item": "baseline", "state": "unknown", "found": "", "counts": False},
    ]
    script.at(5).tell(EntryKind.START, "session", by="MK", reason="late", checklist=checklist)
    fact = script.engine.lifecycle.started
    assert fact is not None
    assert json.loads(payload(fact)) == {
        "text": "pre-flight checklist: sound unresolved",
        "by": "MK",
        "reason": "late",
    }
