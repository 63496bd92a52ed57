"""A Bluetooth service that holds sensors, for links over the virtual radio."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from devices.known_devices import KnownDevice, known_devices

HEART_RATE = "0000180d-0000-1000-8000-00805f9b34fb"


def objects(
    address: str,
    name: str | None = None,
    *,
    in_use: bool = False,
    adapter: str = "hci0",
    **more: Any,
) -> Mapping[str, Mapping[str, Mapping[str, Any]]]:
    """Return the objects of BlueZ for a connected strap; `more` are properties that differ."""
    path = f"/org/bluez/{adapter}/dev_{address.replace(':', '_')}"
    properties = {
        "Address": address,
        "Adapter": f"/org/bluez/{adapter}",
        "Connected": True,
        "ServicesResolved": True,
        "Paired": False,
        "UUIDs": [HEART_RATE],
        **({} if name is None else {"Name": name}),
        **more,
    }
    return {
        f"/org/bluez/{adapter}": {"org.bluez.Adapter1": {"Powered": True}},
        path: {"org.bluez.Device1": properties},
        f"{path}/service0010/char0011": {
            "org.bluez.GattCharacteristic1": {"UUID": "2a37", "Notifying": in_use}
        },
    }


@dataclass
class FakeService:
    """The service: its devices, and whether it runs."""

    found: list[KnownDevice] = field(default_factory=list)
    running: bool | None = True
    responds: bool = True
    switched_off: bool = False
    expected: list[str] = field(default_factory=list)
    steps: list[str] = field(default_factory=list)
    watchers: list[Callable[[], None]] = field(default_factory=list)

    def hold(self, address: str, name: str | None = None, **more: Any) -> None:
        self.found += known_devices(objects(address, name, **more))

    def blocked(self) -> bool:
        return self.switched_off

    async def devices(self) -> list[KnownDevice]:
        return self.found

    async def scanning(self) -> bool:
        return False

    async def restart_scan(self, adapter: str) -> None:
        self.steps.append(f"restart scan of {adapter}")

    async def disconnect(self, path: str) -> None:
        self.steps.append(f"disconnect {path.rpartition('_')[2]}")

    async def power_cycle(self, adapter: str) -> None:
        self.steps.append(f"power cycle {adapter}")

    async def expect_pairing(self, address: str) -> None:
        self.expected.append(address)

    @contextmanager
    def on_stop(self, call: Callable[[], None]) -> Iterator[None]:
        self.watchers.append(call)
        yield
        self.watchers.remove(call)

    def crash(self) -> None:
        self.running = False
        for call in list(self.watchers):
            call()
