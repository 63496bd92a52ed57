"""Sensors that `physiomon virtual` lacks: `python -m tests.bluez.bonded_sensors KIND ADDRESS NAME`.

Kinds: plain; moved (the same services at other handles); bonded (subscribing requires encryption);
bonded-read (reading does); refuses (rejects pairing). A fourth argument is a file for bonds.
"""

import asyncio
import logging
import random
import sys
from functools import partial

from bumble import gatt, hci
from bumble.att import Attribute
from bumble.core import UUID, AdvertisingData
from bumble.device import Connection, Device, DeviceConfiguration
from bumble.gatt import Characteristic, Descriptor, Service
from bumble.keys import JsonKeyStore, MemoryKeyStore
from bumble.pairing import PairingConfig, PairingDelegate
from bumble.transport import open_transport

from tests.bluez.radio import HOST, SENSORS_PORT

_INTERVAL_MS = 250
_READABLE = Attribute.Permissions.READABLE
_WRITEABLE = Attribute.Permissions.WRITEABLE


class _Delegate(PairingDelegate):
    def __init__(self, *, accepts: bool) -> None:
        super().__init__(PairingDelegate.NO_OUTPUT_NO_INPUT)
        self._accepts = accepts

    async def accept(self) -> bool:
        return self._accepts


def _services(device: Device, kind: str) -> tuple[Characteristic[bytes], list[Service]]:
    rate = Characteristic(
        UUID.from_16_bits(0x2A37),
        Characteristic.Properties.NOTIFY,
        Attribute.Permissions(0),
        b"",
    )
    encrypted = Attribute.Permissions.READ_REQUIRES_ENCRYPTION
    location = Characteristic(
        UUID.from_16_bits(0x2A38),
        Characteristic.Properties.READ,
        _READABLE | encrypted if kind == "bonded-read" else _READABLE,
        b"\x01",
    )
    if kind in ("bonded", "refuses"):
        subscription = Descriptor(
            gatt.GATT_CLIENT_CHARACTERISTIC_CONFIGURATION_DESCRIPTOR,
            _READABLE | _WRITEABLE | Attribute.Permissions.WRITE_REQUIRES_ENCRYPTION,
            device.gatt_server.make_descriptor_value(rate),
        )
        rate.descriptors = [*rate.descriptors, subscription]
    heart = Service(UUID.from_16_bits(0x180D), [rate, location])
    level = Characteristic(
        UUID.from_16_bits(0x2A19),
        Characteristic.Properties.READ | Characteristic.Properties.NOTIFY,
        _READABLE,
        b"\x5a",
    )
    battery = Service(UUID.from_16_bits(0x180F), [level])
    if kind != "moved":
        return rate, [heart, battery]
    others = [
        Service(UUID(f"1234567{number}-0000-1000-8000-000000000000"), []) for number in range(3)
    ]
    return rate, [*others, heart, battery]


async def main(kind: str, address: str, name: str, bonds: str | None = None) -> None:
    """Advertise, and send a heart rate to subscribers each second."""
    async with await open_transport(f"tcp-client:{HOST}:{SENSORS_PORT}") as transport:
        config = DeviceConfiguration(name=name, address=hci.Address(address))
        device = Device.from_config_with_hci(config, transport.source, transport.sink)
        await device.power_on()
        device.keystore = JsonKeyStore("sensor", bonds) if bonds else MemoryKeyStore()
        rate, services = _services(device, kind)
        device.add_services(services)
        if kind not in ("plain", "moved"):
            device.pairing_config_factory = lambda _connection: PairingConfig(
                mitm=False, delegate=_Delegate(accepts=kind != "refuses")
            )
        flags = (AdvertisingData.FLAGS, b"\x06")
        uuids = (AdvertisingData.COMPLETE_LIST_OF_16_BIT_SERVICE_CLASS_UUIDS, b"\x0d\x18\x0f\x18")
        advertise = partial(
            device.start_advertising,
            advertising_data=bytes(AdvertisingData([flags, uuids])),
            scan_response_data=bytes(
                AdvertisingData([(AdvertisingData.COMPLETE_LOCAL_NAME, name.encode())])
            ),
            advertising_interval_min=_INTERVAL_MS,
            advertising_interval_max=_INTERVAL_MS,
        )
        disconnected = asyncio.Event()

        def connected(connection: Connection) -> None:
            connection.on("disconnection", lambda _reason: disconnected.set())

        device.on("connection", connected)
        await advertise()
        sys.stdout.write("is on\n")
        sys.stdout.flush()
        while True:
            await asyncio.sleep(1)
            if disconnected.is_set():
                disconnected.clear()
                await advertise()
            value = bytes([0x16, 60 + random.randrange(10), 0x00, 0x04])
            for connection in list(device.connections.values()):
                await device.notify_subscriber(connection, rate, value)


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING)
    asyncio.run(main(*sys.argv[1:]))
