"""Attacks that send more, or read less, than any browser does."""

import asyncio
from collections import Counter
from contextlib import AsyncExitStack, suppress

import httpx
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from dashboards.access.roles import Role
from tests.access.console_with_accounts import HTML
from tests.access.page_socket import answered, connected_page, handshake, loaded_page, packet
from tests.api.served_session import secret_of
from tests.attack.outcome import CLOSED, FEW_LINES, Outcome, late_words, latency, over, statuses
from tests.attack.service import SESSION, Service
from tests.durations import PATIENCE_S

_MB = 1024 * 1024


async def unread_answers(there: Service) -> Outcome:
    """Ask for event streams, series and pages, and never read them."""
    token = f"Authorization: Bearer {secret_of(Role.RESEARCHER)}\r\n"
    paths = (f"api/v1/sessions/{SESSION}/events?after=0", f"api/v1/sessions/{SESSION}", "login")
    before = there.memory_mb()
    async with latency(there) as late, AsyncExitStack() as stack:
        for number in range(90):
            _, writer = await asyncio.open_connection("127.0.0.1", there.port, limit=1)
            stack.callback(writer.close)
            request = f"GET /{paths[number % 3]} HTTP/1.1\r\nHost: 127.0.0.1\r\n{token}\r\n"
            writer.write(request.encode() * 20)
        await asyncio.sleep(5)
        grown = there.memory_mb() - before
    found = f"90 connections: memory +{grown:.0f} MB; {late_words(late)}"
    return Outcome(found, not over(late) and grown < 100)


async def huge_requests(there: Service) -> Outcome:
    """Send headers and bodies of 64 MB, with and without a length, to each kind of page."""
    answers: Counter[int] = Counter()
    before = there.memory_mb()
    async with latency(there) as late:
        for start in (
            "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Long: ",
            *(
                f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{length}\r\n"
                f"Content-Type: {kind}\r\n\r\n"
                for path, kind in (
                    ("/login", "application/x-www-form-urlencoded"),
                    ("/login", "multipart/form-data; boundary=b"),
                    ("/accept/x", "application/x-www-form-urlencoded"),
                    (f"/api/v1/sessions/{SESSION}/reset", "application/json"),
                )
                for length in (f"Content-Length: {64 * _MB}", "Transfer-Encoding: chunked")
            ),
        ):
            chunked = "chunked" in start
            answers[await _pour(there.port, start.encode(), 64, chunked=chunked)] += 1
        grown = there.memory_mb() - before
    found = f"{statuses(answers)}; memory +{grown:.0f} MB; {late_words(late)}"
    return Outcome(found, not over(late) and grown < 64 and max(answers) < 500)


async def pipelined(there: Service) -> Outcome:
    """Send 2,000 requests on each of ten connections without waiting."""
    request = b"GET /login HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    lines = len(there.log().splitlines())

    async def many() -> int:
        reader, writer = await asyncio.open_connection("127.0.0.1", there.port)
        writer.write(request * 2000)
        read = 0
        with suppress(ConnectionResetError, TimeoutError):
            async with asyncio.timeout(5):
                while chunk := await reader.read(_MB):
                    read += chunk.count(b"HTTP/1.1 ")
        writer.close()
        return read

    async with latency(there) as late, asyncio.TaskGroup() as tasks:
        found = [tasks.create_task(many()) for _ in range(10)]
    lines = len(there.log().splitlines()) - lines
    answered = sum(task.result() for task in found)
    held = not over(late) and lines < FEW_LINES
    return Outcome(f"{answered} answers in 5 s, {lines} lines of log; {late_words(late)}", held)


async def many_logins(there: Service) -> Outcome:
    """Log in 100 times at once, each from another address, with wrong passwords."""
    answers: Counter[int] = Counter()
    lines = len(there.log().splitlines())

    async def guess(number: int) -> None:
        fields = {"name": f"user-{number}\r\nSet-Cookie: a=b", "password": "x" * 100}
        async with there.client(address=f"127.0.1.{number + 1}") as client:
            answers[await _status(client, "POST", "login", fields)] += 1

    async with latency(there) as late, asyncio.TaskGroup() as tasks:
        for number in range(100):
            tasks.create_task(guess(number))
    lines = len(there.log().splitlines()) - lines
    held = not over(late) and lines < FEW_LINES
    return Outcome(f"{statuses(answers)}, {lines} lines of log; {late_words(late)}", held)


async def websocket_floods(there: Service) -> Outcome:
    """Send giant, compressed and many messages to the sockets of pages."""
    closed: Counter[str] = Counter()
    before = there.memory_mb()
    async with latency(there) as late, there.client() as client:
        await there.login(client, Role.RESEARCHER)
        await client.get(f"session/{SESSION}", headers=HTML)
        cookie = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
        origin = there.url.rstrip("/")
        for path in (
            f"state/{SESSION}",
            f"picture/{SESSION}/x",
            "_nicegui_ws/socket.io/?EIO=4&transport=websocket",
        ):
            for payload in (b"\0" * 40 * _MB, "4" + "0" * 15 * _MB, "40" * 10):
                try:
                    async with connect(
                        f"ws://127.0.0.1:{there.port}/{path}",
                        additional_headers={"Cookie": cookie, "Origin": origin},
                        open_timeout=PATIENCE_S,
                        max_size=None,
                    ) as socket:
                        for _ in range(1 if len(payload) > _MB else 5000):
                            await socket.send(payload)
                        await asyncio.sleep(0.5)
                except ConnectionClosed as error:
                    closed[f"closed {error.rcvd.code if error.rcvd else ''}"] += 1
                except InvalidStatus as error:
                    closed[f"HTTP {error.response.status_code}"] += 1
                except OSError as error:
                    closed[type(error).__name__] += 1
                else:
                    closed["kept"] += 1
    grown = there.memory_mb() - before
    words = ", ".join(f"{number} x {what}" for what, number in sorted(closed.items()))
    found = f"{words}; memory +{grown:.0f} MB; {late_words(late)}"
    return Outcome(found, not over(late) and grown < 100)


async def page_messages(there: Service) -> Outcome:
    """Write into the log of the service from the socket of a page."""
    async with there.client() as client:
        await there.login(client, Role.RESEARCHER)
        page = await loaded_page(client, SESSION)
        body = {"client_id": page, "level": "error", "message": "A" * 100_000}
        await asyncio.sleep(3)  # the page was built, which counts against many_pages
        before = len(there.log())
        async with latency(there) as late, connected_page(client, page) as socket:
            await answered(socket, "handshake", handshake(page))
            with suppress(ConnectionClosed):
                for name in ("log", "event", "handshake", "javascript_response", "ack") * 100:
                    await socket.send(packet(name, body))
                    await socket.send(f"42{name}")
                await answered(socket, "ack", {"client_id": page, "next_message_id": 0})
    grown = len(there.log()) - before
    found = f"1,000 messages: log +{grown / 1000:.0f} kB; {late_words(late)}"
    return Outcome(found, not over(late) and grown < FEW_LINES * 200)


async def path_tricks(there: Service) -> Outcome:
    """Reach pages and files of others by tricks with paths, methods and headers."""
    answers: Counter[int] = Counter()
    secret = (there.folder / "accounts.toml").read_text().splitlines()[0].encode()
    leaked = 0
    for path in (
        "/../accounts.toml", "/%2e%2e/accounts.toml", "/static/../../accounts.toml", "//session/S",
        "/session/S/..;/x", "/session%2fS", "/./session/S", "/SESSION/S", "/session/S%00",
        "/session/S%0d%0aX: y", "/login/../session/S", "/accept/../session/S",
        "/api/v1/../../session/S", "/healthz/../session/S", "/_nicegui/../../../etc/passwd",
        "http://127.0.0.1/session/S", "*", "/api/v1//sessions/S", "/api/v1/sessions/S/../S/series",
    ):  # fmt: skip
        for method in ("GET", "HEAD", "POST", "OPTIONS", "TRACE", "DELETE", "BREW"):
            status, body = await _raw(
                there.port, f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 0\r\n"
                "X-Original-URL: /session/S\r\nX-Rewrite-URL: /x\r\nConnection: close\r\n\r\n"
            )  # fmt: skip
            answers[status] += 1
            leaked += b"P07" in body or b"root:" in body or secret in body
    held = not leaked and max(answers) < 500
    return Outcome(f"{statuses(answers)}; {leaked} of them tell anything", held)


async def accept_links(there: Service) -> Outcome:
    """Try 2,000 forged links of calls."""
    answers: Counter[int] = Counter()
    lines = len(there.log().splitlines())

    async def many(client: httpx.AsyncClient, number: int) -> None:
        for attempt in range(100):
            link = f"accept/{number:04}{'x' * attempt * 20}.{attempt}"
            method = "POST" if attempt % 2 else "GET"
            answers[await _status(client, method, link)] += 1

    async with latency(there) as late, there.client() as client, asyncio.TaskGroup() as tasks:
        for number in range(20):
            tasks.create_task(many(client, number))
    lines = len(there.log().splitlines()) - lines
    held = not over(late) and lines < FEW_LINES and not answers[200]
    return Outcome(f"{statuses(answers)}, {lines} lines of log; {late_words(late)}", held)


async def _status(
    client: httpx.AsyncClient, method: str, path: str, fields: dict[str, str] | None = None
) -> int:
    """Return the status of an answer; connections beyond the limits get none."""
    try:
        return (await client.request(method, path, data=fields)).status_code
    except httpx.TransportError:
        return CLOSED


async def _pour(port: int, start: bytes, megabytes: int, *, chunked: bool) -> int:
    """Send a request and many megabytes; return the status of the answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    block = b"x" * _MB
    with suppress(ConnectionError, TimeoutError):
        async with asyncio.timeout(20):
            writer.write(start)
            for _ in range(megabytes):
                writer.write(b"%x\r\n%s\r\n" % (_MB, block) if chunked else block)
                await writer.drain()
    status = CLOSED
    with suppress(ConnectionError, TimeoutError, ValueError, IndexError):
        async with asyncio.timeout(20):
            status = int((await reader.readline()).split()[1])
    writer.close()
    return status


async def _raw(port: int, request: str) -> tuple[int, bytes]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request.encode())
    answer = b""
    with suppress(ConnectionError):
        answer = await asyncio.wait_for(reader.read(), PATIENCE_S)
    writer.close()
    return (int(answer.split()[1]) if answer else CLOSED), answer
