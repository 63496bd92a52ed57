"""A rule about what does not happen on a channel: no value, no valid value, no other value."""

from dataclasses import dataclass

from alerts.alarm import Alarm


@dataclass(slots=True)
class Overdue:
    """One such rule on one channel.

    Its deadline is not moved by each value: it fires too early, is found not to be due yet, and
    is put off. Values come each second, deadlines hardly ever.

    Attributes:
        alarm: of the rule on the channel.
        after_ns: how long it may take.
        armed: its deadline is set.
        fired: it has taken too long.
    """

    alarm: Alarm
    after_ns: int = 0
    armed: bool = False
    fired: bool = False
