"""The radio of the virtual machine: `python -m tests.bluez.radio`.

An adapter of BlueZ is a controller behind /dev/vhci; a sensor is a client of SENSORS_PORT that
speaks HCI. COMMAND_PORT takes commands, one JSON object on a line.
"""

import asyncio
import json
import logging
import os
from typing import Any

from bumble.transport.common import StreamPacketSource

from tests.bluez.radio_controllers import AdapterController, SensorController
from tests.bluez.radio_link import Link, plain

HOST, SENSORS_PORT, COMMAND_PORT = "127.0.0.1", 7300, 7301
# First byte of packets to and from /dev/vhci that create a device. Source: the kernel's hci_vhci.c.
_VENDOR = 0xFF
_SUPERVISION_S = 0.42


class VirtualAdapter:
    """An adapter of the kernel, and the controller behind it."""

    def __init__(self, link: Link, address: str) -> None:
        loop = asyncio.get_running_loop()
        self._file: int | None = os.open("/dev/vhci", os.O_RDWR | os.O_NONBLOCK)
        self.index: asyncio.Future[int] = loop.create_future()
        loop.add_reader(self._file, self._read)
        self.controller = AdapterController(link, address, self)
        os.write(self._file, bytes([_VENDOR, 0]))

    def _read(self) -> None:
        assert self._file is not None
        try:
            packet = os.read(self._file, 65536)
        except BlockingIOError:
            return
        if packet[:1] == bytes([_VENDOR]):
            self.index.set_result(packet[2] | packet[3] << 8)
        elif packet:
            try:
                self.controller.on_packet(packet)
            except Exception:  # the adapter has to survive what Bumble does not know
                logging.exception("packet %s", packet.hex())  # noqa: LOG015

    def on_packet(self, packet: bytes) -> None:
        if self._file is not None:
            os.write(self._file, packet)

    def unplug(self) -> None:
        assert self._file is not None
        asyncio.get_running_loop().remove_reader(self._file)
        self.controller.switch_off()
        file, self._file = self._file, None
        os.close(file)


class _SensorHost(StreamPacketSource):
    """The connection of a sensor's process."""

    def __init__(self, link: Link) -> None:
        super().__init__()
        self._link = link

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        name = str(transport.get_extra_info("peername"))
        self._controller = SensorController(name, host_source=self, host_sink=self, link=self._link)

    def connection_lost(self, _error: BaseException | None) -> None:
        self._controller.switch_off()

    def on_packet(self, packet: bytes) -> None:
        if not self._transport.is_closing():
            self._transport.write(packet)


class Radio:
    """Executes the commands of the scenarios; each method is a command."""

    def __init__(self) -> None:
        self.link = Link()
        self.adapters: dict[str, VirtualAdapter] = {}

    async def plug_in(self, address: str) -> str:
        adapter = VirtualAdapter(self.link, address)
        name = f"hci{await asyncio.wait_for(adapter.index, 10)}"
        self.adapters[name] = adapter
        return name

    async def unplug(self, name: str) -> None:
        self.adapters.pop(name).unplug()

    async def limit(self, name: str, connections: int) -> None:
        self.adapters[name].controller.most = connections

    async def leave(self, address: str) -> None:
        self.link.out_of_range.add(address.upper())
        self.link.end_connections(address.upper(), _SUPERVISION_S)

    async def come_back(self, address: str) -> None:
        self.link.out_of_range.discard(address.upper())

    async def block(self, address: str) -> None:
        self.link.blocked.add(address.upper())

    async def unblock(self, address: str) -> None:
        self.link.blocked.discard(address.upper())

    async def refuse(self, address: str, error: int) -> None:
        self.link.unconnectable[address.upper()] = error

    async def accept(self, address: str) -> None:
        self.link.unconnectable.pop(address.upper(), None)

    async def connections(self) -> dict[str, list[str]]:
        return {
            name: [plain(each.peer_address) for each in adapter.controller.le_connections.values()]
            for name, adapter in self.adapters.items()
        }


async def _serve(radio: Radio, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while line := await reader.readline():
        words = json.loads(line)
        try:
            answer = {"answer": await getattr(radio, words.pop("command"))(**words)}
        except (OSError, KeyError, TimeoutError, TypeError, AttributeError) as error:
            answer = {"error": repr(error)}
        writer.write(json.dumps(answer).encode() + b"\n")
    writer.close()


async def main() -> None:
    """Serve sensors and commands until the process is ended."""
    radio, loop = Radio(), asyncio.get_running_loop()
    await loop.create_server(lambda: _SensorHost(radio.link), HOST, SENSORS_PORT)
    await asyncio.start_server(lambda *pipe: _serve(radio, *pipe), HOST, COMMAND_PORT)
    await asyncio.Event().wait()


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING)
    asyncio.run(main())
