"""A broker that accepts connections and never answers, such as one that hangs."""

import asyncio

from monitor.mqtt.broker import MqttConfig, connected
from tests.durations import PATIENCE_S


async def test_connection_to_a_silent_broker_can_be_cancelled() -> None:
    """A lost cancellation would prevent the process from stopping."""
    arrived, left = asyncio.Event(), asyncio.Event()

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        arrived.set()
        await reader.read()
        writer.close()
        left.set()

    async def connect(port: int) -> None:
        async with connected(MqttConfig(host="127.0.0.1", port=port), "gateway"):
            raise AssertionError("it has answered")

    async with await asyncio.start_server(listen, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        async with asyncio.timeout(PATIENCE_S), asyncio.TaskGroup() as tasks:
            running = tasks.create_task(connect(port))
            await arrived.wait()
            running.cancel()
        assert running.cancelled()
        async with asyncio.timeout(PATIENCE_S):
            await left.wait()
