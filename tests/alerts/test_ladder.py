"""Alarm ladders, by example and against a naive model."""

import doctest
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts import alarm_fact, ladder
from alerts.active_alarms import AUDIO_PAUSE_NS, ActiveAlarms
from alerts.alarm_fact import AlarmFact
from alerts.deadline_queue import Deadlines
from alerts.evidence import Zone
from alerts.ladder import ladder_of
from alerts.policy.conditions import (
    Absent,
    Bound,
    Compare,
    Condition,
    FaultCondition,
    Frozen,
    Invalid,
    Limit,
    Rise,
    Statistic,
    StatisticName,
)
from alerts.policy.rules import Priority, Rule

HEART = "strap/heart_rate"
SECOND = 10**9
LAST = Statistic(StatisticName.LAST)


def compare(bound: Bound, limit: float, statistic: Statistic = LAST) -> Compare:
    return Compare("heart_rate", statistic, bound, Limit(None, limit))


def rule(
    name: str,
    condition: Condition,
    priority: Priority = Priority.LOW,
    *,
    latch: bool = False,
) -> Rule:
    return Rule(
        id=name, condition=condition, priority=priority, latch=latch, message=name, source="test"
    )


def above(limit: int, priority: Priority = Priority.LOW, *, latch: bool = False) -> Rule:
    return rule(f"hr-{limit}", compare(Bound.ABOVE, limit), priority, latch=latch)


@pytest.mark.parametrize("module", [ladder, alarm_fact], ids=lambda module: module.__name__)
def test_examples(module: object) -> None:
    failed, attempted = doctest.testmod(module)  # type: ignore[arg-type]
    assert attempted > 0
    assert not failed


@pytest.mark.parametrize(
    ("condition", "name"),
    [
        pytest.param(compare(Bound.ABOVE, 110), f"{HEART} upper", id="above"),
        pytest.param(compare(Bound.AT_LEAST, 131), f"{HEART} upper", id="at least"),
        pytest.param(compare(Bound.AT_MOST, 40), f"{HEART} lower", id="the other direction"),
        pytest.param(
            compare(Bound.ABOVE, 120, Statistic(StatisticName.MEDIAN, 10.0)),
            f"{HEART} upper",
            id="a median is a level too",
        ),
        pytest.param(
            compare(Bound.ABOVE, 20, Statistic(StatisticName.SD, 60.0)),
            f"{HEART} sd upper",
            id="a spread has another ladder than a level",
        ),
        pytest.param(Absent("heart_rate", 10), f"{HEART} unjudged", id="absent"),
        pytest.param(Invalid("heart_rate", 5), f"{HEART} unjudged", id="invalid"),
        pytest.param(Frozen("heart_rate", 60), f"r@{HEART}", id="frozen is its own"),
        pytest.param(Rise("heart_rate", 20, 60), f"r@{HEART}", id="a rise is its own"),
        pytest.param(FaultCondition("clock-jump"), f"r@{HEART}", id="a fault is its own"),
    ],
)
def test_rules_of_one_signal_and_direction_are_one_ladder(condition: Condition, name: str) -> None:
    assert ladder_of(rule("r", condition), HEART) == name


class AlarmDriver:
    """Alarms of one session with rules on one heart rate, driven step by step."""

    def __init__(self, *rules: Rule) -> None:
        self.deadlines: Deadlines[tuple[int, int, str]] = Deadlines()
        self.alarms = ActiveAlarms(self.deadlines)
        self.rules = rules
        self.now_ns = 0

    def see(self, *violated: str, value: float = 0.0, second: float | None = None) -> list[str]:
        """Evaluate all rules at one time; return the steps as ``rule step (head)``."""
        self.now_ns = round(second * SECOND) if second is not None else self.now_ns + SECOND
        facts: list[AlarmFact] = []
        for number, each in enumerate(self.rules):
            alarm = self.alarms.alarm(number, each, HEART)
            limit = each.condition.limit.offset if isinstance(each.condition, Compare) else None
            zone = Zone.VIOLATED if each.id in violated else Zone.NORMAL
            facts += self.alarms.evaluate(self.now_ns, alarm, zone, value=value, limit=limit)
        return self.settled(facts)

    def act(self, what: str, name: str, by: str = "AB") -> list[str]:
        self.now_ns += SECOND
        return self.settled(getattr(self.alarms, what)(self.now_ns, f"{name}@{HEART}", by))

    def wait(self, seconds: float) -> list[str]:
        """Advance the time; deadlines fire at their own times."""
        until_ns = self.now_ns + round(seconds * SECOND)
        told: list[str] = []
        while (due := self.deadlines.pop(until_ns)) is not None:
            self.now_ns, key = due
            told += self.settled(self.alarms.wake(self.now_ns, key))
        self.now_ns = until_ns
        return told

    def settled(self, facts: list[AlarmFact]) -> list[str]:
        self.facts = self.alarms.settle(self.now_ns, facts)
        return [
            f"{fact.rule} {fact.step}{f' ({fact.head})' if fact.head else ''}"
            f"{f' by {fact.by}' if fact.by else ''}"
            for fact in self.facts
        ]

    def shown(self) -> list[tuple[str, str, list[str]]]:
        return [
            (m.alarm.rule.id, m.alarm.shown.value, [each.rule.id for each in m.inside])
            for m in self.alarms.groups()
        ]


LADDER = (above(110), above(131, Priority.MEDIUM), above(150, Priority.HIGH, latch=True))
ALL = ("hr-110", "hr-131", "hr-150")


def test_only_the_highest_of_simultaneous_alarms_is_announced() -> None:
    driver = AlarmDriver(*LADDER)
    assert driver.see(*ALL, value=163) == [
        "hr-110 raised (hr-150)",
        "hr-131 raised (hr-150)",
        "hr-150 raised",
    ]
    assert driver.shown() == [("hr-150", "active", ["hr-131", "hr-110"])]


def test_higher_alarm_covers_the_lower_one_and_is_active() -> None:
    driver = AlarmDriver(*LADDER)
    driver.see("hr-110", value=112)
    assert driver.act("acknowledge", "hr-110") == ["hr-110 acknowledged by AB"]
    assert driver.see("hr-110", "hr-131", value=135) == [
        "hr-131 raised",
        "hr-110 covered (hr-131)",
    ]
    assert driver.shown() == [("hr-131", "active", ["hr-110"])]


def test_acknowledging_the_head_acknowledges_all_covered_alarms() -> None:
    driver = AlarmDriver(*LADDER)
    driver.see(*ALL, value=163)
    assert driver.act("acknowledge", "hr-150") == [
        "hr-150 acknowledged by AB",
        "hr-131 acknowledged (hr-150) by AB",
        "hr-110 acknowledged (hr-150) by AB",
    ]
    assert {alarm.state.value for alarm in driver.alarms.open()} == {"acknowledged"}


def test_acknowledging_a_covered_alarm_leaves_the_head_active() -> None:
    driver = AlarmDriver(*LADDER)
    driver.see(*ALL, value=163)
    driver.act("acknowledge", "hr-131")
    assert driver.shown()[0][:2] == ("hr-150", "active")
    assert [alarm.state.value for alarm in driver.alarms.groups()[0].inside] == [
        "acknowledged",
        "acknowledged",
    ]


def test_alarm_raised_under_an_acknowledged_head_is_acknowledged_by_nobody() -> None:
    driver = AlarmDriver(*LADDER)
    driver.see("hr-131", value=135)
    driver.act("acknowledge", "hr-131")
    assert driver.see("hr-110", "hr-131", value=136) == ["hr-110 raised (hr-131)"]
    (fact,) = driver.facts
    assert (fact.state, fact.by) == ("acknowledged", None)
    inner = driver.alarms.find(f"hr-110@{HEART}")
    assert inner is not None
    assert inner.acknowledged_by == "AB"


def test_uncovered_alarm_keeps_its_acknowledgement() -> None:
    for acknowledged in (True, False):
        driver = AlarmDriver(*LADDER)
        driver.see(*ALL, value=188)
        if acknowledged:
            driver.act("acknowledge", "hr-150")
        assert driver.see("hr-110", "hr-131", value=145) == [
            "hr-150 latched",
            "hr-131 uncovered",
            "hr-110 covered (hr-131)",
        ]
        state = "acknowledged" if acknowledged else "active"
        assert driver.shown() == [("hr-150", "latched", []), ("hr-131", state, ["hr-110"])]
        (over, *_) = driver.facts
        assert over.public_text == "hr-150 - over: was 188, now 145; reset to clear"
        assert over.by is None


def test_extreme_value_is_the_furthest_since_the_alarm_was_raised() -> None:
    driver = AlarmDriver(above(110, latch=True), rule("low", compare(Bound.BELOW, 50), latch=True))
    for value, violated in ((188, "hr-110"), (163, "hr-110"), (100, ""), (30, "low"), (45, "low")):
        driver.see(violated, value=value)
    driver.see(value=70)
    texts = {alarm.rule.id: alarm_fact.public_text(alarm) for alarm in driver.alarms.open()}
    assert texts == {
        "hr-110": "hr-110 - over: was 188, now 70; reset to clear",
        "low": "low - over: was 30, now 70; reset to clear",
    }
    driver.see("hr-110", value=115)  # another occurrence
    assert {fact.extreme for fact in driver.facts} == {115}


def test_only_the_head_reminds_with_the_age_of_its_value() -> None:
    driver = AlarmDriver(*LADDER)
    driver.see(*ALL, value=160)
    driver.act("acknowledge", "hr-150")
    for alarm in driver.alarms.open():
        driver.settled(driver.alarms.suspend(driver.now_ns, alarm))
    assert driver.wait(180) == ["hr-150 reminder"]
    (fact,) = driver.facts
    assert (fact.suspended, fact.by) == (True, None)
    assert fact.public_text == "hr-150 - last value 160, 3 min ago"


def test_uncovered_alarm_reminds_after_three_minutes() -> None:
    driver = AlarmDriver(*LADDER)
    driver.see(*ALL, value=160)
    driver.act("acknowledge", "hr-150")
    driver.see("hr-110", "hr-131", value=140)
    assert driver.wait(179) == []
    assert driver.wait(1) == ["hr-131 reminder"]


def test_undoing_an_acknowledgement_applies_to_all_covered_alarms() -> None:
    driver = AlarmDriver(*LADDER)
    driver.see(*ALL, value=160)
    driver.act("acknowledge", "hr-150")
    driver.alarms.pause_audio(driver.now_ns)
    assert driver.act("unacknowledge", "hr-131") == []  # the higher one was acknowledged with it
    assert driver.act("unacknowledge", "hr-150", by="CD") == [
        "hr-150 unacknowledged by CD",
        "hr-131 unacknowledged (hr-150) by CD",
        "hr-110 unacknowledged (hr-150) by CD",
    ]
    assert {alarm.state.value for alarm in driver.alarms.open()} == {"active"}
    assert driver.alarms.audio_paused_until_ns == 0
    assert driver.wait(400) == []  # no reminder of an alarm that sounds
    assert driver.act("unacknowledge", "hr-150") == []


def test_alarm_raised_under_a_head_does_not_end_the_audio_pause() -> None:
    driver = AlarmDriver(*LADDER)
    driver.see("hr-131", value=140)
    driver.alarms.pause_audio(driver.now_ns)
    paused_ns = driver.now_ns + AUDIO_PAUSE_NS
    driver.see("hr-110", "hr-131", value=140)
    assert driver.alarms.audio_paused_until_ns == paused_ns
    driver.see(*ALL, value=155)
    assert driver.alarms.audio_paused_until_ns == 0


def test_equal_priority_is_ordered_by_limit_then_by_rule_order() -> None:
    far, near, later = above(150), above(130), rule("later", compare(Bound.AT_LEAST, 150))
    driver = AlarmDriver(far, near, later)
    driver.see("hr-150", "hr-130", "later", value=160)
    assert driver.shown() == [("later", "active", ["hr-150", "hr-130"])]
    low = AlarmDriver(*(rule(f"b{n}", compare(Bound.BELOW, n)) for n in (40, 30, 50)))
    low.see("b40", "b30", "b50", value=20)
    assert low.shown() == [("b30", "active", ["b40", "b50"])]


def test_longer_absence_is_the_higher_alarm() -> None:
    silent = AlarmDriver(
        rule("no-hr-long", Absent("heart_rate", 60)), rule("no-hr", Absent("heart_rate", 10))
    )
    silent.see("no-hr", "no-hr-long")
    assert silent.shown() == [("no-hr-long", "active", ["no-hr"])]


def test_lowered_priority_moves_an_alarm_below_the_acknowledged_one() -> None:
    driver = AlarmDriver(*LADDER)
    driver.see("hr-131", value=135)
    driver.act("acknowledge", "hr-131")
    driver.see("hr-131", "hr-150", value=160)
    lowered = above(150, Priority.INFO, latch=True)
    assert driver.settled(driver.alarms.amend(driver.now_ns, 2, lowered)) == [
        "hr-131 uncovered",
        "hr-150 covered (hr-131)",
    ]
    assert driver.facts[1].state == "acknowledged"


# Comparison with a model that is only a list of alarms that hold.


@dataclass
class Naive:
    """Alarms that hold, as (rank, state); states change as docs/alarms.md describes."""

    ranks: dict[str, tuple[int, int]]
    standing: dict[str, str] = field(default_factory=dict)
    latched: set[str] = field(default_factory=set)

    def ordered(self) -> list[str]:
        return sorted(self.standing, key=self.ranks.__getitem__, reverse=True)

    def see(self, violated: set[str], latching: set[str]) -> None:
        for name in set(self.standing) - violated:
            del self.standing[name]
            if name in latching:
                self.latched.add(name)
        for name in sorted(violated - set(self.standing), key=self.ranks.__getitem__, reverse=True):
            above = [each for each in self.ordered() if self.ranks[each] > self.ranks[name]]
            acknowledged = any(self.standing[each] == "acknowledged" for each in above)
            self.standing[name] = "acknowledged" if acknowledged else "active"
            self.latched.discard(name)

    def acknowledge(self, name: str) -> None:
        if self.standing.get(name) == "active":
            for each in self.ordered():
                if self.ranks[each] <= self.ranks[name]:
                    self.standing[each] = "acknowledged"

    def unacknowledge(self, name: str) -> None:
        acknowledged = [each for each in self.ordered() if self.standing[each] == "acknowledged"]
        if acknowledged[:1] == [name]:
            for each in acknowledged:
                self.standing[each] = "active"

    def reset(self, name: str) -> None:
        self.latched.discard(name)

    def heads(self) -> set[str]:
        return {*self.ordered()[:1], *self.latched}


RUNGS = (
    above(110),
    above(120),
    above(131, Priority.MEDIUM),
    above(140, Priority.HIGH, latch=True),
    above(150, Priority.HIGH, latch=True),
)
NAMES = [each.id for each in RUNGS]
ACTS = st.lists(
    st.one_of(
        st.tuples(st.just("see"), st.sets(st.sampled_from(NAMES))),
        st.tuples(
            st.sampled_from(["acknowledge", "acknowledge", "unacknowledge", "reset"]),
            st.sampled_from(NAMES),
        ),
    ),
    max_size=40,
)


@given(ACTS)
def test_ladder_matches_a_naive_model(acts: list[tuple[str, object]]) -> None:
    driver = AlarmDriver(*RUNGS)
    naive = Naive({each.id: (each.priority, number) for number, each in enumerate(RUNGS)})
    latching = {each.id for each in RUNGS if each.latch}
    heads: dict[str, str] = {}
    for what, argument in acts:
        if what == "see":
            assert isinstance(argument, set)
            driver.see(*argument)
            naive.see(argument, latching)
        else:
            driver.act(what, str(argument))
            getattr(naive, what)(str(argument))
        holding = {a.rule.id: a.state.value for a in driver.alarms.open() if a.holds}
        assert holding == naive.standing
        assert {m.alarm.rule.id for m in driver.alarms.groups()} == naive.heads()
        inside = [each.rule.id for m in driver.alarms.groups() for each in m.inside]
        assert inside == naive.ordered()[1:]
        for fact in driver.facts:  # the facts give the same result
            heads[fact.rule] = fact.head
        assert {name: heads[name] for name in naive.standing} == {
            name: "" if name == naive.ordered()[0] else naive.ordered()[0]
            for name in naive.standing
        }
        for alarm in driver.alarms.open():
            assert (alarm.acknowledged_by is not None) or alarm.state.value != "acknowledged"


def test_facts_name_a_person_only_for_actions() -> None:
    driver = AlarmDriver(*LADDER)
    driver.see(*ALL, value=188)
    driver.act("acknowledge", "hr-150")
    driver.see(value=70)
    assert {fact.by for fact in driver.facts} == {None}
    assert {fact.step for fact in driver.facts} == {"cleared", "latched"}
    assert driver.act("reset", "hr-150", by="CD") == ["hr-150 reset by CD"]
