"""Scripted session with a cuff, a thermometer, an oximeter and manual measurements."""

import datetime
from dataclasses import dataclass, replace

from devices.packets import Quality
from devices.sensor import SensorSpec
from monitor.entries import EntryKind, body_bytes
from monitor.facts import ReadingFact
from tests.engine.scripted_session import START_NS, Script, spec

ZONE_S = 2 * 3600
SENSORS = (
    SensorSpec(label="strap", kind="heart-rate-strap"),
    SensorSpec(label="cuff", kind="blood-pressure-cuff"),
    SensorSpec(label="ear", kind="thermometer"),
    SensorSpec(label="oxi", kind="pulse-oximeter"),
)
HEAD = 'name = "driver"\nversion = "1"\n'
UNCONFIRMED = """
[[rule]]
id = "doubtful"
fault = "unconfirmed-measurement"
priority = "low"
message = "Doubtful"
source = "test"

[[rule]]
id = "doubtful-high"
fault = "unconfirmed-violation"
priority = "medium"
message = "Doubtful and beyond a limit"
source = "test"
"""


def rule(name: str, signal: str, condition: str, priority: str = "low") -> str:
    """Return a rule as a policy has it; `condition` may hold more lines."""
    return (
        f'[[rule]]\nid = "{name}"\nsignal = "{signal}"\n{condition}\npriority = "{priority}"\n'
        'message = "m"\nsource = "test"\n\n'
    )


BP_160 = rule("bp-160", "systolic", "above = 160\nclear = 155")
BP_180 = rule("bp-180", "systolic", "at_least = 180\nclear = 175", "medium")
AGAIN = rule(
    "bp-180-again",
    "systolic",
    'at_least = 180\nrepeated = "2 in 10min"\nclear = 175\nlatch = true',
    "high",
)
PRESSURE = HEAD + BP_160 + BP_180 + AGAIN + UNCONFIRMED


@dataclass
class AlarmDriver(Script):
    """A `Script` whose clock is two hours ahead of UTC; seconds are times of entry."""

    policy: str = PRESSURE
    sensors: tuple[SensorSpec, ...] = SENSORS

    def __post_init__(self) -> None:
        session = replace(spec(self.policy), sensors=self.sensors, utc_offset_s=ZONE_S)
        self.enter(EntryKind.SESSION, "s1", body_bytes(session.body()))

    def measure(self, second: float, at_s: float | None = None, **values: float) -> int:
        """Enter manual values, dated back to `at_s` if given; return the seq of the entry."""
        back = {} if at_s is None else {"at_ns": ns_of(at_s)}
        self.at(second).tell(
            EntryKind.VITALS, "manual", values=values, by="AB", role="nurse", **back
        )
        return self.engine.seq

    def correct(self, second: float, entry: int, **values: float | None) -> int:
        """Correct values of an entry; None voids one."""
        self.at(second).tell(
            EntryKind.CORRECTION, "manual", entry=entry, values=values, by="MK", reason="typo"
        )
        return self.engine.seq

    def mark(self, second: float, kind: str, at_s: float | None = None, **more: object) -> None:
        """Add a marker, dated back to `at_s` if given."""
        back = {} if at_s is None else {"at_ns": ns_of(at_s)}
        self.at(second).tell(EntryKind.MARKER, kind, text="", by="AB", **back, **more)

    def cuff(
        self,
        second: float,
        systolic: int,
        diastolic: int = 70,
        *,
        stamp_s: float | None = None,
        status: int | None = None,
    ) -> int:
        """Send a cuff's measurement; `stamp_s` is the second that its clock shows."""
        flags = 2 * (stamp_s is not None) + 16 * (status is not None)
        payload = bytes([flags]) + b"".join(
            n.to_bytes(2, "little") for n in (systolic, diastolic, (systolic + 2 * diastolic) // 3)
        )
        if stamp_s is not None:
            zone = datetime.timezone(datetime.timedelta(seconds=ZONE_S))
            when = datetime.datetime.fromtimestamp(START_NS / 1e9 + stamp_s, zone)
            payload += when.year.to_bytes(2, "little") + bytes(when.timetuple()[1:6])
        if status is not None:
            payload += status.to_bytes(2, "little")
        self.at(second).enter(EntryKind.PACKET, "cuff/2A35", payload)
        return self.engine.seq

    def thermometer(self, second: float, celsius: float) -> int:
        """Send a thermometer's measurement."""
        mantissa = round(celsius * 100).to_bytes(3, "little")
        self.at(second).enter(EntryKind.PACKET, "ear/2A1C", b"\x00" + mantissa + b"\xfe")
        return self.engine.seq

    def oximeter(self, second: float, spo2: int, pulse: int = 70) -> None:
        """Send an oximeter's values, as it does each second."""
        payload = b"\x00" + spo2.to_bytes(2, "little") + pulse.to_bytes(2, "little")
        self.at(second).enter(EntryKind.PACKET, "oxi/2A5F", payload)

    def settle(self, second: float, *, valid: bool) -> None:
        """Confirm or reject the latest unconfirmed measurement."""
        last = self.engine.from_sensors.unconfirmed[-1]
        self.at(second).tell(EntryKind.SETTLE, last.channel, at_ns=last.at_ns, valid=valid, by="AB")

    def readings(self, channel: str) -> list[tuple[float, float | None, str]]:
        """Return the readings of a channel: second, value and quality."""
        return [
            ((fact.at_ns - START_NS) / 1e9, fact.value, Quality(fact.quality).name)
            for _, fact in self.facts
            if isinstance(fact, ReadingFact) and fact.subject == channel
        ]

    def open(self) -> list[str]:
        """Return the keys of the open alarms, suspended ones in parentheses."""
        return [
            f"({alarm.key})" if alarm.suspended else alarm.key
            for alarm in self.engine.alarms.open()
        ]


def ns_of(second: float) -> int:
    """Return a second of the session as engine time."""
    return START_NS + round(second * 1e9)
