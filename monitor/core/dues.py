"""What people are to measure, and when: the rules of the protocol, by what was measured and marked.

Pure, as the engine that it is a part of: time comes in with each call.
"""

from collections.abc import Mapping

from alerts.active_alarms import ActiveAlarms
from alerts.alarm import Alarm, Zone
from alerts.deadlines import CONDITION_CLASS, SESSION, DeadlineKey, Deadlines
from alerts.policy.rules import Before, Due, Rule
from monitor.core.due_watch import DueWatch
from monitor.facts import Fact


class Dues:
    """The measurements of one session that are due, were made, or were missed.

    Attributes:
        signals: that some rule asks for.
    """

    def __init__(self, board: ActiveAlarms, deadlines: Deadlines[DeadlineKey]) -> None:
        self.signals: frozenset[str] = frozenset()
        self._board = board
        self._deadlines = deadlines
        self._dues: dict[int, DueWatch] = {}
        self._measured: dict[str, list[int]] = {}
        self._moments: dict[str, int] = {}
        self._started_ns = 0

    def adopt(self, now_ns: int, rules: Mapping[int, Rule], started_ns: int) -> None:
        """Watch what the rules ask for in a session that began at `started_ns`."""
        self._started_ns = started_ns
        self._dues = {
            number: DueWatch(self._board.alarm(number, rule, SESSION), rule.condition)
            for number, rule in rules.items()
            if isinstance(rule.condition, Due)
        }
        self.signals = frozenset(due.condition.signal for due in self._dues.values())
        self._book(now_ns)

    def next(self) -> list[tuple[Alarm, int | None]]:
        """Return the alarm of each rule, and when the next measurement is due."""
        return [(due.alarm, self._due_ns(due)) for due in self._dues.values()]

    def marked(self, now_ns: int, marker: str) -> list[Fact]:
        """Take a marker: measurements may have been due before it, or be due from it on."""
        if marker != "dose" or "dose" not in self._moments:
            self._moments[marker] = now_ns
        self._book(now_ns)
        facts: list[Fact] = []
        for due in self._dues.values():
            if due.missed(marker, now_ns, self._measured.get(due.condition.signal, ())):
                facts += self._board.judge(now_ns, due.alarm, Zone.BEYOND)
        return facts

    def unmarked(self, now_ns: int, marker: str, before_ns: int | None) -> list[Fact]:
        """Take that the last marker of a kind does not count; the one before it, if any, does."""
        if before_ns is None:
            self._moments.pop(marker, None)
        else:
            self._moments[marker] = before_ns
        self._book(now_ns)
        facts: list[Fact] = []
        for due in self._dues.values():
            due_ns = self._due_ns(due)
            schedule = due.condition.schedule
            if isinstance(schedule, Before):
                stands = schedule.marker != marker
            else:
                stands = due_ns is not None and due_ns <= now_ns
            if not stands and not due.alarm.idle:
                facts += self._board.judge(now_ns, due.alarm, Zone.SAFE)
        return facts

    def measured(self, now_ns: int, signal: str) -> list[Fact]:
        """Take that a signal was measured."""
        self._measured.setdefault(signal, []).append(now_ns)
        facts: list[Fact] = []
        for due in self._dues.values():
            if due.condition.signal == signal and not due.alarm.idle:
                facts += self._board.judge(now_ns, due.alarm, Zone.SAFE)
        self._book(now_ns)
        return facts

    def mismeasured(self, now_ns: int, signal: str, measured_ns: int) -> None:
        """Take that a measurement was none: what was due is due again."""
        known = self._measured.get(signal, [])
        if measured_ns in known:
            known.remove(measured_ns)
        self._book(now_ns)

    def wake(self, now_ns: int, number: int) -> list[Fact]:
        """Do what is due behind the deadline of a rule."""
        due = self._dues.get(number)
        due_ns = None if due is None else self._due_ns(due)
        if due is None or due_ns is None:
            return []
        if due_ns > now_ns:
            self._deadlines.put((CONDITION_CLASS, number, SESSION), due_ns)
            return []
        return [*self._board.judge(now_ns, due.alarm, Zone.BEYOND)]

    def _due_ns(self, due: DueWatch) -> int | None:
        measured = self._measured.get(due.condition.signal, ())
        return due.due_ns(self._started_ns, self._moments, measured)

    def _book(self, now_ns: int) -> None:
        for number, due in self._dues.items():
            due_ns = self._due_ns(due)
            if due_ns is not None:
                key = (CONDITION_CLASS, number, SESSION)
                self._deadlines.put(key, max(due_ns, now_ns))
