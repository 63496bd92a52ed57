"""Replay of the alarms of one ladder from columns of evaluations. Pure.

The alarms are those of the engine. From one change to the next their conditions were seen in one
zone without a break, so only the first and the last evaluation of such a run are played, and what
is due in between fires at its time.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

from alerts.active_alarms import ActiveAlarms
from alerts.alarm import Alarm, State
from alerts.deadline_queue import DeadlineKey, Deadlines
from alerts.evidence import Zone
from alerts.policy.conditions import Compare
from alerts.policy.rules import Rule
from monitor.analysis.rule_column import Column, Limits, Run
from monitor.entries import EntryKind
from monitor.facts import AlarmFact

_LOSS, _ENTRY = range(2)  # at equal times a deadline fires before an entry is applied


class Action(NamedTuple):
    """An entry about alarms: an action on the alarm `key`, or the end of the session."""

    at_ns: int
    kind: str
    key: str
    by: str


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
    runs: Sequence[Run]
    seen: int = 0

    def value(self, evaluation: int) -> float:
        return self.column.channel.signal.value(self.column.values[evaluation].item())

    def limit(self, evaluation: int) -> float:
        part = bisect_right(self.limits, evaluation, key=itemgetter(0)) - 1
        return self.column.channel.signal.value(self.limits[part][1])

    def measure(self, stop: int) -> None:
        """Record the evaluations before `stop`, in which nothing changed."""
        start, self.seen = self.seen, max(self.seen, stop)
        if stop <= start or self.alarm.state is State.INACTIVE:
            return
        last = stop - 1
        if self.alarm.holds and start < last:
            values = self.column.values[start:last]
            self._measure(start + int(values.argmax() if self.upper else values.argmin()))
        self._measure(last)

    def _measure(self, evaluation: int) -> None:
        at_ns, limit = self.column.at_ns[evaluation], self.limit(evaluation)
        self.alarm.measure(at_ns, self.value(evaluation), limit, "")


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
        if runs:
            alarm = self._alarms.alarm(column.alarm.number, rule, column.alarm.subject)
            self._members.append(_Member(alarm, column, limits, condition.bound.upper, runs))

    def play(self, actions: Sequence[Action], until_ns: int) -> list[AlarmFact]:
        """Return all steps up to a time."""
        for (now_ns, order), moment in groupby(sorted(self._events(actions)), key=itemgetter(0, 1)):
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

    def _events(
        self, actions: Sequence[Action]
    ) -> Iterator[tuple[int, int, int, Action | tuple[int, Zone, int] | None]]:
        """Yield all that happens: time, order at that time, number of the member, and what."""
        for action in actions:
            yield action.at_ns, _ENTRY, -1, action
        for number, member in enumerate(self._members):
            at_ns, valid_ns = member.column.at_ns, member.column.valid_ns
            for lost_ns in member.column.lost_ns:
                yield lost_ns, _LOSS, number, None
            for first, last, zone in member.runs:
                if first < last:
                    lasts_ns = at_ns[last] - at_ns[first]
                    yield at_ns[first], _ENTRY, number, (first, zone, lasts_ns)
                yield at_ns[last], _ENTRY, number, (last, zone, valid_ns[last])

    def _evaluate(
        self, now_ns: int, member: _Member, evaluation: int, zone: Zone, valid_ns: int
    ) -> list[AlarmFact]:
        if member.alarm.holds:  # else this value replaces those before it
            member.measure(evaluation)
        member.seen = evaluation + 1
        if member.alarm.idle and zone is not Zone.VIOLATED:
            return []
        return self._alarms.evaluate(
            now_ns,
            member.alarm,
            zone,
            value=member.value(evaluation),
            limit=member.limit(evaluation),
            valid_ns=valid_ns,
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
