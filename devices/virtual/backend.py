"""bleak backends over the virtual air: the unmodified `BleakScanner` and `BleakClient` use them.

bleak takes a class where it lets a backend be chosen, so each air has classes of its own.
Source: bleak 3.1, `backends/scanner.py` and `backends/client.py`.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any, ClassVar, cast

from bleak.args import SizedBuffer
from bleak.assigned_numbers import CharacteristicPropertyName
from bleak.backends.characteristic import BleakGATTCharacteristic
from bleak.backends.client import BaseBleakClient, NotifyCallback
from bleak.backends.descriptor import BleakGATTDescriptor
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import (
    AdvertisementData,
    AdvertisementDataCallback,
    BaseBleakScanner,
)
from bleak.backends.service import BleakGATTService, BleakGATTServiceCollection
from bleak.exc import BleakDeviceNotFoundError, BleakError
from bleak.uuids import normalize_uuid_str
from bumble import core, hci
from bumble.core import AdvertisingData
from bumble.device import Advertisement, Connection, Peer
from bumble.gatt_client import CharacteristicProxy

from devices.virtual.air import Air, hang_up

_PROPERTIES: dict[int, CharacteristicPropertyName] = {
    0x01: "broadcast",
    0x02: "read",
    0x04: "write-without-response",
    0x08: "write",
    0x10: "notify",
    0x20: "indicate",
}
_UUID_LISTS = (
    AdvertisingData.COMPLETE_LIST_OF_16_BIT_SERVICE_CLASS_UUIDS,
    AdvertisingData.INCOMPLETE_LIST_OF_16_BIT_SERVICE_CLASS_UUIDS,
    AdvertisingData.COMPLETE_LIST_OF_128_BIT_SERVICE_CLASS_UUIDS,
    AdvertisingData.INCOMPLETE_LIST_OF_128_BIT_SERVICE_CLASS_UUIDS,
)


def scanner_of(air: Air) -> type[BaseBleakScanner]:
    """Return a scanner backend that hears this air."""
    return type("VirtualScanner", (_VirtualScanner,), {"air": air})


def client_of(air: Air) -> type[BaseBleakClient]:
    """Return a client backend that connects through this air."""
    return type("VirtualClient", (_VirtualClient,), {"air": air})


class _VirtualScanner(BaseBleakScanner):
    air: ClassVar[Air]

    def __init__(
        self,
        detection_callback: AdvertisementDataCallback | None,
        service_uuids: list[str] | None,
        scanning_mode: str,
        **_options: object,
    ) -> None:
        super().__init__(detection_callback, service_uuids)
        self._active = scanning_mode == "active"
        self._hearing = AsyncExitStack()

    async def start(self) -> None:
        self.seen_devices = {}
        hearing = self.air.hearing(self._heard, active=self._active)
        await self._hearing.enter_async_context(hearing)

    async def stop(self) -> None:
        await self._hearing.aclose()

    def _heard(self, advertisement: Advertisement) -> None:
        address = advertisement.address.to_string(with_type_qualifier=False)
        found = advertisement.data
        name = found.get(AdvertisingData.COMPLETE_LOCAL_NAME)
        uuids = {  # a report may hold the advertisement and its scan response: the same twice
            normalize_uuid_str(uuid.to_hex_str("-"))
            for kind in _UUID_LISTS
            for uuids in found.get_all(kind)
            for uuid in cast(list[core.UUID], uuids)
        }
        data = AdvertisementData(
            local_name=name,
            manufacturer_data={},
            service_data={},
            service_uuids=sorted(uuids),
            tx_power=None,
            rssi=advertisement.rssi,
            platform_data=(advertisement,),
        )
        if self.is_allowed_uuid(data.service_uuids):
            device = self.create_or_update_device(address, address, data.local_name, None, data)
            self.call_detection_callbacks(device, data)


class _VirtualClient(BaseBleakClient):
    air: ClassVar[Air]

    def __init__(self, address_or_ble_device: BLEDevice | str, **options: Any) -> None:
        super().__init__(address_or_ble_device, **options)
        self._name = (
            address_or_ble_device.name if isinstance(address_or_ble_device, BLEDevice) else None
        )
        self._connection: Connection | None = None
        self._peer: Peer | None = None
        self._subscribers: dict[int, Any] = {}

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
        try:
            async with _bumble_errors():
                connection, peer = await self.air.connect(self.address, self._timeout)
        except TimeoutError as error:
            raise BleakDeviceNotFoundError(
                self.address, f"device {self.address} was not found"
            ) from error
        connection.on("disconnection", self._on_disconnection)
        self._connection, self._peer = connection, peer
        self.services = _services(peer, connection)

    async def disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            await hang_up(connection)
        self._forget()

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
        async with _bumble_errors():
            return bytearray(await self._connected().gatt_client.read_value(characteristic.handle))

    async def read_gatt_descriptor(
        self,
        descriptor: BleakGATTDescriptor,
        *,
        use_cached: bool = False,  # noqa: ARG002
        **_options: Any,
    ) -> bytearray:
        async with _bumble_errors():
            return bytearray(await self._connected().gatt_client.read_value(descriptor.handle))

    async def write_gatt_char(
        self,
        characteristic: BleakGATTCharacteristic,
        data: SizedBuffer,
        response: bool,  # noqa: FBT001
    ) -> None:
        async with _bumble_errors():
            await self._connected().gatt_client.write_value(
                characteristic.handle, bytes(data), with_response=response
            )

    async def write_gatt_descriptor(
        self, descriptor: BleakGATTDescriptor, data: SizedBuffer
    ) -> None:
        async with _bumble_errors():
            await self._connected().gatt_client.write_value(
                descriptor.handle, bytes(data), with_response=True
            )

    async def start_notify(
        self, characteristic: BleakGATTCharacteristic, callback: NotifyCallback, **_options: Any
    ) -> None:
        def on_value(value: bytes) -> None:
            callback(bytearray(value))

        proxy = cast(CharacteristicProxy[bytes], characteristic.obj)
        self._subscribers[characteristic.handle] = on_value
        async with _bumble_errors():
            await self._connected().subscribe(proxy, on_value)

    async def stop_notify(self, characteristic: BleakGATTCharacteristic) -> None:
        proxy = cast(CharacteristicProxy[bytes], characteristic.obj)
        on_value = self._subscribers.pop(characteristic.handle, None)
        async with _bumble_errors():
            await self._connected().unsubscribe(proxy, on_value)

    def _connected(self) -> Peer:
        if self._peer is None or self._connection is None:
            raise BleakError("not connected")
        return self._peer

    def _on_disconnection(self, _reason: int) -> None:
        unsolicited = self._connection is not None
        self._forget()
        if unsolicited and self._disconnected_callback is not None:
            self._disconnected_callback()

    def _forget(self) -> None:
        self._connection = self._peer = None
        self._subscribers.clear()


@contextlib.asynccontextmanager
async def _bumble_errors() -> AsyncIterator[None]:
    """Turn Bumble's errors into bleak's.

    A lost connection cancels the future of a pending ATT request. To whoever awaits it that looks
    like the cancellation of its own task, which it is only if somebody asked for that.
    """
    try:
        yield
    except (core.BaseBumbleError, hci.HCI_Error) as error:
        raise BleakError(str(error) or type(error).__name__) from error
    except asyncio.CancelledError:
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            raise
        raise BleakError("disconnected") from None


def _services(peer: Peer, connection: Connection) -> BleakGATTServiceCollection:
    """Return what was discovered in bleak's records."""
    collection = BleakGATTServiceCollection()
    for found in peer.services:
        service = BleakGATTService(
            found, found.handle, normalize_uuid_str(found.uuid.to_hex_str("-"))
        )
        collection.add_service(service)
        for proxy in found.characteristics:
            characteristic = BleakGATTCharacteristic(
                proxy,
                proxy.handle,
                normalize_uuid_str(proxy.uuid.to_hex_str("-")),
                [word for bit, word in _PROPERTIES.items() if proxy.properties & bit],
                lambda: connection.att_mtu - 3,
                service,
            )
            collection.add_characteristic(characteristic)
            for descriptor in proxy.descriptors:
                collection.add_descriptor(
                    BleakGATTDescriptor(
                        descriptor,
                        descriptor.handle,
                        normalize_uuid_str(descriptor.type.to_hex_str("-")),
                        characteristic,
                    )
                )
    return collection
