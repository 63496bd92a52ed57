"""A gateway and a copy of its card run together: reported at all three, and no values are mixed."""

from pathlib import Path

from monitor.analysis.replay import verify
from monitor.storage.journal import Journal
from tests.gateway.exchange_process import CLONED, numbers
from tests.gateway.test_kill import begun, server
from tests.mqtt.served_session import BASE, listening
from tests.servers.mosquitto import Mosquitto
from tests.servers.process import wait_until


def log_of(folder: Path) -> str:
    return "".join(file.read_text() for file in folder.glob("gateway*.log"))


async def test_cloned_gateway_is_refused_and_reported_everywhere(
    broker: Mosquitto, tmp_path: Path
) -> None:
    journal, copy = tmp_path / "s.journal", tmp_path / "copy"
    copy.mkdir()
    centre = server(broker, tmp_path, "centre")
    first = server(broker, tmp_path, "gateway", "room1", "take")
    clone = server(broker, copy, "gateway", "room1", "clone")
    alarm = f"{BASE}/alarm/duplicate-gateway/room1"
    try:
        for each in (centre, first):
            each.start()
        wait_until(lambda: begun(journal) and bool(numbers(journal, "room1")), "the first sends")
        async with listening(broker.config("screen"), f"{BASE}/alarm/#") as display:
            clone.start()
            raised = await display.until(lambda each: each.topic == alarm and bool(each.payload))
        assert raised.body["priority"] == "high"
        wait_until(lambda: "refuses this one" in log_of(copy), "the log of the clone")
        wait_until(lambda: "refuses the other one" in log_of(tmp_path), "the log of the first one")
        before = len(numbers(journal, "room1"))
        wait_until(lambda: len(numbers(journal, "room1")) > before, "the first goes on")
    finally:
        for each in (centre, first, clone):
            each.stop(9)
    arrived = numbers(journal, "room1")
    assert arrived == list(range(1, len(arrived) + 1))
    assert min(numbers(copy / "room1.spool", "room1")) > CLONED
    with Journal.read(journal) as recorded:
        assert verify(recorded).difference is None
