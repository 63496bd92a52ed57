"""A channel's past with its limits and alarms, for a chart."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitTrace:
    """A rule's limit over time.

    Attributes:
        rule: id of the rule.
        priority: of the rule.
        upper: True if values above it raise the alarm, False if values below it do.
        at_ns: shape (m,), start of each value, which holds until the next.
        values: shape (m,), in the channel's unit; NaN while the limit is unknown.
    """

    rule: str
    priority: str
    upper: bool
    at_ns: NDArray[np.int64]
    values: NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmSpan:
    """The time for which a physiological alarm's condition held; `until_ns` None: still true."""

    rule: str
    priority: str
    since_ns: int
    until_ns: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedBand:
    """The course that the policy expects after the dose, added to the baseline; display only.

    Attributes:
        at_ns: shape (k,), increasing; the band is linear in between.
        low: shape (k,), in the channel's unit.
        high: shape (k,).
        source: as given by the policy.
    """

    at_ns: NDArray[np.int64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """A channel's values for a chart, downsampled so that minima and maxima are kept.

    Attributes:
        at_ns: shape (n,), UTC nanoseconds, increasing.
        values: shape (n,), in the channel's unit; NaN marks a gap.
        limits: limits over the same period.
        alarms: alarms of the channel or of the whole session over the same period.
        expected: None before a dose, without a baseline, and if the policy expects nothing.
    """

    at_ns: NDArray[np.int64]
    values: NDArray[np.float64]
    limits: Sequence[LimitTrace]
    alarms: Sequence[AlarmSpan] = ()
    expected: ExpectedBand | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OverviewLine:
    """A signal over a whole recording.

    Attributes:
        label: name of the signal.
        unit: UCUM code of the values.
        intervals: number of equal intervals of the recording.
        ranges: number, lowest and highest value of each interval with values; never empty.
    """

    label: str
    unit: str
    intervals: int
    ranges: Sequence[tuple[int, float, float]]
