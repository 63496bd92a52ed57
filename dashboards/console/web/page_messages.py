"""Messages from browsers on NiceGUI's socket: those that a page sends, at a bearable pace.

Any login can write to this socket by hand. NiceGUI logs what a browser asks it to, and Socket.IO a
traceback for each message that it does not understand, so both could fill the disk.
"""

import asyncio
import re
from collections.abc import Callable
from typing import Annotated, Final

from nicegui import json
from pydantic import BaseModel, ConfigDict, StringConstraints
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboards.access.middleware import login_of
from dashboards.access.rate_limit import Rate, RateLimit

SOCKET: Final = "/_nicegui_ws/"
MESSAGES: Final = Rate(200, 0.02)  # of a login: 200 at once, and then 50 a second

# Of Engine.IO and Socket.IO: pong, connect, disconnect, and an event that may have a number.
_PACKET = re.compile(r"3|4[01]|42[0-9]{0,9}(?P<event>\[.*\])", re.DOTALL)
_Digits = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,9}$")]


class _OfPage(BaseModel):
    model_config = ConfigDict(strict=True)

    client_id: str


class Handshake(_OfPage):
    """A browser connects a page, or connects it again."""

    tab_id: str
    document_id: str
    old_tab_id: str | None = None
    next_message_id: int | _Digits | None = None


class _Event(_OfPage):
    id: int
    listener_id: str
    args: list[str | None]


class _Response(_OfPage):
    request_id: str


class _Ack(_OfPage):
    next_message_id: int


# Not "log", which writes what a browser sends into the log of the service.
KNOWN: Final[dict[str, type[BaseModel]]] = {
    "handshake": Handshake,
    "event": _Event,
    "javascript_response": _Response,
    "ack": _Ack,
}


class PageMessages:
    """ASGI middleware that drops other messages and delays too many; inside `AccessMiddleware`.

    Attributes:
        app: the wrapped application; NiceGUI finds its own through this name.
    """

    def __init__(self, app: ASGIApp, now_s: Callable[[], float], speed: float) -> None:
        self.app = app
        self._rate_limit = RateLimit(now_s)
        self._wait_s = MESSAGES.refill_s * speed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a connection on, with only known messages if it is the socket of a page."""
        if scope["type"] != "websocket" or not scope["path"].startswith(SOCKET):
            await self.app(scope, receive, send)
            return
        login = login_of(scope)
        buckets = {"" if login is None else login.person.user: MESSAGES}

        async def receive_known() -> Message:
            while True:
                message = await receive()
                if message["type"] != "websocket.receive":
                    return message
                # Meanwhile nothing is read, so a browser that sends more has to wait.
                while not self._rate_limit.acquire(buckets):  # noqa: ASYNC110 - time refills it
                    await asyncio.sleep(self._wait_s)
                if is_known(message.get("text") or ""):
                    return message

        await self.app(scope, receive_known, send)


def is_known(packet: str) -> bool:
    """Return whether a packet is one that NiceGUI's own page sends.

    >>> is_known('42["ack",{"client_id":"x","next_message_id":7}]'), is_known('42["log",{}]')
    (True, False)
    """
    found = _PACKET.fullmatch(packet)
    if found is None or found["event"] is None:
        return found is not None
    try:
        name, body = json.loads(found["event"])
        KNOWN[name].model_validate(body)
    except (ValueError, TypeError, KeyError):  # no JSON or another shape; no name; another name
        return False
    return True
