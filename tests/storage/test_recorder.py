from collections.abc import Iterator
from pathlib import Path

import pytest

from monitor.entries import EntryKind
from monitor.facts import MarkerFact
from monitor.storage.journal import Journal
from monitor.storage.recorder import Recorder
from tests.sessions.manual_clocks import Hands


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with Journal.write(tmp_path / "s.journal") as journal:
        yield journal


def recorder(journal: Journal, hands: Hands, pending_most: int = 100) -> Recorder:
    return Recorder(journal, hands.clock(), lambda: None, pending_most)


def packet(door: Recorder, number: int = 0) -> None:
    door.record(EntryKind.PACKET, "strap/2A37", bytes([0, number]))


def fill_disk(journal: Journal) -> None:
    journal._db.execute("PRAGMA max_page_count = 1")


def free_disk(journal: Journal) -> None:
    journal._db.execute("PRAGMA max_page_count = 1000000")


def until_full(door: Recorder) -> int:
    """Record until the journal refuses; return how many were recorded."""
    count = 0
    while door.failure is None:
        door.record(EntryKind.PACKET, "strap/2A37", bytes(1500))
        count += 1
    return count


def test_entry_is_in_the_journal_when_the_call_returns(journal: Journal) -> None:
    packet(recorder(journal, Hands(wall_ns=1_000)))
    with Journal.read(journal.path) as other:
        assert [entry.source for entry in other.entries()] == ["strap/2A37"]


def test_times_strictly_increase_even_within_one_tick(journal: Journal) -> None:
    hands = Hands(wall_ns=1_000)
    door = recorder(journal, hands)
    packet(door)
    packet(door)
    hands.pass_s(500e-9)
    packet(door)
    assert [entry.received_ns for entry in door.inbox] == [1_000, 1_001, 1_500]


def test_times_are_later_than_those_of_an_earlier_run(journal: Journal) -> None:
    early, late = Hands(wall_ns=1_000), Hands(wall_ns=1_000)
    late.wall_ns = 5_000
    packet(recorder(journal, late))
    door = recorder(journal, early)
    packet(door)
    assert [entry.received_ns for entry in door.inbox] == [5_001]


def test_wall_clock_change_does_not_affect_session_time() -> None:
    hands = Hands(wall_ns=1_000)
    clock = hands.clock()
    hands.wall_ns += 3_600 * 10**9
    assert clock.now_ns() == 1_000
    assert clock.step_ns() == 3_600 * 10**9
    assert clock.step_ns() == 0
    hands.wall_ns -= 3_600 * 10**9
    assert clock.step_ns() == -3_600 * 10**9


def test_engine_gets_all_entries_in_order_while_the_disk_is_full(journal: Journal) -> None:
    door = recorder(journal, Hands(wall_ns=1_000), pending_most=1000)
    fill_disk(journal)
    until_full(door)
    packet(door, 7)
    assert "disk is full" in (door.failure or "")
    kinds = [entry.kind for entry in door.inbox]
    assert kinds[-2:] == [EntryKind.FAULT, EntryKind.PACKET]
    assert [entry.seq for entry in door.inbox] == list(range(1, len(kinds) + 1))


def test_pending_entries_are_written_once_the_disk_has_space(journal: Journal) -> None:
    door = recorder(journal, Hands(wall_ns=1_000), pending_most=1000)
    fill_disk(journal)
    until_full(door)
    for number in range(20):
        packet(door, number)
    door.keep([(1, MarkerFact(subject="note", at_ns=1, text="", by="X"))])
    door.write()
    assert journal.last_fact == 0
    free_disk(journal)
    door.write()
    assert door.failure is None
    with Journal.read(journal.path) as other:
        assert other.damage() is None
        assert list(other.entries()) == list(door.inbox)
        assert other.last_fact == 1
        *_, last = other.entries()
    assert (last.kind, last.body()["on"]) == (EntryKind.FAULT, False)


def test_engine_and_journal_agree_on_entries_dropped_from_full_memory(journal: Journal) -> None:
    door = recorder(journal, Hands(wall_ns=1_000), pending_most=5)
    fill_disk(journal)
    until_full(door)
    for number in range(10):
        packet(door, number)
    assert door.dropped > 0
    free_disk(journal)
    packet(door, 99)
    door.write()
    with Journal.read(journal.path) as other:
        assert other.damage() is None
        assert list(other.entries()) == list(door.inbox)
