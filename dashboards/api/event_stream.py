"""What happens, as it happens: server-sent events, from the journal.

The journal is the queue: each client is at its own place in it, so a slow one delays nobody, and
one that comes back goes on where it was, with nothing lost and nothing twice. Who takes nothing for
half a minute is let go.

Source: WHATWG HTML, 9.2 Server-sent events.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Header, HTTPException, Query, Request
from fastapi.responses import Response
from starlette.types import Receive, Scope, Send

from dashboards.access.roles import Right
from dashboards.api.authorization import needs
from dashboards.api.backend import ApiBackend, Record
from dashboards.api.models import times
from dashboards.api.session_lookup import SessionId, backend, session_view

KINDS = frozenset({"reading", "alarm", "marker", "undo", "link", "policy", "baseline", "life"})
_NOT_TOLD = frozenset({"cause", "reason"})  # may quote a radio's words, and those an address
_AT_ONCE = 200
_LOOK_S = 0.25
_BEAT_S = 10.0
_TAKES_WITHIN_S = 30.0

router = APIRouter()
Id = Annotated[int | None, Query(ge=0, lt=2**63, description="Go on behind this id.")]
LastId = Annotated[str | None, Header(alias="Last-Event-ID")]


@router.get(
    "/sessions/{session}/events",
    dependencies=[needs(Right.VALUES)],
    response_class=Response,
    responses={200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}}},
)
async def events(
    request: Request, session: SessionId, after: Id = None, last_event_id: LastId = None
) -> Response:
    """Send facts as they are journaled: readings, alarms, markers, links; by default from now."""
    session_view(request, session)
    told = backend(request)
    place = after
    if last_event_id is not None:
        if not last_event_id.isascii() or not last_event_id.isdecimal() or len(last_event_id) > 18:  # noqa: PLR2004
            raise HTTPException(422, "Last-Event-ID is the id of an event: a whole number")
        place = int(last_event_id)
    if place is None:
        place = told.last_record(session)
    speed: float = request.app.state.speed
    return EventStream(_lines(told, session, place, speed), _TAKES_WITHIN_S * speed)


class EventStream(Response):
    """Sends what an iterator yields for as long as it is taken."""

    media_type = "text/event-stream"

    def __init__(self, lines: AsyncIterator[bytes], within_s: float) -> None:
        super().__init__(headers={"Cache-Control": "no-store"})
        del self.headers["content-length"]
        self._lines = lines
        self._within_s = within_s

    async def __call__(self, _scope: Scope, receive: Receive, send: Send) -> None:
        """Send until the client has gone, or takes nothing."""
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        async with asyncio.TaskGroup() as tasks:
            sending = tasks.create_task(self._send(send), name="api/events")
            gone = tasks.create_task(_gone(receive), name="api/events/gone")
            await asyncio.wait({sending, gone}, return_when=asyncio.FIRST_COMPLETED)
            sending.cancel()
            gone.cancel()

    async def _send(self, send: Send) -> None:
        async for line in self._lines:
            try:
                async with asyncio.timeout(self._within_s):
                    await send({"type": "http.response.body", "body": line, "more_body": True})
            except TimeoutError:
                return
        await send({"type": "http.response.body", "body": b""})


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _lines(told: ApiBackend, session: str, place: int, speed: float) -> AsyncIterator[bytes]:
    quiet_s = 0.0
    yield b": physiomon\n\n"
    while any(view.id == session for view in told.sessions()):
        rows = told.records(session, place, _AT_ONCE)
        lines = b"".join(_event(row) for row in rows if row.kind in KINDS)
        if rows:
            place = rows[-1].id
        if lines:
            quiet_s = 0.0
            yield lines
        elif quiet_s >= _BEAT_S:
            quiet_s = 0.0
            yield b": beat\n\n"
        if len(rows) < _AT_ONCE:
            await asyncio.sleep(_LOOK_S * speed)
            quiet_s += _LOOK_S
        else:
            await asyncio.sleep(0)


def _event(row: Record) -> bytes:
    body = json.loads(row.payload)
    told = {key: value for key, value in body.items() if key not in _NOT_TOLD}
    data = json.dumps({**times("at", row.at_ns), "subject": row.subject, **told})
    return f"id: {row.id}\nevent: {row.kind}\ndata: {data}\n\n".encode()
