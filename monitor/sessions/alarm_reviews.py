"""The alarms of a session for review, and the verdicts of people on them."""

from collections.abc import Callable

from alerts.alarm_fact import unit_of
from alerts.alarm_review_fact import Verdict
from dashboards.console.views.alarms import AlarmOccurrenceView
from monitor.entries import EntryKind
from monitor.errors import ActError
from monitor.sessions.action_texts import action_name
from monitor.sessions.alarm_occurrences import AlarmOccurrences, Occurrence
from monitor.sessions.session_control import Act


class AlarmReviews:
    """Implementation of `dashboards.console.backend.AlarmReviews` for one session.

    Args:
        occurrences: of its alarms.
        now_ns: returns its time.
        act: journals and applies an action, or refuses it.
    """

    def __init__(self, occurrences: AlarmOccurrences, now_ns: Callable[[], int], act: Act) -> None:
        self._occurrences = occurrences
        self._now_ns = now_ns
        self._act = act

    def occurrences(self) -> list[AlarmOccurrenceView]:
        """Return all alarms so far in the order in which they were raised."""
        return [_view(each) for each in self._occurrences.until(self._now_ns())]

    def review(self, alarm: str, raised_ns: int, verdict: str | None, by: str) -> None:
        """Journal a verdict on an occurrence of an alarm; None withdraws the last one."""
        found = self._occurrences.find(alarm, raised_ns)
        if found is None:
            raise ActError("there was no such alarm at this time; load the page again")
        if verdict is None and not found.verdict:
            raise ActError("this alarm was not reviewed; there is nothing to withdraw")
        if verdict not in (None, *Verdict):
            raise ActError(f"verdict '{verdict}' is unknown; known: {', '.join(Verdict)}")
        body = {"raised_ns": raised_ns, "verdict": verdict, "by": action_name(by)}
        self._act(EntryKind.ALARM_REVIEW, alarm, body)


def _view(each: Occurrence) -> AlarmOccurrenceView:
    return AlarmOccurrenceView(
        key=each.key,
        subject=each.subject,
        message=each.message,
        priority=each.priority,
        technical=each.technical,
        raised_ns=each.raised_ns,
        announced_ns=each.announced_ns,
        over_ns=each.over_ns,
        open=each.open,
        value=each.value,
        extreme=each.extreme,
        limit=each.limit,
        unit=unit_of(each.subject),
        inside=each.inside,
        answered_ns=each.answered_ns,
        answered_by=each.answered_by,
        verdict=each.verdict,
        reviewed_by=each.reviewed_by,
    )
