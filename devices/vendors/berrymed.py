"""BerryMed BM1000 oximeters: a stream of five-byte frames, of which only the first has bit 7 set.

Source: Adafruit CircuitPython BerryMed Pulse Oximeter library (MIT), read for its facts.
"""

from devices.errors import DecodeError
from devices.gatt.length import byte_count
from devices.packets import Decoded, Quality
from devices.vendors.frames import Framer
from devices.vendors.oximetry import readings

STREAM = "49535343-1e4d-4bd9-ba61-23c647249616"
SERVICE = "49535343-fe7d-4ae5-8fa9-9fafd205e455"

_SIZE = 5
_SYNC = 0x80
_NO_FINGER = 0x10
_PULSE_BIT_7 = 0x40
_NO_PULSE_RATE = 255
_NO_SPO2 = 127
# Frames arrive at the rate of the curve that they carry; values change far more slowly. The frame
# rate is unconfirmed: at 2 to 100 frames/s this reports at most five values per second and at
# least one in 10 s.
_REPORT_EVERY_FRAMES = 20


class Stream:
    """Decodes the packets of one oximeter; reports values on change and periodically."""

    def __init__(self) -> None:
        self._framer = Framer(_frame_length)
        self._last: bytes | None = None
        self._unreported = 0

    def __call__(self, payload: bytes) -> Decoded:
        """Decode the frames that this packet completes; report the last value of each signal.

        Raises:
            DecodeError: no frame begins in the packet.
        """
        skipped = self._framer.skipped
        frames = self._framer.feed(payload)
        skipped = self._framer.skipped - skipped
        if payload and skipped >= len(payload):
            raise DecodeError(0, "no frame begins here: none of the bytes has bit 7 set")
        warnings = (f"{byte_count(skipped)} outside of frames skipped",) if skipped else ()
        if not frames:
            return Decoded(warnings=warnings)
        self._unreported += len(frames)
        last = frames[-1]
        said = bytes((last[2] & (_NO_FINGER | _PULSE_BIT_7), last[3], last[4]))
        if said == self._last and self._unreported < _REPORT_EVERY_FRAMES:
            return Decoded(warnings=warnings)
        self._last, self._unreported = said, 0
        off = last[2] & _NO_FINGER != 0
        pulse_rate = last[3] | (last[2] & _PULSE_BIT_7) << 1
        return Decoded(
            readings=readings(
                None if last[4] == _NO_SPO2 else last[4],
                None if pulse_rate == _NO_PULSE_RATE else pulse_rate,
                Quality.NO_CONTACT if off else Quality.GOOD,
            ),
            warnings=warnings,
            details={"finger": not off},
        )


def _frame_length(octets: bytes) -> int | None:
    if not octets[0] & _SYNC:
        return 0
    body = octets[1:_SIZE]
    if any(octet & _SYNC for octet in body):
        return 0  # the next frame begins inside: this one is incomplete
    return None if len(octets) < _SIZE else _SIZE
