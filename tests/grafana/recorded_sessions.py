"""Two scripted sessions of one afternoon, always the same.

The first has all that a dashboard can show: values that start, rise, stop and return, alarms
of every kind, a dose, ratings, measurements by hand, calls, and a rule that is changed.
"""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from alerts.alarm_fact import AlarmFact
from alerts.alarm_levels import level
from alerts.call_fact import CallStep
from alerts.call_plan import Plan, Recipient, Tier
from alerts.policy.parser import parse_policy
from dashboards.console.views.adverse_events import AdverseEventReport
from devices.radio import LinkState
from devices.sensor import SensorSpec
from devices.signals import SIGNALS
from monitor.core.session_spec import SessionSpec
from monitor.delivery.line_protocol import LineEncoder
from monitor.sessions.session import Session
from monitor.storage.fact_rows import FactRow
from tests.engine.scripted_session import POLICY, spec
from tests.sessions.manual_clocks import Hands

PLAIN = {"site": "north", "session": "P01-20231114", "participant": "P01"}
RULES = """
[[rule]]
id = "ct-low"
signal = "core_temperature"
below = 35.0
priority = "low"
message = "Core temperature low"
source = "test"

[[rule]]
id = "bp-high"
signal = "systolic"
at_least = 150
priority = "low"
message = "Systolic pressure high"
source = "test"

[[rule]]
id = "bp-due"
signal = "systolic"
due = "2 before dose"
priority = "low"
message = "Two blood pressures are due before the dose"
source = "test"
"""
# Open at the end, with different priorities: one alarm on a temperature, one on two signals, one on
# a manual measurement. Otherwise a query for one of them could return another.
PRIORITIES = {"Core temperature high": "high", "Hot and fast": "medium"}
SENSORS = (
    SensorSpec(label="strap", kind="heart-rate-strap"),
    SensorSpec(label="patch", kind="core-patch"),
    SensorSpec(label="arm", kind="skin-thermometer"),
    SensorSpec(label="wall", kind="room-thermometer"),
)
# One person and few repetitions: a panel shows the last 50 steps, and all are to be compared.
CALLS = Plan(
    recipients=(
        Recipient(id="anna", name="Anna Amsler"),
        Recipient(id="ben", name="Ben Berger", on_duty=False),
    ),
    tiers=(
        Tier(recipients=("anna",), accept_within_s=1800.0),
        Tier(recipients=("ben",), accept_within_s=1800.0),
    ),
)
VITALS = {
    "systolic": 152.0,
    "diastolic": 91.0,
    "mean_arterial": 111.0,
    "pulse_rate": 88.0,
    "body_temperature": 37.4,
    "spo2": 97.0,
    "fluid_intake": 250.0,
}


class Hand:
    """A session that is played second by second."""

    def __init__(self, path: Path, described: SessionSpec, hands: Hands | None = None) -> None:
        self.hands = hands or Hands()
        self.session = Session.open(described, path, self.hands.clock())
        self._seconds = 0

    def go_on(self, seconds: int, bpm: int, *, patch: bool = True) -> None:
        for _ in range(seconds):
            self.hands.pass_s(1)
            self._seconds += 1
            now = self._seconds
            beat = round(60 / bpm * 1024) + (-1) ** now * 20
            self.session.packet(
                "strap", "2A37", bytes([0x16, bpm + now % 3]) + beat.to_bytes(2, "little")
            )
            if patch and now % 10 == 0:
                rise = 130 if now % 300 > 240 else 0
                self._thermometer("patch", 3700 + rise + now % 7)
                self._thermometer("arm", 3320 + now % 11)
                self.session.packet("wall", "2A6E", (2150 + now % 5).to_bytes(2, "little"))
        self.settle()

    def silence(self, seconds: int) -> None:
        self.hands.pass_s(seconds)
        self.settle()

    def settle(self) -> None:
        self.session.derive()
        self.session._recorder.write()

    def _thermometer(self, sensor: str, hundredths: int) -> None:
        mantissa = hundredths.to_bytes(3, "little")
        self.session.packet(sensor, "2A1C", b"\x04" + mantissa + b"\xfe\x02")


def _policy() -> str:
    text = POLICY + RULES
    for message, priority in PRIORITIES.items():
        said = f'message = "{message}"'
        text = re.sub(rf'priority = "\w+"\n{said}', f'priority = "{priority}"\n{said}', text)
    return text


def described(names: dict[str, str], plan: Plan = CALLS) -> SessionSpec:
    return replace(
        spec(),
        id=names["session"],
        site=names["site"],
        participant=names["participant"],
        policy=parse_policy(_policy(), "test policy"),
        sensors=SENSORS,
        calls=plan,
    )


def first_session(path: Path, names: dict[str, str]) -> Hand:
    """Play the first session up to now."""
    hand = Hand(path, described(names))
    session = hand.session
    for sensor, rssi in (("strap", -60), ("patch", -71), ("arm", -66), ("wall", -80)):
        session.link(sensor, LinkState.CONNECTED, "", rssi)
        session.packet(sensor, "2A19", bytes([-rssi]))
    session.actions.mark("phase", "preparation", "AB")
    hand.go_on(640, 72)
    session.actions.measure(VITALS | {"systolic": 128.0}, "AB", "monitor")
    hand.go_on(5, 72)
    session.actions.mark("dose", "100 mg", "AB", reason="a test")
    hand.go_on(75, 118)
    (order, *_) = session.engine.calling.escalation.notifications
    session.calls.called(order, "mailto", CallStep.DELIVERED, "", 0)
    hand.go_on(15, 121)
    alarm = next(each for each in session.engine.alarms.open() if each.rule.id == "hr-high")
    session.calls.accept(alarm.key, "Anna Amsler", "link", call=order)
    session.actions.acknowledge(alarm.key, "AB")
    hand.go_on(30, 118)
    session.actions.mark("rating", "7", "AB")
    session.actions.adverse_events.report(
        AdverseEventReport(kind="other", severity=2, text="x"), "AB"
    )
    session.actions.measure(VITALS, "AB", "monitor")
    session.link("strap", LinkState.LOST, "out of range", None)
    hand.silence(90)
    session.link("strap", LinkState.CONNECTED, "", -58)
    for sensor, characteristic in (("strap", "2A37"), ("patch", "2A1C")):
        for _ in range(20):
            session.packet(sensor, characteristic, b"\x00")
    hand.go_on(20, 76)
    session.actions.override("hr-high", {"above": 125.0, "clear": 118.0}, "AB", "baseline is high")
    session.actions.mark("rating", "3", "AB")
    session.packet("arm", "2A19", b"\x0f")
    hand.go_on(100, 124)
    # Implausible readings are recorded, but not valid: 251 /min and 44.00 degrees.
    hand.hands.pass_s(1)
    session.packet("strap", "2A37", b"\x16\xfb\x00\x03")
    session.packet("patch", "2A1C", b"\x04\x30\x11\x00\xfe\x02")
    hand.settle()
    return hand


def second_session(path: Path, names: dict[str, str], first: Hand) -> Hand:
    """Play a second, quiet session: one strap, no calls."""
    began_ns = first.hands.wall_ns - 200 * 10**9
    quiet = replace(described(names, Plan()), sensors=SENSORS[:1])
    hand = Hand(path, quiet, Hands(wall_ns=began_ns))
    hand.session.link("strap", LinkState.CONNECTED, "", -50)
    hand.go_on(198, 61, patch=False)
    hand.session.actions.mark("note", "asleep", "CD")
    hand.settle()
    return hand


@dataclass(frozen=True)
class Point:
    """The expected database points of a fact."""

    at_ns: int
    measurement: str
    tags: dict[str, str]
    fields: dict[str, Any]

    def __getitem__(self, name: str) -> Any:
        return self.tags[name] if name in self.tags else self.fields.get(name)


@dataclass
class Afternoon:
    """Both sessions, sessions that resemble the first, and a replay of it."""

    first: Hand
    second: Hand
    chosen: dict[str, str]
    points: list[Point]
    lines: list[bytes]

    @property
    def now_ns(self) -> int:
        return self.first.hands.wall_ns + 10**9

    def close(self) -> None:
        for hand in (self.first, self.second):
            hand.session.end("done")
            hand.session.close()


def afternoon(folder: Path, names: dict[str, str], others: Iterable[dict[str, str]]) -> Afternoon:
    """Play it.

    Args:
        folder: of the journals.
        names: site, session and participant of the first session.
        others: tags of sessions that have the facts of the first one.
    """
    first = first_session(folder / "first.journal", names)
    beside = {"session": "P02-20231114", "participant": "P02"}
    second = second_session(folder / "second.journal", names | beside, first)
    told: Afternoon = Afternoon(first, second, names, [], [])
    for tags, session in (
        (names, first.session),
        *((names | other, first.session) for other in others),
        (names | beside, second.session),
    ):
        encoder = LineEncoder(**tags)
        for row in session.journal.facts():
            line = encoder.line(row)
            if line is None:
                continue  # such as a statistic that has become unknown: nothing is written
            told.lines.append(line)
            told.points += [Point(row.at_ns, *found) for found in _points(row, tags, encoder)]
    return told


def _points(
    row: FactRow, names: dict[str, str], encoder: LineEncoder
) -> Iterator[tuple[str, dict[str, str], dict[str, Any]]]:
    """Return the database point of a fact, following only docs/influxdb.md."""
    body = json.loads(row.payload)
    sensor, _, signal = row.subject.partition("/")
    measurement = {
        "reading": signal,
        "statistic": "rolling",
        "limit": "limits",
        "alarm": "alarms",
        "marker": "markers",
        "link": "links",
        "policy": "policies",
        "call": "calls",
        "adverse-event": "adverse_events",
    }.get(row.kind, row.kind)
    by = {"by": encoder.pseudonym(body["by"])} if body.get("by") else {}
    tags: dict[str, str] = {}
    match row.kind:
        case "statistic":
            tags = {"window": f"{body['window_s']:g}s"}
            body = body["values"]
        case "limit":
            tags = {"rule": body["rule"], "priority": body["priority"]}
        case "alarm":
            sensor = "-" if sensor == "session" and not signal else sensor
            tags = {
                "rule": body["rule"],
                "priority": body["priority"],
                "kind": "technical" if body["technical"] else "physiological",
            }
            body["message"] = AlarmFact(
                subject=row.subject, at_ns=row.at_ns, **json.loads(row.payload)
            ).public_text
            body["level"] = level(body["state"], body["priority"])
            if signal in SIGNALS:
                body["signal"] = signal
        case "marker":
            sensor, tags = "-", {"marker": row.subject}
            body["count"] = 1
            if row.subject == "rating":
                body["rating"] = float(body["text"])
        case "adverse-event":
            sensor, tags = "-", {"event": str(body["event"])}
            body["kind"] = row.subject
        case "policy":
            sensor, tags = "-", {"rule": row.subject}
        case "call":
            sensor, tags = "-", {"recipient": encoder.pseudonym(row.subject)}
            body["rules"] = "+".join(key.partition("@")[0] for key in body["alarms"])
            body["alarms"] = len(body["alarms"])
        case "link":
            body["connected"] = body["state"] == "connected"
    if row.kind in ("statistic", "limit", "baseline"):
        tags["signal"] = signal
    fields = {name: value for name, value in (body | by).items() if value is not None}
    yield measurement, names | {"sensor": sensor} | tags, fields
