"""Live events: server-sent events from the journal.

The journal is the queue: each client has its own position in it, so a slow client delays nobody,
and one that reconnects continues where it was, without losses or duplicates. A client that accepts
no data for half a minute is disconnected, and so is one whose login or token no longer permits it.
Streams that catch up take turns, since each batch takes milliseconds of the event loop.

Source: WHATWG HTML, 9.2 Server-sent events.
"""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Annotated

from fastapi import APIRouter, Header, HTTPException, Query, Request
from fastapi.responses import Response
from starlette.types import Receive, Scope, Send

from dashboards.access.roles import Person, Right
from dashboards.api.authorization import needs
from dashboards.api.backend import ApiBackend, Record
from dashboards.api.models import times
from dashboards.api.session_lookup import SessionId, backend, found_session

KINDS = frozenset(
    {
        "reading",
        "alarm",
        "alarm-review",
        "marker",
        "undo",
        "adverse-event",
        "link",
        "policy",
        "baseline",
        "life",
    }
)
_PRIVATE = frozenset({"cause", "reason"})  # may quote a radio's message with an address
_BATCH = 100
_MOST_STREAMS = 16  # of one login or token
_POLL_S = 0.25
_HEARTBEAT_S = 10.0
_SEND_TIMEOUT_S = 30.0

router = APIRouter()
Id = Annotated[int | None, Query(ge=0, lt=2**63, description="Continue after this id.")]
LastId = Annotated[
    str | None, Header(alias="Last-Event-ID", description="Id of the last event received.")
]


@router.get(
    "/sessions/{session}/events",
    dependencies=[needs(Right.VALUES)],
    response_class=Response,
    responses={200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}}},
)
async def events(
    request: Request, session: SessionId, after: Id = None, last_event_id: LastId = None
) -> Response:
    """Stream facts as they are journaled: readings, alarms, markers, links; by default from now.

    A login or token may have 16 streams. They end within a second of its end.
    """
    found_session(request, session)
    source = backend(request)
    position = after
    if last_event_id is not None:
        if not last_event_id.isascii() or not last_event_id.isdecimal() or len(last_event_id) > 18:  # noqa: PLR2004
            raise HTTPException(422, "Last-Event-ID must be the id of an event: a whole number")
        position = int(last_event_id)
    if position is None:
        position = source.last_record(session)
    speed: float = request.app.state.speed
    streams: Streams = request.app.state.streams
    person: Person | None = request.state.person
    owner = None if person is None else person.user
    if not streams.has_room(owner):
        raise HTTPException(
            429, f"{_MOST_STREAMS} event streams are open already; close one", {"Retry-After": "1"}
        )
    lines = _lines(source, session, position, speed, request.state.permitted, streams.turn)
    counted = streams.counted(owner, request.state.read_ended)
    return EventStream(lines, _SEND_TIMEOUT_S * speed, counted)


class Streams:
    """The open event streams.

    Attributes:
        turn: held by the stream that reads the journal.
    """

    def __init__(self) -> None:
        self.turn = asyncio.Lock()
        self._open: Counter[str] = Counter()

    def has_room(self, owner: str | None) -> bool:
        """Return whether a login or token may open another one; None, without accounts: always."""
        return owner is None or self._open[owner] < _MOST_STREAMS

    @contextmanager
    def counted(self, owner: str | None, ended: Callable[[], None]) -> Iterator[None]:
        """Count a stream while it is open, and call `ended` after it."""
        name = owner or ""
        self._open[name] += 1
        try:
            yield
        finally:
            self._open[name] -= 1
            ended()


class EventStream(Response):
    """A response that streams an iterator while the client accepts data."""

    media_type = "text/event-stream"

    def __init__(
        self,
        lines: AsyncIterator[bytes],
        timeout_s: float,
        counted: AbstractContextManager[object] = nullcontext(),  # noqa: B008 - it keeps no state
    ) -> None:
        super().__init__(headers={"Cache-Control": "no-store"})
        del self.headers["content-length"]
        self._lines = lines
        self._timeout_s = timeout_s
        self._counted = counted

    async def __call__(self, _scope: Scope, receive: Receive, send: Send) -> None:
        """Send until the client disconnects or accepts no data."""
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        with self._counted:
            await self._stream(receive, send)

    async def _stream(self, receive: Receive, send: Send) -> None:
        async with asyncio.TaskGroup() as tasks:
            sending = tasks.create_task(self._send(send), name="api/events")
            disconnected = tasks.create_task(_disconnected(receive), name="api/events/disconnected")
            await asyncio.wait({sending, disconnected}, return_when=asyncio.FIRST_COMPLETED)
            sending.cancel()
            disconnected.cancel()

    async def _send(self, send: Send) -> None:
        async for line in self._lines:
            try:
                async with asyncio.timeout(self._timeout_s):
                    await send({"type": "http.response.body", "body": line, "more_body": True})
            except TimeoutError:
                return
        await send({"type": "http.response.body", "body": b""})


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _lines(
    source: ApiBackend,
    session: str,
    position: int,
    speed: float,
    permitted: Callable[[], bool],
    turn: asyncio.Lock,
) -> AsyncIterator[bytes]:
    quiet_s = 0.0
    yield b": physiomon\n\n"
    while permitted() and any(view.id == session for view in source.sessions()):
        async with turn:
            rows = source.records(session, position, _BATCH)
            lines = b"".join(_event(row) for row in rows if row.kind in KINDS)
            await asyncio.sleep(0)  # the others of this turn of the loop come first
        if rows:
            position = rows[-1].id
        if lines:
            quiet_s = 0.0
            yield lines
        elif quiet_s >= _HEARTBEAT_S:
            quiet_s = 0.0
            yield b": heartbeat\n\n"
        if len(rows) < _BATCH:
            await asyncio.sleep(_POLL_S * speed)
            quiet_s += _POLL_S


def _event(row: Record) -> bytes:
    body = json.loads(row.payload)
    public = {key: value for key, value in body.items() if key not in _PRIVATE}
    data = json.dumps({**times("at", row.at_ns), "subject": row.subject, **public})
    return f"id: {row.id}\nevent: {row.kind}\ndata: {data}\n\n".encode()
