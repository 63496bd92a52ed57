"""Health of the deliveries of a session: one technical alarm for all destinations, and notices.

A destination may refuse data, or accept it and still fall behind; both are reported. A destination
that recovers ends only its own fault.
"""

from collections.abc import Callable

from alerts.time_format import span
from dashboards.console.formatting import count
from monitor.delivery.outbox import Backlog

_LATE_S = 60.0
_SLOW_S = 10.0
_IN_TIME_S = 30.0  # hysteresis: a late destination must catch up to this age


class DeliveryHealth:
    """Track the failures and delays of each destination.

    Args:
        report_fault: called at each change with whether something is not delivered, and why.
        now_ns: the session's clock.

    Attributes:
        backlogs: return the backlog of each destination.
    """

    def __init__(
        self, report_fault: Callable[[bool, str], None], now_ns: Callable[[], int]
    ) -> None:
        self.backlogs: dict[str, Callable[[], Backlog]] = {}
        self._report_fault = report_fault
        self._now_ns = now_ns
        self._refusals: dict[str, str] = {}
        self._late: set[str] = set()

    def report(self, destination: str, reason: str | None) -> None:
        """Record why a destination accepts no data; with None, that it does again."""
        if reason is not None:
            self._refusals[destination] = reason
            self._report_fault(True, reason)  # noqa: FBT003
        elif self._refusals.pop(destination, None) is not None:
            self._recovered()

    def check(self) -> None:
        """Check the age of the backlogs; call it every few seconds."""
        for destination, backlog in self.backlogs.items():
            age_s = self._age_s(backlog())
            if destination not in self._late and age_s > _LATE_S:
                self._late.add(destination)
                self._report_fault(True, self._behind(destination))  # noqa: FBT003
            elif destination in self._late and age_s < _IN_TIME_S:
                self._late.remove(destination)
                self._recovered()

    def sentences(self) -> list[str]:
        """Return the notices to show, with current numbers."""
        late = [name for name, backlog in self.backlogs.items() if self._age_s(backlog()) > _LATE_S]
        return [*self._refusals.values(), *map(self._behind, late)]

    def unsent(self) -> list[str]:
        """Return a sentence per destination with a backlog that is older than deliveries take."""
        return [
            f"{name}: about {count(waiting.facts, 'fact')} pending; "
            "delivery continues after the end."
            for name, backlog in self.backlogs.items()
            if self._age_s(waiting := backlog()) > _SLOW_S or name in self._refusals
        ]

    def _recovered(self) -> None:
        left = [*self._refusals.values(), *map(self._behind, self._late)]
        self._report_fault(bool(left), left[0] if left else "")

    def _age_s(self, backlog: Backlog) -> float:
        return 0.0 if backlog.oldest_ns is None else (self._now_ns() - backlog.oldest_ns) / 1e9

    def _behind(self, destination: str) -> str:
        backlog = self.backlogs[destination]()
        return (
            f"{destination} is behind: about {count(backlog.facts, 'fact')} pending, the oldest "
            f"for {span(self._age_s(backlog))}; nothing is lost"
        )
