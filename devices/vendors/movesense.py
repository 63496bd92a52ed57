"""Movesense sensors: ECG by the GATT sensor data protocol. Heart rate is sent by 0x2A37.

Source: the clients of Movesense's gatt_sensordata_app agree on commands (code, reference, path in
ASCII) and on data (code 2 or 3, reference, u32 milliseconds, 32-bit samples), with the time of the
first sample. A sample of /Meas/ECG is a count of the converter with 18 bits, a reference of 1 V and
a gain of 20; its makers state 1 V / 20 / 2**17 (0.38147 uV) in public answers. A firmware for other
hardware may differ.
"""

import struct
from dataclasses import dataclass

from devices.errors import DecodeError
from devices.gatt.length import require_length
from devices.packets import Decoded

SERVICE = "34802252-7185-4d5d-b431-630e7050e8f0"
COMMANDS = "34800001-7185-4d5d-b431-630e7050e8f0"
DATA = "34800002-7185-4d5d-b431-630e7050e8f0"

ECG_REFERENCE = 1
MICROVOLTS_PER_COUNT = 1e6 / 20 / 2**17
_SUBSCRIBE, _UNSUBSCRIBE = 1, 2
_RESULT, _DATA, _MORE = 1, 2, 3
_HEADER = struct.Struct("<BBI")
_OK = 300


@dataclass(frozen=True, slots=True)
class EcgFrame:
    """Samples of one notification, oldest first.

    Attributes:
        reference: number of the subscription.
        device_ms: time of the first sample on the sensor's clock, in milliseconds.
        counts: samples as counts of the converter.
    """

    reference: int
    device_ms: int
    counts: tuple[int, ...]

    def microvolts(self) -> tuple[float, ...]:
        """Return the samples in microvolts, to a hundredth."""
        return tuple(round(count * MICROVOLTS_PER_COUNT, 2) for count in self.counts)


def subscribe(path: str, reference: int = ECG_REFERENCE) -> bytes:
    """Return the command that starts a stream.

    >>> subscribe("/Meas/ECG/125")[2:].decode()
    '/Meas/ECG/125'
    """
    return bytes([_SUBSCRIBE, reference]) + path.encode("ascii")


def unsubscribe(reference: int = ECG_REFERENCE) -> bytes:
    """Return the command that ends a stream."""
    return bytes([_UNSUBSCRIBE, reference])


def ecg_frame(payload: bytes) -> EcgFrame:
    """Decode the samples of a data notification.

    Raises:
        DecodeError: not a data notification, or a truncated sample.
    """
    require_length(payload, _HEADER.size, "sensor data")
    code, reference, device_ms = _HEADER.unpack_from(payload)
    if code not in (_DATA, _MORE):
        raise DecodeError(0, f"code {code} is not sensor data")
    samples = payload[_HEADER.size :]
    if len(samples) % 4:
        raise DecodeError(len(payload), "the last sample is truncated")
    return EcgFrame(reference, device_ms, struct.unpack(f"<{len(samples) // 4}i", samples))


def decode(payload: bytes) -> Decoded:
    """Decode a notification as details: the number of ECG samples, or the result of a command.

    Raises:
        DecodeError: neither of both.
    """
    require_length(payload, 1, "sensor data")
    if payload[0] == _RESULT:
        require_length(payload, 4, "the result of a command")
        status = payload[2] | payload[3] << 8
        refused = (f"the sensor rejects a command with status {status}",) if status >= _OK else ()
        return Decoded(details={"reference": payload[1], "status": status}, warnings=refused)
    frame = ecg_frame(payload)
    return Decoded(
        details={
            "reference": frame.reference,
            "device_ms": frame.device_ms,
            "samples": len(frame.counts),
        }
    )
