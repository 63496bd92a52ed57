"""Alarm ladders: alarms on one signal in one direction, of which only the highest is announced.

Rules such as heart rate above 110, 131 and 150 form a ladder. Of their alarms that hold, the
highest is the head: it is announced, called and acknowledged. It covers the others, which are
shown inside it and uncovered when it ends.

Pure.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from alerts.alarm import Alarm
from alerts.policy.conditions import LEVELS, Absent, Compare, Invalid
from alerts.policy.rules import Rule

Rank = tuple[int, float, int]


@dataclass(frozen=True, slots=True)
class AlarmGroup:
    """One item of the alarm list: an open alarm and the lower alarms of its ladder.

    Attributes:
        alarm: the head of a ladder, or a latched alarm whose condition is over.
        inside: the alarms of the ladder that it covers, highest first.
    """

    alarm: Alarm
    inside: tuple[Alarm, ...] = ()


def ladder_of(rule: Rule, subject: str) -> str:
    """Return the name of the ladder of a rule's alarm on a subject.

    >>> from alerts.policy.parser import load_shipped
    >>> rules = {rule.id: rule for rule in load_shipped("mdma-session").rules}
    >>> ladder_of(rules["hr-110"], "strap/heart_rate"), ladder_of(rules["combo"], "session")
    ('strap/heart_rate upper', 'combo@session')
    """
    match rule.condition:
        case Compare(statistic=statistic, bound=bound):
            side = "upper" if bound.upper else "lower"
            if statistic.name in LEVELS:
                return f"{subject} {side}"
            return f"{subject} {statistic.name.value} {side}"
        case Absent() | Invalid():
            return f"{subject} unjudged"
        case _:
            return f"{rule.id}@{subject}"


def ladder(alarm: Alarm) -> str:
    """Return the name of an alarm's ladder."""
    return ladder_of(alarm.rule, alarm.subject)


def rank(alarm: Alarm) -> Rank:
    """Return an alarm's rank in its ladder: by priority, limit, and position in the policy."""
    return alarm.rule.priority, alarm.reach, alarm.number


def holding(alarms: Iterable[Alarm]) -> list[Alarm]:
    """Return the alarms of a ladder that hold, the head first."""
    return sorted((alarm for alarm in alarms if alarm.holds), key=rank, reverse=True)


def settle(now_ns: int, alarms: Iterable[Alarm]) -> list[Alarm]:
    """Set the head of each alarm of a ladder.

    An active alarm below an acknowledged one is acknowledged with it.

    Args:
        now_ns: engine time.
        alarms: all of one ladder.

    Returns:
        The alarms that hold and whose head or state has changed, highest first.
    """
    alarms = list(alarms)
    climbing = holding(alarms)
    moved: list[Alarm] = []
    by: str | None = None
    for alarm in climbing:
        before = alarm.head, alarm.state
        alarm.cover(now_ns, "" if alarm is climbing[0] else climbing[0].rule.id, by)
        by = alarm.acknowledged_by if by is None else by
        if (alarm.head, alarm.state) != before:
            moved.append(alarm)
    for alarm in alarms:
        if not alarm.holds:
            alarm.head = ""
    return moved
