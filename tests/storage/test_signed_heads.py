"""Signed heads reveal a rewritten or shortened journal."""

import asyncio
import base64
import sqlite3
import subprocess
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from devices.errors import PhysiomonError
from monitor.commands.cohort import CohortOptions
from monitor.commands.journal_check import print_head, verify
from monitor.commands.report import report_alarms
from monitor.entries import GENESIS, Entry, EntryKind, body_bytes, chain
from monitor.errors import ConfigError, JournalError
from monitor.sessions.background_tasks import sign_heads
from monitor.storage.hash_chain import ENTRY_COLUMNS
from monitor.storage.head_check import heads_of
from monitor.storage.journal import Journal
from monitor.storage.signed_head import SignedHead
from monitor.storage.signing_key import SigningKey, fingerprint, read_public_key
from tests.sessions.test_session import Live
from tests.storage.spoiled_journal import drop_triggers
from tests.virtual.virtual_room import in_virtual_time


def record(folder: Path, end: str = "stopped") -> Path:
    """Record four minutes, of which each has a signed head."""
    live = Live(folder / "s.journal")
    live.session.heads.key = SigningKey.keep(folder / "signing.key")
    for minute in range(4):
        live.beat(60, 70 + 10 * minute)
        live.session.heads.sign()
    if end == "ended":
        live.session.control.finish("MK", "over")
        live.session.heads.sign()
    else:
        live.session.end(end)
    live.session.close()
    return live.path


def rewrite(path: Path, change: Callable[[Entry], Entry | None]) -> None:
    """Change entries, and make the file consistent with itself again, as an insider could."""
    with sqlite3.connect(path) as database:
        drop_triggers(database)
        rows = [*database.execute(f"SELECT {ENTRY_COLUMNS} FROM entries ORDER BY seq")]  # noqa: S608
        names = ENTRY_COLUMNS.split(", ")
        previous = GENESIS
        for row in rows:
            entry = change(Entry(**dict(zip(names, row, strict=True))))
            if entry is None:
                database.execute("DELETE FROM entries WHERE seq = ?", row[:1])
                database.execute("DELETE FROM facts WHERE entry >= ?", row[:1])
                continue
            previous = chain(previous, entry)
            database.execute(
                "UPDATE entries SET payload = ?, hash = ? WHERE seq = ?",
                (entry.payload, previous, entry.seq),
            )
    database.close()


def another_rate(entry: Entry) -> Entry:
    if entry.kind != EntryKind.PACKET or entry.seq < 100:
        return entry
    return replace(entry, payload=bytes([0x06, 61]))


def signed_by(key: SigningKey, change: Callable[[Entry], Entry]) -> Callable[[Entry], Entry]:
    """Return a change that signs all heads again, with the hashes that follow from it."""
    previous = GENESIS

    def apply(entry: Entry) -> Entry:
        nonlocal previous
        changed = change(entry)
        if entry.kind == EntryKind.HEAD:
            old = SignedHead.from_body("s1", entry.body())
            body = asdict(key.sign(replace(old, hash=previous.hex())))
            del body["session"]
            changed = replace(entry, payload=body_bytes(body))
        previous = chain(previous, changed)
        return changed

    return apply


def without_end(most: int) -> Callable[[Entry], Entry | None]:
    return lambda entry: entry if entry.seq <= most else None


def head_of(path: Path, folder: Path, number: int = -1) -> Path:
    """Save a head outside the journal."""
    kept = folder / "kept.json"
    with Journal.read(path) as journal:
        kept.write_text([head for _, head in heads_of(journal)][number].text())
    return kept


def fault(path: Path, against: Path | None = None, key: Path | None = None) -> str:
    with pytest.raises(Exception, match="do not rely on this file") as caught:
        verify(path, against, key, as_json=False)
    assert verify(path, against, key, as_json=True) is False
    return str(caught.value)


@pytest.mark.parametrize("end", ["stopped", "ended"])
def test_intact_journal_passes_every_check(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], end: str
) -> None:
    path = record(tmp_path, end)
    assert verify(path, None, None, as_json=False)
    printed = capsys.readouterr().out
    assert "5, the last of entry" in printed
    assert "signatures not checked" in printed
    assert "nobody has rewritten the whole file" in " ".join(printed.split())
    for number in range(5):
        kept = head_of(path, tmp_path, number)
        assert verify(path, kept, tmp_path / "signing.pub", as_json=False)
    printed = " ".join(capsys.readouterr().out.split())
    assert "signed with this key" in printed
    assert "are those of the head that was kept" in printed
    assert ("by MK" if end == "ended" else "stopped") in printed


@pytest.mark.parametrize("as_json", [False, True])
def test_report_output_can_be_used_as_a_kept_head(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], *, as_json: bool
) -> None:
    path, kept = record(tmp_path, "ended"), tmp_path / "report.txt"
    (tmp_path / "other").mkdir()
    other = record(tmp_path / "other")
    report_alarms([other, path], "", None, CohortOptions(jobs=1), as_json=as_json)
    kept.write_text(capsys.readouterr().out)
    # Both sessions have the same id: the last one counts.
    assert verify(path, kept, tmp_path / "signing.pub", as_json=False)
    if not as_json:
        printed = kept.read_text()
        assert fingerprint(read_public_key(tmp_path / "signing.pub")) in printed
        assert len(SignedHead.all_from_text(printed)) == 2
        line = next(line for line in reversed(printed.splitlines()) if "signature" in line[:1000])
        kept.write_text(f"  > {line.strip()}\n")  # as a mail quotes it
    rewrite(path, signed_by(SigningKey.keep(tmp_path / "signing.key"), another_rate))
    assert "they were rewritten" in fault(path, kept)


def test_text_without_a_head_is_refused(tmp_path: Path) -> None:
    path, kept = record(tmp_path), tmp_path / "kept"
    for text in ("nothing", '{"journals": []}', '{"journals": 1}', "[]", "{}\n{}"):
        kept.write_text(text)
        with pytest.raises(PhysiomonError, match="signed head"):
            verify(path, kept, None, as_json=False)


def test_journal_without_heads_is_reported(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    live = Live(tmp_path / "s.journal")
    live.beat(5, 70)
    live.session.heads.sign()  # without a key it does nothing
    live.session.close()
    assert verify(live.path, None, None, as_json=False)
    printed = capsys.readouterr().out
    assert "signed heads" in printed
    assert "none" in printed
    assert "entries are missing at its end" in " ".join(printed.split())
    SigningKey.keep(tmp_path / "signing.key")
    assert "it has no signed head" in fault(live.path, None, tmp_path / "signing.pub")
    with pytest.raises(JournalError, match="has no signed head"):
        print_head(live.path)


def test_unchanged_heads_reveal_a_rewritten_journal(tmp_path: Path) -> None:
    path = record(tmp_path)
    kept = head_of(path, tmp_path)
    rewrite(path, another_rate)
    with Journal.read(path) as journal:
        assert journal.damage() is None  # the chain alone shows nothing
    assert "is the head of another journal" in fault(path)
    assert "is the head of another journal" in fault(path, kept)


def test_public_key_reveals_heads_signed_with_another_key(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = record(tmp_path)
    theirs = SigningKey.keep(tmp_path_factory.mktemp("elsewhere") / "signing.key")
    kept = head_of(path, tmp_path)
    rewrite(path, signed_by(theirs, another_rate))
    assert verify(path, None, None, as_json=False)  # consistent with itself
    assert "is not signed with this key" in fault(path, None, tmp_path / "signing.pub")
    assert "they were rewritten" in fault(path, kept)


def test_kept_head_reveals_a_rewrite_signed_with_the_site_key(tmp_path: Path) -> None:
    path = record(tmp_path)
    kept = head_of(path, tmp_path)
    rewrite(path, signed_by(SigningKey.keep(tmp_path / "signing.key"), another_rate))
    assert verify(path, None, tmp_path / "signing.pub", as_json=False)
    assert "they were rewritten" in fault(path, kept, tmp_path / "signing.pub")


def test_removed_end_is_detected_with_a_kept_head(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = record(tmp_path, "ended")
    kept = head_of(path, tmp_path)
    rewrite(path, without_end(100))
    assert verify(path, None, None, as_json=False)
    assert "entries are missing at its end" in " ".join(capsys.readouterr().out.split())
    assert "its end was removed" in fault(path, kept)


def test_head_of_another_session_is_refused(tmp_path: Path) -> None:
    path = record(tmp_path)
    kept = head_of(path, tmp_path)
    kept.write_text(kept.read_text().replace('"session":"', '"session":"X'))
    assert "the head is of session X" in fault(path, kept)


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"entries": "x"}', "ä", "null"])
def test_invalid_head_is_refused_in_one_sentence(tmp_path: Path, text: str) -> None:
    path = record(tmp_path)
    kept = tmp_path / "kept.json"
    kept.write_text(text)
    with pytest.raises(Exception, match="a signed head is a JSON object with") as caught:
        verify(path, kept, None, as_json=True)
    assert "\n" not in str(caught.value)


def test_openssl_verifies_a_head(tmp_path: Path) -> None:
    path = record(tmp_path)
    with Journal.read(path) as journal:
        *_, (_, head) = heads_of(journal)
    (tmp_path / "message").write_bytes(head.message())
    (tmp_path / "signature").write_bytes(base64.b64decode(head.signature))
    command = "openssl pkeyutl -verify -pubin -inkey signing.pub -rawin -in message"
    done = subprocess.run(
        [*command.split(), "-sigfile", "signature"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Signature Verified Successfully" in done.stdout, done.stderr


def test_head_is_signed_once_per_entry_and_last_after_the_end(tmp_path: Path) -> None:
    path = record(tmp_path, "ended")
    with Journal.read(path) as journal:
        kinds = [entry.kind for entry in journal.entries()]
    assert kinds[-2:] == [EntryKind.END, EntryKind.HEAD]
    live = Live(tmp_path / "other.journal")
    live.session.heads.key = SigningKey.keep(tmp_path / "signing.key")
    for _ in range(3):
        live.session.heads.sign()
    live.session.close()
    with Journal.read(live.path) as journal:
        assert [each.kind for each in journal.entries()].count(EntryKind.HEAD) == 1


def test_heads_are_signed_once_a_minute() -> None:
    in_virtual_time(_a_little_over_three_minutes())


async def _a_little_over_three_minutes() -> None:
    signed: list[float] = []
    loop = asyncio.get_running_loop()
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(sign_heads(lambda: signed.append(loop.time()), 1.0))
        began = loop.time()
        await asyncio.sleep(181)
        task.cancel()
    assert [round(each - began) for each in signed] == [60, 120, 180]


def test_signing_key_is_created_once_and_refused_if_others_can_read_it(tmp_path: Path) -> None:
    path = tmp_path / "new" / "signing.key"
    head = SignedHead(session="S", entries=1, until_ns=1, hash="00")
    first = SigningKey.keep(path).sign(head)
    assert path.stat().st_mode & 0o777 == 0o600
    assert SigningKey.keep(path).sign(head) == first
    assert first.is_signed_by(read_public_key(path.with_suffix(".pub")))
    path.chmod(0o640)
    with pytest.raises(ConfigError, match="other users can read"):
        SigningKey.keep(path)
    path.chmod(0o600)
    path.write_text("nonsense")
    with pytest.raises(ConfigError, match="not a key in PEM"):
        SigningKey.keep(path)
    with pytest.raises(ConfigError, match="is not an Ed25519 public key"):
        read_public_key(path)
