"""What people have accepted: a matter, for as long as it has not been quiet for a while.

Pure: time comes in with each call.
"""

from dataclasses import dataclass

from alerts.ladder import Rank

QUIET_NS = 600 * 10**9  # after so long without an alarm of its ladder a matter is a new one


@dataclass(slots=True)
class Acceptance:
    """Somebody looks after a matter.

    Attributes:
        rank: up to which it covers the alarms of the ladder.
        by: who accepted.
        at_ns: when.
        quiet_ns: since when no alarm of the ladder holds; None: one does.
    """

    rank: Rank
    by: str
    at_ns: int
    quiet_ns: int | None = None


class Acceptances:
    """The acceptances of one session, one for each ladder."""

    def __init__(self) -> None:
        self._known: dict[str, Acceptance] = {}

    def add(self, now_ns: int, ladder: str, rank: Rank, by: str, *, quiet: bool) -> None:
        """Accept a matter up to a rank in `by`'s name; `quiet`: no alarm of its ladder holds."""
        self._known[ladder] = Acceptance(rank, by, now_ns, now_ns if quiet else None)

    def follow(self, now_ns: int, ladder: str, *, quiet: bool) -> None:
        """Record whether an alarm of a ladder holds; end an acceptance that is too old by now."""
        acceptance = self._known.get(ladder)
        if acceptance is None:
            return
        if quiet:
            acceptance.quiet_ns = now_ns if acceptance.quiet_ns is None else acceptance.quiet_ns
        elif acceptance.quiet_ns is not None and now_ns - acceptance.quiet_ns >= QUIET_NS:
            del self._known[ladder]
        else:
            acceptance.quiet_ns = None

    def find(self, ladder: str, rank: Rank) -> Acceptance | None:
        """Return the acceptance that covers an alarm of a rank, if there is one."""
        acceptance = self._known.get(ladder)
        return acceptance if acceptance is not None and rank <= acceptance.rank else None
