"""Straps on a shared radio, with heart rates that are set by lines on the standard input.

Arguments: the port of the radio, and the names of the straps. Lines: ``NAME RATE``.
"""

import asyncio
import itertools
import sys
from collections.abc import Iterator

from devices.virtual.controllers import TransportControllers
from devices.virtual.peripherals.catalog import default_address
from devices.virtual.peripherals.heart_rate_strap import Strap
from devices.virtual.sample_sources import HeartSample
from devices.virtual.shared_radio import SharedRadio
from devices.virtual.shared_radio_server import HOST, serve_shared_radio

REST = 70


class Dial:
    """A heart rate that is set by hand."""

    def __init__(self) -> None:
        self.rate = REST

    def heart(self) -> Iterator[HeartSample]:
        for second in itertools.count():
            # Two values in turn: a signal that does not move is a fault.
            yield HeartSample(at_s=float(second), rate=self.rate + second % 2)


async def main(port: int, names: list[str]) -> None:
    dials = {name: Dial() for name in names}
    radio = SharedRadio(TransportControllers(f"tcp-client:{HOST}:{port}"))
    loop = asyncio.get_running_loop()
    lines = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    async with serve_shared_radio(port), asyncio.TaskGroup() as tasks:
        straps = [
            Strap(radio, dial, name=name, address=default_address(name))
            for name, dial in dials.items()
        ]
        running = [tasks.create_task(strap.run()) for strap in straps]
        for strap in straps:
            await strap.is_on.wait()
        print("on", flush=True)
        async for line in lines:
            name, rate = line.decode().split()
            dials[name].rate = int(rate)
        for each in running:
            each.cancel()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), sys.argv[2:]))
