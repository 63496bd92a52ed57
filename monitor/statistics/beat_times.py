"""Lays the beats of one sensor on session time, from packet to packet without gap or overlap. Pure.

A strap tells how long the intervals were that ended since it told the last time, and not when. So
beats follow each other by their intervals, and only the first of a row has to be laid by guess.
How far the row may be from the truth is seen from the packets: none comes before its last beat,
and the fastest ones come right after it. Towards that the row is moved, by less than half of what
an interval can tell (1/1024 s) at each beat: so the beats keep their distances, and a strap's own
clock, which is off by up to 100 parts in a million, still does not lead them away in eight hours.

Where packets were lost, the row is too early from there on, and stays so. Where they only waited
for the radio, those behind them come in time again. So eight packets decide.

Source of the idea: the lower envelope of delays, as in the clock filter of RFC 5905, 10.
"""

from collections import deque
from collections.abc import Sequence
from itertools import islice
from typing import NamedTuple

# The first row begins so much before its packet: the longest that a strap waits until it tells
# (a second), and what radio may add. Then no later packet can come before its beats.
_LEAD_NS = 1_300_000_000
# The fastest packet is taken to have come so long after its last beat.
_FASTEST_NS = 20_000_000
_MOVE_NS = 450_000  # at a beat; half of 1/1024 s is 488,281 ns
_PACKETS = 60  # whose delays are kept
_DECIDE = 8
_SECOND_NS = 10**9
_SPREAD_NS = 500_000_000  # of the radio's delays
_LEAST_NS = 400_000_000  # a second of beats that is lost is more, be they slow or fast
_WAITED_NS = 600_000_000  # sooner no strap tells again
_SURELY_NS = 5 * 10**9  # what waits longer for the radio has lost its link


class Laid(NamedTuple):
    """Where the beats of a packet are.

    Attributes:
        at_ns: of each beat.
        after_ns: the beat after which some are missing, or None where none is.
        missing: how many, about; None where nobody knows, as after a lost link.
    """

    at_ns: tuple[int, ...]
    after_ns: int | None = None
    missing: int | None = None


class BeatTimes:
    """The beats of one sensor in their order.

    Args:
        steady: it tells each second, whether a beat has come or not; else each packet holds what
            has come since the one before.

    >>> times = BeatTimes()
    >>> first = times.lay(10 * 10**9, [800_000_000]).at_ns
    >>> second = times.lay(11 * 10**9, [750_000_000, 500_000_000]).at_ns
    >>> [round((b - a) / 1e6) for a, b in zip(first + second, second)]
    [750, 500]
    """

    def __init__(self, *, steady: bool = True) -> None:
        self._steady = steady
        self._row_ns: int | None = None  # all intervals since the row began; None: it is to begin
        self._base_ns = 0  # when it began
        self._last_ns = 0  # the beat laid last
        self._worn_ns: int | None = None  # the last one in a row
        self._told_ns: int | None = None  # the last packet, even without a beat
        self._interval_ns = _SECOND_NS  # a usual one
        self._doubt = 0  # packets until it is decided whether one was lost
        # When each packet came, less the intervals up to it: constant, but for delays and losses.
        self._offsets: deque[int] = deque(maxlen=_PACKETS)

    def interrupt(self) -> None:
        """Take note that beats will be missing which nobody can count, as without a link."""
        self._row_ns = None

    def lay(self, received_ns: int, intervals_ns: Sequence[int], *, worn: bool = True) -> Laid:
        """Lay a packet's beats on session time; none is later than the packet.

        Args:
            received_ns: when the packet came; also of one without a beat.
            intervals_ns: oldest first.
            worn: the sensor is on the body; else its beats make no row.
        """
        covered_ns = sum(intervals_ns)
        if not worn:
            self.interrupt()
            return Laid(self._back(received_ns, intervals_ns))
        told_ns, self._told_ns = self._told_ns, received_ns
        if self._row_ns is None:
            return self._begin(received_ns, intervals_ns) if intervals_ns else Laid(())
        if told_ns is not None:
            self._ask(received_ns - told_ns, intervals_ns)
        if not intervals_ns:
            return Laid(())
        self._offsets.append(received_ns - self._row_ns - covered_ns)
        self._interval_ns += (covered_ns // len(intervals_ns) - self._interval_ns) // _DECIDE
        lost_ns = self._lost_ns()
        after_ns = self._worn_ns if lost_ns else None
        # A packet that came before its beats shows that the row began too late.
        self._base_ns = min(self._base_ns + lost_ns, self._offsets[-1])
        at_ns = self._on(received_ns, intervals_ns)
        return Laid(
            at_ns, after_ns, max(1, round(lost_ns / self._interval_ns)) if lost_ns else None
        )

    def _begin(self, received_ns: int, intervals_ns: Sequence[int]) -> Laid:
        """Begin a row, which does not reach into the one before."""
        end_ns = max(received_ns - _LEAD_NS, self._last_ns + sum(intervals_ns))
        self._base_ns, self._row_ns, self._doubt = min(end_ns, received_ns), 0, 0
        self._offsets.clear()
        self._offsets.append(received_ns)
        after_ns = self._worn_ns
        at_ns = self._back(self._base_ns, intervals_ns)
        self._worn_ns = at_ns[-1]
        return Laid(at_ns, after_ns)

    def _on(self, received_ns: int, intervals_ns: Sequence[int]) -> tuple[int, ...]:
        """Go on with the row, moved a little towards where its fastest packet wants it."""
        assert self._row_ns is not None  # noqa: S101 - it has begun
        wanted_ns = min(self._offsets) - _FASTEST_NS
        at_ns = []
        for interval_ns in intervals_ns:
            self._row_ns += interval_ns
            self._base_ns += max(-_MOVE_NS, min(_MOVE_NS, wanted_ns - self._base_ns))
            at_ns.append(self._next(min(self._base_ns + self._row_ns, received_ns)))
        self._worn_ns = at_ns[-1]
        return tuple(at_ns)

    def _back(self, end_ns: int, intervals_ns: Sequence[int]) -> tuple[int, ...]:
        later_ns = sum(intervals_ns)
        at_ns = []
        for interval_ns in intervals_ns:
            later_ns -= interval_ns
            at_ns.append(self._next(end_ns - later_ns))
        return tuple(at_ns)

    def _next(self, at_ns: int) -> int:
        """Keep the order, whatever a sensor tells."""
        self._last_ns = max(at_ns, self._last_ns + 1)
        return self._last_ns

    def _ask(self, hole_ns: int, intervals_ns: Sequence[int]) -> None:
        """Doubt whether all has come, if nothing came for too long; what follows at once waited."""
        interval_ns = intervals_ns[0] if intervals_ns else 0
        usual_ns = max(_SECOND_NS, interval_ns) if self._steady else sum(intervals_ns) + interval_ns
        if hole_ns > usual_ns + _SPREAD_NS:
            self._doubt = _DECIDE + 1
        elif self._steady and hole_ns < _WAITED_NS:
            self._doubt = 0

    def _lost_ns(self) -> int:
        """Return how much of the row is known by now to have been lost."""
        offsets = self._offsets
        self._doubt = max(0, self._doubt - 1)
        longest_ns = max(_SECOND_NS, self._interval_ns) + _SPREAD_NS  # from a beat to its packet
        late_ns = offsets[-1] - min(offsets)
        if late_ns > longest_ns + _SURELY_NS:
            return self._forget(1, late_ns - longest_ns // 2)
        if len(offsets) <= _DECIDE or self._doubt > 1:
            return 0
        newest_first = reversed(offsets)
        shift_ns = min(islice(newest_first, _DECIDE)) - min(newest_first)
        least_ns = max(_LEAST_NS, self._interval_ns // 2)
        if shift_ns > (least_ns if self._doubt else longest_ns):
            return self._forget(_DECIDE, shift_ns)
        return 0

    def _forget(self, keep: int, lost_ns: int) -> int:
        """Return what was lost; packets before it say nothing about those behind."""
        for _ in range(len(self._offsets) - keep):
            self._offsets.popleft()
        self._doubt = 0
        return lost_ns
