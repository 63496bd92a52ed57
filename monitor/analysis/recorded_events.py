"""Events of a recorded session in one list: markers, manual measurements, adverse events and more.

All times are UTC of the session's clock in nanoseconds, as in `monitor.analysis.recorded_tables`.
"""

import enum
import json
import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

from devices.packets import Quality
from devices.signals import SIGNALS
from monitor.core.spot_measurements import BY_HAND
from monitor.entries import EntryKind
from monitor.facts import (
    AdverseEventFact,
    AdverseEventStep,
    BaselineFact,
    LifeFact,
    MarkerFact,
    PolicyFact,
    ReadingFact,
    UndoFact,
)
from monitor.sessions.recording import Recording, unreadable

DOSE = "dose"
_RATING = "rating"


class EventKind(enum.StrEnum):
    """Kinds of events."""

    MARKER = "marker"  # name: dose, supplement, phase, note or rating
    MEASUREMENT = "measurement"  # by hand; name: the signal
    ADVERSE_EVENT = "adverse-event"  # name: its kind, such as nausea
    SESSION = "session"  # name: start, end or sensor
    BASELINE = "baseline"  # name: the channel
    POLICY = "policy"  # name: the rule, or ``policy``


class EventStatus(enum.StrEnum):
    """Validity of an event; only a valid one counts."""

    VALID = "valid"
    UNDONE = "undone"  # a marker
    CORRECTED = "corrected"  # a measurement; its replacement is another event
    VOIDED = "voided"  # a measurement without a replacement
    WITHDRAWN = "withdrawn"  # an adverse event


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One event.

    Attributes:
        at_ns: when it happened; of an adverse event its start.
        kind: an `EventKind`.
        name: which one of its kind.
        value: amount of a dose, rating, measured value or baseline, in `unit`; None without one.
        unit: UCUM code of the value, or empty.
        spread: of a baseline, in `unit`; otherwise None.
        coverage: of a baseline: share of its ten minutes with valid values; otherwise None.
        ended_ns: end of an adverse event; None: it was not over, or it has no duration.
        severity: of an adverse event: 1 mild, 2 moderate, 3 severe; otherwise None.
        relation: of an adverse event to the drug, a `monitor.facts.Relation`; otherwise empty.
        detail: generated text without names.
        text: typed by people: a note, the name of a phase or drug, a description.
        action: typed by people: what was done about an adverse event.
        reason: typed by people: why it was changed, undone, corrected or done.
        by: person who entered it.
        role: of that person, if recorded.
        entered_ns: time of entry.
        status: an `EventStatus`.
        entry: number of the journal entry of a measurement or adverse event; otherwise 0.
    """

    at_ns: int
    kind: EventKind
    name: str
    value: float | None = None
    unit: str = ""
    spread: float | None = None
    coverage: float | None = None
    ended_ns: int | None = None
    severity: int | None = None
    relation: str = ""
    detail: str = ""
    text: str = ""
    action: str = ""
    reason: str = ""
    by: str = ""
    role: str = ""
    entered_ns: int
    status: EventStatus = EventStatus.VALID
    entry: int = 0


def read_events(recording: Recording) -> list[Event]:
    """Return the events of a recording in the order of their times, invalid ones included.

    Raises:
        JournalError: an event cannot be read.
    """
    events = [
        *_markers(recording),
        *_measurements(recording),
        *_adverse_events(recording),
        *(
            Event(
                at_ns=fact.at_ns,
                entered_ns=fact.at_ns,
                kind=EventKind.SESSION,
                name=fact.subject,
                detail=fact.text,
                by=fact.by,
                reason=fact.reason,
            )
            for fact in recording.facts(LifeFact)
        ),
        *_baselines(recording),
        *(
            Event(
                at_ns=fact.at_ns,
                entered_ns=fact.at_ns,
                kind=EventKind.POLICY,
                name=fact.subject,
                detail=fact.change,
                by=fact.by,
                reason=fact.reason,
            )
            for fact in recording.facts(PolicyFact)
        ),
    ]
    return sorted(events, key=lambda event: event.at_ns)


def dose_ns(events: list[Event]) -> int | None:
    """Return the time of the first dose that counts, or None."""
    doses = (each for each in events if (each.kind, each.name) == (EventKind.MARKER, DOSE))
    return next((dose.at_ns for dose in doses if dose.status is EventStatus.VALID), None)


def _markers(recording: Recording) -> Iterator[Event]:
    undone = {fact.at_ns: fact for fact in recording.facts(UndoFact)}
    for marker in recording.facts(MarkerFact):
        undo = undone.get(marker.at_ns)
        rating = marker.subject == _RATING
        yield Event(
            at_ns=marker.at_ns,
            entered_ns=marker.entered_ns or marker.at_ns,
            kind=EventKind.MARKER,
            name=marker.subject,
            value=_number(marker.text) if rating else marker.amount,
            unit="{score}" if rating else marker.unit,
            detail="; ".join(marker.missing),
            text=marker.text,
            reason=marker.reason if undo is None else undo.reason,
            by=marker.by,
            status=EventStatus.VALID if undo is None else EventStatus.UNDONE,
        )


def _measurements(recording: Recording) -> Iterator[Event]:
    """Yield manual measurements: each reading that a VITALS or CORRECTION entry has made."""
    bodies = {
        entry.seq: (entry.received_ns, entry.body())
        for kind in (EntryKind.VITALS, EntryKind.CORRECTION)
        for entry in recording.entries(kind)
    }
    found: dict[tuple[str, int], list[Event]] = {}
    for row in recording.rows(ReadingFact.kind, BY_HAND) if bodies else ():
        if row.entry not in bodies:
            continue
        entered_ns, body = bodies[row.entry]
        signal = row.subject.partition("/")[2]
        if signal not in body["values"]:
            continue
        try:
            reading = json.loads(row.payload)
            value, quality = float(reading["value"]), reading["quality"]
        except (KeyError, TypeError, ValueError):
            raise unreadable(recording.journal.path, row.id) from None
        known = found.setdefault((row.subject, row.at_ns), [])
        if quality == Quality.INVALID:
            if known:
                voided = body["values"][signal] is None
                status = EventStatus.VOIDED if voided else EventStatus.CORRECTED
                known[-1] = replace(known[-1], status=status, reason=body["reason"])
            continue
        known.append(
            Event(
                at_ns=row.at_ns,
                entered_ns=entered_ns,
                kind=EventKind.MEASUREMENT,
                name=signal,
                value=value,
                unit=SIGNALS[signal].unit,
                by=body["by"],
                role=body.get("role") or "",
                entry=row.entry,
            )
        )
    for events in found.values():
        yield from events


def _adverse_events(recording: Recording) -> Iterator[Event]:
    last: dict[int, AdverseEventFact] = {}
    first_ns: dict[int, int] = {}
    for fact in recording.facts(AdverseEventFact):
        last[fact.event] = fact
        first_ns.setdefault(fact.event, fact.at_ns)
    for number, fact in last.items():
        withdrawn = fact.step == AdverseEventStep.WITHDRAWN
        yield Event(
            at_ns=fact.started_ns,
            entered_ns=first_ns[number],
            kind=EventKind.ADVERSE_EVENT,
            name=fact.subject,
            ended_ns=fact.ended_ns,
            severity=fact.severity,
            relation=fact.relation,
            text=fact.text,
            action=fact.action,
            reason=fact.reason,
            by=fact.by,
            status=EventStatus.WITHDRAWN if withdrawn else EventStatus.VALID,
            entry=number,
        )


def _baselines(recording: Recording) -> Iterator[Event]:
    for fact in recording.facts(BaselineFact):
        signal = SIGNALS.get(fact.subject.partition("/")[2])
        spread = "unknown" if fact.spread is None else f"{fact.spread:g}"
        yield Event(
            at_ns=fact.at_ns,
            entered_ns=fact.at_ns,
            kind=EventKind.BASELINE,
            name=fact.subject,
            value=fact.value,
            unit="" if signal is None else signal.unit,
            spread=fact.spread,
            coverage=fact.coverage,
            detail=f"spread {spread}, coverage {fact.coverage:.2f}",
            by=fact.by,
        )


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None
