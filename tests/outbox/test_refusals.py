"""Servers that answer as InfluxDB should not, and what becomes of the facts."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web

from monitor.influx import InfluxConfig, influx_writer
from monitor.line_protocol import LineEncoder
from monitor.outbox import Outbox
from tests.outbox.sessions import Recording

Handler = Callable[[web.Request, bytes], Awaitable[web.StreamResponse]]
SECRET = "a-secret-token"


class Server:
    """Takes lines after `refusals` have been answered; keeps what it took."""

    def __init__(self, *refusals: Handler) -> None:
        self.refusals = list(refusals)
        self.taken: list[bytes] = []
        self.asked: list[float] = []

    async def handle(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        self.asked.append(asyncio.get_running_loop().time())
        if self.refusals:
            return await self.refusals.pop(0)(request, body)
        self.taken += body.split(b"\n")
        return web.Response(status=204)

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[str]:
        app = web.Application(client_max_size=1 << 26)
        app.router.add_post("/api/v2/write", self.handle)
        runner = web.AppRunner(app)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        try:
            yield f"http://127.0.0.1:{runner.addresses[0][1]}"
        finally:
            await runner.cleanup()


def answer(status: int, text: str = "", **headers: str) -> Handler:
    async def handler(_request: web.Request, _body: bytes) -> web.StreamResponse:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return web.Response(status=status, text=text, headers=named)

    return handler


async def hang(_request: web.Request, _body: bytes) -> web.StreamResponse:
    await asyncio.sleep(5)
    return web.Response(status=204)


async def break_off(request: web.Request, _body: bytes) -> web.StreamResponse:
    assert request.transport is not None
    request.transport.close()
    return web.Response(status=204)


@pytest.fixture
def recording(tmp_path: Path) -> Recording:
    recording = Recording(tmp_path / "s.journal")
    recording.go_on(30)
    return recording


async def deliver(recording: Recording, server: Server) -> list[str | None]:
    told: list[str | None] = []
    session = recording.session
    async with server.listening() as url:
        config = InfluxConfig(url=url, org="-", bucket="b", token=SECRET, timeout_s=0.5)
        async with influx_writer(config) as write:
            encoder = LineEncoder("s", "s1", "P01")
            path, rng = session.journal.path, random.Random(1)
            outbox = Outbox(
                "influxdb", path, session.journal, encoder.line, write, told.append, rng
            )
            async with asyncio.timeout(30):
                await outbox.drain()
    return told


def lines(recording: Recording) -> list[bytes]:
    encoder = LineEncoder("s", "s1", "P01")
    written = [encoder.line(row) for row in recording.session.journal.facts()]
    return [line for line in written if line is not None]


@pytest.mark.parametrize(
    ("refusal", "reason"),
    [
        (answer(200, "<html>login</html>"), "not as InfluxDB does"),
        (answer(401, '{"code":"unauthorized"}'), "check the token"),
        (answer(403), "check the token"),
        (answer(404), "has no bucket"),
        (answer(429, Retry_After="1"), "HTTP 429"),
        (answer(500), "HTTP 500"),
        (answer(503), "HTTP 503"),
        (hang, "did not answer within"),
        (break_off, "cannot be reached"),
    ],
    ids=["200", "401", "403", "404", "429", "500", "503", "hanging", "broken off"],
)
async def test_everything_is_kept_and_delivered_later(
    recording: Recording, refusal: Handler, reason: str
) -> None:
    server = Server(refusal, refusal)
    told = await deliver(recording, server)
    assert server.taken == lines(recording)
    assert reason in (told[0] or "")
    assert told[-1] is None
    assert SECRET not in str(told)
    recording.close()


async def test_retry_after_is_honoured(recording: Recording) -> None:
    server = Server(answer(429, Retry_After="1"))
    await deliver(recording, server)
    assert server.asked[1] - server.asked[0] >= 0.99
    recording.close()


async def test_a_batch_that_is_too_large_is_halved(recording: Recording) -> None:
    async def small_only(_request: web.Request, body: bytes) -> web.StreamResponse:
        too_large = body.count(b"\n") > 20
        if not too_large:
            server.taken += body.split(b"\n")
        return web.Response(status=413 if too_large else 204)

    server = Server(*[small_only] * 100)
    await deliver(recording, server)
    assert server.taken == lines(recording)
    recording.close()


async def test_a_poison_point_is_set_aside_and_the_rest_arrives(recording: Recording) -> None:
    poison = lines(recording)[17]

    async def picky(_request: web.Request, body: bytes) -> web.StreamResponse:
        found = body.split(b"\n")
        server.taken += [line for line in found if line != poison]
        status = 400 if poison in found else 204
        return web.Response(status=status, text='{"message":"field type conflict"}')

    server = Server(*[picky] * 100)
    told = await deliver(recording, server)
    assert set(server.taken) == set(lines(recording)) - {poison}
    aside = recording.session.journal._db.execute("SELECT * FROM dead_letters").fetchall()
    assert len(aside) == 1
    assert "field type conflict" in aside[0][2]
    assert any("set aside" in (reason or "") for reason in told)
    recording.close()
