"""Console of the service."""

import asyncio
import socket
from collections.abc import Awaitable, Callable

from dashboards.access.authenticator import AccessSettings
from dashboards.access.login_sessions import AuditLog
from dashboards.console.accept_backend import AcceptBackend
from dashboards.console.backend import Backend
from dashboards.texts import Language, load
from monitor.cycle_collection import collect_seldom
from monitor.errors import ConfigError
from monitor.service.task_group import Part


def console_part(
    backend: Backend,
    host: str,
    port: int,
    ready: Callable[[str], None],
    speed: float = 1.0,
    accept_backend: AcceptBackend | None = None,
    access: AccessSettings | None = None,
    audit_log: AuditLog | None = None,
    metrics: Callable[[], Awaitable[bytes]] | None = None,
    language: Language = "en",
) -> Part:
    """Return the service that serves the console.

    Args:
        backend: of the console.
        host: address on which it listens.
        port: 0 for any free port.
        ready: called with its URL.
        speed: simulated seconds per real second.
        accept_backend: backend of the links in calls.
        access: access settings; by default everyone on this machine has access.
        audit_log: records logins and refusals.
        metrics: returns the metrics of the service; None without.
        language: of all pages.

    Raises:
        ConfigError: the port is in use. Later failures are shown as notices instead: a running
            session must not end because the console failed.
    """
    try:
        socket.create_server((host, port)).close()
    except OSError as error:
        raise ConfigError(
            f"the console cannot listen on {host} port {port} ({error.strerror}); choose another "
            "port, or 0 for any free port"
        ) from None

    async def part() -> None:
        # In a thread: sensors are recorded meanwhile.
        await asyncio.to_thread(load_web_server)
        catalogue = await asyncio.to_thread(load, language)
        from dashboards.console.server import serve  # noqa: PLC0415 - loaded now

        async with serve(
            backend,
            host,
            port,
            speed=speed,
            accept_backend=accept_backend,
            access=access,
            audit_log=audit_log,
            metrics=metrics,
            catalogue=catalogue,
        ) as url:
            collect_seldom()
            ready(url)
            await asyncio.Event().wait()

    return part


def load_web_server() -> None:
    """Import the web server and build its application, which takes a second or more."""
    from dashboards.console.server import shared_application  # noqa: PLC0415 - slow to load

    shared_application()
