"""A channel's past with its limits and alarms, for a chart."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitTrace:
    """How one rule's limit moved.

    Attributes:
        rule: id of the rule.
        priority: of the rule.
        upper: True if values above it raise, False if values below it do.
        at_ns: shape (m,), when the limit took each value; it holds until the next.
        values: shape (m,), in the channel's unit; NaN where the limit was not known.
    """

    rule: str
    priority: str
    upper: bool
    at_ns: NDArray[np.int64]
    values: NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmSpan:
    """For how long the condition of a physiological alarm held; until_ns None: it still does."""

    rule: str
    priority: str
    since_ns: int
    until_ns: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedBand:
    """What the policy expects after the dose, beside the baseline; no rule reads it.

    Attributes:
        at_ns: shape (k,), increasing; the band is straight between.
        low: shape (k,), in the channel's unit.
        high: shape (k,).
        source: where the policy has it from.
    """

    at_ns: NDArray[np.int64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """A channel's past for the chart, thinned so that minima and maxima survive.

    Attributes:
        at_ns: shape (n,), UTC nanoseconds, increasing.
        values: shape (n,), in the channel's unit; NaN marks a gap.
        limits: the moving limits over the same span.
        alarms: on the channel or on the whole session, over the same span.
        expected: None before a dose, without a baseline, and where the policy expects nothing.
    """

    at_ns: NDArray[np.int64]
    values: NDArray[np.float64]
    limits: Sequence[LimitTrace]
    alarms: Sequence[AlarmSpan] = ()
    expected: ExpectedBand | None = None
