"""A session with a plan, played through the engine; calls are read back as sentences."""

from dataclasses import replace

from alerts.alarm import Alarm
from alerts.call_fact import CallPurpose
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
    """A script whose session has recipients of calls.

    Each call has its outcome at once: that of its recipient in `outcomes`, by default delivered;
    with None it has none.
    """

    straps = 1

    def __init__(self, plan: Plan = PLAN, policy: str = POLICY + CALLS) -> None:
        self.plan = plan
        self.outcomes: dict[str, str | None] = {}
        self.lasting: set[str] = set()  # recipients with permanent failures
        self.seen = 0
        super().__init__(policy)

    def enter(
        self, kind: EntryKind, source: str, payload: bytes, measured_s: float | None = None
    ) -> None:
        # An interruption is entered when it is over: no time has passed in the engine until then.
        if self.entries and kind not in (EntryKind.STANDSTILL, EntryKind.RUN):
            self._pass(self.second)
        if kind == EntryKind.SESSION:
            session = spec(self.policy)
            strap = session.sensors[: self.straps]  # without sensors nothing else raises an alarm
            payload = body_bytes(replace(session, calls=self.plan, sensors=strap).body())
        super().enter(kind, source, payload, measured_s)
        self._deliver()

    def _pass(self, second: float) -> None:
        """Advance time, with the outcome of each call at its time."""
        end_ns = START_NS + round(second * 1e9)
        while (due_ns := self.engine.next_due_ns()) is not None and due_ns <= end_ns:
            self.second = (due_ns - START_NS) / 1e9
            self.facts += [(self.engine.seq, fact) for fact in self.engine.advance(due_ns)]
            self._deliver()
        self.second = second

    def _deliver(self) -> None:
        while self.seen < len(self.facts):
            fact = self.facts[self.seen][1]
            self.seen += 1
            if isinstance(fact, CallFact) and fact.step in ("ordered", "retried"):
                outcome = self.outcomes.get(fact.subject, "delivered")
                if outcome is not None:
                    self.outcome(fact.call, outcome, transient=fact.subject not in self.lasting)

    def at(self, second: float) -> "Calls":
        self.second = second
        return self

    def until(self, second: float) -> "Calls":
        """Advance time with normal data of the strap, so that nothing else calls."""
        for now in range(int(self.second) + 1, int(second)):
            self.at(now + 0.25).heart(70 + now % 2)
        return self.silence(second)

    def silence(self, second: float) -> "Calls":
        """Advance time without any reading."""
        self._pass(second)
        super().until(second)
        return self

    def fault(self, name: str = "recorder-failure", *, on: bool = True) -> None:
        """Raise or end a high-priority alarm immediately."""
        self.tell(EntryKind.FAULT, name, on=on, reason="")

    def outcome(
        self,
        call: int,
        outcome: str,
        left: int = 0,
        *,
        transient: bool = True,
        retry_after_s: float | None = None,
    ) -> None:
        self.tell(
            EntryKind.CALL,
            str(call),
            channel="json",
            outcome=outcome,
            reason="",
            left=left,
            transient=transient,
            retry_after_s=retry_after_s,
        )

    def accept(self, alarm: str, by: str = "Ben Berger", call: int = 0) -> None:
        self.tell(EntryKind.ACCEPT, alarm, by=by, via="link", raised_ns=None, call=call)

    def decline(self, call: int) -> None:
        recipient = self.engine.calling.escalation.notifications[call].recipient
        self.tell(EntryKind.DECLINE, str(call), recipient=recipient, by=recipient, via="link")

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
        """Return the steps of calls as ``second recipient tier rules``, without quiet ones."""
        return [
            f"{(fact.at_ns - START_NS) / 1e9:.0f} {fact.subject} {fact.tier} "
            + "+".join(alarm.partition("@")[0] for alarm in fact.alarms)
            for fact in self.calls
            if fact.step == step and not (fact.purpose and CallPurpose(fact.purpose).quiet)
        ]

    def purposes(self, *, quiet: bool | None = None) -> list[str]:
        """Return the orders as ``second recipient purpose``; of one sort if `quiet` is given."""
        return [
            f"{(fact.at_ns - START_NS) / 1e9:.0f} {fact.subject} {fact.purpose}"
            for fact in self.calls
            if fact.step == "ordered" and quiet in (None, CallPurpose(fact.purpose).quiet)
        ]
