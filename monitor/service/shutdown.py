"""Shutdown by signals, also if something hangs."""

import asyncio
import contextlib
import os
import signal
import sys
import threading
from collections.abc import AsyncIterator, Iterator

_END_WITHIN_S = 8.0  # a stop takes at most 10 s, whatever hangs; systemd and Docker wait 20 s
# Its end, Ctrl-Z, and output from the background while `stty tostop` is set.
_OF_THE_TERMINAL = (signal.SIGHUP, signal.SIGTSTP, signal.SIGTTOU)
_HANGS = (
    f"physiomon: something did not end within {_END_WITHIN_S:g} s, such as the Bluetooth service "
    "or the network; ended without it, everything recorded is kept\n"
)


@contextlib.asynccontextmanager
async def stopped_by_signals(limit: "StopLimit | None" = None) -> AsyncIterator[asyncio.Event]:
    """Yield an event that is set on SIGINT and SIGTERM.

    Args:
        limit: of a service: begins with the first signal. A service ignores what else comes from
            its terminal: a lost connection of SSH must not end monitoring, nor Ctrl-Z halt it.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    signals = (signal.SIGINT, signal.SIGTERM)
    if limit is not None:
        for number in _OF_THE_TERMINAL:
            signal.signal(number, signal.SIG_IGN)

    def begin() -> None:
        stop.set()
        if limit is not None:
            limit.start()

    for number in signals:
        loop.add_signal_handler(number, begin)
    try:
        yield stop
    finally:
        for number in signals:
            loop.remove_signal_handler(number)


class StopLimit:
    """End of the process if a shutdown does not end.

    What is recorded is committed, so nothing is lost; the next start finds a session that was
    interrupted.
    """

    def __init__(self, within_s: float = _END_WITHIN_S) -> None:
        self._timer = threading.Timer(within_s, _end)
        self._timer.daemon = True

    def start(self) -> None:
        """Begin to count, unless it has begun."""
        with contextlib.suppress(RuntimeError):  # the second signal
            self._timer.start()

    def cancel(self) -> None:
        """Stop counting: the shutdown has ended."""
        self._timer.cancel()


@contextlib.contextmanager
def stop_limit() -> Iterator[StopLimit]:
    """Yield a limit that ends with the block."""
    limit = StopLimit()
    try:
        yield limit
    finally:
        limit.cancel()


def _end() -> None:
    with contextlib.suppress(OSError):
        sys.stderr.write(_HANGS)
        sys.stderr.flush()
    os._exit(1)
