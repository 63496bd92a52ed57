import contextlib
import ctypes.util
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.entries import GENESIS, Entry, EntryKind, chain
from monitor.errors import JournalError, RecordingError
from monitor.facts import MarkerFact
from monitor.imports.journal_writer import write_journal
from monitor.storage.journal import Journal
from monitor.storage.journal_file import copy_journal
from tests.storage.spoiled_journal import spoil


def entry(seq: int, payload: bytes = b"{}", **more: int) -> Entry:
    return Entry(
        seq=seq,
        received_ns=1_000 + seq,
        kind=EntryKind.PACKET,
        source="strap/2A37",
        payload=payload,
        measured_ns=more.get("measured_ns"),
    )


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "s.journal"
    with Journal.write(file) as journal:
        for seq in range(1, 31):
            journal.append(entry(seq, bytes([seq]) * 5, measured_ns=seq))
        journal.add_facts(
            (seq, MarkerFact(subject="note", at_ns=seq, text="é", by="X")) for seq in range(1, 6)
        )
    return file


def test_entries_and_facts_round_trip(path: Path) -> None:
    with Journal.read(path) as journal:
        assert list(journal.entries()) == [
            entry(seq, bytes([seq]) * 5, measured_ns=seq) for seq in range(1, 31)
        ]
        assert [row.id for row in journal.facts()] == [1, 2, 3, 4, 5]
        assert next(journal.facts()).payload == (
            '{"text":"é","by":"X","amount":null,"unit":"","entered_ns":0,"missing":[],"reason":""}'
        )
        assert [e.seq for e in journal.entries(after=28)] == [29, 30]
        assert journal.damage() is None


def test_new_folder_of_a_journal_is_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "journals" / "s.journal"  # the names of journals contain participants' codes
    Journal.write(path).close()
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    imported = tmp_path / "imported" / "s.journal"
    write_journal(imported, [])
    assert stat.S_IMODE(imported.parent.stat().st_mode) == 0o700


def test_journal_is_copied_while_being_recorded(path: Path) -> None:
    copy = path.with_name("copy.journal")
    with Journal.write(path) as journal:
        lock = path.with_name(f"{path.name}.lock")
        assert stat.S_IMODE(lock.stat().st_mode) == 0o600
        journal.append(entry(31))
        copy_journal(path, copy)
        journal.append(entry(32))
    with Journal.read(copy) as read:
        assert [each.seq for each in read.entries()] == list(range(1, 32))
        assert read.damage() is None
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert {file.name for file in path.parent.iterdir()} == {path.name, copy.name}
    with pytest.raises(JournalError, match=r"copy\.journal exists already"):
        copy_journal(path, copy)


def test_failed_copy_leaves_no_file(path: Path) -> None:
    with pytest.raises(JournalError, match="cannot write"):
        copy_journal(path, path.parent / "nowhere" / "copy.journal")
    path.write_bytes(path.read_bytes()[:5000])
    with pytest.raises(JournalError, match="damaged or incomplete"):
        copy_journal(path, path.with_name("copy.journal"))
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_closed_journal_is_one_file(path: Path) -> None:
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_recording_resumes_after_the_last_entry(path: Path) -> None:
    with Journal.write(path) as journal:
        with pytest.raises(ValueError, match="does not follow"):
            journal.append(entry(30))
        journal.append(entry(31))
    with Journal.read(path) as journal:
        assert journal.damage() is None
        assert journal.last_seq == 31


def test_second_writer_of_a_journal_is_refused(path: Path) -> None:
    with Journal.write(path), pytest.raises(JournalError, match="being recorded by another"):
        Journal.write(path)
    Journal.write(path).close()  # the lock was released


def test_journal_is_read_while_being_recorded(path: Path) -> None:
    with Journal.write(path) as writer, Journal.read(path) as snapshot:
        with Journal.read(path, follow=True) as follower:
            writer.append(entry(31))
            assert [e.seq for e in follower.entries(30)] == [31]
        assert list(snapshot.entries(30)) == []


@pytest.mark.parametrize("table", ["entries", "facts"])
@pytest.mark.parametrize("statement", ["DELETE FROM {}", "UPDATE {} SET kind = 'x'"])
def test_rows_cannot_be_updated_or_deleted(path: Path, table: str, statement: str) -> None:
    connection = sqlite3.connect(path)
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        connection.execute(statement.format(table))
    connection.close()


def tampered(path: Path, *statements: str) -> str:
    spoil(path, *statements)
    with Journal.read(path) as journal:
        damage = journal.damage()
    assert damage is not None
    return damage.reason


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("UPDATE entries SET payload = x'00' WHERE seq = 7", "entry 7 was changed"),
        ("UPDATE entries SET received_ns = 1 WHERE seq = 7", "entry 7 was changed"),
        ("UPDATE entries SET measured_ns = NULL WHERE seq = 7", "entry 7 was changed"),
        ("UPDATE entries SET source = 'strap/2A38' WHERE seq = 30", "entry 30 was changed"),
        ("UPDATE entries SET kind = 'link' WHERE seq = 1", "entry 1 was changed"),
        ("UPDATE entries SET hash = zeroblob(32) WHERE seq = 2", "entry 2 was changed"),
        ("DELETE FROM entries WHERE seq = 7", "entry 7 is missing"),
        ("UPDATE entries SET seq = 99 WHERE seq = 7", "entry 7 is missing"),
        ("DELETE FROM entries WHERE seq > 3", "entry 4 and later ones were removed"),
    ],
)
def test_changed_or_removed_entry_is_named(path: Path, statement: str, told: str) -> None:
    assert told in tampered(path, statement)


def test_every_byte_of_an_entry_is_protected(path: Path) -> None:
    """Flip each byte of one entry's record in the raw file, as a disk or a person would."""
    raw = path.read_bytes()
    record = b"packet" + b"strap/2A37" + bytes([9]) * 5
    start = raw.index(record)
    for offset in range(start, start + len(record) + 32):  # its hash lies behind it
        changed = bytearray(raw)
        changed[offset] ^= 0x80
        path.write_bytes(changed)
        with Journal.read(path) as journal:
            damage = journal.damage()
        assert damage is not None, offset
        assert damage.seq == 9, offset


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda _: b"", "it is empty"),
        (lambda _: b"time,hr\n0,80\n" * 100, "not an SQLite file"),
        (lambda raw: raw[: len(raw) // 2], "damaged or incomplete"),
        (lambda raw: raw[:100], "damaged or incomplete"),
        (lambda raw: raw[:68] + bytes(4) + raw[72:], "another program's SQLite file"),
        (lambda raw: raw[:60] + bytes([0, 0, 0, 9]) + raw[64:], "newer physiomon"),
    ],
)
def test_file_that_is_not_a_journal_is_refused_in_one_sentence(
    path: Path, spoil: Callable[[bytes], bytes], told: str
) -> None:
    path.write_bytes(spoil(path.read_bytes()))
    with pytest.raises(JournalError, match=told) as error, Journal.read(path) as journal:
        list(journal.entries())
        if damage := journal.damage():
            raise JournalError(f"damaged or incomplete: {damage.reason}")
    assert "\n" not in str(error.value)
    assert "Traceback" not in str(error.value)


def test_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(JournalError, match="does not exist"):
        Journal.read(tmp_path / "none.journal")


def test_place_that_cannot_be_used_is_refused_in_one_sentence(path: Path) -> None:
    for use in (Journal.read, Journal.write):
        with pytest.raises(JournalError, match="File name too long"):
            use(path.with_name("n" * 300))
    # As in a folder of another account: the journal exists, but none of its other files can.
    path.with_name(f"{path.name}.lock").mkdir()
    with pytest.raises(JournalError, match=r"cannot open .*\.lock: Is a directory; make"):
        Journal.write(path)


def test_full_disk_loses_no_written_entry(path: Path) -> None:
    with Journal.write(path) as journal:
        journal._db.execute("PRAGMA max_page_count = 1")  # what SQLite does on a full disk
        seq = 31
        with pytest.raises(RecordingError, match="disk is full; free disk space"):
            while True:
                journal.append(entry(seq, bytes(3000)))
                seq += 1
        journal._db.execute("PRAGMA max_page_count = 100000")
        journal.append(entry(seq))  # the same number again: the failed write left nothing
    with Journal.read(path) as journal:
        assert journal.damage() is None
        assert journal.last_seq == seq


def test_recording_does_not_sync_and_wal_size_is_bounded(path: Path) -> None:
    if ctypes.util.find_library("seccomp") is None:
        pytest.skip("needs libseccomp: apt-get install libseccomp2")
    done = subprocess.run(
        [sys.executable, "-m", "tests.storage.recording_without_sync", path.with_name("w.journal")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    sizes = [tuple(map(int, line.split())) for line in done.stdout.splitlines()]
    checkpoints = [after for before, after in sizes if after < before]
    assert len(checkpoints) == 3, sizes  # of 60 MB
    assert max(before for before, _ in sizes) < 24 << 20
    assert all(after < 8192 for after in checkpoints)
    with Journal.read(path.with_name("w.journal")) as journal:
        assert journal.damage() is None
        assert journal.last_seq == 1200


def test_packet_writes_less_than_2_kb_to_the_wal(path: Path) -> None:
    """SD cards wear out, and a commit writes each page that it changes."""
    wal = path.with_name(f"{path.name}-wal")
    with Journal.write(path) as journal:
        journal.append(entry(31))
        before = wal.stat().st_size
        for seq in range(32, 132):
            journal.append(entry(seq, bytes(20)))
        assert (wal.stat().st_size - before) / 100 < 2_000


def test_wal_in_use_by_a_reader_is_checkpointed_later(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("monitor.storage.journal._CHECKPOINT_BYTES", 1 << 16)
    wal = path.with_name(f"{path.name}-wal")
    with Journal.write(path) as journal:
        journal.append(entry(31, bytes(1 << 17)))
        with Journal.read(path) as reader:
            journal.append(entry(32))
            journal.sync()
            assert wal.stat().st_size > 1 << 17
            assert reader.last_seq == 31
        journal.sync()
        assert wal.stat().st_size < 8192
        journal.append(entry(33))
    with Journal.read(path) as reader:
        assert reader.damage() is None
        assert reader.last_seq == 33


def test_views_agree_with_the_facts(path: Path) -> None:
    connection = sqlite3.connect(path)
    rows = connection.execute("SELECT at_ns, marker, text, by FROM markers").fetchall()
    connection.close()
    assert rows == [(seq, "note", "é", "X") for seq in range(1, 6)]


TEXT = st.text(st.characters(codec="utf-8"), max_size=8)
ENTRIES = st.builds(
    Entry,
    seq=st.integers(1, 2**62),
    received_ns=st.integers(0, 2**62),
    kind=TEXT,
    source=TEXT,
    payload=st.binary(max_size=16),
    measured_ns=st.none() | st.integers(0, 2**62),
)


@given(ENTRIES, ENTRIES)
def test_different_entries_have_different_hashes(one: Entry, other: Entry) -> None:
    """Length prefixes detect a byte that moves from one field to the next."""
    assert (chain(GENESIS, one) == chain(GENESIS, other)) == (one == other)


@given(ENTRIES, st.binary(min_size=32, max_size=32))
def test_hash_depends_on_all_previous_entries(one: Entry, previous: bytes) -> None:
    assert (chain(previous, one) == chain(GENESIS, one)) == (previous == GENESIS)


def test_partly_created_journal_is_created_again(tmp_path: Path) -> None:
    path = tmp_path / "s.journal"
    with contextlib.closing(sqlite3.connect(path)) as begun:
        begun.execute("PRAGMA journal_mode = WAL")  # writes only the file's header
    assert path.stat().st_size > 0
    with pytest.raises(JournalError, match="it is empty"):
        Journal.read(path)
    with Journal.write(path) as journal:
        assert journal.last_seq == 0
    with Journal.read(path) as journal:
        assert journal.damage() is None
