"""Scans for sensors nearby."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from bleak import BleakScanner
from bleak.args.bluez import BlueZScannerArgs
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData

from devices.adapter_recovery import Activity
from devices.adapters import Adapter
from devices.addresses import AddressKind, address_kind
from devices.advertisement import Advertisement
from devices.decoders import SensorKind, recognise
from devices.errors import AdapterError
from devices.link_errors import BLUETOOTH_ERRORS, diagnose, refine
from devices.link_faults import NOT_FOUND, SERVICE_UNRESPONSIVE, UNPLUGGED, FaultSource
from devices.radio import Radio
from devices.recovery_steps import recover

_START_WITHIN_S = 10.0
_STOP_WITHIN_S = 5.0

UNKNOWN_RSSI = -127  # as in bleak

Detected = Callable[["ScanResult"], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanResult:
    """A device as its advertisements describe it.

    Attributes:
        device: as bleak connects to it.
        name: advertised, or None.
        rssi: signal strength in dBm; `UNKNOWN_RSSI` if it is known, but was not heard.
        services: advertised service UUIDs, 128-bit, lower case.
        kind: kind of sensor, or None if it is not recognised.
        advertisement: broadcast data (see `devices.advertisement`); empty if there are none.
    """

    device: BLEDevice
    name: str | None
    rssi: int
    services: tuple[str, ...]
    kind: SensorKind | None
    advertisement: bytes = b""

    @property
    def address(self) -> str:
        """Return the address in the notation of the radio."""
        return self.device.address

    @property
    def address_kind(self) -> AddressKind:
        """Return whether the address lasts; unknown on systems other than Linux."""
        details = self.device.details
        properties = details.get("props", {}) if isinstance(details, Mapping) else {}
        return address_kind(self.address, properties.get("AddressType"))


def signal_text(found: ScanResult) -> str:
    """Return the signal strength of a device, or that it is connected."""
    return "connected" if found.rssi == UNKNOWN_RSSI else f"{found.rssi} dBm"


async def scan(radio: Radio, duration_s: float, adapter: str | None = None) -> list[ScanResult]:
    """Scan for a while; return the devices heard or connected, strongest signal first.

    Args:
        radio: the Bluetooth stack.
        duration_s: duration in seconds.
        adapter: adapter that scans, such as ``hci1``; None for the system default.

    Raises:
        AdapterError: Bluetooth is missing, off or not permitted.
    """
    heard: dict[str, ScanResult] = {}

    def take(found: ScanResult) -> None:
        known = heard.get(found.address)
        # A scan response may lack the services that the advertisement had.
        heard[found.address] = found if known is None else merge_results(known, found)

    names = radio.adapters.names()
    if adapter is not None and names and adapter not in names:
        raise AdapterError(f"there is no adapter '{adapter}'; choose one of: {', '.join(names)}")
    async with scanning(radio, take, Adapter(adapter)):
        await asyncio.sleep(duration_s)
        # Connected sensors do not advertise, and what another program's scan has heard is not
        # repeated for this one.
        for known in await radio.service.devices():
            there = known.connected or known.found.rssi != UNKNOWN_RSSI
            if there and known.found.kind and adapter in (None, known.adapter):
                heard.setdefault(known.found.address, known.found)
    return sorted(heard.values(), key=lambda found: (-found.rssi, found.address))


@asynccontextmanager
async def scanning(
    radio: Radio, seen: Detected, adapter: Adapter | None = None
) -> AsyncIterator[None]:
    """Call `seen` for every advertisement while the context is open.

    Args:
        radio: the Bluetooth stack.
        seen: callback, called in the event loop.
        adapter: adapter that scans; None for the system default.

    Raises:
        AdapterError: Bluetooth is missing, off or not permitted.
    """
    loop = asyncio.get_running_loop()

    def detected(device: BLEDevice, data: AdvertisementData) -> None:
        name = data.local_name or device.name
        seen(
            ScanResult(
                device=device,
                name=name,
                rssi=data.rssi,
                services=tuple(data.service_uuids),
                kind=recognise(data.service_uuids, name, data.service_data, data.manufacturer_data),
                advertisement=_advert(name, data),
            )
        )

    used = Adapter(None) if adapter is None else adapter
    try:
        async with asyncio.timeout(_START_WITHIN_S):
            options: BlueZScannerArgs = {"adapter": used.name} if used.name else {}
            scanner = BleakScanner(detected, bluez=options, backend=radio.scanner)
            await scanner.start()
    except TimeoutError:
        used.mark_failed(FaultSource.ADAPTER, loop.time())
        raise AdapterError(SERVICE_UNRESPONSIVE.message) from None
    except BLUETOOTH_ERRORS as error:
        fault = refine(
            diagnose(error), running=radio.service.running, blocked=radio.service.blocked()
        )
        if fault is NOT_FOUND:  # the adapter itself
            fault = UNPLUGGED
        used.mark_failed(FaultSource.ADAPTER, loop.time())
        fault = await recover(radio, used, Activity.SCAN, fault)
        raise AdapterError(fault.message) from error
    used.worked(Activity.SCAN)
    try:
        yield
    finally:
        try:
            async with asyncio.timeout(_STOP_WITHIN_S):
                await scanner.stop()
        except BLUETOOTH_ERRORS:
            pass  # the adapter was lost during the scan: the next scan reports it


def _advert(name: str | None, data: AdvertisementData) -> bytes:
    if not data.service_data and not data.manufacturer_data:
        return b""
    return bytes(
        Advertisement(
            name=name or "",
            services=tuple(data.service_uuids),
            service_data=data.service_data,
            manufacturer_data=data.manufacturer_data,
        )
    )


def merge_results(older: ScanResult, newer: ScanResult) -> ScanResult:
    """Merge two scan results of one device."""
    services = tuple(dict.fromkeys((*older.services, *newer.services)))
    name = newer.name or older.name
    return ScanResult(
        device=newer.device,
        name=name,
        rssi=newer.rssi,
        services=services,
        kind=recognise(services, name) or newer.kind or older.kind,
        advertisement=newer.advertisement or older.advertisement,
    )
