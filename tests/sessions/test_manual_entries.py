"""Manual entries: dated back, unusual, with amounts; confirmation of doubtful values."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from devices.errors import UnusualError
from monitor.analysis.replay import verify
from monitor.entries import EntryKind
from monitor.errors import ActError
from monitor.sessions.console_backend import ConsoleBackend
from monitor.sessions.session import Session
from monitor.storage.journal import Journal
from tests.engine.scripted_session import spec
from tests.engine.spot_session import PRESSURE, SENSORS, ZONE_S
from tests.sessions.manual_clocks import Hands
from tests.sessions.test_session import Live

SECOND_NS = 10**9


class Room(Live):
    """A session with a cuff, whose room is two hours ahead of UTC."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.hands = Hands()
        session = replace(spec(PRESSURE), sensors=SENSORS, utc_offset_s=ZONE_S)
        self.session = Session.open(session, path, self.hands.clock())

    def ago_ns(self, seconds: float) -> int:
        return self.session.now_ns() - round(seconds * SECOND_NS)

    def cuff(self, systolic: int) -> None:
        """Send a measurement taken during movement, which is unconfirmed."""
        pressures = b"".join(n.to_bytes(2, "little") for n in (systolic, 80, 100))
        self.session.packet("cuff", "2A35", b"\x10" + pressures + b"\x01\x00")
        self.session.derive()

    def kinds(self) -> list[str]:
        """Return the kinds of the entries; the facts are those that a replay makes."""
        self.close()
        with Journal.read(self.path) as recorded:
            assert verify(recorded).difference is None
            return [entry.kind for entry in recorded.entries()]


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    room = Room(tmp_path / "s.journal")
    room.wait(3000)
    yield room
    room.session.close()


def test_measurement_is_backdated(room: Room) -> None:
    back_ns = room.ago_ns(900)
    room.session.actions.measure({"systolic": 128}, "MK", "nurse", at_ns=back_ns)
    (shown,) = room.session.view().latest_measurements
    assert shown.age_s == pytest.approx(900)
    (taken,) = room.session.view().spot_measurements
    assert (taken.at_ns, taken.by, taken.source) == (back_ns, "MK", "manual")
    room.close()
    with Journal.read(room.path) as recorded:
        (entry,) = (each for each in recorded.entries() if each.kind == EntryKind.VITALS)
        assert entry.body()["at_ns"] == back_ns
        assert entry.received_ns > back_ns + 899 * SECOND_NS
        assert verify(recorded).difference is None


@pytest.mark.parametrize(
    ("ago_s", "why"), [(-61, "is in the future"), (3061, "before the session started at 00:13")]
)
def test_time_outside_the_session_is_refused(room: Room, ago_s: float, why: str) -> None:
    with pytest.raises(ActError, match=why):
        room.session.actions.measure({"systolic": 128}, "MK", "nurse", at_ns=room.ago_ns(ago_s))
    with pytest.raises(ActError, match=why):
        room.session.actions.mark("dose", "", "MK", at_ns=room.ago_ns(ago_s), reason="a test")
    assert not {EntryKind.VITALS, EntryKind.MARKER} & {*room.kinds()}


@pytest.mark.parametrize("ahead_s", [1, 60])
def test_time_up_to_a_minute_ahead_means_now(room: Room, ahead_s: float) -> None:
    room.session.actions.measure({"systolic": 128}, "MK", "nurse", at_ns=room.ago_ns(-ahead_s))
    (taken,) = room.session.view().spot_measurements
    assert 0 <= taken.at_ns - room.session.now_ns() < SECOND_NS


def test_time_in_the_first_minute_means_the_session_start(room: Room) -> None:
    room.session.actions.mark(
        "note", "began", "MK", at_ns=room.session.engine.started_ns - 59 * SECOND_NS
    )
    (marker,) = room.session.view().markers
    assert marker.at_ns == room.session.engine.started_ns


@pytest.mark.parametrize(
    ("values", "question"),
    [
        (
            {"systolic": 270, "diastolic": 150},
            "Systolic blood pressure 270 mmHg: unusual value; measure again or confirm it",
        ),
        (
            {"systolic": 48, "diastolic": 28},
            "Diastolic blood pressure 28 mmHg, Systolic blood pressure 48 mmHg: unusual value",
        ),
        ({"spo2": 45}, "Oxygen saturation 45 %: unusual value"),
        ({"body_temperature": 32.5}, "Body temperature 32.5 °C: unusual value"),
        ({"pulse_rate": 22}, "Pulse rate 22 /min: unusual value"),
    ],
)
def test_unusual_values_need_confirmation(
    room: Room, values: dict[str, float], question: str
) -> None:
    with pytest.raises(UnusualError) as asked:
        room.session.actions.measure(values, "MK", "nurse")
    assert str(asked.value).startswith(question)
    assert room.session.view().spot_measurements == []
    room.session.actions.measure(values, "MK", "nurse", confirmed=True)
    assert {each.signal: each.value for each in room.session.view().spot_measurements} == values


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"systolic": 301}, "must be 30 to 300"),
        ({"diastolic": 9}, "must be 10 to 200"),
        ({"mean_arterial": 251}, "must be 20 to 250"),
        ({"spo2": 0}, "must be 1 to 100"),
        ({"body_temperature": 374}, "must be 20 to 45"),
        ({"systolic": 80, "diastolic": 80}, "are they swapped"),
    ],
)
def test_impossible_values_are_refused_even_if_confirmed(
    room: Room, values: dict[str, float], why: str
) -> None:
    with pytest.raises(ActError, match=why):
        room.session.actions.measure(values, "MK", "nurse", confirmed=True)


def test_correction_is_checked_with_the_other_values_of_its_measurement(room: Room) -> None:
    room.session.actions.measure({"systolic": 128, "diastolic": 80}, "MK", "nurse")
    entry = room.session.view().spot_measurements[0].entry
    with pytest.raises(ActError, match="are they swapped"):
        room.session.actions.correct(entry, "systolic", 79, "AB", "typo")
    with pytest.raises(UnusualError, match="270 mmHg: unusual value"):
        room.session.actions.correct(entry, "systolic", 270, "AB", "typo")
    room.session.actions.correct(entry, "systolic", 270, "AB", "typo", confirmed=True)
    assert {each.value for each in room.session.view().latest_measurements} == {80, 270}
    assert EntryKind.CORRECTION in room.kinds()


def test_dose_has_an_amount_and_a_backdated_time(room: Room) -> None:
    back_ns = room.ago_ns(1200)
    room.session.actions.mark("dose", "", "MK", at_ns=back_ns, amount=120, reason="a test")
    room.session.actions.mark("supplement", "", "MK", amount=62.5, unit="mg")
    view = room.session.view()
    assert view.dose_ns == back_ns
    assert [(each.kind, each.amount, round(each.later_s)) for each in view.markers] == [
        ("dose", "120 mg", 1200),
        ("supplement", "62.5 mg", 0),
    ]
    with pytest.raises(ActError, match="the dose is already marked"):
        room.session.actions.mark("dose", "", "MK", reason="a test")
    assert room.kinds().count(EntryKind.MARKER) == 2


def test_backdated_dose_can_be_undone_for_ten_minutes(room: Room) -> None:
    room.session.actions.mark("dose", "", "MK", at_ns=room.ago_ns(1800), reason="a test")
    room.wait(599)
    at_ns = room.session.view().markers[0].at_ns
    room.session.actions.undo(at_ns, "MK", "spat out")
    room.session.actions.mark("dose", "", "MK", at_ns=room.ago_ns(1800), reason="a test")
    room.wait(601)
    with pytest.raises(ActError, match="10 minutes"):
        room.session.actions.undo(room.session.view().markers[-1].at_ns, "MK", "too late")


@pytest.mark.parametrize(
    ("kind", "amount", "unit", "why"),
    [
        ("note", 5.0, "mg", "a note has no amount"),
        ("dose", 0.0, "mg", "not possible"),
        ("dose", float("nan"), "mg", "not possible"),
        ("dose", 100.0, "drops", "not a valid unit; use one of ug, mg, g, mL"),
    ],
)
def test_invalid_amount_is_refused(
    room: Room, kind: str, amount: float, unit: str, why: str
) -> None:
    with pytest.raises(ActError, match=why):
        room.session.actions.mark(kind, "", "MK", amount=amount, unit=unit)


def test_unconfirmed_measurement_is_shown_at_its_alarm_and_confirmed(room: Room) -> None:
    backend = ConsoleBackend([room.session])
    room.cuff(196)
    (alarm,) = room.session.view().alarms
    (one,) = alarm.unconfirmed
    assert (alarm.rule, alarm.technical, alarm.priority) == ("doubtful-high", True, "medium")
    assert one.plausible
    assert one.text.endswith("is not judged: the sensor reports body movement")
    backend.settle("s1", one.channel, one.at_ns, "MK", valid=True)
    (alarm,) = room.session.view().alarms
    assert (alarm.rule, [each.rule for each in alarm.inside]) == ("bp-180", ["bp-160"])
    (systolic,) = (
        each for each in room.session.view().latest_measurements if each.signal == "systolic"
    )
    assert (systolic.value, systolic.source, systolic.priority) == (196, "cuff", "medium")
    with pytest.raises(ActError, match="already confirmed or rejected"):
        room.session.actions.settle(one.channel, one.at_ns, "MK", valid=False)
    with pytest.raises(ActError, match="give your name"):
        room.session.actions.settle(one.channel, one.at_ns, " ", valid=False)
    assert room.kinds().count(EntryKind.SETTLE) == 1


def test_impossible_values_cannot_be_confirmed(room: Room) -> None:
    room.session.packet("cuff", "2A35", bytes.fromhex("00BDF00B009FF0"))
    room.session.derive()
    (alarm,) = room.session.view().alarms
    (one,) = alarm.unconfirmed
    assert not one.plausible
    with pytest.raises(ActError, match="not physiologically possible"):
        room.session.actions.settle(one.channel, one.at_ns, "MK", valid=True)
    room.session.actions.settle(one.channel, one.at_ns, "MK", valid=False)
    assert room.session.view().alarms == []


def test_unconfirmed_measurements_survive_a_restart(room: Room) -> None:
    room.cuff(196)
    room.close()
    again = Session.open(room.session.spec, room.path, room.hands.clock())
    (alarm,) = again.view().alarms
    (one,) = alarm.unconfirmed
    again.actions.settle(one.channel, one.at_ns, "MK", valid=False)
    assert again.view().alarms == []
    again.close()
