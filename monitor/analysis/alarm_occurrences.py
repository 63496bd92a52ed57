"""Alarms of a recorded session, each from its raising to its end, and their counts. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from alerts.alarm import State, Step
from alerts.policy.rules import Priority
from monitor.facts import AlarmFact

_SOUNDING = (State.ACTIVE.value, State.ACKNOWLEDGED.value)
_ANSWERS = (Step.ACKNOWLEDGED.value, Step.RESET.value)


@dataclass(slots=True, kw_only=True)
class Occurrence:
    """One occurrence of an alarm.

    Attributes:
        announced_ns: when it was first shown and sounded.
        over_ns: when its condition was over, or the end of the recording.
        inside: a higher alarm of the same ladder covered it: not announced, no calls.
        answered_ns: time of the first acknowledgement or reset, or None.
    """

    rule: str
    subject: str
    priority: str
    technical: bool
    message: str
    value: float | None
    limit: float | None
    raised_ns: int
    announced_ns: int
    over_ns: int
    inside: bool = False
    answered_ns: int | None = None

    @property
    def silent(self) -> bool:
        """Return whether it makes no sound and calls nobody."""
        return self.priority == Priority.INFO.name.lower()


def occurrences(alarms: Iterable[AlarmFact], until_ns: int) -> list[Occurrence]:
    """Return the occurrences of one session in the order in which they were raised.

    Args:
        alarms: all steps, in order.
        until_ns: end of the recording, which ends open alarms.
    """
    found: list[Occurrence] = []
    last: dict[tuple[str, str], Occurrence] = {}
    sounding: set[tuple[str, str]] = set()
    for fact in alarms:
        key = fact.rule, fact.subject
        if fact.step == Step.RAISED.value:
            if key in sounding:  # raised again, at a higher priority
                last[key].over_ns = fact.at_ns
            last[key] = Occurrence(
                rule=fact.rule,
                subject=fact.subject,
                priority=fact.priority,
                technical=fact.technical,
                message=fact.message,
                value=fact.value,
                limit=fact.limit,
                raised_ns=fact.at_ns,
                announced_ns=fact.announced_ns or fact.at_ns,
                over_ns=until_ns,
                inside=bool(fact.head),
            )
            found.append(last[key])
            sounding.add(key)
        elif key not in last:
            continue
        if fact.step in _ANSWERS and last[key].answered_ns is None:
            last[key].answered_ns = fact.at_ns
        if key in sounding and fact.state not in _SOUNDING:
            last[key].over_ns = fact.at_ns
            sounding.remove(key)
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Numbers of alarms: physiological, technical, silent (info), and covered by higher ones.

    Attributes:
        by_rule: without covered ones.
    """

    physiological: int
    technical: int
    info: int
    inside: int
    by_rule: Mapping[str, int]


def counts(raised: Iterable[Occurrence]) -> Counts:
    """Count occurrences by group and by rule."""
    group: Counter[str] = Counter()
    by_rule: Counter[str] = Counter()
    for one in raised:
        if one.inside:
            group["inside"] += 1
            continue
        by_rule[one.rule] += 1
        group["info" if one.silent else "technical" if one.technical else "physiological"] += 1
    return Counts(
        physiological=group["physiological"],
        technical=group["technical"],
        info=group["info"],
        inside=group["inside"],
        by_rule=dict(by_rule),
    )


def added(parts: Iterable[Counts]) -> Counts:
    """Add up the counts of several sessions."""
    physiological = technical = info = inside = 0
    by_rule: Counter[str] = Counter()
    for part in parts:
        physiological += part.physiological
        technical += part.technical
        info += part.info
        inside += part.inside
        by_rule.update(part.by_rule)
    return Counts(
        physiological=physiological,
        technical=technical,
        info=info,
        inside=inside,
        by_rule=dict(by_rule),
    )
