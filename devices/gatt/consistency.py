"""Payloads that contradict themselves: one contradiction costs a part, two cost the payload."""

from collections.abc import Sequence
from dataclasses import replace

from devices.errors import DecodeError
from devices.packets import Decoded, Quality, Reading
from devices.signals import SIGNALS
from devices.units import quantity

_OUT_OF_RANGE = Quality.OUT_OF_RANGE  # attributes of enumerations are slow before Python 3.12


def require_consistent(decoded: Decoded) -> Decoded:
    """Return the certain part of a payload; a value that cannot exist becomes an invalid one.

    A value that is merely implausible is kept: a heart rate of 22 /min may be true.

    Raises:
        DecodeError: two contradictions, so that no field is certain.
    """
    # Every impossible value is out of range; comparing qualities first is fast.
    odd = [each for each in decoded.readings if each.quality >= _OUT_OF_RANGE]
    wrong = [each for each in odd if _impossible(each)]
    if not wrong and not decoded.contradictions:
        return decoded
    found = (*decoded.contradictions, *map(_text, wrong))
    if len(found) > 1:
        raise DecodeError(0, f"it contradicts itself: {'; '.join(found)}")
    return replace(decoded, readings=_without(decoded.readings, wrong), contradictions=found)


def reserved_flags(payload: bytes, reserved: int) -> list[str]:
    """Return a contradiction if one of the `reserved` bits of the first byte is set."""
    flags = payload[0]
    return [f"reserved flag bits are set (flags 0x{flags:02X})"] if flags & reserved else []


def _impossible(reading: Reading) -> bool:
    signal = SIGNALS[reading.signal]
    return reading.value is not None and not signal.measurable(reading.value)


def _text(reading: Reading) -> str:
    signal = SIGNALS[reading.signal]
    value = "" if reading.value is None else quantity(reading.value, signal.unit)
    return f"{signal.label.lower()} cannot be {value}"


def _without(readings: Sequence[Reading], wrong: Sequence[Reading]) -> tuple[Reading, ...]:
    return tuple(
        replace(each, value=None, quality=Quality.INVALID) if each in wrong else each
        for each in readings
    )
