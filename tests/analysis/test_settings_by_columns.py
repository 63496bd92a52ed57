"""Alarms of changed rules by columns equal those of the engine, wherever columns are used."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from random import Random
from typing import Any

import numpy as np
import pytest

from alerts.policy.conditions import (
    Absent,
    AnchorName,
    Bound,
    Compare,
    Limit,
    Statistic,
    StatisticName,
)
from alerts.policy.rules import Policy, Priority, Rule
from devices.signals import SIGNALS
from monitor.analysis.settings_by_columns import RuleColumns
from monitor.analysis.whatif import alarms_under
from monitor.analysis.zone_runs import HYSTERESIS, VIOLATED, ZoneRuns
from monitor.core.session_spec import SessionSpec
from monitor.entries import EntryKind
from monitor.facts import AlarmFact
from tests.analysis.recorded_sessions import recorded
from tests.durations import examples, rest_extended
from tests.engine.scripted_session import POLICY, START_NS, Script

SESSIONS = examples(10)
BLOCK = 5
SETTINGS = 7  # of each session
LONGEST_S = 900.0
# Acts after which a session is replayed.
REPLAYED = ("override", "policy", "undo", "restart", "standstill")
TAIL_NS = 200 * 10**9  # time after the last entry in which deadlines fire


def by_alarm(facts: Iterable[AlarmFact]) -> dict[str, list[AlarmFact]]:
    found: dict[str, list[AlarmFact]] = {}
    for fact in facts:
        found.setdefault(fact.key, []).append(fact)
    return found


def rolls(rule: Rule) -> bool:
    compare = rule.condition
    return isinstance(compare, Compare) and any(
        limit is not None and limit.anchor is not None and limit.anchor.name != AnchorName.BASELINE
        for limit in (compare.limit, compare.clear)
    )


def varied(random: Random, rule: Rule) -> Rule:
    """Return a rule with another limit, clear limit and times; most of them near the values."""
    compare = rule.condition
    if not isinstance(compare, Compare) or compare.repeated > 1 or rolls(rule):
        return rule
    if SIGNALS[compare.signal].spot or random.random() < 0.2:
        return rule
    by = random.choice([-8, -3, -1, 0, 0, 1, 3, 8]) * 2 * float(SIGNALS[compare.signal].resolution)

    def moved(limit: Limit | None) -> Limit | None:
        return limit and replace(limit, offset=round(limit.offset + by, 2))

    limit, clear = moved(compare.limit), moved(compare.clear)
    assert limit is not None
    if clear is not None and clear.anchor is None and random.random() < 0.3:
        clear = None
    return replace(
        rule,
        condition=replace(compare, limit=limit, clear=clear),
        sustain_s=random.choice([rule.sustain_s, 0.0, 3.0, 9.5, 25.0, 110.0]),
        clear_after_s=random.choice([rule.clear_after_s, 0.0, 2.0, 7.5, 40.0]),
        latch=random.random() < 0.3,
        priority=rule.priority or Priority.INFO
        if rule.priority == Priority.INFO
        else random.choice([Priority.LOW, Priority.MEDIUM, Priority.HIGH]),
    )


def compare_with_engine(seed: int) -> tuple[int, int]:
    """Compare settings of a random session; return how many used columns, and the alarms raised."""
    random = Random(seed)
    entries = recorded(seed, LONGEST_S, REPLAYED if random.random() < 0.8 else ())
    until_ns = entries[-1].received_ns + TAIL_NS
    firm = random.random() < 0.8

    def base(in_force: Policy) -> Policy:
        """Return the policy, usually without rolling limits, which columns do not contain."""
        rules = [rule for rule in in_force.rules if not (firm and rolls(rule))]
        return replace(in_force, rules=tuple(rules))

    def changed(in_force: Policy, setting: int) -> Policy:
        again, policy = Random(setting), base(in_force)
        return replace(policy, rules=tuple(varied(again, rule) for rule in policy.rules))

    policy = SessionSpec.from_body(entries[0].body()).policy
    columns = RuleColumns(base, frozenset(rule.id for rule in policy.rules))
    columns.record(entries, until_ns)
    used = raised = 0
    for setting in range(SETTINGS):
        instead = partial(changed, setting=setting)
        if (found := columns.alarms_under(instead)) is None:
            continue
        used += 1
        raised += sum(fact.step == "raised" and not fact.technical for fact in found)
        engine = by_alarm(alarms_under(instead, entries, until_ns))
        assert by_alarm(found) == engine, f"seed {seed}, setting {setting}"
    return used, raised


@pytest.mark.parametrize("block", rest_extended(range(SESSIONS // BLOCK)))
def test_alarms_by_columns_equal_those_of_the_engine(block: int) -> None:
    """Every field of every step; and columns are used for most settings of most sessions."""
    seeds = range(block * BLOCK, (block + 1) * BLOCK)
    found = [compare_with_engine(seed) for seed in seeds]
    assert sum(used for used, _ in found) >= BLOCK * SETTINGS // 4
    assert sum(raised for _, raised in found) >= BLOCK


def test_rules_about_spot_measurements_are_left_to_the_engine() -> None:
    """A doubtful measurement of a cuff is compared with their limits too."""
    entries = recorded(2064, LONGEST_S, REPLAYED)
    rules = SessionSpec.from_body(entries[0].body()).policy.rules
    spot = [
        r for r in rules if isinstance(r.condition, Compare) and r.condition.signal == "systolic"
    ]
    columns = RuleColumns(as_it_is, frozenset(rule.id for rule in spot))
    columns.record(entries, entries[-1].received_ns)
    assert spot
    assert columns.alarms_under(as_it_is) is not None
    for rule in spot:
        assert columns.alarms_under(with_rule(rule.id, sustain_s=7.0)) is None


# Worked examples


def as_it_is(policy: Policy) -> Policy:
    return policy


def columns_of(script: Script, *rules: str) -> RuleColumns:
    return RuleColumns(as_it_is, frozenset(rules)).record(script.entries, ended_ns(script))


def ended_ns(script: Script) -> int:
    return START_NS + round(script.second * 1e9)


def with_rule(name: str, **changes: Any) -> Callable[[Policy], Policy]:
    def instead(policy: Policy) -> Policy:
        rules = (replace(r, **changes) if r.id == name else r for r in policy.rules)
        return replace(policy, rules=tuple(rules))

    return instead


def steps(columns: RuleColumns, instead: Callable[[Policy], Policy]) -> list[str] | None:
    """Return the steps of the slow heart's alarm as ``second step``, or None."""
    found = columns.alarms_under(instead)
    if found is None:
        return None
    slow_ones = [each for each in found if each.rule == "hr-low"]
    return [f"{(each.at_ns - START_NS) / 1e9:g} {each.step}" for each in slow_ones]


SLOWER = with_rule("hr-low", sustain_s=20.0)


def slow(script: Script) -> Script:
    """Let the heart be slow from 10 s to 60 s."""
    script.hearts(1, 10, 70)
    script.hearts(10, 60, 35)
    return script


def test_longer_sustain_time_raises_later() -> None:
    script = slow(Script())
    script.hearts(60, 70, 70)
    found = columns_of(script, "hr-low")
    assert steps(found, as_it_is) == ["15 raised", "60 latched"]
    assert steps(found, SLOWER) == ["30 raised", "60 latched"]


def test_end_of_the_session_withdraws_an_alarm() -> None:
    script = slow(Script())
    script.tell(EntryKind.END, "session", by="Ada", reason="done", open=[])
    script.second = 300
    assert steps(columns_of(script, "hr-low"), SLOWER) == ["30 raised", "59 withdrawn"]


def test_actions_count_at_their_times() -> None:
    script = slow(Script())
    script.tell(EntryKind.ACKNOWLEDGE, "hr-low@strap/heart_rate", by="Ada")
    script.hearts(60, 70, 35)
    script.at(70).tell(EntryKind.ACKNOWLEDGE, "hr-low@strap/heart_rate", by="Bo")
    script.hearts(71, 80, 70)
    script.at(80).tell(EntryKind.RESET, "hr-low@strap/heart_rate", by="Bo")
    later = with_rule("hr-low", sustain_s=55.0)
    assert steps(columns_of(script, "hr-low"), later) == [
        "65 raised",
        "70 acknowledged",
        "71 latched",
        "80 reset",
    ]


def test_reset_finds_the_state_that_the_values_before_it_left() -> None:
    """A latched alarm is pending again, and normal values end that before the reset."""
    script = slow(Script())
    script.hearts(60, 70, 70)
    script.hearts(70, 73, 35)
    script.hearts(73, 90, 70)
    script.tell(EntryKind.RESET, "hr-low@strap/heart_rate", by="Ada")
    script.hearts(90, 100, 70)
    lingering = with_rule("hr-low", clear_after_s=5.0)
    found = columns_of(script, "hr-low").alarms_under(lingering)
    assert found is not None
    assert [fact.state for fact in found if fact.step == "reset"] == ["inactive"]
    engine = alarms_under(lingering, script.entries, ended_ns(script))
    assert by_alarm(found) == by_alarm(engine)


@pytest.mark.parametrize("last", [True, False])
def test_reset_finds_the_state_that_a_value_in_the_hysteresis_left(last: bool) -> None:
    """Time that was normal is full with it, though nothing counts in its zone."""
    script = slow(Script())
    script.hearts(60, 70, 70)
    script.hearts(70, 73, 35)
    script.hearts(73, 78, 70)
    script.at(78).heart(42)
    script.tell(EntryKind.RESET, "hr-low@strap/heart_rate", by="Ada")
    script.hearts(79, 79 if last else 90, 70)
    limit, clear = Limit(None, 40.0), Limit(None, 45.0)
    low = Compare("heart_rate", Statistic(StatisticName.LAST), Bound.AT_MOST, limit, clear)
    lingering = with_rule("hr-low", condition=low, clear_after_s=5.0)
    found = columns_of(script, "hr-low").alarms_under(lingering)
    assert found is not None
    assert [fact.state for fact in found if fact.step == "reset"] == ["inactive"]
    assert by_alarm(found) == by_alarm(alarms_under(lingering, script.entries, ended_ns(script)))


def test_evidence_that_expires_within_the_hysteresis_divides_a_run() -> None:
    zones = np.array([VIOLATED, *[HYSTERESIS] * 4, VIOLATED])
    at_ns = np.array([0, 1, 2, 302, 303, 304]) * 10**9
    runs = ZoneRuns(zones, at_ns, at_ns + 10**9, np.array([], int), 0)
    assert [first for first, *_ in runs.runs] == [0, 2, 3, 5]


def events(script: Script, what: str) -> None:
    """Let something happen that columns do not contain."""
    match what:
        case "override":
            changes = {"at_most": 38}
            script.tell(EntryKind.OVERRIDE, "hr-low", changes=changes, by="Ada", reason="calm")
        case "policy":
            script.tell(EntryKind.POLICY, "test", text=POLICY, by="Ada", reason="again")
        case "restart":
            since_ns = START_NS + 60 * 10**9
            script.at(70).tell(EntryKind.RUN, "physiomon", offset_ns=0, since_ns=since_ns)
        case "standstill":
            since_ns = START_NS + 60 * 10**9
            script.at(70).tell(EntryKind.STANDSTILL, "physiomon", since_ns=since_ns)
        case "measured by hand":
            script.tell(EntryKind.VITALS, "manual", values={"heart_rate": 30}, by="Ada", role="")


@pytest.mark.parametrize("what", ["override", "policy", "restart", "standstill"])
def test_sessions_that_columns_do_not_contain_are_left_to_the_engine(what: str) -> None:
    script = slow(Script())
    assert steps(columns_of(script, "hr-low"), SLOWER)
    events(script, what)
    assert columns_of(script, "hr-low").alarms_under(SLOWER) is None


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("hr-jump", {"sustain_s": 5.0}),  # a rolling limit
        ("hr-high", {"sustain_s": 5.0}),  # of the same ladder
        ("ct-rate", {"sustain_s": 5.0}),
        ("both", {"sustain_s": 5.0}),
        ("no-hr", {"condition": Absent("heart_rate", 20.0)}),
        ("hr-low", {"enabled": False}),
        ("hr-low", {"priority": Priority.INFO}),
        ("ct-high", {"sustain_s": 5.0}),  # not among the rules that are varied
    ],
)
def test_changes_that_columns_do_not_contain_are_left_to_the_engine(
    name: str, changes: dict[str, Any]
) -> None:
    varied_rules = ("hr-jump", "hr-high", "ct-rate", "both", "no-hr", "hr-low")
    found = columns_of(slow(Script()), *varied_rules)
    assert found.alarms_under(as_it_is) is not None
    assert found.alarms_under(with_rule(name, **changes)) is None


def test_deadlines_fire_until_the_end_of_the_recording() -> None:
    script = slow(Script()).at(60)
    found = columns_of(script, "hr-low")
    assert steps(found, with_rule("hr-low", sustain_s=49.9)) == ["59.9 raised"]
    assert steps(found, with_rule("hr-low", sustain_s=50.1)) == []


def test_manual_values_of_the_signal_are_left_to_the_engine() -> None:
    script = slow(Script())
    events(script, "measured by hand")
    assert columns_of(script, "hr-low").alarms_under(SLOWER) is None


RR_POLICY = """
name = "beats"
version = "1"

[[rule]]
id = "rr-long"
signal = "rr_interval"
above = 1100
priority = "low"
message = "Slow beat"
source = "test"
"""


@pytest.mark.parametrize(("intervals", "used"), [("0005", True), ("00050005", False)])
def test_several_values_in_one_packet_are_left_to_the_engine(intervals: str, used: bool) -> None:
    """All of them are evaluated at one moment, and a column has one value for each."""
    script = Script(policy=RR_POLICY)
    for second in range(1, 30):
        script.at(second).raw("strap/2A37", "162f" + intervals)
    later = with_rule("rr-long", sustain_s=9.0)
    found = columns_of(script, "rr-long").alarms_under(later)
    engine = by_alarm(alarms_under(later, script.entries, ended_ns(script)))
    assert any(fact.rule == "rr-long" for facts in engine.values() for fact in facts)
    assert (None if found is None else by_alarm(found)) == (engine if used else None)


# Values around the limits

AROUND_LIMITS = """
name = "around-limits"
version = "1"

[[rule]]
id = "fast"
signal = "heart_rate"
above = 110
clear = 106
sustain = "10s"
clear_after = "5s"
priority = "low"
message = "Fast"
source = "test"

[[rule]]
id = "faster"
signal = "heart_rate"
at_least = 114
clear = 110
sustain = "5s"
priority = "medium"
latch = true
message = "Faster"
source = "test"

[[rule]]
id = "slow"
signal = "heart_rate"
below = 104
sustain = "10s"
clear_after = "10s"
priority = "low"
message = "Slow"
source = "test"
"""
AROUND_S = 1200.0
ALL_STEPS = {
    *("raised", "acknowledged", "unacknowledged", "latched", "cleared", "reset"),
    *("suspended", "resumed", "reminder", "covered", "uncovered"),
}


def around_limits(random: Random) -> Script:
    """Return a session of short runs in all zones, with gaps, silence and actions at any time."""
    script, step_s = Script(policy=AROUND_LIMITS), random.choice([1.0, 1.0, 0.83])
    long = random.choice([0.0, 0.02])  # share of runs that last until evidence could expire
    ways = [random.choice([1, 2, 5, 20]) for _ in range(7)]  # a session stays at some limits longer
    while script.second < AROUND_S:
        what = random.random()
        if what < 0.12:
            rule, by = random.choice(["fast", "faster", "slow"]), random.choice(["Ada", "Bo"])
            actions = (EntryKind.ACKNOWLEDGE, EntryKind.RESET, EntryKind.UNACKNOWLEDGE)
            (kind,) = random.choices(actions, [4, 4, 2])
            script.tell(kind, f"{rule}@strap/heart_rate", by=by, reason="")
        elif what < 0.2:
            script.second += random.choice([0.5, 1.0, 3.0, 7.0, 20.0, 70.0])
        elif what < 0.203:
            script.second += random.choice([280.0, 299.0, 300.0, 301.0, 400.0])
        (level,) = random.choices([102, 105, 108, 110, 112, 114, 116], ways)
        length = 600 if random.random() < long else random.choice([1, 1, 2, 3, 5, 6, 10, 10])
        for _ in range(length):
            pause_s = step_s if random.random() < 0.997 else 3.0
            script.second = round(script.second + pause_s, 2)
            script.heart(level + random.randrange(2))
    return script


def near_limits(policy: Policy, seed: int) -> Policy:
    """Return a policy with other limits and times, which sums of whole seconds equal."""
    random = Random(seed)
    rules = (
        replace(
            varied(random, rule),
            sustain_s=random.choice([0.0, 1.0, 5.0, 10.0, 20.0, 60.0, 150.0, 400.0]),
            clear_after_s=random.choice([0.0, 1.0, 3.0, 5.0, 10.0, 30.0, 400.0]),
        )
        for rule in policy.rules
    )
    return replace(policy, rules=tuple(rules))


def compare_around_limits(seed: int) -> Counter[str]:
    """Compare settings of a session around the limits; return how often alarms made each step."""
    script, names = around_limits(Random(seed)), frozenset({"fast", "faster", "slow"})
    until_ns = ended_ns(script) + TAIL_NS
    columns = RuleColumns(as_it_is, names).record(script.entries, until_ns)
    steps: Counter[str] = Counter()
    for setting in range(SETTINGS):
        instead = partial(near_limits, seed=SETTINGS * seed + setting)
        found = columns.alarms_under(instead)
        assert found is not None
        engine = by_alarm(alarms_under(instead, script.entries, until_ns))
        assert by_alarm(found) == engine, f"seed {seed}, setting {setting}"
        steps.update(fact.step for fact in found if fact.rule in names)
    return steps


@pytest.mark.parametrize("block", rest_extended(range(SESSIONS // BLOCK)))
def test_values_around_limits_raise_and_clear_as_in_the_engine(block: int) -> None:
    """Most of their runs change nothing and are not played; which do depends on every sum."""
    seeds = range(block * BLOCK, (block + 1) * BLOCK)
    steps = sum((compare_around_limits(seed) for seed in seeds), Counter())
    assert steps.keys() >= ALL_STEPS
    assert steps["raised"] >= 20 * BLOCK
