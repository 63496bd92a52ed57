"""Servers that misbehave, and how the outbox handles the facts."""

import asyncio
import random
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
import trustme
from aiohttp import web

from monitor.delivery.errors import UnavailableError
from monitor.delivery.influx import InfluxConfig, influx_writer
from monitor.delivery.line_protocol import PROBE, LineEncoder, probe_line
from monitor.delivery.outbox import Outbox
from tests.delivery.recorded_sessions import Recording
from tests.durations import PATIENCE_S

Handler = Callable[[web.Request, bytes], Awaitable[web.StreamResponse]]
SECRET = "a-secret-token"
MALFORMED_TOKEN = '{"error":"Authorization header was malformed, the request was not processed"}'


class Server:
    """Server that answers with its `refusals` first, then accepts lines."""

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
    async def listening(self, tls: ssl.SSLContext | None = None) -> AsyncIterator[str]:
        app = web.Application(client_max_size=1 << 26)
        app.router.add_post("/api/v2/write", self.handle)
        runner = web.AppRunner(app, handler_cancellation=True)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls)
        await site.start()
        try:
            yield f"http{'s' if tls else ''}://127.0.0.1:{runner.addresses[0][1]}"
        finally:
            await runner.cleanup()


def answer(status: int, text: str = "", **headers: str) -> Handler:
    async def handler(_request: web.Request, _body: bytes) -> web.StreamResponse:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return web.Response(status=status, text=text, headers=named)

    return handler


async def hang(_request: web.Request, _body: bytes) -> web.StreamResponse:
    await asyncio.Event().wait()
    raise AssertionError


async def break_off(request: web.Request, _body: bytes) -> web.StreamResponse:
    assert request.transport is not None
    request.transport.close()
    return web.Response(status=204)


async def reset(request: web.Request, _body: bytes) -> web.StreamResponse:
    """Close with a TCP reset: unsent data is discarded."""
    assert request.transport is not None
    connection: socket.socket = request.transport.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    request.transport.abort()
    return web.Response(status=204)


async def half_an_answer(request: web.Request, _body: bytes) -> web.StreamResponse:
    response = web.StreamResponse(status=500, headers={"Content-Length": "100"})
    await response.prepare(request)
    await response.write(b'{"error":')
    assert request.transport is not None
    request.transport.close()
    return response


@pytest.fixture
def recording(tmp_path: Path) -> Recording:
    recording = Recording(tmp_path / "s.journal")
    recording.go_on(30)
    return recording


async def deliver(
    recording: Recording, server: Server, told: list[str | None] | None = None
) -> list[str | None]:
    told = [] if told is None else told
    session = recording.session
    async with server.listening() as url:
        config = InfluxConfig(url=url, org="-", bucket="b", token=SECRET, timeout_s=5)
        async with influx_writer(config) as write:
            encoder = LineEncoder("s", "s1", "P01")
            path, rng = session.journal.path, random.Random(1)
            outbox = Outbox(
                "influxdb",
                path,
                session.journal,
                encoder.line,
                write,
                told.append,
                rng,
                probe=probe_line,
            )
            async with asyncio.timeout(PATIENCE_S):
                await outbox.drain()
    server.taken = [line for line in server.taken if not line.startswith(PROBE.encode())]
    return told


def lines(recording: Recording) -> list[bytes]:
    encoder = LineEncoder("s", "s1", "P01")
    written = [encoder.line(row) for row in recording.session.journal.facts()]
    return [line for line in written if line is not None]


@pytest.mark.parametrize(
    ("refusal", "reason"),
    [
        (answer(200, "<html>login</html>"), "does not answer as InfluxDB"),
        (answer(401, '{"code":"unauthorized"}'), "check the token"),
        (answer(403), "check the token"),
        (answer(400, MALFORMED_TOKEN), "check the token"),
        (answer(404, '{"code":"not found","message":"bucket"}'), "has no bucket 'b' (HTTP 404: "),
        (answer(404, "404 page not found"), "need nginx in front"),
        (answer(429, Retry_After="1"), "HTTP 429"),
        (answer(500), "HTTP 500"),
        (answer(500, '{"code":"internal error","message":"disk\\n full"}'), "HTTP 500: disk full"),
        (answer(500, "<p>busy</p>", X_Influxdb_Error="engine closed"), "HTTP 500: engine closed"),
        (answer(503), "HTTP 503"),
        (answer(301, Location="/login"), "does not answer as InfluxDB"),
        (
            answer(400, "<h1>The plain HTTP request was sent to HTTPS port</h1>"),
            "does not answer as InfluxDB",
        ),
        (answer(400, '["odd"]'), "does not answer as InfluxDB"),
        (answer(422, "unprocessable"), "does not answer as InfluxDB"),
        (answer(502), "HTTP 502"),
        (hang, "did not answer within"),
        (break_off, "cannot be reached"),
        (reset, "cannot be reached"),
        (half_an_answer, "cannot be reached"),
    ],
    ids=[
        *(
            "200",
            "401",
            "403",
            "token of 3.x",
            "404",
            "404 of 1.6",
            "429",
            "500",
            "500 with a reason",
            "500 with a header",
            "503",
            "redirect",
            "proxy's 400",
            "odd 400",
        ),
        *("proxy's 422", "502", "hanging", "broken off", "reset", "half written"),
    ],
)
async def test_facts_are_kept_and_delivered_after_a_failure(
    recording: Recording, refusal: Handler, reason: str
) -> None:
    server = Server(refusal)
    told = await deliver(recording, server)
    assert server.taken == lines(recording)
    assert reason in (told[0] or "")
    assert told[1:] == [None]
    assert SECRET not in str(told)
    recording.close()


async def test_retry_after_is_respected(recording: Recording) -> None:
    server = Server(answer(429, Retry_After="1"))
    await deliver(recording, server)
    assert server.asked[1] - server.asked[0] >= 0.99
    recording.close()


@pytest.mark.parametrize("asked", ["nan", "-1", "inf", "Wed, 21 Oct 2026 07:28:00 GMT", "soon"])
async def test_invalid_retry_after_is_ignored(recording: Recording, asked: str) -> None:
    server = Server(answer(503, Retry_After=asked))
    await deliver(recording, server)
    assert server.taken == lines(recording)
    recording.close()


async def test_redirect_is_not_followed(recording: Recording) -> None:
    elsewhere, server = Server(), Server()
    async with elsewhere.listening() as other:
        server.refusals.append(answer(307, Location=f"{other}/api/v2/write"))
        await deliver(recording, server)
    assert elsewhere.asked == []
    assert server.taken == lines(recording)
    recording.close()


async def test_no_fact_is_set_aside_if_all_are_refused(recording: Recording) -> None:
    """The name of the database may be invalid: the facts are kept."""
    told: list[str | None] = []

    async def refuse_until_told(_request: web.Request, body: bytes) -> web.StreamResponse:
        if told:
            server.taken += body.split(b"\n")
            return web.Response(status=204)
        return web.Response(status=400, text='{"error":"invalid database name"}')

    server = Server(*[refuse_until_told] * 1000)
    await deliver(recording, server, told)
    assert "it refuses every fact (invalid database name)" in (told[0] or "")
    assert told[1:] == [None]
    assert server.taken == lines(recording)
    assert recording.session.journal._db.execute("SELECT * FROM dead_letters").fetchall() == []
    recording.close()


async def test_batch_that_is_too_large_is_halved(recording: Recording) -> None:
    async def small_only(_request: web.Request, body: bytes) -> web.StreamResponse:
        too_large = body.count(b"\n") > 20
        if not too_large:
            server.taken += body.split(b"\n")
        return web.Response(status=413 if too_large else 204)

    server = Server(*[small_only] * 100)
    await deliver(recording, server)
    assert server.taken == lines(recording)
    recording.close()


async def test_retry_after_date_is_relative_to_the_server_clock(
    recording: Recording,
) -> None:
    """The server's clock is a day behind, and it asks for two seconds."""
    asked = {
        "Retry_After": "Sun, 22 Nov 2026 08:00:02 GMT",
        "Date": "Sun, 22 Nov 2026 08:00:00 GMT",
    }
    server = Server(answer(503, **asked))
    await deliver(recording, server)
    assert 1.99 <= server.asked[1] - server.asked[0] < 20
    recording.close()


async def test_private_ca_is_trusted_only_if_configured(
    recording: Recording, tmp_path: Path
) -> None:
    authority = trustme.CA()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    pem = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(pem))
    server = Server()
    async with server.listening(context) as url:
        unknown = InfluxConfig(url=url, org="-", bucket="b", token=SECRET)
        async with influx_writer(unknown) as write:
            with pytest.raises(UnavailableError, match="certificate") as caught:
                await write(b"m x=1 1")
        assert SECRET not in str(caught.value)
        async with influx_writer(replace(unknown, ca_file=str(pem))) as write:
            await write(b"m x=1 1")
    assert server.taken == [b"m x=1 1"]
    recording.close()


@pytest.mark.parametrize("status", [400, 422])
async def test_rejected_point_is_set_aside_and_the_rest_is_delivered(
    recording: Recording, status: int
) -> None:
    poison = lines(recording)[17]

    async def picky(_request: web.Request, body: bytes) -> web.StreamResponse:
        found = body.split(b"\n")
        server.taken += [line for line in found if line != poison]
        said = status if poison in found else 204
        return web.Response(status=said, text='{"message":"field type conflict"}')

    server = Server(*[picky] * 100)
    told = await deliver(recording, server)
    assert set(server.taken) == set(lines(recording)) - {poison}
    aside = recording.session.journal._db.execute("SELECT * FROM dead_letters").fetchall()
    assert len(aside) == 1
    assert aside[0][2] == "field type conflict"
    assert len(told) == 1
    assert "rejected 1 fact, such as" in (told[0] or "")
    recording.close()


BEYOND = "partial write: points beyond retention policy dropped={0}"
OUTSIDE = (
    "partial write: dropped {0} points outside retention policy of duration 1h0m0s - oldest point "
    "heart_rate,site=s at 2026-11-23T08:00:01Z dropped because it violates a Retention Policy "
    "Lower Bound at 2026-11-23T08:08:00Z, newest point heart_rate,site=s at 2026-11-23T08:07:59Z "
    "dropped because it violates a Retention Policy Lower Bound at 2026-11-23T08:08:00Z "
    "dropped={0} for database: b for retention policy: autogen"
)
CONFLICT = (
    'partial write: field type conflict: input field "value" on measurement "heart_rate" is type '
    "string, already exists as type float dropped=1"
)


class Keeper(Server):
    """Stores all lines but `late` and `odd` ones; a conflict hides the late ones of its batch."""

    def __init__(self, status: int, words: str = OUTSIDE) -> None:
        super().__init__()
        self.late: set[bytes] = set()
        self.odd: set[bytes] = set()
        self._status, self._words = status, words

    async def handle(self, request: web.Request) -> web.StreamResponse:
        found = (await request.read()).split(b"\n")
        self.asked.append(asyncio.get_running_loop().time())
        self.taken += [line for line in found if line not in self.late | self.odd]
        late = sum(line in self.late for line in found)
        if not late and self.odd.isdisjoint(found):
            return web.Response(status=204)
        words = self._words.format(late) if self.odd.isdisjoint(found) else CONFLICT
        if self._status == 400:
            return web.json_response({"error": words}, status=400)
        body = {"code": "unprocessable entity", "message": f"failure writing points: {words}"}
        return web.json_response(body, status=422)


def set_aside(recording: Recording) -> list[bytes]:
    """Return the lines of the facts that were set aside."""
    journal = recording.session.journal
    facts = {fact for (fact,) in journal._db.execute("SELECT fact FROM dead_letters")}
    encoder = LineEncoder("s", "s1", "P01")
    return [encoder.line(row) or b"" for row in journal.facts() if row.id in facts]


@pytest.mark.parametrize("status", [400, 422])
@pytest.mark.parametrize("words", [BEYOND, OUTSIDE], ids=["until 1.11, 2.7.11", "later"])
async def test_points_outside_the_retention_are_set_aside(
    recording: Recording, status: int, words: str
) -> None:
    recording.go_on(120)
    written = lines(recording)
    server = Keeper(status, words)
    server.late = set(written[:-150])
    told = await deliver(recording, server)
    assert len(server.late) > 200
    assert set_aside(recording) == written[:-150]
    assert set(server.taken) == set(written[-150:])
    assert len(server.asked) < 50  # halved, but not down to each point
    assert "retention policy" in (told[0] or "")
    recording.close()


@pytest.mark.parametrize("status", [400, 422])
async def test_type_conflicts_and_outdated_points_are_set_aside_together(
    recording: Recording, status: int
) -> None:
    """The reason and count in an answer do not apply to each point of the batch."""
    recording.go_on(120)
    written = lines(recording)
    server = Keeper(status)
    server.late, server.odd = set(written[:60:2]), set(written[1:60:2])
    await deliver(recording, server)
    assert set_aside(recording) == written[:60]
    assert set(server.taken) == set(written[60:])
    recording.close()
