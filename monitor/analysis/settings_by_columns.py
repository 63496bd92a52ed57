"""Columns of a session's rules, on which limits and times are tried without another replay.

One replay records each evaluation of the rules to vary: its time, the value, and for how long it is
evidence, all as the engine had them. Another limit then is a comparison of a column, and
`monitor.analysis.ladder_replay` plays the alarms on its changes. The result equals that of a
replay; what columns do not contain is left to one.
"""

from collections.abc import Iterable
from dataclasses import replace

from alerts.ladder import ladder
from alerts.policy.conditions import AnchorName, Compare
from alerts.policy.rules import Policy, Priority, Rule
from alerts.policy.safeguards import with_safeguards
from devices.packets import Quality
from monitor.analysis.ladder_replay import Action, replay_ladder
from monitor.analysis.rule_column import Column
from monitor.analysis.whatif import WhatIfEngine, continuous
from monitor.core.condition_evaluators import CompareEvaluator
from monitor.core.entry_check import unreadable
from monitor.core.policy_changes import Instead
from monitor.entries import Entry, EntryKind
from monitor.facts import AlarmFact, Fact, ReadingFact

_ACTIONS = (EntryKind.ACKNOWLEDGE, EntryKind.UNACKNOWLEDGE, EntryKind.RESET)
_POLICY_CHANGES = (EntryKind.POLICY, EntryKind.OVERRIDE)
_EVALUATED = (Quality.GOOD, Quality.SETTLING)
# Rolling limits depend on earlier values in ways that columns do not contain.
_ANCHORS = {None, AnchorName.BASELINE}


class RuleColumns:
    """The columns of some rules in one session, and the alarms of all rules.

    Args:
        instead: returns the policy to evaluate instead of the one in force.
        rules: ids of the rules to vary.
    """

    def __init__(self, instead: Instead, rules: frozenset[str]) -> None:
        self._usable = False
        self._in_force: Policy | None = None
        self._instead = instead
        self._rules = rules
        self._engine = WhatIfEngine(self._evaluated)
        self._alarms: list[AlarmFact] = []
        self._columns: dict[str, list[Column]] = {}  # by ladder
        self._channels: set[str] = set()
        self._incomplete: set[str] = set()  # channels with evaluations that are in no column
        self._undone = False
        self._actions: list[Action] = []
        self._until_ns = 0

    def record(self, entries: Iterable[Entry], until_ns: int) -> "RuleColumns":
        """Replay a session up to `until_ns`, or until no column could be used; return self."""
        engine = self._engine
        for entry in entries:
            if entry.kind in _POLICY_CHANGES or not continuous(entry):
                return self
            self._advance(entry.received_ns)
            facts = self._keep(fact for _, fact in engine.apply(entry))
            self._evaluations(entry, facts)
            self._watch_new_channels(entry)
            self._undone |= entry.kind == EntryKind.UNDO
            if entry.kind in _ACTIONS and unreadable(entry, ()) is None:
                by = entry.body()["by"]
                self._actions.append(Action(entry.received_ns, entry.kind, entry.source, by))
            elif entry.kind == EntryKind.END and (end := engine.lifecycle.ended) is not None:
                self._actions.append(Action(entry.received_ns, entry.kind, "", end.by))
        self._advance(until_ns)
        self._until_ns = until_ns
        rules = engine.policy.rules if engine.policy else ()
        distinct = len({rule.id for rule in rules}) == len(rules)  # else numbers are no indices
        self._usable = distinct and engine.failure is None
        return self

    def alarms_under(self, instead: Instead) -> list[AlarmFact] | None:
        """Return the steps of all alarms under changed rules; None: this needs a replay.

        Those of one alarm are in their order; alarms are not.

        Args:
            instead: returns the policy to evaluate instead of the one in force.
        """
        was = self._engine.policy
        if not self._usable or was is None or self._in_force is None:
            return None
        now = with_safeguards(instead(self._in_force))
        if len(was.rules) != len(now.rules) or was.settling != now.settling:
            return None
        pairs = enumerate(zip(was.rules, now.rules, strict=True))
        changed = [number for number, (old, new) in pairs if old is not new and old != new]
        if not all(self._comparable(was.rules[number], now.rules[number]) for number in changed):
            return None
        played: list[AlarmFact] = []
        replaced: set[str] = set()
        for columns in self._columns.values():
            numbers = [column.alarm.number for column in columns]
            if set(numbers).isdisjoint(changed):
                continue
            rules = [now.rules[number] for number in numbers]
            if columns[0].channel.name in self._incomplete or not all(map(self._playable, rules)):
                return None
            replaced |= {column.alarm.key for column in columns}
            played += replay_ladder(columns, rules, self._actions, self._until_ns)
        return [fact for fact in self._alarms if fact.key not in replaced] + played

    # The replay

    def _evaluated(self, in_force: Policy) -> Policy:
        self._in_force = in_force
        return self._instead(in_force)

    def _keep(self, facts: Iterable[Fact]) -> list[Fact]:
        found = list(facts)
        self._alarms += [fact for fact in found if isinstance(fact, AlarmFact)]
        return found

    def _advance(self, now_ns: int) -> None:
        """Fire the deadlines up to a time one by one, to see when a channel is lost."""
        engine = self._engine
        while engine.lifecycle.ended is None:
            due_ns = engine.next_due_ns()
            if due_ns is None or due_ns > now_ns:
                return
            self._keep(engine.advance(due_ns))
            for columns in self._columns.values():
                for column in columns:
                    column.see_loss(due_ns)

    def _evaluations(self, entry: Entry, facts: Iterable[Fact]) -> None:
        """Add the evaluations of a packet to the columns."""
        for columns in self._columns.values() if entry.kind == EntryKind.PACKET else ():
            channel = columns[0].channel
            if channel.seen_ns != entry.received_ns:
                continue
            readings = [
                fact
                for fact in facts
                if isinstance(fact, ReadingFact)
                and fact.subject == channel.name
                and fact.quality in _EVALUATED
            ]
            if len(readings) > 1 or self._engine.lifecycle.ended is not None:
                self._incomplete.add(channel.name)
            for column in columns:
                column.see_evaluation(entry.received_ns)

    def _watch_new_channels(self, entry: Entry) -> None:
        channels = self._engine.channels
        for name in channels.keys() - self._channels:
            self._channels.add(name)
            if entry.kind == EntryKind.PACKET:  # its first value has been evaluated
                self._incomplete.add(name)
            watched = [
                Column(alarm, channels[name], evaluator)
                for alarm, evaluator in channels[name].watches
                if isinstance(evaluator, CompareEvaluator)
            ]
            varied = {ladder(each.alarm) for each in watched if each.alarm.rule.id in self._rules}
            for column in watched:
                if (key := ladder(column.alarm)) in varied:
                    self._columns.setdefault(key, []).append(column)

    # Changed rules

    def _comparable(self, was: Rule, now: Rule) -> bool:
        """Return whether a change of a rule has no effect but on the alarms of its ladder."""
        before, after = was.condition, now.condition
        if not isinstance(before, Compare) or not isinstance(after, Compare):
            return False
        same = replace(
            now,
            condition=replace(after, bound=before.bound, limit=before.limit, clear=before.clear),
            sustain_s=was.sustain_s,
            clear_after_s=was.clear_after_s,
            priority=was.priority,
            latch=was.latch,
        )
        limit, clear = _anchors(before)
        return (
            was.id in self._rules
            and same == was
            and before.bound.upper == after.bound.upper
            and limit == _anchors(after)[0]
            and (AnchorName.BASELINE in (limit, clear)) == (AnchorName.BASELINE in _anchors(after))
            # Rules above this priority determine whether a channel is judged.
            and (was.priority > Priority.INFO) == (now.priority > Priority.INFO)
            and self._playable(was)
            and self._playable(now)
        )

    def _playable(self, rule: Rule) -> bool:
        """Return whether the columns have all that the alarms of a rule depend on."""
        condition = rule.condition
        return (
            isinstance(condition, Compare)
            and condition.repeated == 1
            and _ANCHORS.issuperset(_anchors(condition))
            # An undone dose withdraws alarms.
            and not (self._undone and AnchorName.BASELINE in _anchors(condition))
            # Each spot measurement is judged by itself, and doubtful ones by the same limit.
            and condition.signal not in self._engine.spot.signals()
            and not any(
                channel.spot and channel.signal.name == condition.signal
                for channel in self._engine.channels.values()
            )
        )


def _anchors(compare: Compare) -> list[AnchorName | None]:
    limits = (compare.limit, compare.clear)
    return [each.anchor.name if each and each.anchor else None for each in limits]
