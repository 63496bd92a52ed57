"""Faults of a process end with it; the next process reports its faults."""

import asyncio
import threading
from pathlib import Path

import pytest

from devices.virtual.virtual_time import VirtualTimeLoop
from monitor.entries import Entry
from monitor.errors import RecordingError
from monitor.sessions.background_tasks import sync_journal
from monitor.sessions.session import Session
from monitor.storage.journal import Journal
from tests.engine.scripted_session import POLICY, spec
from tests.engine.test_standstill import FAULTS
from tests.sessions.manual_clocks import Hands


def rules(session: Session) -> set[str]:
    return {alarm.rule for alarm in session.view().alarms}


def kill(session: Session) -> None:
    """End as a killed process does, after its entries are journaled."""
    session.flush()
    session.journal.close()


def begin(path: Path, hands: Hands) -> Session:
    return Session.open(spec(POLICY + FAULTS), path, hands.clock())


@pytest.mark.parametrize(
    ("fault", "rule"),
    [
        ("recorder-failure", "recorder"),
        ("delivery-failure", "delivery"),
        ("clock-jump", "clock"),
        ("standstill", "standstill"),
    ],
)
def test_fault_active_at_a_kill_is_cleared_by_the_next_run(
    tmp_path: Path, fault: str, rule: str
) -> None:
    hands = Hands()
    session = begin(tmp_path / "s.journal", hands)
    session.report_fault(fault, on=True, reason="whatever it was")
    session.derive()
    assert rule in rules(session)
    kill(session)
    hands.pass_s(3)
    again = begin(tmp_path / "s.journal", hands)
    assert rule not in rules(again)
    again.close()


def test_unavailable_destination_is_reported_by_the_new_run(tmp_path: Path) -> None:
    hands = Hands()
    session = begin(tmp_path / "s.journal", hands)
    session.delivery_health.report("influxdb", "influxdb cannot be reached")
    session.derive()
    kill(session)
    again = begin(tmp_path / "s.journal", hands)
    assert "delivery" not in rules(again)
    again.delivery_health.report("influxdb", "influxdb cannot be reached")
    again.derive()
    assert "delivery" in rules(again)
    again.delivery_health.report("influxdb", None)
    again.derive()
    assert "delivery" not in rules(again)
    again.close()


def test_full_disk_is_reported_by_the_new_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hands = Hands()
    session = begin(tmp_path / "s.journal", hands)
    session.report_fault("recorder-failure", on=True, reason="disk full")
    session.derive()
    kill(session)

    def full(_: Journal, entry: Entry) -> None:
        raise RecordingError(f"cannot write entry {entry.seq}: disk full")

    monkeypatch.setattr(Journal, "append", full)
    again = begin(tmp_path / "s.journal", hands)
    again.derive()
    assert "recorder" in rules(again)
    monkeypatch.undo()
    again.flush()
    again.derive()
    assert "recorder" not in rules(again)
    again.close()


class Disk:
    """A disk that confirms nothing until it is `released`."""

    def __init__(self, enough: int = 0) -> None:
        self.released, self.enough = threading.Event(), threading.Event()
        self._left = enough

    def sync(self) -> None:
        self.released.wait()
        self._left -= 1
        if self._left == 0:
            self.enough.set()


def test_disk_that_confirms_nothing_is_reported_until_it_does() -> None:
    async def main() -> None:
        disk, reports = Disk(), asyncio.Queue[tuple[str, bool, str]](maxsize=9)

        def report(name: str, *, on: bool, reason: str) -> None:
            reports.put_nowait((name, on, reason))

        monotonic_s = asyncio.get_running_loop().time
        async with asyncio.TaskGroup() as tasks:
            syncing = tasks.create_task(sync_journal(disk, report, 1.0, monotonic_s))
            name, on, reason = await reports.get()
            assert (name, on) == ("recorder-failure", True)
            assert "the disk has confirmed nothing for 30 s" in reason
            assert monotonic_s() >= 30
            disk.released.set()
            assert await reports.get() == ("recorder-failure", False, "")
            syncing.cancel()

    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        runner.run(main())


def test_disk_that_confirms_in_time_is_not_reported() -> None:
    async def main() -> None:
        disk = Disk(enough=100)
        disk.released.set()

        def report(name: str, *, on: bool, reason: str) -> None:
            raise AssertionError((name, on, reason))

        async with asyncio.TaskGroup() as tasks:
            syncing = tasks.create_task(sync_journal(disk, report, 1.0, lambda: 0.0))
            await asyncio.to_thread(disk.enough.wait)
            syncing.cancel()

    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        runner.run(main())
