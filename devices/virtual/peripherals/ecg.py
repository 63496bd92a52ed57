"""Synthetic ECG curves."""

import asyncio
import math
from collections import deque
from itertools import islice

from devices.virtual.faults import FaultKind
from devices.virtual.peripherals.streaming import HeartRateStreamer

# P, Q, R, S and T: height in uV, position and width as fractions of an interval.
_WAVES = (
    (120.0, 0.18, 0.025),
    (-100.0, 0.265, 0.010),
    (1100.0, 0.285, 0.011),
    (-200.0, 0.310, 0.012),
    (300.0, 0.55, 0.050),
)


class EcgBlocks:
    """ECG samples in blocks, each returned when it is complete."""

    def __init__(self, sensor: HeartRateStreamer, rate_hz: float, count: int) -> None:
        self._sensor = sensor
        self._rate_hz = rate_hz
        self._count = count
        self._at_s = sensor.now_s()
        beats = sensor.beats_after(self._at_s - 2)
        self._beats = deque(islice(beats, 2), maxlen=2)
        self._next = beats

    async def next(self) -> list[int]:
        """Return the next block in microvolts when its last sample has been taken."""
        off = self._sensor.fails(FaultKind.OFF_BODY)
        block = []
        for _ in range(self._count):
            self._at_s += 1 / self._rate_hz
            while self._beats[1] <= self._at_s:
                self._beats.append(next(self._next))
            began_s, ends_s = self._beats
            share = (self._at_s - began_s) / (ends_s - began_s)
            block.append(0 if off else round(_ecg_uv(share)))
        await asyncio.sleep(max(0.0, self._at_s - self._sensor.now_s()))
        return block


def _ecg_uv(share: float) -> float:
    return sum(
        height * math.exp(-0.5 * ((share - place) / width) ** 2) for height, place, width in _WAVES
    )
