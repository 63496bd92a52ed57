"""Long hours with bad sensors and restless values: few alarms, each by a rule that can be named."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.policy.parser import load_shipped
from dashboards.console.glance import announcement, sounding
from dashboards.console.model import SessionView
from monitor.entries import EntryKind
from monitor.facts import AlarmFact
from monitor.sessions.view import session_view
from tests.alarms.model import Rule, policy_text
from tests.alarms.rules import CORE, HEART
from tests.engine.script import Script

HOUR = 3600
HIGH = Rule("hr-high", "above", 110, HEART, 105, 10, 5, "medium")
LOW = Rule("hr-low", "at_most", 40, HEART, None, 0, 0, "high")
ABSENT = Rule("no-hr", "absent", 10, HEART)
INVALID = Rule("off-body", "invalid", 5, HEART)


def play(*rules: Rule) -> Script:
    return Script(policy_text("test", rules))


def facts(script: Script) -> list[AlarmFact]:
    return [fact for _, fact in script.facts if isinstance(fact, AlarmFact)]


def steps(script: Script, rule: str) -> Counter[str]:
    return Counter(fact.step for fact in facts(script) if fact.rule == rule)


def most_open(script: Script) -> int:
    """Return how many technical alarms were open at once, at most."""
    now_open: set[tuple[str, str]] = set()
    most = 0
    for fact in facts(script):
        key = fact.rule, fact.subject
        if fact.technical and fact.step == "raised":
            assert key not in now_open
            now_open.add(key)
        elif fact.step in ("cleared", "withdrawn"):
            now_open.discard(key)
        most = max(most, len(now_open))
    return most


def drop_outs(script: Script, *, first: int = 0) -> None:
    """An hour in which the strap sends nothing for five seconds of each minute."""
    for second in range(first, first + HOUR):
        if second % 60 < 55:
            script.at(second).heart(70 + second % 3)
        if second % 10 == 0:
            script.at(second).core(36.9 + second % 20 / 100)
    script.until(first + HOUR - 0.5)


def test_five_seconds_away_each_minute_are_nothing_to_the_shipped_policy() -> None:
    script = Script(load_shipped("mdma-session").text)
    drop_outs(script)
    assert script.alarms() == []


def test_a_short_absent_rule_raises_once_in_each_drop_out() -> None:
    """The last value is that of second 54: four seconds later it is missed, at 60 it is back."""
    script = play(LOW, HIGH, replace(ABSENT, what=4))
    drop_outs(script)
    minutes = range(0, HOUR, 60)
    raised = [f"{minute + 58} no-hr raised" for minute in minutes]
    cleared = [f"{minute + 60} no-hr cleared" for minute in minutes[:-1]]
    assert sorted(script.alarms()) == sorted(raised + cleared)
    assert most_open(script) == 1


def test_a_clear_time_longer_than_the_way_to_the_next_drop_out_makes_one_alarm_of_them() -> None:
    script = play(LOW, HIGH, replace(ABSENT, what=4, clear_after=120))
    drop_outs(script)
    assert script.alarms() == ["58 no-hr raised"]
    script.hearts(HOUR, HOUR + 130, 70)
    assert script.alarms() == ["58 no-hr raised", f"{HOUR + 120} no-hr cleared"]


def test_drop_outs_do_not_end_what_was_raised_nor_raise_it_again() -> None:
    script = play(LOW, HIGH, ABSENT)
    for second in range(HOUR):
        if second % 60 < 55:
            script.at(second).heart(120)
    assert script.alarms() == ["10 hr-high raised"]


@pytest.mark.parametrize(
    ("pattern", "raised"),
    [
        pytest.param([109, 112], 0, id="never beyond for the sustain time"),
        pytest.param([104, 112], 0, id="nor if it is safe in between"),
        pytest.param([111, 112], 1, id="beyond all the time is one alarm"),
        pytest.param([112] * 20 + [107] * 20, 1, id="the band does not clear"),
        pytest.param([112] * 20 + [104, 107] * 10, 1, id="safe for a second is not over"),
        pytest.param([112] * 20 + [100] * 4, 1, id="nor is safe for less than the clear time"),
        pytest.param([112] * 20 + [100] * 20, 90, id="a real end and a real beginning each time"),
    ],
)
def test_an_hour_around_a_limit(pattern: list[int], raised: int) -> None:
    script = play(HIGH)
    for second in range(HOUR):
        script.at(second).heart(pattern[second % len(pattern)])
    assert steps(script, "hr-high")["raised"] == raised
    assert steps(script, "hr-high")["cleared"] in (raised, max(0, raised - 1))


RUNS = st.lists(
    st.tuples(st.integers(1, 15), st.sampled_from([112, 107, 100, None])), min_size=1, max_size=40
)


@settings(deadline=None, max_examples=50)
@given(RUNS)
def test_raises_are_as_far_apart_as_the_sustain_and_clear_times(
    runs: list[tuple[int, int | None]],
) -> None:
    script = play(HIGH)
    second = 0
    for seconds, bpm in runs:
        for _ in range(seconds):
            second += 1
            if bpm is None:
                script.at(second).heart(70, flags=0x04)
            else:
                script.at(second).heart(bpm)
    script.until(second + 30)
    raised_s = [fact.at_ns // 10**9 for fact in facts(script) if fact.step == "raised"]
    gaps = [late - early for early, late in pairwise(raised_s)]
    assert all(gap >= HIGH.sustain + HIGH.clear_after for gap in gaps)


def flap(script: Script, on: int, off: int, bpm: int) -> int:
    """Let contact come and go for an hour; return how often it went."""
    for second in range(HOUR):
        worn = second % (on + off) < on
        script.at(second).heart(bpm + second % 2 if worn else 70, flags=0x06 if worn else 0x04)
    script.until(HOUR - 0.5)
    return HOUR // (on + off)


@pytest.mark.parametrize(("on", "off"), [(1, 1), (1, 4), (3, 4), (30, 4)])
def test_contact_that_comes_back_within_the_invalid_time_raises_nothing(on: int, off: int) -> None:
    script = play(LOW, ABSENT, INVALID)
    flap(script, on, off, 70)
    assert script.alarms() == []


def test_contact_that_goes_for_longer_raises_once_each_time() -> None:
    script = play(LOW, HIGH, INVALID)
    times = flap(script, 23, 7, 70)
    assert steps(script, "off-body") == {"raised": times, "cleared": times - 1}
    assert most_open(script) == 1
    assert len(facts(script)) == 2 * times - 1


def test_an_alarm_is_raised_once_however_often_its_sensor_is_lost() -> None:
    """Twelve seconds on, twelve off: two seconds of each time there is no value that stands."""
    script = play(HIGH, ABSENT, INVALID)
    times = flap(script, 12, 12, 120)
    high = steps(script, "hr-high")
    assert (high["raised"], high["suspended"], high["resumed"]) == (1, times, times - 1)
    assert most_open(script) == 2  # not worn, and then no value: two rules, one alarm each
    assert steps(script, "no-hr")["raised"] == steps(script, "off-body")["raised"] == times


def test_two_sensors_lost_at_the_same_instant() -> None:
    """Both limits are suspended before either loss is told; one alarm for each sensor."""
    hot = Rule("ct-high", "above", 38, CORE, None, 0, 0, "high")
    script = play(replace(ABSENT, id="no-ct", what=90, channel=CORE), ABSENT, HIGH, hot)
    script.at(10).core(38.5)
    script.hearts(11, 91, 120)
    script.until(HOUR)
    assert script.alarms()[-4:] == [
        "100 ct-high suspended",  # in the order of the channels' names
        "100 hr-high suspended",
        "100 no-ct raised",  # in the order of the policy
        "100 no-hr raised",
    ]


def view(script: Script) -> SessionView:
    return session_view(script.engine, script.engine.now_ns, reversed(facts(script)), [])


def storm() -> Script:
    """Ten rules are broken by one value, and raised at one moment."""
    priorities = ["low", "medium", "high", "info", "low", "medium", "high", "low", "low", "medium"]
    script = play(
        *(
            Rule(f"r{number}", "above", 100 + number, HEART, None, 5, 0, priority)
            for number, priority in enumerate(priorities)
        ),
        Rule("ct", "above", 38, CORE, None, 0, 0, "low"),
    )
    script.hearts(1, 8, 130)
    return script


def told(alarms: Iterable[AlarmFact]) -> list[str]:
    return [fact.rule for fact in alarms]


def test_ten_alarms_at_once_are_one_matter_under_the_highest() -> None:
    script = storm()
    assert told(facts(script)) == [f"r{number}" for number in range(10)]
    assert len({fact.at_ns for fact in facts(script)}) == 1
    assert [fact.rule for fact in facts(script) if not fact.head] == ["r6"]
    seen = view(script)
    assert sounding([seen]) == "high"
    assert announcement([seen]) == (facts(script)[0].at_ns, "high")
    (alarm,) = seen.alarms
    ranks = [each.rule for each in alarm.inside]
    assert ranks == ["r2", "r9", "r5", "r1", "r8", "r7", "r4", "r0", "r3"]


def test_a_storm_that_is_silenced_sounds_again_with_the_next_alarm() -> None:
    script = storm()
    script.at(10).tell(EntryKind.PAUSE, "audio", by="AB")
    assert sounding([view(script)]) == ""
    script.at(20).core(38.5)
    assert sounding([view(script)]) == "high"  # nobody has accepted the old ones
    script.at(30).tell(EntryKind.PAUSE, "audio", by="AB")
    script.until(149.9)
    assert sounding([view(script)]) == ""
    script.until(150)
    assert sounding([view(script)]) == "high"


def test_the_sound_follows_what_nobody_has_accepted_yet() -> None:
    script = storm()
    script.at(9).core(38.5)
    heard = []
    for alarm in view(script).alarms:
        heard.append(sounding([view(script)]))
        script.tell(EntryKind.ACKNOWLEDGE, alarm.key, by="AB")
    assert heard == ["high", "low"]
    assert sounding([view(script)]) == ""
