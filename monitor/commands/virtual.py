"""`physiomon virtual`: sensors without hardware, for whoever develops against them."""

import asyncio
import sys
from contextlib import AsyncExitStack
from datetime import datetime

from devices.errors import PhysiomonError
from devices.virtual.controllers import TransportControllers
from devices.virtual.peripheral import Peripheral
from devices.virtual.peripherals.catalog import Wish, make
from devices.virtual.shared_radio import Air
from devices.virtual.shared_radio_server import HOST, open_air
from monitor.logs import start_logs
from monitor.service.radio import air_transport
from monitor.service.shutdown import stopped_by_signals


def offer_air(port: int, minutes: float | None) -> None:
    """Offer a virtual air on this machine until somebody stops it.

    Raises:
        LinkError: the port is taken.
    """
    start_logs()
    asyncio.run(_offer(port, minutes))


def run_sensor(wish: Wish, transport: str | None, air: str | None, minutes: float | None) -> None:
    """Run a virtual sensor until somebody stops it, or its battery is flat.

    Args:
        wish: which.
        transport: Bumble's name of a controller, such as ``usb:0``.
        air: ``127.0.0.1:PORT`` of an air that is open; without both one is opened.
        minutes: for how long; None: until stopped.

    Raises:
        LinkError: sensor, air or transport cannot be had.
        ConfigError: the air is none of this machine.
    """
    start_logs()
    asyncio.run(_run(wish, transport, air, minutes))


async def _offer(port: int, minutes: float | None) -> None:
    async with stopped_by_signals() as stop, open_air(port) as opened:
        _say_air(opened)
        await _wait(stop, minutes)


async def _run(wish: Wish, transport: str | None, air: str | None, minutes: float | None) -> None:
    async with AsyncExitStack() as around:
        stop = await around.enter_async_context(stopped_by_signals())
        if transport is None:
            if air is None:
                opened = await around.enter_async_context(open_air(0))
                _say_air(opened)
                air = f"{HOST}:{opened}"
            transport = air_transport(air)
        sensor = make(Air(TransportControllers(transport)), wish)
        try:
            async with asyncio.TaskGroup() as tasks:
                running = tasks.create_task(sensor.run(), name=sensor.name)
                running.add_done_callback(lambda _done: stop.set())
                told = tasks.create_task(_tell_when_on(wish.kind, sensor), name="told")
                await _wait(stop, minutes)
                told.cancel()
                running.cancel()
        except ExceptionGroup as group:
            raise _sentence(group) from None


async def _tell_when_on(kind: str, sensor: Peripheral) -> None:
    await sensor.is_on.wait()
    _say(f"{kind} '{sensor.name}' is on, address {sensor.address}; Ctrl-C ends it")


def _sentence(group: ExceptionGroup[Exception]) -> Exception:
    """Return the trouble in a group that is a sentence for people, or the group."""
    found: BaseException | None = group.subgroup(PhysiomonError)
    while isinstance(found, ExceptionGroup):
        found = found.exceptions[0]
    return found if isinstance(found, PhysiomonError) else group


async def _wait(stop: asyncio.Event, minutes: float | None) -> None:
    try:
        async with asyncio.timeout(None if minutes is None else minutes * 60):
            await stop.wait()
    except TimeoutError:
        pass


def device_clock() -> datetime:
    """Return the local time, as somebody would set a device's clock."""
    return datetime.now().astimezone()  # noqa: TID251 - the shell's clock


def _say_air(port: int) -> None:
    _say(f"virtual air: {HOST}:{port} (Bumble's transport: tcp-client:{HOST}:{port})")


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
