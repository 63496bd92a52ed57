"""Access control for every request and WebSocket of the application.

A route without a rule needs the right to see values, so a forgotten rule refuses access instead of
granting it. Without accounts (the demo, one machine) only cross-site requests are refused.
"""

import asyncio
import ipaddress
import re
from contextlib import suppress
from http import HTTPStatus
from http.cookies import CookieError, SimpleCookie
from typing import Final
from urllib.parse import SplitResult, quote, urlsplit

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboards.access.authenticator import AccessSettings, Authenticator
from dashboards.access.login_sessions import Login
from dashboards.access.roles import Right, Role
from dashboards.texts import gettext as _
from dashboards.texts import marked, shown

LOGIN_ENDED: Final = 4401  # close code of a stream whose login has ended; the page shows it
STATE_PAGE: Final = "/state"
PASSWORD_PAGE: Final = "/password"  # noqa: S105 - a path
SECOND_FACTOR_PAGE: Final = "/second-factor"
OIDC_PAGE: Final = "/login/oidc"
OIDC_CALLBACK: Final = "/login/oidc/callback"

_KEY = "physiomon.login"
_ACCEPT = re.compile(r"/accept/[^/]+")  # the link itself is the proof; decision 0008
_API = "/api/v1/"  # checks logins and tokens itself, per route
# Right by method and path; None: public. Any other route needs the right to see values.
_RIGHTS = {
    "GET /login": None,
    "HEAD /login": None,
    "POST /login": None,
    f"GET {SECOND_FACTOR_PAGE}": None,  # checks login or password itself
    f"POST {SECOND_FACTOR_PAGE}": None,
    f"GET {OIDC_PAGE}": None,
    f"GET {OIDC_CALLBACK}": None,
    "GET /healthz": None,
    "GET /metrics": None,  # checks logins and tokens itself, as the API
    "GET /favicon.ico": None,
    "GET /": Right.STATE,
    "POST /logout": Right.STATE,
    f"GET {PASSWORD_PAGE}": Right.STATE,
    f"POST {PASSWORD_PAGE}": Right.STATE,
    f"GET {STATE_PAGE}": Right.STATE,
    f"WS {STATE_PAGE}/beats": Right.STATE,
}
_PAGE_STREAMS = ("/updates/", f"{STATE_PAGE}/beats")
_NICEGUI_SOCKET = "/_nicegui_ws/"

_NO_HOST = marked(
    "This console does not answer to this host name. Use the address that it printed, or add the "
    "name to 'names' in [console]."
)
_CROSS_SITE = marked("This request came from another site and was refused.")
_NOT_PERMITTED = marked("The role {role} does not permit this page.")
_NO_LOGIN = "Log in first."  # to programs; browsers get the form


def login_of(scope: Scope) -> Login | None:
    """Return the login of a request; None if there are no accounts or nobody is logged in."""
    login: Login | None = scope.get(_KEY)
    return login


def right_for(method: str, path: str) -> Right | None:
    """Return the right that a route needs; None if it is public.

    Args:
        method: HTTP method, or ``WS`` for a WebSocket.
        path: without the query.
    """
    if path.startswith(_API):
        return None
    if _ACCEPT.fullmatch(path) and method in ("GET", "HEAD", "POST"):
        return None
    return _RIGHTS.get(f"{method} {path}", Right.VALUES)


class AccessMiddleware:
    """ASGI middleware that enforces logins and rights.

    Attributes:
        app: the wrapped application; NiceGUI finds its own through this name.
    """

    def __init__(
        self, app: ASGIApp, settings: AccessSettings, authenticator: Authenticator | None
    ) -> None:
        self.app = app
        self._names = settings.names
        self._proxies = settings.proxies
        self._secure = settings.secure
        self._authenticator = authenticator

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on if its login has the right, else refuse it."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        path: str = scope["path"]
        if self._proxies and scope.get("client"):
            forwarded = headers.getlist("x-forwarded-for")
            scope["client"] = (self._proxies.client(scope["client"][0], forwarded), 0)
        refusal = self._foreign(scope, headers, path)
        login = self._find(headers)
        if refusal is None and self._authenticator is not None:
            scope[_KEY] = login
            refusal = _refusal(scope, headers, path, login)
        if refusal is None and path.startswith(_NICEGUI_SOCKET) and scope["type"] == "http":
            # With long polling, no request would notice the end of its login.
            refusal = _text(HTTPStatus.BAD_REQUEST, "Only WebSockets are served here.")
        if refusal is not None:
            await _refuse(
                refusal, scope, path, receive, send, ended=self._authenticator and not login
            )
        elif scope["type"] == "websocket" and self._authenticator is not None and login is not None:
            await self._stream(self._authenticator, login, scope, receive, send)
        else:
            await self.app(scope, receive, send)

    def _find(self, headers: Headers) -> Login | None:
        if self._authenticator is None:
            return None
        token = cookies(headers).get(cookie_name(secure=self._authenticator.secure), "")
        return self._authenticator.logins.find(token) if token else None

    def _foreign(self, scope: Scope, headers: Headers, path: str) -> Response | None:
        """Return a refusal for requests of another site: DNS rebinding or cross-site."""
        if _ACCEPT.fullmatch(path):
            return None
        host = headers.get("host", "")
        if not _is_own_host(host, self._names):
            return _text(HTTPStatus.MISDIRECTED_REQUEST, _worded(_NO_HOST, headers))
        acts = scope["type"] == "websocket" or scope["method"] not in ("GET", "HEAD")
        origin = headers.get("origin")
        if acts and origin is not None and not self._is_own_origin(origin, host):
            return _text(HTTPStatus.FORBIDDEN, _worded(_CROSS_SITE, headers))
        return None

    def _is_own_origin(self, origin: str, host: str) -> bool:
        """Return whether a page of this console sent a request; over TLS, one that came by TLS."""
        sent = _split(origin)
        return sent.netloc == host and (sent.scheme == "https" or not self._secure)

    async def _stream(
        self, authenticator: Authenticator, login: Login, scope: Scope, receive: Receive, send: Send
    ) -> None:
        """Serve a WebSocket until its login ends, and send nothing after that."""
        live = scope["path"].startswith(_PAGE_STREAMS)
        closed = False

        async def send_if_live(message: Message) -> None:
            nonlocal closed
            if not login.ended.is_set():
                closed = closed or message["type"] == "websocket.close"
                with suppress(OSError):  # the browser has disconnected; that is received too
                    await send(message)

        async def receive_if_live() -> Message:
            nonlocal closed
            message = await receive()
            closed = closed or message["type"] == "websocket.disconnect"
            if login.ended.is_set():
                return {"type": "websocket.disconnect", "code": LOGIN_ENDED}
            return message

        async def close_at_end() -> None:
            await login.ended.wait()
            if not closed:
                with suppress(OSError):  # the browser has just disconnected
                    await send({"type": "websocket.close", "code": LOGIN_ENDED})

        if live:
            authenticator.logins.page_opened(login)
        try:
            async with asyncio.TaskGroup() as tasks:
                closing = tasks.create_task(close_at_end(), name="console/login")
                await self.app(scope, receive_if_live, send_if_live)
                closing.cancel()
        finally:
            if live:
                authenticator.logins.page_closed(login)


def cookie_name(*, secure: bool, what: str = "login") -> str:
    """Return a cookie's name; its prefix makes browsers refuse cookies of other hosts."""
    return f"{'__Host-' if secure else ''}physiomon-{what}"


def cookies(headers: Headers) -> dict[str, str]:
    """Return the cookies of a request."""
    try:
        return {name: each.value for name, each in SimpleCookie(headers.get("cookie")).items()}
    except CookieError:
        return {}


def _refusal(scope: Scope, headers: Headers, path: str, login: Login | None) -> Response | None:
    right = right_for(scope["method"] if scope["type"] == "http" else "WS", path)
    if right is None:
        return None
    if login is None:
        page = scope["type"] == "http" and _is_browser(headers)
        if page and scope["method"] == "GET":
            return RedirectResponse(f"/login?next={quote(path, safe='/')}", HTTPStatus.SEE_OTHER)
        return _text(HTTPStatus.UNAUTHORIZED, _NO_LOGIN)
    if not login.may(right):
        # Only the first segment: the rest may be the secret of a link.
        login.record("refused-page", f"/{path.split('/')[1][:40]} needs the right '{right}'")
        return _text(
            HTTPStatus.FORBIDDEN,
            _not_permitted(login.person.role, headers),
        )
    if path == "/" and not login.may(Right.VALUES):
        return RedirectResponse(STATE_PAGE, HTTPStatus.SEE_OTHER)
    return None


def _not_permitted(role: Role, headers: Headers) -> str:
    name = shown(str(role)) if _is_browser(headers) else role
    return _worded(_NOT_PERMITTED, headers).format(role=name)


def _worded(sentence: str, headers: Headers) -> str:
    """Return a sentence in the language of the pages; programs get English."""
    return _(sentence) if _is_browser(headers) else sentence


def _is_browser(headers: Headers) -> bool:
    return "text/html" in headers.get("accept", "")


async def _refuse(
    refusal: Response, scope: Scope, path: str, receive: Receive, send: Send, *, ended: object
) -> None:
    if scope["type"] == "http":
        await refusal(scope, receive, send)
        return
    if ended and refusal.status_code == HTTPStatus.UNAUTHORIZED and path.startswith(_PAGE_STREAMS):
        # A page can read the close code of an open stream, but not the reply of a refused one.
        await receive()
        await send({"type": "websocket.accept"})
    await send({"type": "websocket.close", "code": LOGIN_ENDED if ended else 4403})


def _is_own_host(host: str, names: frozenset[str]) -> bool:
    """Return whether a Host header names this console; IP addresses cannot be rebound.

    >>> names = frozenset({"a.example"})
    >>> [_is_own_host(host, names) for host in ("[::1]:80", "a.example", "b.example")]
    [True, True, False]
    """
    name = _split(f"//{host}").hostname or ""
    if name == "localhost" or name in names:
        return True
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _split(url: str) -> SplitResult:
    try:
        return urlsplit(url)
    except ValueError:  # such as an unclosed bracket
        return urlsplit("")


def _text(status: HTTPStatus, sentence: str) -> Response:
    return PlainTextResponse(f"{sentence}\n", status, {"Cache-Control": "no-store"})
