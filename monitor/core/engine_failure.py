"""An exception in the engine: judging of that session ends, with an alarm that says so. Pure.

The alarm is made without the engine, whose state is not to be trusted. It goes by the policy's rule
about this fault, so that a version without the mistake has the same alarm and can end it.
"""

from alerts.alarm import State, Step
from alerts.alarm_fact import AlarmFact
from alerts.deadlines import SESSION
from alerts.policy.rules import FaultCondition, Policy, Priority, Rule

ENGINE_FAILURE = "engine-failure"
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
        seq: of the entry applied last, or just then.
        rule: that the alarm goes by.
        by: who has acknowledged the alarm, or None.
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
        """Return the name under which people refer to the alarm."""
        return f"{self.rule.id}@{SESSION}"

    @property
    def cause(self) -> str:
        """Return what has happened, in words for people."""
        name = type(self.error).__name__
        return (
            f"the program has failed ({name} at entry {self.seq}); packets and what you enter are "
            "recorded, and nothing is judged"
        )

    @property
    def sentence(self) -> str:
        """Return what is to be done, and why."""
        return f"{self.rule.message}: {self.cause}"

    @property
    def state(self) -> State:
        """Return where the alarm stands."""
        return State.ACTIVE if self.by is None else State.ACKNOWLEDGED

    def raised(self) -> AlarmFact:
        """Return the first step of the alarm."""
        return self._fact(self.at_ns, Step.RAISED, self.state)

    def acknowledge(self, now_ns: int, by: str) -> list[AlarmFact]:
        """Acknowledge the alarm in `by`'s name."""
        if self.by is not None or not by:
            return []
        self.by = by
        return [self._fact(now_ns, Step.ACKNOWLEDGED, self.state, by)]

    def unacknowledge(self, now_ns: int, by: str) -> list[AlarmFact]:
        """Take the acknowledgement back in `by`'s name."""
        if self.by is None or not by:
            return []
        self.by = None
        return [self._fact(now_ns, Step.UNACKNOWLEDGED, self.state, by)]

    def end(self, now_ns: int, by: str) -> AlarmFact:
        """Return the last step: the session was ended by somebody."""
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
