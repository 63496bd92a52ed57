"""Events and alarms as short texts with times, for formats that have annotations or markers."""

from dataclasses import dataclass, replace

from devices.printable_text import printable
from devices.recordings.recorded_file import SIMULATED
from devices.units import quantity
from monitor.analysis.recorded_events import Event, EventKind, EventStatus
from monitor.exports.session_export import SessionExport


@dataclass(frozen=True, slots=True)
class Annotation:
    """Text at a time, UTC of the session's clock; `ended_ns` is None without a duration."""

    at_ns: int
    ended_ns: int | None
    text: str


def annotations(export: SessionExport) -> list[Annotation]:
    """Return valid events, and alarms that were announced, in the order of their times."""
    found = [
        Annotation(event.at_ns, event.ended_ns, event_text(event))
        for event in export.events
        if event.status is EventStatus.VALID
    ]
    found += [
        Annotation(
            alarm.raised_ns,
            None if alarm.open else alarm.over_ns,
            f"alarm ({alarm.priority}) {alarm.rule} {alarm.subject}: {alarm.message}",
        )
        for alarm in export.alarms
        if not alarm.inside
    ]
    # Control characters separate annotations in EDF+.
    clean = [replace(each, text=printable(each.text)) for each in found]
    return sorted(clean, key=lambda each: (each.at_ns, each.text))


def event_text(event: Event) -> str:
    """Return an event in one line, such as ``dose 120 mg: MDMA``."""
    words = [] if event.kind is EventKind.MARKER else [event.kind.value]
    words.append(event.name)
    if event.value is not None:
        words.append(quantity(event.value, "" if event.unit == "{score}" else event.unit).strip())
    if event.severity is not None:
        words.append(f"(grade {event.severity}, {event.relation})")
    text = " ".join(f"{event.text} {event.detail}".split())
    return " ".join(words) + (f": {text}" if text else "")


def origin_text(export: SessionExport) -> str:
    """Return the origin of the data in one line, and that they are simulated if they are."""
    origin = export.provenance()
    simulated = f"{SIMULATED}; " if export.session.simulated else ""
    imported = f"; imported from {origin['imported']}" if "imported" in origin else ""
    return (
        f"{simulated}recording {origin['recording']}; {origin['software']}; policy "
        f"{origin['policy']} {origin['policy_digest']}; journal {origin['journal_hash']}{imported}"
    )
