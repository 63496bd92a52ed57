"""Alarms of the present overtake what a broker missed, in virtual time."""

import asyncio
import json
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from monitor.mqtt.broker import MqttConfig, Publication
from monitor.mqtt.publication_queue import FactPublication, PublicationQueue, decode, encode
from monitor.mqtt.service import MqttService
from tests.delivery.recorded_sessions import Recording
from tests.mqtt.served_session import BASE
from tests.virtual.virtual_room import in_virtual_time

ANSWERS_AFTER_S = 1.0
AT_ONCE = 20  # messages on their way
MARKERS = 400


@dataclass
class DistantBroker:
    """An `aiomqtt.Client` whose broker confirms each message after a second."""

    arrived: list[tuple[float, str, bytes]] = field(default_factory=list)
    sent_back: asyncio.Queue[Any] = field(default_factory=asyncio.Queue)

    async def publish(self, topic: str, payload: bytes, **_: object) -> None:
        self.arrived.append((asyncio.get_running_loop().time(), topic, payload))
        await asyncio.sleep(ANSWERS_AFTER_S)
        if topic == f"{BASE}/status":
            name = SimpleNamespace(value=topic)
            await self.sent_back.put(SimpleNamespace(topic=name, payload=payload, retain=False))

    async def subscribe(self, *_: object, **__: object) -> None: ...

    @property
    async def messages(self) -> AsyncIterator[Any]:
        while True:
            yield await self.sent_back.get()

    def of(self, topic: str) -> list[tuple[float, bytes]]:
        return [(at_s, what) for at_s, each, what in self.arrived if f"{BASE}/{topic}" in each]


async def at_once(work: Callable[..., Any], *arguments: Any) -> Any:
    """Replace `asyncio.to_thread`: threads take no virtual time."""
    return work(*arguments)


def test_alarm_does_not_wait_for_the_batch_that_is_being_sent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recording = Recording(tmp_path / "s.journal")
    recording.go_on(100)
    for number in range(MARKERS):
        recording.session.actions.mark("note", f"{number}", "AB")
    recording.go_on(1)

    async def scenario() -> tuple[DistantBroker, float]:
        broker = DistantBroker()

        @asynccontextmanager
        async def connected(*_: object) -> AsyncIterator[DistantBroker]:
            yield broker

        monkeypatch.setattr("monitor.mqtt.service.connected", connected)
        monkeypatch.setattr("monitor.delivery.batch_reader.asyncio.to_thread", at_once)
        config = MqttConfig(host="broker", port=1883)
        service = MqttService(recording.session, lambda: config, (), (), random.Random(1))
        async with asyncio.TaskGroup() as tasks:
            running = tasks.create_task(service.run())
            await asyncio.sleep(8)
            assert 0 < len(broker.of("marker")) < MARKERS - 2 * AT_ONCE
            recording.go_on(60)  # a fast heart
            raised_s = asyncio.get_running_loop().time()
            await asyncio.sleep(MARKERS / AT_ONCE * ANSWERS_AFTER_S + 5)
            running.cancel()
        return broker, raised_s

    broker, raised_s = in_virtual_time(scenario())
    alarms = broker.of("alarm/hr-high")
    first_s = alarms[0][0]
    # The next look for new facts, and a confirmation that frees a place.
    assert 0 < first_s - raised_s <= 0.25 + ANSWERS_AFTER_S
    sequence = [json.loads(what)["seq"] for _, what in alarms]
    assert sequence == sorted(set(sequence))
    markers = [json.loads(what)["seq"] for _, what in broker.of("marker")]
    assert len(markers) == MARKERS
    assert markers == sorted(markers)
    recording.close()


def alarm(number: int, topic: str, payload: bytes) -> FactPublication:
    return FactPublication(number, Publication(topic=topic, payload=payload, retain=True))


def marker(number: int) -> FactPublication:
    return FactPublication(number, Publication(topic="marker", payload=b"m"))


def taken(queue: PublicationQueue) -> list[tuple[str, bytes]]:
    found = [(what.topic, what.payload) for what in queue]
    assert not queue.waiting
    return found


def test_open_alarms_are_sent_before_ended_ones_in_topic_order() -> None:
    queue = PublicationQueue()
    over = [alarm(1, "over", b"1"), alarm(6, "over", b"")]
    again = [alarm(3, "open", b"3"), alarm(4, "open", b""), alarm(5, "open", b"4")]
    queue.add([over[0], marker(2), *again, over[1]])
    assert taken(queue) == [
        *(("open", text) for text in (b"3", b"", b"4")),
        *(("over", b"1"), ("marker", b"m"), ("over", b"")),
    ]


def test_alarm_of_the_present_takes_its_past_along_and_is_sent_once() -> None:
    queue = PublicationQueue()
    queue.add([marker(1), alarm(2, "open", b"2"), alarm(3, "again", b"3"), alarm(4, "again", b"")])
    again = alarm(7, "again", b"7")
    queue.add_present([again, marker(8)])
    assert taken(queue) == [
        *(("again", text) for text in (b"3", b"", b"7")),
        *(("open", b"2"), ("marker", b"m")),
    ]
    queue.add([alarm(5, "again", b"5"), alarm(6, "again", b""), again, marker(8)])
    assert taken(queue) == [("marker", b"m")]


def test_alarm_of_the_present_waits_for_the_next_batch_if_none_is_sent() -> None:
    queue = PublicationQueue()
    queue.add_present([alarm(9, "new", b"9")])
    queue.add([marker(1), alarm(2, "open", b"2")])
    assert taken(queue) == [("new", b"9"), ("open", b"2"), ("marker", b"m")]


def test_publications_survive_the_outbox() -> None:
    lines = [encode(each.id, each.what) for each in (alarm(1, "ä", b""), marker(2))]
    assert decode(b"\n".join(filter(None, lines))) == [alarm(1, "ä", b""), marker(2)]
    assert encode(3, None) is None
