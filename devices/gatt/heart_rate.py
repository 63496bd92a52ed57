"""Heart Rate Service: measurement (0x2A37) and body sensor location (0x2A38).

Source: Bluetooth GATT Specification Supplement, Heart Rate Measurement, Body Sensor Location.
"""

from functools import lru_cache

from devices.gatt.consistency import reserved_flags
from devices.gatt.length import require_exact_length, require_length, surplus
from devices.gatt.quality import make_reading
from devices.packets import Decoded, Quality, Reading
from devices.signals import SIGNALS

_HEART_RATE = SIGNALS["heart_rate"]
_RR_INTERVAL = SIGNALS["rr_interval"]

_IS_U16 = 0x01
_HAS_ENERGY = 0x08
_HAS_INTERVALS = 0x10
_RESERVED = 0xE0
# Bit 2: contact detection is supported; bit 1: contact is detected.
_CONTACT = ("unsupported", "unsupported", "no", "yes")
_SITES = ("other", "chest", "wrist", "finger", "hand", "ear lobe", "foot")

# An interval counts 1/1024 s; both factors are exact in binary, so nothing is rounded.
_RR_MS = 1000 / 1024
_RR_HALF_NS = 10**9 // 512


def decode_measurement(payload: bytes) -> Decoded:
    """Decode heart rate, then RR intervals, oldest first; contact and energy are details.

    The last beat is dated to the reception of the packet, earlier beats by the intervals between.

    >>> [reading.value for reading in decode_measurement(bytes.fromhex("105A00080010")).readings]
    [90.0, 2000.0, 4000.0]

    Raises:
        DecodeError: the payload ends before the heart rate, or before the energy that a flag
            indicates.
    """
    require_length(payload, 2, "a heart rate measurement")
    flags = payload[0]
    if flags & _IS_U16:
        require_length(payload, 3, "a heart rate of two bytes")
        bpm, end = payload[1] | payload[2] << 8, 3
    else:
        bpm, end = payload[1], 2
    contact = _CONTACT[flags >> 1 & 3]
    reported = Quality.NO_CONTACT if contact == "no" else Quality.GOOD
    details: dict[str, str | int | float | bool] = {"contact": contact}
    readings = [_heart_rate(bpm, reported)]
    warnings: tuple[str, ...] = ()
    contradictions = reserved_flags(payload, _RESERVED)

    if flags & _HAS_ENERGY:
        require_length(payload, end + 2, "the energy expended")
        details["energy_kj"] = payload[end] | payload[end + 1] << 8
        end += 2
    if flags & _HAS_INTERVALS:
        # Intervals without a heart rate are not trustworthy.
        readings += _intervals(
            payload, end, reported if bpm else max(reported, Quality.QUESTIONABLE)
        )
        if len(readings) == 1:
            warnings = ("the flag for RR intervals is set, but there are none",)
        if len(payload) - end & 1:
            contradictions.append("half an RR interval at the end")
    else:
        contradictions += surplus(payload, end)
    return Decoded(
        readings=tuple(readings),
        warnings=warnings,
        contradictions=tuple(contradictions),
        details=details,
    )


def decode_location(payload: bytes) -> Decoded:
    """Decode the location of the sensor as detail ``site``.

    Raises:
        DecodeError: not exactly one byte.
    """
    require_exact_length(payload, 1, "a body sensor location")
    if payload[0] >= len(_SITES):
        return Decoded(warnings=(f"body sensor location {payload[0]} is reserved",))
    return Decoded(details={"site": _SITES[payload[0]]})


# Readings are immutable, so the few hundred that occur are cached: decoding takes 1.8 instead of
# 3.0 us.
@lru_cache(maxsize=1024)
def _heart_rate(bpm: int, reported: Quality) -> Reading:
    if bpm == 0:
        # 0x2A37 has no code for 'unknown'; devices send 0. It never means cardiac arrest.
        return Reading(signal=_HEART_RATE.name, value=None, quality=Quality.NO_VALUE)
    return make_reading(_HEART_RATE, float(bpm), reported)


def _intervals(payload: bytes, start: int, reported: Quality) -> list[Reading]:
    counts = [payload[at] | payload[at + 1] << 8 for at in range(start, len(payload) - 1, 2)]
    later = sum(counts)
    readings = []
    for count in counts:
        later -= count
        readings.append(
            make_reading(_RR_INTERVAL, count * _RR_MS, reported, later * _RR_HALF_NS // 2)
        )
    return readings
