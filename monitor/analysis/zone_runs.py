"""Runs of a column in one zone, and those of them that can change an alarm. Pure.

A value that varies around its limit enters and leaves it every few seconds, and most of that
changes nothing: too little is violated to raise an alarm, or too little is normal to clear one.
Both are sums of integers, which numpy adds for all runs at once.
"""

from bisect import bisect_left
from collections.abc import Iterator
from typing import Any

import numpy as np

from alerts.alarm import FORGET_AFTER_NS, Alarm, State
from alerts.evidence import Zone

_ZONES = (Zone.NORMAL, Zone.HYSTERESIS, Zone.VIOLATED)
NORMAL, HYSTERESIS, VIOLATED = range(3)  # indices of the zones

Run = tuple[int, Zone, int]  # first evaluation, its zone, and the time for which it was seen


class ZoneRuns:
    """Successive evaluations in one zone, each while the one before was evidence.

    An alarm sees a run as one value, which is evidence for as long as the run was. In the
    hysteresis nothing counts, so what only ends other evidence is left out.

    Args:
        zones: of all evaluations, of shape (n,), as indices.
        at_ns: their times.
        ends_ns: until when each is evidence, if no other follows.
        cuts: evaluations before which the alarm was suspended or acted on; they divide runs.
        start: the first evaluation that is violated.
    """

    def __init__(self, zones: Any, at_ns: Any, ends_ns: Any, cuts: Any, start: int) -> None:
        breaks = np.zeros(len(zones) + 1, np.bool_)
        breaks[cuts] = breaks[-1] = True
        expires = np.diff(at_ns) >= FORGET_AFTER_NS
        starts = breaks[:-1].copy()
        starts[1:] |= (at_ns[1:] > ends_ns[:-1]) & (expires | (zones[:-1] != HYSTERESIS))
        starts[1:] |= np.diff(zones) != 0
        starts[:start], starts[start] = False, True
        # Where it matters when the last evaluation was seen, that is a run as well.
        first = np.flatnonzero(starts)
        last = np.append(first[1:], len(zones)) - 1
        late = np.append(np.diff(at_ns[first]) >= FORGET_AFTER_NS, True)
        starts[last[late | breaks[last + 1]]] = True
        first = np.flatnonzero(starts)
        last = np.append(first[1:], len(zones)) - 1
        began_ns, zones, broken = at_ns[first], zones[first], breaks[first]
        seen_ns = ends_ns[last] - began_ns
        seen_ns[:-1] = np.minimum(seen_ns[:-1], np.diff(began_ns))
        # Hysteresis matters at breaks, and where evidence would seem to have expired without it.
        kept = (zones != HYSTERESIS) | broken
        kept[:-1] |= broken[1:]
        kept[1:-1] |= began_ns[2:] - began_ns[:-2] >= FORGET_AFTER_NS
        kept[-1] = True
        self.first, self.zones, self.seen_ns = first[kept], zones[kept], seen_ns[kept]
        self.cuts = cuts[cuts > start]
        named = [_ZONES[zone] for zone in self.zones.tolist()]
        columns = self.first.tolist(), named, self.seen_ns.tolist()
        self.runs: list[Run] = list(zip(*columns, strict=True))


class DecisiveRuns:
    """The runs that can change an alarm which has these times."""

    def __init__(self, runs: ZoneRuns, sustain_ns: int, clear_after_ns: int) -> None:
        self._runs = runs.runs
        normal, violated = runs.zones == NORMAL, np.flatnonzero(runs.zones == VIOLATED)
        cut = np.searchsorted(runs.first[violated], runs.cuts) - 1
        # After which violated runs enough is normal, before the next one, to clear an alarm or end
        # a pending one, unless that expires, and with it what was violated. There an alarm that
        # holds sees all, and at cuts.
        normal_ns = np.add.reduceat(np.where(normal, runs.seen_ns, 0), violated)
        clears = (normal_ns >= clear_after_ns) & np.logical_or.reduceat(normal, violated)
        ends = clears.copy()
        ends[cut] = ends[-1] = True
        self._ends: list[int] = violated[ends].tolist()
        # In which parts between these enough is violated to raise an alarm: an inactive one sees
        # these parts, and what follows a cut.
        begins = np.append(True, clears[:-1])
        part = np.cumsum(begins) - 1
        raises = np.add.reduceat(runs.seen_ns[violated], np.flatnonzero(begins)) >= sustain_ns
        raises[part[cut]] = True
        starts = np.zeros(len(normal) + 1, np.bool_)
        starts[violated] = raises[part]
        starts[np.searchsorted(runs.first, runs.cuts)] = starts[-1] = True
        self._starts: list[int] = np.flatnonzero(starts).tolist()

    def seen_by(self, alarm: Alarm) -> Iterator[Run]:
        """Yield those that can change an alarm, each by its state after the one before."""
        number = self._starts[0]
        while number < len(self._runs):
            yield self._runs[number]
            number = self._after(number, alarm)

    def _after(self, number: int, alarm: Alarm) -> int:
        if alarm.state is State.PENDING:
            return number + 1
        if not alarm.holds:
            return self._starts[bisect_left(self._starts, number + 1)]
        if self._runs[number][1] is not Zone.VIOLATED:
            return number + 1
        # What was normal before a violated run makes no difference after it.
        return max(number + 1, self._ends[bisect_left(self._ends, number)])
