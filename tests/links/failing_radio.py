"""Bluetooth as it is in the field: sensors that do not answer, adapters that are full or fail.

Everything goes over the virtual radio; what only BlueZ shows is put in front of it, at bleak's own
door, with bleak's own errors.
"""

import asyncio
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
class Field:
    """What goes wrong, until it is changed.

    Attributes:
        adapters: that the machine has.
        slots: connections that an adapter can have.
        broken: adapters that fail, and how.
        dead: addresses that never answer.
        refusals: errors that the next connects to an address end in.
        stale: addresses whose services are known wrongly, until they are forgotten.
        unbonded: addresses that send nothing until they are paired with.
        pairing: what pairing ends in, if not well.
        open: clients that are connected, by adapter.
    """

    adapters: list[str] = field(default_factory=list)
    slots: dict[str, int] = field(default_factory=dict)
    broken: dict[str, BaseException] = field(default_factory=dict)
    dead: set[str] = field(default_factory=set)
    refusals: dict[str, list[BaseException]] = field(default_factory=dict)
    stale: set[str] = field(default_factory=set)
    unbonded: set[str] = field(default_factory=set)
    pairing: BaseException | None = None
    open: dict[BaseBleakClient, str] = field(default_factory=dict)
    connecting: int = 0

    def on(self, adapter: str) -> list[str]:
        return sorted(c.address for c, a in self.open.items() if a == adapter and c.is_connected)


def radio(there: Room, rough: Field) -> Radio:
    """Return the room's radio with what goes wrong in front of it."""
    real = there.shared_radio.radio()
    assert real.scanner is not None
    assert real.client is not None
    names: Callable[[], list[str]] = lambda: list(rough.adapters)  # noqa: E731
    return Radio(
        type("RoughScanner", (_RoughScanner, real.scanner), {"rough": rough}),
        type("RoughClient", (_RoughClient, real.client), {"rough": rough}),
        Adapters(names=names),
    )


class _RoughScanner(BaseBleakScanner):
    rough: Field

    def __init__(self, *arguments: Any, **options: Any) -> None:
        self.adapter = options["bluez"].get("adapter", "")
        super().__init__(*arguments, **options)

    async def start(self) -> None:
        if self.rough.connecting and not self.rough.adapters:
            raise BleakDBusError("org.bluez.Error.InProgress", ["Operation already in progress"])
        if self.adapter in self.rough.broken:
            raise self.rough.broken[self.adapter]
        if self.adapter and self.adapter not in self.rough.adapters:
            raise BleakError(f"adapter '{self.adapter}' not found")
        await super().start()  # type: ignore[safe-super]


class _RoughClient(BaseBleakClient):
    rough: Field

    def __init__(self, *arguments: Any, **options: Any) -> None:
        self.adapter = options["bluez"].get("adapter", "")
        super().__init__(*arguments, **options)

    async def connect(self, pair: bool, **options: Any) -> None:
        rough = self.rough
        if rough.connecting and not rough.adapters:
            raise BleakDBusError("org.bluez.Error.InProgress", ["Operation already in progress"])
        rough.connecting += 1
        try:
            if self.address in rough.dead:
                await asyncio.Event().wait()
            if rough.refusals.get(self.address):
                raise rough.refusals[self.address].pop(0)
            if self.adapter in rough.broken:
                raise rough.broken[self.adapter]
            if len(rough.on(self.adapter)) >= rough.slots.get(self.adapter, 100):
                details = "le-connection-concurrent-connection-limit"
                raise BleakDBusError("org.bluez.Error.Failed", [details])
            await super().connect(pair, **options)  # type: ignore[safe-super]
            rough.open[self] = self.adapter
        finally:
            rough.connecting -= 1

    async def start_notify(self, *arguments: Any, **options: Any) -> None:
        if self.address in self.rough.stale:
            raise BleakGATTProtocolError(0x12)
        if self.address in self.rough.unbonded:
            raise BleakGATTProtocolError(0x05)
        await super().start_notify(*arguments, **options)  # type: ignore[safe-super]

    async def pair(self, *_arguments: Any, **_options: Any) -> None:
        if self.rough.pairing is not None:
            raise self.rough.pairing
        self.rough.unbonded.discard(self.address)

    async def unpair(self) -> None:
        self.rough.stale.discard(self.address)


async def unplug(rough: Field, adapter: str) -> None:
    """Let an adapter go, with its connections."""
    rough.adapters.remove(adapter)
    for client, used in list(rough.open.items()):
        if used == adapter:
            await client.disconnect()
