"""Limits on the console's connections: nobody without a login can use up the file descriptors.

Calls and the journal need descriptors too, and a connection costs one before anything is known of
who opened it, so the listening socket itself refuses those that are too many.
"""

import errno
import logging
import resource
import socket
from collections import Counter
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass, field

from dashboards.access.proxies import Proxies
from dashboards.access.rate_limit import network

REQUEST_S = 10.0  # for a TLS handshake and a whole request, with its body

_MOST = 512
_LOG_EVERY_S = 60.0
_EXHAUSTED = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """Numbers of connections that may be open.

    Attributes:
        total: in all.
        per_address: from one IPv4 address or IPv6 /64 that is not a proxy.
        proxies: from which others connect.
    """

    total: int
    per_address: int
    proxies: Proxies = field(default_factory=Proxies)

    @classmethod
    def of_process(cls, proxies: Proxies) -> "ConnectionLimits":
        """Return limits that leave half of the descriptors of this process to everything else."""
        descriptors, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        total = min(_MOST, descriptors // 2)
        return cls(total, max(1, total // 4), proxies)


class Listener(socket.socket):
    """A listening socket that closes connections beyond its limits as soon as it accepts them."""

    def limit(self, limits: ConnectionLimits, now_s: Callable[[], float]) -> None:
        """Set the limits, and the clock for idle connections; required before `accept`."""
        self._limits = limits
        self._now_s = now_s
        self._open: set[_Connection] = set()
        self._by_network: Counter[str] = Counter()
        self._exhausted = False
        self._refused = 0
        self._logged_s = float("-inf")

    def accept(self) -> tuple[socket.socket, object]:
        """Accept a connection within the limits; those beyond them are closed.

        Raises:
            BlockingIOError: no connection within the limits waits.
            OSError: the system has no descriptor left; once, until the caller tries again later.
        """
        if self._exhausted:  # asyncio goes on accepting, and would log each failure
            self._exhausted = False
            raise BlockingIOError
        while True:
            try:
                accepted, address = super().accept()
            except OSError as error:
                self._exhausted = error.errno in _EXHAUSTED
                raise
            origin = network(str(address[0]))
            if self._has_room(origin, str(address[0])):
                self._by_network[origin] += 1
                connection = _Connection(self, accepted, origin, self._now_s())
                self._open.add(connection)
                return connection, address
            accepted.close()
            self._log_refusal(origin)

    def close_idle(self, serving: Collection[int]) -> None:
        """Shut down the connections that have sent no whole request for `REQUEST_S`.

        Args:
            serving: descriptors of the connections that serve a request or a stream now.
        """
        now_s = self._now_s()
        for connection in tuple(self._open):
            if connection.fileno() in serving:
                connection.idle_since_s = now_s
            elif now_s - connection.idle_since_s >= REQUEST_S:
                connection.stop()

    def forget(self, connection: "_Connection") -> None:
        """Stop counting a connection, which closes."""
        if connection in self._open:
            self._open.remove(connection)
            self._by_network[connection.origin] -= 1
            if not self._by_network[connection.origin]:
                del self._by_network[connection.origin]

    def _has_room(self, origin: str, address: str) -> bool:
        limits = self._limits
        return len(self._open) < limits.total and (
            self._by_network[origin] < limits.per_address or address in limits.proxies
        )

    def _log_refusal(self, origin: str) -> None:
        """Log a refusal, a storm of them once a minute."""
        self._refused += 1
        now_s = self._now_s()
        if now_s - self._logged_s >= _LOG_EVERY_S:
            self._logged_s = now_s
            _log.warning(
                "console: connections refused: %d, the last from %s; open: %d, of these from "
                "there: %d; a firewall can keep others out",
                self._refused,
                origin,
                len(self._open),
                self._by_network[origin],
            )
            self._refused = 0


class _Connection(socket.socket):
    """An accepted connection that its listener counts until it closes."""

    def __init__(
        self, listener: Listener, accepted: socket.socket, origin: str, now_s: float
    ) -> None:
        super().__init__(accepted.family, accepted.type, accepted.proto, fileno=accepted.detach())
        self.origin = origin
        self.idle_since_s = now_s
        self._listener = listener

    def stop(self) -> None:
        """Make both ends see the end of the connection."""
        with suppress(OSError):  # the other end was faster
            self.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Close, and make room for another connection."""
        self._listener.forget(self)
        super().close()
