"""Summary of a period of a session for handing over, in sentences. Pure."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from alerts.time_format import minute
from dashboards.console.alarms.alarm_filter import announced, subject_name
from dashboards.console.events import adverse_event_text
from dashboards.console.formatting import count, duration, quantity
from dashboards.console.markup import Html, join, tag
from dashboards.console.status import status_summary
from dashboards.console.views.alarms import AlarmOccurrenceView
from dashboards.console.views.measurements import ScheduledMeasurementView, blood_pressures
from dashboards.console.views.session import SessionView
from devices.units import plain, symbol

_MOST_PRESSURES = 8
_LOUD = ("high", "medium", "low")


def handover(
    view: SessionView, alarms: Sequence[AlarmOccurrenceView], since_ns: int, until_ns: int
) -> Html:
    """Return what happened in a period and what is open at its end.

    Args:
        view: of the session.
        alarms: all of the session.
        since_ns: start of the period.
        until_ns: its end: now, or the end of a recording.
    """
    lasted = duration((until_ns - since_ns) / 1e9)
    until = f" to {minute(until_ns, view.zone)}" if view.replay is not None or view.ended else ""
    title = f"Since {minute(since_ns, view.zone)}{until} ({lasted})"
    period = [each for each in alarms if each.over_ns >= since_ns and announced(each)]
    lines: list[tuple[str, str]] = [("Alarms", _counts(period)), *_extremes(period, view)]
    if view.replay is None and not view.ended:
        lines += _now(view)
    lines += _happened(view, since_ns)
    return join(
        [
            tag("h2", "", title),
            tag("dl", "", *(part for line in lines for part in _line(*line))),
        ]
    )


def _line(name: str, text: str) -> Iterator[Html]:
    yield tag("dt", "", name)
    yield tag("dd", "", text)


def _counts(period: Sequence[AlarmOccurrenceView]) -> str:
    if not period:
        return "none"
    priorities = Counter(each.priority for each in period)
    by_priority = ", ".join(f"{priorities[each]} {each}" for each in _LOUD if priorities[each])
    technical = sum(each.technical for each in period)
    about = f"{len(period) - technical} about the person, {technical} about equipment"
    waits = [each.answered_after_s for each in period if each.answered_after_s is not None]
    answered = f"{len(waits)} of {len(period)} acknowledged"
    if waits:
        answered += f", at the latest after {duration(max(waits))}"
    verdicts = Counter(each.verdict for each in period if each.verdict)
    reviewed = f"{verdicts.total()} reviewed"
    if verdicts:
        reviewed += f" ({', '.join(f'{number} {verdict}' for verdict, number in verdicts.items())})"
    return f"{count(len(period), 'alarm')} ({by_priority}); {about}; {answered}; {reviewed}"


def _extremes(
    period: Iterable[AlarmOccurrenceView], view: SessionView
) -> Iterator[tuple[str, str]]:
    """Yield the value of each signal that was farthest beyond a limit, upwards and downwards."""
    worst: dict[tuple[str, bool], tuple[float, AlarmOccurrenceView]] = {}
    for each in period:
        extreme = each.value if each.extreme is None else each.extreme
        if extreme is None or each.limit is None or each.technical:
            continue
        key = subject_name(each.subject), extreme >= each.limit
        known = worst.get(key)
        if known is None or (extreme > known[0]) == key[1]:
            worst[key] = extreme, each
    for (name, up), (extreme, each) in worst.items():
        sign, way = (">", "highest") if up else ("<", "lowest")
        limit = quantity(each.limit, each.unit)
        began = minute(each.raised_ns, view.zone)
        yield (
            f"{name}, {way}",
            f"{plain(extreme, each.unit)} {sign} {limit}, in the alarm of {began}",
        )


def _now(view: SessionView) -> Iterator[tuple[str, str]]:
    yield (
        "Open now",
        "; ".join(
            f"{status_summary.SIGNS[alarm.priority].split()[0]} {alarm.message}, since "
            f"{minute(alarm.since_ns, view.zone)}, "
            f"{f'acknowledged by {alarm.by}' if alarm.by else 'not acknowledged'}"
            for alarm in view.alarms
        )
        or "no alarm",
    )
    if view.scheduled:
        yield "To measure", "; ".join(_due(each, view) for each in view.scheduled)


def _due(due: ScheduledMeasurementView, view: SessionView) -> str:
    if due.overdue:
        return f"{due.label} now"
    return due.label if due.due_ns is None else f"{due.label} at {minute(due.due_ns, view.zone)}"


def _happened(view: SessionView, since_ns: int) -> Iterator[tuple[str, str]]:
    zone = view.zone
    pressures = [
        f"{each.text} {symbol('mm[Hg]')} at {minute(each.at_ns, zone)}"
        for each in blood_pressures(view.spot_measurements)
        if each.counts and each.at_ns >= since_ns
    ]
    if pressures:
        more = len(pressures) - _MOST_PRESSURES
        rest = f"; {more} earlier" if more > 0 else ""
        yield "Blood pressure", "; ".join(pressures[:_MOST_PRESSURES]) + rest
    markers = [
        f"{minute(each.at_ns, zone)} {each.kind}"
        f"{f' {each.amount}' if each.amount else ''}{f': {each.text}' if each.text else ''}"
        for each in sorted(view.markers, key=lambda one: one.at_ns)
        if each.undone is None and (each.at_ns >= since_ns or each.kind == "dose")
    ]
    if markers:
        yield "Dose and notes", "; ".join(markers)
    events = [
        adverse_event_text.summary(each, view.now_ns, zone)
        for each in view.adverse_events
        if not each.withdrawn and (each.open or (each.report.started_ns or 0) >= since_ns)
    ]
    if events:
        yield "Adverse events", ". ".join(events)
    rules = [f"{each.rule}: {each.change} ({each.by}: {each.reason})" for each in view.overrides]
    if rules:
        yield "Changed rules", "; ".join(rules)
