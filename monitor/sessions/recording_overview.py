"""The course of heart rate and temperature over a whole recording."""

from dashboards.console.views.chart_series import OverviewLine
from devices.signals import SIGNALS
from monitor.sessions.recording import Recording
from monitor.storage.reading_ranges import reading_ranges

INTERVALS = 500
# Of each line the first signal that was recorded.
_LINES = (("heart_rate", "pulse_rate"), ("core_temperature", "body_temperature"))


def read_overview(recording: Recording) -> list[OverviewLine]:
    """Return the lines of the overview. Blocks while the journal is read: call it in a thread."""
    signals = [signal for line in _LINES for signal in line]
    path, began_ns, ended_ns = recording.journal.path, recording.began_ns, recording.ended_ns
    found = reading_ranges(path, signals, began_ns, ended_ns, INTERVALS)
    lines = []
    for choices in _LINES:
        channels = [c for signal in choices for c in found if c.partition("/")[2] == signal]
        if not channels:
            continue
        signal = SIGNALS[channels[0].partition("/")[2]]
        lines.append(
            OverviewLine(
                label=signal.label,
                unit=signal.unit,
                intervals=INTERVALS,
                ranges=found[channels[0]],
            )
        )
    return lines
