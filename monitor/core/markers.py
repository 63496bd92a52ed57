"""The markers of a session: which there are, which were taken back, and when the dose was. Pure."""

from monitor.core.rule_evaluator import RuleEvaluator
from monitor.entries import Entry
from monitor.facts import Fact, MarkerFact, UndoFact

DOSE = "dose"


class Markers:
    """What somebody has marked.

    Attributes:
        marked: in order, those that were taken back included.
        undone: who took a marker back, by its time.
        dose_ns: when the dose was given, or None.
    """

    def __init__(self, evaluator: RuleEvaluator) -> None:
        self.marked: list[MarkerFact] = []
        self.undone: dict[int, UndoFact] = {}
        self.dose_ns: int | None = None
        self._evaluator = evaluator

    def find(self, at_ns: int) -> MarkerFact | None:
        """Return the marker of a time if it counts."""
        if at_ns in self.undone:
            return None
        return next((marker for marker in self.marked if marker.at_ns == at_ns), None)

    def mark(self, now_ns: int, entry: Entry) -> list[Fact]:
        """Take a marker; the first dose freezes the baseline."""
        body = entry.body()
        marker = MarkerFact(
            subject=entry.source, at_ns=entry.received_ns, text=body["text"], by=body["by"]
        )
        self.marked.append(marker)
        facts: list[Fact] = [marker, *self._evaluator.schedule.marked(now_ns, entry.source)]
        if entry.source != DOSE or self.dose_ns is not None:
            return facts
        self.dose_ns = entry.received_ns
        return facts + self._evaluator.baselines.dose(now_ns, body["by"], entry.received_ns)

    def undo(self, now_ns: int, entry: Entry) -> list[Fact]:
        """Take a marker back: from now on everything is as if it had not been set."""
        body = entry.body()
        marker = self.find(body["at_ns"])
        if marker is None or marker.subject != entry.source:
            return []
        kind = marker.subject
        undo = UndoFact(subject=kind, at_ns=marker.at_ns, by=body["by"], reason=body["reason"])
        self.undone[marker.at_ns] = undo
        facts: list[Fact] = [undo]
        left = [each.at_ns for each in self.marked if each.subject == kind and self._counts(each)]
        # The clocks of a protocol run from the first dose, and from the last of the others.
        before_ns = None if not left else left[0] if kind == DOSE else left[-1]
        facts += self._evaluator.schedule.unmarked(now_ns, kind, before_ns)
        if marker.at_ns == self.dose_ns:
            self.dose_ns = None
            facts += self._evaluator.baselines.clear(now_ns, body["by"])
        return facts

    def _counts(self, marker: MarkerFact) -> bool:
        return marker.at_ns not in self.undone
