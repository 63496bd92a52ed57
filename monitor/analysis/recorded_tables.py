"""Readings, statistics and limits of a recorded session as NumPy columns.

Time base: `at_ns` is UTC of the session's clock in nanoseconds, for a reading the time of the
measurement. The session's clock cannot be set; the facts `wall-clock` hold the offset of the
computer's clock from it (`docs/journal.md`). All columns of a series have shape (n,), and its times
strictly increase: of two values with the same time, as after a correction, the later one counts.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from devices.packets import Quality
from devices.signals import SIGNALS, Signal
from monitor.core.spot_measurements import BY_HAND
from monitor.facts import LimitFact, ReadingFact, StatisticFact
from monitor.sessions.recording import Recording, unreadable
from monitor.storage.fact_rows import FactColumns

Times = NDArray[np.int64]
Values = NDArray[np.float64]
_Columns = dict[str, NDArray[Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingSeries:
    """The readings of one channel.

    Attributes:
        channel: sensor and signal, such as ``strap/heart_rate``.
        at_ns: times of the measurements.
        values: in `unit`; NaN where the sensor sent no value.
        quality: a number of `devices.packets.Quality` each; 0 is good.
    """

    channel: str
    at_ns: Times
    values: Values
    quality: NDArray[np.uint8]

    @property
    def sensor(self) -> str:
        """Return the label of the sensor; ``manual`` for values that people entered."""
        return self.channel.partition("/")[0]

    @property
    def signal(self) -> Signal:
        """Return the measured quantity, with its unit."""
        return SIGNALS[self.channel.partition("/")[2]]

    @property
    def spot(self) -> bool:
        """Return whether its values are single measurements, as all that people entered are."""
        return self.signal.spot or self.sensor == BY_HAND

    def good(self) -> "ReadingSeries":
        """Return the readings of good quality."""
        good = self.quality == Quality.GOOD
        return ReadingSeries(
            channel=self.channel,
            at_ns=self.at_ns[good],
            values=self.values[good],
            quality=self.quality[good],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class StatisticSeries:
    """A rolling statistic of one channel.

    Attributes:
        channel: sensor and signal.
        statistic: its name, such as median or rmssd.
        window_s: length of the window that ends at each time, in seconds.
        at_ns: times.
        values: in the unit of the channel (slope: per minute; coverage: 0 to 1); NaN if unknown.
    """

    channel: str
    statistic: str
    window_s: float
    at_ns: Times
    values: Values


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitSeries:
    """The limit of one rule on one channel; each value holds until the next one.

    Attributes:
        channel: sensor and signal, or the signal of a spot measurement.
        rule: id of the rule.
        priority: of the alarm of the rule.
        at_ns: times of the changes.
        upper: upper limit in the unit of the signal; NaN where there is none.
        lower: lower limit, likewise.
    """

    channel: str
    rule: str
    priority: str
    at_ns: Times
    upper: Values
    lower: Values


def read_readings(recording: Recording) -> dict[str, ReadingSeries]:
    """Return all readings by channel, in the order in which the channels were first recorded.

    Values that people entered are in channels of the sensor ``manual``.

    Raises:
        JournalError: a reading cannot be read.
    """
    read = _read(recording, ReadingFact.kind, ("value", "quality"), _no_more)
    return {
        channel: ReadingSeries(
            channel=channel,
            at_ns=columns["at_ns"],
            values=columns["value"],
            quality=columns["quality"].astype(np.uint8),
        )
        for (channel, *_), columns in read.items()
        if channel.partition("/")[2] in SIGNALS
    }


def read_statistics(recording: Recording) -> list[StatisticSeries]:
    """Return all rolling statistics.

    Raises:
        JournalError: a value cannot be read.
    """
    facts = recording.columns(StatisticFact.kind)
    rows: list[int] = []  # a row of each value
    bodies: list[dict[str, Any]] = []
    for row, body in enumerate(_bodies(recording, facts)):
        try:
            for statistic, value in body["values"].items():
                rows.append(row)
                bodies.append({"series": (statistic, body["window_s"]), "value": value})
        except (AttributeError, KeyError, TypeError):
            raise unreadable(recording.journal.path, facts.ids[row]) from None
    values = FactColumns._make([column[row] for row in rows] for column in facts)
    read = _series(recording, values, bodies, ("value",), lambda body: body["series"])
    return [
        StatisticSeries(
            channel=channel,
            statistic=statistic,
            window_s=float(window_s),
            at_ns=columns["at_ns"],
            values=columns["value"],
        )
        for (channel, statistic, window_s), columns in read.items()
    ]


def read_limits(recording: Recording) -> list[LimitSeries]:
    """Return the limits of all rules.

    Raises:
        JournalError: a limit cannot be read.
    """
    read = _read(
        recording,
        LimitFact.kind,
        ("upper", "lower"),
        lambda body: (body["rule"], body["priority"]),
    )
    return [
        LimitSeries(
            channel=channel,
            rule=rule,
            priority=priority,
            at_ns=columns["at_ns"],
            upper=columns["upper"],
            lower=columns["lower"],
        )
        for (channel, rule, priority), columns in read.items()
    ]


def _no_more(_body: dict[str, Any]) -> tuple[Any, ...]:
    return ()


def _read(
    recording: Recording,
    kind: str,
    names: tuple[str, ...],
    series_of: Callable[[dict[str, Any]], tuple[Any, ...]],
) -> dict[tuple[Any, ...], _Columns]:
    facts = recording.columns(kind)
    return _series(recording, facts, _bodies(recording, facts), names, series_of)


def _series(
    recording: Recording,
    facts: FactColumns,
    bodies: Sequence[dict[str, Any]],
    names: tuple[str, ...],
    series_of: Callable[[dict[str, Any]], tuple[Any, ...]],
) -> dict[tuple[Any, ...], _Columns]:
    """Return the columns of each series: `at_ns` and the numbers `names`.

    Args:
        recording: to be read.
        facts: to be arranged.
        bodies: the content of each.
        names: keys of numbers in it; null becomes NaN.
        series_of: returns what, in addition to the subject, distinguishes two series.
    """
    numbers: dict[tuple[Any, ...], int] = {}
    try:
        code = np.array(
            [
                numbers.setdefault((subject, *series_of(body)), len(numbers))
                for subject, body in zip(facts.subjects, bodies, strict=True)
            ],
            dtype=np.int64,
        )
        columns = {
            name: np.array([body[name] for body in bodies], dtype=np.float64) for name in names
        }
        at_ns = np.array(facts.at_ns, dtype=np.int64)
    except (KeyError, TypeError, ValueError, OverflowError):
        raise _first_unreadable(recording, facts, bodies, names, series_of) from None
    order = np.lexsort((at_ns, code))  # stable
    code, at_ns = code[order], at_ns[order]
    # Of equal times of one series the last fact counts.
    last = np.ones(len(order), dtype=np.bool_)
    last[:-1] = (np.diff(at_ns) != 0) | (np.diff(code) != 0)
    order, at_ns = order[last], at_ns[last]
    ends = np.searchsorted(code[last], np.arange(len(numbers) + 1))
    return {
        series: {"at_ns": at_ns[start:stop]}
        | {name: column[order[start:stop]] for name, column in columns.items()}
        for series, start, stop in zip(numbers, ends, ends[1:], strict=False)
    }


def _bodies(recording: Recording, facts: FactColumns) -> list[dict[str, Any]]:
    """Parse all payloads at once, and equal ones once: most readings occur a hundred times."""
    distinct = dict.fromkeys(facts.payloads)
    try:
        bodies: list[dict[str, Any]] = orjson.loads(f"[{','.join(distinct)}]")
    except (TypeError, orjson.JSONDecodeError):
        bodies = []
    if len(bodies) == len(distinct):
        body_of = dict(zip(distinct, bodies, strict=True))
        return [body_of[payload] for payload in facts.payloads]
    return [
        _body(recording, fact, payload)
        for fact, payload in zip(facts.ids, facts.payloads, strict=True)
    ]


def _body(recording: Recording, fact: int, payload: str) -> dict[str, Any]:
    try:
        body: dict[str, Any] = json.loads(payload)
    except (TypeError, ValueError):
        raise unreadable(recording.journal.path, fact) from None
    return body


def _first_unreadable(
    recording: Recording,
    facts: FactColumns,
    bodies: Sequence[dict[str, Any]],
    names: tuple[str, ...],
    series_of: Callable[[dict[str, Any]], tuple[Any, ...]],
) -> Exception:
    for fact, body in zip(facts.ids, bodies, strict=True):
        try:
            hash(series_of(body))
            np.array([body[name] for name in names], dtype=np.float64)
        except (KeyError, TypeError, ValueError, OverflowError):
            return unreadable(recording.journal.path, fact)
    raise AssertionError("each fact can be read")
