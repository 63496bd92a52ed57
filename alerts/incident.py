"""Incidents: what people are called about, one for each alarm ladder. Pure."""

from dataclasses import dataclass, field

from alerts.call_fact import CallStep
from alerts.call_plan import CALLING
from alerts.ladder import Rank


@dataclass(slots=True, kw_only=True, eq=False)
class Occurrence:
    """One occurrence of an alarm that people are called about.

    Attributes:
        key: of the alarm.
        raised_ns: identifies this occurrence of the alarm.
        place: of the alarm in its ladder.
        incident: to which it belongs.
        over: it has ended, and nobody has responded.
        stopped: accepted or acknowledged, so nobody is called any more.
        by: who accepted it.
        accepted_ns: time of the acceptance.
        arrives_ns: when that person expects to arrive, or None.
    """

    key: str
    raised_ns: int
    place: Rank
    priority: str
    technical: bool
    incident: "Incident" = field(repr=False)
    over: bool = False
    stopped: bool = False
    by: str | None = None
    accepted_ns: int | None = None
    arrives_ns: int | None = None

    @property
    def calling(self) -> bool:
        """Return whether people are to be called about it."""
        return not self.stopped and not self.over

    @property
    def rank(self) -> tuple[int, int, str]:
        """Return a sort key: highest, then newest first."""
        return (-CALLING.index(self.priority), -self.raised_ns, self.key)


@dataclass(slots=True, kw_only=True)
class Told:
    """The last message about an incident to one recipient.

    Attributes:
        call: number of the notification.
        place: of the highest alarm of the incident in it.
        at_ns: time of the order, or of the last retry.
        delivered_ns: time at which the first channel took it, or None.
        lost: no channel has taken it so far, and none is pending.
    """

    call: int
    place: Rank
    at_ns: int
    delivered_ns: int | None = None
    lost: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Decline:
    """A recipient's answer that they cannot respond to an incident.

    Attributes:
        place: of the highest alarm that it is about.
        rounds: of the incident at that time; it ends with this round.
        at_ns: time of the answer.
    """

    place: Rank
    rounds: int
    at_ns: int


@dataclass(slots=True, kw_only=True, eq=False)
class Incident:
    """The alarms of one ladder on their way through the tiers.

    An alarm that returns before anybody has responded continues the incident.

    Attributes:
        ladder: its name.
        opened_ns: time at which its first alarm was raised.
        about_duty: it is about missing duty, which nobody needs to accept.
        once: it is about failed calls, so each recipient is called about it at most once.
        open: nobody has responded yet, and it is not forgotten.
        head: the highest alarm that calls; the last one if none does.
        occurrences: by key of the alarm.
        over_ns: time from which all its alarms are over and nobody has responded, or None.
        cleared: those who were called have had the all-clear.
        tier: index of the tier called last.
        rounds: number of times that all tiers were called without an acceptance.
        steps: each recipient's latest step, in the order in which they were called.
        told: the last message to each recipient.
        informed: recipients whom a message has reached.
        declines: last "I cannot" of each recipient since their last call.
        unreachable: recipients that it is about, if it is about failed calls.
    """

    ladder: str
    opened_ns: int
    about_duty: bool = False
    once: bool = False
    open: bool = True
    head: Occurrence = field(init=False)
    occurrences: dict[str, Occurrence] = field(default_factory=dict)
    over_ns: int | None = None
    cleared: bool = False
    tier: int = 0
    rounds: int = 0
    steps: dict[str, CallStep] = field(default_factory=dict)
    told: dict[str, Told] = field(default_factory=dict)
    informed: set[str] = field(default_factory=set)
    declines: dict[str, Decline] = field(default_factory=dict)
    unreachable: set[str] = field(default_factory=set)
    advance: bool = False  # the tier's time ended while the incident was over
    picking: bool = False  # the recipients of a tier are being looked at
    next_tier: int = 0  # index from which to look for the next tier
    not_before: dict[int, int] = field(default_factory=dict)  # earliest next call of a tier
    wanted: dict[str, int] = field(default_factory=dict)  # recipients to be called: tier
    calls: dict[str, int] = field(default_factory=dict)  # recipients of this tier: notification
    failed: set[str] = field(default_factory=set)  # recipients of this tier
    tier_of: dict[str, int] = field(default_factory=dict)  # recipients who were called: tier
    reached: set[int] = field(default_factory=set)  # tiers in which somebody has the message

    @property
    def calling(self) -> list[Occurrence]:
        """Return the alarms that call, highest first."""
        calling = (each for each in self.occurrences.values() if each.calling)
        return sorted(calling, key=lambda each: each.place, reverse=True)

    @property
    def waiting(self) -> bool:
        """Return whether the tier called last still has somebody to be called."""
        return self.tier in self.wanted.values()

    @property
    def exhausted(self) -> bool:
        """Return whether no recipient of the tier called last can be reached."""
        return not self.waiting and set(self.calls) <= self.failed

    def declined_by(self, name: str) -> Decline | None:
        """Return a recipient's decline while it is valid: in its round, until it gets worse."""
        decline = self.declines.get(name)
        if decline is None or decline.rounds != self.rounds or decline.place < self.head.place:
            return None
        return decline

    def informed_in(self, tier: int) -> bool:
        """Return whether a recipient of a tier has a message and has not declined."""
        return any(
            self.tier_of.get(name) == tier and name not in self.declines for name in self.informed
        )

    def knows(self, name: str) -> Told | None:
        """Return the last message to a recipient if a channel has taken it or is pending."""
        told = self.told.get(name)
        return None if told is None or told.lost else told
