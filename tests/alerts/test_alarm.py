"""State machine of one alarm, tested by lines of `second zone-or-act -> steps`."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.alarm import Alarm, State, Step
from alerts.evidence import Zone
from alerts.policy.conditions import Bound, Compare, Limit, Statistic, StatisticName
from alerts.policy.rules import Priority, Rule

CONDITION = Compare("heart_rate", Statistic(StatisticName.LAST), Bound.ABOVE, Limit(None, 110.0))


def rule(*, sustain_s: float = 10, clear_after_s: float = 5, latch: bool = False) -> Rule:
    return Rule(
        id="hr",
        condition=CONDITION,
        sustain_s=sustain_s,
        clear_after_s=clear_after_s,
        priority=Priority.HIGH,
        latch=latch,
        message="Heart rate high",
        source="test",
    )


def live(alarm: Alarm, script: str) -> list[str]:
    """Play a script; return each step as ``second:step``, deadlines at their own times."""
    told: list[str] = []

    def tell(second: float, steps: list[Step]) -> None:
        told.extend(f"{second:g}:{step.value}" for step in steps)

    for line in script.split(","):
        when, _, what = line.strip().partition(" ")
        now_ns = round(float(when) * 1e9)
        while alarm.due_ns is not None and alarm.due_ns <= now_ns:
            due_ns = alarm.due_ns
            tell(due_ns / 1e9, alarm.wake(due_ns))
        match what:
            case "ack":
                tell(float(when), alarm.acknowledge(now_ns, "AB"))
            case "reset":
                tell(float(when), alarm.reset())
            case "lost":
                tell(float(when), alarm.suspend(now_ns))
            case "-":
                pass
            case zone:
                name, _, stands_s = zone.partition(" for ")
                valid_ns = round(float(stands_s) * 1e9) if stands_s else None
                tell(float(when), alarm.evaluate(now_ns, Zone(name), valid_ns))
    return told


@pytest.mark.parametrize(
    ("script", "told"),
    [
        pytest.param("0 violated, 9 -", [], id="not before its sustain time"),
        pytest.param("0 violated, 10 -", ["10:raised"], id="raised when the sustain time is over"),
        pytest.param(
            "0 violated, 5 normal, 6 violated, 10 -, 11 -",
            ["11:raised"],
            id="a short interruption pauses it",
        ),
        pytest.param(
            "0 violated, 4 normal, 9 violated, 18 -, 19 -",
            ["19:raised"],
            id="normal for the time of clearing starts it over",
        ),
        pytest.param(
            "0 violated, 5 hysteresis, 99 violated, 103 -, 104 -",
            ["104:raised"],
            id="hysteresis pauses it",
        ),
        pytest.param(
            "0 violated, 2 normal, 5 violated, 6 normal, 9 violated, 16 -",
            ["16:raised"],
            id="what was normal is counted again after each violated value",
        ),
        pytest.param("0 violated for 3, 99 -", [], id="silence sustains nothing"),
        pytest.param("0 violated for 10, 99 -", ["10:raised"], id="a value counts while it stands"),
        pytest.param(
            "0 violated for 3, 100 violated for 3, 200 violated for 3, 300 violated for 3, 301 -",
            ["301:raised"],
            id="a gap pauses what was seen",
        ),
        pytest.param(
            "0 violated for 9, 300 violated for 9, 600 violated for 9, 999 -",
            [],
            id="after five minutes of silence it is forgotten",
        ),
        pytest.param(
            "0 violated, 12 normal, 17 -", ["10:raised", "17:cleared"], id="clears by itself"
        ),
        pytest.param(
            "0 violated, 12 hysteresis, 99 -", ["10:raised"], id="hysteresis does not clear"
        ),
        pytest.param(
            "0 violated, 12 normal, 14 hysteresis, 16 normal, 19 -",
            ["10:raised", "19:cleared"],
            id="hysteresis pauses the clearing",
        ),
        pytest.param(
            "0 violated, 12 normal, 14 violated, 16 normal, 20 -, 21 -",
            ["10:raised", "21:cleared"],
            id="a violated value starts the clearing over",
        ),
        pytest.param(
            "0 violated, 12 normal for 2, 20 normal for 2, 30 normal for 2, 31 -",
            ["10:raised", "31:cleared"],
            id="silence clears nothing",
        ),
        pytest.param(
            "0 violated, 11 ack, 12 ack, 190 -, 191 -, 371 -",
            ["10:raised", "11:acknowledged", "191:reminder", "371:reminder"],
            id="an acknowledged alarm that persists reminds every three minutes",
        ),
        pytest.param(
            "0 violated, 11 ack, 12 normal, 400 -",
            ["10:raised", "11:acknowledged", "17:cleared"],
            id="a cleared alarm does not remind",
        ),
        pytest.param("0 violated, 5 ack, 10 -", ["10:raised"], id="nobody acknowledges in advance"),
        pytest.param(
            "0 violated, 5 lost, 20 violated, 25 -",
            ["25:raised"],
            id="a lost sensor pauses what was pending",
        ),
        pytest.param(
            "0 violated, 11 lost, 12 lost, 60 -, 61 normal, 66 -",
            ["10:raised", "11:suspended", "61:resumed", "66:cleared"],
            id="a lost sensor suspends, it does not clear",
        ),
        pytest.param(
            "0 violated, 11 normal, 12 lost, 60 -, 61 violated",
            ["10:raised", "12:suspended", "61:resumed"],
            id="the clearing stops when the sensor is lost",
        ),
        pytest.param("0 lost, 1 normal, 2 violated, 12 -", ["12:raised"], id="nothing to resume"),
    ],
)
def test_worked_examples(script: str, told: list[str]) -> None:
    assert live(Alarm(rule(), "strap/heart_rate"), script) == told


@pytest.mark.parametrize(
    ("script", "told", "shown"),
    [
        ("0 violated, 11 normal, 99 -", ["10:raised", "16:latched"], State.LATCHED),
        (
            "0 violated, 11 normal, 20 reset",
            ["10:raised", "16:latched", "20:reset"],
            State.INACTIVE,
        ),
        ("0 violated, 11 reset", ["10:raised"], State.ACTIVE),
        (
            "0 violated, 11 ack, 12 normal, 20 ack, 21 reset",
            ["10:raised", "11:acknowledged", "17:latched", "21:reset"],
            State.INACTIVE,
        ),
        (
            "0 violated, 11 normal, 20 violated, 25 -",
            ["10:raised", "16:latched"],
            State.LATCHED,
        ),
        (
            "0 violated, 11 normal, 20 violated, 30 -",
            ["10:raised", "16:latched", "30:raised"],
            State.ACTIVE,
        ),
        (
            "0 violated, 11 normal, 20 violated, 25 reset, 26 normal, 31 normal",
            ["10:raised", "16:latched", "25:reset"],
            State.INACTIVE,
        ),
        (
            "0 violated, 11 normal, 20 violated, 25 normal, 30 normal",
            ["10:raised", "16:latched"],
            State.LATCHED,
        ),
    ],
)
def test_latched_alarm_stays_until_reset(script: str, told: list[str], shown: State) -> None:
    alarm = Alarm(rule(latch=True), "strap/heart_rate")
    assert live(alarm, script) == told
    assert alarm.shown is shown
    assert alarm.open == (shown in (State.ACTIVE, State.LATCHED))


def test_alarm_without_sustain_and_clear_times_changes_immediately() -> None:
    alarm = Alarm(rule(sustain_s=0, clear_after_s=0), "strap/heart_rate")
    assert live(alarm, "0 violated, 1 normal, 2 violated, 3 ack, 4 normal") == [
        "0:raised",
        "1:cleared",
        "2:raised",
        "3:acknowledged",
        "4:cleared",
    ]


def test_new_occurrence_is_not_acknowledged() -> None:
    alarm = Alarm(rule(sustain_s=0, clear_after_s=0), "strap/heart_rate")
    live(alarm, "0 violated, 1 ack, 2 normal, 3 violated")
    assert (alarm.state, alarm.acknowledged_by) == (State.ACTIVE, None)


ACTS = st.lists(
    st.tuples(
        st.integers(1, 30),
        st.sampled_from(["violated", "hysteresis", "normal", "ack", "reset", "lost", "-"]),
    ),
    max_size=40,
)


@given(ACTS, st.booleans())
def test_alarm_is_open_exactly_as_its_steps_report(
    acts: list[tuple[int, str]], latch: bool
) -> None:
    """After each action the alarm is open exactly if its steps leave it open."""
    alarm = Alarm(rule(latch=latch), "strap/heart_rate")
    second, is_open = 0, False
    for gap, what in acts:
        second += gap
        for told in live(alarm, f"{second} {what}"):
            step = told.partition(":")[2]
            if step == "raised":
                is_open = True
            elif step in ("cleared", "reset"):
                # After a reset of an alarm that is pending again, no announced alarm is open.
                is_open = False
        assert alarm.open == is_open
        assert alarm.state is not State.ACKNOWLEDGED or alarm.acknowledged_by == "AB"
        if latch and alarm.state is State.INACTIVE:
            assert not alarm.latched
