"""Analysis of alternative policies: recorded entries, replayed with another policy.

Pure. Recorded actions (acknowledge, reset, pause) are replayed at their times; actions on alarms
that the other policy did not raise have no effect.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from alerts.policy.rules import Policy
from monitor.core.engine import Engine
from monitor.entries import Entry
from monitor.facts import AlarmFact


def alarms_under(
    instead: Callable[[Policy], Policy], entries: Iterable[Entry], until_ns: int
) -> Iterator[AlarmFact]:
    """Yield every step of the alarms that another policy would have raised, in order.

    Args:
        instead: called with the policy in force, including overrides, whenever that changes;
            returns the policy to use.
        entries: of one session, from its first.
        until_ns: end of the recording; timers run until then.
    """
    engine = Engine(instead)
    for entry in entries:
        yield from _alarms(fact for _, fact in engine.apply(entry))
    yield from _alarms(engine.advance(until_ns))


def always(policy: Policy) -> Callable[[Policy], Policy]:
    """Return a function that replaces any policy with this one."""
    return lambda _in_force: policy


def with_sustain(policy: Policy, sustain_s: float) -> Policy:
    """Return a policy with this sustain time in every rule.

    Conditions with a time (`absent`, `invalid`, `frozen`) keep it; the sustain time is added. Text
    and digest are empty, since no policy file has this content.
    """
    rules = tuple(replace(rule, sustain_s=sustain_s) for rule in policy.rules)
    return replace(policy, rules=rules, text="", digest="")


def _alarms(facts: Iterable[object]) -> Iterator[AlarmFact]:
    return (fact for fact in facts if isinstance(fact, AlarmFact))
