"""Relations of signals and events in time, as data frames."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from devices.packets import Quality
from devices.signals import Signal
from monitor.analysis.common_grid import CommonGrid, common_grid
from monitor.analysis.event_locked import event_locked
from monitor.analysis.lagged_correlation import lagged_correlation
from monitor.analysis.recorded_events import EventKind, EventStatus, read_events
from monitor.errors import ConfigError
from monitor.exports.options import known_signals
from monitor.exports.session_export import SessionExport
from monitor.extras import load_extra
from monitor.sessions.recording import Recording as Journaled


class Relations:
    """Methods of a recording that relate signals and events in time."""

    path: Path
    _recording: Journaled
    _export: SessionExport

    def aligned(self, *signals: str, step_s: float = 1.0) -> Any:
        """Return signals, phases and ratings on one time base, one row per step.

        Columns: time_s (start of the step), phase (empty before the first; numbered, if the
        recording was opened without notes), rating (NaN without one), and a column for each
        channel: the mean of the good values in the step, or the value that was current in its
        middle, NaN without either.

        Args:
            signals: such as ``heart_rate``; none: all that are measured continuously.
            step_s: length of a step in seconds.
        """
        grid = self._grid(known_signals(signals), step_s)
        columns = {
            "time_s": self._export.seconds(grid.at_ns),
            "phase": self._disclosed(grid.phases),
            "rating": grid.ratings,
            **grid.values,
        }
        return load_extra("pandas", "export").DataFrame(columns)

    def event_locked(
        self,
        signal: str,
        event: str,
        *,
        before_s: float = 300.0,
        after_s: float = 900.0,
        step_s: float = 10.0,
        baseline: bool = True,
    ) -> Any:
        """Return the average of a signal around events, one row per step.

        Columns: lag_s (relative to the event), mean, sd (between events), events (number with a
        value). Of several channels the one with the most good values is used.

        Args:
            signal: such as ``heart_rate``.
            event: name of markers or adverse events, such as ``rating`` or ``nausea``.
            before_s: seconds before an event.
            after_s: seconds after it.
            step_s: length of a step in seconds.
            baseline: subtract the mean before each event.

        Raises:
            PhysiomonError: the signal was not measured, or no such event counts.
        """
        channel = self._channel(signal)
        at_ns = [
            each.at_ns
            for each in self._export.events
            if each.name == event
            and each.kind in (EventKind.MARKER, EventKind.ADVERSE_EVENT)
            and each.status is EventStatus.VALID
        ]
        if not at_ns:
            raise ConfigError(f"{self.path.name} has no valid event '{event}'")
        grid = self._grid([signal], step_s)
        try:
            found = event_locked(
                grid.at_ns, grid.values[channel], at_ns, before_s, after_s, baseline=baseline
            )
        except ValueError as error:
            raise ConfigError(str(error)) from None
        names = ("lag_s", "mean", "sd", "events")
        return load_extra("pandas", "export").DataFrame(
            {name: getattr(found, name) for name in names}
        )

    def lagged_correlation(
        self,
        first: str,
        second: str,
        *,
        longest_s: float = 600.0,
        step_s: float = 10.0,
        detrend_s: float | None = 1800.0,
    ) -> Any:
        """Return the correlation of two signals at lags in both directions, one row per lag.

        Columns: lag_s (positive: the second follows the first), r. `attrs` has peak_lag_s, peak_r,
        p_value, band (middle 95 % of the correlations of shifted signals) and shifts: see
        `monitor.analysis.lagged_correlation`.

        Args:
            first: a signal, such as ``core_temperature``.
            second: another one.
            longest_s: longest lag in seconds.
            step_s: length of a step in seconds.
            detrend_s: subtract the mean over this time around each value, because after a dose
                most signals rise and fall together; None: do not.

        Raises:
            PhysiomonError: a signal was not measured, or the recording is too short for the lags.
        """
        one, other = self._channel(first), self._channel(second)
        values = self._grid([first, second], step_s).values
        try:
            found = lagged_correlation(
                values[one], values[other], step_s, longest_s, detrend_s=detrend_s
            )
        except ValueError as error:
            raise ConfigError(str(error)) from None
        table = load_extra("pandas", "export").DataFrame({"lag_s": found.lag_s, "r": found.r})
        for name in ("peak_lag_s", "peak_r", "p_value", "band", "shifts"):
            table.attrs[name] = getattr(found, name)
        return table

    def _disclosed(self, phases: Sequence[str]) -> list[str]:
        if self._export.options.notes:
            return list(phases)
        names = filter(None, dict.fromkeys(phases))
        numbers = {name: f"phase {number}" for number, name in enumerate(names, 1)}
        return [numbers[name] if name else "" for name in phases]

    def _grid(self, signals: Sequence[str], step_s: float) -> CommonGrid:
        readings = {
            channel: series
            for channel, series in self._export.readings.items()
            if (series.signal.name in signals if signals else _continuous(series.signal))
        }
        session = self._export.session
        try:
            return common_grid(
                readings,
                read_events(self._recording),  # with the names of phases
                session.began_ns,
                session.ended_ns,
                step_s,
            )
        except ValueError as error:
            raise ConfigError(str(error)) from None

    def _channel(self, signal: str) -> str:
        known_signals([signal])
        found = [
            (int((series.quality == Quality.GOOD).sum()), channel)
            for channel, series in self._export.readings.items()
            if series.signal.name == signal
        ]
        if not found:
            raise ConfigError(f"{self.path.name} has no values of '{signal}'")
        return max(found)[1]


def _continuous(signal: Signal) -> bool:
    return not signal.spot and not signal.technical
