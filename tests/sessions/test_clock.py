"""A session's time is independent of changes of the computer's clock."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from monitor.analysis.replay import verify
from monitor.clock import SessionClock, boottime_ns
from monitor.sessions.session import Session
from monitor.storage.journal import Journal
from tests.engine.scripted_session import spec
from tests.sessions.manual_clocks import Hands, standing

HOUR_NS = 3600 * 10**9


class Life:
    """A session that is stopped and resumed, with manual clocks."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.hands = Hands()
        self.session = Session.open(spec(), path, self.hands.clock())

    def again(self) -> None:
        self.session.end("stopped")
        self.session.close()
        self.session = Session.open(spec(), self.path, self.hands.clock())

    def beat(self, seconds: int, rate: int) -> None:
        for second in range(seconds):
            self.hands.pass_s(1)
            self.session.packet("strap", "2A37", bytes([0x06, rate + second % 2]))
            self.session.derive()

    def wait(self, seconds: int) -> None:
        for _ in range(seconds):
            self.hands.pass_s(1)
            self.session.derive()

    def alarms(self) -> set[str]:
        return {alarm.rule for alarm in standing(self.session)}

    def cause(self, rule: str) -> str:
        return next(each.message for each in standing(self.session) if each.rule == rule)

    def clock_item(self) -> str:
        return next(item.found for item in self.session.view().preflight if item.item == "clock")


@pytest.fixture
def life(tmp_path: Path) -> Iterator[Life]:
    life = Life(tmp_path / "s.journal")
    yield life
    life.session.close()
    with Journal.read(life.path) as recorded:
        assert recorded.damage() is None
        assert verify(recorded).difference is None


def test_alarms_work_when_the_clock_is_behind_the_journal(life: Life) -> None:
    """As without a clock battery, or after a clock that was ahead was corrected."""
    life.beat(60, 70)
    life.hands.wall_ns -= HOUR_NS
    life.again()
    began_ns = life.session.now_ns()
    life.beat(30, 200)
    assert life.session.now_ns() - began_ns == 30 * 10**9
    assert {"hr-high", "clock"} <= life.alarms()
    assert "this session's times are 60 min ahead of the computer's clock" in life.cause("clock")
    life.wait(60)
    assert "no-hr" in life.alarms()
    heart = next(c for c in life.session.view().channels if c.channel == "strap/heart_rate")
    assert heart.stale
    assert heart.age_s == pytest.approx(60)


def test_journal_end_includes_facts_after_the_last_entry(life: Life) -> None:
    """Facts of a timer may be later than the last entry; the next run starts after them."""
    life.beat(20, 70)
    life.wait(30)
    life.session.flush()
    last_ns = life.session.journal.last_received_ns
    assert life.session.journal.end_ns > last_ns + 8 * 10**9  # no-hr was raised
    life.session.journal.close()  # as a kill does
    life.hands.wall_ns -= HOUR_NS
    life.session = Session.open(spec(), life.path, life.hands.clock())
    *_, run = life.session.journal.entries()
    assert run.body()["since_ns"] == run.received_ns - 1


def test_checklist_advice_about_the_clock_is_safe_to_follow(life: Life) -> None:
    life.hands.wall_ns -= HOUR_NS
    assert "60 min ahead" in life.clock_item()
    assert "a restart does not change that" in life.clock_item()
    life.again()  # all the same
    assert "60 min ahead" in life.clock_item()
    life.beat(30, 190)
    assert "hr-high" in life.alarms()
    life.hands.wall_ns += HOUR_NS
    life.hands.wall_ns += HOUR_NS
    assert "Restart the service now" in life.clock_item()
    life.again()
    assert "60 min" not in life.clock_item()
    assert "clock" not in life.alarms()
    life.beat(30, 190)
    assert "hr-high" in life.alarms()


def test_run_entry_records_the_computer_clock_offset(life: Life) -> None:
    life.hands.wall_ns -= 7 * 10**9
    life.again()
    offsets = [e.body()["offset_ns"] for e in life.session.journal.entries() if e.kind == "run"]
    assert offsets[0] == 0
    assert offsets[1] == pytest.approx(-7 * 10**9, abs=10)  # behind the journal's last entry


def test_session_clock_starts_at_the_given_time_or_later() -> None:
    hands = Hands(wall_ns=1_000)
    clock = hands.clock().not_before(5_000)
    assert (clock.now_ns(), clock.offset_ns(), clock.step_ns()) == (5_000, -4_000, 0)
    hands.pass_s(1e-6)
    assert clock.now_ns() == 6_000
    hands.wall_ns += HOUR_NS
    assert clock.step_ns() == HOUR_NS
    assert Hands(wall_ns=9_000).clock().not_before(5_000).now_ns() == 9_000


@pytest.mark.skipif(not hasattr(time, "CLOCK_BOOTTIME"), reason="no clock that runs in suspend")
def test_session_clock_runs_during_suspend() -> None:
    before, found = time.clock_gettime_ns(time.CLOCK_BOOTTIME), boottime_ns()
    assert before <= found <= time.clock_gettime_ns(time.CLOCK_BOOTTIME)
    clock = SessionClock.of_machine()
    assert clock.now_ns() <= clock.now_ns()
