"""Waits of the outbox, on a clock that is stopped while code runs.

While a thread reads the journal that clock runs ahead, so the tests use no timers.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable
from itertools import pairwise
from pathlib import Path

import pytest

from devices.virtual.virtual_time import VirtualTimeLoop
from monitor.delivery.batch_reader import BATCH
from monitor.delivery.errors import MisconfiguredError, RejectedError, UnavailableError
from monitor.delivery.outbox import Outbox
from monitor.storage.fact_rows import FactRow
from tests.delivery.recorded_sessions import Recording

Deliver = Callable[[bytes], Awaitable[None]]


@pytest.fixture
def recording(tmp_path: Path) -> Recording:
    recording = Recording(tmp_path / "s.journal")
    recording.go_on(30)
    return recording


def encode(row: FactRow) -> bytes:
    return b"%d" % row.id


class Destination:
    """Destination that accepts batches after its `refusals`; records when it was called."""

    def __init__(self, *refusals: UnavailableError) -> None:
        self.refusals = list(refusals)
        self.asked_s: list[float] = []
        self.batches: list[list[int]] = []

    async def deliver(self, lines: bytes) -> None:
        self.asked_s.append(asyncio.get_running_loop().time())
        if self.refusals:
            raise self.refusals.pop(0)
        self.batches.append([int(line) for line in lines.split(b"\n")])

    @property
    def pauses_s(self) -> list[float]:
        return [after - before for before, after in pairwise(self.asked_s)]

    @property
    def taken(self) -> list[int]:
        return [fact for batch in self.batches for fact in batch]


def outbox(
    recording: Recording, deliver: Deliver, reports: list[str | None], seed: int = 1
) -> Outbox:
    journal = recording.session.journal
    rng = random.Random(seed)
    return Outbox("test", journal.path, journal, encode, deliver, reports.append, rng)


def play(main: Awaitable[None]) -> None:
    async def run() -> None:
        await main

    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        runner.run(run())


@pytest.mark.parametrize("seed", range(5))
def test_retry_waits_grow_to_30_s_with_jitter(recording: Recording, seed: int) -> None:
    destination = Destination(*[UnavailableError("away") for _ in range(12)])
    play(outbox(recording, destination.deliver, [], seed).drain())
    longest = [min(0.5 * 2**number, 30.0) for number in range(12)]
    for pause_s, most_s in zip(destination.pauses_s, longest, strict=True):
        assert most_s / 2 <= pause_s <= most_s
    assert len(set(destination.pauses_s[-4:])) == 4
    recording.close()


@pytest.mark.parametrize(("asked_s", "waited_s"), [(7.0, 7.0), (120.0, 120.0), (86_400.0, 300.0)])
def test_requested_wait_is_respected_up_to_a_maximum(
    recording: Recording, asked_s: float, waited_s: float
) -> None:
    destination = Destination(UnavailableError("busy", asked_s))
    play(outbox(recording, destination.deliver, []).drain())
    assert destination.pauses_s == pytest.approx([waited_s])
    recording.close()


def test_facts_arriving_during_a_wait_join_the_batch_and_waits_reset(
    recording: Recording,
) -> None:
    destination = Destination(*[UnavailableError("away") for _ in range(6)])
    reports: list[str | None] = []

    async def deliver(lines: bytes) -> None:
        if len(destination.asked_s) == 3:
            recording.go_on(30)
        await destination.deliver(lines)

    async def main() -> None:
        box = outbox(recording, deliver, reports)
        await box.drain()
        assert len(destination.batches) == 1
        recording.go_on(1)
        destination.refusals.append(UnavailableError("away again"))
        await box.drain()

    play(main())
    assert destination.pauses_s[-1] <= 0.5
    assert destination.taken == list(range(1, recording.session.journal.last_fact + 1))
    assert len(reports) == 4
    assert reports[1::2] == [None, None]
    recording.close()


def test_drain_ends_after_its_maximum_of_attempts(recording: Recording) -> None:
    away = Destination(*[UnavailableError("away")] * 9)
    wrong = Destination(*[MisconfiguredError("no such bucket")] * 9)

    async def main() -> None:
        with pytest.raises(UnavailableError, match="away"):
            await outbox(recording, away.deliver, []).drain(attempts=4)
        with pytest.raises(MisconfiguredError):
            await outbox(recording, wrong.deliver, []).drain(attempts=4)

    play(main())
    assert (len(away.asked_s), len(wrong.asked_s)) == (4, 1)
    recording.close()


def test_point_that_makes_the_server_fail_is_set_aside(recording: Recording) -> None:
    reports: list[str | None] = []
    taken: list[bytes] = []

    async def fail_at_7(lines: bytes) -> None:
        found = lines.split(b"\n")
        if b"7" in found:
            raise UnavailableError("HTTP 500: partial write", has_message=True)
        taken.extend(found)

    async def main() -> None:
        journal = recording.session.journal
        rng = random.Random(1)
        box = Outbox(
            "test",
            journal.path,
            journal,
            encode,
            fail_at_7,
            reports.append,
            rng,
            probe=lambda: b"probe",
        )
        await box.drain()

    play(main())
    last = recording.session.journal.last_fact
    assert {*taken, b"7"} == {b"probe", *(b"%d" % fact for fact in range(1, last + 1))}
    assert recording.session.journal.dead_letters() == {"test": {7: "HTTP 500: partial write"}}
    assert "rejected 1 fact, such as 7 (HTTP 500: partial write)" in (reports[-1] or "")
    recording.close()


def test_each_change_of_failure_is_reported_once(recording: Recording) -> None:
    away, wrong = UnavailableError("away"), MisconfiguredError("no such bucket")
    destination = Destination(away, away, wrong, wrong, wrong, away)
    reports: list[str | None] = []
    play(outbox(recording, destination.deliver, reports).drain())
    assert reports == [
        "test does not accept data: away; nothing is lost",
        "test does not accept data: no such bucket; nothing is lost",
        "test does not accept data: away; nothing is lost",
        None,
    ]
    recording.close()


def test_batches_are_full_or_a_second_apart(recording: Recording) -> None:
    recording.go_on(2_500)
    destination = Destination()
    enough = asyncio.Event()

    async def deliver(lines: bytes) -> None:
        await destination.deliver(lines)
        recording.go_on(1)  # something new has come while this was delivered
        if len(destination.batches) == 8:
            enough.set()

    async def main() -> None:
        async with asyncio.TaskGroup() as tasks:
            running = tasks.create_task(outbox(recording, deliver, []).run())
            await enough.wait()
            running.cancel()

    play(main())
    sizes = [len(batch) for batch in destination.batches]
    full = sizes.count(BATCH)
    assert 1 <= full < 5
    assert sizes[:full] == [BATCH] * full
    assert destination.pauses_s[:full] == pytest.approx([0] * full)
    assert destination.pauses_s[full:] == pytest.approx([1] * (7 - full))
    assert destination.taken == list(range(1, len(destination.taken) + 1))
    recording.close()


def test_backlog_has_its_size_and_oldest_time(recording: Recording) -> None:
    box = outbox(recording, Destination(UnavailableError("away")).deliver, [])
    facts = list(recording.session.journal.facts())

    async def main() -> None:
        assert box.backlog().facts == len(facts)
        await box.drain_once()
        assert box.backlog().facts == len(facts)
        assert box.backlog().oldest_ns == facts[0].at_ns
        await box.drain_once()
        assert (box.backlog().facts, box.backlog().oldest_ns) == (0, None)
        await box.drain()  # closes the journal

    play(main())
    recording.close()


def test_refusals_that_create_new_facts_do_not_loop(recording: Recording) -> None:
    """A report becomes an alarm, which may be refused as well."""
    reports: list[str | None] = []

    def report(reason: str | None) -> None:
        reports.append(reason)
        recording.session.report_fault("clock-jump", on=reason is not None, reason=reason or "")
        recording.go_on(1)

    async def refuse_alarms(lines: bytes) -> None:
        if any(line.endswith(b"alarm") for line in lines.split(b"\n")):
            raise RejectedError("no alarms here")

    def with_kind(row: FactRow) -> bytes:
        return f"{row.id} {row.kind}".encode()

    async def main() -> None:
        journal = recording.session.journal
        rng = random.Random(1)
        box = Outbox("test", journal.path, journal, with_kind, refuse_alarms, report, rng)
        for _ in range(200):
            recording.go_on(1)
            await box.drain()
        assert box.set_aside >= 2

    recording.session.report_fault("clock-jump", on=True, reason="to begin with")
    recording.go_on(1)
    play(main())
    assert 2 <= len(reports) <= 6
    recording.close()
