"""The sessions in a folder of journals."""

from pathlib import Path

from devices.errors import PhysiomonError
from monitor.errors import JournalError
from monitor.sessions.continuation import RecordedSession
from monitor.storage.journal import Journal
from monitor.storage.journal_file import file_errors, is_blank


def recorded_sessions(folder: Path) -> tuple[list[RecordedSession], list[str]]:
    """Return the sessions of a folder, and a sentence for each journal that cannot be read.

    Raises:
        JournalError: the folder cannot be entered.
    """
    found: list[RecordedSession] = []
    unread: list[str] = []
    with file_errors(folder):
        paths = sorted(folder.glob("*.journal"))
    for path in paths:
        try:
            with file_errors(path):
                skipped = not path.is_file() or is_blank(path)
            if not skipped:
                found.append(_recorded(path))
        except PhysiomonError as error:
            unread.append(f"{error}. Until then it is not known whose session it contains")
    return found, unread


def _recorded(path: Path) -> RecordedSession:
    with Journal.read(path) as journal:
        first = next(journal.entries(), None)
        if first is None:
            raise JournalError(f"{path} contains no session: none was started; remove it")
        last = journal.end()
        try:
            body = first.body()
            end = {} if last is None else last.body()
            return RecordedSession(
                path=path,
                id=body["id"],
                site=body["site"],
                participant=body["participant"],
                started_ns=first.received_ns,
                last_ns=journal.last_received_ns,
                configured_as=body.get("configured_as", ""),
                ended_by=end.get("by"),
                ended_ns=last.received_ns if last is not None and "by" in end else None,
                end_derived=last is None or journal.derived_through() >= last.seq,
            )
        except (KeyError, TypeError, ValueError) as error:
            raise JournalError(
                f"{path}: its first or last entry cannot be read ({type(error).__name__}); "
                "restore it from a copy"
            ) from error
