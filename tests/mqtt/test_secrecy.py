"""Bytes that a session sends, read on the wire, contain neither addresses nor names."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from devices.radio import LinkState
from monitor.mqtt.broker import MqttConfig
from tests.mqtt.served_session import BASE, listening, served
from tests.servers.mosquitto import PASSWORD, Mosquitto
from tests.servers.process import free_port

ADDRESS = "C4:7D:9F:12:34:56"
WORDS = (ADDRESS, ADDRESS.replace(":", ""), "Anna", "Brown", "ecstatic", "Polar H10 4711")


@asynccontextmanager
async def wiretap(port: int) -> AsyncIterator[tuple[int, bytearray]]:
    """Yield a port that leads to another, and all bytes that clients send through it."""
    seen = bytearray()
    writers: list[asyncio.StreamWriter] = []

    async def pipe(
        source: asyncio.StreamReader, sink: asyncio.StreamWriter, log: bytearray | None
    ) -> None:
        try:
            while data := await source.read(65536):
                if log is not None:
                    log.extend(data)
                sink.write(data)
        except ConnectionError:
            pass  # one side has closed: close the other
        finally:
            sink.close()

    async def connect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, onwards = await asyncio.open_connection("127.0.0.1", port)
        writers.extend([writer, onwards])
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(pipe(reader, onwards, seen))
            tasks.create_task(pipe(there, writer, None))

    server = await asyncio.start_server(connect, "127.0.0.1", free_port())
    async with server:
        yield server.sockets[0].getsockname()[1], seen
        for writer in writers:
            writer.close()


async def test_sent_bytes_contain_no_address_and_no_name(broker: Mosquitto, tmp_path: Path) -> None:
    async with wiretap(broker.plain_port) as (port, seen):
        config = replace(broker.config("physiomon"), port=port, tls=None)
        screen = broker.config("screen")
        path = tmp_path / "s.journal"
        async with (
            listening(screen, f"{BASE}/#") as listener,
            served(config, path, home_assistant=True) as recording,
        ):
            await listener.until(lambda each: each.topic == f"{BASE}/status")
            session = recording.session
            session.link("strap", LinkState.LOST, f"Anna's strap {ADDRESS} has gone", -70)
            session.packet("strap", "2A23", bytes.fromhex(ADDRESS.replace(":", "") + "fffe"))
            session.packet("strap", "2A25", b"Polar H10 4711")
            session.report_fault("clock-jump", on=True, reason=f"Anna Brown did it to {ADDRESS}")
            session.actions.mark("note", "Anna is ecstatic", "Anna Brown")
            recording.go_on(140)
            session.actions.acknowledge("hr-high@strap/heart_rate", "Anna Brown")
            recording.go_on(30)
            await listener.until(lambda each: "alarm/clock" in each.topic)
            await listener.until(lambda each: b'"acknowledged"' in each.payload)
            await listener.until(lambda each: each.topic == f"{BASE}/reading/strap/heart_rate")
    assert b"physiomon/here/s1/marker/note" in seen  # the wiretap works
    assert PASSWORD.encode() in seen
    for word in WORDS:
        assert word.lower().encode() not in bytes(seen).lower(), word


async def test_discovery_announces_and_removes_values_and_alarms(
    broker: Mosquitto, tmp_path: Path
) -> None:
    config: MqttConfig = broker.config("physiomon")
    async with listening(broker.config("homeassistant"), "homeassistant/#") as home:
        async with served(config, tmp_path / "s.journal", home_assistant=True):
            rate = await home.until(lambda each: each.topic.endswith("strap-heart_rate/config"))
            alarm = await home.until(lambda each: "hr-high-strap_heart_rate" in each.topic)
        assert rate.body["state_topic"] == f"{BASE}/reading/strap/heart_rate"
        assert rate.body["json_attributes_topic"] == f"{BASE}/channel/strap/heart_rate"
        assert rate.body["unit_of_measurement"] == "bpm"
        assert rate.body["availability"][0]["topic"] == f"{BASE}/status"
        monitoring = await home.until(lambda each: each.topic.endswith("s1-monitoring/config"))
        assert monitoring.body["state_topic"] == f"{BASE}/status"
        assert "availability" not in monitoring.body  # it shows when others are unavailable
        assert alarm.body["state_topic"] == f"{BASE}/alarm/hr-high/strap/heart_rate"
        told = [each for each in home.heard if each.payload]
        assert len({json.loads(each.payload)["unique_id"] for each in told}) == len(told)
        await home.until(lambda each: each.topic == rate.topic and not each.payload)
