"""Adverse events of a session, with all their changes. Pure."""

from collections.abc import Mapping
from typing import Any

from monitor.entries import Entry
from monitor.facts import AdverseEventFact, AdverseEventStep, Fact, Relation

SEVERITIES = (1, 2, 3)  # mild, moderate, severe


class AdverseEvents:
    """Adverse events of one session.

    Attributes:
        steps: of each event, by its number, oldest first; the last one counts.
    """

    def __init__(self) -> None:
        self.steps: dict[int, list[AdverseEventFact]] = {}

    def latest(self) -> list[AdverseEventFact]:
        """Return the last step of each event: open ones first, then the latest start first."""
        found = [steps[-1] for steps in self.steps.values()]
        return sorted(found, key=lambda each: (not is_open(each), -each.started_ns, -each.event))

    def find(self, event: int) -> AdverseEventFact | None:
        """Return the last step of an event, or None if it is withdrawn or missing."""
        steps = self.steps.get(event)
        if steps is None or steps[-1].step == AdverseEventStep.WITHDRAWN:
            return None
        return steps[-1]

    def take(self, _now_ns: int, entry: Entry) -> list[Fact]:
        """Apply an ADVERSE_EVENT entry; ignore changes of what is withdrawn or missing."""
        body = entry.body()
        event = body.get("event")
        before = None if event is None else self.find(event)
        if event is not None and before is None:
            return []
        fact = AdverseEventFact(
            subject=entry.source,
            at_ns=entry.received_ns,
            event=entry.seq if event is None else event,
            step=_step(body, before).value,
            severity=body["severity"],
            started_ns=body["started_ns"],
            ended_ns=body.get("ended_ns"),
            relation=body["relation"],
            action=body["action"],
            text=body["text"],
            by=body["by"],
            reason=body.get("reason") or "",
        )
        self.steps.setdefault(fact.event, []).append(fact)
        return [fact]


def is_open(fact: AdverseEventFact) -> bool:
    """Return whether an event is neither over nor withdrawn after this step."""
    return fact.ended_ns is None and fact.step != AdverseEventStep.WITHDRAWN


def relation_in_time(started_ns: int, dose_ns: int | None) -> Relation:
    """Return the relation that the time alone suggests; people may know better.

    >>> relation_in_time(5, None).value, relation_in_time(5, 9).value, relation_in_time(9, 9).value
    ('none', 'none', 'possible')
    """
    after = dose_ns is not None and started_ns >= dose_ns
    return Relation.POSSIBLE if after else Relation.NONE


def _step(body: Mapping[str, Any], before: AdverseEventFact | None) -> AdverseEventStep:
    if before is None:
        return AdverseEventStep.REPORTED
    if body.get("withdrawn"):
        return AdverseEventStep.WITHDRAWN
    ends = before.ended_ns is None and body.get("ended_ns") is not None
    return AdverseEventStep.ENDED if ends else AdverseEventStep.CHANGED
