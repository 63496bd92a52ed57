"""Sources of virtual sensors: series of samples with the times at which they are sent."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class HeartSample:
    """The content of one 0x2A37 packet.

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
    """A measurement of a thermometer, `at_s` seconds after it was switched on."""

    at_s: float
    celsius: float


class HeartSource(Protocol):
    """Source of heart rate samples."""

    def heart(self) -> Iterator[HeartSample]:
        """Yield samples in order of time; the sensor is silent after the last one."""
        ...


class TemperatureSource(Protocol):
    """Source of temperature samples."""

    def temperature(self, every_s: float) -> Iterator[TemperatureSample]:
        """Yield samples in order of time; a recording keeps its times and ignores `every_s`."""
        ...
