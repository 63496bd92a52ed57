"""Alarm burden of sessions: numbers, times and durations of alarms, and responses to them.

Pure. Physiological alarms, technical alarms and silent notices (priority info) are counted
separately, since their sum has no meaning; so are alarms that a higher one of their ladder covered,
which were not announced.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median

from alerts.policy.rules import Policy, Priority
from monitor.analysis.alarm_counts import Counts, Reviews, added, counts, reviews
from monitor.analysis.time_spans import covered_ns
from monitor.sessions.alarm_occurrences import Occurrence

_HOUR_NS = 3600 * 10**9
_TAIL_NS = 60 * 10**9  # a session of 8 h and some seconds has eight hours, not nine


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionAlarms:
    """One session with its alarms.

    Attributes:
        policy: that raised them.
        heard: whether these alarms were announced; False for a what-if.
        sustained: counts that the policy would give if every rule had this sustain time in seconds.
    """

    policy: Policy
    began_ns: int
    ended_ns: int
    occurrences: Sequence[Occurrence]
    heard: bool = True
    sustained: Mapping[float, Counts] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """Response to alarms: times from announcement to the first acknowledgement or reset."""

    answered: int
    never: int
    median_s: float | None
    longest_s: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleBurden:
    """Alarm burden of one rule.

    Attributes:
        alarms: number announced.
        inside: number covered by a higher alarm.
        in_alarm_s: seconds in alarm.
        share: of the sessions' time in alarm, whatever the number of sensors.
        response: to announced alarms; None for a what-if, as `reviews`.
        reviews: verdicts on announced alarms.
    """

    rule: str
    priority: str
    technical: bool
    alarms: int
    inside: int
    in_alarm_s: float
    share: float
    response: Response | None
    reviews: Reviews | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HourBurden:
    """Alarms raised in one hour of the session, counted from 0."""

    hour: int
    physiological: int
    technical: int
    info: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Sustained:
    """Alarms that the policy would have raised if every rule had this sustain time.

    `avoided_*` is the difference to the unchanged policy; negative if there would be more.
    """

    sustain_s: float
    physiological: int
    technical: int
    info: int
    avoided_physiological: int
    avoided_technical: int
    by_rule: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmReport:
    """The alarm burden of one session or of several together.

    Attributes:
        hours: total duration of the sessions.
        physiological: number of physiological alarms of priority low and above.
        technical: number of technical alarms of priority low and above.
        info: number of silent notices.
        inside: number of alarms of any priority that a higher one covered.
        physiological_per_hour, technical_per_hour: alarms per hour of session.
        by_priority: announced alarms, from high to info.
        physiological_share, technical_share: share of the time in any such alarm.
        response: to alarms above priority info; None for a what-if.
        reviews: verdicts on the same alarms; None for a what-if.
        by_rule: in the order of the policy, including rules without alarms.
        by_hour: of the session, up to the last hour of the longest one.
        sustained: by increasing sustain time.
    """

    sessions: int
    hours: float
    physiological: int
    technical: int
    info: int
    inside: int
    physiological_per_hour: float
    technical_per_hour: float
    by_priority: Mapping[str, int]
    physiological_share: float
    technical_share: float
    response: Response | None
    reviews: Reviews | None
    by_rule: tuple[RuleBurden, ...]
    by_hour: tuple[HourBurden, ...]
    sustained: tuple[Sustained, ...]


def report(sessions: Sequence[SessionAlarms]) -> AlarmReport:
    """Return the alarm burden of sessions, each of which lasted some time."""
    lasted_ns = sum(session.ended_ns - session.began_ns for session in sessions)
    hours = lasted_ns / _HOUR_NS
    everything = [one for session in sessions for one in session.occurrences]
    total = counts(everything)
    heard = all(session.heard for session in sessions)

    def share(technical: bool) -> float:  # noqa: FBT001 - which of the two
        return _in_alarm_ns(sessions, technical=technical) / lasted_ns

    announced = [one for one in everything if not one.inside]
    loud = [one for one in announced if not one.silent]
    priorities = Counter(one.priority for one in announced)
    return AlarmReport(
        sessions=len(sessions),
        hours=hours,
        physiological=total.physiological,
        technical=total.technical,
        info=total.info,
        inside=total.inside,
        physiological_per_hour=total.physiological / hours,
        technical_per_hour=total.technical / hours,
        by_priority={p.name.lower(): priorities[p.name.lower()] for p in reversed(Priority)},
        physiological_share=share(technical=False),
        technical_share=share(technical=True),
        response=_response(loud) if heard else None,
        reviews=reviews(loud) if heard else None,
        by_rule=_by_rule(sessions, lasted_ns, heard=heard),
        by_hour=_by_hour(sessions),
        sustained=_sustained(sessions, total),
    )


def _by_rule(
    sessions: Sequence[SessionAlarms], lasted_ns: int, *, heard: bool
) -> tuple[RuleBurden, ...]:
    # Policies of the same name may differ in a rule of the same id: then these are two rules.
    # One that was changed in mid session too.
    rules = dict.fromkeys(
        (rule.id, rule.priority.name.lower(), rule.technical)
        for session in sessions
        for rule in session.policy.rules
    ) | dict.fromkeys(
        (one.rule, one.priority, one.technical)
        for session in sessions
        for one in session.occurrences
    )
    burdens: list[RuleBurden] = []
    for rule, priority, technical in rules:
        raised = [
            [
                o
                for o in s.occurrences
                if (o.rule, o.priority, o.technical) == (rule, priority, technical)
            ]
            for s in sessions
        ]
        in_alarm_ns = sum(map(_covered_ns, raised))
        flat = [one for each in raised for one in each]
        announced = [one for one in flat if not one.inside]
        burdens.append(
            RuleBurden(
                rule=rule,
                priority=priority,
                technical=technical,
                alarms=len(announced),
                inside=len(flat) - len(announced),
                in_alarm_s=in_alarm_ns / 1e9,
                share=in_alarm_ns / lasted_ns,
                response=_response(announced) if heard else None,
                reviews=reviews(announced) if heard else None,
            )
        )
    return tuple(burdens)


def _by_hour(sessions: Sequence[SessionAlarms]) -> tuple[HourBurden, ...]:
    hours: dict[int, list[Occurrence]] = {}
    for session in sessions:
        last = max(0, session.ended_ns - session.began_ns - _TAIL_NS) // _HOUR_NS
        for hour in range(last + 1):
            hours.setdefault(hour, [])
        for one in session.occurrences:
            hours.setdefault((one.raised_ns - session.began_ns) // _HOUR_NS, []).append(one)
    return tuple(
        HourBurden(
            hour=hour,
            physiological=found.physiological,
            technical=found.technical,
            info=found.info,
        )
        for hour, found in sorted((hour, counts(raised)) for hour, raised in hours.items())
    )


def _sustained(sessions: Sequence[SessionAlarms], total: Counts) -> tuple[Sustained, ...]:
    times = sorted({sustain_s for session in sessions for sustain_s in session.sustained})
    found: list[Sustained] = []
    for sustain_s in times:
        would = added(session.sustained[sustain_s] for session in sessions)
        found.append(
            Sustained(
                sustain_s=sustain_s,
                physiological=would.physiological,
                technical=would.technical,
                info=would.info,
                avoided_physiological=total.physiological - would.physiological,
                avoided_technical=total.technical - would.technical,
                by_rule=would.by_rule,
            )
        )
    return tuple(found)


def _response(raised: Iterable[Occurrence]) -> Response:
    each = list(raised)
    times_s = [(o.answered_ns - o.announced_ns) / 1e9 for o in each if o.answered_ns is not None]
    return Response(
        answered=len(times_s),
        never=len(each) - len(times_s),
        median_s=median(times_s) if times_s else None,
        longest_s=max(times_s, default=None),
    )


def _covered_ns(raised: Iterable[Occurrence]) -> int:
    """Return the time within one session in which at least one of the alarms was open."""
    return covered_ns((one.raised_ns, one.over_ns) for one in raised)


def _in_alarm_ns(sessions: Sequence[SessionAlarms], *, technical: bool) -> int:
    return sum(
        _covered_ns(o for o in s.occurrences if o.technical is technical and not o.silent)
        for s in sessions
    )
