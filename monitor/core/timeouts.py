"""Timeouts of a channel: rules about absent, invalid and frozen values."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from alerts.alarm import Alarm
from alerts.evidence import Evidence
from alerts.policy.conditions import Absent, Frozen, Invalid
from monitor.core.condition_evaluators import ns

Timed = Absent | Invalid | Frozen


@dataclass(slots=True)
class Timeout:
    """The timeout of one rule on one channel.

    Values do not move its deadline: it fires too early and is then set again. Values are frequent,
    deadlines are rare.

    Attributes:
        alarm: of the rule on the channel.
        kind: of the rule's condition.
        after_ns: time until it fires.
        armed: its deadline is set.
        fired: the time has expired.
        same: time for which the same value was seen; for a `frozen` rule.
    """

    alarm: Alarm
    kind: type[Timed]
    after_ns: int = 0
    armed: bool = False
    fired: bool = False
    same: Evidence = field(default_factory=Evidence)


class Timeouts:
    """Timeouts of one channel.

    Attributes:
        absent, invalid, frozen: by condition.
    """

    def __init__(self) -> None:
        self.absent: list[Timeout] = []
        self.invalid: list[Timeout] = []
        self.frozen: list[Timeout] = []

    @property
    def all(self) -> list[Timeout]:
        """Return all timeouts."""
        return [*self.absent, *self.invalid, *self.frozen]

    def adopt(self, rules: Iterable[tuple[int, Timed]], alarm_of: Callable[[int], Alarm]) -> None:
        """Put the rules of a policy in force; rules that were in force before keep their state.

        Args:
            rules: number and condition of each.
            alarm_of: returns the alarm of a rule by its number.
        """
        kinds = ((Absent, self.absent), (Invalid, self.invalid), (Frozen, self.frozen))
        known = {(kind, each.alarm.number): each for kind, timeouts in kinds for each in timeouts}
        self.absent, self.invalid, self.frozen = [], [], []
        for number, condition in rules:
            # A rule with another kind of condition starts without state.
            timeout = known.get((type(condition), number)) or Timeout(
                alarm_of(number), type(condition)
            )
            timeout.after_ns = ns(condition.after_s)
            match condition:
                case Absent():
                    self.absent.append(timeout)
                case Invalid():
                    self.invalid.append(timeout)
                case Frozen():
                    self.frozen.append(timeout)
