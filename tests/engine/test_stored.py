"""Stored records are never judged automatically; a wrong clock is detected.

Their confirmation and rejection is tested in `test_unconfirmed`.
"""

import datetime
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.gatt.date_time import iso_text
from devices.packets import Quality
from devices.sensor import SensorSpec
from monitor.core.device_clock import DeviceClock
from monitor.core.engine import Engine
from monitor.entries import Entry, EntryKind, body_bytes
from monitor.facts import AlarmFact, Fact, ReadingFact
from tests.engine.scripted_session import START_NS, spec

ZONE_S = 2 * 3600
POLICY = """
name = "cuff"
version = "1"
reviewed_by = ""

[[rule]]
id = "bp-high"
signal = "systolic"
at_least = 180
priority = "high"
message = "Systolic pressure high"
source = "test"

[[rule]]
id = "unconfirmed"
fault = "unconfirmed-measurement"
priority = "low"
message = "Doubtful"
source = "test"

[[rule]]
id = "violation"
fault = "unconfirmed-violation"
priority = "medium"
message = "Doubtful and high"
source = "test"
"""


@dataclass
class Cuff:
    """Plays a session with one cuff; `wrong_s` is the error of its clock."""

    utc_offset_s: int | None = ZONE_S
    wrong_s: float = 0.0
    engine: Engine = field(default_factory=Engine)
    facts: list[Fact] = field(default_factory=list)

    def __post_init__(self) -> None:
        session = replace(
            spec(POLICY),
            sensors=(SensorSpec(label="cuff", kind="blood-pressure-cuff"),),
            utc_offset_s=self.utc_offset_s,
        )
        self._enter(0, EntryKind.SESSION, "s1", body_bytes(session.body()))

    def sends(self, at_s: float, systolic: int, measured_s: float | None) -> "Cuff":
        """Send a measurement taken at a second of the session; None: without a stamp."""
        pressures = b"".join(n.to_bytes(2, "little") for n in (systolic, 70, 100))
        if measured_s is None:
            return self._enter(at_s, EntryKind.PACKET, "cuff/2A35", b"\x00" + pressures)
        zone = datetime.timezone(datetime.timedelta(seconds=ZONE_S))
        when = datetime.datetime.fromtimestamp(START_NS / 1e9 + measured_s + self.wrong_s, zone)
        stamp = when.year.to_bytes(2, "little") + bytes(when.timetuple()[1:6])
        return self._enter(at_s, EntryKind.PACKET, "cuff/2A35", b"\x02" + pressures + stamp)

    def _enter(self, at_s: float, kind: EntryKind, source: str, payload: bytes) -> "Cuff":
        entry = Entry(
            seq=self.engine.seq + 1,
            received_ns=START_NS + round(at_s * 1e9),
            kind=kind,
            source=source,
            payload=payload,
        )
        self.facts += [fact for _, fact in self.engine.apply(entry)]
        return self

    def seen(self) -> list[tuple[float | None, str]]:
        return [
            (fact.value, Quality(fact.quality).name)
            for fact in self.facts
            if isinstance(fact, ReadingFact) and fact.subject == "cuff/systolic"
        ]

    def alarms(self) -> list[str]:
        """Return the steps of alarms about the person."""
        facts = [fact for fact in self.facts if isinstance(fact, AlarmFact)]
        return [f"{fact.rule} {fact.step}" for fact in facts if not fact.technical]

    def unsettled(self) -> int:
        """Return the number of unconfirmed measurements."""
        return len(self.engine.from_sensors.unconfirmed)


def test_records_from_before_the_session_are_stored_and_unconfirmed() -> None:
    cuff = Cuff()
    for number in range(3):
        cuff.sends(60 + number, 190, -7200 + number * 60)
    assert cuff.seen() == [(190.0, "STORED")] * 3
    assert cuff.alarms() == []
    assert cuff.unsettled() == 3
    assert cuff.engine.advance(START_NS + 600 * 10**9) == []


def test_measurement_after_a_batch_of_stored_records_is_live() -> None:
    cuff = Cuff().sends(60, 190, -7200).sends(61, 185, -3600).sends(62, 182, 61)
    assert [quality for _, quality in cuff.seen()] == ["STORED", "STORED", "GOOD"]
    assert cuff.alarms() == ["bp-high raised"]


@pytest.mark.parametrize("late_s", [0, 30, 240])
def test_measurement_stamped_within_the_last_minutes_is_live(late_s: float) -> None:
    assert Cuff().sends(300, 190, 300 - late_s).alarms() == ["bp-high raised"]


@pytest.mark.parametrize("wrong_s", [-7 * 365 * 86400, -3600, 5400, 86400])
def test_wrong_clock_is_detected_at_the_second_measurement(wrong_s: float) -> None:
    cuff = Cuff(wrong_s=wrong_s).sends(60, 190, 60)
    assert cuff.alarms() == []  # it may be a stored record: unconfirmed, and not judged
    assert cuff.unsettled() == 1
    cuff.sends(660, 190, 655)
    assert cuff.alarms() == ["bp-high raised"]
    assert cuff.unsettled() == 1
    cuff.sends(665, 195, 655 - 3600)  # a record, by the clock that is known now
    assert [quality for _, quality in cuff.seen()] == ["STORED", "GOOD", "STORED"]


@pytest.mark.parametrize("apart_s", [30, 60, 600, 86400])
def test_burst_of_stored_records_does_not_set_the_clock_offset(apart_s: float) -> None:
    cuff = Cuff()
    for number in range(20):
        cuff.sends(60 + number, 190, -86400 * 30 + number * apart_s)
    assert {quality for _, quality in cuff.seen()} == {"STORED"}
    assert cuff.alarms() == []
    assert cuff.unsettled() == 20


@pytest.mark.parametrize("offset_s", [None, ZONE_S])
def test_measurement_without_a_time_stamp_is_live(offset_s: int | None) -> None:
    assert Cuff(utc_offset_s=offset_s).sends(60, 190, None).alarms() == ["bp-high raised"]


def test_journal_without_a_time_zone_treats_old_records_as_live() -> None:
    assert Cuff(utc_offset_s=None).sends(60, 190, -7200).alarms() == ["bp-high raised"]


@given(st.binary(min_size=7, max_size=7), st.integers(-(14 * 3600), 14 * 3600))
def test_arbitrary_stamp_does_not_raise_an_error(stamp: bytes, offset_s: int) -> None:
    DeviceClock(offset_s).stored(START_NS, iso_text(stamp, 0))
