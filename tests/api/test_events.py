"""The event stream: no losses, no duplicates, and no delay by slow clients."""

import asyncio
import json
import random
from collections.abc import AsyncIterator
from pathlib import Path

import httpx

from dashboards.access.roles import Role
from dashboards.api.event_stream import KINDS, EventStream
from tests.api.served_session import at, served
from tests.durations import PATIENCE_S
from tests.sessions.test_session import Live, live

__all__ = ["live"]


async def hear(client: httpx.AsyncClient, url: str, last: int | None, most: int) -> list[int]:
    """Return the ids of the next events, and disconnect within the stream."""
    heard: list[int] = []
    headers = {} if last is None else {"Last-Event-ID": str(last)}
    async with client.stream("GET", url, headers=headers) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        async for line in answer.aiter_lines():
            if line.startswith("id: "):
                heard.append(int(line[4:]))
            if line.startswith("data: "):
                assert "at_ns" in json.loads(line[6:])
                if len(heard) >= most:
                    return heard
    return heard


async def test_reconnecting_client_continues_without_loss(live: Live, tmp_path: Path) -> None:
    rng = random.Random(1)
    heard: list[int] = []
    async with served(live, tmp_path) as house, house.client(Role.RESEARCHER) as client:
        while len(heard) < 300:
            live.beat(20, rng.choice((70, 120)))
            live.session._recorder.write()
            last = heard[-1] if heard else 0
            most = rng.randrange(1, 25)
            waiting = [row.id for row in live.session.journal.facts(last) if row.kind in KINDS]
            heard += await hear(client, at(live, "events"), last, min(most, len(waiting)))
    known = [row.id for row in live.session.journal.facts() if row.kind in KINDS]
    assert heard == known[: len(heard)]


async def test_stream_without_position_starts_now(live: Live, tmp_path: Path) -> None:
    live.beat(20, 70)
    live.session._recorder.write()
    old = live.session.journal.last_fact
    async with served(live, tmp_path) as house, house.client(Role.RESEARCHER) as client:
        async with asyncio.TaskGroup() as tasks:
            hearing = tasks.create_task(hear(client, at(live, "events"), None, 3))
            while not hearing.done():
                live.beat(1, 71)
                live.session._recorder.write()
                await asyncio.sleep(0.05)  # the stream polls the journal
        assert min(hearing.result()) > old


async def test_invalid_event_id_is_refused(live: Live, tmp_path: Path) -> None:
    async with served(live, tmp_path) as house, house.client(Role.RESEARCHER) as client:
        wrong = {"Last-Event-ID": "x"}
        answer = await client.get(at(live, "events"), headers=wrong)
        assert (answer.status_code, list(answer.json())) == (422, ["error"])


async def test_blocked_client_is_disconnected() -> None:
    sent = 0

    async def lines() -> AsyncIterator[bytes]:
        while True:
            yield b": x\n\n"

    async def send(_: object) -> None:
        nonlocal sent
        sent += 1
        if sent > 3:
            await asyncio.Event().wait()

    async def receive() -> dict[str, str]:
        await asyncio.Event().wait()
        return {}

    async with asyncio.timeout(PATIENCE_S):
        await EventStream(lines(), 0.05)({"type": "http"}, receive, send)
    assert sent == 4
