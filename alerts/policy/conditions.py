"""Conditions of rules: statistics of a signal, limits, absent values, faults, due measurements.

Pure records. `alerts.policy.rule_parser` reads them, the engine evaluates them.
"""

import enum
from dataclasses import dataclass


class StatisticName(enum.StrEnum):
    """Names of statistics; all but LAST are calculated over a window.

    Strings, because they are looked up at each sample, and hashing them costs nothing.
    """

    LAST = "last"
    MEAN = "mean"
    SD = "sd"
    MEDIAN = "median"
    SPREAD = "spread"  # 1.4826 times the median absolute deviation
    MIN = "min"
    MAX = "max"
    SLOPE = "slope"  # per minute
    COVERAGE = "coverage"  # share of the window with a value, 0 to 1
    EWMA = "ewma"
    RMSSD = "rmssd"  # these two only of beats, without artefacts
    SDNN = "sdnn"


BEATS = frozenset({StatisticName.RMSSD, StatisticName.SDNN})
# Statistics that are levels of the signal, which limits on variation are not comparable with: of a
# single value, the value itself.
LEVELS = frozenset(
    {
        StatisticName.LAST,
        StatisticName.MEAN,
        StatisticName.MEDIAN,
        StatisticName.MIN,
        StatisticName.MAX,
        StatisticName.EWMA,
    }
)


@dataclass(frozen=True, slots=True)
class Statistic:
    """A statistic over the last `window_s` seconds; LAST has no window."""

    name: StatisticName
    window_s: float = 0.0

    def __str__(self) -> str:
        """Return it as written in a policy: ``median(60s)``."""
        return f"{self.name.value}({self.window_s:g}s)" if self.window_s else self.name.value


class AnchorName(enum.Enum):
    """Reference value of a moving limit."""

    BASELINE = "baseline"  # the frozen pre-dose baseline
    ROLLING = "rolling"  # median of the window that ends before the value under test
    EWMA = "ewma"  # likewise, exponentially weighted


@dataclass(frozen=True, slots=True)
class Anchor:
    """The moving part of a limit; BASELINE has no window."""

    name: AnchorName
    window_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Limit:
    """``NUMBER`` or ``ANCHOR [+|- NUMBER] [+|- NUMBER spread]``.

    Attributes:
        anchor: None for a fixed limit.
        offset: in the signal's unit; the whole limit where there is no anchor.
        spreads: how many spreads of the anchor are added.
    """

    anchor: Anchor | None
    offset: float
    spreads: float = 0.0


class Bound(enum.Enum):
    """Side of a limit on which values violate it."""

    ABOVE = "above"
    AT_LEAST = "at_least"
    BELOW = "below"
    AT_MOST = "at_most"

    @property
    def upper(self) -> bool:
        """Return whether high values violate it."""
        return self in (Bound.ABOVE, Bound.AT_LEAST)


@dataclass(frozen=True, slots=True)
class Compare:
    """A statistic of a signal lies beyond a limit.

    Attributes:
        clear: once violated, the condition is over only when the statistic is strictly on the
            safe side of this; None: the limit itself.
        repeated: number of successive values that must be beyond the limit ...
        within_s: ... within this time.
    """

    signal: str
    statistic: Statistic
    bound: Bound
    limit: Limit
    clear: Limit | None = None
    repeated: int = 1
    within_s: float = 0.0


RISE_MEDIAN_S = 60.0


@dataclass(frozen=True, slots=True)
class Rise:
    """The last median over a minute is `by` or more above the lowest of the last `within_s`."""

    signal: str
    by: float
    within_s: float


@dataclass(frozen=True, slots=True)
class Absent:
    """No GOOD value of the signal for this long, whatever the reason."""

    signal: str
    after_s: float


@dataclass(frozen=True, slots=True)
class Invalid:
    """Packets without a GOOD value for this long: off the body, no contact, NaN."""

    signal: str
    after_s: float


@dataclass(frozen=True, slots=True)
class Frozen:
    """The same GOOD value for this long, longer than a living body keeps it."""

    signal: str
    after_s: float


@dataclass(frozen=True, slots=True)
class FaultCondition:
    """A fault of the monitor itself, by a name of `alerts.policy.fault_names`."""

    name: str


@dataclass(frozen=True, slots=True)
class Every:
    """A schedule of measurements at an interval.

    Attributes:
        every_s: time from one measurement to the next.
        from_s: begins this long after the dose; None: at the start of the session.
        until_s: ends this long after the dose; None: at the end of the session.
    """

    every_s: float
    from_s: float | None = None
    until_s: float | None = None


@dataclass(frozen=True, slots=True)
class Before:
    """A number of measurements that are due before a marker.

    Attributes:
        marker: ``dose`` or ``supplement``.
        count: how many.
        within_s: only measurements within this time before the marker count; None: all do.
    """

    marker: str
    count: int = 1
    within_s: float | None = None


@dataclass(frozen=True, slots=True)
class MeasurementDue:
    """A measurement that the schedule asks for has not been made."""

    signal: str
    schedule: Every | Before


@dataclass(frozen=True, slots=True)
class All:
    """Several conditions at the same time."""

    conditions: tuple[Compare | Rise, ...]


Condition = Compare | Rise | Absent | Invalid | Frozen | FaultCondition | MeasurementDue | All


def comparisons(condition: Condition) -> tuple[Compare | Rise, ...]:
    """Return the comparisons of values in a condition: itself, its parts, or none."""
    if isinstance(condition, All):
        return condition.conditions
    return (condition,) if isinstance(condition, Compare | Rise) else ()
