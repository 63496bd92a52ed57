"""Two gateways with one id: an alarm, and values of two people are never mixed."""

import asyncio
from pathlib import Path

import pytest
from aiomqtt import Client, MqttCodeError, MqttError
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.reasoncodes import ReasonCode

from alerts.alarm_fact import AlarmFact
from monitor.analysis.replay import verify
from monitor.clock import SessionClock
from monitor.delivery.errors import UnavailableError
from monitor.entries import EntryKind
from monitor.gateway.spool import Spool
from monitor.mqtt.broker import MqttConfig, connected
from monitor.mqtt.gateway_identity import GatewayIdentity
from tests.durations import PATIENCE_S
from tests.gateway.test_exchange import ABOUT, Pair
from tests.servers.mosquitto import Mosquitto

SECOND = 10**9
A, A_AGAIN, B = (letter * 16 for letter in "acb")


class Room:
    """Messages of the runs of gateways with one id."""

    def __init__(self) -> None:
        self.now_ns = 0
        self.identity = GatewayIdentity(None, 0)

    def hear(self, epoch: str, *before: str, after: float = 5, again: bool = False) -> bool:
        """Receive a message of a run some seconds later."""
        self.now_ns += round(after * SECOND)
        sent_ns = 0 if again else self.now_ns
        taken = self.identity.accepts(self.now_ns, epoch, before, sent_ns)
        self.identity.expire(self.now_ns)
        return taken


def test_restarted_gateway_is_accepted_once_the_previous_run_is_silent() -> None:
    room = Room()
    assert room.hear(A)
    assert not room.hear(A_AGAIN, A, after=2)
    assert room.hear(A_AGAIN, A, after=5)
    assert not room.identity.duplicate


def test_spare_gateway_is_accepted_once_the_first_is_silent() -> None:
    room = Room()
    assert room.hear(A)
    assert not any(room.hear(B) for _ in range(8))
    assert room.hear(B)  # 45 s after the first was heard last
    assert not room.identity.duplicate


def test_second_gateway_is_refused_and_reported() -> None:
    room = Room()
    told = []
    for _ in range(100):
        assert room.hear(A, after=3)
        assert not room.hear(B, after=2)
        told.append(room.identity.duplicate)
    assert told[:3] == [False, False, True]
    assert all(told[2:])


def test_gateways_that_displace_each_other_at_the_broker_are_duplicates() -> None:
    """With the same client id each is connected for half a minute at most."""
    room = Room()
    told = []
    for _ in range(20):
        assert room.hear(A, after=15)
        assert room.hear(A, after=5)
        assert not room.hear(B, after=15)
        assert not room.hear(B, after=5)
        told.append(room.identity.duplicate)
    assert told == [False] + 19 * [True]


def test_duplicate_report_ends_when_only_one_gateway_is_left() -> None:
    room = Room()
    for _ in range(5):
        room.hear(A)
        room.hear(B)
    assert room.identity.duplicate
    assert all(room.hear(A) for _ in range(13))
    assert not room.identity.duplicate


def test_second_gateway_takes_over_after_a_long_silence_of_the_first() -> None:
    room = Room()
    for _ in range(5):
        room.hear(A)
        room.hear(B)
    assert not any(room.hear(B) for _ in range(58))
    assert room.hear(B)
    assert not room.hear(A)


def test_copied_card_is_not_accepted_as_a_restart() -> None:
    """Both spools name the same old run; neither names the current run of the first."""
    room = Room()
    assert room.hear(A, "0" * 16)
    for _ in range(3):
        assert not room.hear(B, "0" * 16, after=2)
        assert room.hear(A, "0" * 16, after=3)
    assert room.identity.duplicate


def test_repeated_message_is_not_a_second_gateway() -> None:
    room = Room()
    room.hear(A, again=True)
    room.hear(A_AGAIN, A, after=10)
    for _ in range(5):
        room.hear(A, again=True)
        room.hear(A_AGAIN, A)
    assert not room.identity.duplicate


def test_gateway_killed_twice_is_recognised() -> None:
    room = Room()
    room.hear(A)
    assert room.hear(B, A_AGAIN, A, after=8)


def copy_of(pair: Pair, folder: Path) -> Spool:
    """Return the spool of a second gateway that has everything of the first but the spool."""
    folder.mkdir()
    hands = pair.hands
    clock = SessionClock(lambda: hands.wall_ns, lambda: hands.monotonic_ns)
    return Spool.open(folder / "spool", clock, "b" * 16, ABOUT)


def test_values_of_a_second_gateway_are_not_recorded(tmp_path: Path) -> None:
    pair = Pair(tmp_path)
    pair.take(5)
    pair.deliver()
    second = copy_of(pair, tmp_path / "second")
    for _ in range(20):
        pair.take(5)
        second.packet("strap", "2A37", bytes([0x06, 180]))
        pair.deliver()
        receipt = pair.hear(second.message(None))
        assert receipt is None or receipt.duplicate == "refused"
        pair.look()
    assert receipt is not None
    assert (receipt.epoch, receipt.through_ns) == (second.epoch, 0)
    assert pair.numbers() == list(range(1, pair.taken + 1))
    told = [fact for fact in pair.session.history if isinstance(fact, AlarmFact)]
    (raised,) = (fact for fact in told if fact.rule == "duplicate-gateway")
    assert (raised.subject, raised.step, raised.priority) == ("room1", "raised", "high")
    assert "two gateways have the id 'room1'" in raised.cause
    for _ in range(61):
        pair.take(1)
        pair.deliver()
        pair.look()
    assert pair.alarms("duplicate-gateway") == ["raised", "cleared"]
    gateway = [e for e in pair.session.journal.entries() if e.kind == EntryKind.GATEWAY]
    assert {entry.body()["epoch"] for entry in gateway} == {pair.spool.epoch}
    pair.session.end("looked at")
    assert verify(pair.session.journal).difference is None
    second.close()
    pair.close()


def test_second_gateway_is_refused_after_a_restart_of_the_service(tmp_path: Path) -> None:
    pair = Pair(tmp_path)
    pair.take(5)
    pair.deliver()
    second = copy_of(pair, tmp_path / "second")
    second.packet("strap", "2A37", bytes([0x06, 180]))
    pair.kill_centre()
    assert pair.hear(second.message(None)) is None
    pair.take(5)
    pair.deliver()
    assert pair.numbers() == list(range(1, 11))
    second.close()
    pair.close()


async def test_connection_takeover_is_reported(broker: Mosquitto) -> None:
    config, there = broker.config("physiomon"), asyncio.Event()

    async def first() -> str:
        with pytest.raises(UnavailableError) as caught:
            async with connected(config, "same-name") as client:
                there.set()
                async for _ in client.messages:
                    pass
        return str(caught.value)

    async with asyncio.timeout(PATIENCE_S), asyncio.TaskGroup() as tasks:
        running = tasks.create_task(first())
        await there.wait()
        async with connected(config, "same-name"):
            words = await running
    assert "check that this session, or a gateway with this id, is not running twice" in words


async def test_disconnect_reason_of_the_broker_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    """MQTT 5 has a reason for it; the broker of these tests does not send it yet."""
    reason = ReasonCode(PacketTypes.DISCONNECT, identifier=142)

    async def taken(_: Client) -> Client:
        raise MqttError("Disconnected") from MqttCodeError(reason, "Unexpected disconnection")

    async def left(*_: object) -> None:
        return

    monkeypatch.setattr(Client, "__aenter__", taken)
    monkeypatch.setattr(Client, "__aexit__", left)
    with pytest.raises(UnavailableError, match="another program connected"):
        async with connected(MqttConfig(host="127.0.0.1", port=1), "x"):
            pass
