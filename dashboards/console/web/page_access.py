"""Page ownership: only the login that opened a page receives it and uses its buttons."""

from collections.abc import Awaitable, Callable
from functools import cache
from typing import Any
from urllib.parse import parse_qs

from nicegui import Client, core
from pydantic import ValidationError
from starlette.types import Scope

from dashboards.access.middleware import login_of
from dashboards.console.web.page_messages import KNOWN, Handshake

Handler = Callable[..., Any]


def owns(scope: Scope, client_id: object) -> bool:
    """Return whether a request comes from the login that opened a page; True if it is closed."""
    client = Client.instances.get(str(client_id))
    return client is None or login_of(client.request.scope) is login_of(scope)


@cache
def guard_messages() -> None:
    """Make NiceGUI's socket reject messages for pages of other logins; once per process."""
    handlers = core.sio.handlers["/"]
    for name in KNOWN:
        core.sio.on(name, handler=_guarded(handlers[name]))
    core.sio.on("connect", handler=_guarded_connect(handlers["connect"]))


def _guarded(inner: Handler) -> Handler:
    async def handle(sid: str, message: Any) -> Any:
        scope = core.sio.get_environ(sid)["asgi.scope"]
        if not isinstance(message, dict) or not owns(scope, message.get("client_id")):
            return False
        login = login_of(scope)
        if login is not None and login.ended.is_set():
            return False
        try:
            answer = inner(sid, message)
        except (KeyError, ValueError):  # an event without a listener, or not JSON within it
            return False
        return await answer if isinstance(answer, Awaitable) else answer

    return handle


def _guarded_connect(inner: Handler) -> Handler:
    async def connect(sid: str, environ: dict[str, Any], auth: Any = None) -> Any:
        query = parse_qs(environ.get("QUERY_STRING", ""))
        if not all(owns(environ["asgi.scope"], client) for client in query.get("client_id", [])):
            return False
        if query.get("implicit_handshake") == ["true"]:
            try:
                Handshake.model_validate({name: values[0] for name, values in query.items()})
            except ValidationError:
                return False
        return await inner(sid, environ, auth)

    return connect
