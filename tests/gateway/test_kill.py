"""`kill -9` of broker, gateways and service while packets arrive: each packet exactly once."""

import asyncio
import random
import sys
import time
from pathlib import Path

from monitor.analysis.replay import verify
from monitor.clock import SessionClock
from monitor.errors import JournalError
from monitor.gateway.sender import GatewaySender
from monitor.gateway.spool import Spool
from monitor.storage.journal import Journal
from monitor.supervisor import supervise
from tests.durations import CI, SOAK
from tests.gateway.exchange_process import GATEWAYS, numbers
from tests.mqtt.served_session import BASE, listening, until
from tests.servers.mosquitto import Mosquitto
from tests.servers.process import Server, wait_until

KILLS = 25 if SOAK else 5 if CI else 3  # centre, a gateway, broker, centre, the other gateway


def server(broker: Mosquitto, folder: Path, role: str, *more: str) -> Server:
    command = [sys.executable, "-m", "tests.gateway.exchange_process", role, str(folder)]
    command += [str(broker.port), str(broker.ca_file), *more]
    return Server(command, folder / f"{role}{''.join(more)}.log")


def begun(journal: Path) -> bool:
    """Return whether there is a complete journal already."""
    try:
        Journal.read(journal).close()
    except JournalError:
        return False
    return True


def kill(process: Server) -> None:
    process.stop(9)


def test_packets_arrive_exactly_once_despite_killed_processes(
    broker: Mosquitto, tmp_path: Path
) -> None:
    rng = random.Random(3)
    journal = tmp_path / "s.journal"
    centre = server(broker, tmp_path, "centre")
    gateways = {name: server(broker, tmp_path, "gateway", name, "take") for name in GATEWAYS}
    everybody = [centre, *gateways.values()]
    try:
        for each in everybody:
            each.start()
        wait_until(lambda: begun(journal), "a journal")
        for number in range(KILLS):
            before = {name: len(numbers(journal, name)) for name in GATEWAYS}
            for name in GATEWAYS:
                wait_until(
                    lambda name=name, before=before: (  # type: ignore[misc]
                        len(numbers(journal, name)) > before[name]
                    ),
                    f"{name} goes on",
                )
            time.sleep(rng.uniform(0, 0.1))  # the random moment itself
            match number % 3:
                case 0:
                    kill(centre)
                    centre.start()
                case 1:
                    name = GATEWAYS[number // 3 % 2]
                    kill(gateways[name])
                    gateways[name].start()
                case _:
                    broker.kill()
                    broker.start()
        for name, each in gateways.items():
            kill(each)
            gateways[name] = server(broker, tmp_path, "gateway", name, "deliver")
            everybody.append(gateways[name])
            gateways[name].start()
        for name in GATEWAYS:
            taken = numbers(tmp_path / f"{name}.spool", name)
            assert taken == list(range(1, len(taken) + 1))
            assert len(taken) > 100
            wait_until(
                lambda name=name, taken=taken: (  # type: ignore[misc]
                    len(numbers(journal, name)) >= len(taken)
                ),
                f"all of {name} have come",
            )
            assert numbers(journal, name) == taken
    finally:
        for each in everybody:
            each.stop(9)
    with Journal.read(journal) as recorded:
        assert recorded.damage() is None
        assert verify(recorded).difference is None


async def test_failed_gateway_is_offline(broker: Mosquitto, tmp_path: Path) -> None:
    """The broker publishes no last will when a connection is closed normally."""
    spool = Spool.open(tmp_path / "spool", SessionClock.of_machine(), "a" * 16, "room1@s1")
    sender = GatewaySender(spool, broker.config("gateway-room1"), "here", "s1", "room1")
    failed: list[str | None] = []
    topic = f"{BASE}/gateway/room1/status"
    async with (
        listening(broker.config("physiomon"), topic) as listener,
        asyncio.TaskGroup() as tasks,
    ):
        work = supervise("mqtt", sender.run, failed.append, random.Random(1))
        task = tasks.create_task(work)
        await listener.until(lambda each: each.body["state"] == "online")
        spool.close()  # so that nothing can be read from it
        await listener.until(lambda each: each.body["state"] == "offline")
        await until(lambda: bool(failed))
        task.cancel()


async def test_broker_reports_a_killed_service_as_offline(
    broker: Mosquitto, tmp_path: Path
) -> None:
    centre = server(broker, tmp_path, "centre")
    try:
        async with listening(broker.config("screen"), f"{BASE}/status") as listener:
            centre.start()
            there = await listener.until(lambda each: each.body["state"] == "online")
            kill(centre)
            gone = await listener.until(lambda each: each.body["state"] == "offline")
            assert gone.body["run"] == there.body["run"]
    finally:
        centre.stop(9)
