"""Alarms under several sustain times by one replay equal those of a replay of each."""

from collections.abc import Callable, Sequence
from functools import partial
from random import Random

import pytest

from alerts.policy.parser import load_shipped, shipped
from alerts.policy.rules import Policy
from monitor.analysis.sustain_times import alarms_by_sustain
from monitor.analysis.whatif import alarms_under, always, with_sustain
from monitor.entries import EntryKind
from monitor.facts import AlarmFact
from tests.analysis.recorded_sessions import recorded
from tests.calls.scripted_session import PLAN
from tests.durations import examples, rest_extended
from tests.engine.scripted_session import POLICY, START_NS, Script

SESSIONS = examples(10)
BLOCK = 5
LONGEST_S = 900.0
TAIL_NS = 200 * 10**9  # time after the last entry in which deadlines fire
OF_BEATS = (
    POLICY
    + """
[[rule]]
id = "rigid"
signal = "rr_interval"
statistic = "rmssd(1min)"
below = 8
priority = "low"
message = "Beats do not vary"
source = "test"
"""
)
TIMES_S = (0.0, 3.0, 14.0, 19.0, 110.0, 130.0)


def sustained(policy: Policy | None, times_s: Sequence[float]) -> list[Callable[[Policy], Policy]]:
    """Return a policy, or that in force, with each sustain time."""

    def instead(in_force: Policy, time_s: float) -> Policy:
        return with_sustain(policy or in_force, time_s)

    return [partial(instead, time_s=time_s) for time_s in times_s]


def compare_with_engine(seed: int) -> tuple[int, int]:
    """Compare sustain times in a random session; return how many were, and how many were not."""
    random = Random(seed)
    without = ("restart", "standstill") if random.random() < 0.8 else ()
    entries = recorded(seed, LONGEST_S, without)
    until_ns = entries[-1].received_ns + TAIL_NS
    variants = sustained(None, random.sample(TIMES_S, 3))
    other = load_shipped(random.choice(shipped()))
    compared = left = 0
    for policies in (variants, [always(other), *sustained(other, random.sample(TIMES_S, 2))]):
        found = alarms_by_sustain(policies, entries, until_ns).alarms
        for instead, steps in zip(policies, found, strict=True):
            if steps is None:
                left += 1
            else:
                compared += 1
                assert steps == list(alarms_under(instead, entries, until_ns)), f"seed {seed}"
    return compared, left


@pytest.mark.parametrize("block", rest_extended(range(SESSIONS // BLOCK)))
def test_alarms_equal_those_of_separate_replays(block: int) -> None:
    """Every field of every step, in order; and few replays are left to be made."""
    seeds = range(block * BLOCK, (block + 1) * BLOCK)
    found = [compare_with_engine(seed) for seed in seeds]
    compared, left = (sum(column) for column in zip(*found, strict=True))
    assert compared > 2 * left


# Worked examples


def rules_raised(script: Script, *times_s: float) -> list[list[str] | None]:
    """Return the steps of the slow heart's alarm as ``second step`` for each sustain time."""
    until_ns = START_NS + round(script.second * 1e9)
    found = alarms_by_sustain(sustained(None, times_s), script.entries, until_ns).alarms
    return [None if steps is None else words(steps) for steps in found]


def words(steps: Sequence[AlarmFact]) -> list[str]:
    slow_ones = [each for each in steps if each.rule == "hr-low"]
    return [f"{(each.at_ns - START_NS) / 1e9:g} {each.step}" for each in slow_ones]


def slow(script: Script) -> Script:
    """Let the heart be slow from 10 s to 60 s."""
    script.hearts(1, 10, 70)
    script.hearts(10, 60, 35)
    script.hearts(60, 70, 70)
    return script


def test_each_sustain_time_raises_at_its_time() -> None:
    script = slow(Script())
    assert rules_raised(script, 14.0, 0.0, 49.0, 60.0) == [
        ["24 raised", "60 latched"],
        ["10 raised", "60 latched"],
        ["59 raised", "60 latched"],
        [],
    ]


def test_deadlines_fire_between_entries_and_until_the_end() -> None:
    script = Script()
    script.hearts(1, 10, 70)
    script.hearts(10, 20, 35)
    script.at(20)
    assert rules_raised(script, 5.0, 6.5, 9.9, 10.1) == [
        ["15 raised"],
        ["16.5 raised"],
        ["19.9 raised"],
        [],
    ]


def test_actions_have_an_effect_on_what_was_raised_until_then() -> None:
    script = Script()
    script.hearts(1, 30, 35)
    script.tell(EntryKind.ACKNOWLEDGE, "hr-low@strap/heart_rate", by="Ada")
    script.hearts(30, 40, 35)
    script.tell(EntryKind.END, "session", by="Ada", reason="done", open=[])
    script.second = 300
    assert rules_raised(script, 5.0, 35.0) == [
        ["6 raised", "29 acknowledged", "39 withdrawn"],
        ["36 raised", "39 withdrawn"],
    ]


@pytest.mark.parametrize("kind", [EntryKind.RUN, EntryKind.STANDSTILL])
def test_interruptions_leave_the_other_times_to_replays(kind: EntryKind) -> None:
    """Alarms that were due in them are announced late."""
    script = slow(Script())
    script.at(90).tell(kind, "physiomon", offset_ns=0, since_ns=START_NS + 70 * 10**9)
    found = rules_raised(script, 14.0, 0.0)
    assert found == [["24 raised", "60 latched"], None]


def test_calls_leave_all_times_to_replays() -> None:
    """Calls about alarms raise alarms themselves."""
    script = Script()
    script.tell(EntryKind.RUN, "physiomon", version="0", calls=PLAN.body())
    assert rules_raised(slow(script), 14.0, 0.0) == [None, None]


def test_decisions_by_the_state_of_an_alarm_leave_its_sustain_time_to_a_replay() -> None:
    """A fault that is over ends with an acknowledgement, unless its alarm is still active."""
    script = Script()
    script.tell(EntryKind.RESET, "unreadable")
    script.hearts(1, 10, 35)
    script.tell(EntryKind.ACKNOWLEDGE, "hr-low@strap/heart_rate", by="Ada")
    assert rules_raised(script, 0.0, 14.0, 5.0) == [
        ["1 raised", "9 acknowledged"],
        None,
        ["6 raised", "9 acknowledged"],
    ]


def beats(script: Script, start: int, stop: int) -> Script:
    """Send a heart rate of 60/min each second, with its beat."""
    for second in range(start, stop):
        script.at(second).raw("strap/2A37", "163c0004")
    return script


def test_rules_about_beats_are_evaluated_on_beats() -> None:
    script = beats(Script(OF_BEATS), 0, 200)
    until_ns = START_NS + 200 * 10**9
    variants = sustained(None, (0.0, 30.0))
    found = alarms_by_sustain(variants, script.entries, until_ns).alarms
    assert found == [list(alarms_under(each, script.entries, until_ns)) for each in variants]
    first = [next(one.at_ns for one in steps or () if one.rule == "rigid") for steps in found]
    assert first[1] == first[0] + 30 * 10**9


def test_policy_that_starts_to_read_beats_leaves_all_times_to_replays() -> None:
    """The beats before it were not aligned."""
    script = beats(Script(), 0, 100)
    script.tell(EntryKind.POLICY, "other", text=OF_BEATS, by="Dr A", reason="amendment")
    assert rules_raised(beats(script, 100, 200), 0.0, 14.0) == [None, None]


def test_policy_that_reads_no_beats_either_leaves_none() -> None:
    script = beats(Script(), 0, 100)
    script.tell(EntryKind.POLICY, "test", text=POLICY, by="Dr A", reason="again")
    assert rules_raised(beats(script, 100, 120), 0.0, 14.0) == [[], []]
