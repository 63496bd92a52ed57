"""Encoders of pulse oximeters: the standard service and manufacturer-specific frames.

Source: Bluetooth GATT Specification Supplement, PLX Continuous and Spot-Check Measurement; those of
`devices.vendors.nonin`, `berrymed` and `viatom`.
"""

from datetime import datetime

from devices.vendors.wellue import crc8
from devices.virtual.encoders.medical import date_time, sfloat

Pair = tuple[float | None, float | None]  # saturation in %, pulse rate in /min

STORED, UNAVAILABLE, QUESTIONABLE = 1 << 9, 1 << 13, 1 << 14
VALIDATED, ONGOING = 1 << 7, 1 << 5
LOW_PERFUSION, NO_FINGER = 1 << 5, 1 << 11


def _values(pair: Pair) -> bytes:
    return b"".join(map(sfloat, pair))


def continuous(
    pair: Pair,
    *,
    fast: Pair | None = None,
    slow: Pair | None = None,
    status: int | None = None,
    device: int | None = None,
    amplitude: float | None = None,
) -> bytes:
    """Encode a 0x2A5F value; `amplitude` is the pulse amplitude index in %, with one decimal."""
    flags, body = 0, _values(pair)
    for bit, part in (
        (0x01, None if fast is None else _values(fast)),
        (0x02, None if slow is None else _values(slow)),
        (0x04, None if status is None else status.to_bytes(2, "little")),
        (0x08, None if device is None else device.to_bytes(3, "little")),
        (0x10, None if amplitude is None else sfloat(amplitude, -1)),
    ):
        if part is not None:
            flags, body = flags | bit, body + part
    return bytes([flags]) + body


def spot_check(
    pair: Pair, *, at: datetime | None = None, status: int | None = None, clock_set: bool = True
) -> bytes:
    """Encode a 0x2A5E value with the device time."""
    flags, body = 0 if clock_set else 0x10, _values(pair)
    if at is not None:
        flags, body = flags | 0x01, body + date_time(at)
    if status is not None:
        flags, body = flags | 0x02, body + status.to_bytes(2, "little")
    return bytes([flags]) + body


def nonin(spo2: int | None, pulse: int | None, *, counter: int, status: int) -> bytes:
    """Encode a measurement of a Nonin 3230; None becomes code 127 or 511."""
    return (
        bytes([0x0A, status, 0, 0, 0])
        + (counter & 0xFFFF).to_bytes(2, "big")
        + bytes([127 if spo2 is None else spo2])
        + (511 if pulse is None else pulse).to_bytes(2, "big")
    )


def berrymed(spo2: int | None, pulse: int | None, *, curve: int, finger: bool) -> bytes:
    """Encode one frame of a BM1000; `curve` is the height of the pulse wave, 0 to 127."""
    rate = 255 if pulse is None else min(pulse, 254)
    flags = (0 if finger else 0x10) | (rate >> 1 & 0x40)
    return bytes([0x80, curve & 0x7F, flags, rate & 0x7F, 127 if spo2 is None else spo2])


def viatom(
    spo2: int | None, pulse: int | None, *, battery: int, motion: int, perfusion: int, worn: bool
) -> bytes:
    """Encode a response of an O2Ring; None becomes 0, its code for no value."""
    answer = bytearray(20)
    answer[7], answer[8], answer[14] = spo2 or 0, pulse or 0, battery
    answer[16], answer[17], answer[18] = motion, perfusion, worn
    return bytes(answer)


def jumper(spo2: int | None, pulse: int | None) -> bytes:
    """Encode a measurement of a Jumper oximeter; None becomes code 127 or 255."""
    return bytes([0x81, 255 if pulse is None else pulse, 127 if spo2 is None else spo2, 68])


def wellue(spo2: int | None, pulse: int | None, *, status: int) -> bytes:
    """Encode the values of a PC-60FW; None becomes 0, its code for no value."""
    values = bytes([spo2 or 0]) + (pulse or 0).to_bytes(2, "little") + bytes([45, status, 0])
    return _wellue_frame(0x0F, 0x01, values)


def wellue_battery(percent: int) -> bytes:
    """Encode the battery level of a PC-60FW, which has four steps."""
    return _wellue_frame(0xF0, 0x03, bytes([max(0, -(-percent // 25) - 1)]))


def _wellue_frame(token: int, kind: int, content: bytes) -> bytes:
    frame = bytes([0xAA, 0x55, token, len(content) + 2, kind]) + content
    return frame + bytes([crc8(frame)])
