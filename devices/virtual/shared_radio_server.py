"""A virtual air for several processes: HCI over TCP, one controller for each connection.

Whoever speaks HCI packets with their type in front (H4) to the port is a device in this air: any
program on Bumble with the transport ``tcp-client:127.0.0.1:PORT``. There is no authentication, so
it listens on this machine only.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bumble.transport.common import StreamPacketSource

from devices.errors import LinkError
from devices.virtual.local_link import Ether, RadioController

HOST = "127.0.0.1"
_MOST = 64
_BEHIND_BYTES = 1 << 20  # what a program that does not read may leave waiting


@asynccontextmanager
async def open_air(port: int) -> AsyncIterator[int]:
    """Offer an air while the context is open; yields its port, which is chosen if `port` is 0.

    Raises:
        LinkError: the port is taken.
    """
    ether = Ether()
    hosts: set[_Host] = set()
    loop = asyncio.get_running_loop()
    try:
        server = await loop.create_server(lambda: _Host(ether, hosts), HOST, port)
    except OSError as error:
        raise LinkError(f"no air at {HOST}:{port}: {error.strerror}; choose another port") from None
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for host in list(hosts):
            host.hang_up()
        await server.wait_closed()


class _Host(StreamPacketSource):
    """One program's connection, and the controller that it drives."""

    def __init__(self, ether: Ether, hosts: "set[_Host]") -> None:
        super().__init__()
        self._ether = ether
        self._hosts = hosts
        self._controller: RadioController | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - TCP has no other
        self._transport = transport
        self._hosts.add(self)
        if len(self._hosts) > _MOST:
            transport.abort()
            return
        name = "{}:{}".format(*transport.get_extra_info("peername"))
        self._controller = RadioController(
            name, host_source=self, host_sink=_Sink(transport), link=self._ether
        )

    def connection_lost(self, _error: Exception | None) -> None:
        self._hosts.discard(self)
        if self._controller is not None:
            self._controller.switch_off()

    def hang_up(self) -> None:
        """End the connection."""
        self._transport.abort()


class _Sink:
    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport

    def on_packet(self, packet: bytes) -> None:
        if self._transport.get_write_buffer_size() > _BEHIND_BYTES:
            self._transport.abort()
        elif not self._transport.is_closing():
            self._transport.write(packet)
