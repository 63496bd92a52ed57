"""One occurrence of an alarm on its way through the tiers. Pure."""

from dataclasses import dataclass, field

from alerts.call_fact import CallStep
from alerts.call_plan import CALLING
from alerts.ladder import Rank


@dataclass(slots=True, kw_only=True)
class Incident:
    """Track one occurrence of an alarm through the tiers.

    Attributes:
        key: of the alarm.
        raised_ns: tells this occurrence from others of the same alarm.
        ladder: of the alarm.
        place: of the alarm in its ladder.
        once: goes through the tiers once: it is about calls that fail.
        tier: index of the tier called last.
        rounds: how often the last tier has let its time pass.
        steps: each recipient's latest step, in the order in which they were called.
        stopped: nobody is called any more: it was accepted, or acknowledged.
        by: who accepted it.
        accepted_ns: when.
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
    next_tier: int = 0  # where to look on
    not_before: dict[int, int] = field(default_factory=dict)  # tier: when it may be called again
    calls: dict[str, int | None] = field(default_factory=dict)  # of this tier; None: not yet out
    failed: set[str] = field(default_factory=set)  # recipients of this tier

    @property
    def rank(self) -> tuple[int, int, str]:
        """Return what sorts the highest, then the newest first."""
        return (-CALLING.index(self.priority), -self.raised_ns, self.key)
