"""bleak backends over a shared radio, for the unmodified `BleakScanner` and `BleakClient`.

bleak takes a class as its backend, so each shared radio has separate classes.
Source: bleak 3.1, `backends/scanner.py` and `backends/client.py`.
"""

from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar, cast

from bleak.args import SizedBuffer
from bleak.backends.characteristic import BleakGATTCharacteristic
from bleak.backends.client import BaseBleakClient, NotifyCallback
from bleak.backends.descriptor import BleakGATTDescriptor
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import (
    AdvertisementData,
    AdvertisementDataCallback,
    BaseBleakScanner,
)
from bleak.exc import BleakDeviceNotFoundError, BleakError
from bleak.uuids import normalize_uuid_str
from bumble import core
from bumble.core import AdvertisingData
from bumble.device import Advertisement, Connection, Peer
from bumble.gatt_client import CharacteristicProxy

from devices.virtual.bleak_translation import errors_as_bleak, services_of
from devices.virtual.shared_radio import SharedRadio, close_connection, run_while_connected

Result = TypeVar("Result")

_UUID_LISTS = (
    AdvertisingData.COMPLETE_LIST_OF_16_BIT_SERVICE_CLASS_UUIDS,
    AdvertisingData.INCOMPLETE_LIST_OF_16_BIT_SERVICE_CLASS_UUIDS,
    AdvertisingData.COMPLETE_LIST_OF_128_BIT_SERVICE_CLASS_UUIDS,
    AdvertisingData.INCOMPLETE_LIST_OF_128_BIT_SERVICE_CLASS_UUIDS,
)
_MAKER_DATA = AdvertisingData.MANUFACTURER_SPECIFIC_DATA
_SERVICE_DATA = (
    AdvertisingData.SERVICE_DATA_16_BIT_UUID,
    AdvertisingData.SERVICE_DATA_128_BIT_UUID,
)


def scanner_of(shared_radio: SharedRadio) -> type[BaseBleakScanner]:
    """Return a scanner backend that scans a shared radio."""
    return type("VirtualScanner", (_VirtualScanner,), {"shared_radio": shared_radio})


def client_of(shared_radio: SharedRadio) -> type[BaseBleakClient]:
    """Return a client backend that connects through a shared radio."""
    return type("VirtualClient", (_VirtualClient,), {"shared_radio": shared_radio})


class _VirtualScanner(BaseBleakScanner):
    shared_radio: ClassVar[SharedRadio]

    def __init__(
        self,
        detection_callback: AdvertisementDataCallback | None,
        service_uuids: list[str] | None,
        scanning_mode: str,
        **_options: object,
    ) -> None:
        super().__init__(detection_callback, service_uuids)
        self._active = scanning_mode == "active"
        self._scanning = AsyncExitStack()

    async def start(self) -> None:
        self.seen_devices = {}
        scanning = self.shared_radio.scanning(self._heard, active=self._active)
        async with errors_as_bleak():
            await self._scanning.enter_async_context(scanning)

    async def stop(self) -> None:
        async with errors_as_bleak():
            await self._scanning.aclose()

    def _heard(self, advertisement: Advertisement) -> None:
        address = advertisement.address.to_string(with_type_qualifier=False)
        found = advertisement.data
        name = found.get(AdvertisingData.COMPLETE_LOCAL_NAME)
        uuids = [
            normalize_uuid_str(uuid.to_hex_str("-"))
            for kind in _UUID_LISTS
            for uuids in found.get_all(kind)
            for uuid in cast(list[core.UUID], uuids)
        ]
        data = AdvertisementData(
            local_name=name,
            manufacturer_data=dict(
                cast(list[tuple[int, bytes]], found.get_all(_MAKER_DATA)),
            ),
            service_data={
                normalize_uuid_str(uuid.to_hex_str("-")): payload
                for kind in _SERVICE_DATA
                for uuid, payload in cast(list[tuple[core.UUID, bytes]], found.get_all(kind))
            },
            service_uuids=uuids,
            tx_power=None,
            rssi=advertisement.rssi,
            platform_data=(advertisement,),
        )
        if self.is_allowed_uuid(data.service_uuids):
            kind = "public" if advertisement.address.is_public else "random"
            details = {"props": {"AddressType": kind}}  # as on Linux
            device = self.create_or_update_device(address, address, data.local_name, details, data)
            self.call_detection_callbacks(device, data)


class _VirtualClient(BaseBleakClient):
    shared_radio: ClassVar[SharedRadio]

    def __init__(self, address_or_ble_device: BLEDevice | str, **options: Any) -> None:
        super().__init__(address_or_ble_device, **options)
        self._name = (
            address_or_ble_device.name if isinstance(address_or_ble_device, BLEDevice) else None
        )
        self._connection: Connection | None = None
        self._peer: Peer | None = None
        self._subscribers: dict[int, _Subscriber] = {}

    @property
    def name(self) -> str:
        return self._name or self.address.replace(":", "-")

    @property
    def mtu_size(self) -> int:
        return self._connection.att_mtu if self._connection else 23

    @property
    def is_connected(self) -> bool:
        return self._connection is not None

    async def connect(self, pair: bool, **_options: Any) -> None:  # noqa: ARG002, FBT001
        if self.is_connected:
            raise BleakError("already connected")
        try:
            async with errors_as_bleak():
                connection, peer = await self.shared_radio.connect(self.address, self._timeout)
        except TimeoutError as error:
            raise BleakDeviceNotFoundError(
                self.address, f"device {self.address} was not found"
            ) from error
        connection.on("disconnection", self._on_disconnection)
        self._connection, self._peer = connection, peer
        self.services = services_of(peer, connection)

    async def disconnect(self) -> None:
        if self._connection is not None:
            await close_connection(self._connection)

    async def pair(self, *_arguments: Any, **_options: Any) -> None:
        raise NotImplementedError("virtual sensors need no pairing")

    async def unpair(self) -> None:
        raise NotImplementedError("virtual sensors need no pairing")

    async def read_gatt_char(
        self,
        characteristic: BleakGATTCharacteristic,
        *,
        use_cached: bool = False,  # noqa: ARG002
        **_options: Any,
    ) -> bytearray:
        return bytearray(
            await self._ask(lambda peer: peer.gatt_client.read_value(characteristic.handle))
        )

    async def read_gatt_descriptor(
        self,
        descriptor: BleakGATTDescriptor,
        *,
        use_cached: bool = False,  # noqa: ARG002
        **_options: Any,
    ) -> bytearray:
        return bytearray(
            await self._ask(lambda peer: peer.gatt_client.read_value(descriptor.handle))
        )

    async def write_gatt_char(
        self,
        characteristic: BleakGATTCharacteristic,
        data: SizedBuffer,
        response: bool,  # noqa: FBT001
    ) -> None:
        await self._ask(
            lambda peer: peer.gatt_client.write_value(
                characteristic.handle, bytes(data), with_response=response
            )
        )

    async def write_gatt_descriptor(
        self, descriptor: BleakGATTDescriptor, data: SizedBuffer
    ) -> None:
        await self._ask(
            lambda peer: peer.gatt_client.write_value(
                descriptor.handle, bytes(data), with_response=True
            )
        )

    async def start_notify(
        self, characteristic: BleakGATTCharacteristic, callback: NotifyCallback, **_options: Any
    ) -> None:
        if not {"notify", "indicate"} & {*characteristic.properties}:
            raise BleakError(f"{characteristic.uuid} can neither notify nor indicate")
        # As on Linux, the newer callback replaces the older one.
        subscriber = self._subscribers.setdefault(characteristic.handle, _Subscriber(callback))
        subscriber.callback = callback
        await self._ask(lambda peer: peer.subscribe(_proxy(characteristic), subscriber))

    async def stop_notify(self, characteristic: BleakGATTCharacteristic) -> None:
        subscriber = self._subscribers.pop(characteristic.handle, None)
        await self._ask(lambda peer: peer.unsubscribe(_proxy(characteristic), subscriber))

    async def _ask(self, exchange: Callable[[Peer], Coroutine[Any, Any, Result]]) -> Result:
        if self._peer is None:
            raise BleakError("not connected")
        async with errors_as_bleak():
            return await run_while_connected(self._peer, exchange(self._peer))

    def _on_disconnection(self, _reason: int) -> None:
        self._connection = self._peer = self.services = None
        self._subscribers.clear()
        # As on Linux and macOS, also after a disconnection by the client.
        if self._disconnected_callback is not None:
            self._disconnected_callback()


@dataclass(eq=False, slots=True)
class _Subscriber:
    callback: NotifyCallback

    def __call__(self, value: bytes) -> None:
        self.callback(bytearray(value))


def _proxy(characteristic: BleakGATTCharacteristic) -> CharacteristicProxy[bytes]:
    return cast(CharacteristicProxy[bytes], characteristic.obj)
