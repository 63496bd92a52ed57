"""Temperature and heart rate in time, and the heart rate around markers, in a session's report."""

from collections.abc import Iterator

import numpy as np

from devices.signals import SIGNALS
from devices.units import symbol
from monitor.analysis.common_grid import CommonGrid, common_grid
from monitor.analysis.event_locked import event_locked
from monitor.analysis.lagged_correlation import lagged_correlation
from monitor.analysis.recorded_events import EventKind, EventStatus
from monitor.analysis.session_data import SessionData
from monitor.analysis.study_features import best_channels
from monitor.reports.comparison_panels import curve
from monitor.reports.document import Block, Chart, Heading, Panel, Paragraph

_STEP_S, _LONGEST_S, _DETREND_S = 10.0, 600.0, 1800.0
_BEFORE_S, _AFTER_S = 300.0, 600.0
_MARKERS = ("rating", "phase", "note")
_FEWEST = 2
_PAIR = ("core_temperature", "heart_rate")


def relation_blocks(data: SessionData) -> list[Block]:
    """Return the section on relations in time; empty where there is nothing to relate."""
    best = best_channels(data)
    used = {signal: best[signal] for signal in _PAIR if signal in best}
    if _PAIR[1] not in used:
        return []
    session = data.session
    grid = common_grid(
        {channel: data.readings[channel] for channel in used.values()},
        data.events,
        session.began_ns,
        session.ended_ns,
        _STEP_S,
    )
    blocks = [*_correlation(grid, used), *_around_markers(data, grid, used[_PAIR[1]])]
    return [Heading("Temperature and heart rate in time"), *blocks] if blocks else []


def _correlation(grid: CommonGrid, used: dict[str, str]) -> Iterator[Block]:
    if len(used) < len(_PAIR):
        return
    first, second = (grid.values[used[signal]] for signal in _PAIR)
    try:
        found = lagged_correlation(first, second, _STEP_S, _LONGEST_S, detrend_s=_DETREND_S)
    except ValueError:
        return  # too short
    if found.peak_r is None or found.peak_lag_s is None:
        return
    yield Chart(
        caption="Correlation of core temperature and heart rate by lag",
        description=f"The largest is {found.peak_r:.2f} at {found.peak_lag_s:.0f} s.",
        panels=[curve("r", found.lag_s / 60, found.r, found.band, zero=True)],
        span=(-_LONGEST_S / 60, _LONGEST_S / 60),
        axis="lag (min); positive: the heart rate follows the temperature",
    )
    yield Paragraph(
        f"Slow courses over {_DETREND_S / 60:g} min are removed. Band: 95 % of the correlations of "
        f"shifted signals. Largest: {found.peak_r:.2f} at {found.peak_lag_s:+.0f} s, p = "
        f"{found.p_value:.2f} by {found.shifts} circular shifts over all lags."
    )


def _around_markers(data: SessionData, grid: CommonGrid, channel: str) -> Iterator[Block]:
    panels: list[Panel] = []
    unit = symbol(SIGNALS[_PAIR[1]].unit)
    for name in _MARKERS:
        at_ns = [
            each.at_ns
            for each in data.events
            if (each.kind, each.name, each.status) == (EventKind.MARKER, name, EventStatus.VALID)
        ]
        if len(at_ns) < _FEWEST or len(grid.at_ns) < _FEWEST:
            continue
        found = event_locked(
            grid.at_ns, grid.values[channel], at_ns, _BEFORE_S, _AFTER_S, baseline=True
        )
        if len(found.epochs) < _FEWEST or np.isnan(found.mean).all():
            continue
        label = f"{name} ({len(found.epochs)})\n{unit}"
        band = found.mean - found.sd, found.mean + found.sd
        panels.append(curve(label, found.lag_s / 60, found.mean, band, zero=True))
    if panels:
        yield Chart(
            caption="Heart rate around markers: mean change, and standard deviation between them",
            description="Mean change of the heart rate from the five minutes before each marker.",
            panels=panels,
            span=(-_BEFORE_S / 60, _AFTER_S / 60),
            axis="time from the marker (min)",
        )
