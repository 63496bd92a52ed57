"""What comes from a sensor: a packet as received, and the readings a decoder finds in it."""

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Packet:
    """Bytes as received from one sensor.

    Attributes:
        sensor: label of the sensor in the session, such as ``strap``.
        characteristic: four upper-case hex digits (``2A37``) for the standard ones, else the
            128-bit UUID in lower case.
        payload: the bytes of one notification, indication or read.
        received_ns: UTC nanoseconds when they arrived.
        measured_ns: UTC nanoseconds when a gateway took them, where one did.
    """

    sensor: str
    characteristic: str
    payload: bytes
    received_ns: int
    measured_ns: int | None = None


class Quality(enum.IntEnum):
    """Whether a reading may be held against a limit; only GOOD may."""

    GOOD = 0
    QUESTIONABLE = 1  # the sensor itself doubts it, or is still measuring
    OUT_OF_RANGE = 2  # decodes, but no living person has it
    NO_CONTACT = 3  # the sensor says that it is not on the body
    NO_VALUE = 4  # the sensor has no value: HR 0, NaN, NRes, 'not known'
    INVALID = 5  # the sensor calls it invalid, or sent what is no number: infinity, a reserved code
    SETTLING = 6  # worn too short a time to be trusted; said by the engine, never by a decoder
    STORED = 7  # measured earlier and sent now: a record, not the present


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One value of one signal.

    Attributes:
        signal: a name in `devices.signals.SIGNALS`.
        value: in the signal's unit; None where the sensor gave no number.
        quality: only GOOD readings enter windows and alarms.
        age_ns: how long before the packet's reception it was measured (beats laid back).
    """

    signal: str
    value: float | None
    quality: Quality = Quality.GOOD
    age_ns: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoded:
    """What a payload says.

    Attributes:
        readings: those of one signal in order of measurement, oldest first.
        warnings: what was odd about bytes that could still be read, one sentence each.
        details: facts that are no signals, such as ``contact``, ``site``, ``energy_kj``.
    """

    readings: tuple[Reading, ...] = ()
    warnings: tuple[str, ...] = ()
    details: Mapping[str, str | int | float | bool] = field(default_factory=dict)
