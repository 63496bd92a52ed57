"""`physiomon virtual`: virtual sensors for development without hardware."""

import asyncio
import sys
from contextlib import AsyncExitStack
from datetime import datetime

from devices.errors import PhysiomonError
from devices.virtual.controllers import TransportControllers
from devices.virtual.peripheral import Peripheral
from devices.virtual.peripherals.catalog import VirtualSensorConfig, make_sensor
from devices.virtual.shared_radio import SharedRadio
from devices.virtual.shared_radio_server import HOST, serve_shared_radio
from monitor.logs import start_logs
from monitor.service.radio import shared_radio_transport
from monitor.service.shutdown import stopped_by_signals


def run_shared_radio(port: int, minutes: float | None) -> None:
    """Run a shared virtual radio on this machine until stopped.

    Raises:
        LinkError: the port is taken.
    """
    start_logs()
    asyncio.run(_offer(port, minutes))


def run_sensor(
    config: VirtualSensorConfig,
    transport: str | None,
    shared_radio: str | None,
    minutes: float | None,
) -> None:
    """Run a virtual sensor until stopped, or until its battery is flat.

    Args:
        config: the sensor to run.
        transport: Bumble's name of a controller, such as ``usb:0``.
        shared_radio: ``127.0.0.1:PORT`` of a running shared radio; without `transport` and
            `shared_radio` one is started.
        minutes: how long to run; None: until stopped.

    Raises:
        LinkError: the sensor, the shared radio or the transport is not available.
        ConfigError: the shared radio is not on this machine.
    """
    start_logs()
    asyncio.run(_run(config, transport, shared_radio, minutes))


async def _offer(port: int, minutes: float | None) -> None:
    async with stopped_by_signals() as stop, serve_shared_radio(port) as opened:
        _print_shared_radio(opened)
        await _wait(stop, minutes)


async def _run(
    config: VirtualSensorConfig,
    transport: str | None,
    shared_radio: str | None,
    minutes: float | None,
) -> None:
    async with AsyncExitStack() as around:
        stop = await around.enter_async_context(stopped_by_signals())
        if transport is None:
            if shared_radio is None:
                opened = await around.enter_async_context(serve_shared_radio(0))
                _print_shared_radio(opened)
                shared_radio = f"{HOST}:{opened}"
            transport = shared_radio_transport(shared_radio)
        sensor = make_sensor(SharedRadio(TransportControllers(transport)), config)
        try:
            async with asyncio.TaskGroup() as tasks:
                running = tasks.create_task(sensor.run(), name=sensor.name)
                running.add_done_callback(lambda _done: stop.set())
                announced = tasks.create_task(_announce(config.kind, sensor), name="announcement")
                await _wait(stop, minutes)
                announced.cancel()
                running.cancel()
        except ExceptionGroup as group:
            raise _expected_error(group) from None


async def _announce(kind: str, sensor: Peripheral) -> None:
    await sensor.is_on.wait()
    _print(f"{kind} '{sensor.name}' is on, address {sensor.address}; press Ctrl-C to stop")


def _expected_error(group: ExceptionGroup[Exception]) -> Exception:
    """Return the first expected error of a group, or the group."""
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
    """Return the local time, to which a device's clock would be set."""
    return datetime.now().astimezone()  # noqa: TID251 - the shell's clock


def _print_shared_radio(port: int) -> None:
    _print(f"shared radio: {HOST}:{port} (Bumble transport: tcp-client:{HOST}:{port})")


def _print(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
