"""A fact that cannot be encoded is set aside alone."""

import random
from pathlib import Path

import pytest

from monitor.delivery.outbox import Outbox
from monitor.storage.fact_rows import FactRow
from tests.delivery.recorded_sessions import Recording


@pytest.mark.parametrize("error", [ValueError("Anna"), KeyError("Anna"), TypeError("Anna")])
async def test_facts_around_an_unencodable_one_are_delivered(
    tmp_path: Path, error: Exception
) -> None:
    recording = Recording(tmp_path / "s.journal")
    recording.go_on(60)
    journal = recording.session.journal
    taken: list[int] = []
    reports: list[str | None] = []

    def encode(row: FactRow) -> bytes:
        if row.id == 7:
            raise error
        return b"%d" % row.id

    async def deliver(lines: bytes) -> None:
        taken.extend(map(int, lines.split(b"\n")))

    rng = random.Random(1)
    box = Outbox("test", journal.path, journal, encode, deliver, reports.append, rng)
    await box.drain()
    assert taken == [fact for fact in range(1, journal.last_fact + 1) if fact != 7]
    reason = f"it cannot be encoded ({type(error).__name__})"
    assert journal.dead_letters() == {"test": {7: reason}}
    assert [report for report in reports if report] == [
        f"test rejected 1 fact, such as 7 ({reason}); see table dead_letters of the journal"
    ]
    recording.close()


async def test_batch_of_unencodable_facts_is_set_aside(tmp_path: Path) -> None:
    recording = Recording(tmp_path / "s.journal")
    recording.go_on(1)
    journal = recording.session.journal

    def encode(_row: FactRow) -> bytes:
        raise ValueError

    async def deliver(_lines: bytes) -> None:
        raise AssertionError

    rng = random.Random(1)
    box = Outbox("test", journal.path, journal, encode, deliver, lambda _: None, rng)
    await box.drain()
    assert box.set_aside == journal.last_fact > 0
    recording.close()
