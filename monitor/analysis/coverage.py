"""Spans of time in which a channel had a current valid value. Pure."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from devices.packets import Quality
from monitor.analysis.recorded_tables import ReadingSeries


@dataclass(frozen=True, slots=True)
class Coverage:
    """Spans of valid values of one channel within a range of time.

    Attributes:
        since_ns, until_ns: the range.
        starts_ns, ends_ns: of the spans, shape (n,), increasing; no two touch.
    """

    since_ns: int
    until_ns: int
    starts_ns: NDArray[np.int64]
    ends_ns: NDArray[np.int64]

    @property
    def share(self) -> float:
        """Return the covered share of the range, 0 to 1."""
        span_ns = self.until_ns - self.since_ns
        return float((self.ends_ns - self.starts_ns).sum() / span_ns) if span_ns > 0 else 0.0

    @property
    def gaps_s(self) -> NDArray[np.float64]:
        """Return the lengths of the spans between, in seconds, those at both ends included."""
        starts, ends = self.gaps_ns
        return (ends - starts) / 1e9

    @property
    def gaps_ns(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return starts and ends of the spans without a valid value."""
        starts = np.concatenate(([self.since_ns], self.ends_ns))
        ends = np.concatenate((self.starts_ns, [self.until_ns]))
        there = ends > starts
        return starts[there], ends[there]


def coverage(series: ReadingSeries, since_ns: int, until_ns: int) -> Coverage:
    """Return when a channel had a current valid value.

    A valid value is current until the next reading, valid or not, but not for longer than the
    signal's `hold_s`.

    Args:
        series: readings of the channel.
        since_ns: start of the range.
        until_ns: its end.
    """
    next_ns = np.append(series.at_ns[1:], np.iinfo(np.int64).max)
    ends = np.minimum(next_ns, series.at_ns + round(series.signal.hold_s * 1e9))
    good = (series.quality == Quality.GOOD) & ~np.isnan(series.values)
    starts = np.clip(series.at_ns[good], since_ns, until_ns)
    ends = np.clip(ends[good], since_ns, until_ns)
    starts, ends = starts[ends > starts], ends[ends > starts]
    first = np.ones(len(starts), dtype=np.bool_)
    first[1:] = starts[1:] > ends[:-1]
    last = np.roll(first, -1)
    return Coverage(since_ns, until_ns, starts[first], ends[last])
