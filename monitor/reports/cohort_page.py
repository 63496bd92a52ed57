"""The report of several sessions: mean courses, alarm burden by rule, and data quality."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from statistics import median

import numpy as np

from devices.signals import SIGNALS
from devices.units import symbol
from monitor.analysis.alarm_report import AlarmReport, report
from monitor.analysis.cohort_course import FEWEST, CohortCourse, cohort_course
from monitor.analysis.study_features import COURSES, dictionary
from monitor.cohorts.session_summary import SessionSummary, by_participant
from monitor.reports.comparison_panels import band, bars, shares, spread
from monitor.reports.document import Block, Chart, Document, Facts, Heading, Panel, Paragraph, Table
from monitor.reports.plot_parts import Line
from monitor.reports.session_alarms import burden_facts, rule_table
from monitor.reports.session_page import FOOTER
from monitor.reports.texts import NONE, percent

_PART_MIN = 30  # of single measurements
_SMOOTH_MIN = 1
_EARLIEST_H, _LATEST_H = -2.0, 12.0
_MOST_BARS = 15
_LOW = 0.9
_SIDE_BY_SIDE = ("hr_peak", "ct_peak", "sys_max", "rmssd_change", "ae_count", "alarms")


def cohort_document(sessions: Sequence[SessionSummary], missing: Mapping[Path, str]) -> Document:
    """Return the report of at least one session."""
    simulated = sum(bool(each["simulated"]) for each in sessions)
    imported = sum(bool(each["imported"]) for each in sessions)
    marks = []
    if simulated:
        marks.append(f"SIMULATED: the sensors of {simulated} of {len(sessions)} sessions")
    if imported:
        marks.append(f"IMPORTED: {imported} of {len(sessions)} sessions, not recorded by physiomon")
    if missing:
        total = len(sessions) + len(missing)
        marks.append(f"INCOMPLETE: {len(missing)} of {total} sessions are missing")
    people = dict.fromkeys(each["participant"] for each in sessions)
    burden = report([each.watched for each in sessions])
    return Document(
        title=f"Report of {len(sessions)} sessions",
        subtitle=f"{len(people)} participants, {burden.hours:.1f} hours",
        marks=marks,
        footer=FOOTER,
        made_ns=max(each["ended_ns"] for each in sessions),
        blocks=[
            *_summary(sessions, missing, len(people), burden),
            *_courses(sessions),
            *_alarms(burden),
            *_quality(sessions),
            *_table(sessions),
            *_participants(sessions),
            *_deviations(sessions),
        ],
    )


def _summary(
    sessions: Sequence[SessionSummary],
    missing: Mapping[Path, str],
    people: int,
    burden: AlarmReport,
) -> Iterator[Block]:
    dosed = sum(each["dose_ns"] is not None for each in sessions)
    events = sum(int(each.features["ae_count"] or 0) for each in sessions)
    policies = dict.fromkeys(f"{p['name']} {p['version']}" for p in (s["policy"] for s in sessions))
    yield Heading("Summary")
    yield Facts(
        [
            ("Sessions", f"{len(sessions)}, {dosed} of them with a dose"),
            ("Participants", str(people)),
            ("Duration", f"{burden.hours:.1f} h"),
            ("Policies", ", ".join(policies)),
            ("Adverse events", str(events)),
            ("Deviations from the protocol", str(sum(len(each.deviations) for each in sessions))),
        ]
    )
    if missing:
        yield Paragraph(
            "Sessions that could not be read are not in any number below:", important=True
        )
        yield Table(
            "Missing", ("journal", "reason"), [(path.name, why) for path, why in missing.items()]
        )


def _courses(sessions: Sequence[SessionSummary]) -> Iterator[Block]:
    yield Heading("Course around the dose")
    dosed = [each for each in sessions if each["dose_ns"] is not None]
    panels: list[Panel] = []
    ends: list[float] = []
    for signal in COURSES:
        courses = [each.course(signal) for each in dosed]
        found = cohort_course(courses, _SMOOTH_MIN)
        if np.isnan(found.mean).all():
            continue
        known = SIGNALS[signal]
        hours = found.minutes / 60
        ends += [float(hours[0]), float(hours[-1])]
        singles = [Line(label="", hours=m / 60, values=v) for m, v in map(_whole, courses)]
        low, high = found.mean - found.sd, found.mean + found.sd
        panels.append(
            band(known.label, symbol(known.unit), hours, found.mean, low, high, singles, [0.0])
        )
    pressures = [_pressure(dosed, signal) for signal in ("systolic", "diastolic")]
    if not np.isnan(pressures[0].mean).all():
        panels.append(_pressure_panel(*pressures))
        hours = pressures[0].minutes / 60
        ends += [float(hours[0]), float(hours[-1])]
    if not panels:
        yield Paragraph(f"Fewer than {FEWEST} sessions have values around a dose.")
        return
    yield Chart(
        caption=f"Mean and standard deviation of {len(dosed)} sessions with a dose",
        description="Mean courses relative to the dose with bands of one standard deviation, and "
        "single sessions in grey.",
        panels=panels,
        span=(max(_EARLIEST_H, min(ends)), min(_LATEST_H, max(ends))),
        axis="time after the dose (h:mm)",
    )
    yield Paragraph(
        "Line: mean of the medians of each minute. Band: one standard deviation between sessions. "
        f"Grey: single sessions. Blood pressure: means and standard deviations of {_PART_MIN} "
        f"minutes. Parts with fewer than {FEWEST} sessions are left out."
    )


def _whole(
    course: tuple[np.ndarray, np.ndarray],
) -> tuple[np.ndarray, np.ndarray]:
    """Return a course with NaN in minutes without a value, so that lines do not bridge them."""
    minutes, values = course
    if not len(minutes):
        return minutes, values
    all_minutes = np.arange(minutes[0], minutes[-1] + 1)
    found = np.full(len(all_minutes), np.nan)
    found[minutes - minutes[0]] = values
    return all_minutes + 0.5, found


def _pressure(sessions: Sequence[SessionSummary], signal: str) -> CohortCourse:
    return cohort_course([each.course(signal) for each in sessions], _PART_MIN)


def _pressure_panel(systolic: CohortCourse, diastolic: CohortCourse) -> Panel:
    at = dict(zip(diastolic.minutes, zip(diastolic.mean, diastolic.sd, strict=True), strict=True))
    pairs = np.array([at.get(minute, (np.nan, np.nan)) for minute in systolic.minutes])
    return spread(
        "systolic",
        "mmHg",
        systolic.minutes / 60,
        systolic.mean,
        systolic.sd,
        [("diastolic", pairs[:, 0], pairs[:, 1])],
        [0.0],
    )


def _alarms(burden: AlarmReport) -> Iterator[Block]:
    yield Heading("Alarm burden")
    yield Facts(burden_facts(burden))
    rules = sorted((rule for rule in burden.by_rule if rule.alarms), key=lambda rule: -rule.alarms)[
        :_MOST_BARS
    ]
    if rules:
        rates = [rule.alarms / burden.hours for rule in rules]
        yield Chart(
            caption="Alarms per hour of session by rule",
            description=f"The most frequent rule is {rules[0].rule}.",
            panels=[bars("", [rule.rule for rule in rules], rates)],
            span=(0.0, max(rates) * 1.15),
            axis="alarms per hour",
        )
        yield rule_table(burden)


def _quality(sessions: Sequence[SessionSummary]) -> Iterator[Block]:
    yield Heading("Data quality")
    signals = [s for s in SIGNALS if any(s in each.coverage for each in sessions)]
    if not signals:
        yield Paragraph("No sensor sent values in any session.", important=True)
        return
    rows = []
    for signal in signals:
        known = [each.coverage[signal] for each in sessions if signal in each.coverage]
        rows.append(
            (
                SIGNALS[signal].label,
                f"{len(known)} of {len(sessions)}",
                percent(median(known)),
                percent(min(known)),
                str(sum(share < _LOW for share in known)),
            )
        )
    yield Table(
        "Coverage: share of a session with a current valid value",
        ("signal", "measured in", "median", "lowest", f"sessions below {_LOW:.0%}"),
        rows,
        numbers=frozenset(range(1, 5)),
    )
    yield completeness(sessions, signals)


def completeness(sessions: Sequence[SessionSummary], signals: Sequence[str]) -> Chart:
    """Return the share of each signal that was valid in each session, as a figure."""
    values = np.array(
        [[each.coverage.get(signal, np.nan) for signal in signals] for each in sessions],
        dtype=float,
    )
    return Chart(
        caption="Completeness: share of each session with a valid value; white is not measured",
        description="Darker fields are more complete.",
        panels=[
            shares(
                [each["id"] for each in sessions],
                [SIGNALS[signal].label for signal in signals],
                values,
            )
        ],
        span=(0.0, float(len(signals))),
        axis="",
    )


def _table(sessions: Sequence[SessionSummary]) -> Iterator[Block]:
    yield Heading("Sessions")
    shown = ("duration_h", "dose_amount", "hr_change", "ct_change", "sys_max", "ae_count", "alarms")
    yield Table(
        "One row for each session",
        (
            *("session", "participant", "hours", "dose", "heart rate change"),
            *("core temperature change", "highest systolic", "adverse events", "alarms"),
        ),
        [
            (each["id"], each["participant"], *(number(each.features[name]) for name in shown))
            for each in sessions
        ],
        numbers=frozenset(range(2, 9)),
    )


def _participants(sessions: Sequence[SessionSummary]) -> Iterator[Block]:
    """Yield participants with several sessions, side by side in the order of time."""
    visits = by_participant(sessions)
    most = max(map(len, visits.values()))
    if most == 1:
        return
    labels = {feature.name: feature.label for feature in dictionary()}
    yield Heading("Participants across their sessions")
    yield Table(
        "Sessions of a participant in the order of time",
        ("participant", "feature", *(f"session {n}" for n in range(1, most + 1))),
        [
            (
                who,
                labels[name],
                *(number(each.features[name]) for each in known),
                *[NONE] * (most - len(known)),
            )
            for who, known in visits.items()
            for name in _SIDE_BY_SIDE
            if any(each.features[name] is not None for each in known)
        ],
        numbers=frozenset(range(2, 2 + most)),
    )


def _deviations(sessions: Sequence[SessionSummary]) -> Iterator[Block]:
    yield Heading("Deviations from the protocol")
    rows = [
        (
            each["id"],
            one.kind,
            f"{(one.at_ns - each['began_ns']) / 60e9:.0f}",
            one.what,
            NONE if one.minutes is None else f"{one.minutes:.0f}",
        )
        for each in sessions
        for one in each.deviations
    ]
    if not rows:
        yield Paragraph("None that the policies and markers show.")
        return
    yield Table(
        "Measurements that were due and doses outside what the policy expects",
        ("session", "deviation", "minute", "what", "minutes late"),
        rows,
        numbers=frozenset({2, 4}),
    )


def number(value: float | str | None) -> str:
    """Return a feature for a table."""
    if value is None:
        return NONE
    return value if isinstance(value, str) else f"{value:.4g}"
