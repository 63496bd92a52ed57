"""Alarms of a session, from their raising to their end, with response and verdict. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from alerts.alarm import State, Step
from alerts.alarm_review_fact import AlarmReviewFact
from alerts.policy.rules import Priority
from monitor.facts import AlarmFact, Fact

_SOUNDING = (State.ACTIVE.value, State.ACKNOWLEDGED.value)
_ANSWERS = (Step.ACKNOWLEDGED.value, Step.RESET.value)


@dataclass(slots=True, kw_only=True)
class Occurrence:
    """One occurrence of an alarm.

    Attributes:
        announced_ns: when it was first shown and sounded.
        over_ns: when its condition was over, or the end of the recording.
        open: its condition was not over.
        extreme: most extreme value since it was raised.
        inside: a higher alarm of the same ladder covered it: not announced, no calls.
        answered_ns: time of the first acknowledgement or reset, or None.
        answered_by: person who did that; empty if nobody did.
        verdict: an `alerts.alarm_review_fact.Verdict`, or empty.
        reviewed_by: person who gave the verdict, or empty.
    """

    rule: str
    subject: str
    priority: str
    technical: bool
    message: str
    value: float | None
    limit: float | None
    raised_ns: int
    announced_ns: int
    over_ns: int
    open: bool = True
    extreme: float | None = None
    inside: bool = False
    answered_ns: int | None = None
    answered_by: str = ""
    verdict: str = ""
    reviewed_by: str = ""

    @property
    def key(self) -> str:
        """Return the key of the alarm: rule, ``@`` and subject."""
        return f"{self.rule}@{self.subject}"

    @property
    def silent(self) -> bool:
        """Return whether it makes no sound and calls nobody."""
        return self.priority == Priority.INFO.name.lower()


class AlarmOccurrences:
    """All occurrences of a session's alarms.

    Args:
        facts: those known already, in order.
    """

    def __init__(self, facts: Iterable[Fact] = ()) -> None:
        self._found: list[Occurrence] = []
        self._last: dict[str, Occurrence] = {}
        self._sounding: set[str] = set()
        for fact in facts:
            self.add(fact)

    def add(self, fact: Fact) -> None:
        """Add the next fact of the session."""
        if isinstance(fact, AlarmFact):
            self._step(fact)
        elif isinstance(fact, AlarmReviewFact):
            found = self.find(fact.key, fact.raised_ns)
            if found is not None:
                found.verdict = fact.verdict
                found.reviewed_by = fact.by if fact.verdict else ""

    def find(self, key: str, raised_ns: int) -> Occurrence | None:
        """Return an occurrence by its alarm's key and the time at which it was raised."""
        matches = (o for o in reversed(self._found) if o.raised_ns == raised_ns and o.key == key)
        return next(matches, None)

    def until(self, until_ns: int) -> list[Occurrence]:
        """Return them in the order in which they were raised; open ones last until a time."""
        return [replace(o, over_ns=until_ns) if o.open else o for o in self._found]

    def _step(self, fact: AlarmFact) -> None:
        key = fact.key
        if fact.step == Step.RAISED.value:
            if key in self._sounding:  # raised again, at a higher priority
                self._close(key, fact.at_ns)
            self._last[key] = Occurrence(
                rule=fact.rule,
                subject=fact.subject,
                priority=fact.priority,
                technical=fact.technical,
                message=fact.message,
                value=fact.value,
                limit=fact.limit,
                raised_ns=fact.at_ns,
                announced_ns=fact.announced_ns or fact.at_ns,
                over_ns=fact.at_ns,
                inside=bool(fact.head),
            )
            self._found.append(self._last[key])
            self._sounding.add(key)
        elif key not in self._last:
            return
        last = self._last[key]
        if fact.extreme is not None:
            last.extreme = fact.extreme
        if fact.step in _ANSWERS and last.answered_ns is None:
            last.answered_ns, last.answered_by = fact.at_ns, fact.by or ""
        if key in self._sounding and fact.state not in _SOUNDING:
            self._close(key, fact.at_ns)

    def _close(self, key: str, at_ns: int) -> None:
        self._last[key].over_ns, self._last[key].open = at_ns, False
        self._sounding.discard(key)
