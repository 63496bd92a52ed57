"""The connection to BlueZ over a real D-Bus daemon."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

if sys.platform != "linux":
    pytest.skip("D-Bus is Linux's", allow_module_level=True)

from dbus_fast import BusType, Message, MessageType, Variant
from dbus_fast.aio import MessageBus

from devices.bluez import BlueZ, bluez
from devices.errors import AdapterError
from devices.pairing_agent import INTERFACE, PATH
from devices.scanner import scan
from monitor.service.radio import radio_of
from tests.durations import PATIENCE_S
from tests.links.fake_service import objects
from tests.servers.process import program
from tests.virtual.virtual_room import STRAP

DEVICE = f"/org/bluez/hci0/dev_{STRAP.replace(':', '_')}"


class FakeBlueZ:
    """A program with the name of BlueZ; it records the methods that are called."""

    def __init__(self, bus: MessageBus) -> None:
        self.bus = bus
        self.calls: list[str] = []
        self.hangs = False

    def answer(self, message: Message) -> Message | bool | None:
        if self.hangs:
            return True  # as if answered
        if message.message_type is not MessageType.METHOD_CALL:
            return None
        self.calls.append(str(message.member))
        if message.member == "GetManagedObjects":
            return Message.new_method_return(message, "a{oa{sa{sv}}}", [_typed()])
        return Message.new_method_return(message)

    async def ask_agent(self, client: str) -> MessageType:
        question = Message(
            destination=client,
            path=PATH,
            interface=INTERFACE,
            member="RequestAuthorization",
            signature="o",
            body=[DEVICE],
        )
        reply = await self.bus.call(question)
        assert reply is not None
        return reply.message_type


def _typed() -> dict[str, dict[str, dict[str, Variant]]]:
    types = {bool: "b", str: "s", list: "as"}
    return {
        path: {
            interface: {
                name: Variant("o" if name == "Adapter" else types[type(value)], value)
                for name, value in properties.items()
            }
            for interface, properties in interfaces.items()
        }
        for path, interfaces in objects(STRAP, "Strap").items()
    }


@asynccontextmanager
async def running() -> AsyncIterator[FakeBlueZ]:
    """Run a program with the name of BlueZ, which crashes at the end."""
    bus = await MessageBus(bus_type=BusType.SYSTEM).connect()
    fake = FakeBlueZ(bus)
    bus.add_message_handler(fake.answer)
    await bus.request_name("org.bluez")
    try:
        yield fake
    finally:
        bus.disconnect()


@pytest.fixture
async def daemon(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    """Run a D-Bus daemon as the system bus."""
    address = f"unix:path={tmp_path}/bus"
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", address)
    process = await asyncio.create_subprocess_exec(
        program("dbus-daemon", "dbus"),
        "--session",
        "--nofork",
        f"--address={address}",
        "--print-address=1",
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    async with asyncio.timeout(PATIENCE_S):
        await process.stdout.readline()
    yield
    with suppress(ProcessLookupError):
        process.terminate()
    await process.wait()


async def reached(service: BlueZ, state: bool | None) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while service.running is not state:  # noqa: ASYNC110 - it has no event
            await asyncio.sleep(0.01)


@pytest.mark.usefixtures("daemon")
async def test_devices_are_read_and_a_crash_is_reported() -> None:
    crashed = asyncio.Event()
    async with bluez() as service:
        assert service.running is False
        assert await service.devices() == ()
        with service.on_stop(crashed.set):
            async with running():
                await reached(service, state=True)
                [device] = await service.devices()
                assert device.path == DEVICE
                assert device.connected
                assert not crashed.is_set()
            async with asyncio.timeout(PATIENCE_S):
                await crashed.wait()
        assert service.running is False
        assert await service.devices() == ()


@pytest.mark.usefixtures("daemon")
async def test_hanging_service_is_detected() -> None:
    async with running() as fake, bluez(answers_within_s=0.05) as service:
        fake.hangs = True
        await service.ping()
        assert not service.responds
        fake.hangs = False
        await service.ping()
        assert service.responds


@pytest.mark.usefixtures("daemon")
async def test_agent_consents_to_the_sensor_that_is_being_connected() -> None:
    async with running() as fake, bluez() as service:
        client = service.name
        assert client is not None
        assert await fake.ask_agent(client) is MessageType.ERROR
        await service.expect_pairing(STRAP)
        await service.expect_pairing(STRAP)
        assert await fake.ask_agent(client) is MessageType.METHOD_RETURN
        assert fake.calls == ["RegisterAgent", "RequestDefaultAgent"]


@pytest.mark.usefixtures("daemon")
async def test_scan_is_restarted_and_a_device_disconnected() -> None:
    async with running() as fake, bluez() as service:
        await service.restart_scan("hci0")
        await service.disconnect(DEVICE)
        assert fake.calls == ["StartDiscovery", "StopDiscovery", "Disconnect"]


async def test_command_error_is_raised_unchanged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", f"unix:path={tmp_path}/none")
    with pytest.raises(AdapterError, match="start it"):
        async with radio_of(None) as radio:
            await scan(radio, 1.0)


@pytest.mark.parametrize("address", ["unix:path={}/none", "no address", "tcp:host=127.0.0.1"])
async def test_state_is_unknown_without_a_bus(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", address.format(tmp_path))
    async with bluez() as service:
        assert service.running is None
        assert await service.devices() == ()
        await service.expect_pairing(STRAP)
