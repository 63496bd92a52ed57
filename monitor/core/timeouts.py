"""The rules about what does not happen on a channel: no value, no valid value, no other value."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from alerts.alarm import Alarm
from alerts.evidence import Evidence
from alerts.policy.rules import Absent, Frozen, Invalid
from monitor.core.condition_evaluators import ns

Timed = Absent | Invalid | Frozen


@dataclass(slots=True)
class Timeout:
    """One such rule on one channel.

    Its deadline is not moved by each value: it fires too early, is found not to be due yet, and
    is put off. Values come each second, deadlines hardly ever.

    Attributes:
        alarm: of the rule on the channel.
        after_ns: how long it may take.
        armed: its deadline is set.
        fired: it has taken too long.
        same: for how long the same value was seen; for a `frozen` rule.
    """

    alarm: Alarm
    after_ns: int = 0
    armed: bool = False
    fired: bool = False
    same: Evidence = field(default_factory=Evidence)


class Timeouts:
    """All such rules on one channel.

    Attributes:
        absent, invalid, frozen: by what they wait for.
    """

    def __init__(self) -> None:
        self.absent: list[Timeout] = []
        self.invalid: list[Timeout] = []
        self.frozen: list[Timeout] = []

    @property
    def all(self) -> list[Timeout]:
        """Return all of them."""
        return [*self.absent, *self.invalid, *self.frozen]

    def adopt(self, rules: Iterable[tuple[int, Timed]], alarm_of: Callable[[int], Alarm]) -> None:
        """Wait for what a policy asks for; rules that were there before go on waiting.

        Args:
            rules: the number and condition of each.
            alarm_of: returns the alarm of a rule by its number.
        """
        kinds = ((Absent, self.absent), (Invalid, self.invalid), (Frozen, self.frozen))
        known = {(kind, each.alarm.number): each for kind, timeouts in kinds for each in timeouts}
        self.absent, self.invalid, self.frozen = [], [], []
        for number, condition in rules:
            # A rule that now waits for something else has seen nothing of it yet.
            timeout = known.get((type(condition), number)) or Timeout(alarm_of(number))
            timeout.after_ns = ns(condition.after_s)
            match condition:
                case Absent():
                    self.absent.append(timeout)
                case Invalid():
                    self.invalid.append(timeout)
                case Frozen():
                    self.frozen.append(timeout)
