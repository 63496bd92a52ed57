"""Pulse oximeters: the standard service, Nonin, BerryMed, Jumper, Viatom and Wellue."""

import asyncio

from bumble import gatt

from devices.vendors import berrymed, jumper, nonin, viatom, wellue
from devices.virtual.advertising import long_uuid, short_uuids
from devices.virtual.characteristics import (
    INDICATE,
    NOTIFY,
    Characteristic,
    commands,
    constant,
    measurement,
    uuid_of,
)
from devices.virtual.encoders import oximeter
from devices.virtual.faults import ANY, FaultKind
from devices.virtual.peripherals.body_sensor import BodySensor

_FEATURES = bytes.fromhex("8F00 A0E2 200800")  # both statuses, storage, time stamps; and which bits
_NORDIC_UART = "6e400001-b5a3-f393-e0a9-e50e24dcca9e"
_SPOT_EVERY = 60  # continuous measurements
_LOW_BATTERY = 10  # per cent


class _Oximeter(BodySensor):
    FAULTS = ANY | {FaultKind.OFF_BODY, FaultKind.QUESTIONABLE}

    def _values(self, at_s: float) -> tuple[int, int]:
        return round(self._body.saturation(at_s)), round(self._body.rate(at_s))


class Oximeter(_Oximeter):
    """A pulse oximeter of the standard service: 0x2A5F every second, 0x2A5E every minute."""

    MODEL = "Virtual oximeter"
    FAULTS = _Oximeter.FAULTS | {FaultKind.LOW_PERFUSION, FaultKind.STORED}
    _sent_values = 0

    def _advertised(self) -> list[tuple[int, bytes]]:
        return [short_uuids(0x1822)]

    def _services(self) -> list[gatt.Service]:
        self._continuous = measurement(0x2A5F, NOTIFY, self._subscribed.set)
        self._spot = measurement(0x2A5E, INDICATE, self._subscribed.set)
        offered = [self._spot, self._continuous, constant(0x2A60, _FEATURES)]
        return [gatt.Service(uuid_of(0x1822), offered)]

    async def _send_values(self, at_s: float) -> None:
        status, device = oximeter.ONGOING, 0
        doubtful = self.fails(FaultKind.QUESTIONABLE)
        if doubtful:
            status |= oximeter.QUESTIONABLE
        if self.fails(FaultKind.OFF_BODY):
            device |= oximeter.NO_FINGER
        cold = self.fails(FaultKind.LOW_PERFUSION)
        if cold:
            device |= oximeter.LOW_PERFUSION
        pair = self._values(at_s)
        amplitude = 0.4 if cold else 8.7
        payload = oximeter.continuous(pair, status=status, device=device, amplitude=amplitude)
        await self._send_measurement(self._continuous, payload)
        if self.fails(FaultKind.STORED):
            kept = oximeter.spot_check(
                pair, at=self._stored_time(), status=oximeter.STORED | oximeter.VALIDATED
            )
            await self._send_measurement(self._spot, kept)
        elif (
            self._sent_values % _SPOT_EVERY == _SPOT_EVERY - 1 and not device and status >> 14 == 0
        ):
            taken = oximeter.spot_check(pair, at=self._device_time(), status=oximeter.VALIDATED)
            await self._send_measurement(self._spot, taken)
        self._sent_values += 1


class Nonin(_Oximeter):
    """A Nonin 3230."""

    MODEL = "Virtual Nonin"
    _counter = 0

    def _advertised(self) -> list[tuple[int, bytes]]:
        return [long_uuid(nonin.SERVICE)]

    def _services(self) -> list[gatt.Service]:
        self._values_sent = measurement(nonin.MEASUREMENT, NOTIFY, self._subscribed.set)
        return [gatt.Service(uuid_of(nonin.SERVICE), [self._values_sent])]

    async def _send_values(self, at_s: float) -> None:
        self._counter += 1
        status = 0x14  # good signal, fingertip in place
        spo2, pulse = self._values(at_s)
        if self.fails(FaultKind.QUESTIONABLE):
            status = 0x08
        if self.level <= _LOW_BATTERY:
            status |= 0x20
        off = self.fails(FaultKind.OFF_BODY)
        payload = oximeter.nonin(
            None if off else spo2,
            None if off else pulse,
            counter=self._counter,
            status=0 if off else status,
        )
        await self._send_measurement(self._values_sent, payload)


class BerryMed(_Oximeter):
    """A BerryMed BM1000: 20 frames per second, four in a packet; it cannot flag values."""

    MODEL = "Virtual BM1000"
    EVERY_S = 0.2
    FAULTS = ANY | {FaultKind.OFF_BODY}
    _frames = 0

    def _advertised(self) -> list[tuple[int, bytes]]:
        return [long_uuid(berrymed.SERVICE)]

    def _services(self) -> list[gatt.Service]:
        self._stream = measurement(berrymed.STREAM, NOTIFY, self._subscribed.set)
        return [gatt.Service(uuid_of(berrymed.SERVICE), [self._stream])]

    async def _send_values(self, at_s: float) -> None:
        spo2, pulse = self._values(at_s)
        off = self.fails(FaultKind.OFF_BODY)
        frames = b""
        for _ in range(4):
            self._frames += 1
            curve = 0 if off else 20 + self._frames * 7 % 60
            frames += oximeter.berrymed(
                None if off else spo2, None if off else pulse, curve=curve, finger=not off
            )
        await self._send_measurement(self._stream, frames)


class Jumper(_Oximeter):
    """A Jumper JPD-500F, which cannot flag values."""

    MODEL = "Virtual JPD-500F"
    FAULTS = ANY | {FaultKind.OFF_BODY}

    def _advertised(self) -> list[tuple[int, bytes]]:
        return [long_uuid(jumper.SERVICE)]

    def _services(self) -> list[gatt.Service]:
        self._values_sent = measurement(jumper.MEASUREMENT, NOTIFY, self._subscribed.set)
        return [gatt.Service(uuid_of(jumper.SERVICE), [self._values_sent])]

    async def _send_values(self, at_s: float) -> None:
        spo2, pulse = self._values(at_s)
        off = self.fails(FaultKind.OFF_BODY)
        payload = oximeter.jumper(None if off else spo2, None if off else pulse)
        await self._send_measurement(self._values_sent, payload)


class Wellue(_Oximeter):
    """A PC-60FW, which sends its battery level with the values."""

    MODEL = "Virtual PC-60FW"

    def _advertised(self) -> list[tuple[int, bytes]]:
        return [long_uuid(_NORDIC_UART)]

    def _services(self) -> list[gatt.Service]:
        self._stream = measurement(wellue.STREAM, NOTIFY, self._subscribed.set)
        return [gatt.Service(uuid_of(_NORDIC_UART), [self._stream])]

    async def _send_values(self, at_s: float) -> None:
        spo2, pulse = self._values(at_s)
        off = self.fails(FaultKind.OFF_BODY)
        status = 0x02 if off else 0x04 if self.fails(FaultKind.QUESTIONABLE) else 0
        payload = oximeter.wellue(None if off else spo2, None if off else pulse, status=status)
        await self._send_measurement(self._stream, payload)
        await self._send_measurement(self._stream, oximeter.wellue_battery(self.level))


class Viatom(_Oximeter):
    """A Wellue O2Ring, which sends values only on request; QUESTIONABLE makes it calibrate."""

    MODEL = "Virtual O2Ring"

    def _advertised(self) -> list[tuple[int, bytes]]:
        return [long_uuid(viatom.SERVICE)]

    def _services(self) -> list[gatt.Service]:
        self._asked: asyncio.Queue[None] = asyncio.Queue(maxsize=4)
        self._answers: Characteristic = measurement(viatom.ANSWERS, NOTIFY, self._subscribed.set)
        requests = commands(viatom.REQUESTS, self._take)
        return [gatt.Service(uuid_of(viatom.SERVICE), [requests, self._answers])]

    def _take(self, request: bytes) -> None:
        if request == viatom.POLL and not self._asked.full():
            self._asked.put_nowait(None)

    async def _measure(self) -> None:
        while True:
            await self._asked.get()
            await self._send_values(self._seen_s(self.now_s()))

    async def _send_values(self, at_s: float) -> None:
        spo2, pulse = self._values(at_s)
        off = self.fails(FaultKind.OFF_BODY)
        none = off or self.fails(FaultKind.QUESTIONABLE)
        payload = oximeter.viatom(
            None if none else spo2,
            None if none else pulse,
            battery=self.level,
            motion=0,
            perfusion=0 if none else 6,
            worn=not off,
        )
        await self._send_measurement(self._answers, payload)
