"""Exception in the engine: monitoring of that session stops with an alarm. Pure.

The alarm is made without the engine, whose state cannot be trusted. It uses the policy's rule about
this fault, so that a version without the bug has the same alarm and can end it.
"""

from alerts.alarm import State, Step
from alerts.alarm_fact import AlarmFact
from alerts.deadline_queue import SESSION
from alerts.policy.conditions import FaultCondition
from alerts.policy.rules import Policy, Priority, Rule
from monitor.entries import EntryKind

ENGINE_FAILURE = "engine-failure"
# Kinds of entries whose handlers evaluate no rule, and which are applied after the failure as well.
WITHOUT_RULES = frozenset(
    {
        EntryKind.START,
        EntryKind.COMMAND,
        EntryKind.DUTY,
        EntryKind.HEAD,
        EntryKind.ADVERSE_EVENT,
        EntryKind.ALARM_REVIEW,
    }
)
_RULE = Rule(
    id=ENGINE_FAILURE,
    condition=FaultCondition(ENGINE_FAILURE),
    priority=Priority.HIGH,
    message="Monitoring of this session has stopped: watch the participant",
    source="safeguard",
)


class EngineFailure:
    """The failure of one session's engine.

    Attributes:
        error: the exception.
        at_ns: engine time.
        seq: of the entry that was applied last, or that failed.
        rule: of the alarm.
        by: who acknowledged the alarm, or None.
    """

    def __init__(self, error: Exception, at_ns: int, seq: int, policy: Policy | None) -> None:
        self.error = error
        self.at_ns = at_ns
        self.seq = seq
        self.rule = (
            next((rule for rule in policy.rules if _about(rule)), _RULE) if policy else _RULE
        )
        self.by: str | None = None
        self._last_ns = at_ns

    @property
    def key(self) -> str:
        """Return the key of the alarm: rule, ``@`` and subject."""
        return f"{self.rule.id}@{SESSION}"

    @property
    def cause(self) -> str:
        """Return the cause in one sentence."""
        name = type(self.error).__name__
        return (
            f"internal fault ({name} at entry {self.seq}); packets and manual entries are "
            "recorded, but alarms are not evaluated"
        )

    @property
    def sentence(self) -> str:
        """Return the message of the alarm with its cause."""
        return f"{self.rule.message}: {self.cause}"

    @property
    def state(self) -> State:
        """Return the state of the alarm."""
        return State.ACTIVE if self.by is None else State.ACKNOWLEDGED

    def raised(self) -> AlarmFact:
        """Return the first step of the alarm."""
        return self._fact(self.at_ns, Step.RAISED, self.state)

    def acknowledge(self, now_ns: int, by: str) -> list[AlarmFact]:
        """Acknowledge the alarm for `by`."""
        if self.by is not None or not by:
            return []
        self.by = by
        return [self._fact(now_ns, Step.ACKNOWLEDGED, self.state, by)]

    def unacknowledge(self, now_ns: int, by: str) -> list[AlarmFact]:
        """Undo the acknowledgement for `by`."""
        if self.by is None or not by:
            return []
        self.by = None
        return [self._fact(now_ns, Step.UNACKNOWLEDGED, self.state, by)]

    def end(self, now_ns: int, by: str) -> AlarmFact:
        """Return the last step: a person ended the session."""
        return self._fact(now_ns, Step.WITHDRAWN, State.INACTIVE, by)

    def _fact(self, now_ns: int, step: Step, state: State, by: str | None = None) -> AlarmFact:
        at_ns = self._last_ns = max(now_ns, self._last_ns + (step is not Step.RAISED))
        return AlarmFact(
            subject=SESSION,
            at_ns=at_ns,
            rule=self.rule.id,
            step=step.value,
            state=state.value,
            suspended=False,
            priority=self.rule.priority.name.lower(),
            technical=True,
            message=self.rule.message,
            value=None,
            limit=None,
            by=by,
            cause=self.cause,
        )


def _about(rule: Rule) -> bool:
    return (
        rule.enabled
        and isinstance(rule.condition, FaultCondition)
        and rule.condition.name == ENGINE_FAILURE
    )
