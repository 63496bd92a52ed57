"""The report of one session, with what an ethics board or a study physician asks for."""

import math
from collections import Counter
from collections.abc import Iterator, Sequence

from alerts.policy.study_drug import OTHER
from dashboards.console.views.adverse_events import SEVERITIES
from devices.signals import SIGNALS
from devices.units import plain
from monitor.analysis.recorded_events import Event, EventKind, EventStatus
from monitor.analysis.session_data import SessionData
from monitor.reports.document import Block, Document, Facts, Heading, Paragraph, Table
from monitor.reports.session_alarms import actionable, alarm_blocks
from monitor.reports.session_course import session_course
from monitor.reports.session_hrv import hrv_blocks
from monitor.reports.session_quality import not_judged_blocks, quality_blocks
from monitor.reports.texts import NONE, Disclosure, Texts, channel_label, percent, span, value

FOOTER = (
    "physiomon is not a medical device. This report shows values as they were recorded; they need "
    "the judgement of a person."
)
_MEASURED = ("pulse_rate", "body_temperature", "spo2", "fluid_intake")


def session_document(data: SessionData, disclosure: Disclosure) -> Document:
    """Return the report of a session."""
    texts = Texts(data, disclosure)
    session = data.session
    marks = []
    if session.simulated:
        marks.append("SIMULATED: the sensors of this session were simulated")
    if data.imported:
        marks.append(f"IMPORTED: not recorded by physiomon, but made from {data.imported}")
    if not session.ended:
        marks.append("NOT ENDED: no person has ended this session; the recording may be incomplete")
    return Document(
        title=f"Session report {session.session}",
        subtitle=f"Participant {session.participant}, {texts.date(session.began_ns)}",
        marks=marks,
        footer=FOOTER,
        made_ns=session.ended_ns,
        blocks=[
            *_summary(data, texts),
            Heading("Course"),
            session_course(data, texts),
            Paragraph(
                "Dashed: limits of rules. Dotted: the dose. Grey strip below a course: no valid "
                "value. Alarms: crossed is high, hatched medium, plain low, dotted info."
            ),
            *alarm_blocks(data, texts),
            *_markers(data, texts),
            *_measurements(data, texts),
            *_adverse_events(data, texts),
            *_responses(data),
            *hrv_blocks(data, texts),
            *quality_blocks(data, texts),
            *not_judged_blocks(data, texts),
            *_people(data, texts),
            *_record(data, disclosure),
        ],
    )


def _summary(data: SessionData, texts: Texts) -> Iterator[Block]:
    session, policy, burden = data.session, data.policy, data.burden
    doses = [
        f"{each.name} {value(each.value, each.unit)} at {texts.clock(each.at_ns)}"
        for each in data.events
        if each.kind is EventKind.MARKER
        and each.name in ("dose", "supplement")
        and each.status is EventStatus.VALID
    ]
    severe = Counter(SEVERITIES[each.severity] for each in data.adverse_events)
    events = ", ".join(f"{number} {name}" for name, number in severe.items())
    reviewed = f"reviewed by {policy.reviewed_by}" if policy.reviewed_by else "not reviewed"
    yield Heading("Summary")
    yield Facts(
        [
            ("Session", f"{session.session}, site {session.site}, room {session.room}"),
            ("Participant", session.participant),
            (
                "Time",
                (
                    f"{texts.date(session.began_ns)} to {texts.clock(session.ended_ns)}, "
                    f"{span((session.ended_ns - session.began_ns) / 1e9)} h"
                ),
            ),
            ("Study drug", session.drug or NONE),
            ("Given", "; ".join(doses) or "no dose was marked"),
            ("Policy", f"{policy.name} {policy.version}, {reviewed}"),
            (
                "Alarms about the participant",
                f"{burden.physiological} ({burden.physiological_per_hour:.1f} per hour)",
            ),
            ("Actionable", actionable(burden.reviews)),
            ("Adverse events", events or "none reported"),
            (
                "Coverage",
                ", ".join(
                    f"{channel_label(channel).lower()} {percent(covered.share)}"
                    for channel, covered in data.coverage.items()
                    if data.readings[channel].signal.trend
                )
                or "no sensor sent values",
            ),
        ]
    )


def _markers(data: SessionData, texts: Texts) -> Iterator[Block]:
    found = [each for each in data.events if each.kind is EventKind.MARKER]
    yield Heading("Dose, phases, ratings and notes")
    if not found:
        yield Paragraph("Nothing was marked.")
        return
    rows = []
    for each in found:
        typed = each.text if each.name in ("phase", "dose", "supplement") else texts.note(each.text)
        what = value(each.value, each.unit) if each.name != "rating" else each.text
        if each.name == "rating":
            typed = NONE
        state = "" if each.status is EventStatus.VALID else f"{each.status} "
        reason = texts.note(each.reason) if each.reason else ""
        missing = f"not ready: {each.detail}" if each.detail else ""
        rows.append(
            (
                texts.clock(each.at_ns),
                texts.after(each.at_ns),
                each.name,
                what,
                typed or NONE,
                "; ".join(filter(None, (state.strip(), missing, reason))) or NONE,
                texts.who(each.by),
            )
        )
    yield Table(
        "Markers in the order of their times",
        ("time", texts.after_heading, "marker", "value", "text", "remarks", "by"),
        rows,
        numbers=frozenset({1}),
        widths=(9, 8, 10, 10, 28, 24, 14),
    )


def _measurements(data: SessionData, texts: Texts) -> Iterator[Block]:
    """Yield blood pressure and other single measurements, by hand or from a cuff."""
    yield Heading("Blood pressure and other measurements")
    rows: dict[tuple[int, str], dict[str, str]] = {}
    for channel, series in data.readings.items():
        if not series.signal.spot and series.sensor != "manual":
            continue
        for at_ns, number, quality in zip(
            series.at_ns.tolist(), series.values.tolist(), series.quality.tolist(), strict=True
        ):
            if not quality and not math.isnan(number):
                cells = rows.setdefault((at_ns, series.sensor), {})
                cells[series.signal.name] = plain(number, series.signal.unit)
        del channel
    by = {
        event.at_ns: texts.who(event.by)
        for event in data.events
        if event.kind is EventKind.MEASUREMENT and event.status is EventStatus.VALID
    }
    if not rows:
        yield Paragraph("Nothing was measured by hand or by a cuff.")
    else:
        others = [name for name in _MEASURED if any(name in cells for cells in rows.values())]
        yield Table(
            "Valid measurements",
            (
                *("time", texts.after_heading, "blood pressure (mmHg)"),
                *(_column(name) for name in others),
                *("source", "by"),
            ),
            [
                (
                    texts.clock(at_ns),
                    texts.after(at_ns),
                    _pressure(cells),
                    *(cells.get(name, NONE) for name in others),
                    "by hand" if sensor == "manual" else sensor,
                    by.get(at_ns, NONE) if sensor == "manual" else NONE,
                )
                for (at_ns, sensor), cells in sorted(rows.items())
            ],
            numbers=frozenset(range(1, 3 + len(others))),
        )
    invalid = [
        each
        for each in data.events
        if each.kind is EventKind.MEASUREMENT and each.status is not EventStatus.VALID
    ]
    if invalid:
        yield Table(
            "Measurements that were corrected or voided",
            ("time", "signal", "value", "state", "reason", "by"),
            [
                (
                    texts.clock(each.at_ns),
                    SIGNALS[each.name].label,
                    value(each.value, each.unit),
                    each.status,
                    texts.note(each.reason),
                    texts.who(each.by),
                )
                for each in invalid
            ],
            numbers=frozenset({2}),
        )


def _column(signal: str) -> str:
    known = SIGNALS[signal]
    return f"{known.label.lower()} ({value(0, known.unit).partition(' ')[2]})"


def _pressure(cells: dict[str, str]) -> str:
    if "systolic" not in cells and "diastolic" not in cells:
        return NONE
    text = f"{cells.get('systolic', NONE)}/{cells.get('diastolic', NONE)}"
    return f"{text} ({cells['mean_arterial']})" if "mean_arterial" in cells else text


def _adverse_events(data: SessionData, texts: Texts) -> Iterator[Block]:
    yield Heading("Adverse events")
    if not data.adverse_events:
        yield Paragraph("No adverse event was reported.")
        return
    began_ns = data.session.began_ns
    rows = []
    for each in data.adverse_events:
        at_ns = began_ns + round(each.started_s * 1e9)
        rows.append(
            (
                texts.clock(at_ns),
                texts.after(at_ns),
                "not over" if each.lasted_s is None else span(each.lasted_s),
                each.kind if each.kind != OTHER else f"other: {texts.note(each.text)}",
                SEVERITIES[each.severity],
                each.relation,
                texts.note(each.action),
                str(each.changes),
            )
        )
    yield Table(
        "Adverse events that were not withdrawn",
        (
            *("from", texts.after_heading, "lasted", "event", "severity"),
            *("relation to the drug", "action", "changes"),
        ),
        rows,
        numbers=frozenset({1, 2, 7}),
    )


def _responses(data: SessionData) -> Iterator[Block]:
    yield Heading("Baseline and change after the dose")
    if data.dose_ns is None:
        yield Paragraph("No dose was marked, so there is no baseline.")
        return
    known: dict[str, Event] = {
        each.name: each for each in data.events if each.kind is EventKind.BASELINE
    }
    rows = []
    for each in data.responses:
        unit, event = SIGNALS[each.channel.partition("/")[2]].unit, known.get(each.channel)
        recovery = "not recovered" if each.peak is not None and each.baseline is not None else NONE
        rows.append(
            (
                channel_label(each.channel),
                value(each.baseline, unit),
                value(each.spread, unit),
                percent(None if event is None else event.coverage),
                value(each.peak, unit),
                NONE if each.peak_min is None else f"{each.peak_min:.0f} min",
                NONE if each.change is None else f"{each.change:+.2f}",
                NONE if each.area is None else f"{each.area:.2f}",
                f"{each.covered_h:.2f} h",
                recovery if each.recovery_min is None else f"{each.recovery_min:.0f} min",
            )
        )
    yield Table(
        "Baseline: median and spread of the ten minutes before the dose. Peak: highest median of "
        "five minutes after it, of oxygen saturation the lowest. Area: over the baseline, in hours "
        "times the unit. Recovery: first quarter of an hour within the spread of the baseline.",
        (
            *("signal", "baseline", "spread", "coverage", "peak", "after", "change", "area"),
            *("hours counted", "recovery"),
        ),
        rows,
        numbers=frozenset(range(1, 10)),
    )


def _people(data: SessionData, texts: Texts) -> Iterator[Block]:
    yield Heading("Who did what")
    if not data.actions:
        yield Paragraph("No person acted in this session.")
        return
    done = Counter((texts.who(each.by), each.what) for each in data.actions)
    people = dict.fromkeys(who for who, _ in done)
    yield Facts(
        [
            (
                who,
                ", ".join(f"{what} {number}" for (one, what), number in done.items() if one == who),
            )
            for who in people
        ]
    )
    yield Table(
        "Every action in the order of the journal",
        ("time", texts.after_heading, "action", "subject", "text", "by"),
        [
            (
                texts.clock(each.at_ns),
                texts.after(each.at_ns),
                each.what,
                each.subject or NONE,
                texts.note(each.text),
                texts.who(each.by),
            )
            for each in data.actions
        ],
        numbers=frozenset({1}),
        widths=(9, 8, 18, 36, 20, 14),
    )


def _record(data: SessionData, disclosure: Disclosure) -> Iterator[Block]:
    session, head = data.session, data.head
    withheld: Sequence[str] = [
        *([] if disclosure.names else ["names of people are replaced"]),
        *([] if disclosure.notes else ["texts that people typed are withheld"]),
    ]
    yield Heading("Record")
    yield Facts(
        [
            ("Journal", f"{session.entries} entries, intact: no entry is missing or was changed"),
            ("Hash of the last entry", session.journal_hash),
            (
                "Signed head",
                NONE if head is None else f"{head.entries} entries, signature {head.signature}",
            ),
            ("Policy digest", session.policy_digest),
            ("Recorded by", f"physiomon {session.software}"),
            ("In this copy", "; ".join(withheld) or "names and texts are included"),
        ]
    )
