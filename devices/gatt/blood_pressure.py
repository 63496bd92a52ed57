"""Blood Pressure Service: measurement (0x2A35) and intermediate cuff pressure (0x2A36).

Source: Bluetooth GATT Specification Supplement, Blood Pressure Measurement, Intermediate Cuff
Pressure.
"""

from dataclasses import dataclass
from fractions import Fraction

from devices.errors import DecodeError
from devices.gatt import date_time
from devices.gatt.consistency import reserved_flags
from devices.gatt.flags import flag_names
from devices.gatt.ieee11073 import Special, sfloat
from devices.gatt.length import require_length, surplus
from devices.gatt.medical_number import reading
from devices.packets import Decoded, Quality
from devices.signals import SIGNALS

_PRESSURES = tuple(SIGNALS[name] for name in ("systolic", "diastolic", "mean_arterial"))
_PULSE_RATE = SIGNALS["pulse_rate"]

# A conventional millimetre of mercury is 133.322387415 Pa. Source: ISO 80000-4.
_MMHG_IN_KPA = Fraction(10**12, 133_322_387_415)

_IS_KPA = 0x01
_HAS_TIME = 0x02
_HAS_PULSE = 0x04
_HAS_USER = 0x08
_HAS_STATUS = 0x10
_RESERVED = 0xE0
_UNKNOWN_USER = 255

_STATUS = {0: "body movement", 1: "cuff too loose", 2: "irregular pulse", 5: "improper position"}
# An irregular pulse is a clinical finding, not a fault of the measurement.
_QUESTIONABLE = 1 << 0 | 1 << 1 | 1 << 5
_RATE_RANGE = {1: "pulse rate above range", 2: "pulse rate below range", 3: "pulse rate range 3"}


@dataclass(frozen=True, slots=True)
class _Fields:
    """The fields of a measurement.

    Attributes:
        pressures: systolic, diastolic and mean, in mmHg.
        contradictions: see `Decoded`.
        unclear: bytes before the status are not covered by the flags, so that it may be wrong.
    """

    pressures: list[Fraction | Special]
    pulse: Fraction | Special | None
    status: int
    details: dict[str, str | int | float | bool]
    warnings: tuple[str, ...]
    contradictions: tuple[str, ...]
    unclear: bool


def decode_measurement(payload: bytes) -> Decoded:
    """Decode systolic, diastolic and mean pressure in mmHg, and the pulse rate if present.

    ``device_time``, ``user`` and ``status`` are details. Values taken during movement, in a wrong
    position or with a loose cuff are questionable, as are those whose status may be displaced: some
    cuffs (Beurer BM85) send a user before it without its flag. A mean pressure of 0 means no value,
    and one outside of both others is invalid.

    >>> [r.value for r in decode_measurement(bytes.fromhex("00A0006E007F00")).readings]
    [160.0, 110.0, 127.0]

    Raises:
        DecodeError: the payload is shorter than its flags require, the diastolic pressure is not
            below the systolic one, or one of them is impossible.
    """
    fields = _fields(payload)
    systolic, diastolic, mean = fields.pressures
    if isinstance(systolic, Fraction) and isinstance(diastolic, Fraction) and diastolic >= systolic:
        raise DecodeError(
            3,
            f"the diastolic pressure {float(diastolic):g} is not below the systolic pressure "
            f"{float(systolic):g}",
        )
    for signal, number in zip(_PRESSURES[:2], (systolic, diastolic), strict=True):
        if isinstance(number, Fraction) and not signal.measurable(float(number)):
            raise DecodeError(1, f"the {signal.name} pressure cannot be {float(number):g} mmHg")
    doubtful = fields.status & _QUESTIONABLE or fields.unclear
    reported = Quality.QUESTIONABLE if doubtful else Quality.GOOD
    contradictions = fields.contradictions
    if mean == 0:
        mean = Special.NAN
    elif not _ordered(diastolic, mean) or not _ordered(mean, systolic):
        contradictions = (*contradictions, "the mean pressure is not between the other two")
        mean = Special.RESERVED
    readings = [
        reading(signal, number, reported)
        for signal, number in zip(_PRESSURES, (systolic, diastolic, mean), strict=True)
    ]
    if fields.pulse is not None:
        strange = fields.status >> 3 & 3
        pulse = Special.NAN if fields.pulse == 0 else fields.pulse
        readings.append(reading(_PULSE_RATE, pulse, Quality.QUESTIONABLE if strange else reported))
    return Decoded(
        readings=tuple(readings),
        warnings=fields.warnings,
        contradictions=contradictions,
        details=fields.details,
    )


def decode_cuff_pressure(payload: bytes) -> Decoded:
    """Decode the cuff pressure during a measurement as a detail; it is not a blood pressure.

    Raises:
        DecodeError: the payload is shorter than its flags require.
    """
    fields = _fields(payload)
    cuff = fields.pressures[0]
    details = dict(fields.details)
    if isinstance(cuff, Fraction):
        details["cuff_pressure_mmhg"] = float(cuff)
    return Decoded(warnings=fields.warnings, contradictions=fields.contradictions, details=details)


def _ordered(low: Fraction | Special, high: Fraction | Special) -> bool:
    """Return whether two pressures can be in this order; a missing one can."""
    return isinstance(low, Special) or isinstance(high, Special) or low <= high


def _fields(payload: bytes) -> _Fields:
    require_length(payload, 7, "a blood pressure measurement")
    flags, end = payload[0], 7
    pressures = [sfloat(payload, at) for at in (1, 3, 5)]
    if flags & _IS_KPA:
        pressures = [n * _MMHG_IN_KPA if isinstance(n, Fraction) else n for n in pressures]
    details: dict[str, str | int | float | bool] = {}
    warnings: list[str] = []
    pulse: Fraction | Special | None = None
    status = 0
    if flags & _HAS_TIME:
        require_length(payload, end + date_time.SIZE, "the time stamp")
        warnings += date_time.add_device_time(payload, end, details)
        end += date_time.SIZE
    if flags & _HAS_PULSE:
        pulse = sfloat(payload, end)
        end += 2
    if flags & _HAS_USER:
        require_length(payload, end + 1, "the user")
        details["user"] = "unknown" if payload[end] == _UNKNOWN_USER else payload[end]
        end += 1
    if flags & _HAS_STATUS:
        require_length(payload, end + 2, "the measurement status")
        status = payload[end] | payload[end + 1] << 8
        said = [flag_names(status & ~0x18, _STATUS), _RATE_RANGE.get(status >> 3 & 3, "")]
        details["status"] = ", ".join(filter(None, said))
        end += 2
    extra = surplus(payload, end)
    contradictions = (*reserved_flags(payload, _RESERVED), *extra)
    unclear = bool(extra) and flags & _HAS_STATUS != 0
    return _Fields(pressures, pulse, status, details, tuple(warnings), contradictions, unclear)
