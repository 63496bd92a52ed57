"""The result of a scan that several pages use."""

from collections.abc import Callable

import pytest
from bleak.backends.device import BLEDevice

from dashboards.console.views.sensors import ChosenDevice
from devices.discovery import Search
from devices.scanner import ScanResult
from monitor.errors import ActError
from monitor.sessions.nearby_sensors import NearbySensors

OURS, THEIRS, OTHER = (f"A0:9E:1A:00:00:0{n}" for n in range(1, 4))


class Air(Search):
    """A search that hears given addresses."""

    def __init__(self) -> None:
        self.nearby: tuple[str, ...] = ()

    async def find(self, matches: Callable[[ScanResult], bool], _within_s: float) -> None:  # type: ignore[override]
        for address in self.nearby:
            device = BLEDevice(address, "strap", {})
            matches(ScanResult(device=device, name="strap", rssi=-60, services=(), kind=None))


async def keys(nearby: NearbySensors) -> dict[str, str]:
    """Scan; return the key of each device by the end of its address."""
    return {view.name[-5:]: view.key for view in await nearby.scan(())}


def address(nearby: NearbySensors, key: str) -> str | None:
    chosen = ChosenDevice(kind="heart-rate-strap", key=key, address="", name="")
    return nearby.chosen("strap", chosen, ()).address


async def test_device_of_an_earlier_scan_stays_the_same() -> None:
    air = Air()
    nearby = NearbySensors(air, speed=1.0)
    air.nearby = (OURS, THEIRS)
    shown = await keys(nearby)
    air.nearby = (OTHER, THEIRS, OURS)  # another page searches
    await keys(nearby)
    assert address(nearby, shown[OURS[-5:]]) == OURS
    assert address(nearby, shown[THEIRS[-5:]]) == THEIRS
    air.nearby = (OTHER, THEIRS)
    await keys(nearby)
    with pytest.raises(ActError, match="the scan is outdated; search for sensors again"):
        address(nearby, shown[OURS[-5:]])
