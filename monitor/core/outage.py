"""Outages of a channel: times without judgement, and unstable links. Pure.

An unstable link is one alarm and not one for each gap: its alarms end only when the channel has
been judged without a break for a time that grows with each outage of the last hour.
"""

from collections import deque

_HOUR_NS = 3600 * 10**9
# After the first outage within an hour an alarm ends immediately, after the second in 5 min, ...
_STABLE_NS = (0, 300 * 10**9, 900 * 10**9)
_KEEP_NS = 2 * _HOUR_NS  # of spells: longer than any rule needs


class Outage:
    """The outages of one channel.

    Attributes:
        open: an alarm about it holds.
        judged_since_ns: time from which the channel has been judged again; None while it is not.
    """

    def __init__(self) -> None:
        self.open = False
        self.judged_since_ns: int | None = None
        self._began: deque[int] = deque()
        self._spells: deque[tuple[int, int]] = deque()  # times without judgement

    def begin(self, now_ns: int, *, counts: bool) -> None:
        """Record that an alarm about it was raised.

        Args:
            now_ns: engine time.
            counts: the sensor was heard before; else its first value is still missing.
        """
        self.judged_since_ns = None
        if self.open:
            return
        self.open = True
        if not counts:
            return
        self._began.append(now_ns)
        while self._began[0] <= now_ns - _HOUR_NS:
            self._began.popleft()

    @property
    def unstable(self) -> bool:
        """Return whether this outage is at least the second within an hour."""
        return self.open and len(self._began) > 1

    def interrupted(self) -> None:
        """Record that the channel is not judged."""
        self.judged_since_ns = None

    def judged(self, now_ns: int) -> None:
        """Record that the channel is judged."""
        if self.judged_since_ns is None:
            self.judged_since_ns = now_ns

    def ends_ns(self) -> int | None:
        """Return when its alarms end if the channel stays judged; None: it is not judged."""
        if not self.open or self.judged_since_ns is None:
            return None
        outages = max(1, min(len(self._began), len(_STABLE_NS)))
        return self.judged_since_ns + _STABLE_NS[outages - 1]

    def end(self) -> None:
        """Record that its alarms have ended."""
        self.open = False

    def add_spell(self, from_ns: int, until_ns: int) -> None:
        """Record a time without judgement."""
        spells = self._spells
        spells.append((from_ns, until_ns))
        while spells[0][1] <= until_ns - _KEEP_NS:
            spells.popleft()

    def unjudged_ns(self, since_ns: int) -> int:
        """Return the total time without judgement since a time, in spells that are over."""
        return sum(
            until_ns - max(from_ns, since_ns)
            for from_ns, until_ns in self._spells
            if until_ns > since_ns
        )
