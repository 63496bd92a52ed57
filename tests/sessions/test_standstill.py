"""A process that hangs, is stopped, or is suspended with its machine, in virtual time."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from alerts.alarm_fact import AlarmFact
from devices.virtual.virtual_time import VirtualTimeLoop
from monitor.analysis.replay import verify
from monitor.clock import SessionClock
from monitor.entries import EntryKind
from monitor.facts import Fact
from monitor.sessions.session import Session
from monitor.standstill_detector import StandstillDetector
from monitor.storage.journal import Journal
from tests.engine.scripted_session import POLICY, spec
from tests.engine.test_standstill import FAULTS
from tests.sessions.manual_clocks import standing

BEGAN_NS = 1_700_000_000 * 10**9
SECOND = 10**9
# Without the rolling limit, a heart rate is judged from its first value on.
FIXED = "[[rule]]".join(
    each for each in (POLICY + FAULTS).split("[[rule]]") if "rolling(" not in each
)


class Sleeper:
    """A session in virtual time, whose machine can be put to sleep."""

    def __init__(self, path: Path) -> None:
        self.slept_s = 0.0
        loop = asyncio.get_running_loop()

        def boottime_ns() -> int:
            return round((loop.time() + self.slept_s) * 1e9)

        clock = SessionClock(lambda: BEGAN_NS + boottime_ns(), boottime_ns)
        self.facts: list[Fact] = []
        self.session = Session.open(spec(FIXED), path, clock)
        self.session.listeners.append(self.facts.append)

    def heart(self, rate: int) -> None:
        self.session.packet("strap", "2A37", bytes([0x06, rate]))

    async def beat(self, seconds: int, rate: int) -> None:
        for second in range(seconds):
            await asyncio.sleep(1)
            self.heart(rate + second % 2)

    def alarms(self) -> dict[str, str]:
        return {alarm.rule: alarm.message for alarm in standing(self.session)}


def play(path: Path, scene: Callable[[Sleeper], Awaitable[None]]) -> list[str]:
    """Play a scene; return the kinds of the journal's entries."""

    async def main() -> None:
        sleeper = Sleeper(path)
        async with asyncio.TaskGroup() as tasks:
            running = tasks.create_task(sleeper.session.run())
            await scene(sleeper)
            running.cancel()
        sleeper.session.end("test")
        sleeper.session.close()

    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        runner.run(main())
    with Journal.read(path) as recorded:
        assert recorded.damage() is None
        assert verify(recorded).difference is None
        return [entry.kind for entry in recorded.entries()]


def test_suspend_is_reported_and_waiting_packets_are_stored(
    tmp_path: Path,
) -> None:
    async def scene(sleeper: Sleeper) -> None:
        await sleeper.beat(60, 70)
        sleeper.slept_s += 600
        for _ in range(100):
            sleeper.heart(190)  # data held by a socket is handled before any timer
        await asyncio.sleep(1.5)
        assert {"no-hr", "standstill"} <= sleeper.alarms().keys()
        assert "(10 min)" in sleeper.alarms()["standstill"]
        assert "hr-high" not in sleeper.alarms()
        heart = next(c for c in sleeper.session.view().channels if c.channel == "strap/heart_rate")
        assert (heart.value, heart.stale) == (71.0, True)
        assert heart.age_s == pytest.approx(601.5, abs=1)
        absent = next(a for a in standing(sleeper.session) if a.rule == "no-hr")
        assert absent.announced_ns is not None
        assert absent.announced_ns - absent.since_ns == pytest.approx(591 * SECOND, abs=SECOND)
        await sleeper.beat(30, 70)
        assert "no-hr" not in sleeper.alarms()
        await sleeper.beat(30, 130)
        assert "hr-high" in sleeper.alarms()

    kinds = play(tmp_path / "s.journal", scene)
    assert kinds.count(EntryKind.STANDSTILL) == 2
    begun = kinds.index(EntryKind.STANDSTILL)
    assert kinds[begun + 1 : begun + 101] == [EntryKind.PACKET] * 100


def test_due_alarms_are_raised_within_a_second_of_waking(tmp_path: Path) -> None:
    """Event loop timers stop during suspend; the alarm is still raised in time."""

    async def scene(sleeper: Sleeper) -> None:
        await sleeper.beat(60, 70)
        await asyncio.sleep(3)  # no-hr is due in 7 s
        sleeper.slept_s += 3.9  # too short to be a standstill
        await asyncio.sleep(4.2)
        raised = [f for f in sleeper.facts if isinstance(f, AlarmFact) and f.rule == "no-hr"]
        assert [fact.announced_ns for fact in raised] == [None]

    assert EntryKind.STANDSTILL not in play(tmp_path / "s.journal", scene)


def test_blocked_event_loop_is_a_standstill(tmp_path: Path) -> None:
    async def scene(sleeper: Sleeper) -> None:
        await sleeper.beat(20, 70)
        sleeper.slept_s += 30  # a call that blocks
        sleeper.session.actions.mark("note", "pressed long ago", "MK")
        assert "standstill" in sleeper.alarms()

    kinds = play(tmp_path / "s.journal", scene)
    assert kinds.index(EntryKind.STANDSTILL) == kinds.index(EntryKind.MARKER) - 1


def test_normal_hour_has_no_standstill(tmp_path: Path) -> None:
    async def scene(sleeper: Sleeper) -> None:
        await sleeper.beat(600, 70)
        await asyncio.sleep(3000)

    assert EntryKind.STANDSTILL not in play(tmp_path / "s.journal", scene)


def test_clock_change_is_journaled_and_reported(tmp_path: Path) -> None:
    path = tmp_path / "s.journal"

    async def scene(sleeper: Sleeper) -> None:
        await sleeper.beat(5, 70)
        wall_ns = sleeper.session._clock._wall_ns
        sleeper.session._clock._wall_ns = lambda: wall_ns() + 3600 * SECOND
        await sleeper.beat(5, 70)
        assert "60 min behind the computer's clock" in sleeper.alarms()["clock"]
        sleeper.session._clock._wall_ns = wall_ns
        await sleeper.beat(5, 70)
        assert "clock" not in sleeper.alarms()

    assert play(path, scene).count(EntryKind.CLOCK) == 2
    with Journal.read(path) as recorded:
        offsets = [e.body()["offset_ns"] for e in recorded.entries() if e.kind == EntryKind.CLOCK]
    assert [round(offset_ns / SECOND) for offset_ns in offsets] == [3600, 0]


def test_time_between_opening_and_running_is_a_standstill(tmp_path: Path) -> None:
    """Other sessions of the service may take a minute to open."""

    async def main() -> None:
        sleeper = Sleeper(tmp_path / "s.journal")
        sleeper.slept_s += 60
        async with asyncio.TaskGroup() as tasks:
            running = tasks.create_task(sleeper.session.run())
            await asyncio.sleep(0.5)
            assert "(60 s)" in sleeper.alarms()["standstill"]
            running.cancel()
        sleeper.session.close()

    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        runner.run(main())


def test_detector_reports_each_standstill_once() -> None:
    detector = StandstillDetector()
    assert detector.since_ns(100) is None  # not watching yet
    assert not detector.beat(100)
    detector.watch(100, 5)
    assert detector.since_ns(105) is None
    assert detector.since_ns(106) == 100
    assert detector.since_ns(107) is None
    assert [detector.beat(at_ns) for at_ns in (108, 109, 110, 111)] == [False, False, True, False]
    assert detector.since_ns(120) == 111
    assert [detector.beat(at_ns) for at_ns in (121, 122)] == [False, False]
    assert detector.since_ns(130) == 122  # again, before it ran normally
    assert [detector.beat(at_ns) for at_ns in (131, 132, 133)] == [False, False, True]
    detector.stop()
    assert detector.since_ns(1_000) is None
