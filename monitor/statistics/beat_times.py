"""Times of the beats of one sensor, continuous from packet to packet. Pure.

A strap sends the intervals that ended since its last packet, without their times. So each beat
follows the previous one by its interval, and only the first of a series needs an estimate. The
error of a series is seen from the packets: none arrives before its last beat, and the fastest ones
arrive right after it. The series is moved towards that by less than half the resolution of an
interval (1/1024 s) at each beat: the beats keep their distances, and the drift of a strap's clock,
up to 100 parts in a million, is corrected.

After lost packets the series stays too early. After packets that only waited for the radio, the
following ones arrive in time again. So eight packets decide.

Source of the idea: the lower envelope of delays, as in the clock filter of RFC 5905, 10.
"""

from collections import deque
from collections.abc import Sequence
from functools import partial
from itertools import islice
from typing import NamedTuple

# A series begins this much before its first packet: the longest interval between packets (a second)
# and the delay of the radio. Then no later packet can arrive before its beats.
_LEAD_NS = 1_300_000_000
# Assumed delay of the fastest packet after its last beat.
_FASTEST_NS = 20_000_000
_MOVE_NS = 450_000  # at each beat; half of 1/1024 s is 488,281 ns
_PACKETS = 60  # with delays that are kept
_DECIDE = 8
_SECOND_NS = 10**9
_SPREAD_NS = 500_000_000  # of the radio's delays
_LEAST_NS = 400_000_000  # less than any second of lost beats
_WAITED_NS = 600_000_000  # no strap sends again sooner
_SURELY_NS = 5 * 10**9  # after longer waits the link was lost


class AlignedBeats(NamedTuple):
    """Times of the beats of a packet.

    Attributes:
        at_ns: of each beat.
        after_ns: time of the beat after which beats are missing, or None.
        missing: their approximate number; None if unknown, as after a lost link.
    """

    at_ns: tuple[int, ...]
    after_ns: int | None = None
    missing: int | None = None


_aligned = partial(tuple.__new__, AlignedBeats)  # `AlignedBeats` in half the time


class BeatTimes:
    """Times of one sensor's beats in their order.

    Args:
        steady: it sends each second, with or without a beat; else each packet has the beats since
            the previous one.

    >>> times = BeatTimes()
    >>> first = times.align(10 * 10**9, [800_000_000]).at_ns
    >>> second = times.align(11 * 10**9, [750_000_000, 500_000_000]).at_ns
    >>> [round((b - a) / 1e6) for a, b in zip(first + second, second)]
    [750, 500]
    """

    def __init__(self, *, steady: bool = True) -> None:
        self._steady = steady
        self._series_ns: int | None = None  # all intervals of the series; None: not begun
        self._base_ns = 0  # start of the series
        self._last_ns = 0  # last beat
        self._worn_ns: int | None = None  # last beat on the body
        self._packet_ns: int | None = None  # last packet, even without a beat
        self._interval_ns = _SECOND_NS  # usual interval
        self._doubt = 0  # packets until a loss is decided
        # Time of each packet minus the intervals up to it: constant except for delays and losses.
        self._offsets: deque[int] = deque(maxlen=_PACKETS)
        self._lowest_ns: int | None = None  # of them; None: to be determined

    def interrupt(self) -> None:
        """Begin a new series: an unknown number of beats is missing, as without a link."""
        self._series_ns = None

    def align(
        self, received_ns: int, intervals_ns: Sequence[int], *, worn: bool = True
    ) -> AlignedBeats:
        """Return the times of a packet's beats in session time, none later than the packet.

        Args:
            received_ns: reception of the packet, also of one without a beat.
            intervals_ns: oldest first.
            worn: the sensor is on the body; else its beats are not part of a series.
        """
        if not worn:
            self.interrupt()
            return AlignedBeats(self._back(received_ns, intervals_ns))
        packet_ns, self._packet_ns = self._packet_ns, received_ns
        if self._series_ns is None:
            return self._begin(received_ns, intervals_ns) if intervals_ns else AlignedBeats(())
        if packet_ns is not None:
            self._ask(received_ns - packet_ns, intervals_ns)
        if not intervals_ns:
            return AlignedBeats(())
        covered_ns = sum(intervals_ns)
        newest_ns = received_ns - self._series_ns - covered_ns
        lowest_ns = self._lowest_with(newest_ns)
        self._interval_ns += (covered_ns // len(intervals_ns) - self._interval_ns) // _DECIDE
        # Nearly always nothing is lost: a fast path.
        usual = not self._doubt and newest_ns - lowest_ns <= _SECOND_NS + _SPREAD_NS
        lost_ns = 0 if usual else self._lost_ns(lowest_ns)
        # A packet that arrived before its beats shows that the series began too late.
        self._base_ns = min(self._base_ns + lost_ns, newest_ns)
        if not lost_ns:
            return _aligned((self._on(received_ns, intervals_ns, lowest_ns), None, None))
        after_ns = self._worn_ns
        at_ns = self._on(received_ns, intervals_ns, min(self._offsets))
        return AlignedBeats(at_ns, after_ns, max(1, round(lost_ns / self._interval_ns)))

    def _begin(self, received_ns: int, intervals_ns: Sequence[int]) -> AlignedBeats:
        """Begin a series that does not overlap the previous one."""
        end_ns = max(received_ns - _LEAD_NS, self._last_ns + sum(intervals_ns))
        self._base_ns, self._series_ns, self._doubt = min(end_ns, received_ns), 0, 0
        self._offsets.clear()
        self._lowest_ns = None
        self._offsets.append(received_ns)
        after_ns = self._worn_ns
        at_ns = self._back(self._base_ns, intervals_ns)
        self._worn_ns = at_ns[-1]
        return AlignedBeats(at_ns, after_ns)

    def _lowest_with(self, newest_ns: int) -> int:
        """Add the offset of a packet; return the lowest of all."""
        offsets, lowest_ns = self._offsets, self._lowest_ns
        leaves = len(offsets) == _PACKETS and offsets[0] == lowest_ns
        offsets.append(newest_ns)
        if lowest_ns is None or leaves:
            lowest_ns = min(offsets)
        elif newest_ns < lowest_ns:
            lowest_ns = newest_ns
        self._lowest_ns = lowest_ns
        return lowest_ns

    def _on(self, received_ns: int, intervals_ns: Sequence[int], lowest_ns: int) -> tuple[int, ...]:
        """Continue the series, moved a little towards its fastest packet."""
        assert self._series_ns is not None  # noqa: S101 - it has begun
        wanted_ns = lowest_ns - _FASTEST_NS
        series_ns, base_ns, last_ns = self._series_ns, self._base_ns, self._last_ns
        at_ns = []
        for interval_ns in intervals_ns:
            series_ns += interval_ns
            if -_MOVE_NS <= (move_ns := wanted_ns - base_ns) <= _MOVE_NS:
                base_ns = wanted_ns
            else:
                base_ns += _MOVE_NS if move_ns > 0 else -_MOVE_NS
            last_ns = max(min(base_ns + series_ns, received_ns), last_ns + 1)
            at_ns.append(last_ns)
        self._series_ns, self._base_ns = series_ns, base_ns
        self._last_ns = self._worn_ns = last_ns
        return tuple(at_ns)

    def _back(self, end_ns: int, intervals_ns: Sequence[int]) -> tuple[int, ...]:
        later_ns = sum(intervals_ns)
        at_ns = []
        for interval_ns in intervals_ns:
            later_ns -= interval_ns
            at_ns.append(self._next(end_ns - later_ns))
        return tuple(at_ns)

    def _next(self, at_ns: int) -> int:
        """Return a time later than each before it."""
        self._last_ns = max(at_ns, self._last_ns + 1)
        return self._last_ns

    def _ask(self, hole_ns: int, intervals_ns: Sequence[int]) -> None:
        """Suspect a loss after a long gap; packets that follow immediately only waited."""
        interval_ns = intervals_ns[0] if intervals_ns else 0
        usual_ns = max(_SECOND_NS, interval_ns) if self._steady else sum(intervals_ns) + interval_ns
        if hole_ns > usual_ns + _SPREAD_NS:
            self._doubt = _DECIDE + 1
        elif self._steady and hole_ns < _WAITED_NS:
            self._doubt = 0

    def _lost_ns(self, lowest_ns: int) -> int:
        """Return the length of beats in the series that are now known to be lost."""
        offsets = self._offsets
        self._doubt = max(0, self._doubt - 1)
        longest_ns = max(_SECOND_NS, self._interval_ns) + _SPREAD_NS  # from a beat to its packet
        late_ns = offsets[-1] - lowest_ns
        if late_ns > longest_ns + _SURELY_NS:
            return self._forget(1, late_ns - longest_ns // 2)
        if len(offsets) <= _DECIDE or self._doubt > 1:
            return 0
        least_ns = max(_LEAST_NS, self._interval_ns // 2) if self._doubt else longest_ns
        if late_ns <= least_ns:  # the newest packet is one of those that decide
            return 0
        newest_first = reversed(offsets)
        shift_ns = min(islice(newest_first, _DECIDE)) - min(newest_first)
        return self._forget(_DECIDE, shift_ns) if shift_ns > least_ns else 0

    def _forget(self, keep: int, lost_ns: int) -> int:
        """Return the loss; drop the packets before it, which do not apply after it."""
        for _ in range(len(self._offsets) - keep):
            self._offsets.popleft()
        self._doubt, self._lowest_ns = 0, None
        return lost_ns
