"""What other rules would have done: recorded entries through the engine under another policy.

Pure. What people did then (acknowledged, reset, paused) comes again at its own time; where it names
an alarm that these rules have not raised, it is without effect.
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
    """Yield every step of the alarms that other rules would have raised, in order.

    Args:
        instead: is handed the policy in force, whenever that changes, with its overrides; returns
            what judges in its place.
        entries: of one session, from its first.
        until_ns: when the recording ended; timers run until then.
    """
    engine = Engine(instead)
    for entry in entries:
        yield from _alarms(fact for _, fact in engine.apply(entry))
    yield from _alarms(engine.advance(until_ns))


def always(policy: Policy) -> Callable[[Policy], Policy]:
    """Return what puts a policy in the place of whatever is in force."""
    return lambda _in_force: policy


def with_sustain(policy: Policy, sustain_s: float) -> Policy:
    """Return a policy whose every rule has this sustain time.

    What has a time of its own in its condition (`absent`, `invalid`, `frozen`) keeps it: the
    sustain time comes on top. Text and digest are gone, because no file says this.
    """
    rules = tuple(replace(rule, sustain_s=sustain_s) for rule in policy.rules)
    return replace(policy, rules=rules, text="", digest="")


def _alarms(facts: Iterable[object]) -> Iterator[AlarmFact]:
    return (fact for fact in facts if isinstance(fact, AlarmFact))
