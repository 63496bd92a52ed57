"""The samples of the last hours of a series, in 16 bytes each; as tuples they take 136. Pure."""

from array import array
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import islice

from monitor.statistics.running_statistics import Sample

_SPARE = 512  # old samples that are removed together: removing one moves all others


class RecentValues:
    """The samples of the last `span_ns` before the newest one, oldest first.

    >>> recent = RecentValues(10)
    >>> for at_ns, steps in ((1, 60), (4, 66), (11, 72)):
    ...     recent.add(at_ns, steps)
    >>> [*recent], len(recent), recent[-1]
    ([(4, 66), (11, 72)], 2, (11, 72))
    """

    def __init__(self, span_ns: int) -> None:
        self._span_ns = span_ns
        self._at_ns, self._steps = array("q"), array("q")
        self._first = 0  # index of the oldest sample in the span

    def add(self, at_ns: int, steps: int) -> None:
        """Add a sample, later than the previous one, and remove those before the span."""
        times = self._at_ns
        times.append(at_ns)
        self._steps.append(steps)
        while times[self._first] <= at_ns - self._span_ns:
            self._first += 1
        if self._first >= _SPARE:
            del times[: self._first], self._steps[: self._first]
            self._first = 0

    def last(self, span_ns: int) -> tuple[int | None, Sequence[int], Sequence[int]]:
        """Return the times and steps of the last `span_ns`, and the time before them or None."""
        times = self._at_ns
        first = bisect_right(times, times[-1] - span_ns, self._first)
        before_ns = times[first - 1] if first > self._first else None
        return before_ns, times[first:].tolist(), self._steps[first:].tolist()

    def __len__(self) -> int:
        return len(self._at_ns) - self._first

    def __getitem__(self, index: int) -> Sample:
        at = range(self._first, len(self._at_ns))[index]
        return self._at_ns[at], self._steps[at]

    def __iter__(self) -> Iterator[Sample]:
        return zip(self._at_ns[self._first :], self._steps[self._first :], strict=True)

    def __reversed__(self) -> Iterator[Sample]:
        newest_first = zip(reversed(self._at_ns), reversed(self._steps), strict=True)
        return islice(newest_first, len(self))
