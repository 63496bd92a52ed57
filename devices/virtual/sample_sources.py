"""What a virtual sensor measures: series of samples, each with the time at which it is sent."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class HeartSample:
    """What one 0x2A37 packet says.

    Attributes:
        at_s: seconds since the sensor was switched on.
        rate: in /min, 0 to 65535.
        rr: intervals of the beats since the last sample, in 1/1024 s, oldest first.
    """

    at_s: float
    rate: int
    rr: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TemperatureSample:
    """One measurement of a thermometer, `at_s` seconds since it was switched on."""

    at_s: float
    celsius: float


class HeartSource(Protocol):
    """A heart under a strap."""

    def heart(self) -> Iterator[HeartSample]:
        """Yield samples in order of time; the sensor falls silent after the last."""
        ...


class TemperatureSource(Protocol):
    """A body, or a room, at a thermometer."""

    def temperature(self, every_s: float) -> Iterator[TemperatureSample]:
        """Yield samples in order of time; a recording keeps its own times instead of `every_s`."""
        ...
