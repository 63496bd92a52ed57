"""uvicorn as the console's web server, inside a program that continues without it."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from nicegui import Client

from dashboards.access.authenticator import AccessSettings
from dashboards.access.middleware import AccessMiddleware
from dashboards.console.web.connections import Listener
from dashboards.console.web.http_protocol import HttpProtocol
from devices.errors import PhysiomonError

_LONGEST_MESSAGE = 1_000_000  # bytes that a page may send at once
_IDLE_CHECK_S = 1.0
_CLOSE_S = 0.3  # for browsers to close; a dead one must not block the service

# Vue needs 'unsafe-eval', NiceGUI's page needs inline scripts. Not all browsers include WebSockets
# in 'self'.
_POLICY = {
    "default-src": "'self' data:",
    "connect-src": "'self' ws: wss:",
    "script-src": "'self' 'unsafe-inline' 'unsafe-eval'",
    "style-src": "'self' 'unsafe-inline'",
    "worker-src": "blob:",  # the clock of a page in the background
    "frame-ancestors": "'self'",
}
_HEADERS = [
    ("Content-Security-Policy", "; ".join(map(" ".join, _POLICY.items()))),
    ("X-Content-Type-Options", "nosniff"),
    # Not 'no-referrer': browsers would then also hide the origin of forms from this server.
    ("Referrer-Policy", "same-origin"),
]
# A year in which browsers use nothing but HTTPS for this host name.
_SECURE_HEADERS = [("Strict-Transport-Security", "max-age=31536000")]


class ConsoleError(PhysiomonError):
    """The console cannot be served."""


class WebServer(uvicorn.Server):
    """uvicorn inside a program with its own signal handling, logging and shutdown."""

    def __init__(
        self,
        application: AccessMiddleware,
        access: AccessSettings,
        speed: float,
    ) -> None:
        tls = access.tls
        super().__init__(
            uvicorn.Config(
                application,
                http=HttpProtocol,
                ssl_certfile=None if tls is None else tls.certificate,
                ssl_keyfile=None if tls is None else tls.key,
                proxy_headers=False,  # the middleware decides which addresses to trust
                log_config=None,
                access_log=False,
                lifespan="on",
                server_header=False,
                headers=[*_HEADERS, *(_SECURE_HEADERS if access.secure else ())],
                timeout_keep_alive=round(5 * speed),
                ws_ping_interval=20 * speed,
                ws_ping_timeout=20 * speed,
                ws_max_size=_LONGEST_MESSAGE,
                ws_per_message_deflate=False,  # would compress the same update for each viewer
            )
        )
        self.ready = asyncio.Event()
        self._close_s = _CLOSE_S * speed
        self._speed = speed

    async def run_on(self, listener: Listener) -> None:
        """Serve until `should_exit` is set."""
        try:
            await self.serve(sockets=[listener])
        except SystemExit as error:  # uvicorn would exit the whole program
            raise ConsoleError(
                "the console's web server did not start; see its log for the reason"
            ) from error
        finally:
            for client in list(Client.instances.values()):
                client.delete()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Keep the program's signal handlers."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, and set `ready`."""
        await super().startup(sockets=sockets)
        self.ready.set()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Close all connections; drop those whose browser does not respond."""
        drop = asyncio.get_running_loop().call_later(self._close_s, self._drop_connections)
        try:
            await super().shutdown(sockets=sockets)
        finally:
            drop.cancel()

    async def close_idle(self, listener: Listener) -> None:
        """Shut down connections that send no whole request, until cancelled."""
        while True:
            await asyncio.sleep(_IDLE_CHECK_S * self._speed)
            listener.close_idle(
                {
                    protocol.transport.get_extra_info("socket").fileno()
                    for protocol in self.server_state.connections
                    if _serves(protocol)
                }
            )

    def _drop_connections(self) -> None:
        for connection in tuple(self.server_state.connections):
            connection.transport.abort()


def _serves(protocol: object) -> bool:
    """Return whether a connection of uvicorn's serves a WebSocket or a whole request."""
    if not hasattr(protocol, "cycle"):
        return True
    cycle = protocol.cycle
    return cycle is not None and not cycle.more_body and not cycle.response_complete


def listen(host: str, port: int) -> Listener:
    """Return a listening socket.

    Raises:
        ConsoleError: the port is in use, or the address is not one of this computer.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        opened = socket.create_server((host, port), family=family)
    except OSError as error:
        raise ConsoleError(
            f"the console cannot listen on {host} port {port} ({error.strerror}); "
            "choose another port, or 0 for a free one"
        ) from error
    return Listener(opened.family, opened.type, opened.proto, fileno=opened.detach())
