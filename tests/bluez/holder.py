"""Another program that uses a sensor: `python -m tests.bluez.holder ADDRESS`."""

import asyncio
import sys

from bleak import BleakClient, BleakScanner

_HEART_RATE = "00002a37-0000-1000-8000-00805f9b34fb"


async def main(address: str) -> None:
    """Connect, subscribe and stay until the process is ended."""
    device = await BleakScanner.find_device_by_address(address, 20)
    assert device is not None
    async with BleakClient(device) as client:
        await client.start_notify(_HEART_RATE, lambda *_: None)
        sys.stdout.write("subscribed\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
