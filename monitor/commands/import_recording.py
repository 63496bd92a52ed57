"""`physiomon import`: a journal of what other devices and programs recorded."""

import datetime
import hashlib
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from zoneinfo import ZoneInfo

from devices.errors import PhysiomonError
from devices.recordings.merge import merge
from devices.recordings.reader import read_file, read_folder
from devices.recordings.recorded_file import RecordedFile, RecordingFileError
from monitor.commands.output import print_facts, print_json, utc
from monitor.commands.progress import progress
from monitor.config.policies import find_policy
from monitor.config.run import journal_name
from monitor.config.section import CODE_PATTERN, valid_zone
from monitor.core.imported import Imported, ImportedFile
from monitor.core.session_spec import SessionSpec
from monitor.imports.imported_entries import count_entries, entries_of, sensors_of
from monitor.imports.journal_writer import write_journal
from monitor.version import VERSION

_ROUNDED = {
    "heart_rate": "heart rates are rounded to whole numbers",
    "rr_interval": "RR intervals are rounded to 1/1024 s",
}
_DERIVED = "the file has no heart rate: it is derived from the last five intervals"
_SITE = "import"


@dataclass(frozen=True, slots=True, kw_only=True)
class Import:
    """Options of the command."""

    files: list[Path]
    participant: str
    policy: str
    start: str | None
    timezone: str | None
    events: str
    journal_dir: Path
    as_json: bool


def run_import(options: Import) -> None:
    """Make a journal of one recording and print what it contains.

    Raises:
        PhysiomonError: a file cannot be read, an option is invalid, or the journal exists.
    """
    if not re.fullmatch(CODE_PATTERN, options.participant):
        raise PhysiomonError(
            f"'{options.participant}' is not a valid code; use letters, digits, '.', '_' and '-'"
        )
    policy = find_policy(options.policy)
    zone = _zone(options.timezone)
    files, skipped = _read(options.files)
    file = merge(files, zone)
    local = any(each.start is not None and each.start.tzinfo is None for each in files)
    start_ns = _start_ns(file, options.start, zone)
    notes = [*file.notes, *(f"skipped: {each}" for each in skipped), *_notes(file)]
    if local:
        notes.append(f"the file has local times: those of {options.timezone or 'this computer'}")
    began = datetime.datetime.fromtimestamp(start_ns / 1e9, datetime.UTC)
    offset = began.astimezone(zone).utcoffset()
    spec = SessionSpec(
        id=f"import-{began:%Y%m%d-%H%M%S}-{options.participant}",
        site=_SITE,
        room=_SITE,
        participant=options.participant,
        virtual=file.simulated,
        software=VERSION,
        policy=policy,
        sensors=sensors_of(file),
        utc_offset_s=0 if offset is None else round(offset.total_seconds()),
        salt=secrets.token_hex(16),
        imported=Imported(
            format=file.format,
            device=file.device,
            files=tuple(_digest(each.path) for each in files),
            notes=tuple(notes),
        ),
    )
    path = options.journal_dir / journal_name(spec.id)
    with progress() as bar:
        entries = entries_of(spec, file, start_ns, options.events)
        count = write_journal(path, bar(entries, count_entries(file), path.name))
    _print(path, spec, file, start_ns, count, as_json=options.as_json)


def _read(paths: Iterable[Path]) -> tuple[list[RecordedFile], list[str]]:
    files: list[RecordedFile] = []
    skipped: list[str] = []
    for path in paths:
        if path.is_dir():
            found, others = read_folder(path)
            files += found
            skipped += others
        else:
            files.append(read_file(path))
    return files, skipped


def _zone(name: str | None) -> datetime.tzinfo | None:
    try:
        valid_zone(name)
    except ValueError as error:
        raise PhysiomonError(f"--timezone: {error}") from None
    return None if name is None else ZoneInfo(name)


def _start_ns(file: RecordedFile, given: str | None, zone: datetime.tzinfo | None) -> int:
    if file.start is not None:
        if given is not None:
            raise RecordingFileError(
                f"{file.path} ({file.format}) has a time of day; leave out --start"
            )
        return _ns(file.start)
    if given is None:
        raise RecordingFileError(
            f"{file.path} ({file.format}) has no time of day; give its start, such as "
            "--start 2026-03-01T14:00"
        )
    try:
        start = datetime.datetime.fromisoformat(given)
    except ValueError:
        raise PhysiomonError(
            f"--start: '{given}' is not a valid time; use one such as 2026-03-01T14:00"
        ) from None
    return _ns(merge([replace(file, start=start)], zone).start or start)


def _ns(at: datetime.datetime) -> int:
    since = at - datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
    return (since.days * 86_400 + since.seconds) * 10**9 + since.microseconds * 1000


def _notes(file: RecordedFile) -> list[str]:
    notes = [text for name, text in _ROUNDED.items() if name in file.series]
    if "rr_interval" in file.series and "heart_rate" not in file.series:
        notes.append(_DERIVED)
    return notes


def _digest(path: Path) -> ImportedFile:
    return ImportedFile(path.name, hashlib.sha256(path.read_bytes()).hexdigest())


def _print(
    path: Path, spec: SessionSpec, file: RecordedFile, start_ns: int, count: int, *, as_json: bool
) -> None:
    imported = spec.imported
    facts: dict[str, object] = {
        "journal": str(path),
        "session": spec.id,
        "format": file.format,
        "device": file.device or None,
        "started": utc(start_ns),
        "minutes": round(file.duration_s / 60, 2),
        "samples": {name: len(each) for name, each in file.series.items()},
        "markers": len(file.events),
        "entries": count,
        "notes": [] if imported is None else list(imported.notes),
    }
    if as_json:
        print_json(facts)
    else:
        print_facts(str(path), facts)
