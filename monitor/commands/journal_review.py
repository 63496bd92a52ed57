"""`physiomon journal review`: alarms of an ended session, and verdicts on them."""

from collections.abc import Mapping
from pathlib import Path

from alerts.alarm_review_fact import Verdict
from monitor.clock import SessionClock
from monitor.commands.output import print_facts, print_json, print_rows_cut, utc
from monitor.core.alarm_actions import review_fact
from monitor.entries import EntryKind
from monitor.errors import ActError, ConfigError, JournalError
from monitor.sessions.after_end import next_entry
from monitor.sessions.alarm_occurrences import Occurrence
from monitor.sessions.alarm_reviews import AlarmReviews
from monitor.sessions.recording import Recording, ended_by_person, read_recording
from monitor.storage.journal import Journal
from monitor.storage.journal_file import require_journal

WITHDRAW = "withdraw"
VERDICTS = (*Verdict, WITHDRAW)


def print_alarms(path: Path, *, as_json: bool) -> None:
    """Print the alarms of a recording with the verdicts on them.

    Raises:
        JournalError: the file is not a journal, or damaged.
    """
    with Journal.read(path) as journal:
        numbered = _numbered(read_recording(journal))
    if as_json:
        print_json([_body(number, each) for number, each in numbered.items()])
        return
    print_rows_cut(
        ("alarm", "raised (UTC)", "priority", "verdict", "by", "about"),
        (
            (
                number,
                utc(each.raised_ns)[:19].replace("T", " "),
                each.priority,
                each.verdict or "-",
                each.reviewed_by or "-",
                f"{each.message} ({each.subject})",
            )
            for number, each in numbered.items()
        ),
    )


def judge(path: Path, number: int, verdict: str, by: str, *, as_json: bool) -> None:
    """Add a verdict on an alarm to the journal of a session that a person has ended.

    Args:
        path: of the journal.
        number: of the alarm, as printed by `print_alarms`.
        verdict: one of `VERDICTS`.
        by: name of the person who judges.
        as_json: print the alarm as JSON.

    Raises:
        PhysiomonError: the journal cannot be used or has not ended, or there is no such alarm.
    """
    if verdict not in VERDICTS:
        raise ConfigError(f"verdict '{verdict}' is unknown; use {', '.join(VERDICTS)}")
    require_journal(path)
    with Journal.write(path) as journal:
        recording = read_recording(journal)
        if ended_by_person(journal) is None:
            raise JournalError(
                f"nobody has ended the session in {path}: give the verdict on its page"
            )
        chosen = _numbered(recording).get(number)
        if chosen is None:
            raise ActError(f"there is no alarm {number}; see 'physiomon journal review {path}'")
        now_ns = SessionClock.of_machine().now_ns

        def record(kind: EntryKind, source: str, body: Mapping[str, object]) -> None:
            entry = next_entry(journal, now_ns(), kind, source, body)
            journal.append(entry)
            journal.add_facts([(entry.seq, review_fact(entry))])

        reviews = AlarmReviews(recording.occurrences(), lambda: recording.ended_ns, record)
        given = None if verdict == WITHDRAW else verdict
        reviews.review(chosen.key, chosen.raised_ns, given, by)
        chosen = _numbered(read_recording(journal))[number]
    if as_json:
        print_json(_body(number, chosen))
    else:
        print_facts(str(path), _body(number, chosen))


def _numbered(recording: Recording) -> dict[int, Occurrence]:
    """Return the alarms by number: an ended session has no further ones."""
    return dict(enumerate(recording.occurrences().until(recording.ended_ns), 1))


def _body(number: int, each: Occurrence) -> dict[str, object]:
    return {
        "alarm": number,
        "raised": utc(each.raised_ns),
        "priority": each.priority,
        "lasted_s": round((each.over_ns - each.raised_ns) / 1e9, 1),
        "message": each.message,
        "subject": each.subject,
        "verdict": each.verdict or None,
        "by": each.reviewed_by or None,
    }
