"""Sessions under a shipped policy, with their alarms."""

import random
from collections.abc import Iterable
from dataclasses import replace

from alerts.alarm_fact import full_text
from alerts.policy.parser import load_shipped
from devices.sensor import SensorSpec
from monitor.core.engine import Engine
from monitor.entries import EntryKind, body_bytes
from monitor.facts import AlarmFact, Fact, payload
from tests.engine.scripted_session import Script, spec

MDMA = load_shipped("mdma-session").text
REST = load_shipped("resting-adult").text
STRAP = SensorSpec(label="strap", kind="heart-rate-strap")
STRAP_2 = SensorSpec(label="strap2", kind="heart-rate-strap")
PATCH = SensorSpec(label="patch", kind="core-patch")
OXIMETER = SensorSpec(label="oximeter", kind="pulse-oximeter")
OFF_BODY = "04FFFF7F0002"  # sent by a patch without a measurement
_DOWN = ("cleared", "withdrawn", "reset")


class Play(Script):
    """A scripted session with any sensors and policy."""

    def __init__(self, *sensors: SensorSpec, policy: str = MDMA) -> None:
        self.sensors = sensors or (STRAP, PATCH)
        super().__init__(policy)
        for sensor in self.sensors:
            self.link(sensor.label, "connected")

    def enter(
        self, kind: EntryKind, source: str, payload: bytes, measured_s: float | None = None
    ) -> None:
        if kind == EntryKind.SESSION:
            payload = body_bytes(replace(spec(self.policy), sensors=self.sensors).body())
        super().enter(kind, source, payload, measured_s)

    def at(self, second: float) -> "Play":
        self.second = second
        return self

    def until(self, second: float) -> "Play":
        super().until(second)
        return self

    # Packets

    def beat(self, bpm: int, label: str = "strap", rr_ms: int | None = None) -> None:
        """One packet of a strap, with an interval if there is one."""
        beats = b"" if rr_ms is None else round(rr_ms * 1.024).to_bytes(2, "little")
        self.raw(f"{label}/2A37", (bytes([0x16 if beats else 0x06, bpm]) + beats).hex())

    def rates(self, start: int, values: Iterable[int | None]) -> "Play":
        """One packet a second with these rates; None: no packet."""
        for second, bpm in enumerate(values, start):
            self.at(second)
            if bpm is not None:
                self.beat(bpm)
        return self

    def cores(self, start: int, stop: int, celsius: float, every: int = 10) -> "Play":
        """One packet of the patch every so many seconds; the value varies by a hundredth."""
        for second in range(start, stop, every):
            self.at(second).core(celsius + second // every % 2 / 100)
        return self

    def both(self, start: int, stop: int, bpm: int, celsius: float) -> "Play":
        """A strap each second, a patch each tenth."""
        for second in range(start, stop):
            self.at(second).beat(bpm + second % 2)
            if second % 10 == 0:
                self.core(celsius + second // 10 % 2 / 100)
        return self

    def pulse(self, saturation: int, bpm: int) -> None:
        """One packet of an oximeter."""
        values = saturation.to_bytes(2, "little") + bpm.to_bytes(2, "little")
        self.raw("oximeter/2A5F", (b"\0" + values).hex())

    def link(self, label: str, state: str) -> None:
        self.tell(EntryKind.LINK, label, state=state, reason="", rssi=-60)

    # Actions

    def dose(self) -> None:
        self.tell(EntryKind.MARKER, "dose", text="", by="AB")

    def override(self, rule: str, **changes: object) -> None:
        self.tell(EntryKind.OVERRIDE, rule, changes=changes, by="Dr A", reason="agreed")

    def change_policy(self, text: str) -> None:
        self.tell(EntryKind.POLICY, "other", text=text, by="Dr A", reason="agreed")

    def sensor(self, label: str, kind: str) -> None:
        """Replace the device of a label, or add one."""
        told = {"kind": kind, "address": "A0:9E:1A:00:00:09", "name": None}
        self.enter(EntryKind.SENSOR, label, body_bytes({**told, "by": "AB", "reason": "fails"}))
        self.link(label, "connected")

    # Results

    def steps(self, *rules: str) -> list[str]:
        """Return the alarm steps of some rules as ``second rule step``."""
        return [line for line in self.alarms() if line.split()[1] in rules]

    def raised(self, rule: str) -> list[float]:
        """Return the seconds at which a rule raised its alarm."""
        return [float(line.split()[0]) for line in self.steps(rule) if line.endswith("raised")]

    def times_raised(self, *, technical: bool) -> dict[str, int]:
        """Return how often each rule raised, of those about the equipment or the person."""
        policy = self.engine.policy
        assert policy is not None
        counts = {rule.id: len(self.raised(rule.id)) for rule in policy.rules}
        about = {rule.id for rule in policy.rules if rule.technical is technical}
        return {name: count for name, count in counts.items() if count and name in about}

    def standing(self) -> list[str]:
        """Return the open alarms as ``rule@subject state``."""
        return [
            f"{alarm.key} {alarm.shown.value}" + (" suspended" if alarm.suspended else "")
            for alarm in self.engine.alarms.open()
        ]

    def message(self, rule: str) -> str:
        """Return the text of an open alarm."""
        (alarm,) = (alarm for alarm in self.engine.alarms.open() if alarm.rule.id == rule)
        return full_text(alarm)

    def facts_of(self, kind: type[Fact]) -> list[Fact]:
        return [fact for _, fact in self.facts if isinstance(fact, kind)]

    def holds(self) -> bool:
        """Return whether a replay gives the same facts, and every open alarm is one of them."""
        replayed, engine = [], Engine()
        for entry in self.entries:
            replayed += [fact for _, fact in engine.apply(entry)]
        replayed += engine.advance(self.engine.now_ns)
        same = [_row(fact) for fact in replayed] == [_row(fact) for _, fact in self.facts]
        last = {f"{f.rule}@{f.subject}": f for _, f in self.facts if isinstance(f, AlarmFact)}
        recorded = {key for key, fact in last.items() if fact.step not in _DOWN}
        return same and recorded == {alarm.key for alarm in self.engine.alarms.open()}


def _row(fact: Fact) -> tuple[int, str, str, str]:
    return fact.at_ns, fact.kind, fact.subject, payload(fact)


def swinging(mean: float, sd: float, seed: int, seconds: int, memory: float = 0.5) -> list[int]:
    """Return a rate a second that varies about its mean as in an irregular rhythm: AR(1)."""
    rng, x = random.Random(seed), 0.0
    rates = []
    for _ in range(seconds):
        x = memory * x + (1 - memory**2) ** 0.5 * rng.gauss(0, sd)
        rates.append(max(25, min(250, round(mean + x))))
    return rates


def turns(*rates: int, seconds: int) -> list[int]:
    """Return alternating rates, one a second."""
    return [rates[second % len(rates)] for second in range(seconds)]
