"""The report of one session, with what an ethics board or a study physician asks for."""

from collections import Counter
from collections.abc import Iterator, Sequence

from dashboards.console.views.adverse_events import SEVERITIES
from devices.signals import SIGNALS
from monitor.analysis.recorded_events import Event, EventKind, EventStatus
from monitor.analysis.session_data import SessionData
from monitor.reports.document import Block, Document, Facts, Heading, Paragraph, Table
from monitor.reports.session_alarms import actionable, alarm_blocks
from monitor.reports.session_course import session_course
from monitor.reports.session_events import (
    adverse_event_blocks,
    marker_blocks,
    measurement_blocks,
)
from monitor.reports.session_hrv import hrv_blocks
from monitor.reports.session_quality import not_judged_blocks, quality_blocks
from monitor.reports.session_relations import relation_blocks
from monitor.reports.texts import NONE, Disclosure, Texts, channel_label, length, percent, value

FOOTER = (
    "physiomon is not a medical device. This report shows values as they were recorded; they need "
    "the judgement of a person."
)


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
            *marker_blocks(data, texts),
            *measurement_blocks(data, texts),
            *adverse_event_blocks(data, texts),
            *_responses(data),
            *hrv_blocks(data, texts),
            *relation_blocks(data),
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
                    f"duration {length(session.ended_ns - session.began_ns)}"
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
