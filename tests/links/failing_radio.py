"""A radio with the faults of real Bluetooth: unresponsive sensors, full or failing adapters.

It uses the virtual radio; errors that only BlueZ raises are injected in the backends of bleak, as
exceptions of bleak.
"""

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from bleak.backends.client import BaseBleakClient
from bleak.backends.scanner import BaseBleakScanner
from bleak.exc import BleakDBusError, BleakError, BleakGATTProtocolError

from devices.adapters import Adapters
from devices.radio import Radio
from tests.virtual.virtual_room import Room


@dataclass
class RadioFaults:
    """The faults of a radio.

    Attributes:
        adapters: adapters of the machine.
        slots: maximum connections by adapter.
        hangs: maximum connections by adapter; further attempts get no answer.
        broken: errors of failing adapters.
        refused: errors of connection attempts by adapter; scans work.
        unreliable: probability that a connection attempt fails, by adapter.
        dead: addresses that never respond.
        refusals: errors of the next connection attempts by address.
        stale: addresses with outdated cached services, until they are unpaired.
        unbonded: addresses that require pairing.
        pairing: error of pairing, or None.
        open: connected clients with their adapters.
    """

    adapters: list[str] = field(default_factory=list)
    slots: dict[str, int] = field(default_factory=dict)
    hangs: dict[str, int] = field(default_factory=dict)
    broken: dict[str, BaseException] = field(default_factory=dict)
    refused: dict[str, BaseException] = field(default_factory=dict)
    unreliable: dict[str, float] = field(default_factory=dict)
    rng: random.Random = field(default_factory=lambda: random.Random(5))
    dead: set[str] = field(default_factory=set)
    refusals: dict[str, list[BaseException]] = field(default_factory=dict)
    stale: set[str] = field(default_factory=set)
    unbonded: set[str] = field(default_factory=set)
    pairing: BaseException | None = None
    open: dict[BaseBleakClient, str] = field(default_factory=dict)
    connecting: int = 0

    def on(self, adapter: str) -> list[str]:
        return sorted(c.address for c, a in self.open.items() if a == adapter and c.is_connected)


def radio(there: Room, faults: RadioFaults) -> Radio:
    """Return the radio of a room with injected faults."""
    real = there.shared_radio.radio()
    assert real.scanner is not None
    assert real.client is not None
    names: Callable[[], list[str]] = lambda: list(faults.adapters)  # noqa: E731
    return Radio(
        type("FaultyScanner", (_FaultyScanner, real.scanner), {"faults": faults}),
        type("FaultyClient", (_FaultyClient, real.client), {"faults": faults}),
        Adapters(names=names),
    )


class _FaultyScanner(BaseBleakScanner):
    faults: RadioFaults

    def __init__(self, *arguments: Any, **options: Any) -> None:
        self.adapter = options["bluez"].get("adapter", "")
        super().__init__(*arguments, **options)

    async def start(self) -> None:
        if self.faults.connecting and not self.faults.adapters:
            raise BleakDBusError("org.bluez.Error.InProgress", ["Operation already in progress"])
        if self.adapter in self.faults.broken:
            raise self.faults.broken[self.adapter]
        if self.adapter and self.adapter not in self.faults.adapters:
            raise BleakError(f"adapter '{self.adapter}' not found")
        await super().start()  # type: ignore[safe-super]


class _FaultyClient(BaseBleakClient):
    faults: RadioFaults

    def __init__(self, *arguments: Any, **options: Any) -> None:
        self.adapter = options["bluez"].get("adapter", "")
        super().__init__(*arguments, **options)

    async def connect(self, pair: bool, **options: Any) -> None:
        faults = self.faults
        if faults.connecting and not faults.adapters:
            raise BleakDBusError("org.bluez.Error.InProgress", ["Operation already in progress"])
        faults.connecting += 1
        try:
            if self.address in faults.dead:
                await asyncio.Event().wait()
            if faults.refusals.get(self.address):
                raise faults.refusals[self.address].pop(0)
            if self.adapter in faults.broken:
                raise faults.broken[self.adapter]
            if len(faults.on(self.adapter)) >= faults.hangs.get(self.adapter, 100):
                await asyncio.Event().wait()
            if self.adapter in faults.refused:
                raise faults.refused[self.adapter]
            if faults.rng.random() < faults.unreliable.get(self.adapter, 0.0):
                raise BleakDBusError("org.bluez.Error.Failed", ["le-connection-abort-by-local"])
            if len(faults.on(self.adapter)) >= faults.slots.get(self.adapter, 100):
                details = "le-connection-concurrent-connection-limit"
                raise BleakDBusError("org.bluez.Error.Failed", [details])
            await super().connect(pair, **options)  # type: ignore[safe-super]
            faults.open[self] = self.adapter
        finally:
            faults.connecting -= 1

    async def start_notify(self, *arguments: Any, **options: Any) -> None:
        if self.address in self.faults.stale:
            raise BleakGATTProtocolError(0x12)
        if self.address in self.faults.unbonded:
            raise BleakGATTProtocolError(0x05)
        await super().start_notify(*arguments, **options)  # type: ignore[safe-super]

    async def pair(self, *_arguments: Any, **_options: Any) -> None:
        if self.faults.pairing is not None:
            raise self.faults.pairing
        self.faults.unbonded.discard(self.address)

    async def unpair(self) -> None:
        self.faults.stale.discard(self.address)


async def unplug(faults: RadioFaults, adapter: str) -> None:
    """Remove an adapter with its connections."""
    faults.adapters.remove(adapter)
    for client, used in list(faults.open.items()):
        if used == adapter:
            await client.disconnect()
