"""Entries that cannot be read, and an exception in the engine, which stops evaluation."""

import doctest
from typing import Any

import pytest

from alerts.alarm_fact import AlarmFact
from devices.sensor import SensorSpec
from monitor.core import entry_check
from monitor.core.engine import Engine
from monitor.core.rule_evaluator import RuleEvaluator
from monitor.entries import Entry, EntryKind, body_bytes
from monitor.facts import LifeFact, payload
from tests.engine.scripted_session import POLICY, START_NS, Script, spec

POISON = 199  # a heart rate at which only the engine of this test fails


def let_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make each engine fail at one heart rate."""
    read = RuleEvaluator.reading

    def reading(self: RuleEvaluator, *args: Any, **named: Any) -> Any:
        if args[3] == POISON:
            raise ZeroDivisionError(f"a value that nobody may read in a log: {args[3]}")
        return read(self, *args, **named)

    monkeypatch.setattr(RuleEvaluator, "reading", reading)


@pytest.fixture
def poison(monkeypatch: pytest.MonkeyPatch) -> None:
    let_fail(monkeypatch)


def failures(play: Script) -> list[AlarmFact]:
    return [
        fact
        for _, fact in play.facts
        if isinstance(fact, AlarmFact) and fact.rule == "engine-failure"
    ]


def test_examples() -> None:
    failed, tried = doctest.testmod(entry_check)
    assert (failed, tried) == (0, 3)


@pytest.mark.parametrize(
    ("kind", "source", "body", "says"),
    [
        (EntryKind.LINK, "ghost", {"state": "lost", "reason": "", "rssi": None}, "sensor 'ghost'"),
        (EntryKind.PACKET, "ghost/2A37", None, "sensor 'ghost'"),
        (EntryKind.LINK, "strap", {"state": "lost"}, "its 'reason' is missing"),
        (EntryKind.MARKER, "note", {"text": 7, "by": "MK"}, "its 'text' is missing or of the"),
        (EntryKind.FAULT, "clock-jump", [], "not a JSON object"),
        (EntryKind.STANDSTILL, "physiomon", {}, "its 'since_ns'"),
        (EntryKind.OVERRIDE, "no-such", {"changes": {"above": 1}, "by": "x", "reason": "x"}, ""),
        (EntryKind.POLICY, "x", {"text": "nonsense", "by": "x", "reason": "x"}, "policy x"),
        (EntryKind.SENSOR, "new", {"kind": "toaster", "address": None, "name": None}, "its 'by'"),
        (EntryKind.VITALS, "manual", {"values": {"mood": 3}, "by": "x"}, "signal 'mood'"),
        (
            EntryKind.VITALS,
            "manual",
            {"values": {"spo2": "98"}, "by": "x"},
            "'spo2' is not a",
        ),
        (
            EntryKind.VITALS,
            "manual",
            {"values": {"spo2": None}, "by": "x"},
            "'spo2' is not a",
        ),
        (EntryKind.MARKER, "dose", {"text": "", "by": "x", "amount": "120"}, "its 'amount'"),
        (EntryKind.CALL, "x", {"outcome": "failed", "reason": "", "left": 0}, "call or outcome"),
        (EntryKind.DECLINE, "x", {"recipient": "anna", "by": "A"}, "its call is unknown"),
        (EntryKind.DECLINE, "1", {"by": "A"}, "its 'recipient'"),
        (EntryKind.END, "physiomon", {"reason": "", "by": "MK"}, "only one of 'by' and 'open'"),
    ],
)
def test_unreadable_entry_is_a_fault_and_evaluation_continues(
    kind: EntryKind, source: str, body: object, says: str
) -> None:
    play = Script()
    play.at(5).enter(kind, source, b"\x06\x46" if body is None else body_bytes(body))  # type: ignore[arg-type]
    (alarm,) = (a for a in play.engine.alarms.open() if a.rule.id == "garbage")
    assert f"an entry '{kind}' of the journal cannot be read: " in alarm.cause
    assert says in alarm.cause
    assert play.engine.failure is None
    play.hearts(6, 30, 130)
    assert "16 hr-high raised" in play.alarms("hr-high")
    play.at(31).tell(EntryKind.ACKNOWLEDGE, alarm.key, by="MK")
    assert [a for a in play.engine.alarms.open() if a.rule.id == "garbage"] == []


def test_override_of_an_unknown_rule_changes_nothing() -> None:
    play = Script()
    play.tell(EntryKind.OVERRIDE, "no-such", changes={"above": 1}, by="x", reason="x")
    play.tell(EntryKind.OVERRIDE, "hr-high", changes={"above": 150}, by="x", reason="x")
    assert list(play.engine.policy_changes.overrides) == ["hr-high"]


def test_packet_before_the_first_gateway_entry_is_accepted() -> None:
    engine = Engine()
    sensor = SensorSpec(label="strap", kind="heart-rate-strap", gateway="g1")
    body = body_bytes({**spec().body(), "sensors": [sensor.body()]})
    engine.apply(Entry(seq=1, received_ns=START_NS, kind="session", source="s1", payload=body))
    packet = Entry(
        seq=2,
        received_ns=START_NS + 1,
        kind="packet",
        source="strap/2A37",
        payload=b"\x06\x46",
        measured_ns=START_NS,
    )
    assert any(fact.kind == "reading" for _, fact in engine.apply(packet))
    assert engine.failure is None


@pytest.mark.usefixtures("poison")
def test_exception_stops_evaluation_with_a_high_priority_alarm() -> None:
    play = Script()
    play.hearts(0, 30, 130)
    play.at(30).heart(POISON)
    (raised,) = failures(play)
    assert (raised.step, raised.state, raised.priority) == ("raised", "active", "high")
    assert (raised.technical, raised.at_ns) == (True, START_NS + 30 * 10**9)
    assert "ZeroDivisionError at entry 32" in raised.cause
    assert str(POISON) not in raised.cause
    before = len(play.facts)
    play.hearts(31, 60, 180)
    play.until(4000)
    assert len(play.facts) == before
    assert play.engine.next_due_ns() is None
    assert play.engine.now_ns == START_NS + 4000 * 10**9


@pytest.mark.usefixtures("poison")
def test_acknowledgement_and_session_end_work_after_an_engine_failure() -> None:
    play = Script()
    play.at(1).heart(POISON)
    play.at(2).tell(EntryKind.ACKNOWLEDGE, "engine-failure@session", by="MK")
    play.tell(EntryKind.ACKNOWLEDGE, "engine-failure@session", by="AB")
    play.tell(EntryKind.UNACKNOWLEDGE, failures(play)[0].key, by="CD", reason="")
    assert [(f.step, f.by) for f in failures(play)] == [
        ("raised", None),
        ("acknowledged", "MK"),
        ("unacknowledged", "CD"),
    ]
    play.tell(EntryKind.LINK, "ghost", state="lost", reason="", rssi=None)
    other = {"kind": "heart-rate-strap", "address": None, "name": "x", "by": "MK", "reason": ""}
    play.enter(EntryKind.SENSOR, "strap", body_bytes(other))
    assert play.engine.lifecycle.devices["strap"].name == "x"
    play.tell(EntryKind.COMMAND, "user", id="c1")
    assert ("user", "c1") in play.engine.commands
    play.tell(EntryKind.RUN, "physiomon", version="0", offset_ns=0, since_ns=START_NS)
    play.at(9).tell(EntryKind.END, "physiomon", reason="", by="MK", open=[])
    assert play.engine.lifecycle.ended is not None
    assert any(isinstance(fact, LifeFact) for _, fact in play.facts)
    assert (failures(play)[-1].step, failures(play)[-1].state) == ("withdrawn", "inactive")


def test_exception_at_a_deadline_has_the_time_of_the_deadline(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fire(*_: object) -> None:
        raise KeyError("whatever")

    monkeypatch.setattr(RuleEvaluator, "fire", fire)
    live, late = Script(), Script()
    for play in (live, late):
        play.hearts(0, 20, 70)
    live.until(60)
    for play in (live, late):
        play.at(61).heart(70)
        assert len(failures(play)) == 1
    assert [(s, f.at_ns, payload(f)) for s, f in live.facts] == [
        (s, f.at_ns, payload(f)) for s, f in late.facts
    ]


@pytest.mark.usefixtures("poison")
def test_replay_fails_at_the_same_entry_with_the_same_facts() -> None:
    play = Script()
    play.hearts(0, 20, 130)
    play.at(20).heart(POISON)
    play.tell(EntryKind.FAULT, "engine-failure", on=True, reason="it failed")
    play.hearts(21, 40, 70)
    engine = Engine()
    again = [each for entry in play.entries for each in engine.apply(entry)]
    assert [(s, f.at_ns, payload(f)) for s, f in again] == [
        (s, f.at_ns, payload(f)) for s, f in play.facts
    ]


def test_fixed_version_clears_the_engine_failure_alarm() -> None:
    """The entries of the run that failed, and the next run, by an engine that does not fail."""
    play = Script()
    play.hearts(0, 20, 130)
    play.at(20).tell(EntryKind.FAULT, "engine-failure", on=True, reason="it failed")
    play.at(60).tell(EntryKind.RUN, "physiomon", version="1", offset_ns=0)
    assert [f.step for f in failures(play)] == ["raised", "cleared"]


@pytest.mark.usefixtures("poison")
def test_engine_failure_alarm_uses_the_policy_rule() -> None:
    own = """
[[rule]]
id = "broken"
fault = "engine-failure"
priority = "medium"
message = "Restart it"
source = "test"
"""
    play = Script(POLICY + own)
    play.at(1).heart(POISON)
    (raised,) = (f for _, f in play.facts if isinstance(f, AlarmFact) and f.rule == "broken")
    assert (raised.message, raised.priority) == ("Restart it", "medium")


def test_invalid_session_entry_raises_an_error() -> None:
    entry = Entry(seq=1, received_ns=1, kind="session", source="s1", payload=b"{}")
    with pytest.raises(KeyError):
        Engine().apply(entry)
