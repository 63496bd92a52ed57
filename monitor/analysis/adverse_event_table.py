"""Adverse events of a recorded session: the last step of each, without withdrawn ones. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from monitor.facts import AdverseEventFact, AdverseEventStep


@dataclass(frozen=True, slots=True, kw_only=True)
class AdverseEvent:
    """One adverse event.

    Attributes:
        event: its number.
        kind: of the policy's list, or ``other``.
        severity: 1 mild, 2 moderate, 3 severe.
        started_s: seconds from the start of the session.
        lasted_s: None: it was not over.
        relation: to the drug.
        action: what was done.
        text: description.
        changes: how often it was changed after it was reported; its end is not a change.
    """

    event: int
    kind: str
    severity: int
    started_s: float
    lasted_s: float | None
    relation: str
    action: str
    text: str
    changes: int


def adverse_events(facts: Iterable[AdverseEventFact], began_ns: int) -> list[AdverseEvent]:
    """Return the adverse events in the order of their starts; a withdrawn one does not count."""
    steps: dict[int, list[AdverseEventFact]] = {}
    for fact in facts:
        steps.setdefault(fact.event, []).append(fact)
    found = [
        AdverseEvent(
            event=number,
            kind=last.subject,
            severity=last.severity,
            started_s=(last.started_ns - began_ns) / 1e9,
            lasted_s=None if last.ended_ns is None else (last.ended_ns - last.started_ns) / 1e9,
            relation=last.relation,
            action=last.action,
            text=last.text,
            changes=sum(each.step == AdverseEventStep.CHANGED for each in known),
        )
        for number, known in steps.items()
        if (last := known[-1]).step != AdverseEventStep.WITHDRAWN
    ]
    return sorted(found, key=lambda each: (each.started_s, each.event))
