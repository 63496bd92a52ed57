"""Rules on spot measurements: one list for all sources."""

import pytest

from monitor.entries import EntryKind
from monitor.facts import AlarmFact, LimitFact
from tests.engine.spot_session import (
    AGAIN,
    BP_160,
    BP_180,
    HEAD,
    PRESSURE,
    UNCONFIRMED,
    AlarmDriver,
    ns_of,
    rule,
)
from tests.engine.test_lifecycle import same_again

# Measurements that count


def test_corrected_typo_does_not_count_as_a_repetition() -> None:
    script = AlarmDriver()
    wrong = script.measure(10, systolic=198)
    script.correct(60, wrong, systolic=188)
    assert script.alarms("bp-180") == ["10 bp-180 raised"]
    assert script.alarms("bp-180-again") == []
    script.measure(300, systolic=185)  # measured twice now
    assert script.alarms("bp-180-again") == ["300 bp-180-again raised"]
    assert same_again(script)


def test_voided_value_withdraws_its_alarm_and_is_not_repeated() -> None:
    script = AlarmDriver()
    wrong = script.measure(10, systolic=198)
    script.correct(60, wrong, systolic=None)
    assert script.alarms("bp-180") == ["10 bp-180 raised", "60 bp-180 withdrawn"]
    assert script.open() == []
    script.measure(300, systolic=185)
    assert script.alarms("bp-180-again") == []
    (withdrawn,) = (
        fact
        for _, fact in script.facts
        if isinstance(fact, AlarmFact) and (fact.rule, fact.step) == ("bp-180", "withdrawn")
    )
    assert withdrawn.by == "MK"
    assert same_again(script)


def test_correction_keeps_the_measurement_time() -> None:
    due = rule("due", "systolic", 'due = "every 30min from dose"\nsustain = "5min"')
    script = AlarmDriver(HEAD + due)
    script.mark(0, "dose")
    wrong = script.measure(10, systolic=120)
    script.correct(1700, wrong, systolic=128)
    assert script.readings("manual/systolic") == [
        (10, 120, "GOOD"),
        (10, 120, "INVALID"),
        (10, 128, "GOOD"),
    ]
    ((_, due_ns),) = script.engine.due()
    assert due_ns == ns_of(1810)
    script.until(2109)
    assert script.alarms("due") == []
    script.until(4000)
    assert script.alarms("due") == ["2110 due raised"]


def test_cuff_value_then_manual_value_is_a_repetition() -> None:
    script = AlarmDriver()
    script.cuff(100, 186)
    script.measure(300, systolic=190)
    script.until(1200)
    assert script.alarms("bp-180-again") == ["300 bp-180-again raised"]
    assert script.alarms("bp-180") == ["100 bp-180 raised"]  # one alarm for all sources
    assert {f.subject for _, f in script.facts if isinstance(f, AlarmFact)} == {"session/systolic"}


def test_manual_value_clears_the_alarm_of_a_cuff_value() -> None:
    script = AlarmDriver()
    script.cuff(100, 186)
    script.measure(300, systolic=130)
    assert script.alarms("bp-180") == ["100 bp-180 raised", "300 bp-180 cleared"]
    script.until(9000)
    assert script.open() == []


def test_alarm_follows_the_latest_measured_not_the_latest_entered_value() -> None:
    script = AlarmDriver()
    script.measure(600, systolic=150)
    script.measure(700, at_s=300, systolic=190)
    assert script.alarms() == []
    assert [each.value for each in script.engine.spot.counting("systolic")] == [190, 150]
    script.measure(800, at_s=650, systolic=185)
    assert script.alarms("bp-180") == ["800 bp-180 raised"]
    assert script.alarms("bp-180-again") == []  # 150 lies between


def test_backdated_value_makes_the_next_one_a_repetition() -> None:
    script = AlarmDriver()
    script.cuff(600, 186)
    assert script.alarms("bp-180-again") == []
    script.measure(660, at_s=300, systolic=190)
    assert script.alarms("bp-180-again") == ["660 bp-180-again raised"]


def test_value_backdated_over_an_hour_is_recorded_without_alarm() -> None:
    script = AlarmDriver()
    script.measure(5000, at_s=1000, systolic=200)
    assert script.alarms() == []
    assert script.readings("manual/systolic") == [(1000, 200, "GOOD")]


def test_backdated_value_expires_an_hour_after_its_measurement() -> None:
    script = AlarmDriver()
    script.measure(2000, at_s=500, systolic=170)
    assert script.alarms("bp-160") == ["2000 bp-160 raised"]
    script.until(4099)
    assert script.open() == ["bp-160@session/systolic"]
    script.until(4100)
    assert script.open() == ["(bp-160@session/systolic)"]


def test_values_with_the_same_time_are_separate_points() -> None:
    script = AlarmDriver()
    script.measure(100, at_s=50, systolic=120)
    script.measure(101, at_s=50, systolic=121)
    assert [round((at - 50) * 1e9) for at, *_ in script.readings("manual/systolic")] == [0, 1]
    assert script.engine.spot.newest("systolic").value == 121  # type: ignore[union-attr]


def test_voiding_a_value_re_evaluates_the_one_before_it() -> None:
    script = AlarmDriver()
    script.measure(100, systolic=170)
    wrong = script.measure(200, systolic=130)
    assert script.alarms("bp-160")[-1] == "200 bp-160 cleared"
    script.correct(300, wrong, systolic=None)
    assert script.alarms("bp-160")[-1] == "300 bp-160 raised"
    assert script.readings("manual/systolic")[-1] == (200, 130, "INVALID")


def test_correction_into_hysteresis_withdraws_the_alarm_of_the_typo() -> None:
    script = AlarmDriver(HEAD + BP_160)
    wrong = script.measure(100, systolic=200)
    script.correct(160, wrong, systolic=158)
    assert script.alarms() == ["100 bp-160 raised", "160 bp-160 withdrawn"]


def test_correction_into_hysteresis_keeps_the_alarm_of_another_value() -> None:
    script = AlarmDriver(HEAD + BP_160)
    script.measure(100, systolic=170)
    wrong = script.measure(400, systolic=200)
    script.correct(460, wrong, systolic=158)
    assert script.alarms() == ["100 bp-160 raised"]


def test_voiding_a_typo_keeps_an_earlier_latched_alarm() -> None:
    script = AlarmDriver(HEAD + AGAIN)
    script.measure(100, systolic=190)
    script.measure(300, systolic=190)
    script.measure(400, systolic=120)
    assert script.alarms()[-1] == "400 bp-180-again latched"
    script.measure(500, systolic=178)
    first = script.measure(600, systolic=190)
    second = script.measure(700, systolic=190)
    script.correct(800, first, systolic=None)
    script.correct(801, second, systolic=None)
    assert [step.split()[-1] for step in script.alarms()][-2:] == ["raised", "latched"]
    assert script.open() == ["bp-180-again@session/systolic"]


def test_cuff_value_is_voided_and_corrected() -> None:
    script = AlarmDriver()
    entry = script.cuff(100, 190)
    script.correct(200, entry, systolic=None, diastolic=None, mean_arterial=None)
    assert script.open() == []
    assert script.readings("cuff/systolic") == [(100, 190, "GOOD"), (100, 190, "INVALID")]
    entry = script.cuff(300, 190)
    script.correct(400, entry, systolic=120)
    assert script.readings("manual/systolic") == [(300, 120, "GOOD")]
    assert script.alarms("bp-180")[-1] == "400 bp-180 cleared"


# Signals


def test_thermometer_and_manual_values_share_one_list() -> None:
    fever = rule("fever", "body_temperature", "at_least = 39.0\nclear = 38.5", "high")
    script = AlarmDriver(HEAD + fever)
    script.thermometer(100, 39.4)
    assert script.alarms() == ["100 fever raised"]
    script.measure(400, body_temperature=38.0)
    assert script.alarms()[-1] == "400 fever cleared"


def test_oximeter_and_manual_values_have_separate_alarms() -> None:
    low = rule("spo2", "spo2", "below = 90\nsustain = '15s'\nclear = 92", "high")
    script = AlarmDriver(HEAD + low)
    script.measure(10, spo2=85)
    script.until(25)  # a value by hand stands for an hour
    assert script.alarms("spo2") == ["25 spo2 raised"]
    for second in range(30, 60):
        script.oximeter(second, 97)
    assert script.open() == ["spo2@session/spo2"]  # a separate alarm
    script.measure(60, spo2=96)
    assert script.open() == []


def test_windowed_statistic_uses_a_single_manual_value() -> None:
    rules = rule("low", "spo2", 'statistic = "median(10s)"\nbelow = 90')
    rules += rule("noise", "spo2", 'statistic = "sd(60s)"\nabove = 3')
    rules += rule("rolling", "spo2", 'below = "rolling(5min) - 5"')
    script = AlarmDriver(HEAD + rules)
    script.measure(10, spo2=85)
    raised = [step for step in script.alarms() if "unjudged" not in step]
    assert raised == ["10 low raised"]


def test_composite_rule_uses_the_latest_spot_measurements() -> None:
    both = (
        '[[rule]]\nid = "both"\nall = ["systolic above 160", "diastolic above 100"]\n'
        'priority = "high"\nmessage = "m"\nsource = "test"\n'
    )
    script = AlarmDriver(HEAD + both)
    script.cuff(100, 170, 90)
    script.measure(200, diastolic=105)
    assert script.alarms() == ["200 both raised"]
    script.until(3700)
    assert script.open() == ["(both@session)"]  # the systolic value of 100 s has expired
    script.measure(3750, systolic=150)
    assert script.alarms()[-1] == "3750 both cleared"


def test_limits_on_spot_measurements_are_reported_once() -> None:
    script = AlarmDriver(HEAD + BP_160 + rule("low", "systolic", "at_most = 90"))
    script.measure(10, systolic=120)
    script.measure(20, systolic=120)
    limits = [fact for _, fact in script.facts if isinstance(fact, LimitFact)]
    assert [(f.subject, f.rule, f.upper, f.lower) for f in limits] == [
        ("session/systolic", "bp-160", 160, None),
        ("session/systolic", "low", None, 90),
    ]


# Rules that change


def test_limit_lowered_below_the_last_value_raises_immediately() -> None:
    script = AlarmDriver()
    script.measure(10, systolic=175)
    script.at(60).tell(
        EntryKind.OVERRIDE,
        "bp-180",
        changes={"at_least": 170, "clear": 165},
        by="Dr",
        reason="agreed",
    )
    assert script.alarms("bp-180") == ["60 bp-180 raised"]
    assert same_again(script)


def test_enabled_rule_evaluates_the_last_value_unless_expired() -> None:
    script = AlarmDriver()
    script.measure(10, systolic=195)
    off = {"changes": {"enabled": False}, "by": "Dr", "reason": "agreed"}
    on = {"changes": {}, "by": "Dr", "reason": "back"}
    script.at(60).tell(EntryKind.OVERRIDE, "bp-180", **off)
    script.at(90).tell(EntryKind.OVERRIDE, "bp-180", **on)
    assert script.alarms("bp-180") == [
        "10 bp-180 raised",
        "60 bp-180 withdrawn",
        "90 bp-180 raised",
    ]
    script.at(4000).tell(EntryKind.OVERRIDE, "bp-180", **off)
    script.at(4010).tell(EntryKind.OVERRIDE, "bp-180", **on)
    assert script.alarms("bp-180")[-1] == "4000 bp-180 withdrawn"  # the value is too old


def test_new_policy_evaluates_the_last_value() -> None:
    script = AlarmDriver(HEAD + UNCONFIRMED)
    script.cuff(10, 195)
    assert script.alarms() == []
    script.at(60).tell(EntryKind.POLICY, "p", text=PRESSURE, by="Dr", reason="amendment")
    assert script.alarms() == ["60 bp-160 raised", "60 bp-180 raised"]


# One value after the other


@pytest.mark.parametrize(
    ("values", "last"),
    [
        ([(0, 185), (600, 185)], True),
        ([(0, 185), (601, 185)], False),
        ([(0, 185), (300, 176), (400, 185)], False),  # between the limits ends a run
        ([(0, 185), (300, 170), (400, 185)], False),
        ([(0, 185), (601, 185), (700, 190)], True),
    ],
)
def test_repetition_needs_consecutive_violations_within_its_time(
    values: list[tuple[int, int]], *, last: bool
) -> None:
    script = AlarmDriver(HEAD + AGAIN)
    for second, systolic in values:
        script.measure(second + 10, systolic=systolic)
    assert bool(script.open()) is last


def test_rule_raises_one_alarm_for_consecutive_violations() -> None:
    script = AlarmDriver(HEAD + BP_160 + BP_180)
    for second, systolic in enumerate((190, 200, 185, 178, 176, 181), 1):
        script.measure(100 * second, systolic=systolic)
    assert script.alarms() == ["100 bp-160 raised", "100 bp-180 raised"]
