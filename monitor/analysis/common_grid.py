"""Signals, phases and ratings of a recording on one time base: parts of equal length. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from monitor.analysis.coverage import coverage
from monitor.analysis.recorded_events import Event, EventKind, EventStatus
from monitor.analysis.recorded_tables import ReadingSeries


@dataclass(frozen=True, slots=True, kw_only=True)
class CommonGrid:
    """Columns of shape (n,); part i begins at `at_ns[i]` and lasts `step_s`.

    Attributes:
        at_ns: starts of the parts, UTC of the session's clock.
        step_s: length of a part in seconds.
        values: by channel, in the unit of its signal: the mean of the valid values in a part, or
            the value that was current in its middle; NaN without either.
        phases: the phase in whose time a part begins; empty before the first.
        ratings: the rating that was given in a part, the last of several; NaN without one.
    """

    at_ns: NDArray[np.int64]
    step_s: float
    values: Mapping[str, NDArray[np.float64]]
    phases: Sequence[str]
    ratings: NDArray[np.float64]


def common_grid(
    readings: Mapping[str, ReadingSeries],
    events: Iterable[Event],
    since_ns: int,
    until_ns: int,
    step_s: float,
) -> CommonGrid:
    """Return signals and markers on one time base.

    Args:
        readings: by channel.
        events: of the session; phases and ratings that count are used.
        since_ns: start of the first part.
        until_ns: end; a last part that is not whole is left out.
        step_s: length of a part.

    Raises:
        ValueError: the length is not positive.
    """
    step_ns = round(step_s * 1e9)
    if step_ns <= 0:
        raise ValueError(f"a step of {step_s} s is not positive")
    at_ns = since_ns + np.arange(max(0, (until_ns - since_ns) // step_ns)) * step_ns
    markers = [
        event
        for event in events
        if event.kind is EventKind.MARKER and event.status is EventStatus.VALID
    ]
    phases = [(event.at_ns, event.text) for event in markers if event.name == "phase"]
    index = np.searchsorted(np.array([at for at, _ in phases], dtype=np.int64), at_ns, "right")
    names = ["", *(text for _, text in phases)]
    ratings = np.full(len(at_ns), np.nan)
    for event in markers:
        place = (event.at_ns - since_ns) // step_ns
        if event.name == "rating" and event.value is not None and 0 <= place < len(ratings):
            ratings[place] = event.value
    return CommonGrid(
        at_ns=at_ns,
        step_s=step_s,
        values={channel: _on_grid(series, at_ns, step_ns) for channel, series in readings.items()},
        phases=[names[number] for number in index],
        ratings=ratings,
    )


def _on_grid(series: ReadingSeries, at_ns: NDArray[np.int64], step_ns: int) -> NDArray[np.float64]:
    good = series.good()
    known = ~np.isnan(good.values)
    times, values = good.at_ns[known], good.values[known]
    found = np.full(len(at_ns), np.nan)
    if not len(times) or not len(at_ns):
        return found
    # As differences to the first value, whose sums stay small.
    total = np.concatenate(([0.0], np.cumsum(values - values[0])))
    first, last = np.searchsorted(times, at_ns), np.searchsorted(times, at_ns + step_ns)
    number = last - first
    some = number > 0
    found[some] = (total[last] - total[first])[some] / number[some] + values[0]
    covered = coverage(series, int(at_ns[0]), int(at_ns[-1]) + step_ns)
    middle = at_ns + step_ns // 2
    span = np.searchsorted(covered.starts_ns, middle, "right") - 1
    current = (span >= 0) & (first > 0) & ~some
    current[current] = middle[current] < covered.ends_ns[span[current]]
    found[current] = values[first[current] - 1]
    return found
