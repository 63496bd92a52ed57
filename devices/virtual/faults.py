"""Faults of virtual sensors."""

import enum
from dataclasses import dataclass


class FaultKind(enum.Enum):
    """The kind of a fault."""

    DROP_OUT = "drop-out"  # the link breaks, and the sensor cannot be found
    SILENT = "silent"  # connected, but no data
    OFF_BODY = "off-body"  # HR 0 without contact; NaN
    FROZEN = "frozen"  # the same value repeatedly
    MALFORMED = "malformed"  # bytes that are not a valid measurement
    FLAT = "flat"  # the battery runs out, then the sensor disappears
    QUESTIONABLE = "questionable"  # the sensor flags its values
    LOW_PERFUSION = "low-perfusion"  # cold hands; the values remain valid
    STORED = "stored"  # sends stored records with their original time stamps


# Faults of the link and the battery, common to all sensors that connect.
ANY = frozenset(
    {FaultKind.DROP_OUT, FaultKind.SILENT, FaultKind.FROZEN, FaultKind.MALFORMED, FaultKind.FLAT}
)


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault with times in seconds since the sensor was switched on; FLAT ends the sensor."""

    kind: FaultKind
    at_s: float
    for_s: float

    def holds(self, at_s: float) -> bool:
        """Return whether the fault is active."""
        return self.at_s <= at_s < self.at_s + self.for_s


def parse_fault(text: str) -> Fault:
    """Parse a fault such as ``off-body@120+30``: kind, start and length in seconds.

    >>> parse_fault("off-body@120+30").at_s
    120.0

    Raises:
        ValueError: the text is not a valid fault.
    """
    kinds = ", ".join(kind.value for kind in FaultKind)
    name, at, times = text.partition("@")
    start, plus, length = times.partition("+")
    try:
        fault = Fault(FaultKind(name), float(start), float(length))
    except ValueError:
        fault = None
    if fault is None or not (at and plus) or fault.at_s < 0 or fault.for_s <= 0:
        raise ValueError(
            f"'{text}' is not a valid fault; use KIND@START+LENGTH with KIND one of {kinds}"
        )
    return fault
