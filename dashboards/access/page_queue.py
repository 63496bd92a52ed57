"""Build pages one after another, and not too many for one login.

A page takes tens of milliseconds of the event loop. Forty at once would take seconds of it, in
which no alarm is judged; one at a time, everything else runs between two of them.
"""

import asyncio
from collections.abc import Callable

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboards.access.middleware import login_of
from dashboards.access.rate_limit import Rate, RateLimit
from dashboards.texts import gettext as _
from dashboards.texts import marked

PAGES = Rate(60, 1.0)  # of a login: 60 at once, and then one a second

_TOO_MANY = marked("Too many pages. Wait a few seconds, then reload.")


class PageQueue:
    """ASGI middleware that queues requests for pages; it runs inside `AccessMiddleware`.

    Attributes:
        app: the wrapped application; NiceGUI finds its own through this name.
    """

    def __init__(self, app: ASGIApp, now_s: Callable[[], float]) -> None:
        self.app = app
        self._turn = asyncio.Lock()
        self._rate_limit = RateLimit(now_s)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on: one for a page in its turn, others at once."""
        if scope["type"] != "http" or not _is_page(scope["path"]):
            await self.app(scope, receive, send)
            return
        login = login_of(scope)
        if login is not None and not self._rate_limit.acquire({login.person.user: PAGES}):
            headers = {"Retry-After": f"{PAGES.refill_s:g}", "Cache-Control": "no-store"}
            await PlainTextResponse(f"{_(_TOO_MANY)}\n", 429, headers)(scope, receive, send)
            return
        await self._turn.acquire()
        building = True

        def next_turn() -> None:
            nonlocal building
            if building:
                building = False
                self._turn.release()

        async def send_built(message: Message) -> None:
            next_turn()  # a browser that reads slowly keeps nobody waiting
            await send(message)

        try:
            await self.app(scope, receive, send_built)
        finally:
            next_turn()


def _is_page(path: str) -> bool:
    return path in ("/", "/ward") or path.startswith("/session/")
