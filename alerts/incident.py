"""Incident: one occurrence of an alarm on its way through the tiers. Pure."""

from dataclasses import dataclass, field

from alerts.call_fact import CallStep
from alerts.call_plan import CALLING
from alerts.ladder import Rank


@dataclass(slots=True, kw_only=True)
class Incident:
    """One occurrence of an alarm on its way through the tiers.

    Attributes:
        key: of the alarm.
        raised_ns: identifies this occurrence of the alarm.
        ladder: of the alarm.
        place: of the alarm in its ladder.
        once: it goes through the tiers only once: it is about failed calls.
        tier: index of the tier called last.
        rounds: number of times that all tiers were called without an acceptance.
        steps: each recipient's latest step, in the order in which they were called.
        stopped: accepted or acknowledged, so nobody is called any more.
        by: who accepted it.
        accepted_ns: time of the acceptance.
    """

    key: str
    raised_ns: int
    ladder: str
    place: Rank
    priority: str
    technical: bool
    once: bool = False
    tier: int = 0
    rounds: int = 0
    steps: dict[str, CallStep] = field(default_factory=dict)
    stopped: bool = False
    by: str | None = None
    accepted_ns: int | None = None
    next_tier: int = 0  # index from which to look for the next tier
    not_before: dict[int, int] = field(default_factory=dict)  # earliest next call of a tier
    calls: dict[str, int | None] = field(default_factory=dict)  # of this tier; None: not yet sent
    failed: set[str] = field(default_factory=set)  # recipients of this tier

    @property
    def rank(self) -> tuple[int, int, str]:
        """Return a sort key: highest, then newest first."""
        return (-CALLING.index(self.priority), -self.raised_ns, self.key)
