"""A spool and a session over an unreliable connection: each entry arrives once, in order."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from devices.packets import Quality
from devices.radio import LinkState
from devices.sensor import SensorSpec
from monitor.analysis.replay import verify
from monitor.clock import SessionClock
from monitor.core.session_spec import SessionSpec
from monitor.entries import EntryKind
from monitor.gateway.clock_offset import ClockOffset
from monitor.gateway.spool import Spool
from monitor.mqtt.gateway_receiver import GatewayReceiver
from monitor.mqtt.messages import PacketsMessage, ReceiptMessage
from monitor.sessions.session import Session
from tests.durations import examples
from tests.engine.scripted_session import POLICY, spec
from tests.sessions.manual_clocks import Hands

ABOUT = "room1@s1"
OFFSET = """
[[rule]]
id = "offset"
fault = "clock-offset"
priority = "low"
message = "A gateway's clock is wrong"
source = "test"
"""


def gateway_spec(gateway: str = "room1", patch: str = "core-patch") -> SessionSpec:
    """The usual session, whose sensors come through a gateway."""
    usual = spec(POLICY + OFFSET)
    sensors = (
        SensorSpec(label="strap", kind="heart-rate-strap", gateway=gateway),
        SensorSpec(label="patch", kind=patch, gateway=gateway),
    )
    return replace(usual, sensors=sensors)


def heart(number: int) -> bytes:
    """A measurement with two RR intervals, whose four bytes carry the number."""
    return bytes([0x16, 70 + number % 5]) + number.to_bytes(4, "little")


@dataclass
class Pair:
    """A gateway and a centre in one process; each may be killed at any moment."""

    folder: Path
    ahead_s: float = 0.0
    kind: str = "core-patch"
    hands: Hands = field(default_factory=Hands)
    clock: ClockOffset = field(default_factory=ClockOffset)
    taken: int = 0
    epochs: int = 0

    def __post_init__(self) -> None:
        self.start_gateway()
        self.start_centre()

    def start_gateway(self) -> None:
        ahead_ns, hands = round(self.ahead_s * 1e9), self.hands
        clock = SessionClock(lambda: hands.wall_ns + ahead_ns, lambda: hands.monotonic_ns)
        self.epochs += 1
        self.spool = Spool.open(self.folder / "spool", clock, f"{self.epochs:016x}", ABOUT)
        self.clock = ClockOffset()

    def start_centre(self) -> None:
        self.session = Session.open(
            gateway_spec(patch=self.kind), self.folder / "s.journal", self.hands.clock()
        )
        self.backend = GatewayReceiver(self.session, ["room1"])

    def kill_gateway(self) -> None:
        self.spool._journal.close()
        self.start_gateway()

    def kill_centre(self) -> None:
        self.session.journal.close()  # pending facts are derived again
        self.start_centre()

    def take(self, count: int) -> None:
        for _ in range(count):
            self.hands.pass_s(1)
            self.taken += 1
            self.spool.packet("strap", "2A37", heart(self.taken))

    def ask(self) -> PacketsMessage:
        best = self.clock.best
        return self.spool.message(None if best is None else (best.offset_ns, best.delay_ns))

    def hear(self, message: PacketsMessage) -> ReceiptMessage | None:
        return self.backend.receive(
            "room1", message.model_dump_json(exclude_defaults=True).encode()
        )

    def answer(self, message: PacketsMessage) -> ReceiptMessage:
        receipt = self.hear(message)
        if receipt is None:  # restarted: the previous run has to be silent for a while
            self.hands.pass_s(8)
            receipt = self.hear(message)
        assert receipt is not None
        return receipt

    def learn(self, receipt: ReceiptMessage) -> None:
        self.clock.add(
            sent_ns=receipt.sent_ns,
            received_ns=receipt.received_ns,
            answered_ns=receipt.answered_ns,
            back_ns=self.spool.now_ns(),
        )
        self.spool.acknowledge(receipt.epoch, receipt.through_ns)

    def deliver(self) -> None:
        while True:
            message = self.ask()
            self.learn(self.answer(message))
            if not message.entries and not message.left and message.epoch == self.spool.epoch:
                self.session.derive()
                return

    def look(self) -> None:
        self.backend.look()
        self.session.derive()

    def numbers(self) -> list[int]:
        return [
            int.from_bytes(entry.payload[2:], "little")
            for entry in self.session.journal.entries()
            if entry.kind == EntryKind.PACKET
        ]

    def alarms(self, rule: str) -> list[str]:
        return [fact.step for fact in self.session.history if fact.rule == rule]

    def close(self) -> None:
        self.session.end("done")
        self.session.close()
        self.spool.close()


MOVES = st.lists(
    st.sampled_from(
        ["take", "take many", "send", "lose", "lose receipt", "twice", "old", "kill g", "kill c"]
    ),
    max_size=40,
)


@settings(max_examples=examples(20), deadline=None)
@given(MOVES)
def test_packets_arrive_once_and_in_order_despite_losses_and_kills(moves: Sequence[str]) -> None:
    with TemporaryDirectory() as folder:
        pair = Pair(Path(folder))
        sent: list[PacketsMessage] = []
        for move in moves:
            match move:
                case "take":
                    pair.take(1)
                case "take many":
                    pair.take(130)
                case "kill g":
                    pair.kill_gateway()
                case "kill c":
                    pair.kill_centre()
                case "lose":
                    pair.ask()
                case "old" if sent:
                    pair.hear(sent[len(sent) // 2])
                case _:
                    sent.append(pair.ask())
                    receipt = pair.answer(sent[-1])
                    if move == "twice":
                        receipt = pair.answer(sent[-1])
                    if move != "lose receipt":
                        pair.learn(receipt)
        pair.deliver()
        assert pair.numbers() == list(range(1, pair.taken + 1))
        pair.session.end("looked at")
        assert verify(pair.session.journal).difference is None
        pair.close()


def test_service_that_lost_entries_gets_them_again(tmp_path: Path) -> None:
    pair = Pair(tmp_path)
    pair.take(5)
    pair.deliver()
    pair.session.journal.close()
    copy = (tmp_path / "s.journal").read_bytes()
    pair.start_centre()
    pair.take(5)
    pair.deliver()
    pair.session.journal.close()
    for leftover in tmp_path.glob("s.journal*"):
        leftover.unlink()
    (tmp_path / "s.journal").write_bytes(copy)  # a power cut: the disk has its earlier content
    pair.start_centre()
    pair.deliver()  # an empty message: the gateway learns the position to resume from
    pair.deliver()
    assert pair.numbers() == list(range(1, 11))
    pair.close()


def test_packets_delayed_by_an_outage_keep_their_times_and_raise_no_alarm(tmp_path: Path) -> None:
    pair = Pair(tmp_path)
    for _ in range(30):  # live: the outage follows
        pair.take(1)
        pair.deliver()
    for _ in range(300):  # far too fast, during the outage
        pair.hands.pass_s(1)
        pair.spool.packet("strap", "2A37", bytes([0x06, 190]))
    pair.look()
    assert pair.session.engine.sensors["strap"].state == "lost"
    assert "silent" in pair.session.notices["gateway room1"]
    for _ in range(120):  # calm again
        pair.hands.pass_s(1)
        pair.spool.packet("strap", "2A37", bytes([0x06, 70]))
    pair.session.derive()
    assert pair.alarms("no-hr")[-1] == "raised"
    pair.deliver()
    assert pair.alarms("hr-high") == []
    assert pair.alarms("hr-jump") == []
    channel = pair.session.engine.channels["strap/heart_rate"]
    assert channel.value == 70
    assert not channel.lost  # the last of them are current
    assert pair.alarms("no-hr")[-1] == "cleared"
    pair.session._recorder.write()
    readings = [row for row in pair.session.journal.facts() if row.kind == "reading"]
    fast = [row for row in readings if '"value":190' in row.payload]
    assert len(fast) == 300
    assert fast[-1].at_ns - fast[0].at_ns == 299 * 10**9
    assert "gateway room1" not in pair.session.notices
    pair.close()


def test_packets_delivered_immediately_are_evaluated(tmp_path: Path) -> None:
    pair = Pair(tmp_path)
    for second in range(40):
        pair.hands.pass_s(1)
        pair.spool.packet("strap", "2A37", bytes([0x06, 150 + second % 2]))
        pair.deliver()  # live: it is judged like that of any sensor
    assert pair.alarms("hr-high") == ["raised"]
    pair.close()


def test_packets_received_during_a_gateway_standstill_raise_no_alarm(tmp_path: Path) -> None:
    pair = Pair(tmp_path, ahead_s=30)
    pair.spool._standstill.watch(pair.spool.now_ns(), 5 * 10**9)
    for _ in range(3):
        pair.deliver()
    for _ in range(20):
        pair.take(1)
        pair.spool._standstill.alive(pair.spool.now_ns())
    pair.deliver()
    stood_ns = pair.session.now_ns()
    pair.hands.pass_s(60)
    for _ in range(20):  # packets held by its radio
        pair.spool.packet("strap", "2A37", bytes([0x06, 190]))
    pair.deliver()
    assert pair.alarms("hr-high") == []
    (told,) = (fact for fact in pair.session.history if fact.rule == "standstill")
    assert told.subject == "room1"
    assert "gateway 'room1' stood still, or its computer slept" in told.cause
    assert "(60 s)" in told.cause
    pair.session.flush()
    stored = [
        row.at_ns
        for row in pair.session.journal.facts()
        if row.kind == "reading" and json.loads(row.payload)["quality"] == Quality.STORED
    ]
    assert len(stored) == 20
    assert all(at_ns >= stood_ns + 59 * 10**9 for at_ns in stored)
    pair.spool._record(EntryKind.STANDSTILL, "physiomon", {"over": True})
    for second in range(15):
        pair.hands.pass_s(1)
        pair.spool._standstill.alive(pair.spool.now_ns())
        pair.spool.packet("strap", "2A37", bytes([0x06, 130 + second % 2]))
        pair.deliver()
    assert pair.alarms("hr-high") == ["raised"]
    pair.session.end("looked at")
    assert verify(pair.session.journal).difference is None
    pair.close()


def test_wrong_gateway_clock_is_corrected_recorded_and_raises_an_alarm(tmp_path: Path) -> None:
    pair = Pair(tmp_path, ahead_s=-75.0)
    message = pair.ask()
    pair.learn(pair.answer(message))  # the first exchange determines the offset
    pair.take(3)
    pair.deliver()
    entries = list(pair.session.journal.entries())
    told = [entry.body() for entry in entries if entry.kind == EntryKind.GATEWAY]
    assert [each["offset_ns"] for each in told] == [75 * 10**9]
    assert pair.alarms("offset") == ["raised"]
    raw = [entry.measured_ns for entry in entries if entry.kind == EntryKind.PACKET]
    assert raw[-1] == pair.hands.wall_ns - 75 * 10**9  # as the gateway said
    channel = pair.session.engine.channels["strap/heart_rate"]
    assert channel.at_ns == pair.hands.wall_ns  # as it was
    assert not channel.lost
    pair.ahead_s = 0.2
    pair.kill_gateway()  # its clock was set
    pair.learn(pair.answer(pair.ask()))
    pair.take(1)
    pair.deliver()
    assert pair.alarms("offset") == ["raised", "cleared"]
    pair.session.end("looked at")
    assert verify(pair.session.journal).difference is None
    pair.close()


def test_data_dated_before_the_session_is_recorded_as_stored_when_it_arrives(
    tmp_path: Path,
) -> None:
    pair = Pair(tmp_path, ahead_s=-1.7e9)  # a board without a clock starts in 1970
    for _ in range(40):
        pair.hands.pass_s(1)
        pair.spool.packet("strap", "2A37", bytes([0x06, 190]))
    pair.kill_gateway()  # before any exchange: the offset of that run is never known
    came_ns = pair.session.now_ns()
    pair.deliver()
    assert pair.alarms("hr-high") == []
    for second in range(15):
        pair.hands.pass_s(1)
        pair.spool.packet("strap", "2A37", bytes([0x06, 130 + second % 2]))
        pair.deliver()  # the offset of this run is known
    assert pair.alarms("hr-high") == ["raised"]
    pair.session.flush()
    rows = [row for row in pair.session.journal.facts() if row.kind == "reading"]
    assert all(row.at_ns >= came_ns for row in rows)
    fast = [json.loads(row.payload) for row in rows if '"value":190' in row.payload]
    assert [body["quality"] for body in fast] == [Quality.STORED] * 40
    pair.session.end("looked at")
    assert verify(pair.session.journal).difference is None
    pair.close()


def test_link_states_are_relayed_without_addresses_or_names(tmp_path: Path) -> None:
    pair = Pair(tmp_path)
    pair.spool.link("strap", LinkState.CONNECTED, "", -60)
    pair.spool.link("patch", LinkState.SEARCHING, "Anna's patch at AA:BB:CC:DD:EE:FF", None)
    pair.spool.packet("strap", "2A23", bytes.fromhex("aabbccfffeddeeff"))  # holds the address
    pair.spool.packet("strap", "2A25", b"SN-4711")
    sent = pair.ask().model_dump_json()
    assert not {word for word in ("AA:BB", "Anna", "aabbcc", b"4711".hex()) if word in sent}
    pair.deliver()
    sensors = pair.session.engine.sensors
    assert (sensors["strap"].state, sensors["strap"].rssi) == ("connected", -60)
    assert "not found by gateway 'room1'" in sensors["patch"].reason
    assert sensors["strap"].reason == ""
    for radio, words in (
        (
            (
                "Strap 'strap' is connected: no ECG: start failed (Anna's dev_AA:BB (x); y): "
                "no battery level: reading was refused (0x02 read not permitted)."
            ),
            "no ECG: start failed.",
        ),
        (
            (
                "Strap 'strap' is connected: no serial number: reading failed (Anna's AA:BB); "
                "no battery level: timed out."
            ),
            "no serial number: reading failed; no battery level: timed out.",
        ),
        ("Anna's AA:BB", "it does not provide everything."),
        (
            "Strap 'strap' is connected: no ECG: start was refused (0x03 write not permitted).",
            "no ECG: start was refused (0x03 write not permitted).",
        ),
    ):
        pair.spool.link("strap", LinkState.CONNECTED, radio, -60)
        sent = pair.ask().model_dump_json()
        assert not {word for word in ("AA:BB", "Anna") if word in sent}
        pair.deliver()
        reason = sensors["strap"].reason
        assert reason == f"Sensor 'strap' is connected to gateway 'room1': {words}"
    assert sensors["strap"].state == "connected"
    pair.hands.pass_s(20)
    pair.look()
    assert sensors["strap"].state == "lost"
    pair.deliver()  # connected again: its earlier state is restored
    assert sensors["strap"].state == "connected"
    pair.kill_centre()
    pair.deliver()
    assert pair.session.engine.sensors["strap"].state == "connected"
    pair.close()


def test_data_of_other_sensors_is_refused_counted_and_reported(tmp_path: Path) -> None:
    pair = Pair(tmp_path)
    for uuid in ("2A5F", "2A1C", "2A37"):
        pair.spool.packet("strap", uuid, bytes([0x00, 0x61, 0x00, 0x48, 0x00]))
    for number in range(300):
        pair.spool.packet(f"ghost-{number}", "2A37", heart(0))
    pair.take(1)
    pair.deliver()
    packets = [e.source for e in pair.session.journal.entries() if e.kind == EntryKind.PACKET]
    assert packets == ["strap/2A37"] * 2
    faults = [e.body() for e in pair.session.journal.entries() if e.kind == EntryKind.FAULT]
    why = (
        "gateway 'room1' sends continuous measurement of sensor 'strap', which a sensor of "
        "kind 'heart-rate-strap' does not have: check that its kind is the same in the gateway's "
        "file"
    )
    assert [fault["reason"] for fault in faults] == [why]
    assert pair.session.notices["refused room1"] == (
        "gateway 'room1' sends sensor 'ghost-299', which is not one of its sensors in this "
        "session; 302 entries refused"
    )
    assert pair.alarms("gateway-refused") == ["raised"]
    pair.kill_centre()
    pair.take(1)
    pair.spool.packet("ghost-1", "2A37", heart(0))
    pair.deliver()
    pair.hands.pass_s(59)
    pair.look()
    assert "refused room1" in pair.session.notices
    pair.hands.pass_s(1)
    pair.look()
    assert "refused room1" not in pair.session.notices
    assert pair.alarms("gateway-refused") == ["raised", "cleared"] * 2
    assert pair.numbers()[1:] == [1, 2]
    pair.session.end("looked at")
    assert verify(pair.session.journal).difference is None
    pair.close()


def test_advertisements_are_relayed_unless_too_long(tmp_path: Path) -> None:
    pair = Pair(tmp_path, kind="broadcast-thermometer")
    advert = bytes.fromhex("0A16D2FC4002CA0903BF13")
    pair.spool.packet("patch", "advert", advert)
    pair.spool.packet("patch", "advert", bytes(2049))
    pair.spool.packet("patch", "advert", bytes(1650))
    pair.deliver()
    packets = [e.payload for e in pair.session.journal.entries() if e.kind == EntryKind.PACKET]
    assert packets == [advert, bytes(1650)]
    assert pair.session.engine.channels["patch/ambient_temperature"].value == 25.06
    pair.close()
