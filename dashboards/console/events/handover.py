"""Summary of a period of a session for handing over, in sentences. Pure."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from alerts.time_format import minute
from dashboards.console.alarms.alarm_filter import announced, subject_name
from dashboards.console.events import adverse_event_text
from dashboards.console.formatting import duration, plain, quantity
from dashboards.console.markup import Html, join, tag
from dashboards.console.status import status_summary
from dashboards.console.views.alarms import AlarmOccurrenceView
from dashboards.console.views.measurements import ScheduledMeasurementView, blood_pressures
from dashboards.console.views.session import SessionView
from dashboards.texts import gettext as _
from dashboards.texts import ngettext, shown
from devices.units import symbol

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
    until = ""
    if view.replay is not None or view.ended:
        until = _(" until {time}").format(time=minute(until_ns, view.zone))
    title = _("Since {time}{until} ({lasted})").format(
        time=minute(since_ns, view.zone), until=until, lasted=lasted
    )
    period = [each for each in alarms if each.over_ns >= since_ns and announced(each)]
    lines: list[tuple[str, str]] = [(_("Alarms"), _counts(period)), *_extremes(period, view)]
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
        return shown("none")
    priorities = Counter(each.priority for each in period)
    by_priority = ", ".join(
        f"{priorities[each]} {shown(each)}" for each in _LOUD if priorities[each]
    )
    technical = sum(each.technical for each in period)
    about = _("{person} about the person, {technical} about equipment").format(
        person=len(period) - technical, technical=technical
    )
    waits = [each.answered_after_s for each in period if each.answered_after_s is not None]
    answered = _("{count} of {total} acknowledged").format(count=len(waits), total=len(period))
    if waits:
        answered += _(", at the latest after {duration}").format(duration=duration(max(waits)))
    verdicts = Counter(each.verdict for each in period if each.verdict)
    reviewed = _("{total} reviewed").format(total=verdicts.total())
    if verdicts:
        reviewed += (
            f" ({', '.join(f'{number} {shown(each)}' for each, number in verdicts.items())})"
        )
    alarms = ngettext("{n} alarm", "{n} alarms", len(period))
    return f"{alarms} ({by_priority}); {about}; {answered}; {reviewed}"


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
        sign, way = (">", _("highest")) if up else ("<", _("lowest"))
        limit = quantity(each.limit, each.unit)
        began = minute(each.raised_ns, view.zone)
        yield (
            f"{name}, {way}",
            _("{extreme} {sign} {limit}, in the alarm of {began}").format(
                extreme=plain(extreme, each.unit), sign=sign, limit=limit, began=began
            ),
        )


def _now(view: SessionView) -> Iterator[tuple[str, str]]:
    yield (
        _("Open now"),
        "; ".join(
            _("{sign} {message}, since {time}, {state}").format(
                sign=status_summary.stars(alarm.priority),
                message=alarm.message,
                time=minute(alarm.since_ns, view.zone),
                state=_("acknowledged by {by}").format(by=alarm.by)
                if alarm.by
                else _("not acknowledged"),
            )
            for alarm in view.alarms
        )
        or _("no alarm"),
    )
    if view.scheduled:
        yield _("To measure"), "; ".join(_due(each, view) for each in view.scheduled)


def _due(due: ScheduledMeasurementView, view: SessionView) -> str:
    if due.overdue:
        return _("{signal} now").format(signal=due.label)
    return (
        due.label
        if due.due_ns is None
        else _("{signal} at {time}").format(signal=due.label, time=minute(due.due_ns, view.zone))
    )


def _happened(view: SessionView, since_ns: int) -> Iterator[tuple[str, str]]:
    zone = view.zone
    pressures = [
        _("{value} at {time}").format(
            value=f"{each.text} {symbol('mm[Hg]')}", time=minute(each.at_ns, zone)
        )
        for each in blood_pressures(view.spot_measurements)
        if each.counts and each.at_ns >= since_ns
    ]
    if pressures:
        more = len(pressures) - _MOST_PRESSURES
        rest = _("; {more} earlier").format(more=more) if more > 0 else ""
        yield _("Blood pressure"), "; ".join(pressures[:_MOST_PRESSURES]) + rest
    markers = [
        f"{minute(each.at_ns, zone)} {shown(each.kind)}"
        f"{f' {each.amount}' if each.amount else ''}{f': {each.text}' if each.text else ''}"
        for each in sorted(view.markers, key=lambda one: one.at_ns)
        if each.undone is None and (each.at_ns >= since_ns or each.kind == "dose")
    ]
    if markers:
        yield _("Dose and notes"), "; ".join(markers)
    events = [
        adverse_event_text.summary(each, view.now_ns, zone)
        for each in view.adverse_events
        if not each.withdrawn and (each.open or (each.report.started_ns or 0) >= since_ns)
    ]
    if events:
        yield _("Adverse events"), ". ".join(events)
    rules = [f"{each.rule}: {each.change} ({each.by}: {each.reason})" for each in view.overrides]
    if rules:
        yield _("Changed rules"), "; ".join(rules)
