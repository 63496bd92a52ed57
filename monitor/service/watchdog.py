"""Signs of life of the process, so that somebody else ends it when its event loop hangs.

Two supervisors are served. systemd expects messages on a socket (``sd_notify(3)``; `Type=notify`,
`WatchdogSec=`). A container has no supervisor that ends a hanging process, so a thread of this
process does it: the restart policy starts a new one.
"""

import asyncio
import faulthandler
import os
import socket
import sys

import structlog

LIMIT_ENV = "PHYSIOMON_WATCHDOG_S"
_BEAT_S = 1.0

log = structlog.get_logger()


async def show_life() -> None:
    """Give a sign of life each second until cancelled.

    Without systemd and without `PHYSIOMON_WATCHDOG_S` nothing happens: on a terminal nobody would
    restart the program.
    """
    # systemd aborts a process that hangs: its log then shows where.
    faulthandler.enable(sys.__stderr__ or 2)
    limit_s = _limit_s()
    _notify("READY=1")
    try:
        while True:
            _notify("WATCHDOG=1")
            if limit_s is not None:
                # A thread that needs no lock of Python: it prints the stacks and ends the process.
                faulthandler.dump_traceback_later(limit_s, exit=True, file=sys.__stderr__ or 2)
            await asyncio.sleep(_BEAT_S)
    finally:
        faulthandler.cancel_dump_traceback_later()
        _notify("STOPPING=1")


def _limit_s() -> float | None:
    """Return the longest time without a sign of life, or None if nobody asks for a limit."""
    text = os.environ.get(LIMIT_ENV)
    if not text:
        return None
    try:
        limit_s = float(text)
    except ValueError:
        limit_s = 0.0
    if not 5 * _BEAT_S <= limit_s <= 3600:  # noqa: PLR2004 - an hour is as good as none
        log.warning("watchdog.off", reason=f"{LIMIT_ENV}={text} is not a number from 5 to 3600")
        return None
    return limit_s


def _notify(state: str) -> None:
    """Send a message to systemd, if it started this process.

    Source: sd_notify(3): a datagram to the Unix socket in ``NOTIFY_SOCKET``; ``@`` begins the name
    of an abstract one.
    """
    place = os.environ.get("NOTIFY_SOCKET", "")
    if not place:
        return
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as sending:
            sending.sendto(state.encode(), "\0" + place[1:] if place[0] == "@" else place)
    except OSError as error:  # also a full queue: the next one follows in a second
        log.warning("watchdog.unheard", reason=str(error))
