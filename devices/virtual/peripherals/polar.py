"""Polar sensors that stream ECG, acceleration or pulse intervals besides the heart rate."""

import asyncio
import math
from abc import abstractmethod
from dataclasses import replace
from datetime import UTC, datetime

from bumble import gatt

from devices.vendors import polar, polar_control
from devices.vendors.polar import Measurement, PulseInterval
from devices.vendors.polar_control import Setting
from devices.virtual.characteristics import (
    NOTIFY,
    control_point,
    measurement,
    uuid_of,
)
from devices.virtual.encoders import streams
from devices.virtual.faults import FaultKind
from devices.virtual.peripherals.ecg import EcgBlocks
from devices.virtual.peripherals.streaming import OTHER_LOCATION, HeartRateStreamer
from devices.virtual.sample_sources import HeartSample

# Time at which the clock of a strap that was never set starts.
_NEVER_SET_NS = int(datetime(2019, 1, 1, tzinfo=UTC).timestamp()) * 10**9 - polar.EPOCH_NS
_INVALID_OPERATION, _NOT_SUPPORTED, _INVALID_LENGTH, _INVALID_PARAMETER = 1, 3, 4, 5
_ALREADY, _INVALID_RESOLUTION, _INVALID_RATE = 6, 7, 8
_PPI_BEGINS_S, _PPI_EVERY_S = 25.0, 5.0
_SIZES = {Setting.SAMPLE_RATE_HZ: 2, Setting.RESOLUTION_BITS: 2, Setting.RANGE: 2}


class _Polar(HeartRateStreamer):
    """A sensor with the control point of PMD, its responses and errors."""

    STREAMS: dict[Measurement, dict[Setting, int]]

    def _streaming_services(self) -> list[gatt.Service]:
        bits = sum(1 << each for each in self.STREAMS)
        features = bytes([0x0F]) + bits.to_bytes(2, "little") + bytes(14)
        self._control = control_point(polar_control.CONTROL_POINT, self._take, features)
        self._data = measurement(polar.DATA, NOTIFY, lambda: None)
        return [gatt.Service(uuid_of(polar.SERVICE), [self._control, self._data])]

    async def _run_command(self, command: bytes) -> None:
        operation, number = (*command[:2], 0, 0)[:2]
        answer = streams.polar_response(operation, number, self._refusal(command))
        offered = self.STREAMS.get(Measurement(number)) if number in [*Measurement] else None
        if not answer[3] and offered is not None:
            settings = [(key, value, _SIZES[key]) for key, value in offered.items()]
            match operation:
                case 1:
                    answer = streams.polar_response(operation, number, 0, settings)
                case 2:
                    self._streaming[number] = self._tasks.create_task(
                        self._stream(Measurement(number)), name=f"{self.name}/stream {number}"
                    )
                case 3:
                    self._streaming.pop(number).cancel()
        await self._send(self._control, answer)

    def _refusal(self, command: bytes) -> int:
        """Return the error code of a command, 0 if it is valid."""
        if len(command) < 2:  # noqa: PLR2004
            return _INVALID_LENGTH
        operation, number = command[:2]
        if operation not in (1, 2, 3):
            return _INVALID_OPERATION
        if number not in self.STREAMS:
            return _NOT_SUPPORTED
        if (operation == 2) == (number in self._streaming) and operation != 1:  # noqa: PLR2004
            return _ALREADY
        return self._bad_setting(Measurement(number), command[2:]) if operation == 2 else 0  # noqa: PLR2004

    def _bad_setting(self, wanted: Measurement, parameters: bytes) -> int:
        offered, at = self.STREAMS[wanted], 0
        while at < len(parameters):
            size = _SIZES.get(Setting(parameters[at])) if parameters[at] in [*Setting] else None
            if (
                size is None
                or parameters[at] not in offered
                or parameters[at + 1 : at + 2] != b"\x01"
            ):
                return _INVALID_PARAMETER
            value = int.from_bytes(parameters[at + 2 : at + 2 + size], "little")
            if value != offered[Setting(parameters[at])]:
                wrong = {Setting.SAMPLE_RATE_HZ: _INVALID_RATE}
                return wrong.get(Setting(parameters[at]), _INVALID_RESOLUTION)
            at += 2 + size
        return 0

    def _stamp_ns(self) -> int:
        return _NEVER_SET_NS + self._clock_ns()

    @abstractmethod
    async def _stream(self, wanted: Measurement) -> None:
        """Send samples until cancelled."""


class PolarStrap(_Polar):
    """A Polar H10: ECG at 130 Hz and acceleration at 50 Hz, without contact detection."""

    MODEL = "Virtual H10"
    STREAMS = {  # noqa: RUF012 - a constant
        Measurement.ECG: {Setting.SAMPLE_RATE_HZ: 130, Setting.RESOLUTION_BITS: 14},
        Measurement.ACCELERATION: {
            Setting.SAMPLE_RATE_HZ: 50,
            Setting.RESOLUTION_BITS: 16,
            Setting.RANGE: 4,
        },
    }

    async def _stream(self, wanted: Measurement) -> None:
        if wanted is Measurement.ECG:
            blocks = EcgBlocks(self, 130.0, 73)
            while True:
                block = await blocks.next()  # the time stamp is that of the last sample
                payload = streams.polar_ecg(self._stamp_ns(), block)
                await self._send_measurement(self._data, payload)
        while True:
            await asyncio.sleep(36 / 50)
            breath = round(15 * math.sin(self.now_s() * math.pi / 2))
            payload = streams.polar_acceleration(self._stamp_ns(), [(breath, 0, 1000)] * 36)
            await self._send_measurement(self._data, payload)


class PolarArmband(_Polar):
    """A Polar Verity Sense: pulse intervals every 5 s, the first 25 s after the start.

    Meanwhile heart rate is sent every 5 s. QUESTIONABLE flags intervals as disturbed by movement.
    """

    MODEL = "Virtual Verity Sense"
    FAULTS = HeartRateStreamer.FAULTS | {FaultKind.QUESTIONABLE}
    _LOCATION = OTHER_LOCATION
    STREAMS = {Measurement.PULSE_INTERVALS: {}}  # noqa: RUF012 - a constant

    async def _send_heart_rate(self, sample: HeartSample) -> None:
        if not self._streaming or sample.at_s % _PPI_EVERY_S == 0:
            await super()._send_heart_rate(
                replace(sample, rr=())
            )  # intervals are sent only by its own service

    async def _stream(self, wanted: Measurement) -> None:  # noqa: ARG002 - there is one
        await asyncio.sleep(_PPI_BEGINS_S)
        seen_s = self.now_s() - _PPI_EVERY_S
        beats = ((at_s, ticks) for at_s, ticks in self._body.beats() if at_s > seen_s)
        waiting = next(beats)
        while True:
            intervals = []
            while waiting[0] <= self.now_s():
                intervals.append(self._interval(waiting[1] * 1000 // 1024))
                waiting = next(beats)
            if intervals:
                payload = streams.polar_intervals(self._stamp_ns(), intervals)
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
