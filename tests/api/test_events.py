"""The event stream: no losses, no duplicates, and no delay by slow clients."""

import asyncio
import datetime
import json
import random
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import httpx
import pytest

from dashboards.access.accounts import edit_accounts
from dashboards.access.rate_limit import Rate
from dashboards.access.roles import Role
from dashboards.api.event_stream import KINDS, EventStream
from tests.access.console_with_accounts import PASSWORDS, log_in
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


async def ends(answer: httpx.Response) -> None:
    async with asyncio.timeout(PATIENCE_S):
        async for _ in answer.aiter_lines():
            pass


@pytest.mark.parametrize("how", ["removed", "another role", "expired"])
async def test_stream_ends_with_its_token(live: Live, tmp_path: Path, how: str) -> None:
    async with (
        served(live, tmp_path) as house,
        house.client(Role.RESEARCHER) as client,
        client.stream("GET", at(live, "events")) as answer,
    ):
        assert answer.status_code == 200
        with edit_accounts(house.accounts) as known:
            old = known.tokens.pop("prog-researcher")
            if how == "another role":
                known.tokens[old.name] = old.model_copy(update={"role": Role.RATER})
            if how == "expired":
                past = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
                known.tokens[old.name] = old.model_copy(update={"expires": past})
        await ends(answer)


@pytest.mark.parametrize("how", ["logout", "account removed"])
async def test_stream_ends_with_its_login(live: Live, tmp_path: Path, how: str) -> None:
    async with (
        served(live, tmp_path) as house,
        httpx.AsyncClient(base_url=house.url, timeout=PATIENCE_S) as client,
    ):
        await log_in(client, "researcher", PASSWORDS[Role.RESEARCHER])
        async with client.stream("GET", f"api/v1{at(live, 'events')}") as answer:
            assert answer.status_code == 200
            if how == "logout":
                await client.post("logout")
            else:
                with edit_accounts(house.accounts) as known:
                    known.accounts.pop("researcher")
            await ends(answer)


async def test_token_is_limited_to_sixteen_streams(live: Live, tmp_path: Path) -> None:
    async with (
        served(live, tmp_path) as house,
        house.client(Role.RESEARCHER) as client,
        house.client(Role.MEDICAL) as other,
    ):
        async with AsyncExitStack() as stack:
            statuses = [
                (await stack.enter_async_context(client.stream("GET", at(live, "events"))))
                for _ in range(17)
            ]
            assert [each.status_code for each in statuses] == [200] * 16 + [429]
            assert statuses[-1].headers["retry-after"] == "1"
            more = await stack.enter_async_context(other.stream("GET", at(live, "events")))
            assert more.status_code == 200
        async with asyncio.timeout(PATIENCE_S):
            while True:  # until the server has seen that the others are gone
                async with client.stream("GET", at(live, "events")) as answer:
                    if answer.status_code == 200:
                        break


async def test_too_many_requests_of_a_token_are_refused(
    live: Live, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dashboards.api.authorization.REQUESTS", Rate(3, 1e6))
    async with (
        served(live, tmp_path) as house,
        house.client(Role.RESEARCHER) as client,
        house.client(Role.MEDICAL) as other,
    ):
        answers = [await client.get("/sessions") for _ in range(5)]
        assert [each.status_code for each in answers] == [200, 200, 200, 429, 429]
        assert answers[-1].json() == {"error": "too many requests; wait a second"}
        assert (await other.get("/sessions")).status_code == 200
