"""Thermometers for single measurements: intermediate values, then the final one."""

import asyncio
from datetime import datetime

from bumble import gatt

from devices.virtual import packets
from devices.virtual.advertising import short_uuids
from devices.virtual.characteristics import INDICATE, NOTIFY, constant, measurement, uuid_of
from devices.virtual.faults import ANY, FaultKind
from devices.virtual.peripherals.body_sensor import BodySensor

_EAR = 3  # temperature type
_SETTLES = (1.2, 0.5, 0.2)  # degrees below the final value, one second apart


class Thermometer(BodySensor):
    """An ear thermometer that measures once a minute: 0x2A1E three times, then 0x2A1C."""

    MODEL = "Virtual ear thermometer"
    EVERY_S = 60.0
    FAULTS = ANY | {FaultKind.OFF_BODY, FaultKind.STORED}

    def _advertised(self) -> list[tuple[int, bytes]]:
        return [short_uuids(0x1809)]

    def _services(self) -> list[gatt.Service]:
        self._final = measurement(0x2A1C, INDICATE, self._subscribed.set)
        self._intermediate = measurement(0x2A1E, NOTIFY, self._subscribed.set)
        site = constant(0x2A1D, bytes([_EAR]))
        return [gatt.Service(uuid_of(0x1809), [self._final, self._intermediate, site])]

    async def _send_values(self, at_s: float) -> None:
        if self.fails(FaultKind.STORED):
            await self._send_final(self._body.core(at_s - 3600), self._stored_time())
        core = None if self.fails(FaultKind.OFF_BODY) else self._body.core(at_s)
        if core is not None:
            for below in _SETTLES:
                payload = packets.temperature(core - below, site=_EAR)
                await self._send_measurement(self._intermediate, payload)
                await asyncio.sleep(1)
        await self._send_final(core, self._device_time())

    async def _send_final(self, celsius: float | None, taken: datetime) -> None:
        payload = packets.temperature(celsius, site=_EAR, at=taken)
        await self._send_measurement(self._final, payload)
