"""Blood pressure cuffs."""

import asyncio
import itertools
from datetime import datetime

from bumble import gatt

from devices.virtual.advertising import short_uuids
from devices.virtual.characteristics import INDICATE, NOTIFY, constant, measurement, uuid_of
from devices.virtual.encoders import cuff
from devices.virtual.faults import ANY, FaultKind
from devices.virtual.peripherals.body_sensor import BodySensor

_MOST_KEPT = 30
_FETCH_WITHIN_S = 60.0  # time to connect after a measurement
_FEATURES = b"\x07\x00"  # detects movement, a loose cuff and an irregular pulse
_DEFLATING = (150, 110, 70)  # mmHg
_STEP_S = 0.5


class Cuff(BodySensor):
    """A cuff that measures every five minutes, stores unsent records, and then disconnects.

    It is discoverable for one minute after a measurement. A subscriber receives the cuff pressure
    during deflation, then the records, oldest first, each with its time; a confirmed record is
    deleted.
    """

    MODEL = "Virtual cuff"
    EVERY_S = 300.0
    FAULTS = ANY | {FaultKind.OFF_BODY, FaultKind.QUESTIONABLE, FaultKind.STORED}

    def _advertised(self) -> list[tuple[int, bytes]]:
        return [short_uuids(0x1810)]

    def _services(self) -> list[gatt.Service]:
        self._discoverable = False
        self._records: list[bytes] = []
        self._result_subscribed = asyncio.Event()
        self._result = measurement(0x2A35, INDICATE, self._result_subscribed.set)
        self._inflating = measurement(0x2A36, NOTIFY, lambda: None)
        offered = [self._result, self._inflating, constant(0x2A49, _FEATURES)]
        return [gatt.Service(uuid_of(0x1810), offered)]

    async def _measure(self) -> None:
        for number in itertools.count(1):
            at_s = number * self._every_s
            await self._wait_until(at_s)
            if self.fails(FaultKind.STORED):
                self._store(self._reading(at_s - 3600, self._stored_time()))
            await self._send_values(self._seen_s(at_s))
            await self._offer_records()

    async def _send_values(self, at_s: float) -> None:
        self._store(self._reading(at_s, self._device_time()))

    def _store(self, record: bytes) -> None:
        self._records = [*self._records, record][-_MOST_KEPT:]

    def _reading(self, at_s: float, taken: datetime) -> bytes:
        if self.fails(FaultKind.OFF_BODY):
            return cuff.pressure(None, None, None, at=taken, status=cuff.LOOSE)
        systolic, diastolic = map(round, self._body.pressure(at_s))
        status = cuff.MOVEMENT if self.fails(FaultKind.QUESTIONABLE) else 0
        mean = round(diastolic + (systolic - diastolic) / 3)
        pulse = round(self._body.rate(at_s))
        return cuff.pressure(systolic, diastolic, mean, at=taken, pulse=pulse, status=status)

    async def _offer_records(self) -> None:
        """Send the records to a subscriber within a minute, then disconnect and hide."""
        self._result_subscribed.clear()
        self._set_discoverable(wanted=True)
        try:
            async with asyncio.timeout(min(_FETCH_WITHIN_S, self._every_s / 2)):
                while self._records:
                    await self._result_subscribed.wait()
                    self._result_subscribed.clear()
                    await self._send_records()
        except TimeoutError:
            pass  # no subscriber: keep the records until the next measurement
        self._set_discoverable(wanted=False)
        await self._disconnect()

    async def _send_records(self) -> None:
        for mmhg in _DEFLATING:
            await self._send(self._inflating, cuff.pressure(mmhg))
            await asyncio.sleep(_STEP_S)
        while self._records:
            payload = self._malformed_now(self._records[0])
            if not await self._send(self._result, payload):
                return
            del self._records[0]
            await asyncio.sleep(_STEP_S)


class BeurerCuff(Cuff):
    """A Beurer BM85: the second user's measurements in its peculiar layout."""

    MODEL = "Virtual BM85"

    def _reading(self, at_s: float, taken: datetime) -> bytes:
        if self.fails(FaultKind.OFF_BODY):
            return super()._reading(at_s, taken)
        systolic, diastolic = map(round, self._body.pressure(at_s))
        status = cuff.MOVEMENT if self.fails(FaultKind.QUESTIONABLE) else 0
        pulse = round(self._body.rate(at_s))
        return cuff.beurer(systolic, diastolic, at=taken, pulse=pulse, user=1, status=status)
