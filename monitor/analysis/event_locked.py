"""Averages of a signal around events. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class EventLocked:
    """A signal around events, on steps relative to them.

    Attributes:
        lag_s: start of each step relative to the event in seconds, shape (n,).
        epochs: one row for each event that is within the signal, shape (events, n); NaN where
            there is no value.
        mean: over events, shape (n,); NaN without any value.
        sd: standard deviation between events (n - 1); NaN for fewer than two.
        events: number of events with a value at each step, shape (n,).
    """

    lag_s: NDArray[np.float64]
    epochs: NDArray[np.float64]
    mean: NDArray[np.float64]
    sd: NDArray[np.float64]
    events: NDArray[np.int64]


def event_locked(
    at_ns: NDArray[np.int64],
    values: NDArray[np.float64],
    events_ns: Iterable[int],
    before_s: float,
    after_s: float,
    *,
    baseline: bool = False,
) -> EventLocked:
    """Return averages around events.

    Args:
        at_ns: starts of equal steps, shape (m,), at least two; see `monitor.analysis.common_grid`.
        values: of the signal, shape (m,); NaN where there is none.
        events_ns: times of the events; those outside the steps are left out.
        before_s: seconds before an event.
        after_s: seconds after it; the step in which it lies is step 0.
        baseline: subtract the mean before the event from each epoch; an epoch without values
            before its event is then left out.

    Raises:
        ValueError: there are fewer than two steps, or no time around an event.
    """
    if len(at_ns) < 2 or before_s + after_s <= 0:  # noqa: PLR2004 - the length of a step
        raise ValueError("an average around events needs two steps, and a time around the events")
    step_ns = int(at_ns[1] - at_ns[0])
    first, last = -round(before_s * 1e9 / step_ns), round(after_s * 1e9 / step_ns)
    lags = np.arange(first, last + 1)
    zeros = np.array(
        [
            (at - int(at_ns[0])) // step_ns
            for at in events_ns
            if at_ns[0] <= at < at_ns[-1] + step_ns
        ],
        dtype=np.int64,
    )
    places = zeros[:, None] + lags
    inside = (places >= 0) & (places < len(values))
    epochs = np.where(inside, values[np.clip(places, 0, len(values) - 1)], np.nan)
    if baseline:
        counted = ~np.isnan(epochs[:, lags < 0])
        number = counted.sum(axis=1)
        total = np.where(counted, epochs[:, lags < 0], 0.0).sum(axis=1)
        epochs = epochs[number > 0] - (total[number > 0] / number[number > 0])[:, None]
    there = ~np.isnan(epochs)
    events = there.sum(axis=0)
    mean, sd = np.full(len(lags), np.nan), np.full(len(lags), np.nan)
    if (some := events > 0).any():
        mean[some] = np.nanmean(epochs[:, some], axis=0)
    if (several := events > 1).any():
        sd[several] = np.nanstd(epochs[:, several], axis=0, ddof=1)
    return EventLocked(
        lag_s=lags.astype(np.float64) * (step_ns / 1e9),
        epochs=epochs,
        mean=mean,
        sd=sd,
        events=events,
    )
