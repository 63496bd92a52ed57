"""A session with a plan, played through the engine; calls are read back as sentences."""

from dataclasses import replace

from alerts.alarm import Alarm
from alerts.call_plan import Plan, Recipient, Tier
from monitor.entries import EntryKind, body_bytes
from monitor.facts import CallFact
from tests.engine.scripted_session import POLICY, START_NS, Script, spec

PLAN = Plan(
    recipients=(
        Recipient(id="anna", name="Anna Amsler", role="monitor"),
        Recipient(id="ben", name="Ben Berger", role="second monitor"),
        Recipient(id="chris", name="Chris Cathomas", role="physician"),
    ),
    tiers=(
        Tier(recipients=("anna",), accept_within_s=60.0),
        Tier(recipients=("ben", "chris"), accept_within_s=120.0),
    ),
)
CALLS = """
[[rule]]
id = "calls"
fault = "call-failure"
priority = "medium"
message = "Somebody on duty cannot be reached"
source = "test"

[[rule]]
id = "nobody"
fault = "not-accepted"
priority = "high"
message = "Nobody has accepted an alarm"
source = "test"

[[rule]]
id = "recorder"
fault = "recorder-failure"
priority = "high"
message = "The recording cannot be written"
source = "test"

[[rule]]
id = "gateway"
fault = "clock-offset"
priority = "high"
message = "A gateway has another time"
source = "test"
"""


class Calls(Script):
    """A script whose session has somebody to call."""

    def __init__(self, plan: Plan = PLAN, policy: str = POLICY + CALLS) -> None:
        self.plan = plan
        super().__init__(policy)

    def enter(self, kind: EntryKind, source: str, payload: bytes) -> None:
        if kind == EntryKind.SESSION:
            session = spec(self.policy)
            strap = session.sensors[:1]  # nothing else can fail to be judged
            payload = body_bytes(replace(session, calls=self.plan, sensors=strap).body())
        super().enter(kind, source, payload)

    def at(self, second: float) -> "Calls":
        self.second = second
        return self

    def until(self, second: float) -> "Calls":
        """Advance time with normal data of the strap, so that nothing else calls."""
        for now in range(int(self.second) + 1, int(second)):
            self.at(now + 0.25).heart(70 + now % 2)
        return self.silence(second)

    def silence(self, second: float) -> "Calls":
        """Let time pass without any reading."""
        super().until(second)
        return self

    def fault(self, name: str = "recorder-failure", *, on: bool = True) -> None:
        """Raise or end a high-priority alarm immediately."""
        self.tell(EntryKind.FAULT, name, on=on, reason="")

    def outcome(self, call: int, outcome: str, left: int = 0) -> None:
        told = EntryKind.CALL, str(call)
        self.tell(*told, channel="json", outcome=outcome, reason="", left=left)

    def accept(self, alarm: str, by: str = "Ben Berger", call: int = 0) -> None:
        self.tell(EntryKind.ACCEPT, alarm, by=by, via="link", raised_ns=None, call=call)

    def duty(self, name: str, *, on: bool) -> None:
        self.tell(EntryKind.DUTY, name, on=on, by="MK")

    def alarm(self, key: str) -> Alarm:
        alarm = self.engine.alarms.find(key)
        assert alarm is not None
        return alarm

    @property
    def calls(self) -> list[CallFact]:
        return [fact for _, fact in self.facts if isinstance(fact, CallFact)]

    def told(self, step: str = "ordered") -> list[str]:
        """Return the steps of calls as ``second recipient tier rules``."""
        return [
            f"{(fact.at_ns - START_NS) / 1e9:.0f} {fact.subject} {fact.tier} "
            + "+".join(alarm.partition("@")[0] for alarm in fact.alarms)
            for fact in self.calls
            if fact.step == step
        ]
