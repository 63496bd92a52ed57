"""Virtual sensors in other processes, connected through a shared radio."""

import asyncio
import json
import random
import re
import sys
from collections.abc import Coroutine, Iterator
from contextlib import AsyncExitStack, ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import DEVNULL, PIPE, Popen

import pytest

from devices.decoders import decode
from devices.discovery import Search
from devices.errors import LinkError
from devices.link import SensorLink
from devices.sensor import SensorSpec
from devices.virtual.controllers import TransportControllers
from devices.virtual.peripherals.catalog import VirtualSensorConfig, default_address, make_sensor
from devices.virtual.shared_radio import SharedRadio
from devices.virtual.shared_radio_server import serve_shared_radio
from monitor.entries import EntryKind
from monitor.errors import JournalError
from monitor.service.radio import radio_of
from monitor.storage.journal import Journal
from tests.durations import PATIENCE_S
from tests.links.test_link import RecordingSink
from tests.servers.forked import PHYSIOMON, Forked, forked
from tests.servers.process import wait_until
from tests.system.command import facts, physiomon, refusal

DATA = Path(__file__).parents[1] / "data"
STRAP = default_address("heart-rate-strap")


@contextmanager
def process(*arguments: str, wait_for: str) -> Iterator[tuple[str, Forked]]:
    """Run `physiomon` until the context ends; yield the line that contains `wait_for`."""
    with forked([PHYSIOMON, *arguments], stdout=PIPE, stderr=DEVNULL) as running:
        assert running.stdout is not None
        yield next(line for line in running.stdout if wait_for in line), running
        running.terminate()
        running.wait()


@contextmanager
def shared_radio() -> Iterator[str]:
    with process("virtual", "shared-radio", "--port", "0", wait_for="shared radio") as (said, _):
        found = re.search(r"127\.0\.0\.1:\d+", said)
        assert found is not None
        yield found[0]


def sensor(*arguments: str) -> "ExitStack":
    stack = ExitStack()
    stack.enter_context(process("virtual", *arguments, wait_for=" is on"))
    return stack


@dataclass
class Waiting(RecordingSink):
    """A sink that can wait for packets."""

    came: asyncio.Event = field(default_factory=asyncio.Event)

    def packet(self, sensor: str, characteristic: str, payload: bytes) -> None:
        super().packet(sensor, characteristic, payload)
        self.came.set()

    async def until(self, characteristic: str, count: int) -> None:
        while (
            len([1 for _, reported_states, _ in self.packets if reported_states == characteristic])
            < count
        ):
            self.came.clear()
            await self.came.wait()


async def packets_of(
    place: str, spec: SensorSpec, characteristic: str, count: int
) -> RecordingSink:
    """Return the data that a link receives from a sensor of another process."""
    sink = Waiting()
    async with asyncio.timeout(PATIENCE_S), radio_of(place) as radio, asyncio.TaskGroup() as tasks:
        link = SensorLink(spec, sink, radio, Search(radio), random.Random(1))
        running = tasks.create_task(link.run())
        await sink.until(characteristic, count)
        running.cancel()
    return sink


def test_scan_finds_sensors_of_other_processes() -> None:
    with shared_radio() as place, sensor("heart-rate-strap", "--shared-radio", place):
        with sensor("broadcast-thermometer", "--shared-radio", place):
            found = physiomon("scan", "--shared-radio", place, "--seconds", "4", "--json")
            kinds = {each["address"]: each["kind"] for each in json.loads(found.stdout)}
        assert kinds == {
            STRAP: "heart-rate-strap",
            default_address("broadcast-thermometer"): "broadcast-thermometer",
        }


def test_link_receives_a_sensor_of_another_process() -> None:
    with (
        shared_radio() as place,
        sensor("pulse-oximeter", "--shared-radio", place, "--name", "Finger"),
    ):
        spec = SensorSpec(label="finger", kind="pulse-oximeter", name="Finger")
        sink = asyncio.run(packets_of(place, spec, "2A5F", 3))
    readings = decode("2A5F", sink.measured("finger", "2A5F")[0]).readings
    assert [each.signal for each in readings] == ["spo2", "pulse_rate"]


def test_session_records_a_sensor_of_another_process(tmp_path: Path) -> None:
    with shared_radio() as place, sensor("heart-rate-strap", "--shared-radio", place):
        (tmp_path / "c.toml").write_text(
            f'[session]\nid = "s"\nsite = "a"\nparticipant = "P"\npolicy = "resting-adult"\n'
            f'[[sensor]]\nlabel = "strap"\nkind = "heart-rate-strap"\n'
            f'[radio]\nvirtual = "{place}"\n[console]\nport = 0\n'
        )
        journal = tmp_path / "journals" / "s.journal"
        with process("run", str(tmp_path / "c.toml"), wait_for="console"):
            wait_until(lambda: packets(journal) >= 5, "five packets")
    described = facts("journal", "info", str(journal), "--json")
    assert described["packets"]["strap"] >= 5
    assert described["virtual"] is True  # a simulation is not real data
    assert physiomon("replay", str(journal), "--verify").returncode == 0


def test_gateway_receives_sensors_of_another_process(tmp_path: Path) -> None:
    """Without a broker, received packets wait in the spool."""
    with shared_radio() as place, sensor("heart-rate-strap", "--shared-radio", place):
        (tmp_path / "g.toml").write_text(
            f'[gateway]\nid = "room1"\nsite = "a"\nsession = "s"\n'
            f'[[sensor]]\nlabel = "strap"\nkind = "heart-rate-strap"\n'
            f'[mqtt]\nhost = "127.0.0.1"\nport = 1\n[radio]\nvirtual = "{place}"\n'
        )
        with process("gateway", str(tmp_path / "g.toml"), wait_for="spool") as (said, _):
            spool = Path(said.rpartition("spool ")[2].strip())
            wait_until(lambda: packets(spool) >= 5, "five packets")


def packets(path: Path) -> int:
    with suppress(JournalError), Journal.read(path) as journal:
        return sum(entry.kind == EntryKind.PACKET for entry in journal.entries())
    return 0


def test_heart_rate_example_of_bumble_is_a_sensor(tmp_path: Path) -> None:
    program, device = DATA / "bumble_heart_rate_server.py.txt", tmp_path / "device.json"
    device.write_text('{"name": "Bumble", "address": "F0:F1:F2:F3:F4:F5"}')
    with (
        shared_radio() as place,
        Popen(
            [sys.executable, program, device, f"tcp-client:{place}"], stdout=DEVNULL, stderr=DEVNULL
        ) as running,
    ):
        spec = SensorSpec(label="strap", kind="heart-rate-strap", name="Bumble Heart")
        sink = asyncio.run(packets_of(place, spec, "2A37", 2))
        running.terminate()
    for payload in sink.measured("strap", "2A37"):
        heart = decode("2A37", payload).readings[0]
        assert heart.signal == "heart_rate"
        assert heart.value is not None
        assert 50 <= heart.value <= 150
    assert [decode("2A38", p).details for p in sink.measured("strap", "2A38")] == [
        {"site": "wrist"}
    ]
    assert sink.measured("strap", "2A29") == [b"ACME"]


def test_sensor_ends_with_a_message_when_its_radio_is_lost() -> None:
    with ExitStack() as airs, ExitStack() as around_radio:
        place = around_radio.enter_context(shared_radio())
        command = [PHYSIOMON, "virtual", "heart-rate-strap", "--shared-radio", place]
        running = airs.enter_context(forked(command, stdout=PIPE, stderr=PIPE))
        assert running.stdout is not None
        assert running.stderr is not None
        assert " is on" in running.stdout.readline()
        around_radio.close()
        said = running.stderr.read()
        assert running.wait() == 1
    assert said == "physiomon: the connection to the shared radio or controller is lost\n"


async def test_link_recovers_when_the_radio_restarts() -> None:
    sink = Waiting()
    spec = SensorSpec(label="strap", kind="heart-rate-strap")
    async with asyncio.timeout(PATIENCE_S), AsyncExitStack() as around:
        airs = await around.enter_async_context(AsyncExitStack())
        port = await airs.enter_async_context(serve_shared_radio(0))
        radio = await around.enter_async_context(radio_of(str(port)))
        tasks = await around.enter_async_context(asyncio.TaskGroup())
        link = SensorLink(spec, sink, radio, Search(radio), random.Random(1))
        listening = tasks.create_task(link.run())
        for last in (False, True):
            strap = make_sensor(joined(port), VirtualSensorConfig(kind="heart-rate-strap"))
            on = tasks.create_task(until_gone(strap.run()))
            seen = len(sink.measured("strap", "2A37"))
            await sink.until("2A37", seen + 2)
            if not last:
                await airs.aclose()
                await on
                port = await airs.enter_async_context(serve_shared_radio(port))
        on.cancel()
        listening.cancel()
    assert sink.reported_states()[0] == sink.reported_states()[-1] == "connected"
    assert "lost" in sink.reported_states()


def joined(port: int) -> SharedRadio:
    return SharedRadio(TransportControllers(f"tcp-client:127.0.0.1:{port}"))


async def until_gone(work: Coroutine[None, None, None]) -> None:
    with suppress(ExceptionGroup):
        await work


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["nose"], "kind 'nose' has no virtual sensor; choose one of: berrymed-oximeter,"),
        (
            ["heart-rate-strap", "--faults", "stored@1+1"],
            "does not support fault 'stored'; choose one of: drop-out",
        ),
        (
            ["heart-rate-strap", "--faults", "rain"],
            "'rain' is not a valid fault; use KIND@START+LENGTH",
        ),
        (
            ["heart-rate-strap", "--shared-radio", "10.0.0.1:7300"],
            "is not a shared radio on this machine; write 127.0.0.1:PORT",
        ),
        (["heart-rate-strap", "--shared-radio", "127.0.0.1:1"], "nothing answers at"),
        (["heart-rate-strap", "--transport", "smoke:1"], "transport 'smoke:1' cannot be opened"),
        (
            ["heart-rate-strap", "--transport", "vhci"],
            "a sensor needs a controller: use an adapter",
        ),
        (["heart-rate-strap", "--address", "00:11:22:33:44:55"], "is not a static address"),
        (
            ["broadcast-thermometer", "--format", "smoke"],
            "format 'smoke' does not exist; choose one of: bthome",
        ),
        (["broadcast-thermometer", "--format", "ruuvi", "--key", "0" * 32], "is never encrypted"),
        (["broadcast-thermometer", "--key", "0"], "'0' is not a valid key; use 32 hex digits"),
    ],
)
def test_invalid_option_is_one_sentence(arguments: list[str], sentence: str) -> None:
    assert sentence in refusal("virtual", *arguments)


def test_two_sensors_cannot_share_an_address() -> None:
    with shared_radio() as place, sensor("heart-rate-strap", "--shared-radio", place):
        assert "does another device on this shared radio have the same address?" in refusal(
            "virtual", "heart-rate-strap", "--shared-radio", place
        )


async def test_garbage_on_the_port_does_not_disturb_others() -> None:
    async with asyncio.timeout(PATIENCE_S), serve_shared_radio(0) as port:
        for noise in (b"", b"\xff" * 100, b"\x01\x03\x0c", b"\x01\xff\xff\x00", bytes(range(256))):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(noise)
            await writer.drain()
            writer.close()
            await writer.wait_closed()
        strap = make_sensor(joined(port), VirtualSensorConfig(kind="heart-rate-strap"))
        async with asyncio.TaskGroup() as tasks:
            running = tasks.create_task(strap.run())
            await strap.is_on.wait()
            running.cancel()


async def test_port_in_use_is_reported() -> None:
    async with serve_shared_radio(0) as port:
        with pytest.raises(LinkError, match="choose another port"):
            async with serve_shared_radio(port):
                pass
