"""Replay of the alarms of one ladder from columns of evaluations. Pure.

The alarms are those of the engine. They see only the runs that can change them, each as one value;
what is due in between fires at its time.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from heapq import merge
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

from alerts.active_alarms import ActiveAlarms
from alerts.alarm import Alarm, State
from alerts.deadline_queue import DeadlineKey, Deadlines
from alerts.evidence import Zone
from alerts.policy.conditions import Compare
from alerts.policy.rules import Rule
from monitor.analysis.rule_column import Column, Limits
from monitor.analysis.zone_runs import DecisiveRuns
from monitor.entries import EntryKind
from monitor.facts import AlarmFact

_LOSS, _ENTRY = range(2)  # at equal times a deadline fires before an entry is applied


class Action(NamedTuple):
    """An entry about alarms: an action on the alarm `key`, or the end of the session."""

    at_ns: int
    kind: str
    key: str
    by: str


# Time, order at that time, number of the member, and what happens: an action, a loss, or an
# evaluation with its zone and for how long it is evidence.
_Event = tuple[int, int, int, Action | tuple[int, Zone, int] | None]


def replay_ladder(
    columns: Sequence[Column], rules: Sequence[Rule], actions: Sequence[Action], until_ns: int
) -> list[AlarmFact]:
    """Return the steps of the alarms of a ladder.

    Args:
        columns: of all rules of the ladder on its channel.
        rules: to evaluate, one for each column.
        actions: of people, in order; those on other alarms have no effect.
        until_ns: time until which deadlines fire.
    """
    replay = _Replay()
    for column, rule in zip(columns, rules, strict=True):
        replay.add(column, rule, actions)
    return replay.play(actions, until_ns)


@dataclass(slots=True)
class _Member:
    """An alarm of the ladder, its evaluations, and how many of them it has seen."""

    alarm: Alarm
    column: Column
    limits: Limits
    upper: bool
    runs: DecisiveRuns
    seen: int = 0

    def read(self, evaluation: int) -> tuple[float, float]:
        """Return its value and its limit, in the signal's unit."""
        part = bisect_left(self.limits, (evaluation + 1,)) - 1
        unit = self.column.channel.signal.value
        return unit(self.column.steps[evaluation]), unit(self.limits[part][1])

    def evaluations(self, number: int) -> Iterator[_Event]:
        """Yield those that can change the alarm, each after the one before was evaluated."""
        for first, zone, seen_ns in self.runs.seen_by(self.alarm):
            yield self.column.at_ns[first], _ENTRY, number, (first, zone, seen_ns)

    def measure(self, stop: int) -> None:
        """Record the evaluations before `stop`, in which nothing changed."""
        if stop > self.seen:
            self.extend(stop - 1)
            if self.alarm.state is not State.INACTIVE:
                self._measure(stop - 1)
            self.seen = stop

    def extend(self, stop: int) -> None:
        """Record the highest or lowest value before `stop`, if the alarm holds."""
        start = self.seen
        if start < stop and self.alarm.holds:
            values = self.column.values[start:stop]
            self._measure(start + int(values.argmax() if self.upper else values.argmin()))

    def _measure(self, evaluation: int) -> None:
        self.alarm.measure(self.column.at_ns[evaluation], *self.read(evaluation), "")


class _Replay:
    """The alarms of a ladder, as one session has them."""

    def __init__(self) -> None:
        self._deadlines: Deadlines[DeadlineKey] = Deadlines()
        self._alarms = ActiveAlarms(self._deadlines)
        self._members: list[_Member] = []
        self._facts: list[AlarmFact] = []

    def add(self, column: Column, rule: Rule, actions: Sequence[Action]) -> None:
        """Add a rule that is violated at some time; the alarm of another one stays inactive."""
        condition = rule.condition
        if not isinstance(condition, Compare):
            return
        limits, runs = column.course(condition, [action.at_ns for action in actions])
        if runs is not None:
            alarm = self._alarms.alarm(column.alarm.number, rule, column.alarm.subject)
            decisive = DecisiveRuns(runs, rule.sustain_ns, rule.clear_after_ns)
            self._members.append(_Member(alarm, column, limits, condition.bound.upper, decisive))

    def play(self, actions: Sequence[Action], until_ns: int) -> list[AlarmFact]:
        """Return all steps up to a time."""
        for (now_ns, order), moment in groupby(self._events(actions), key=itemgetter(0, 1)):
            seen_ns = now_ns if order == _ENTRY else now_ns - 1
            self._fire(seen_ns)
            facts: list[AlarmFact] = []
            for *_, number, what in moment:
                if isinstance(what, Action):
                    self._measure(seen_ns)
                    facts += self._act(what)
                elif what is None:
                    self._measure(seen_ns)
                    facts += self._alarms.suspend(now_ns, self._members[number].alarm)
                else:
                    facts += self._evaluate(now_ns, self._members[number], *what)
            if order == _LOSS:
                facts += self._wake(now_ns)
            self._settle(now_ns, seen_ns, facts)
        self._fire(until_ns)
        return self._facts

    def _events(self, actions: Sequence[Action]) -> Iterator[_Event]:
        """Yield what happens, in order; what a member sees next depends on its alarm by then."""
        sources: list[Iterable[_Event]] = [
            [(action.at_ns, _ENTRY, -1, action) for action in actions]
        ]
        for number, member in enumerate(self._members):
            sources.append([(at_ns, _LOSS, number, None) for at_ns in member.column.lost_ns])
            sources.append(member.evaluations(number))
        return merge(*sources)

    def _evaluate(
        self, now_ns: int, member: _Member, evaluation: int, zone: Zone, valid_ns: int
    ) -> list[AlarmFact]:
        member.extend(evaluation)  # this value replaces those before it
        member.seen = evaluation + 1
        if member.alarm.idle and zone is not Zone.VIOLATED:
            return []
        value, limit = member.read(evaluation)
        return self._alarms.evaluate(
            now_ns, member.alarm, zone, value=value, limit=limit, valid_ns=valid_ns
        )

    def _act(self, action: Action) -> list[AlarmFact]:
        now_ns, kind, key, by = action
        match kind:
            case EntryKind.ACKNOWLEDGE:
                return self._alarms.acknowledge(now_ns, key, by)
            case EntryKind.UNACKNOWLEDGE:
                return self._alarms.unacknowledge(now_ns, key, by)
            case EntryKind.RESET:
                return self._alarms.reset(now_ns, key, by)
        numbers = [member.alarm.number for member in self._members]
        return [fact for each in numbers for fact in self._alarms.withdraw(now_ns, each, by)]

    def _fire(self, until_ns: int) -> None:
        """Fire the deadlines up to a time, moment by moment."""
        while (due := self._deadlines.peek()) is not None and due[0] <= until_ns:
            self._measure(due[0] - 1)
            self._settle(due[0], due[0] - 1, self._wake(due[0]))

    def _wake(self, now_ns: int) -> list[AlarmFact]:
        facts: list[AlarmFact] = []
        while (due := self._deadlines.pop(now_ns)) is not None:
            facts += self._alarms.wake(*due)
        return facts

    def _measure(self, until_ns: int) -> None:
        """Record what was evaluated up to a time."""
        for member in self._members:
            member.measure(bisect_right(member.column.at_ns, until_ns))

    def _settle(self, now_ns: int, seen_ns: int, facts: list[AlarmFact]) -> None:
        """Settle the ladder after the steps of a moment."""
        if facts:
            self._measure(seen_ns)
            self._facts += self._alarms.settle(now_ns, facts)
