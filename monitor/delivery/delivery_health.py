"""What destinations lack of a session: one technical alarm for all of them, and words to show.

A destination may fail, or take everything and yet fall behind; both are told. One that recovers
takes back only its own trouble.
"""

from collections.abc import Callable

from alerts.time_format import span
from monitor.delivery.outbox import Backlog

_LATE_S = 60.0
_SLOW_S = 10.0
_IN_TIME_S = 30.0  # late ones are in time again: no alarm that comes and goes


class DeliveryHealth:
    """Track the failures and delays of each destination.

    Args:
        trouble: takes whether something is not delivered, and why; called at each change.
        now_ns: the session's clock.

    Attributes:
        backlogs: asked for what waits, by destination.
    """

    def __init__(self, trouble: Callable[[bool, str], None], now_ns: Callable[[], int]) -> None:
        self.backlogs: dict[str, Callable[[], Backlog]] = {}
        self._trouble = trouble
        self._now_ns = now_ns
        self._refusals: dict[str, str] = {}
        self._late: set[str] = set()

    def report(self, destination: str, reason: str | None) -> None:
        """Take that a destination takes nothing, and why; or with None that it does again."""
        if reason is not None:
            self._refusals[destination] = reason
            self._trouble(True, reason)  # noqa: FBT003
        elif self._refusals.pop(destination, None) is not None:
            self._all_well()

    def check(self) -> None:
        """Look how old the backlogs are; called every few seconds."""
        for destination, backlog in self.backlogs.items():
            age_s = self._age_s(backlog())
            if destination not in self._late and age_s > _LATE_S:
                self._late.add(destination)
                self._trouble(True, self._behind(destination))  # noqa: FBT003
            elif destination in self._late and age_s < _IN_TIME_S:
                self._late.remove(destination)
                self._all_well()

    def sentences(self) -> list[str]:
        """Return what is to be shown, with numbers of this moment."""
        late = [name for name, backlog in self.backlogs.items() if self._age_s(backlog()) > _LATE_S]
        return [*self._refusals.values(), *map(self._behind, late)]

    def unsent(self) -> list[str]:
        """Return what waits for longer than a delivery takes, and where it still can be sent."""
        return [
            f"{name}: about {waiting.facts} facts are not delivered yet; they are sent afterwards."
            for name, backlog in self.backlogs.items()
            if self._age_s(waiting := backlog()) > _SLOW_S or name in self._refusals
        ]

    def _all_well(self) -> None:
        left = [*self._refusals.values(), *map(self._behind, self._late)]
        self._trouble(bool(left), left[0] if left else "")

    def _age_s(self, backlog: Backlog) -> float:
        return 0.0 if backlog.oldest_ns is None else (self._now_ns() - backlog.oldest_ns) / 1e9

    def _behind(self, destination: str) -> str:
        backlog = self.backlogs[destination]()
        return (
            f"{destination} is behind: about {backlog.facts} facts wait, the oldest for "
            f"{span(self._age_s(backlog))}; nothing is lost"
        )
