"""Batches of a journal that is recorded at the same time."""

import asyncio
import threading
from pathlib import Path

import pytest

from monitor.delivery.batch_reader import BatchReader
from monitor.errors import OutputError
from monitor.storage.fact_rows import FactRow, Lane
from monitor.storage.journal_file import checkpoint
from tests.delivery.recorded_sessions import Recording


def number(row: FactRow) -> bytes:
    return b"%d" % row.id


async def test_facts_committed_during_a_read_are_in_the_next_batch(tmp_path: Path) -> None:
    """Otherwise the cursor would pass them, and they would never be delivered."""
    recording = Recording(tmp_path / "s.journal")
    recording.go_on(10)
    before = recording.session.journal.last_fact

    def record_meanwhile(row: FactRow) -> bytes:
        if row.id == before:
            recording.go_on(10)
        return number(row)

    reader = BatchReader(tmp_path / "s.journal", Lane.ALL, record_meanwhile)
    first = await reader.read(0)
    assert recording.session.journal.last_fact > before == first.through
    second = await reader.read(first.through)
    await reader.close()
    read = [fact for batch in (first, second) for fact, _ in batch.encoded.lines]
    assert read == list(range(1, recording.session.journal.last_fact + 1))
    recording.close()


def files(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


async def test_open_reader_sees_new_facts_and_delays_no_checkpoint(tmp_path: Path) -> None:
    recording = Recording(tmp_path / "s.journal")
    reader = BatchReader(tmp_path / "s.journal", Lane.ALL, number)
    through = 0
    for _ in range(3):
        recording.go_on(5)
        through = (await reader.read(through)).through
        assert through == recording.session.journal.last_fact
        assert checkpoint(tmp_path / "s.journal")
    await reader.close()
    recording.close()
    assert files(tmp_path) == ["s.journal"]


async def test_close_waits_for_a_cancelled_read(tmp_path: Path) -> None:
    recording = Recording(tmp_path / "s.journal")
    recording.go_on(1)
    reading, released = threading.Event(), threading.Event()

    def encode(row: FactRow) -> bytes:
        reading.set()
        assert released.wait(60)
        return number(row)

    reader = BatchReader(tmp_path / "s.journal", Lane.ALL, encode)
    async with asyncio.TaskGroup() as tasks:
        cancelled = tasks.create_task(reader.read(0))
        await asyncio.to_thread(reading.wait, 60)
        cancelled.cancel()
        closing = tasks.create_task(reader.close())
        done, _ = await asyncio.wait({closing}, timeout=0)
        assert not done
        released.set()
    recording.close()
    assert files(tmp_path) == ["s.journal"]


async def test_journal_that_cannot_be_read_is_opened_at_the_next_read(tmp_path: Path) -> None:
    path = tmp_path / "s.journal"
    reader = BatchReader(path, Lane.ALL, number)
    with pytest.raises(OutputError, match=r"cannot read the facts to deliver: .* does not exist"):
        await reader.read(0)
    recording = Recording(path)
    recording.go_on(1)
    assert (await reader.read(0)).through == recording.session.journal.last_fact
    await reader.close()
    recording.close()
