"""Spot measurements: made by hand, and by cuffs and thermometers.

Pure. All counting measurements of a signal are one list, ordered by measurement time, not by the
time of entry.
"""

from bisect import insort
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

BY_HAND = "manual"  # source of manual entries
VALID_NS = 3600 * 10**9  # an hour later a measurement no longer shows the present


@dataclass(slots=True)
class SpotMeasurement:
    """One value of one signal.

    Attributes:
        entry: seq of its entry; identifies it together with the signal.
        signal: a name in `devices.signals.SIGNALS`.
        source: label of the sensor, or `BY_HAND`.
        measured_ns: measurement time; unique within its channel.
        entered_ns: engine time of its entry.
        value: in the signal's unit.
        by: who entered it, or confirmed a sensor's value; empty for a sensor alone.
        voided_by: who voided or corrected it; None while it counts.
        replaced_by: seq of the entry that corrected it.
    """

    entry: int
    signal: str
    source: str
    measured_ns: int
    entered_ns: int
    value: float
    by: str = ""
    voided_by: str | None = None
    replaced_by: int | None = None

    @property
    def counts(self) -> bool:
        """Return whether it is not voided."""
        return self.voided_by is None

    @property
    def channel(self) -> str:
        """Return the name of its channel, such as ``cuff/systolic``."""
        return f"{self.source}/{self.signal}"


class SpotMeasurements:
    """Spot measurements of one session."""

    def __init__(self) -> None:
        self._entered: list[SpotMeasurement] = []
        self._counting: dict[str, list[SpotMeasurement]] = {}  # by signal, oldest first
        self._channels: dict[str, None] = {}
        self._taken: set[tuple[str, int]] = set()  # (channel, measured_ns)

    def __iter__(self) -> Iterator[SpotMeasurement]:
        """Yield all in the order of entry, including voided ones."""
        return iter(self._entered)

    def add(self, measurement: SpotMeasurement) -> None:
        """Add a measurement that counts."""
        self._entered.append(measurement)
        self._channels.setdefault(measurement.channel)
        self._taken.add((measurement.channel, measurement.measured_ns))
        insort(self._counting.setdefault(measurement.signal, []), measurement, key=_order)

    def void(self, measurement: SpotMeasurement, by: str, replaced_by: int | None = None) -> None:
        """Void a measurement for `by`."""
        measurement.voided_by, measurement.replaced_by = by, replaced_by
        self._counting[measurement.signal].remove(measurement)

    def find(self, entry: int, signal: str) -> SpotMeasurement | None:
        """Return the counting measurement of a signal from an entry, or None."""
        for each in self._counting.get(signal, ()):
            if each.entry == entry:
                return each
        return None

    def last(self, number: int) -> list[SpotMeasurement]:
        """Return the last measurements in reverse order of entry, including voided ones."""
        return self._entered[: -number - 1 : -1]

    def channels(self) -> list[str]:
        """Return the channels with measurements, in the order of their first value."""
        return list(self._channels)

    def signals(self) -> list[str]:
        """Return the signals with measurements, in the order of their first value."""
        return list(self._counting)

    def counting(self, signal: str) -> Sequence[SpotMeasurement]:
        """Return the counting measurements of a signal, oldest first."""
        return self._counting.get(signal, ())

    def newest(self, signal: str) -> SpotMeasurement | None:
        """Return the counting measurement with the latest time, or None."""
        counting = self._counting.get(signal)
        return counting[-1] if counting else None

    def free_ns(self, channel: str, at_ns: int) -> int:
        """Return the first time from `at_ns` at which a channel has no measurement."""
        while (channel, at_ns) in self._taken:
            at_ns += 1
        return at_ns


def _order(measurement: SpotMeasurement) -> tuple[int, int]:
    return measurement.measured_ns, measurement.entry
