"""The console as a part of the service."""

import asyncio
import socket
from collections.abc import Callable, Sequence
from pathlib import Path

from dashboards.console.serve import serve
from monitor.desk import SessionDesk
from monitor.errors import ConfigError
from monitor.service import Part
from monitor.session import Session


def console_part(
    sessions: Sequence[Session],
    host: str,
    port: int,
    ready: Callable[[str], None],
    speed: float = 1.0,
    policies: Path | None = None,
) -> Part:
    """Return what serves the console; `ready` gets its address, `policies` holds a site's own.

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
        async with serve(SessionDesk(sessions, policies), host, port, speed=speed) as url:
            ready(url)
            await asyncio.Event().wait()

    return part
