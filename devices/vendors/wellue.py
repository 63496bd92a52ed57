"""Viatom and Wellue fingertip oximeters (PC-60FW, POD-1W): frames over the Nordic UART service.

A frame is AA 55, a token, the length of the rest, a type, the content, and a CRC-8 (Maxim).
Source: sza2/viatom_pc60fw for the framing, and the manufacturer's demo viatom-develop/LepuDemo for
the content. Its service is that of a radio module, so it identifies no device.
"""

from devices.errors import DecodeError
from devices.gatt.length import byte_count
from devices.packets import Decoded, Quality, Reading
from devices.signals import SIGNALS
from devices.vendors.frames import Framer
from devices.vendors.oximetry import readings

STREAM = "6e400003-b5a3-f393-e0a9-e50e24dcca9e"

_SYNC = b"\xaa\x55"
_HEADER = 4
_TYPE, _CONTENT = 4, 5
_VALUES, _BATTERY = (0x0F, 0x01), (0xF0, 0x03)  # token and type
_VALUES_SIZE, _BATTERY_SIZE = 12, 7
_PROBE_OFF, _SEARCHING, _PROBE_FAULT = 0x02, 0x04, 0x08
_BATTERY_STEP = 25  # level 0 means up to 25 %


class Stream:
    """Decodes the packets of one oximeter, which split frames anywhere."""

    def __init__(self) -> None:
        self._framer = Framer(_frame_length)

    def __call__(self, payload: bytes) -> Decoded:
        """Decode the last values and battery level of the frames that a packet completes.

        Raises:
            DecodeError: the packet is not part of a valid frame.
        """
        skipped = self._framer.skipped
        frames = self._framer.feed(payload)
        skipped = self._framer.skipped - skipped
        if payload and skipped >= len(payload):
            raise DecodeError(0, "no valid frame begins here")
        found: dict[str, Reading] = {}
        details: dict[str, str | int | float | bool] = {}
        for frame in frames:
            match (frame[2], frame[_TYPE]), len(frame):
                case kind, size if kind == _VALUES and size >= _VALUES_SIZE:
                    found |= {each.signal: each for each in _values(frame)}
                    details |= {
                        "finger": not frame[9] & _PROBE_OFF,
                        "perfusion_index": frame[8] / 10,
                    }
                case kind, size if kind == _BATTERY and size >= _BATTERY_SIZE:
                    level = float((frame[_CONTENT] + 1) * _BATTERY_STEP)
                    if SIGNALS["battery"].plausible(level):
                        found["battery"] = Reading(signal="battery", value=level)
        warnings = (f"{byte_count(skipped)} outside of frames skipped",) if skipped else ()
        return Decoded(readings=tuple(found.values()), warnings=warnings, details=details)


def _values(frame: bytes) -> tuple[Reading, Reading]:
    status = frame[9]
    reported = Quality.GOOD
    if status & (_SEARCHING | _PROBE_FAULT):
        reported = Quality.QUESTIONABLE
    if status & _PROBE_OFF:
        reported = Quality.NO_CONTACT
    return readings(frame[_CONTENT], frame[6] | frame[7] << 8, reported)


def crc8(octets: bytes) -> int:
    """Return the CRC-8 of Maxim (Dallas) of some bytes.

    >>> hex(crc8(bytes.fromhex("AA550F0801603F002D0038")))
    '0x8c'
    """
    crc = 0
    for octet in octets:
        crc ^= octet
        for _ in range(8):
            crc = crc >> 1 ^ (0x8C if crc & 1 else 0)
    return crc


def _frame_length(octets: bytes) -> int | None:
    if octets[:2] != _SYNC[: len(octets)]:
        return 0
    if len(octets) < _HEADER:
        return None
    size = _HEADER + octets[3]
    if size <= _CONTENT:
        return 0
    if len(octets) < size:
        return None
    return size if crc8(octets[: size - 1]) == octets[size - 1] else 0
