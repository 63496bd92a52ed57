"""Duty in a running session: the roster, manual changes, and the end of each turn."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from alerts.call_plan import Plan, Tier
from alerts.roster import Roster, parse_shift
from alerts.time_format import minute
from monitor.analysis.replay import verify
from monitor.calls.duty_roster import DutyRoster
from monitor.entries import EntryKind
from monitor.errors import ActError
from monitor.sessions.duty_view import duty_gap
from monitor.sessions.preflight import NOW
from monitor.storage.journal import Journal
from tests.calls.scripted_session import PLAN, Calls
from tests.calls.served_session import Live
from tests.engine.scripted_session import START_NS

# The clock of `Hands` begins on Tuesday at 23:13:20 in Zurich.
NIGHT = Roster(
    {
        "anna": [parse_shift("daily 08:00-23:30")],
        "ben": [parse_shift("daily 23:30-08:00")],
    },
    ZoneInfo("Europe/Zurich"),
)
OFF = Plan(recipients=(*PLAN.recipients[:2], replace(PLAN.recipients[2], on_duty=False)),
           tiers=PLAN.tiers)  # fmt: skip


class Shifts:
    """A session with a roster whose clock is advanced by hand."""

    def __init__(self, path: Path, roster: Roster | None = NIGHT, plan: Plan = OFF) -> None:
        self.live = Live(path, {}, plan=plan)
        self.start_ns = self.live.hands.wall_ns
        self.roster = DutyRoster(self.live.session, roster)

    def minutes(self, minutes: float) -> None:
        """Advance time and apply the roster."""
        self.live.hands.pass_s(60 * minutes)
        self.roster.update()

    @property
    def on(self) -> set[str]:
        return self.live.session.engine.calling.escalation.on_duty

    def until(self, name: str) -> float | None:
        """Return the minute at which the duty of a person changes."""
        turn = self.live.session.engine.calling.escalation.duty.turns[name]
        return None if turn.until_ns is None else (turn.until_ns - self.start_ns) / 60e9

    def journaled(self) -> list[tuple[str, bool, str]]:
        """Return the changes of duty: who, on or off, by whom."""
        entries = [e for e in self.live.session.journal.entries() if e.kind == EntryKind.DUTY]
        return [(each.source, each.body()["on"], each.body()["by"]) for each in entries]


@pytest.fixture
def shifts(tmp_path: Path) -> Iterator[Shifts]:
    shifts = Shifts(tmp_path / "s.journal")
    yield shifts
    shifts.live.close()


def near(minute: float) -> object:
    return pytest.approx(minute, abs=0.01)


def test_roster_is_applied_at_the_start_and_at_each_change(shifts: Shifts) -> None:
    assert shifts.on == {"anna"}
    assert shifts.until("anna") == shifts.until("ben") == near(16 + 40 / 60)
    assert shifts.until("chris") is None
    shifts.minutes(16)
    assert shifts.on == {"anna"}
    shifts.minutes(1)
    assert shifts.on == {"ben"}
    assert shifts.until("ben") == near(16 + 40 / 60 + 510)
    # The next person is on duty before the previous one is off duty.
    assert shifts.journaled()[2:] == [("ben", True, "roster"), ("anna", False, "roster")]


def test_duty_is_handed_over_until_the_shift_ends(tmp_path: Path) -> None:
    tiers = (Tier(recipients=("anna", "chris"), accept_within_s=60.0), PLAN.tiers[1])
    shifts = Shifts(tmp_path / "s.journal", plan=replace(OFF, tiers=tiers))
    calls = shifts.live.session.calls
    calls.hand_over("anna", "chris", "Anna Amsler")
    assert shifts.on == {"chris"}
    assert shifts.journaled()[-2:] == [
        ("chris", True, "Anna Amsler"),
        ("anna", False, "Anna Amsler"),
    ]
    assert shifts.until("chris") == shifts.until("anna") == near(16 + 40 / 60)
    shifts.minutes(17)
    assert shifts.on == {"ben"}  # the shift has ended, and Chris has none
    for recipient, to, reason in (
        ("anna", "chris", "not on duty"),
        ("ben", "anna", "not in each tier of Ben Berger"),
        ("ben", "ben", "not in each tier"),
        ("ben", "dora", "no recipient 'dora'"),
    ):
        with pytest.raises(ActError, match=reason):
            calls.hand_over(recipient, to, "MK")
    shifts.live.close()


def test_console_shows_the_end_of_each_turn(shifts: Shifts) -> None:
    anna, ben, chris = shifts.live.session.view().recipients
    assert (anna.on_duty, ben.on_duty, chris.on_duty) == (True, False, False)
    assert anna.until_ns == ben.until_ns == shifts.start_ns + 1000 * 10**9
    assert chris.until_ns is None
    assert (anna.tiers, ben.tiers) == ([1], [2])


def test_checklist_shows_the_next_duty_gap(shifts: Shifts) -> None:
    duty = shifts.live.session.engine.calling.escalation.duty
    assert duty.ending_ns(shifts.live.session.now_ns()) is not None  # Ben is in the second tier
    change_ns = shifts.start_ns + 1000 * 10**9
    assert duty_gap(shifts.live.session.engine) == minute(change_ns, None)
    shifts.minutes(17)
    assert duty_gap(shifts.live.session.engine) == NOW


def test_manual_change_lasts_until_the_next_shift(shifts: Shifts) -> None:
    shifts.live.session.calls.duty("anna", "MK", on=False)
    shifts.live.session.calls.duty("chris", "MK", on=True)
    shifts.minutes(16)
    assert shifts.on == {"chris"}
    assert shifts.until("anna") == near(16 + 40 / 60)
    assert shifts.until("chris") is None
    shifts.minutes(24 * 60)  # over both of her shifts
    assert shifts.on == {"anna", "chris"}


def test_manual_change_ends_with_the_next_shift_change(shifts: Shifts) -> None:
    shifts.live.session.calls.duty("ben", "MK", on=False)  # off duty anyway
    shifts.minutes(17)
    assert shifts.on == {"ben"}
    shifts.live.session.calls.duty("ben", "MK", on=False)
    shifts.minutes(60)
    assert shifts.on == set()
    shifts.minutes(24 * 60)
    assert shifts.on == {"ben"}


@pytest.mark.parametrize("set_by_s", [3600, -3600])
def test_roster_follows_a_changed_computer_clock(shifts: Shifts, set_by_s: int) -> None:
    shifts.live.hands.wall_ns += set_by_s * 10**9
    shifts.roster.update()
    assert shifts.on == ({"ben"} if set_by_s > 0 else {"anna"})


def resumed(shifts: Shifts, roster: Roster | None) -> Shifts:
    shifts.live.die()
    shifts.live.open()
    shifts.roster = DutyRoster(shifts.live.session, roster)
    return shifts


def test_restart_keeps_manual_changes_and_applies_missed_shifts(shifts: Shifts) -> None:
    shifts.live.session.calls.duty("chris", "MK", on=True)
    shifts.live.session.calls.duty("anna", "MK", on=False)
    before = shifts.journaled()
    shifts.live.session.flush()
    resumed(shifts, NIGHT)
    assert shifts.on == {"chris"}
    assert shifts.journaled() == before  # nothing has changed
    shifts.live.session.flush()
    shifts.live.hands.pass_s(3600)
    resumed(shifts, NIGHT)
    assert shifts.on == {"ben", "chris"}
    shifts.live.session.flush()
    resumed(shifts, None)  # without a roster: as configured
    assert shifts.on == {"anna", "ben", "chris"}


def test_replay_needs_no_roster(tmp_path: Path) -> None:
    shifts = Shifts(tmp_path / "s.journal")
    shifts.live.raise_high()
    for minutes in (10, 10, 500, 30):
        shifts.minutes(minutes)
        shifts.live.wait(30)
    shifts.live.close()
    with Journal.read(tmp_path / "s.journal") as journal:
        result = verify(journal)
    assert result.difference is None
    assert result.facts > 10


NOBODY, ENDING = "nobody-on-duty", "duty-ending"


def turn(calls: Calls, name: str, *, on: bool, until_s: float | None = None) -> None:
    """Enter a change of duty by the roster."""
    until_ns = None if until_s is None else START_NS + round(until_s * 1e9)
    calls.tell(EntryKind.DUTY, name, on=on, by="roster", via="roster", until_ns=until_ns)


def gaps(calls: Calls) -> list[str]:
    """Return the open alarms about duty."""
    names = (alarm.rule.id for alarm in calls.engine.alarms.open())
    return [name for name in names if name in (NOBODY, ENDING)]


def one_tier() -> Calls:
    """Return a session without sensors whose first tier has two people, one on duty."""
    tiers = (Tier(recipients=("anna", "ben"), accept_within_s=60.0), PLAN.tiers[1])
    calls = Calls(replace(PLAN, tiers=tiers))
    turn(calls, "anna", on=True, until_s=3600)
    turn(calls, "ben", on=False)
    return calls


def test_coming_end_of_duty_raises_an_alarm() -> None:
    calls = Calls(PLAN)
    turn(calls, "anna", on=True, until_s=3600)
    calls.until(1799)
    assert gaps(calls) == []
    calls.until(1803)
    assert gaps(calls) == [ENDING]
    assert calls.alarm(f"{ENDING}@session").cause == "from 23:13"
    assert calls.told() == ["1802 anna 1 duty-ending"]
    calls.at(1810)
    turn(calls, "anna", on=True, until_s=7200)
    assert gaps(calls) == []


def test_empty_first_tier_raises_an_alarm_that_calls_the_next_tier() -> None:
    calls = Calls(PLAN)
    calls.at(10).duty("anna", on=False)
    assert gaps(calls) == [NOBODY]
    calls.until(300)
    assert {each.split()[1] for each in calls.told()} == {"ben", "chris"}
    # It is about the calls themselves: nobody needs to accept it.
    assert "nobody@session" not in {alarm.key for alarm in calls.engine.alarms.open()}
    calls.duty("anna", on=True)
    assert gaps(calls) == []


def test_end_of_duty_with_relief_raises_no_alarm() -> None:
    calls = one_tier()
    turn(calls, "ben", on=False, until_s=3600)
    calls.until(1900)
    assert gaps(calls) == []
    turn(calls, "ben", on=False, until_s=3601)
    assert gaps(calls) == [ENDING]
    calls.duty("ben", on=True)  # by hand, without an end
    assert gaps(calls) == []


def test_only_people_with_a_confirming_channel_count_as_on_duty() -> None:
    plan = replace(PLAN, tiers=(Tier(recipients=("anna", "ben"), accept_within_s=60.0),))
    calls = Calls(plan.with_unconfirmed({"ben"}))
    calls.duty("anna", on=False)
    assert gaps(calls) == [NOBODY]  # Ben is on duty
    calls = Calls(plan.with_unconfirmed({"anna", "ben"}))
    calls.duty("anna", on=False)
    assert gaps(calls) == []  # the checklist names both
