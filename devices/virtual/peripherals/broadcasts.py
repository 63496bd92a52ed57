"""Thermometers that only advertise."""

import math

from bumble import gatt
from bumble.core import AdvertisingData
from bumble.device import AdvertisingType

from devices.advertisement import ADVERT, Advertisement
from devices.virtual.encoders.broadcasts import FORMATS, BroadcastValues
from devices.virtual.faults import FaultKind
from devices.virtual.peripherals.body_sensor import BodySensor
from devices.virtual.shared_radio import run_to_end

_EVERY_MS = 500.0
_LONGEST = 31  # bytes of an advertisement
_FLAGS = bytes([2, AdvertisingData.FLAGS, 0x06])


class BroadcastThermometer(BodySensor):
    """A thermometer that advertises a new measurement every two seconds.

    Attributes:
        advert_format: a name in `FORMATS`.
        key: encryption key of BTHome and Xiaomi, 16 bytes in hex.
        on_skin: it is worn on a finger instead of placed in the room.
    """

    MODEL = "Virtual broadcast thermometer"
    EVERY_S = 2.0
    FAULTS = frozenset(
        {FaultKind.DROP_OUT, FaultKind.SILENT, FaultKind.FROZEN, FaultKind.MALFORMED}
    ) | {FaultKind.FLAT}
    advert_format = "bthome"
    key: str | None = None
    on_skin = False
    _counter = 0

    def _advertised(self) -> list[tuple[int, bytes]]:
        return []

    def _services(self) -> list[gatt.Service]:
        self._set_discoverable(wanted=False)  # it accepts no connections
        return []

    async def _send_values(self, at_s: float) -> None:
        self._counter += 1
        celsius = self._body.skin(at_s) if self.on_skin else 21.5 + math.sin(at_s / 300)
        now = BroadcastValues(
            celsius=celsius,
            battery=self.level,
            counter=self._counter,
            address=self.address,
            key=self.key,
        )
        advertisement = FORMATS[self.advert_format](now)
        await run_to_end(self._device.stop_advertising())
        if not (self.fails(FaultKind.DROP_OUT) or self.fails(FaultKind.SILENT)):
            await self._broadcast(advertisement)

    async def _broadcast(self, advertisement: Advertisement) -> None:
        data = bytes(
            Advertisement(
                service_data=advertisement.service_data,
                manufacturer_data=advertisement.manufacturer_data,
            )
        )
        if self.fails(FaultKind.MALFORMED):
            data = data[: 4 + self._rng.randrange(len(data) - 4)]  # truncated manufacturer data
            data = bytes([len(data) - 1]) + data[1:]
        name = advertisement.name or self.name
        response = bytes(Advertisement(name=name, services=advertisement.services))
        if len(response) > _LONGEST:  # as SensorPush: the service takes precedence
            response = bytes(Advertisement(services=advertisement.services))
        self.sent.append((ADVERT, data))
        await run_to_end(
            self._device.start_advertising(
                advertising_type=AdvertisingType.UNDIRECTED_SCANNABLE,
                advertising_data=_FLAGS + data,
                scan_response_data=response,
                advertising_interval_min=_EVERY_MS,
                advertising_interval_max=_EVERY_MS,
            )
        )
