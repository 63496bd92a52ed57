"""Table and timeline of past alarms. Pure."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from html import escape

from alerts.time_format import clock, local, minute
from dashboards.console.alarms.alarm_filter import VERDICTS, subject_name
from dashboards.console.formatting import duration, plain, quantity, stopwatch
from dashboards.console.markup import Html, join, tag
from dashboards.console.status import status_summary
from dashboards.console.views.alarms import AlarmOccurrenceView
from dashboards.console.views.session import SessionView
from dashboards.texts import gettext as _
from dashboards.texts import marked, ngettext

MOST_ROWS = 100  # drawn within 6 ms; a later time or a filter shows the others
_HEADS = (
    marked("Raised"),
    marked("Alarm"),
    marked("Extreme and limit"),
    marked("Lasted"),
    marked("Acknowledged"),
    marked("Verdict"),
)
_LANES = ("high", "medium", "low", "info")
_WIDTH, _LANE = 1000, 16
_HOUR_NS = 3600 * 10**9
_TICKS_H = (0.25, 0.5, 1, 2, 3, 6)
_MOST_TICKS = 10
_CHOICES = ("useful", "false", "artefact")

Shown = tuple[int, AlarmOccurrenceView]  # with its number in the session


def table(
    view: SessionView,
    alarms: Sequence[Shown],
    *,
    may_review: bool,
    strips: Mapping[int, Html] | None = None,
) -> Html:
    """Return a table of alarms, the latest first.

    Args:
        view: the session.
        alarms: with their numbers.
        may_review: add buttons for verdicts.
        strips: ECG around some of the alarms, by number; None if the session has none.
    """
    if not alarms:
        return tag("p", "quiet", _("No alarm matches."))
    left = len(alarms) - MOST_ROWS
    note = ngettext(
        "{n} earlier alarm is not shown: choose a later time or a filter.",
        "{n} earlier alarms are not shown: choose a later time or a filter.",
        left,
    )
    rows = [
        part
        for each in reversed(alarms[-MOST_ROWS:])
        for part in (_row(view, *each, may_review=may_review, strips=strips), _ecg(each[0], strips))
    ]
    return join(
        [
            tag(
                "table",
                "review-table",
                tag("thead", "", tag("tr", "", *(tag("th", "", _(head)) for head in _HEADS))),
                tag("tbody", "", *rows),
            ),
            tag("p", "quiet", note) if left > 0 else "",
        ]
    )


def _row(
    view: SessionView,
    number: int,
    alarm: AlarmOccurrenceView,
    *,
    may_review: bool,
    strips: Mapping[int, Html] | None,
) -> Html:
    dose_ns = view.dose_ns
    since = (
        "" if dose_ns is None else _("dose {time}").format(time=_signed(alarm.raised_ns - dose_ns))
    )
    kind = _("Equipment") if alarm.technical else _("Person")
    inside = _(", inside a higher alarm") if alarm.inside else ""
    row = tag(
        "tr",
        f"p-{alarm.priority}{' technical' if alarm.technical else ''}",
        tag(
            "td",
            "",
            clock(alarm.raised_ns, view.zone),
            tag("small", "", since),
            "" if strips is None else _ecg_button(number, alarm, shown=number in strips),
        ),
        tag(
            "td",
            "",
            tag("span", "sign", status_summary.stars(alarm.priority)),
            tag("strong", "", f" {alarm.message}"),
            tag("small", "", f"{kind} · {subject_name(alarm.subject)}{inside}"),
        ),
        tag("td", "", _course(alarm)),
        tag("td", "", _("open") if alarm.open else duration(alarm.lasted_s)),
        tag("td", "", *_answer(alarm)),
        tag("td", "", *_verdict(number, alarm, may_review=may_review)),
    )
    # An anchor of the timeline.
    return Html(row.replace("<tr", f'<tr id="alarm-{number}"', 1))


def _ecg(number: int, strips: Mapping[int, Html] | None) -> Html:
    """Return the row with the ECG around an alarm, if it is shown."""
    if strips is None or number not in strips:
        return Html()
    cell = tag("td", "", strips[number])
    return tag("tr", "ecg-row", Html(cell.replace("<td", f'<td colspan="{len(_HEADS)}"', 1)))


def _ecg_button(number: int, alarm: AlarmOccurrenceView, *, shown: bool) -> Html:
    name = _("ECG")
    return Html(
        f'<button type="button" class="act verdict ecg-button" aria-pressed="{str(shown).lower()}" '
        f'data-number="{number}" data-ecg="{"" if shown else 1}" '
        f'aria-label="{escape(f"{name}: {alarm.message}")}">{escape(name)}</button>'
    )


def _signed(ns: int) -> str:
    return f"{'-' if ns < 0 else '+'}{stopwatch(abs(ns) / 1e9)[:-3]}"


def _course(alarm: AlarmOccurrenceView) -> str:
    extreme = alarm.value if alarm.extreme is None else alarm.extreme
    if extreme is None:
        return ""
    if alarm.limit is None:
        return quantity(extreme, alarm.unit)
    sign = ">" if extreme > alarm.limit else "<" if extreme < alarm.limit else "="
    return f"{plain(extreme, alarm.unit)} {sign} {quantity(alarm.limit, alarm.unit)}"


def _answer(alarm: AlarmOccurrenceView) -> list[str]:
    after_s = alarm.answered_after_s
    if after_s is None:
        return [_("not acknowledged")]
    return [
        _("after {duration}").format(duration=duration(after_s)),
        tag("small", "", alarm.answered_by),
    ]


def _verdict(number: int, alarm: AlarmOccurrenceView, *, may_review: bool) -> list[Html]:
    by = f" {alarm.reviewed_by}" if alarm.reviewed_by else ""
    said = _(VERDICTS[alarm.verdict]) + by if alarm.verdict else _("not reviewed")
    if not may_review:
        return [tag("span", "", said)]
    buttons = [
        Html(
            f'<button type="button" class="act verdict" aria-pressed="{str(on).lower()}" '
            f'data-number="{number}" data-verdict="{"" if on else choice}" '
            f'aria-label="{escape(f"{_(VERDICTS[choice])}: {alarm.message}")}">'
            f"{escape(_(VERDICTS[choice]))}</button>"
        )
        for choice in _CHOICES
        for on in [choice == alarm.verdict]
    ]
    return [tag("span", "verdicts", *buttons), tag("small", "said", said)]


def timeline(view: SessionView, alarms: Sequence[Shown], since_ns: int, until_ns: int) -> Html:
    """Return a lane of bars for each priority, with markers; a bar links to the alarm's row."""
    span_ns = max(1, until_ns - since_ns)

    def x(at_ns: int) -> float:
        return round(min(max(at_ns - since_ns, 0), span_ns) / span_ns * _WIDTH, 1)

    silent = any(alarm.priority == "info" for _, alarm in alarms)
    lanes = _LANES if silent else _LANES[:-1]
    ticks = _ticks(view, since_ns, until_ns)
    parts = [f'<line class="tick" x1="{x(at)}" x2="{x(at)}" y1="0" y2="100%"/>' for at in ticks]
    for number, alarm in alarms:
        left = x(alarm.raised_ns)
        width = max(3.0, x(alarm.over_ns) - left)
        top = lanes.index(alarm.priority) * _LANE + 2
        said = f"{clock(alarm.raised_ns, view.zone)} {alarm.message}, {duration(alarm.lasted_s)}"
        parts.append(
            f'<a href="#alarm-{number}" class="p-{alarm.priority}" aria-label="{escape(said)}">'
            f'<rect x="{left}" y="{top}" width="{width:.1f}" height="{_LANE - 4}">'
            f"<title>{escape(said)}</title></rect></a>"
        )
    for marker in view.markers:
        if marker.undone is None and since_ns <= marker.at_ns <= until_ns:
            at = x(marker.at_ns)
            parts.append(f'<line class="mark" x1="{at}" x2="{at}" y1="0" y2="100%"/>')
    height = len(lanes) * _LANE
    svg = Html(
        f'<svg viewBox="0 0 {_WIDTH} {height}" preserveAspectRatio="none" role="group" '
        f'aria-label="{escape(_("Timeline of alarms"))}">{"".join(parts)}</svg>'
    )
    labels = [
        Html(f'<span style="left:{x(at_ns) / _WIDTH:.2%}">{minute(at_ns, view.zone)}</span>')
        for at_ns in ticks
    ]
    names = [tag("span", f"p-{lane}", status_summary.sign(lane)) for lane in lanes]
    return join([tag("div", "lanes", *names), svg, tag("div", "clock-marks", *labels)])


def _ticks(view: SessionView, since_ns: int, until_ns: int) -> list[int]:
    """Return full times of the room's clock in a period, at most ten."""
    hours = (until_ns - since_ns) / _HOUR_NS
    step_ns = int(next((h for h in _TICKS_H if hours / h <= _MOST_TICKS), 12) * _HOUR_NS)
    began = local(since_ns, view.zone)
    midnight = began.replace(hour=0, minute=0, second=0, microsecond=0)
    at_ns = since_ns - (began - midnight) // timedelta(microseconds=1) * 1000
    at_ns += -(-(since_ns - at_ns) // step_ns) * step_ns
    return list(range(at_ns, until_ns, step_ns))
