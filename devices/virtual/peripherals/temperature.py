"""Continuous thermometers: on the body, on the skin, in a room."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import ClassVar

from bumble import gatt
from bumble.core import UUID, AdvertisingData

from devices.virtual import packets
from devices.virtual.advertising import short_uuids
from devices.virtual.battery import Battery
from devices.virtual.characteristics import (
    INDICATE,
    NOTIFY,
    READ,
    Characteristic,
    constant,
    measurement,
)
from devices.virtual.faults import Fault, FaultKind
from devices.virtual.peripheral import Peripheral
from devices.virtual.sample_sources import TemperatureSource
from devices.virtual.shared_radio import SharedRadio

_CORE_SERVICE = UUID("00002100-5b1e-4347-b07c-97b514dae121")
_BODY = b"\x02"  # temperature type


class SourceThermometer(Peripheral):
    """A thermometer with one characteristic, which it sends every few seconds.

    Args:
        every_s: seconds between two measurements of a source that does not set its own times.
        waits_for_subscriber: pause the source while there is no subscriber.
    """

    _MODEL: ClassVar[str]
    _EVERY_S: ClassVar[float]

    def __init__(
        self,
        shared_radio: SharedRadio,
        source: TemperatureSource,
        *,
        name: str,
        address: str,
        every_s: float | None = None,
        faults: Sequence[Fault] = (),
        waits_for_subscriber: bool = False,
    ) -> None:
        super().__init__(
            shared_radio,
            name=name,
            address=address,
            model=self._MODEL,
            battery=Battery(),
            faults=faults,
            waits_for_subscriber=waits_for_subscriber,
        )
        self._source = source
        self._every_s = self._EVERY_S if every_s is None else every_s

    _measured: Characteristic

    @abstractmethod
    def _payload(self, celsius: float | None) -> bytes:
        """Encode a temperature; None means no value."""

    async def _measure(self) -> None:
        last: float | None = None
        for sample in self._source.temperature(self._every_s):
            await self._wait_until(sample.at_s)
            if self.fails(FaultKind.OFF_BODY):
                payload = self._payload(None)
            else:
                if last is None or not self.fails(FaultKind.FROZEN):
                    last = sample.celsius
                payload = self._payload(last)
            await self._send_measurement(self._measured, payload)


class Patch(SourceThermometer):
    """A core temperature patch like greenTEG's CORE: 0x2A1C every 10 s, NaN off the body."""

    _MODEL = "Virtual patch"
    _EVERY_S = 10.0

    def _advertised(self) -> list[tuple[int, bytes]]:
        long_uuids = AdvertisingData.COMPLETE_LIST_OF_128_BIT_SERVICE_CLASS_UUIDS
        return [short_uuids(0x1809), (long_uuids, _CORE_SERVICE.to_bytes())]

    def _services(self) -> list[gatt.Service]:
        self._measured = measurement(0x2A1C, INDICATE, self._subscribed.set)
        return [gatt.Service(UUID.from_16_bits(0x1809), [self._measured, constant(0x2A1D, _BODY)])]

    def _payload(self, celsius: float | None) -> bytes:
        return packets.temperature(celsius)


class SkinPatch(Patch):
    """A skin thermometer: a patch without the service that identifies core temperature."""

    def _advertised(self) -> list[tuple[int, bytes]]:
        return [short_uuids(0x1809)]


class RoomThermometer(SourceThermometer):
    """A room thermometer: 0x2A6E."""

    _MODEL = "Virtual room thermometer"
    _EVERY_S = 30.0

    def _advertised(self) -> list[tuple[int, bytes]]:
        return [short_uuids(0x181A)]

    def _services(self) -> list[gatt.Service]:
        self._measured = measurement(
            0x2A6E, READ | NOTIFY, self._subscribed.set, packets.ambient(20.0)
        )
        return [gatt.Service(UUID.from_16_bits(0x181A), [self._measured])]

    def _payload(self, celsius: float | None) -> bytes:
        return packets.ambient(celsius)
