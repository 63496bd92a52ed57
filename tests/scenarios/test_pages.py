"""Statements of docs/medical.md and docs/alarms.md, checked against the engine."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from alerts.policy.conditions import Absent, FaultCondition
from alerts.policy.parser import load_shipped
from alerts.policy.rules import Policy, Priority
from alerts.policy.safeguards import with_safeguards
from tests.scenarios import drawing
from tests.scenarios.play import STRAP, Play

DOCS = Path(__file__).parents[2] / "docs"
MEDICAL = (DOCS / "medical.md").read_text("utf-8")
ALARMS = (DOCS / "alarms.md").read_text("utf-8")


def test_drawing_matches_the_engine() -> None:
    again = "it is not: python -m tests.scenarios.drawing docs"
    assert (DOCS / "evidence.svg").read_text("utf-8") == drawing.svg(), again


def test_drawing_legend_matches_the_drawing() -> None:
    play, course = drawing.played()
    raised, cleared = (float(step.split()[0]) for step in play.steps(drawing.RULE))
    assert f"the alarm is raised, at {clock(raised)}" in MEDICAL
    assert f"the alarm ends, at {clock(cleared)}" in MEDICAL
    assert f"1. {max(known.violated_s for known in course[:80]):.0f} s beyond the limit" in MEDICAL
    assert "After 10 s a separate" in MEDICAL
    last = max(start for start, rate in drawing.COURSE if rate is None and start < 200) - 1
    assert play.raised("no-hr") == [last + 10]


def clock(second: float) -> str:
    """Return a second of the session as on the axis."""
    return f"{int(second) // 60}:{int(second) % 60:02}"


def test_tachycardia_received_4_s_of_20_raises_within_90_s() -> None:
    assert "175 /min received for 4 s of every 20 s does so within 90 s" in MEDICAL
    heard = [175 + second % 2 if second % 20 < 4 else None for second in range(91)]
    assert Play(STRAP).rates(0, heard).raised("hr-150")


def times(policy: Policy, signal: str) -> tuple[float, float]:
    """Return the seconds after which a signal that is not judged raises an alarm, and calls."""
    absent = [
        (rule.condition.after_s, rule.priority)
        for rule in with_safeguards(policy).rules
        if isinstance(rule.condition, Absent) and rule.condition.signal == signal
    ]
    low, medium = sorted(absent)
    assert (low[1], medium[1]) == (Priority.LOW, Priority.MEDIUM)
    return low[0], medium[0]


def seconds(words: str) -> float:
    number, unit = words.split()
    return float(number) * {"s": 1, "min": 60}[unit]


@pytest.mark.parametrize("name", ["mdma-session", "resting-adult"])
@pytest.mark.parametrize(
    ("label", "signal"),
    [
        ("heart rate", "heart_rate"),
        ("core temperature", "core_temperature"),
        ("oxygen saturation", "spo2"),
        ("pulse rate of an oximeter", "pulse_rate"),
    ],
)
def test_documented_times_of_signal_loss_alarms_match_the_policies(
    name: str, label: str, signal: str
) -> None:
    (row,) = re.findall(rf"^\| {label} \| after (.+) \| after (.+) \|$", MEDICAL, re.MULTILINE)
    assert (seconds(row[0]), seconds(row[1])) == times(load_shipped(name), signal)


def test_exercise_policy_waits_up_to_three_times_as_long() -> None:
    ratios = [
        mine / rest
        for signal in ("heart_rate", "core_temperature")
        for mine, rest in zip(
            times(load_shipped("exercise"), signal),
            times(load_shipped("mdma-session"), signal),
            strict=True,
        )
    ]
    assert max(ratios) == 3
    assert "`exercise` waits up to three times as long" in MEDICAL


def test_documentation_lists_all_safeguards() -> None:
    bare = load_shipped("mdma-session")
    only = tuple(rule for rule in bare.rules if not rule.technical)
    added = with_safeguards(replace(bare, rules=only)).rules[len(only) :]
    faults = [rule.condition.name for rule in added if isinstance(rule.condition, FaultCondition)]
    section = ALARMS[ALARMS.index("## When a signal is not judged") :]
    assert faults
    assert [fault for fault in faults if f"`{fault}`" not in section] == []
    for words in ("after 10 s | after 60 s", "after 90 s | after 5 min"):
        assert words in section
