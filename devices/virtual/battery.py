"""The battery of a virtual sensor, as a function of time."""

from collections.abc import Iterable
from dataclasses import dataclass

from devices.virtual.faults import Fault, FaultKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Battery:
    """A battery that discharges at a constant rate.

    Attributes:
        charge: charge when the sensor is switched on, in %.
        drain_per_hour: discharge per hour, in %.
    """

    charge: float = 95.0
    drain_per_hour: float = 1.0

    def level(self, now_s: float, faults: Iterable[Fault]) -> int:
        """Return the charge in %, `now_s` seconds after the sensor was switched on."""
        left = self.charge - self.drain_per_hour * now_s / 3600
        for fault in faults:
            if fault.kind is FaultKind.FLAT and now_s >= fault.at_s:
                left *= max(0.0, 1 - (now_s - fault.at_s) / fault.for_s)
        return max(0, round(left))

    def empty_s(self, faults: Iterable[Fault]) -> float:
        """Return when the battery is empty, in seconds after the sensor was switched on.

        >>> Battery(charge=50, drain_per_hour=10).empty_s([Fault(FaultKind.FLAT, 60, 30)])
        90.0
        """
        ends = [fault.at_s + fault.for_s for fault in faults if fault.kind is FaultKind.FLAT]
        return min([self.charge / self.drain_per_hour * 3600, *map(float, ends)])
