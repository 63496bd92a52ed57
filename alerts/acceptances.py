"""Acceptances of alarm ladders; each lasts until no alarm of its ladder held for a while.

Pure: each call gets the time.
"""

from dataclasses import dataclass

from alerts.ladder import Rank

QUIET_NS = 600 * 10**9  # without an alarm of the ladder; then an acceptance ends


@dataclass(slots=True)
class Acceptance:
    """The acceptance of a ladder by one person.

    Attributes:
        rank: of the highest alarm that it covers.
        by: name of the person.
        at_ns: time of the acceptance.
        arrives_ns: when the person expects to arrive, or None.
        quiet_ns: time from which no alarm of the ladder held; None: one holds.
    """

    rank: Rank
    by: str
    at_ns: int
    arrives_ns: int | None = None
    quiet_ns: int | None = None


class Acceptances:
    """The acceptances of one session, one for each ladder."""

    def __init__(self) -> None:
        self._known: dict[str, Acceptance] = {}

    def add(
        self,
        now_ns: int,
        ladder: str,
        rank: Rank,
        by: str,
        *,
        quiet: bool,
        arrives_ns: int | None = None,
    ) -> None:
        """Accept a ladder up to a rank for `by`; `quiet`: no alarm of the ladder holds."""
        quiet_ns = now_ns if quiet else None
        self._known[ladder] = Acceptance(rank, by, now_ns, arrives_ns, quiet_ns)

    def follow(self, now_ns: int, ladder: str, *, quiet: bool) -> None:
        """Record whether an alarm of a ladder holds; end an acceptance that has expired."""
        acceptance = self._known.get(ladder)
        if acceptance is None:
            return
        if quiet:
            acceptance.quiet_ns = now_ns if acceptance.quiet_ns is None else acceptance.quiet_ns
        elif acceptance.quiet_ns is not None and now_ns - acceptance.quiet_ns >= QUIET_NS:
            del self._known[ladder]
        else:
            acceptance.quiet_ns = None

    def of(self, ladder: str) -> Acceptance | None:
        """Return the acceptance of a ladder, or None."""
        return self._known.get(ladder)

    def find(self, ladder: str, rank: Rank) -> Acceptance | None:
        """Return the acceptance that covers an alarm of a rank, or None."""
        acceptance = self._known.get(ladder)
        return acceptance if acceptance is not None and rank <= acceptance.rank else None
