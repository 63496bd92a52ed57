"""Analysis of alternative policies: properties of the alarms that they would have raised."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.policy.parser import load_shipped
from monitor.analysis.whatif import alarms_under, always, with_sustain
from monitor.entries import Entry, EntryKind
from monitor.facts import AlarmFact
from monitor.sessions.alarm_occurrences import AlarmOccurrences
from tests.engine.scripted_session import START_NS, Script, spec

POLICY = spec().policy
# Runs of one heart rate or one core temperature, long and short against the sustain times; None:
# nothing comes.
RUNS = st.lists(
    st.tuples(st.integers(1, 25), st.sampled_from([None, 0, 38, 60, 107, 112, 130])), max_size=12
)
CORES = st.lists(st.sampled_from([37.0, 38.1, 39.0]), max_size=12)


def played(runs: Sequence[tuple[int, int | None]], cores: Sequence[float] = ()) -> Script:
    script = Script()
    second = 1
    for number, (length, rate) in enumerate(runs):
        if number < len(cores):
            script.at(second).core(cores[number])
        if number == 3:
            script.tell(EntryKind.ACKNOWLEDGE, "hr-high@strap/heart_rate", by="Ada")
            script.tell(EntryKind.RESET, "hr-low@strap/heart_rate", by="Ada")
        for _ in range(length):
            script.at(second)
            if rate is not None:
                script.heart(rate + second % 2 if rate else 0)
            second += 1
    return script.until(second)


def ended_ns(script: Script) -> int:
    return START_NS + round(script.second * 1e9)


def raised(entries: list[Entry], until_ns: int, sustain_s: float) -> dict[str, int]:
    """Return how often each rule raised an alarm, including covered ones."""
    alarms = alarms_under(always(with_sustain(POLICY, sustain_s)), entries, until_ns)
    return dict(Counter(one.rule for one in AlarmOccurrences(alarms).until(until_ns)))


@given(RUNS, CORES)
@settings(deadline=None)
def test_recorded_policy_reproduces_the_recorded_alarms(
    runs: list[tuple[int, int | None]], cores: list[float]
) -> None:
    script = played(runs, cores)
    recorded = [fact for _, fact in script.facts if isinstance(fact, AlarmFact)]
    assert (
        list(alarms_under(lambda in_force: in_force, script.entries, ended_ns(script))) == recorded
    )


@given(RUNS, CORES, st.integers(0, 40), st.integers(0, 40))
@settings(deadline=None)
def test_longer_sustain_time_never_raises_more_alarms(
    runs: list[tuple[int, int | None]], cores: list[float], one_s: int, other_s: int
) -> None:
    """A longer violation contains a shorter one, so a longer sustain time cannot add alarms."""
    script = played(runs, cores)
    shorter_s, longer_s = sorted((one_s, other_s))
    fewer = raised(script.entries, ended_ns(script), longer_s)
    more = raised(script.entries, ended_ns(script), shorter_s)
    assert all(number <= more.get(rule, 0) for rule, number in fewer.items())


def test_acknowledgements_of_alarms_of_other_rules_have_no_effect() -> None:
    script = Script()
    script.hearts(0, 30, 112)
    script.at(30).tell(EntryKind.ACKNOWLEDGE, "hr-high@strap/heart_rate", by="Ada")
    script.at(31).tell(EntryKind.RESET, "hr-high@strap/heart_rate", by="Ada")
    script.hearts(32, 150, 112)
    found = list(
        alarms_under(always(load_shipped("resting-adult")), script.entries, ended_ns(script))
    )
    assert {fact.step for fact in found} == {"raised"}
    assert {"hr-91", "hr-111"} <= {fact.rule for fact in found}


def test_alternative_policy_replaces_the_session_policy() -> None:
    script = Script()
    script.hearts(0, 60, 112)
    rules = tuple(rule for rule in POLICY.rules if rule.id == "hr-high")
    found = list(
        alarms_under(always(replace(POLICY, rules=rules)), script.entries, ended_ns(script))
    )
    assert [fact.rule for fact in found] == ["hr-high"]


def test_uniform_sustain_time_applies_to_every_rule_and_drops_the_text() -> None:
    other = with_sustain(POLICY, 14)
    assert {rule.sustain_s for rule in other.rules} == {14}
    assert [rule.condition for rule in other.rules] == [rule.condition for rule in POLICY.rules]
    assert not other.text
    assert not other.digest


def test_overrides_are_replayed_unless_another_policy_replaces_them() -> None:
    script = Script()
    script.hearts(0, 20, 112)
    changes = {"above": 130, "clear": 125}
    script.tell(EntryKind.OVERRIDE, "hr-high", changes=changes, by="Ada", reason="calm")
    script.hearts(20, 60, 120)
    recorded = [fact for _, fact in script.facts if isinstance(fact, AlarmFact)]
    assert list(alarms_under(lambda now: now, script.entries, ended_ns(script))) == recorded
    found = list(alarms_under(always(POLICY), script.entries, ended_ns(script)))
    assert [fact.step for fact in found if fact.rule == "hr-high"] == ["raised"]
