"""Sensors that stream samples of ECG, acceleration or pulse intervals besides the heart rate."""

import asyncio
import contextlib
import math
from abc import abstractmethod
from collections import deque
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from itertools import islice

from bumble import gatt

from devices.vendors import movesense, polar
from devices.vendors.polar import Measurement, PulseInterval, Setting
from devices.virtual import packets
from devices.virtual.characteristics import (
    NOTIFY,
    Characteristic,
    commands,
    constant,
    control_point,
    measurement,
    uuid_of,
)
from devices.virtual.encoders import streams
from devices.virtual.faults import ANY, FaultKind
from devices.virtual.peripheral import short_uuids
from devices.virtual.peripherals.wearing import Worn
from devices.virtual.sample_sources import HeartSample

_CHEST, _OTHER = b"\x01", b"\x00"  # body sensor locations; there is none for an arm
_MOST_WAITING = 8
# A strap that was never set believes in this time when it is switched on.
_NEVER_SET_NS = int(datetime(2019, 1, 1, tzinfo=UTC).timestamp()) * 10**9 - polar.EPOCH_NS
_INVALID_OPERATION, _NOT_SUPPORTED, _INVALID_LENGTH, _INVALID_PARAMETER = 1, 3, 4, 5
_ALREADY, _INVALID_RESOLUTION, _INVALID_RATE = 6, 7, 8
_PPI_BEGINS_S, _PPI_EVERY_S = 25.0, 5.0
_SIZES = {Setting.SAMPLE_RATE_HZ: 2, Setting.RESOLUTION_BITS: 2, Setting.RANGE: 2}
# Height in uV, place and width in parts of an interval: P, Q, R, S and T.
_WAVES = (
    (120.0, 0.18, 0.025),
    (-100.0, 0.265, 0.010),
    (1100.0, 0.285, 0.011),
    (-200.0, 0.310, 0.012),
    (300.0, 0.55, 0.050),
)


class _Heart(Worn):
    """A sensor of the standard service whose samples come from the same beats.

    Attributes:
        drift_ppm: how much its own clock runs too fast.
    """

    FAULTS = ANY | {FaultKind.OFF_BODY}
    _WHERE = _CHEST
    _EVERY = 1  # samples of the source, one a second
    drift_ppm = 0.0

    def _advertised(self) -> list[tuple[int, bytes]]:
        return [short_uuids(0x180D)]

    def _services(self) -> list[gatt.Service]:
        self._commands: asyncio.Queue[bytes] = asyncio.Queue(_MOST_WAITING)
        self._heart_rate = measurement(0x2A37, NOTIFY, self._listened.set)
        heart = [self._heart_rate, constant(0x2A38, self._WHERE)]
        return [gatt.Service(uuid_of(0x180D), heart), *self._own_services()]

    @abstractmethod
    def _own_services(self) -> list[gatt.Service]:
        """Return the service that streams."""

    @abstractmethod
    async def _obey(self, command: bytes) -> None:
        """Carry out a command, and answer it."""

    def _take(self, command: bytes) -> None:
        with contextlib.suppress(asyncio.QueueFull):
            self._commands.put_nowait(command)

    async def _measure(self) -> None:
        async with asyncio.TaskGroup() as self._tasks:
            self._streaming: dict[int, asyncio.Task[None]] = {}
            self._tasks.create_task(self._obey_all(), name=f"{self.name}/commands")
            self._held = HeartSample(at_s=0, rate=60)
            for sample in self._body.heart():
                await self._wait_until(sample.at_s)
                if self._connection is None:
                    self._stop_all()  # whoever comes next starts what they want
                await self._tell_heart(sample)

    async def _tell_heart(self, sample: HeartSample) -> None:
        if self.fails(FaultKind.OFF_BODY):
            payload = packets.heart_rate(0, (), contact=None)
        else:
            if not self.fails(FaultKind.FROZEN):
                self._held = sample
            payload = packets.heart_rate(self._held.rate, self._held.rr, contact=None)
        await self._send_measurement(self._heart_rate, payload)

    async def _tell(self, at_s: float) -> None:
        """Do nothing: what is told depends on beats, not on a moment."""

    async def _obey_all(self) -> None:
        while True:
            await self._obey(await self._commands.get())

    def _stop_all(self) -> None:
        for task in self._streaming.values():
            task.cancel()
        self._streaming.clear()

    def _clock_ns(self) -> int:
        """Return the sensor's own time since it was switched on, in nanoseconds."""
        return round(self.now_s() * 1e9 * (1 + self.drift_ppm / 1e6))

    def beats_after(self, began_s: float) -> Iterator[float]:
        """Yield the times of the beats after a moment."""
        return (at_s for at_s, _ in self._body.beats() if at_s > began_s)


class _Blocks:
    """Cuts an ECG into blocks, and waits until each is complete."""

    def __init__(self, sensor: _Heart, rate_hz: float, count: int) -> None:
        self._sensor = sensor
        self._rate_hz = rate_hz
        self._count = count
        self._at_s = sensor.now_s()
        beats = sensor.beats_after(self._at_s - 2)
        self._beats = deque(islice(beats, 2), maxlen=2)
        self._next = beats

    async def next(self) -> list[int]:
        """Return the microvolts of the next block as soon as its last sample is taken."""
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


class _Polar(_Heart):
    """What Polar's sensors share: the control point of PMD, and its answers and errors."""

    OFFERS: dict[Measurement, dict[Setting, int]]

    def _own_services(self) -> list[gatt.Service]:
        bits = sum(1 << each for each in self.OFFERS)
        features = bytes([0x0F]) + bits.to_bytes(2, "little") + bytes(14)
        self._control = control_point(polar.CONTROL_POINT, self._take, features)
        self._data = measurement(polar.DATA, NOTIFY, lambda: None)
        return [gatt.Service(uuid_of(polar.SERVICE), [self._control, self._data])]

    async def _obey(self, command: bytes) -> None:
        operation, number = (*command[:2], 0, 0)[:2]
        answer = streams.polar_response(operation, number, self._refusal(command))
        offered = self.OFFERS.get(Measurement(number)) if number in [*Measurement] else None
        if not answer[3] and offered is not None:
            told = [(key, value, _SIZES[key]) for key, value in offered.items()]
            match operation:
                case 1:
                    answer = streams.polar_response(operation, number, 0, told)
                case 2:
                    self._streaming[number] = self._tasks.create_task(
                        self._stream(Measurement(number)), name=f"{self.name}/stream {number}"
                    )
                case 3:
                    self._streaming.pop(number).cancel()
        await self._send(self._control, answer)

    def _refusal(self, command: bytes) -> int:
        """Return the number of the error that a command earns, 0 if none."""
        if len(command) < 2:  # noqa: PLR2004
            return _INVALID_LENGTH
        operation, number = command[:2]
        if operation not in (1, 2, 3):
            return _INVALID_OPERATION
        if number not in self.OFFERS:
            return _NOT_SUPPORTED
        if (operation == 2) == (number in self._streaming) and operation != 1:  # noqa: PLR2004
            return _ALREADY
        return self._bad_setting(Measurement(number), command[2:]) if operation == 2 else 0  # noqa: PLR2004

    def _bad_setting(self, wanted: Measurement, told: bytes) -> int:
        offered, at = self.OFFERS[wanted], 0
        while at < len(told):
            size = _SIZES.get(Setting(told[at])) if told[at] in [*Setting] else None
            if size is None or told[at] not in offered or told[at + 1 : at + 2] != b"\x01":
                return _INVALID_PARAMETER
            value = int.from_bytes(told[at + 2 : at + 2 + size], "little")
            if value != offered[Setting(told[at])]:
                wrong = {Setting.SAMPLE_RATE_HZ: _INVALID_RATE}
                return wrong.get(Setting(told[at]), _INVALID_RESOLUTION)
            at += 2 + size
        return 0

    def _stamp_ns(self) -> int:
        return _NEVER_SET_NS + self._clock_ns()

    @abstractmethod
    async def _stream(self, wanted: Measurement) -> None:
        """Send samples until cancelled."""


class PolarStrap(_Polar):
    """A Polar H10: ECG of 130 Hz and acceleration of 50 Hz; it never tells its contact."""

    MODEL = "Virtual H10"
    OFFERS = {  # noqa: RUF012 - a constant
        Measurement.ECG: {Setting.SAMPLE_RATE_HZ: 130, Setting.RESOLUTION_BITS: 14},
        Measurement.ACCELERATION: {
            Setting.SAMPLE_RATE_HZ: 50,
            Setting.RESOLUTION_BITS: 16,
            Setting.RANGE: 4,
        },
    }

    async def _stream(self, wanted: Measurement) -> None:
        if wanted is Measurement.ECG:
            blocks = _Blocks(self, 130.0, 73)
            while True:
                block = await blocks.next()  # stamped when its last sample is taken
                payload = streams.polar_ecg(self._stamp_ns(), block)
                await self._send_measurement(self._data, payload)
        while True:
            await asyncio.sleep(36 / 50)
            breath = round(15 * math.sin(self.now_s() * math.pi / 2))
            payload = streams.polar_acceleration(self._stamp_ns(), [(breath, 0, 1000)] * 36)
            await self._send_measurement(self._data, payload)


class PolarArmband(_Polar):
    """A Polar Verity Sense: pulse intervals each 5 s, the first 25 s after the start.

    While they come, heart rate comes each 5 s. Doubt means that they are disturbed by movement.
    """

    MODEL = "Virtual Verity Sense"
    FAULTS = _Heart.FAULTS | {FaultKind.QUESTIONABLE}
    _WHERE = _OTHER
    OFFERS = {Measurement.PULSE_INTERVALS: {}}  # noqa: RUF012 - a constant

    async def _tell_heart(self, sample: HeartSample) -> None:
        if not self._streaming or sample.at_s % _PPI_EVERY_S == 0:
            await super()._tell_heart(replace(sample, rr=()))  # only its own service tells those

    async def _stream(self, wanted: Measurement) -> None:  # noqa: ARG002 - there is one
        await asyncio.sleep(_PPI_BEGINS_S)
        seen_s = self.now_s() - _PPI_EVERY_S
        beats = ((at_s, ticks) for at_s, ticks in self._body.beats() if at_s > seen_s)
        waiting = next(beats)
        while True:
            told = []
            while waiting[0] <= self.now_s():
                told.append(self._interval(waiting[1] * 1000 // 1024))
                waiting = next(beats)
            if told:
                payload = streams.polar_intervals(self._stamp_ns(), told)
                await self._send_measurement(self._data, payload)
            await asyncio.sleep(_PPI_EVERY_S)

    def _interval(self, interval_ms: int) -> PulseInterval:
        off = self.fails(FaultKind.OFF_BODY)
        return PulseInterval(
            bpm=0 if off else round(60_000 / interval_ms),
            interval_ms=interval_ms,
            error_ms=60 if off else 10,
            disturbed=self.fails(FaultKind.QUESTIONABLE),
            contact_bits=0b10 if off else 0b11,
        )


class Movesense(_Heart):
    """A Movesense sensor: ECG of 125 Hz by its sensor data protocol, 16 samples in a packet."""

    MODEL = "Virtual Movesense"
    _PATH = b"/Meas/ECG/125"
    _OK, _BAD, _NOT_FOUND = 200, 400, 404

    def _own_services(self) -> list[gatt.Service]:
        self._data: Characteristic = measurement(movesense.DATA, NOTIFY, lambda: None)
        taking = commands(movesense.COMMANDS, self._take)
        return [gatt.Service(uuid_of(movesense.SERVICE), [taking, self._data])]

    async def _obey(self, command: bytes) -> None:
        operation, reference = (*command[:2], 0, 0)[:2]
        status = self._BAD
        if operation == 1 and len(command) > 2:  # noqa: PLR2004
            status = self._OK if command[2:] == self._PATH else self._NOT_FOUND
        elif operation == 2:  # noqa: PLR2004
            status = self._OK if reference in self._streaming else self._NOT_FOUND
        running = self._streaming.pop(reference, None) if status == self._OK else None
        if running is not None:
            running.cancel()
        await self._send(self._data, streams.movesense_result(reference, status))
        if operation == 1 and status == self._OK:
            self._streaming[reference] = self._tasks.create_task(
                self._stream(reference), name=f"{self.name}/stream {reference}"
            )

    async def _stream(self, reference: int) -> None:
        blocks = _Blocks(self, 125.0, 16)
        while True:
            first_ms = self._clock_ns() // 10**6
            payload = streams.movesense_ecg(reference, first_ms, await blocks.next())
            await self._send_measurement(self._data, payload)
