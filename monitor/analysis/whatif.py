"""Analysis of alternative policies: recorded entries, replayed with another policy.

Pure. Recorded actions (acknowledge, reset, pause) are replayed at their times; actions on alarms
that the other policy did not raise have no effect.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from alerts.policy.rules import Policy
from monitor.core.channel_facts import ChannelFacts
from monitor.core.engine import Engine
from monitor.core.entry_check import unreadable
from monitor.core.policy_changes import Instead
from monitor.core.standstill import interrupted_since_ns
from monitor.entries import Entry, EntryKind
from monitor.facts import AlarmFact, Fact, LimitFact, StatisticFact

_PACKET = EntryKind.PACKET  # attributes of enumerations are slow before Python 3.12


def alarms_under(instead: Instead, entries: Iterable[Entry], until_ns: int) -> Iterator[AlarmFact]:
    """Yield every step of the alarms that another policy would have raised, in order.

    Args:
        instead: called with the policy in force, including overrides, whenever that changes;
            returns the policy to use.
        entries: of one session, from its first.
        until_ns: end of the recording; timers run until then.
    """
    engine = WhatIfEngine(instead)
    for entry in entries:
        yield from alarm_steps(fact for _, fact in engine.apply(entry))
    yield from alarm_steps(engine.advance(until_ns))


class WhatIfEngine(Engine):
    """An engine without the facts for charts, which take a seventh of its time."""

    def apply(self, entry: Entry) -> list[tuple[int, Fact]]:
        """Apply the next entry of the journal; return the facts that follow."""
        facts = super().apply(entry)
        if entry.kind != _PACKET:  # few packets bring a new channel
            for channel in self.channels.values():
                channel.facts = _NoFacts(channel.name, channel.signal)
        return facts


class _NoFacts(ChannelFacts):
    def report(self, *_: object) -> list[LimitFact | StatisticFact]:
        self.due_ns = 2**63
        return []


def always(policy: Policy) -> Instead:
    """Return a function that replaces any policy with this one."""
    return lambda _in_force: policy


def with_sustain(policy: Policy, sustain_s: float) -> Policy:
    """Return a policy with this sustain time in every rule.

    Conditions with a time (`absent`, `invalid`, `frozen`) keep it; the sustain time is added. Text
    and digest are empty, since no policy file has this content.
    """
    rules = tuple(replace(rule, sustain_s=sustain_s) for rule in policy.rules)
    return replace(policy, rules=rules, text="", digest="")


def continuous(entry: Entry) -> bool:
    """Return whether deadlines fire at their times before an entry."""
    if entry.kind not in (EntryKind.RUN, EntryKind.STANDSTILL):
        return True
    return unreadable(entry, ()) is None and interrupted_since_ns(entry) is None


def alarm_steps(facts: Iterable[object]) -> Iterator[AlarmFact]:
    """Yield the steps of alarms among facts."""
    return (fact for fact in facts if isinstance(fact, AlarmFact))
