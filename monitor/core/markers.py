"""Markers of a session: doses, events and notes, including undone ones. Pure."""

from bisect import insort

from monitor.core.rule_evaluator import RuleEvaluator
from monitor.entries import Entry
from monitor.facts import Fact, MarkerFact, UndoFact

DOSE = "dose"


class Markers:
    """Markers of one session.

    Attributes:
        marked: in the order of their times, including undone ones.
        undone: by the time of the undone marker.
        dose_ns: time of the dose, or None.
    """

    def __init__(self, evaluator: RuleEvaluator) -> None:
        self.marked: list[MarkerFact] = []
        self.undone: dict[int, UndoFact] = {}
        self.dose_ns: int | None = None
        self._evaluator = evaluator

    def find(self, at_ns: int) -> MarkerFact | None:
        """Return the marker of a time, or None if it is undone or missing."""
        if at_ns in self.undone:
            return None
        return next((marker for marker in self.marked if marker.at_ns == at_ns), None)

    def mark(self, now_ns: int, entry: Entry) -> list[Fact]:
        """Apply a MARKER entry, which may be dated back; the first dose freezes the baselines."""
        body, kind = entry.body(), entry.source
        at_ns = body.get("at_ns")
        marker = MarkerFact(
            subject=kind,
            at_ns=self._free_ns(entry.received_ns if at_ns is None else at_ns),
            text=body["text"],
            by=body["by"],
            amount=body.get("amount"),
            unit=body.get("unit") or "",
            entered_ns=entry.received_ns,
            missing=tuple(body.get("missing") or ()),
            reason=body.get("reason") or "",
        )
        insort(self.marked, marker, key=lambda each: each.at_ns)
        facts: list[Fact] = [
            marker,
            *self._evaluator.schedule.marked(now_ns, kind, marker.at_ns),
        ]
        if kind != DOSE or self.dose_ns is not None:
            return facts
        self.dose_ns = marker.at_ns
        return facts + self._evaluator.baselines.dose(now_ns, body["by"], marker.at_ns)

    def undo(self, now_ns: int, entry: Entry) -> list[Fact]:
        """Apply an UNDO entry: a marker no longer counts."""
        body = entry.body()
        marker = self.find(body["at_ns"])
        if marker is None or marker.subject != entry.source:
            return []
        kind = marker.subject
        undo = UndoFact(subject=kind, at_ns=marker.at_ns, by=body["by"], reason=body["reason"])
        self.undone[marker.at_ns] = undo
        facts: list[Fact] = [undo]
        left = [each.at_ns for each in self.marked if each.subject == kind and self._counts(each)]
        # Schedules start at the first dose, and at the last of other markers.
        before_ns = None if not left else left[0] if kind == DOSE else left[-1]
        facts += self._evaluator.schedule.unmarked(now_ns, kind, before_ns)
        if marker.at_ns == self.dose_ns:
            self.dose_ns = before_ns
            facts += self._evaluator.baselines.clear(now_ns, body["by"], before_ns)
        return facts

    def _counts(self, marker: MarkerFact) -> bool:
        return marker.at_ns not in self.undone

    def _free_ns(self, at_ns: int) -> int:
        """Return the first time from `at_ns` without a marker: the time identifies a marker."""
        taken = {marker.at_ns for marker in self.marked}
        while at_ns in taken:
            at_ns += 1
        return at_ns
