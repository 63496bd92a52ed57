"""The attacks: each returns its outcome and whether the service withstood it."""

import asyncio
import io
import json
import socket
import time
from collections import Counter
from collections.abc import Callable
from contextlib import AsyncExitStack, ExitStack, redirect_stdout, suppress
from dataclasses import replace

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
from tests.attack.outcome import CLOSED, FEW_LINES, Outcome, late_words, latency, over, statuses
from tests.attack.service import SESSION, Service, restarted
from tests.durations import PATIENCE_S
from tests.servers.process import wait_until
from tests.storage.test_signed_heads import rewrite, without_end

_EVENTS = f"api/v1/sessions/{SESSION}/events"
_MOMENT_S = 1.5  # a second, and the way
_SEE_OTHER = 303


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
    return Outcome(f"{found}, {lines} lines of log", not failed and lines < FEW_LINES)


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
    """Continue to read live values with a removed token."""
    async with there.client(Role.RESEARCHER) as client, client.stream("GET", _EVENTS) as answer:
        with edit_accounts(there.accounts) as known:
            removed = known.tokens.pop(f"prog-{Role.RESEARCHER}")
        took = await _ends(answer)
    with edit_accounts(there.accounts) as known:
        known.tokens[removed.name] = removed
    return Outcome(f"the event stream ended after {took:.1f} s", took < _MOMENT_S)


async def logged_out(there: Service) -> Outcome:
    """Continue to read live values after a logout."""
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
    """Hide another person's login behind many logins of a rater."""
    async with there.client() as rater, there.client() as medical:
        for _ in range(70):
            await there.login(rater, Role.RATER)
        await there.login(medical, Role.MEDICAL)
    entries = there.entries("access")
    logins = Counter(user for user, body in entries if '"login"' in body)
    found = f"{logins['rater']} of 70 logins of the rater journaled"
    return Outcome(f"{found}, {logins['medical']} of 1 of medical", logins["medical"] == 1)


async def locked_out(there: Service) -> Outcome:
    """Lock a person out by guessing passwords, just after a restart."""
    async with there.client() as known:
        await there.login(known, Role.MONITOR)
        device = {k: v for k, v in known.cookies.items() if "device" in k}
        with restarted(there) as again:
            answers: Counter[int] = Counter()
            async with again.client() as stranger:
                for _ in range(30):
                    guess = {"name": Role.MONITOR.value, "password": "guess"}
                    answers[(await stranger.post("login", data=guess)).status_code] += 1
            async with again.client() as known_again:
                known_again.cookies.update(device)
                answer = await again.login(known_again, Role.MONITOR)
    found = f"30 guesses: {statuses(answers)}; the right password: HTTP {answer.status_code}"
    return Outcome(found, answer.status_code == _SEE_OTHER)


async def many_streams(there: Service) -> Outcome:
    """Open 300 event streams that read everything from the start."""
    answers: Counter[int] = Counter()
    async with latency(there) as late, AsyncExitStack() as stack:
        client = await stack.enter_async_context(there.client(Role.RESEARCHER))
        for _ in range(300):
            stream = client.stream("GET", _EVENTS, params={"after": 0})
            try:
                answers[(await stack.enter_async_context(stream)).status_code] += 1
            except httpx.TransportError:
                answers[CLOSED] += 1
        await asyncio.sleep(5)
    return Outcome(f"{statuses(answers)}; {late_words(late)}", not over(late))


async def many_pages(there: Service) -> Outcome:
    """Load 400 pages, 40 at a time."""
    answers: Counter[int] = Counter()

    async def load(client: httpx.AsyncClient) -> None:
        for _ in range(10):
            answers[(await client.get(f"session/{SESSION}", headers=HTML)).status_code] += 1

    async with latency(there) as late, there.client() as client:
        await there.login(client, Role.RESEARCHER)
        async with asyncio.TaskGroup() as tasks:
            for _ in range(40):
                tasks.create_task(load(client))
    return Outcome(f"{statuses(answers)}; {late_words(late)}", not over(late))


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


def _refused(check: Callable[[], object]) -> str:
    try:
        with redirect_stdout(io.StringIO()):
            check()
    except PhysiomonError as error:
        return str(error).partition(": ")[2]
    return "passed"
