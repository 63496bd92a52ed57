"""Polar Measurement Data (PMD): ECG, acceleration and pulse intervals.

Source: Polar Measurement Data, online measurement, 1.0, of the polar-ble-sdk; time base and known
issues from its documentation. The meaning of the contact bits of a pulse interval is disputed
between that page and the SDK, and the product page says not to trust them: they are details.
"""

import enum
import struct
from dataclasses import dataclass

from devices.errors import DecodeError
from devices.gatt.length import require_length
from devices.gatt.quality import make_reading
from devices.packets import Decoded, Quality, Reading
from devices.signals import SIGNALS

SERVICE = "fb005c80-02e7-f387-1cad-8acd2d8df0c8"
DATA = "fb005c82-02e7-f387-1cad-8acd2d8df0c8"

# Time stamps count nanoseconds from 2000-01-01T00:00:00Z; this is that moment in UTC nanoseconds.
# The clock of a strap that was never set starts in 2019.
EPOCH_NS = 946_684_800 * 10**9

_RR_INTERVAL = SIGNALS["rr_interval"]
_HEADER = struct.Struct("<BQB")
_AXES = 3
# Above this error an interval may be disturbed by movement. Source: SDK documentation, PPI data.
_DOUBTFUL_MS = 30


class Measurement(enum.IntEnum):
    """Measurements that can be streamed, with Polar's numbers."""

    ECG = 0
    ACCELERATION = 2
    PULSE_INTERVALS = 3


@dataclass(frozen=True, slots=True)
class PulseInterval:
    """One interval between pulses, measured by an optical sensor."""

    bpm: int
    interval_ms: int
    error_ms: int
    disturbed: bool
    contact_bits: int


@dataclass(frozen=True, slots=True)
class Frame:
    """One data notification.

    Attributes:
        measurement: the kind of samples.
        device_ns: time of the last sample on the device's clock, in nanoseconds from 2000.
        ecg_uv: samples in microvolts, oldest first.
        acceleration_mg: samples (x, y, z) in milli-g.
        intervals: pulse intervals.
    """

    measurement: Measurement
    device_ns: int
    ecg_uv: tuple[int, ...] = ()
    acceleration_mg: tuple[tuple[int, ...], ...] = ()
    intervals: tuple[PulseInterval, ...] = ()


def frame(payload: bytes) -> Frame:
    """Decode the samples of a data notification.

    Raises:
        DecodeError: truncated, or an unknown measurement or frame type.
    """
    require_length(payload, _HEADER.size, "a PMD frame")
    number, device_ns, frame_type = _HEADER.unpack_from(payload)
    body = payload[_HEADER.size :]
    match number & 0x3F, frame_type:
        case Measurement.ECG, 0:
            return Frame(Measurement.ECG, device_ns, ecg_uv=_integers(body, 3))
        case Measurement.ACCELERATION, 0 | 1 | 2:
            samples = _in_threes(_integers(body, frame_type + 1))
            return Frame(Measurement.ACCELERATION, device_ns, acceleration_mg=samples)
        case Measurement.ACCELERATION, 0x81:
            return Frame(Measurement.ACCELERATION, device_ns, acceleration_mg=_deltas(body))
        case Measurement.PULSE_INTERVALS, 0:
            return Frame(Measurement.PULSE_INTERVALS, device_ns, intervals=_intervals(body))
    raise DecodeError(
        0, f"measurement {number & 0x3F} in frames of type 0x{frame_type:02X} is unknown"
    )


def decode_data(payload: bytes) -> Decoded:
    """Decode pulse intervals as RR intervals; ECG and acceleration only as details.

    Their samples remain in the packets of the journal, from where `frame` decodes them. An interval
    is questionable if it is flagged as disturbed or its error estimate exceeds 30 ms.

    Raises:
        DecodeError: as `frame`.
    """
    found = frame(payload)
    details: dict[str, str | int] = {
        "measurement": found.measurement.name.lower(),
        "device_ns": found.device_ns,
    }
    samples = len(found.ecg_uv) + len(found.acceleration_mg) + len(found.intervals)
    details["samples"] = samples
    if found.intervals:
        details["pulse_rate"] = found.intervals[-1].bpm
    later_ms = sum(beat.interval_ms for beat in found.intervals)
    readings: list[Reading] = []
    for beat in found.intervals:
        later_ms -= beat.interval_ms
        doubtful = beat.disturbed or beat.error_ms > _DOUBTFUL_MS or not beat.bpm
        readings.append(
            make_reading(
                _RR_INTERVAL,
                float(beat.interval_ms),
                Quality.QUESTIONABLE if doubtful else Quality.GOOD,
                later_ms * 10**6,
            )
        )
    return Decoded(readings=tuple(readings), details=details)


def _integers(body: bytes, size: int) -> tuple[int, ...]:
    if len(body) % size:
        raise DecodeError(_HEADER.size + len(body), "the last sample is truncated")
    return tuple(
        int.from_bytes(body[at : at + size], "little", signed=True)
        for at in range(0, len(body), size)
    )


def _in_threes(numbers: tuple[int, ...]) -> tuple[tuple[int, ...], ...]:
    if len(numbers) % _AXES:
        raise DecodeError(_HEADER.size, "the last sample lacks an axis")
    return tuple(numbers[at : at + _AXES] for at in range(0, len(numbers), _AXES))


def _deltas(body: bytes) -> tuple[tuple[int, ...], ...]:
    """Decode delta-compressed samples: the first one in full, the others as differences.

    Blocks follow the first sample: bits per difference, number of samples, then the differences
    packed from the lowest bit and padded to a byte.
    """
    at = 2 * _AXES
    if len(body) < at:
        raise DecodeError(_HEADER.size + len(body), "the first sample is truncated")
    samples = [_integers(body[:at], 2)]
    while at < len(body):
        if len(body) < at + 2:
            raise DecodeError(_HEADER.size + len(body), "a block of differences is truncated")
        width, count = body[at], body[at + 1]
        size = -(-width * count * _AXES // 8)
        at += 2
        if len(body) < at + size or not width:
            raise DecodeError(_HEADER.size + at, f"{count} differences of {width} bit do not fit")
        packed = int.from_bytes(body[at : at + size], "little")
        for index in range(count):
            sample = []
            for axis in range(_AXES):
                raw = packed >> (index * _AXES + axis) * width & (1 << width) - 1
                sample.append(samples[-1][axis] + raw - (raw >> width - 1 << width))
            samples.append(tuple(sample))
        at += size
    return tuple(samples)


def _intervals(body: bytes) -> tuple[PulseInterval, ...]:
    if len(body) % 6:
        raise DecodeError(_HEADER.size + len(body), "the last pulse interval is truncated")
    return tuple(
        PulseInterval(bpm, interval_ms, error_ms, bool(flags & 1), flags >> 1 & 3)
        for bpm, interval_ms, error_ms, flags in struct.iter_unpack("<BHHB", body)
    )
