"""The attacks: each returns what it achieved, and whether the service held."""

import asyncio
import io
import json
import socket
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, redirect_stdout, suppress
from dataclasses import replace
from typing import NamedTuple

import httpx

from dashboards.access.accounts import edit_accounts
from dashboards.access.passwords import weakness
from dashboards.access.roles import Role
from devices.errors import PhysiomonError
from monitor.commands.journal_check import verify
from monitor.entries import Entry, EntryKind
from monitor.storage.head_check import heads_of
from monitor.storage.journal import Journal
from tests.access.console_with_accounts import HTML
from tests.attack.service import SESSION, Service, restarted
from tests.durations import PATIENCE_S
from tests.servers.process import wait_until
from tests.storage.test_signed_heads import rewrite, without_end

_EVENTS = f"api/v1/sessions/{SESSION}/events"
_LATE_S = 0.25  # of the event loop, in which alarms are judged
_MOMENT_S = 1.5  # a second, and the way
_SEE_OTHER = 303
_FEW_LINES = 100
_CLOSED = 0  # a connection without an answer


class Outcome(NamedTuple):
    """Result of an attack: in words, and whether the service held."""

    found: str
    held: bool


Attack = Callable[[Service], Awaitable[Outcome]]


async def idle_connections(there: Service) -> Outcome:
    """Open more connections than there are descriptors, and send nothing."""
    number = there.descriptors + 100
    lines = len(there.log().splitlines())
    with ExitStack() as stack:
        for _ in range(number):
            stack.enter_context(socket.create_connection(("127.0.0.1", there.port), PATIENCE_S))
        before = len(there.hook.posts)
        began = time.monotonic()
        await asyncio.to_thread(wait_until, lambda: len(there.hook.posts) > before, "a call")
        waited = time.monotonic() - began
    failed = [body for _, body in there.entries("call") if '"failed"' in body]
    lines = len(there.log().splitlines()) - lines
    found = f"{number} connections: a call after {waited:.0f} s, {len(failed)} failed calls"
    return Outcome(f"{found}, {lines} lines of log", not failed and lines < _FEW_LINES)


async def partial_requests(there: Service) -> Outcome:
    """Send parts of requests, and wait."""
    sent = (
        b"GET / HT",
        b"POST /login HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 99\r\n\r\nname=",
        b"\x16\x03\x01",
    )
    began = time.monotonic()
    async with asyncio.timeout(PATIENCE_S), asyncio.TaskGroup() as tasks:
        for part in sent * 5:
            tasks.create_task(_until_closed(there.port, part))
    took = time.monotonic() - began
    return Outcome(f"15 connections closed after {took:.0f} s", held=True)


async def revoked_token(there: Service) -> Outcome:
    """Go on reading live values with a token that was removed."""
    async with there.client(Role.RESEARCHER) as client, client.stream("GET", _EVENTS) as answer:
        with edit_accounts(there.accounts) as known:
            removed = known.tokens.pop(f"prog-{Role.RESEARCHER}")
        took = await _ends(answer)
    with edit_accounts(there.accounts) as known:
        known.tokens[removed.name] = removed
    return Outcome(f"the event stream ended after {took:.1f} s", took < _MOMENT_S)


async def logged_out(there: Service) -> Outcome:
    """Go on reading live values after a logout."""
    async with there.client() as client:
        await there.login(client, Role.RESEARCHER)
        async with client.stream("GET", _EVENTS) as answer:
            await client.post("logout")
            took = await _ends(answer)
    return Outcome(f"the event stream ended after {took:.1f} s", took < _MOMENT_S)


async def curious_rater(there: Service) -> Outcome:
    """Derive the heart rate from what a rater's program gets."""
    answers = []
    async with there.client(Role.RATER) as client:
        for _ in range(8):
            answers.append((await client.get(f"api/v1/sessions/{SESSION}/sensors")).json())
            await asyncio.sleep(1)
    told = {key for answer in answers for sensor in answer for key in sensor}
    changed = len({json.dumps(answer) for answer in answers}) - 1
    held = told == {"label", "state", "battery", "receiving"}
    return Outcome(f"{', '.join(sorted(told))}; {changed} changes in 8 s", held)


async def hidden_in_a_flood(there: Service) -> Outcome:
    """Hide the login of somebody else behind those of a rater."""
    async with there.client() as rater, there.client() as medical:
        for _ in range(70):
            await there.login(rater, Role.RATER)
        await there.login(medical, Role.MEDICAL)
    entries = there.entries("access")
    logins = Counter(user for user, body in entries if '"login"' in body)
    found = f"{logins['rater']} of 70 logins of the rater journaled"
    return Outcome(f"{found}, {logins['medical']} of 1 of medical", logins["medical"] == 1)


async def locked_out(there: Service) -> Outcome:
    """Lock somebody out by guessing, just after a restart."""
    async with there.client() as known:
        await there.login(known, Role.MONITOR)
        device = {k: v for k, v in known.cookies.items() if "device" in k}
        with restarted(there) as again:
            statuses: Counter[int] = Counter()
            async with again.client() as stranger:
                for _ in range(30):
                    guess = {"name": Role.MONITOR.value, "password": "guess"}
                    statuses[(await stranger.post("login", data=guess)).status_code] += 1
            async with again.client() as known_again:
                known_again.cookies.update(device)
                answer = await again.login(known_again, Role.MONITOR)
    found = f"30 guesses: {_statuses(statuses)}; the right password: HTTP {answer.status_code}"
    return Outcome(found, answer.status_code == _SEE_OTHER)


async def many_streams(there: Service) -> Outcome:
    """Open 300 event streams that read everything from the start."""
    statuses: Counter[int] = Counter()
    async with _latency(there) as late, AsyncExitStack() as stack:
        client = await stack.enter_async_context(there.client(Role.RESEARCHER))
        for _ in range(300):
            stream = client.stream("GET", _EVENTS, params={"after": 0})
            try:
                statuses[(await stack.enter_async_context(stream)).status_code] += 1
            except httpx.TransportError:
                statuses[_CLOSED] += 1
        await asyncio.sleep(5)
    return Outcome(f"{_statuses(statuses)}; {_words(late)}", not _over(late))


async def many_pages(there: Service) -> Outcome:
    """Load 400 pages, 40 at a time."""
    statuses: Counter[int] = Counter()

    async def load(client: httpx.AsyncClient) -> None:
        for _ in range(10):
            statuses[(await client.get(f"session/{SESSION}", headers=HTML)).status_code] += 1

    async with _latency(there) as late, there.client() as client:
        await there.login(client, Role.RESEARCHER)
        async with asyncio.TaskGroup() as tasks:
            for _ in range(40):
                tasks.create_task(load(client))
    return Outcome(f"{_statuses(statuses)}; {_words(late)}", not _over(late))


async def rewritten_journal(there: Service) -> Outcome:
    """Rewrite a copy of the journal with all its hashes."""
    copy = there.copied_journal()
    rewrite(copy, _slower)
    with Journal.read(copy) as journal:
        consistent = journal.damage() is None
    refused = _refused(lambda: verify(copy, None, None, as_json=False))
    return Outcome(f"consistent: {consistent}; verify: {refused}", refused != "passed")


async def shortened_journal(there: Service) -> Outcome:
    """Remove the end of a copy of the journal, after its head was kept elsewhere."""
    copy, kept = there.copied_journal(), there.folder / "head.json"
    with Journal.read(copy) as journal:
        heads = [head for _, head in heads_of(journal)]
        most = journal.last_seq // 2
    if not heads:
        return Outcome("no signed head", held=False)
    kept.write_text(heads[-1].text())
    rewrite(copy, without_end(min(most, heads[-1].entries - 1)))
    refused = _refused(lambda: verify(copy, kept, None, as_json=False))
    return Outcome(f"verify --against: {refused}", refused != "passed")


async def weak_passwords(there: Service) -> Outcome:
    """Choose a password that is easy to guess."""
    del there
    weak = ("passwordpassword", "123456789012", "qwertyuiop12", "aaaaaaaaaaaab", "physiomon2026!")
    accepted = [each for each in weak if weakness(each, "md-1") is None]
    return Outcome(f"{len(weak) - len(accepted)} of {len(weak)} refused", not accepted)


def _slower(entry: Entry) -> Entry:
    if entry.kind != EntryKind.PACKET:
        return entry
    return replace(entry, payload=bytes([0x06, 61]))


async def _until_closed(port: int, sent: bytes) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(sent)
    with suppress(ConnectionResetError):
        while await reader.read(4096):
            pass
    writer.close()


async def _ends(answer: httpx.Response) -> float:
    began = time.monotonic()
    async with asyncio.timeout(PATIENCE_S):
        async for _ in answer.aiter_bytes():
            pass
    return time.monotonic() - began


@asynccontextmanager
async def _latency(there: Service) -> AsyncIterator[dict[float, float]]:
    """Yield what will be the number of looks at the event loop that were at most so late."""
    late: dict[float, float] = {}
    before = await there.latency()
    yield late
    after = await there.latency()
    late.update({limit: after[limit] - before[limit] for limit in after})


def _over(late: dict[float, float]) -> float:
    return late[float("inf")] - max(seen for limit, seen in late.items() if limit <= _LATE_S)


def _words(late: dict[float, float]) -> str:
    total = late[float("inf")]
    within = next(limit for limit in sorted(late) if late[limit] == total)
    return f"all {total:.0f} looks at the event loop within {within:g} s"


def _statuses(statuses: Counter[int]) -> str:
    return ", ".join(
        f"{number} x " + (f"HTTP {status}" if status != _CLOSED else "closed at once")
        for status, number in sorted(statuses.items())
    )


def _refused(check: Callable[[], object]) -> str:
    try:
        with redirect_stdout(io.StringIO()):
            check()
    except PhysiomonError as error:
        return str(error).partition(": ")[2]
    return "passed"
