"""The alarm burden of sessions: how many alarms, when, for how long, and how they were answered.

Pure, over alarm facts and policies. Alarms about the person, alarms about the equipment, and silent
notices of priority info are counted apart: adding them up says nothing about anything. So are
those that were raised inside a higher one of their ladder: nobody was told of them.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median

from alerts.policy.rules import Policy, Priority
from monitor.analysis.alarm_occurrences import Counts, Occurrence, added, counts

_HOUR_NS = 3600 * 10**9
_LAST_WORDS_NS = 60 * 10**9  # a session of 8 h and some seconds has eight hours, not nine


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """One session with its alarms.

    Attributes:
        policy: that raised them.
        heard: people heard these alarms; not so where a what-if made them.
        sustained: what the policy would have raised, by the sustain time of every rule in seconds.
    """

    policy: Policy
    began_ns: int
    ended_ns: int
    occurrences: Sequence[Occurrence]
    heard: bool = True
    sustained: Mapping[float, Counts] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """How people answered: times from the announcement to the first acknowledgement or reset."""

    answered: int
    never: int
    median_s: float | None
    longest_s: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleBurden:
    """What one rule did.

    Attributes:
        alarms: that were announced.
        inside: that were raised inside a higher one.
        in_alarm_s: seconds for which one of them stood.
        share: of the sessions' time, whatever the number of sensors.
        response: to those that were announced.
    """

    rule: str
    priority: str
    technical: bool
    alarms: int
    inside: int
    in_alarm_s: float
    share: float
    response: Response | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HourBurden:
    """What was raised in an hour since the session began, counted from 0."""

    hour: int
    physiological: int
    technical: int
    info: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Sustained:
    """What the policy would have raised if every rule had this sustain time.

    `avoided_*` is how many fewer than as the policy is; below 0 where there would be more.
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
        hours: that the sessions lasted, together.
        physiological: alarms about the person, of priority low and above.
        technical: alarms about the equipment, of priority low and above.
        info: silent notices.
        inside: alarms of any priority that were raised inside higher ones.
        physiological_per_hour, technical_per_hour: alarms in an hour of session.
        by_priority: all that were announced, from high to info.
        physiological_share, technical_share: of the time with any such alarm.
        response: to all that call somebody; None where nobody could hear them.
        by_rule: in the order of the policy; rules that raised nothing too.
        by_hour: of the session; to the last that any session reached.
        sustained: by rising sustain time.
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
    by_rule: tuple[RuleBurden, ...]
    by_hour: tuple[HourBurden, ...]
    sustained: tuple[Sustained, ...]


def report(sessions: Sequence[Watched]) -> AlarmReport:
    """Return the alarm burden of sessions, each of which lasted some time."""
    lasted_ns = sum(session.ended_ns - session.began_ns for session in sessions)
    hours = lasted_ns / _HOUR_NS
    everything = [one for session in sessions for one in session.occurrences]
    total = counts(everything)
    heard = all(session.heard for session in sessions)

    def share(technical: bool) -> float:  # noqa: FBT001 - which of the two
        return _in_alarm_ns(sessions, technical=technical) / lasted_ns

    announced = [one for one in everything if not one.inside]
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
        response=_response(one for one in announced if not one.silent) if heard else None,
        by_rule=_by_rule(sessions, lasted_ns, heard=heard),
        by_hour=_by_hour(sessions),
        sustained=_sustained(sessions, total),
    )


def _by_rule(sessions: Sequence[Watched], lasted_ns: int, *, heard: bool) -> tuple[RuleBurden, ...]:
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
        in_alarm_ns = sum(_covered_ns(each) for each in raised)
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
            )
        )
    return tuple(burdens)


def _by_hour(sessions: Sequence[Watched]) -> tuple[HourBurden, ...]:
    hours: dict[int, list[Occurrence]] = {}
    for session in sessions:
        last = max(0, session.ended_ns - session.began_ns - _LAST_WORDS_NS) // _HOUR_NS
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


def _sustained(sessions: Sequence[Watched], total: Counts) -> tuple[Sustained, ...]:
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


def _in_alarm_ns(sessions: Sequence[Watched], *, technical: bool) -> int:
    return sum(
        _covered_ns(o for o in s.occurrences if o.technical is technical and not o.silent)
        for s in sessions
    )


def _covered_ns(raised: Iterable[Occurrence]) -> int:
    """Return the time within one session in which at least one of the alarms sounded."""
    covered_ns = until_ns = 0
    for begin_ns, end_ns in sorted((one.raised_ns, one.over_ns) for one in raised):
        covered_ns += max(0, end_ns - max(begin_ns, until_ns))
        until_ns = max(until_ns, end_ns)
    return covered_ns
