"""The console as a part of the service."""

import asyncio
import socket
from collections.abc import Callable

from dashboards.access.authenticator import AccessSettings
from dashboards.access.login_sessions import AuditLog
from dashboards.console.accept_page import AcceptBackend
from dashboards.console.backend import Backend
from dashboards.console.server import serve
from monitor.errors import ConfigError
from monitor.service.service_group import Part


def console_part(
    backend: Backend,
    host: str,
    port: int,
    ready: Callable[[str], None],
    speed: float = 1.0,
    accept_backend: AcceptBackend | None = None,
    access: AccessSettings | None = None,
    audit_log: AuditLog | None = None,
) -> Part:
    """Return what serves the console.

    Args:
        backend: what it shows, and asks acts of.
        host: where it listens.
        port: 0 for a free one.
        ready: gets its address.
        speed: session seconds in a real one.
        accept_backend: what the links of calls ask.
        access: who may come in; by default everybody on this machine.
        audit_log: is told who came in, and who did not.

    Raises:
        ConfigError: the port is taken. Later failures are told in the sessions instead: a
            session that is under way must not end for want of a page.
    """
    try:
        socket.create_server((host, port)).close()
    except OSError as error:
        raise ConfigError(
            f"the console cannot listen on {host} port {port} ({error.strerror}); choose another "
            "port, or 0 for a free one"
        ) from None

    async def part() -> None:
        async with serve(
            backend,
            host,
            port,
            speed=speed,
            accept_backend=accept_backend,
            access=access,
            audit_log=audit_log,
        ) as url:
            ready(url)
            await asyncio.Event().wait()

    return part
