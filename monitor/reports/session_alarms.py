"""Alarms of a session in its report: burden, rules, and each alarm with the response to it."""

from collections.abc import Sequence

from devices.signals import SIGNALS
from monitor.analysis.alarm_counts import Reviews
from monitor.analysis.alarm_report import AlarmReport, Response
from monitor.analysis.session_data import SessionData
from monitor.reports.document import Block, Facts, Heading, Paragraph, Table
from monitor.reports.texts import NONE, Texts, percent, span, value
from monitor.sessions.alarm_occurrences import Occurrence

_MOST = 300  # rows; a session with more has many alarms of few rules


def alarm_blocks(data: SessionData, texts: Texts) -> list[Block]:
    """Return the section on alarms."""
    blocks: list[Block] = [Heading("Alarms"), Facts(burden_facts(data.burden))]
    if not data.alarms:
        return [*blocks, Paragraph("No alarm was raised.")]
    blocks.append(rule_table(data.burden))
    shown = [one for one in data.alarms if not one.inside]
    blocks.append(
        Table(
            "Each alarm; covered ones, which a higher alarm replaced, are only counted above",
            (
                *("time", texts.after_heading, "priority", "alarm", "value", "limit"),
                *("lasted", "answer", "by", "verdict"),
            ),
            [_row(one, texts) for one in shown[:_MOST]],
            numbers=frozenset({1, 4, 5, 6, 7}),
            widths=(10, 8, 8, 32, 9, 9, 8, 8, 15, 8),
        )
    )
    if len(shown) > _MOST:
        blocks.append(
            Paragraph(
                f"The table has the first {_MOST} of {len(shown)} alarms; the table by rule counts "
                "all of them."
            )
        )
    return blocks


def burden_facts(found: AlarmReport) -> list[tuple[str, str]]:
    """Return the alarm burden as names with values."""
    priorities = ", ".join(f"{name} {number}" for name, number in found.by_priority.items())
    return [
        (
            "Physiological alarms",
            (
                f"{found.physiological}, {found.physiological_per_hour:.1f} per hour, "
                f"in alarm {percent(found.physiological_share)} of the time"
            ),
        ),
        (
            "Technical alarms",
            (
                f"{found.technical}, {found.technical_per_hour:.1f} per hour, "
                f"in alarm {percent(found.technical_share)} of the time"
            ),
        ),
        ("By priority", priorities),
        ("Covered by higher alarms", str(found.inside)),
        ("Answered", _answered(found.response)),
        ("Actionable", actionable(found.reviews)),
    ]


def actionable(reviews: Reviews | None) -> str:
    """Return the share of useful alarms among those that people judged."""
    if reviews is None or not reviews.reviewed:
        return "no alarm was judged by a person"
    total = reviews.reviewed + reviews.open
    return (
        f"{percent(reviews.actionable_share)} of {reviews.reviewed} judged alarms (of {total}): "
        f"useful {reviews.useful}, false {reviews.false}, artefact {reviews.artefact}"
    )


def rule_table(found: AlarmReport) -> Table:
    """Return the alarm burden of each rule that raised alarms."""
    rows = [
        (
            rule.rule,
            rule.priority,
            "technical" if rule.technical else "physiological",
            str(rule.alarms),
            str(rule.inside),
            span(rule.in_alarm_s),
            percent(rule.share),
            span(rule.response.median_s) if rule.response else NONE,
            str(rule.response.never) if rule.response else NONE,
            _judged(rule.reviews),
        )
        for rule in found.by_rule
        if rule.alarms or rule.inside
    ]
    return Table(
        "Alarm burden by rule",
        (
            *("rule", "priority", "type", "alarms", "covered", "in alarm", "of the time"),
            *("median answer", "unanswered", "useful / judged"),
        ),
        rows,
        numbers=frozenset(range(3, 10)),
    )


def _row(one: Occurrence, texts: Texts) -> Sequence[str]:
    signal = SIGNALS.get(one.subject.partition("/")[2])
    unit = "" if signal is None else signal.unit
    answered_s = None
    if one.answered_ns is not None:
        answered_s = (one.answered_ns - one.announced_ns) / 1e9
    return (
        texts.clock(one.raised_ns),
        texts.after(one.raised_ns),
        one.priority,
        f"{one.message} ({one.rule})",
        value(one.value, unit),
        value(one.limit, unit),
        span((one.over_ns - one.raised_ns) / 1e9) + (" open" if one.open else ""),
        span(answered_s),
        texts.who(one.answered_by),
        one.verdict or NONE,
    )


def _judged(reviews: Reviews | None) -> str:
    if reviews is None or not reviews.reviewed:
        return NONE
    return f"{reviews.useful} / {reviews.reviewed}"


def _answered(response: Response | None) -> str:
    if response is None:
        return NONE
    total = response.answered + response.never
    if not response.answered:
        return f"0 of {total}"
    return (
        f"{response.answered} of {total}, median {span(response.median_s)}, longest "
        f"{span(response.longest_s)}"
    )
