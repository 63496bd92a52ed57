"""Course of a signal around the dose in minutes, and the figures that outcome models take. Pure.

Definitions, all on medians of whole minutes after the dose (minute 0 begins at the dose):

- A minute counts if the channel had a valid value for at least half of it.
- Smoothed: median of five minutes, of which it is the middle one; at least three must count.
- Peak: highest smoothed value after the dose, of an oxygen saturation the lowest; the time is the
  middle of its minute.
- Area over baseline: sum of the differences to the baseline in all minutes after the dose, in hours
  times the unit; minutes that do not count add nothing, and `covered_h` is the time that does.
- Recovery: first minute after the peak from which the smoothed course stays within the spread of
  the baseline for a quarter of an hour.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from monitor.analysis.coverage import Coverage
from monitor.analysis.recorded_events import Event, EventKind
from monitor.analysis.recorded_tables import ReadingSeries

MINUTE_NS = 60 * 10**9
LOWEST = frozenset({"spo2"})  # signals of which low values are the change
_COUNTS = 0.5  # of a minute
_SMOOTHED, _FEWEST = 5, 3  # minutes
_RECOVERED = 15  # minutes


@dataclass(frozen=True, slots=True, kw_only=True)
class DoseResponse:
    """Change of one channel after the dose.

    Attributes:
        channel: sensor and signal.
        baseline: frozen at the dose, in the unit of the signal; None if it was not established.
        spread: of the baseline.
        peak: in the unit of the signal; None without values after the dose.
        peak_min: minutes from the dose to the peak.
        change: peak minus baseline.
        area: over the baseline, in hours times the unit.
        covered_h: hours after the dose that count.
        recovery_min: minutes from the dose to the recovery; None: not within the recording.
    """

    channel: str
    baseline: float | None
    spread: float | None
    peak: float | None
    peak_min: float | None
    change: float | None
    area: float | None
    covered_h: float
    recovery_min: float | None


def minute_medians(
    series: ReadingSeries, covered: Coverage, zero_ns: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the minutes of a recording, counted from a time, and the median of each.

    Args:
        series: readings of a channel.
        covered: when it had valid values, over the whole recording.
        zero_ns: start of minute 0.

    Returns:
        Numbers of the minutes, shape (n,), whole ones only, and medians, shape (n,); NaN if a
        minute does not count.
    """
    first = -((zero_ns - covered.since_ns) // MINUTE_NS)
    stop = (covered.until_ns - zero_ns) // MINUTE_NS
    minutes = np.arange(first, max(first, stop), dtype=np.int64)
    edges = zero_ns + np.append(minutes, max(first, stop)) * MINUTE_NS
    share = np.diff(_covered_until(covered, edges)) / MINUTE_NS
    good = series.good()
    known = ~np.isnan(good.values)
    at_ns, values = good.at_ns[known], good.values[known]
    starts = np.searchsorted(at_ns, edges)
    medians = np.full(len(minutes), np.nan)
    for number in np.flatnonzero((np.diff(starts) > 0) & (share >= _COUNTS)):
        medians[number] = np.median(values[starts[number] : starts[number + 1]])
    return minutes, medians


def dose_responses(
    readings: Mapping[str, ReadingSeries],
    covered: Mapping[str, Coverage],
    events: Iterable[Event],
    dose_ns: int,
) -> Iterator[DoseResponse]:
    """Yield the change after the dose of each channel with a course.

    Args:
        readings: by channel.
        covered: when they had valid values; only these channels are looked at.
        events: of the session, with its baselines: the last one of a channel counts.
        dose_ns: time of the dose.
    """
    baselines = {
        event.name: event
        for event in events
        if event.kind is EventKind.BASELINE and event.value is not None
    }
    for channel, spans in covered.items():
        if not readings[channel].signal.trend:
            continue
        known = baselines.get(channel)
        minutes, medians = minute_medians(readings[channel], spans, dose_ns)
        baseline, spread = (None, None) if known is None else (known.value, known.spread)
        lowest = readings[channel].signal.name in LOWEST
        yield dose_response(channel, minutes, medians, baseline, spread, lowest=lowest)


def dose_response(
    channel: str,
    minutes: NDArray[np.int64],
    medians: NDArray[np.float64],
    baseline: float | None,
    spread: float | None,
    *,
    lowest: bool = False,
) -> DoseResponse:
    """Return the change of a channel after the dose.

    Args:
        channel: its name.
        minutes: after the dose, as `minute_medians` returns them.
        medians: of the minutes.
        baseline: of the channel, or None.
        spread: of the baseline, or None.
        lowest: the peak is the lowest value, as of an oxygen saturation.
    """
    after = minutes >= 0
    minutes, medians = minutes[after], medians[after]
    counted = ~np.isnan(medians)
    sign = -1.0 if lowest else 1.0
    smooth = sign * _smoothed(medians)
    peak = peak_min = change = area = recovery = None
    if not np.isnan(smooth).all() and len(smooth):
        top = int(np.nanargmax(smooth))
        peak, peak_min = sign * float(smooth[top]), float(minutes[top]) + 0.5
        if baseline is not None and spread is not None:
            place = _recovery(smooth[top:], sign * baseline + spread)
            recovery = None if place is None else float(minutes[top + place])
    if baseline is not None and counted.any():
        area = float((medians[counted] - baseline).sum() / 60)
        change = None if peak is None else peak - baseline
    return DoseResponse(
        channel=channel,
        baseline=baseline,
        spread=spread,
        peak=peak,
        peak_min=peak_min,
        change=change,
        area=area,
        covered_h=float(counted.sum() / 60),
        recovery_min=recovery,
    )


def _smoothed(medians: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the median of five minutes around each; NaN where fewer than three count."""
    if not len(medians):
        return medians
    half = _SMOOTHED // 2
    padded = np.pad(medians, half, constant_values=np.nan)
    windows = np.lib.stride_tricks.sliding_window_view(padded, _SMOOTHED)
    enough = (~np.isnan(windows)).sum(axis=1) >= _FEWEST
    found = np.full(len(medians), np.nan)
    if enough.any():
        found[enough] = np.nanmedian(windows[enough], axis=1)
    return found


def _recovery(smooth: NDArray[np.float64], limit: float) -> int | None:
    """Return the first place from which a quarter of an hour is at or below a limit."""
    below = (smooth <= limit).astype(np.int64)  # NaN is not
    if len(below) < _RECOVERED:
        return None
    runs = np.convolve(below, np.ones(_RECOVERED, dtype=np.int64), mode="valid")
    found = np.flatnonzero(runs == _RECOVERED)
    return int(found[0]) if len(found) else None


def _covered_until(covered: Coverage, at_ns: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the covered time before each of some times, exactly."""
    total = np.concatenate(([0], np.cumsum(covered.ends_ns - covered.starts_ns)))
    index = np.searchsorted(covered.starts_ns, at_ns, side="right")
    known = total[index]
    inside = np.flatnonzero(index > 0)
    last = index[inside] - 1
    known[inside] -= np.maximum(0, covered.ends_ns[last] - at_ns[inside])
    return known
