"""A session that is served over a real broker, and a listener."""

import asyncio
import json
import random
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiomqtt import Client, Message

from monitor.config.mqtt import MqttUser
from monitor.mqtt.broker import (
    MqttConfig,
    Publication,
    connected,
    properties_of,
    publish,
    subscribe,
)
from monitor.mqtt.service import MqttService
from monitor.supervisor import supervise
from tests.delivery.recorded_sessions import Recording
from tests.durations import PATIENCE_S

BASE = "physiomon/here/s1"
PANEL = MqttUser(
    name="panel", role="nurse", may=["acknowledge", "unacknowledge", "reset", "marker", "pause"]
)


@dataclass
class Heard:
    """One received message."""

    topic: str
    payload: bytes
    retain: bool
    properties: dict[str, Any] = field(default_factory=dict)

    @property
    def body(self) -> Any:
        return json.loads(self.payload)


class Listener:
    """A client of the broker that keeps received messages."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.heard: list[Heard] = []
        self._news = asyncio.Condition()

    async def listen(self) -> None:
        async for message in self.client.messages:
            async with self._news:
                self.heard.append(_heard(message))
                self._news.notify_all()

    async def until(self, true: Callable[[Heard], bool]) -> Heard:
        """Return the first message, also of those that came before, that is asked for."""
        async with asyncio.timeout(PATIENCE_S), self._news:
            while True:
                for heard in self.heard:
                    if true(heard):
                        return heard
                await self._news.wait()

    async def say(self, topic: str, body: object, *, retain: bool = False, **more: Any) -> None:
        payload = body if isinstance(body, bytes) else json.dumps(body).encode()
        await publish(self.client, Publication(topic=topic, payload=payload, retain=retain, **more))


def _heard(message: Message) -> Heard:
    payload = message.payload
    assert isinstance(payload, bytes)
    return Heard(message.topic.value, payload, bool(message.retain), dict(properties_of(message)))


@asynccontextmanager
async def listening(config: MqttConfig, *topics: str) -> AsyncIterator[Listener]:
    async with connected(config, "") as client, asyncio.TaskGroup() as tasks:
        listener = Listener(client)
        await subscribe(client, *topics)
        task = tasks.create_task(listener.listen())
        yield listener
        task.cancel()


@asynccontextmanager
async def served(
    config: MqttConfig,
    path: Path,
    *,
    users: Sequence[MqttUser] = (PANEL,),
    gateways: Sequence[str] = (),
    home_assistant: bool = False,
) -> AsyncIterator[Recording]:
    """Yield a session whose part runs, until the end of the block."""
    recording = Recording(path)
    rng = random.Random(1)
    part = MqttService(
        recording.session, lambda: config, users, gateways, rng, home_assistant=home_assistant
    )
    with closing(recording.session):
        async with asyncio.TaskGroup() as tasks:
            work = supervise("mqtt", part.run, lambda _reason: None, rng)
            task = tasks.create_task(work)
            try:
                yield recording
            finally:
                task.cancel()
        recording.session.end("done")
        async with asyncio.timeout(PATIENCE_S):
            await part.drain()


async def until(true: Callable[[], bool]) -> None:
    """Wait for a condition that no message reports."""
    async with asyncio.timeout(PATIENCE_S):
        while not true():  # noqa: ASYNC110 - it happens in another process, or on the wire
            await asyncio.sleep(0.02)
