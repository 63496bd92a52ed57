"""Facts: immutable records that the engine derives from journal entries.

Facts are journaled in the order in which the engine derives them; that order, and every byte of
`payload`, is the same in each replay. Within one series (same class and subject, and rule,
statistic or step where there is one) `at_ns` strictly increases, so that a database which keys
points by series and time keeps them all. Facts about the past have past times: markers and
measurements those of the event, an `UndoFact` that of its marker, and the `ReadingFact`s of a
voided (quality INVALID) or corrected measurement that of the one that they replace.
"""

import enum
import json
from dataclasses import dataclass, fields
from functools import lru_cache
from typing import ClassVar, get_args

from alerts.alarm_fact import AlarmFact
from alerts.alarm_review_fact import AlarmReviewFact
from alerts.call_fact import CallFact
from devices.record import record

__all__ = [
    "AdverseEventFact",
    "AdverseEventStep",
    "AlarmFact",
    "AlarmReviewFact",
    "BaselineFact",
    "CallFact",
    "ClockFact",
    "Fact",
    "GapFact",
    "HeadFact",
    "LifeFact",
    "LimitFact",
    "LinkFact",
    "MarkerFact",
    "PolicyFact",
    "ReadingFact",
    "Relation",
    "StatisticFact",
    "UndoFact",
    "WallClockFact",
    "payload",
]


@record
class ReadingFact:
    """A decoded value with its quality (a number of `devices.packets.Quality`)."""

    kind: ClassVar[str] = "reading"
    subject: str  # channel, such as `strap/heart_rate`
    at_ns: int  # measurement time
    value: float | None  # in the signal's unit; None: there was no value
    quality: int  # a `devices.packets.Quality`


@record
class StatisticFact:
    """The rolling values over the `window_s` seconds before `at_ns`, in the channel's unit."""

    kind: ClassVar[str] = "statistic"
    subject: str  # channel
    at_ns: int
    window_s: float  # length of the window in seconds
    values: dict[str, float | None]  # by statistic, such as median; None: unknown


@record
class LimitFact:
    """The value of a limit until the next such fact; both None: no longer known."""

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
    at_ns: int  # time of the event
    text: str  # what was written
    by: str  # who has entered it
    amount: float | None = None  # of a dose or supplement, in `unit`
    unit: str = ""  # UCUM code of the amount
    entered_ns: int = 0  # time of entry; later than `at_ns` if dated back
    missing: tuple[str, ...] = ()  # what was not ready when a dose was marked
    reason: str = ""  # why the dose was given all the same


class AdverseEventStep(enum.StrEnum):
    """Steps of an adverse event."""

    REPORTED = "reported"
    ENDED = "ended"
    CHANGED = "changed"
    WITHDRAWN = "withdrawn"


class Relation(enum.StrEnum):
    """Causal relation of an adverse event to the drug. Source: the terms of WHO-UMC and ICH E2A."""

    NONE = "none"
    UNLIKELY = "unlikely"
    POSSIBLE = "possible"
    PROBABLE = "probable"
    DEFINITE = "definite"


@dataclass(frozen=True, slots=True, kw_only=True)
class AdverseEventFact:
    """An adverse event as reported, changed, ended or withdrawn at `at_ns`; the last one counts."""

    kind: ClassVar[str] = "adverse-event"
    subject: str  # its kind, such as nausea
    at_ns: int  # time of entry
    event: int  # its number: that of the entry that reported it
    step: str  # an `AdverseEventStep`
    severity: int  # 1 mild, 2 moderate, 3 severe
    started_ns: int  # when it started
    ended_ns: int | None  # when it ended; None: it is not over
    relation: str  # a `Relation`: whether the drug has caused it
    action: str  # what was done about it
    text: str  # description
    by: str  # who has entered this step
    reason: str  # of a change or withdrawal


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkFact:
    """The state of a sensor's link and its counters, at changes and at intervals."""

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
    """A change of the policy or of one of its rules."""

    kind: ClassVar[str] = "policy"
    subject: str  # rule, or ``policy``
    at_ns: int
    change: str  # what is other, in words
    by: str  # who has changed it
    reason: str  # why


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoFact:
    """The marker of this kind at this time was undone and does not count."""

    kind: ClassVar[str] = "undo"
    subject: str  # the marker's kind
    at_ns: int  # of the marker
    by: str  # who has taken it back
    reason: str  # why


@dataclass(frozen=True, slots=True, kw_only=True)
class LifeFact:
    """A person started or ended the session, or added or replaced a sensor."""

    kind: ClassVar[str] = "life"
    subject: str  # start, end or sensor
    at_ns: int
    text: str  # without names and device addresses
    by: str  # who did it
    reason: str  # why


@dataclass(frozen=True, slots=True, kw_only=True)
class GapFact:
    """Beats are missing before the one at `at_ns`."""

    kind: ClassVar[str] = "gap"
    subject: str  # channel
    at_ns: int
    after_ns: int  # time of the beat before them
    missing: int | None  # about; None: the link was lost, or the sensor was off the body


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockFact:
    """A sensor's own clock showed `stamp_ns` at `at_ns`; every ten minutes, and after a jump."""

    kind: ClassVar[str] = "clock"
    subject: str  # sensor
    at_ns: int
    stamp_ns: int  # time by the sensor's clock
    drift_ppm: float  # gain of the session's clock relative to it
    jumps: int  # number of jumps so far


@dataclass(frozen=True, slots=True, kw_only=True)
class WallClockFact:
    """The computer's clock differed from the session's by `offset_ns` at `at_ns`.

    At the start of each run, and when the clock was set. Until the next such fact, times of the
    session plus `offset_ns` are times of the computer's clock.
    """

    kind: ClassVar[str] = "wall-clock"
    subject: str  # session
    at_ns: int
    offset_ns: int  # what added to session times gives the computer's
    step_ns: int  # change of the clock; 0 at the start of a run


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadFact:
    """The signed head of the journal: see `monitor.storage.signed_head`."""

    kind: ClassVar[str] = "head"
    subject: str  # session
    at_ns: int
    entries: int  # number of entries that it covers
    until_ns: int  # time of the last of them
    hash: str  # of the last of them, in hexadecimal digits
    signature: str  # Ed25519, in base64


Fact = (
    ReadingFact
    | StatisticFact
    | LimitFact
    | AlarmFact
    | AlarmReviewFact
    | BaselineFact
    | MarkerFact
    | AdverseEventFact
    | LinkFact
    | PolicyFact
    | CallFact
    | UndoFact
    | LifeFact
    | GapFact
    | ClockFact
    | WallClockFact
    | HeadFact
)

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_NAMES: dict[type, tuple[str, ...]] = {
    fact: tuple(each.name for each in fields(fact) if each.name not in ("subject", "at_ns"))
    for fact in get_args(Fact)
}


def payload(fact: Fact) -> str:
    """Return all but kind, subject and time as JSON, deterministically."""
    # A template gives the same bytes in a third of the time, which counts for the frequent kinds.
    match fact:
        case ReadingFact():
            return f'{{"value":{_number(fact.value)},"quality":{fact.quality}}}'
        case StatisticFact():
            values = ",".join([f"{_text(name)}:{_number(n)}" for name, n in fact.values.items()])
            return f'{{"window_s":{_number(fact.window_s)},"values":{{{values}}}}}'
        case LimitFact():
            rule = f'"rule":{_text(fact.rule)},"priority":{_text(fact.priority)}'
            return f'{{{rule},"upper":{_number(fact.upper)},"lower":{_number(fact.lower)}}}'
        case _:
            return _encode({name: getattr(fact, name) for name in _NAMES[type(fact)]})


_text = lru_cache(maxsize=1024)(_encode)  # the ids of rules are few


def _number(value: float | None) -> str:
    if value is None:
        return "null"
    text = repr(value)
    return _encode(value) if "n" in text else text  # an infinity, or not a number
