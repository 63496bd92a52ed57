"""Scripted sessions: a list of events, played through the engine."""

from dataclasses import dataclass, field

from alerts.policy.parser import parse_policy
from devices.sensor import SensorSpec
from monitor.core.engine import Engine
from monitor.core.session_spec import DERIVATION, SessionSpec
from monitor.entries import Entry, EntryKind, body_bytes
from monitor.facts import AlarmFact, Fact

START_NS = 1_700_000_000 * 10**9

POLICY = """
name = "test"
version = "1"
reviewed_by = ""

[[rule]]
id = "hr-high"
signal = "heart_rate"
above = 110
sustain = "10s"
clear = 105
clear_after = "5s"
priority = "medium"
message = "Heart rate high"
source = "test"

[[rule]]
id = "hr-low"
signal = "heart_rate"
at_most = 40
sustain = "5s"
priority = "high"
latch = true
message = "Heart rate low"
source = "test"

[[rule]]
id = "hr-rise"
signal = "heart_rate"
at_least = "baseline + 30"
sustain = "10s"
clear = "baseline + 25"
priority = "info"
message = "Heart rate 30 above baseline"
source = "test"

[[rule]]
id = "hr-jump"
signal = "heart_rate"
above = "rolling(1min) + 20"
priority = "low"
message = "Sudden rise"
source = "test"

[[rule]]
id = "ct-high"
signal = "core_temperature"
above = 38.0
priority = "medium"
message = "Core temperature high"
source = "test"

[[rule]]
id = "ct-rate"
signal = "core_temperature"
rise = "0.5 in 15min"
priority = "low"
message = "Core temperature rises fast"
source = "test"

[[rule]]
id = "both"
all = ["core_temperature above 38.0", "heart_rate above 120"]
priority = "high"
message = "Hot and fast"
source = "test"

[[rule]]
id = "no-hr"
signal = "heart_rate"
absent = "10s"
priority = "low"
message = "No heart rate"
source = "test"

[[rule]]
id = "off-body"
signal = "heart_rate"
invalid = "5s"
priority = "low"
message = "Strap off the body"
source = "test"

[[rule]]
id = "frozen"
signal = "heart_rate"
frozen = "60s"
priority = "low"
message = "Heart rate does not change"
source = "test"

[[rule]]
id = "battery"
signal = "battery"
below = 20
priority = "low"
message = "Battery low"
source = "test"

[[rule]]
id = "clock"
fault = "clock-jump"
priority = "low"
message = "Clock was set"
source = "test"

[[rule]]
id = "no-baseline"
fault = "baseline-not-established"
priority = "low"
message = "Baseline not established"
source = "test"

[[rule]]
id = "garbage"
fault = "decode-errors"
priority = "low"
message = "Sensor sends garbage"
source = "test"
"""


def spec(policy: str = POLICY, derivation: int = DERIVATION) -> SessionSpec:
    return SessionSpec(
        id="s1",
        site="here",
        room="1",
        participant="P01",
        virtual=True,
        software="0",
        policy=parse_policy(policy, "test policy"),
        sensors=(
            SensorSpec(label="strap", kind="heart-rate-strap"),
            SensorSpec(label="patch", kind="core-patch"),
        ),
        derivation=derivation,
    )


@dataclass
class Script:
    """Plays a session second by second; every fact is kept."""

    policy: str = POLICY
    engine: Engine = field(default_factory=Engine)
    entries: list[Entry] = field(default_factory=list)
    facts: list[tuple[int, Fact]] = field(default_factory=list)
    second: float = 0.0
    derivation: int = DERIVATION

    def __post_init__(self) -> None:
        self.enter(EntryKind.SESSION, "s1", body_bytes(spec(self.policy, self.derivation).body()))

    def enter(
        self, kind: EntryKind, source: str, payload: bytes, measured_s: float | None = None
    ) -> None:
        received_ns = START_NS + round(self.second * 1e9)
        if self.entries:
            received_ns = max(received_ns, self.entries[-1].received_ns + 1)
        entry = Entry(
            seq=len(self.entries) + 1,
            received_ns=received_ns,
            kind=kind,
            source=source,
            payload=payload,
            measured_ns=None if measured_s is None else START_NS + round(measured_s * 1e9),
        )
        self.entries.append(entry)
        self.facts += self.engine.apply(entry)

    def at(self, second: float) -> "Script":
        self.second = second
        return self

    def heart(self, bpm: int, flags: int = 0x06) -> None:
        self.enter(EntryKind.PACKET, "strap/2A37", bytes([flags, bpm]))

    def core(self, celsius: float, measured_s: float | None = None) -> None:
        mantissa = round(celsius * 100).to_bytes(3, "little")
        self.enter(EntryKind.PACKET, "patch/2A1C", b"\x04" + mantissa + b"\xfe\x02", measured_s)

    def raw(self, source: str, payload: str) -> None:
        self.enter(EntryKind.PACKET, source, bytes.fromhex(payload))

    def tell(self, kind: EntryKind, source: str, **body: object) -> None:
        self.enter(kind, source, body_bytes(body))

    def hearts(self, start: int, stop: int, bpm: int) -> None:
        """One packet a second; the value varies by one, as in any living person."""
        for second in range(start, stop):
            self.at(second).heart(bpm + second % 2)

    def until(self, second: float) -> "Script":
        """Advance the time as a timer would."""
        self.second = second
        late = self.engine.advance(START_NS + round(second * 1e9))
        self.facts += [(self.engine.seq, fact) for fact in late]
        return self

    def alarms(self, rule: str | None = None) -> list[str]:
        """Return the alarm steps as ``second rule step``, without covered and uncovered."""
        return [
            f"{(fact.at_ns - START_NS) / 1e9:g} {fact.rule} {fact.step}"
            for fact in self.alarm_facts()
            if rule in (None, fact.rule) and fact.step not in ("covered", "uncovered")
        ]

    def alarm_facts(self) -> list[AlarmFact]:
        return [fact for _, fact in self.facts if isinstance(fact, AlarmFact)]
