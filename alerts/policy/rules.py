"""The words of a policy: conditions, rules and the policy that holds them.

Pure records. `alerts.policy.parser` reads them from TOML, the engine holds readings against them.
"""

import enum
from dataclasses import dataclass


class Priority(enum.IntEnum):
    """How soon somebody has to respond. Source: IEC 60601-1-8, table 1."""

    INFO = 0  # shown, silent
    LOW = 1
    MEDIUM = 2
    HIGH = 3


class StatisticName(enum.StrEnum):
    """What a condition looks at; all but LAST are taken over a window.

    Strings, because they are looked up at each sample: their hash costs nothing.
    """

    LAST = "last"
    MEAN = "mean"
    SD = "sd"
    MEDIAN = "median"
    SPREAD = "spread"  # 1.4826 times the median absolute deviation
    MIN = "min"
    MAX = "max"
    SLOPE = "slope"  # per minute
    COVERAGE = "coverage"  # share of the window for which a value was there, 0 to 1
    EWMA = "ewma"
    RMSSD = "rmssd"  # these two of heart beats only, artefacts left out
    SDNN = "sdnn"


@dataclass(frozen=True, slots=True)
class Statistic:
    """A statistic over the last `window_s` seconds; LAST has no window."""

    name: StatisticName
    window_s: float = 0.0

    def __str__(self) -> str:
        """Return it as written in a policy: ``median(60s)``."""
        return f"{self.name.value}({self.window_s:g}s)" if self.window_s else self.name.value


class AnchorName(enum.Enum):
    """What a moving limit hangs on."""

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
    """Which side of its limit raises."""

    ABOVE = "above"
    AT_LEAST = "at_least"
    BELOW = "below"
    AT_MOST = "at_most"

    @property
    def upper(self) -> bool:
        """Tell whether high values raise."""
        return self in (Bound.ABOVE, Bound.AT_LEAST)


@dataclass(frozen=True, slots=True)
class Compare:
    """A statistic of a signal lies beyond a limit.

    Attributes:
        clear: once raised, the condition holds until the statistic is strictly on the safe side
            of this; None means the same limit.
        repeated: so many values in a row have to be beyond the limit ...
        within_s: ... and not be further apart than this altogether.
    """

    signal: str
    statistic: Statistic
    bound: Bound
    limit: Limit
    clear: Limit | None = None
    repeated: int = 1
    within_s: float = 0.0


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
    """Packets come, but for this long none held a GOOD value: off the body, no contact, NaN."""

    signal: str
    after_s: float


@dataclass(frozen=True, slots=True)
class Frozen:
    """The very same GOOD value for this long, longer than a living body keeps it."""

    signal: str
    after_s: float


@dataclass(frozen=True, slots=True)
class FaultCondition:
    """Something about the monitor itself, by the name of a `system` entry: ``clock-jump`` ..."""

    name: str


@dataclass(frozen=True, slots=True)
class Every:
    """A measurement is due so long after the last one.

    Attributes:
        every_s: how long after.
        from_s: counted from the dose on; None: from the beginning of the session.
        until_s: likewise; None: until the end of the session.
    """

    every_s: float
    from_s: float | None = None
    until_s: float | None = None


@dataclass(frozen=True, slots=True)
class Before:
    """So many measurements are due before a marker.

    Attributes:
        marker: ``dose`` or ``supplement``.
        count: how many.
        within_s: none older than this counts; None: any of the session.
    """

    marker: str
    count: int = 1
    within_s: float | None = None


@dataclass(frozen=True, slots=True)
class MeasurementDue:
    """A measurement that the protocol asks for has not been made."""

    signal: str
    schedule: Every | Before


@dataclass(frozen=True, slots=True)
class All:
    """Several conditions at the same time."""

    conditions: tuple[Compare | Rise, ...]


Condition = Compare | Rise | Absent | Invalid | Frozen | FaultCondition | MeasurementDue | All


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A condition with its times and its priority.

    Attributes:
        id: unique in its policy.
        condition: what has to hold.
        sustain_s: for how long it has to hold before the alarm is raised.
        clear_after_s: for how long it has to be over before the alarm clears.
        priority: of the alarm.
        latch: the alarm stays after its condition is over until somebody resets it.
        message: what is wrong, for people.
        source: where the limit comes from.
        enabled: False: somebody has switched it off; see `alerts.policy.overrides`.
    """

    id: str
    condition: Condition
    sustain_s: float = 0.0
    clear_after_s: float = 0.0
    priority: Priority = Priority.LOW
    latch: bool = False
    message: str
    source: str
    enabled: bool = True

    @property
    def technical(self) -> bool:
        """Tell whether it is about equipment and procedure, not the person."""
        match self.condition:
            case Absent() | Invalid() | Frozen() | FaultCondition() | MeasurementDue():
                return True
            case Compare(signal=signal):
                return signal == "battery"
            case _:
                return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """A band around the baseline of one signal after the dose, straight between its points.

    Attributes:
        signal: such as ``heart_rate``.
        points: (minutes after the dose, low, high), increasing in time; low and high are added
            to the baseline, in the signal's unit.
        source: where it comes from.
    """

    signal: str
    points: tuple[tuple[float, float, float], ...]
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """A versioned set of rules.

    Attributes:
        name: of the set.
        version: as its authors count it.
        reviewed_by: the physician who signed it off, or empty for an unreviewed template.
        rules: in the order of the file.
        settling: (signal, seconds): for so long after a sensor was put on, its values of that
            signal are shown, but not held against limits.
        expected: courses after the dose, to be drawn; no rule reads them.
        digest: SHA-256 of the file's text, in hex.
        text: the file as it was read; the journal keeps it.
    """

    name: str
    version: str
    reviewed_by: str
    rules: tuple[Rule, ...]
    digest: str
    text: str
    settling: tuple[tuple[str, float], ...] = ()
    expected: tuple[Expected, ...] = ()
