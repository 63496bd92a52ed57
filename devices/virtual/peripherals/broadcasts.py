"""Thermometers that are never connected: they measure, count, and advertise."""

import math

from bumble import gatt
from bumble.core import AdvertisingData
from bumble.device import AdvertisingType

from devices.advertisement import ADVERT, Advert
from devices.virtual.encoders.broadcasts import FORMATS, Weather
from devices.virtual.faults import FaultKind
from devices.virtual.peripherals.wearing import Worn
from devices.virtual.shared_radio import finished

_EVERY_MS = 500.0
_LONGEST = 31  # bytes of an advertisement
_FLAGS = bytes([2, AdvertisingData.FLAGS, 0x06])


class Broadcast(Worn):
    """A thermometer that advertises a new measurement every two seconds.

    Attributes:
        form: a name of `FORMATS`.
        key: of 16 bytes in hex; BTHome and Xiaomi encrypt with it.
        on_skin: it lies on a finger, and not in the room.
    """

    MODEL = "Virtual broadcast thermometer"
    EVERY_S = 2.0
    FAULTS = frozenset(
        {FaultKind.DROP_OUT, FaultKind.SILENT, FaultKind.FROZEN, FaultKind.MALFORMED}
    ) | {FaultKind.FLAT}
    form = "bthome"
    key: str | None = None
    on_skin = False
    _counter = 0

    def _advertised(self) -> list[tuple[int, bytes]]:
        return []

    def _services(self) -> list[gatt.Service]:
        self._be_reachable(wanted=False)  # what it advertises says all
        return []

    async def _tell(self, at_s: float) -> None:
        self._counter += 1
        celsius = self._body.skin(at_s) if self.on_skin else 21.5 + math.sin(at_s / 300)
        now = Weather(
            celsius=celsius,
            battery=self.level,
            counter=self._counter,
            address=self.address,
            key=self.key,
        )
        advert = FORMATS[self.form](now)
        await finished(self._device.stop_advertising())
        if not (self.fails(FaultKind.DROP_OUT) or self.fails(FaultKind.SILENT)):
            await self._shout(advert)

    async def _shout(self, advert: Advert) -> None:
        told = bytes(Advert(service_data=advert.service_data, maker_data=advert.maker_data))
        if self.fails(FaultKind.MALFORMED):
            told = told[: 4 + self._rng.randrange(len(told) - 4)]  # the maker's part cut short
            told = bytes([len(told) - 1]) + told[1:]
        name = advert.name or self.name
        response = bytes(Advert(name=name, services=advert.services))
        if len(response) > _LONGEST:  # as SensorPush: the service goes first
            response = bytes(Advert(services=advert.services))
        self.sent.append((ADVERT, told))
        await finished(
            self._device.start_advertising(
                advertising_type=AdvertisingType.UNDIRECTED_SCANNABLE,
                advertising_data=_FLAGS + told,
                scan_response_data=response,
                advertising_interval_min=_EVERY_MS,
                advertising_interval_max=_EVERY_MS,
            )
        )
