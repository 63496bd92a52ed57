"""Devices as the Bluetooth service knows them, whether they advertise or not. Pure.

A connected sensor does not advertise, and BlueZ keeps connections of programs that have died.
Source of the properties: BlueZ's documentation of `org.bluez.Device` and
`org.bluez.GattCharacteristic`.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from bleak.backends.device import BLEDevice

from devices.decoders import recognise
from devices.scanner import UNKNOWN_RSSI, ScanResult

_ADAPTER = "org.bluez.Adapter1"
_DEVICE = "org.bluez.Device1"
_CHARACTERISTIC = "org.bluez.GattCharacteristic1"

Objects = Mapping[str, Mapping[str, Mapping[str, Any]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownDevice:
    """A device of the Bluetooth service.

    Attributes:
        path: D-Bus path, which contains the adapter.
        adapter: such as ``hci0``.
        connected: whether it is connected and its services are known.
        paired: whether it has a bond with this computer.
        in_use: whether a running program receives its data.
        found: the device as a scan would have found it; no advertisement.
    """

    path: str
    adapter: str
    connected: bool
    paired: bool
    in_use: bool
    found: ScanResult


def known_devices(objects: Objects) -> list[KnownDevice]:
    """Return the devices among the objects of BlueZ, by D-Bus path and interface."""
    in_use = {
        path.partition("/service")[0]
        for path, interfaces in objects.items()
        if (properties := interfaces.get(_CHARACTERISTIC))
        and (properties.get("Notifying") or properties.get("NotifyAcquired"))
    }
    return [
        _device(path, interfaces[_DEVICE], in_use=path in in_use)
        for path, interfaces in objects.items()
        if {"Address", "Adapter"} <= {*interfaces.get(_DEVICE, ())}
    ]


def is_scanning(objects: Objects) -> bool:
    """Return whether an adapter scans, for any program."""
    return any(
        interfaces.get(_ADAPTER, {}).get("Discovering", False) for interfaces in objects.values()
    )


def connected_devices(
    devices: Iterable[KnownDevice], matches: Callable[[ScanResult], bool], claimed: Collection[str]
) -> list[KnownDevice]:
    """Return the connected devices that match; those that no program uses come first.

    Args:
        devices: known devices.
        matches: predicate for the wanted device.
        claimed: addresses of devices that other links of this process use.
    """
    candidates = [
        device
        for device in devices
        if device.connected and device.found.address not in claimed and matches(device.found)
    ]
    return sorted(candidates, key=lambda device: (device.in_use, device.path))


def _device(path: str, properties: Mapping[str, Any], *, in_use: bool) -> KnownDevice:
    name, services = properties.get("Name"), tuple(properties.get("UUIDs", ()))
    address = properties["Address"]
    details = {"path": path, "props": {"Alias": name or address, **properties}}
    return KnownDevice(
        path=path,
        adapter=properties["Adapter"].rpartition("/")[2],
        connected=bool(properties.get("Connected") and properties.get("ServicesResolved")),
        paired=bool(properties.get("Paired")),
        in_use=in_use,
        found=ScanResult(
            device=BLEDevice(address, name, details),
            name=name,
            rssi=properties.get("RSSI", UNKNOWN_RSSI),
            services=services,
            kind=recognise(services, name),
        ),
    )
