"""Processes that exchange packets over a real broker until they are killed.

Arguments: ``gateway`` or ``centre``, folder, port of the broker, its authority's certificate; a
gateway also its id, and whether it takes new packets (``take``), takes some whose numbers begin
with `CLONED` (``clone``), or only delivers (``deliver``).
"""

import asyncio
import random
import secrets
import ssl
import sys
from dataclasses import replace
from pathlib import Path

from devices.sensor import SensorSpec
from monitor.clock import SessionClock
from monitor.core.session_spec import SessionSpec
from monitor.entries import EntryKind
from monitor.gateway.sender import GatewaySender
from monitor.gateway.spool import Spool
from monitor.mqtt.broker import MqttConfig
from monitor.mqtt.service import MqttService
from monitor.sessions.session import Session
from monitor.storage.journal import Journal
from monitor.supervisor import supervise
from tests.engine.scripted_session import spec
from tests.servers.mosquitto import PASSWORD

GATEWAYS = ("room1", "room2")
PAUSE_S = 0.01
CLONED = 1_000_000


def two_rooms() -> SessionSpec:
    sensors = tuple(
        SensorSpec(label=f"strap-{each}", kind="heart-rate-strap", gateway=each)
        for each in GATEWAYS
    )
    return replace(spec(), sensors=sensors)


def numbers(journal: Path, gateway: str) -> list[int]:
    """Return the numbers of the packets of one gateway that a journal or a spool holds."""
    with Journal.read(journal) as recorded:
        return [
            int.from_bytes(entry.payload[2:6], "little")
            for entry in recorded.entries()
            if entry.kind == EntryKind.PACKET and entry.source == f"strap-{gateway}/2A37"
        ]


async def gateway(
    folder: Path, config: MqttConfig, name: str, *, take: bool, first: int = 0
) -> None:
    clock = SessionClock.of_machine()
    path = folder / f"{name}.spool"
    spool = Spool.open(path, clock, secrets.token_hex(8), f"{name}@s1")
    sender = GatewaySender(spool, config, "here", "s1", name)
    number = first + len(numbers(path, name))
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(supervise("mqtt", sender.run, lambda _reason: None, random.Random(1)))
        while True:
            for _ in range(3 if take else 0):
                number += 1
                head = bytes([0x16, 70 + number % 5])
                spool.packet(f"strap-{name}", "2A37", head + number.to_bytes(4, "little"))
            await asyncio.sleep(PAUSE_S)


async def centre(folder: Path, config: MqttConfig) -> None:
    clock = SessionClock.of_machine()
    session = Session.open(two_rooms(), folder / "s.journal", clock)
    rng = random.Random(2)
    part = MqttService(session, lambda: config, [], GATEWAYS, rng)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(session.run())
        tasks.create_task(part.watch_gateways())
        tasks.create_task(supervise("mqtt", part.run, lambda _reason: None, rng))


def main(role: str, folder: str, port: str, ca_file: str, name: str = "", mode: str = "") -> None:
    config = MqttConfig(
        host="127.0.0.1",
        port=int(port),
        user=f"gateway-{name}" if role == "gateway" else "physiomon",
        password=PASSWORD,
        tls=ssl.create_default_context(cafile=ca_file),
    )
    if role == "gateway":
        take, first = mode != "deliver", CLONED if mode == "clone" else 0
        asyncio.run(gateway(Path(folder), config, name, take=take, first=first))
    else:
        asyncio.run(centre(Path(folder), config))


if __name__ == "__main__":
    main(*sys.argv[1:])
