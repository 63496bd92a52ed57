"""A shared radio for several processes: HCI over TCP, one controller for each connection.

A program that sends HCI packets preceded by their type (H4) to the port is a device on this radio:
any program on Bumble with the transport ``tcp-client:127.0.0.1:PORT``. There is no authentication,
so it listens on the loopback interface only.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bumble.transport.common import StreamPacketSource

from devices.errors import LinkError
from devices.virtual.local_link import VirtualController, VirtualLink

HOST = "127.0.0.1"
_MOST = 64
_BEHIND_BYTES = 1 << 20  # unread data after which a program is disconnected


@asynccontextmanager
async def serve_shared_radio(port: int) -> AsyncIterator[int]:
    """Serve a shared radio while the context is open; yield its port, a free one if `port` is 0.

    Raises:
        LinkError: the port is taken.
    """
    link = VirtualLink()
    hosts: set[_Host] = set()
    loop = asyncio.get_running_loop()
    try:
        server = await loop.create_server(lambda: _Host(link, hosts), HOST, port)
    except OSError as error:
        raise LinkError(
            f"cannot serve at {HOST}:{port}: {error.strerror}; choose another port"
        ) from None
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for host in list(hosts):
            host.close_connection()
        await server.wait_closed()


class _Host(StreamPacketSource):
    """The connection of one program and its controller."""

    def __init__(self, link: VirtualLink, hosts: "set[_Host]") -> None:
        super().__init__()
        self._link = link
        self._hosts = hosts
        self._controller: VirtualController | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - TCP has no other
        self._transport = transport
        self._hosts.add(self)
        if len(self._hosts) > _MOST:
            transport.abort()
            return
        name = "{}:{}".format(*transport.get_extra_info("peername"))
        self._controller = VirtualController(
            name, host_source=self, host_sink=_Sink(transport), link=self._link
        )

    def connection_lost(self, _error: Exception | None) -> None:
        self._hosts.discard(self)
        if self._controller is not None:
            self._controller.switch_off()

    def close_connection(self) -> None:
        """Close the connection."""
        self._transport.abort()


class _Sink:
    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport

    def on_packet(self, packet: bytes) -> None:
        if self._transport.get_write_buffer_size() > _BEHIND_BYTES:
            self._transport.abort()
        elif not self._transport.is_closing():
            self._transport.write(packet)
