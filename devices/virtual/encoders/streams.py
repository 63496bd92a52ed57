"""Encoders of streamed samples: Polar's PMD and Movesense's sensor data.

Sources: those of `devices.vendors.polar` and `movesense`.
"""

import struct
from collections.abc import Iterable, Sequence

from devices.vendors.polar import Measurement, PulseInterval


def polar_ecg(device_ns: int, microvolts: Iterable[int]) -> bytes:
    """Encode a PMD frame of ECG, type 0: 24 bits per sample."""
    samples = b"".join(each.to_bytes(3, "little", signed=True) for each in microvolts)
    return _frame(Measurement.ECG, device_ns, 0, samples)


def polar_acceleration(device_ns: int, milli_g: Iterable[Sequence[int]]) -> bytes:
    """Encode a PMD frame of acceleration, type 1: x, y and z of 16 bits per sample."""
    samples = b"".join(struct.pack("<3h", *each) for each in milli_g)
    return _frame(Measurement.ACCELERATION, device_ns, 1, samples)


def polar_intervals(device_ns: int, intervals: Iterable[PulseInterval]) -> bytes:
    """Encode a PMD frame of pulse intervals."""
    return _frame(
        Measurement.PULSE_INTERVALS,
        device_ns,
        0,
        b"".join(
            struct.pack(
                "<BHHB",
                each.bpm,
                each.interval_ms,
                each.error_ms,
                each.disturbed | each.contact_bits << 1,
            )
            for each in intervals
        ),
    )


def polar_response(
    operation: int, measurement: int, error: int, settings: Iterable[tuple[int, int, int]] = ()
) -> bytes:
    """Encode a response of the control point; settings are (number, value, bytes of the value)."""
    if error:
        return bytes([0xF0, operation, measurement, error, 0])
    data = b"".join(
        bytes([number, 1]) + value.to_bytes(size, "little") for number, value, size in settings
    )
    return bytes([0xF0, operation, measurement, 0, 0]) + data


def movesense_result(reference: int, status: int) -> bytes:
    """Encode the result of a command, as an HTTP status."""
    return bytes([1, reference]) + status.to_bytes(2, "little")


def movesense_ecg(reference: int, device_ms: int, counts: Sequence[int]) -> bytes:
    """Encode a data notification."""
    return struct.pack(f"<BBI{len(counts)}i", 2, reference, device_ms & 0xFFFFFFFF, *counts)


def _frame(measurement: int, device_ns: int, frame_type: int, samples: bytes) -> bytes:
    return struct.pack("<BQB", measurement, device_ns, frame_type) + samples
