"""The content of a recorded file, whatever its format: series of samples and events. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt

from devices.errors import PhysiomonError
from devices.signals import SIGNALS

FloatArray = npt.NDArray[np.float64]

# What the first line of physiomon's own exports begins with if no person was measured.
SIMULATED = "SIMULATED, not of a person"
_HALF = 0.5


class RecordingFileError(PhysiomonError):
    """A file that cannot be read; the message names file, place and problem."""


class UnknownFormatError(RecordingFileError):
    """A file of a format, or with signals, that physiomon does not read."""


@dataclass(frozen=True, slots=True)
class Series:
    """Samples of one signal.

    Attributes:
        times_s: seconds since the start of the file, not decreasing; shape (n,).
        values: in the unit of the signal; shape (n,). A heart rate of 0 means no value. An RR
            interval belongs to the beat that ends it.
    """

    times_s: FloatArray
    values: FloatArray

    @classmethod
    def of(cls, samples: list[tuple[float, float]]) -> "Series":
        """Build a series from pairs of time and value."""
        table = np.array(samples, dtype=np.float64).reshape(-1, 2)
        return cls(table[:, 0].copy(), table[:, 1].copy())

    @classmethod
    def regular(cls, start_s: float, per_second: float, values: FloatArray) -> "Series":
        """Build a series with a constant rate; values that are not finite are left out."""
        times_s = start_s + np.arange(len(values)) / per_second
        known = np.isfinite(values)
        return cls(times_s[known], np.asarray(values, dtype=np.float64)[known])

    def __len__(self) -> int:
        return len(self.values)


@dataclass(frozen=True, slots=True)
class Event:
    """A mark in a recording, `at_s` seconds after its start."""

    at_s: float
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedFile:
    """The samples and events of one file.

    Attributes:
        path: of the file.
        format: such as ``Polar Sensor Logger``.
        device: maker, model or serial number, as far as the file names them.
        start: time 0 of the series; naive if the file has local times without a zone; None if it
            has no time of day.
        series: by the name of the signal in `devices.signals`.
        events: in order of time.
        notes: what was changed or left out, one sentence each.
        simulated: an export of a session with virtual sensors.
    """

    path: Path
    format: str
    device: str = ""
    start: datetime | None = None
    series: Mapping[str, Series] = field(default_factory=dict)
    events: tuple[Event, ...] = ()
    notes: tuple[str, ...] = ()
    simulated: bool = False

    @property
    def duration_s(self) -> float:
        """Return the time of the last sample."""
        return max((float(each.times_s[-1]) for each in self.series.values()), default=0.0)

    def checked(self) -> "RecordedFile":
        """Return this file after a check of its samples.

        Raises:
            RecordingFileError: no samples, times that run backwards, impossible values, or values
                most of which are implausible, as with another unit.
        """
        filled = {name: each for name, each in self.series.items() if len(each)}
        if not filled and not self.events:
            raise RecordingFileError(f"{self.path} ({self.format}) contains no samples")
        for name, each in filled.items():
            self._check(name, each)
        events = tuple(sorted(self.events, key=lambda event: event.at_s))
        return replace(self, series=filled, events=events)

    def _check(self, name: str, series: Series) -> None:
        signal = SIGNALS[name]
        what = f"{self.path} ({self.format}): the {signal.label.lower()}"
        times_s, values = series.times_s, series.values
        if not (np.isfinite(times_s).all() and np.isfinite(values).all()):
            raise RecordingFileError(f"{what} has a value or time that is not a number")
        backwards = np.flatnonzero(np.diff(times_s) < 0)
        if backwards.size:
            at_s = times_s[backwards[0]]
            raise RecordingFileError(
                f"{what} has times that run backwards after {at_s:g} s; split the file there"
            )
        ends = values.min(), values.max()
        impossible = [value for value in ends if not signal.measurable(value)]
        if impossible:
            raise RecordingFileError(f"{what} contains {impossible[0]:g}, which is impossible")
        known = values[values != 0] if name in _ZERO_IS_NONE else values
        plausible = (known >= signal.lowest) & (known <= signal.highest)
        if known.size and plausible.mean() < _HALF:
            raise RecordingFileError(
                f"{what} is mostly implausible (median {np.median(known):g}, expected "
                f"{signal.lowest:g} to {signal.highest:g} {signal.unit}); the file may be of "
                "another kind or unit"
            )


_ZERO_IS_NONE = frozenset({"heart_rate", "pulse_rate", "spo2"})
