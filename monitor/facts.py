"""What the engine derives from journal entries: one immutable record per fact.

Facts are journaled in the order in which the engine makes them; that order, and every byte of
`payload`, comes out the same in each replay. Within one series (same class and subject, and rule,
statistic or step where there is one) `at_ns` strictly increases, so that a database which keys
points by series and time keeps them all. What people date back goes back on purpose: markers and
measurements to when they were made, an `UndoFact` to its marker, and the `ReadingFact`s of a voided
(quality INVALID) or corrected measurement to the one that they replace.
"""

import json
from dataclasses import asdict, dataclass
from typing import ClassVar

from alerts.alarm_fact import AlarmFact
from alerts.call_fact import CallFact

__all__ = [
    "AlarmFact",
    "BaselineFact",
    "CallFact",
    "ClockFact",
    "Fact",
    "GapFact",
    "LifeFact",
    "LimitFact",
    "LinkFact",
    "MarkerFact",
    "PolicyFact",
    "ReadingFact",
    "StatisticFact",
    "UndoFact",
    "WallClockFact",
    "payload",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingFact:
    """A decoded value with its quality (a number of `devices.packets.Quality`)."""

    kind: ClassVar[str] = "reading"
    subject: str  # channel, such as `strap/heart_rate`
    at_ns: int  # when it was measured
    value: float | None  # in the signal's unit; None: there was no value
    quality: int  # a `devices.packets.Quality`


@dataclass(frozen=True, slots=True, kw_only=True)
class StatisticFact:
    """A rolling value over the `window_s` seconds before `at_ns`, in the channel's unit."""

    kind: ClassVar[str] = "statistic"
    subject: str  # channel
    at_ns: int
    statistic: str  # its name, such as median
    window_s: float  # length of the window in seconds
    value: float | None  # in the channel's unit; None: unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitFact:
    """A limit took this value and keeps it until the next; both None: not known any more."""

    kind: ClassVar[str] = "limit"
    subject: str  # channel
    at_ns: int
    rule: str  # id of the rule
    priority: str  # of the rule's alarm
    upper: float | None  # in the signal's unit
    lower: float | None  # in the signal's unit


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselineFact:
    """The baseline of a channel was frozen, or could not be established (value None)."""

    kind: ClassVar[str] = "baseline"
    subject: str  # channel
    at_ns: int
    value: float | None  # median, in the channel's unit
    spread: float | None  # 1.4826 times the median absolute deviation
    coverage: float  # share of the ten minutes with valid values, 0 to 1
    by: str  # who has marked the dose


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkerFact:
    """A dose, supplement, phase, note or rating."""

    kind: ClassVar[str] = "marker"
    subject: str  # the marker's kind
    at_ns: int  # when it was given, or happened
    text: str  # what was written
    by: str  # who has entered it
    amount: float | None = None  # of a dose or supplement, in `unit`
    unit: str = ""  # UCUM code of the amount
    entered_ns: int = 0  # when it was entered: later than `at_ns` where it was dated back


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkFact:
    """A sensor's link changed, or its counters are due."""

    kind: ClassVar[str] = "link"
    subject: str  # sensor
    at_ns: int
    state: str  # of the link, such as connected
    reason: str  # why; may hold a device address
    rssi: int | None  # signal strength in dBm
    battery: float | None  # level in percent
    packets: int  # received since the session began
    gaps: int  # how often the link was lost or silent


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyFact:
    """The policy, or one of its rules, is another from here on."""

    kind: ClassVar[str] = "policy"
    subject: str  # rule, or ``policy``
    at_ns: int
    change: str  # what is other, in words
    by: str  # who has changed it
    reason: str  # why


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoFact:
    """The marker of this kind at this time does not count: somebody has taken it back."""

    kind: ClassVar[str] = "undo"
    subject: str  # the marker's kind
    at_ns: int  # of the marker
    by: str  # who has taken it back
    reason: str  # why


@dataclass(frozen=True, slots=True, kw_only=True)
class LifeFact:
    """Somebody has started or ended the session, or put another sensor into it."""

    kind: ClassVar[str] = "life"
    subject: str  # start, end or sensor
    at_ns: int
    text: str  # holds neither a name nor a device address
    by: str  # who did it
    reason: str  # why


@dataclass(frozen=True, slots=True, kw_only=True)
class GapFact:
    """Beats are missing before the one at `at_ns`."""

    kind: ClassVar[str] = "gap"
    subject: str  # channel
    at_ns: int
    after_ns: int  # the beat before them
    missing: int | None  # how many, about; None: the link was lost, or the sensor off the body


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockFact:
    """A sensor's own clock said `stamp_ns` at `at_ns`; told every ten minutes, and after a jump."""

    kind: ClassVar[str] = "clock"
    subject: str  # sensor
    at_ns: int
    stamp_ns: int  # time by the sensor's clock
    drift_ppm: float  # how much the session's clock gains on it
    jumps: int  # how often it was found to be another


@dataclass(frozen=True, slots=True, kw_only=True)
class WallClockFact:
    """The computer's clock stood `offset_ns` beside the session's at `at_ns`.

    Told at the start of each run, and when the clock was set. `at_ns` and all other times of the
    session up to the next such fact, plus `offset_ns`, are the times of the computer's clock.
    """

    kind: ClassVar[str] = "wall-clock"
    subject: str  # session
    at_ns: int
    offset_ns: int  # what added to session times gives the computer's
    step_ns: int  # by how much the clock was set; 0 at the start of a run


Fact = (
    ReadingFact
    | StatisticFact
    | LimitFact
    | AlarmFact
    | BaselineFact
    | MarkerFact
    | LinkFact
    | PolicyFact
    | CallFact
    | UndoFact
    | LifeFact
    | GapFact
    | ClockFact
    | WallClockFact
)


def payload(fact: Fact) -> str:
    """Return everything but kind, subject and time as JSON, always the same for the same fact."""
    body = asdict(fact)
    del body["subject"], body["at_ns"]
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"))
