"""What goes wrong with sensors, on demand."""

import enum
from dataclasses import dataclass


class FaultKind(enum.Enum):
    """How a sensor fails."""

    DROP_OUT = "drop-out"  # the link breaks, and the sensor cannot be found
    SILENT = "silent"  # connected, but nothing comes
    OFF_BODY = "off-body"  # HR 0 without contact; NaN
    FROZEN = "frozen"  # the same value again and again
    MALFORMED = "malformed"  # bytes that are no measurement
    FLAT = "flat"  # the battery runs out, then the sensor is gone
    QUESTIONABLE = "questionable"  # the sensor itself doubts what it measures
    LOW_PERFUSION = "low-perfusion"  # cold hands; the values still hold
    STORED = "stored"  # it hands out records that it kept, with the times at which it took them


# Those of the link and of the battery, which every connected sensor can have.
ANY = frozenset(
    {FaultKind.DROP_OUT, FaultKind.SILENT, FaultKind.FROZEN, FaultKind.MALFORMED, FaultKind.FLAT}
)


@dataclass(frozen=True, slots=True)
class Fault:
    """One failure, in seconds since the sensor was switched on; FLAT ends with the sensor."""

    kind: FaultKind
    at_s: float
    for_s: float

    def holds(self, at_s: float) -> bool:
        """Tell whether it is under way."""
        return self.at_s <= at_s < self.at_s + self.for_s


def parse_fault(text: str) -> Fault:
    """Return the fault of ``off-body@120+30``: kind, start and length in seconds.

    >>> parse_fault("off-body@120+30").at_s
    120.0

    Raises:
        ValueError: it is none.
    """
    kinds = ", ".join(kind.value for kind in FaultKind)
    name, at, times = text.partition("@")
    start, plus, length = times.partition("+")
    try:
        fault = Fault(FaultKind(name), float(start), float(length))
    except ValueError:
        fault = None
    if fault is None or not (at and plus) or fault.at_s < 0 or fault.for_s <= 0:
        raise ValueError(f"'{text}' is no fault; write KIND@START+LENGTH with KIND one of {kinds}")
    return fault
