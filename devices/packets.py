"""Data from sensors: packets as received, and the readings decoded from them."""

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field

from devices.record import record


@dataclass(frozen=True, slots=True, kw_only=True)
class Packet:
    """Bytes as received from one sensor.

    Attributes:
        sensor: label of the sensor in the session, such as ``strap``.
        characteristic: four upper-case hex digits (``2A37``) for the standard ones, else the
            128-bit UUID in lower case.
        payload: the bytes of one notification, indication or read.
        received_ns: UTC nanoseconds when they arrived.
        measured_ns: UTC nanoseconds when a gateway received them, if one did.
    """

    sensor: str
    characteristic: str
    payload: bytes
    received_ns: int
    measured_ns: int | None = None


class Quality(enum.IntEnum):
    """Quality of a reading; only GOOD readings are evaluated against limits."""

    GOOD = 0
    QUESTIONABLE = 1  # flagged by the sensor, or still measuring
    OUT_OF_RANGE = 2  # valid bytes, but physiologically impossible
    NO_CONTACT = 3  # the sensor reports that it is off the body
    NO_VALUE = 4  # the sensor has no value: HR 0, NaN, NRes, 'not known'
    INVALID = 5  # flagged as invalid, or not a number: infinity, a reserved code
    SETTLING = 6  # worn for too short a time; set by the engine, never by a decoder
    STORED = 7  # a record that was measured earlier and sent later


@record
class Reading:
    """One value of one signal.

    Attributes:
        signal: a name in `devices.signals.SIGNALS`.
        value: in the signal's unit; None if the sensor sent no number.
        quality: only GOOD readings enter windows and alarms.
        age_ns: nanoseconds between measurement and reception of the packet.
    """

    signal: str
    value: float | None
    quality: Quality = Quality.GOOD
    age_ns: int = 0


@record
class Decoded:
    """The content of a payload.

    Attributes:
        readings: readings, oldest first within each signal.
        warnings: irregularities in bytes that were still decoded, one sentence each.
        contradictions: parts of the payload that exclude each other, one sentence each; two make it
            unreadable (`devices.gatt.consistency`).
        details: information other than signals, such as ``contact``, ``site``, ``energy_kj``.
    """

    readings: tuple[Reading, ...] = ()
    warnings: tuple[str, ...] = ()
    contradictions: tuple[str, ...] = ()
    details: Mapping[str, str | int | float | bool] = field(default_factory=dict)
