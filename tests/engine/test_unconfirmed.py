"""Doubtful or stored values of a cuff raise an alarm until a person confirms or rejects them."""

import pytest

from monitor.entries import EntryKind
from monitor.facts import AlarmFact
from tests.engine.spot_session import BP_160, HEAD, PRESSURE, UNCONFIRMED, AlarmDriver, ns_of, rule
from tests.engine.test_lifecycle import same_again

YEARS_S = 5 * 365 * 86_400
MOVEMENT = 1


def causes(script: AlarmDriver) -> list[str]:
    return [fact.cause for _, fact in script.facts if isinstance(fact, AlarmFact) and fact.cause]


@pytest.mark.parametrize("wrong_s", [3600, -3600, -YEARS_S])
def test_measurement_with_a_wrong_clock_is_unconfirmed(wrong_s: int) -> None:
    script = AlarmDriver()
    script.cuff(100, 200, 125, stamp_s=100 + wrong_s)
    assert script.alarms() == ["100 doubtful-high raised"]
    (cause,) = causes(script)
    assert cause.startswith("200/125 mmHg, mean arterial pressure 150 mmHg, received at 00:15:00,")
    assert "is not judged: the sensor's clock shows 20" in cause
    script.until(9000)
    assert script.open() == ["doubtful-high@cuff/systolic"]  # until confirmed or rejected


def test_unconfirmed_value_within_limits_raises_a_low_priority_alarm() -> None:
    script = AlarmDriver()
    script.cuff(100, 120, 80, stamp_s=100 - YEARS_S)
    assert script.alarms() == ["100 doubtful raised"]


def test_one_unconfirmed_measurement_raises_one_alarm() -> None:
    script = AlarmDriver(HEAD + BP_160 + rule("dia", "diastolic", "above = 110") + UNCONFIRMED)
    script.cuff(100, 200, 125, stamp_s=100 - YEARS_S)
    assert script.alarms() == ["100 doubtful-high raised"]


def test_confirmed_measurement_is_evaluated_at_its_reception_time() -> None:
    script = AlarmDriver()
    script.cuff(100, 200, stamp_s=100 + 3600)
    script.settle(160, valid=True)
    assert script.alarms() == [
        "100 doubtful-high raised",
        "160 bp-160 raised",
        "160 bp-180 raised",
        "160 doubtful-high cleared",
    ]
    assert script.readings("cuff/systolic") == [(100, 200, "STORED"), (100, 200, "GOOD")]
    (newest,) = script.engine.spot.counting("systolic")
    assert (newest.measured_ns, newest.by) == (ns_of(100), "AB")
    script.measure(400, systolic=185)
    assert script.alarms("bp-180-again") == ["400 bp-180-again raised"]
    assert same_again(script)


def test_rejected_measurement_is_not_evaluated() -> None:
    script = AlarmDriver()
    script.cuff(100, 200, stamp_s=100 + 3600)
    script.settle(160, valid=False)
    assert script.alarms() == ["100 doubtful-high raised", "160 doubtful-high cleared"]
    assert script.readings("cuff/systolic") == [(100, 200, "STORED"), (100, 200, "INVALID")]
    script.measure(300, systolic=185)
    assert script.alarms("bp-180-again") == []
    assert script.engine.spot.newest("diastolic") is None
    assert same_again(script)


def test_confirmation_sets_the_clock_offset_and_the_next_value_is_live() -> None:
    script = AlarmDriver()
    script.cuff(100, 190, stamp_s=100 + 3600)
    script.settle(110, valid=True)
    script.cuff(400, 200, stamp_s=400 + 3600)
    assert script.readings("cuff/systolic")[-1] == (400, 200, "GOOD")
    assert script.alarms("bp-180-again") == ["400 bp-180-again raised"]


def test_repeated_identical_stamps_are_unconfirmed_each_time() -> None:
    """Identical bytes: a new measurement cannot be distinguished from a retransmission."""
    script = AlarmDriver()
    for number in range(1, 11):
        script.cuff(900 * number, 192, 121, stamp_s=-YEARS_S)
        key = script.engine.alarms.open()[0].key
        assert key == "doubtful-high@cuff/systolic"
        script.at(900 * number + 1).tell(EntryKind.ACKNOWLEDGE, key, by="AB")
    raised = [step for step in script.alarms("doubtful-high") if step.endswith("raised")]
    assert len(raised) == 10
    assert "(10 in all)" in causes(script)[-1]
    for _ in range(10):
        script.settle(9100, valid=True)
    assert script.engine.from_sensors.unconfirmed == []
    assert len(script.engine.spot.counting("systolic")) == 10
    assert "bp-180@session/systolic" in script.open()
    assert same_again(script)


def test_cuff_with_a_restarted_clock_is_live_from_the_second_measurement() -> None:
    """A stored record would have arrived together with the first measurement."""
    script = AlarmDriver()
    for number in range(1, 5):
        script.cuff(900 * number, 190 + number, 121, stamp_s=-YEARS_S + 40 * number)
    qualities = [quality for *_, quality in script.readings("cuff/systolic")]
    assert qualities == ["STORED", "GOOD", "GOOD", "GOOD"]
    assert script.alarms("doubtful-high") == ["900 doubtful-high raised"]
    assert script.alarms("bp-180") == ["1800 bp-180 raised"]
    assert same_again(script)


def test_stamps_of_a_stopped_clock_are_ignored() -> None:
    script = AlarmDriver()
    for number, stamp_s in enumerate((-7200, -7200, -9000), 1):  # of this morning, and backwards
        script.cuff(900 * number, 190 + number, stamp_s=stamp_s)
    qualities = [quality for *_, quality in script.readings("cuff/systolic")]
    assert qualities == ["STORED", "GOOD", "GOOD"]


def test_resent_memory_of_a_cuff_without_a_clock_is_unconfirmed() -> None:
    """A cuff that sends its whole memory each time, with the new measurement last."""
    script = AlarmDriver()
    for second in (900, 1800):
        for number in range(3):
            script.cuff(second + number, 190 + number, stamp_s=-YEARS_S)
    script.cuff(1804, 120, stamp_s=-YEARS_S)
    assert {quality for *_, quality in script.readings("cuff/systolic")} == {"STORED"}
    assert script.alarms("bp-180") == []
    assert len(script.engine.from_sensors.unconfirmed) == 7


def test_burst_of_old_records_is_stored() -> None:
    script = AlarmDriver()
    for second in (900, 1800):
        for number in range(4):
            stamp_s = second - YEARS_S + 3600 * number
            script.cuff(second + number, 190 + number, stamp_s=stamp_s)
    qualities = [quality for *_, quality in script.readings("cuff/systolic")]
    assert qualities == ["STORED"] * 4 + ["GOOD"] + ["STORED"] * 3


def test_resent_record_is_unconfirmed_only_once() -> None:
    script = AlarmDriver()
    for second in (100, 1000):
        script.cuff(second, 190, stamp_s=-7200)
        script.cuff(second + 1, 120, stamp_s=second)
    assert len(script.engine.from_sensors.unconfirmed) == 1


def test_clock_set_back_during_a_session_makes_the_value_unconfirmed() -> None:
    """The end of summer time: the cuff is set back by an hour after an hour and a half."""
    script = AlarmDriver()
    script.cuff(4500, 120, stamp_s=4500)
    script.cuff(5400, 192, stamp_s=5400 - 3600)
    assert script.alarms() == ["5400 doubtful-high raised"]
    script.settle(5460, valid=True)  # its stamp is not trusted: it is judged as of 5400
    assert script.engine.spot.newest("systolic").measured_ns == ns_of(5400)  # type: ignore[union-attr]
    assert "5460 bp-180 raised" in script.alarms()


def test_confirmed_record_of_a_correct_clock_keeps_its_time() -> None:
    """The cuff was out of range for a while and sends its measurements of that time."""
    script = AlarmDriver()
    script.cuff(100, 120, stamp_s=100)
    script.cuff(2000, 190, stamp_s=900)
    script.settle(2010, valid=True)
    assert script.readings("cuff/systolic")[-2:] == [(2000, 190, "STORED"), (900, 190, "GOOD")]
    assert script.engine.spot.newest("systolic").measured_ns == ns_of(900)  # type: ignore[union-attr]


def test_resent_evaluated_measurement_raises_no_alarm() -> None:
    script = AlarmDriver()
    script.cuff(100, 190, stamp_s=100)
    script.cuff(2000, 190, stamp_s=100)
    assert script.readings("cuff/systolic")[-1] == (2000, 190, "STORED")
    assert script.alarms("doubtful-high") == []


def test_values_measured_during_movement_are_unconfirmed() -> None:
    script = AlarmDriver()
    script.cuff(100, 196, 122, status=MOVEMENT)
    assert script.alarms() == ["100 doubtful-high raised"]
    assert causes(script)[0].endswith("is not judged: the sensor reports body movement")
    assert script.engine.spot.newest("systolic") is None
    script.settle(200, valid=True)
    assert "200 bp-180 raised" in script.alarms()


def test_value_outside_the_usual_range_is_unconfirmed() -> None:
    script = AlarmDriver()
    script.cuff(100, 270, 150)
    assert script.alarms() == ["100 doubtful-high raised"]  # 150 was evaluated: no rule on it
    assert script.engine.spot.newest("diastolic") is not None
    script.settle(200, valid=True)
    assert "200 bp-180 raised" in script.alarms()


def test_only_the_doubtful_value_of_a_measurement_is_unconfirmed() -> None:
    script = AlarmDriver()
    script.cuff(100, 270, 150, stamp_s=100)
    assert script.alarms() == ["100 doubtful-high raised"]
    (one,) = script.engine.from_sensors.unconfirmed
    assert [each.signal for each in one.values] == ["systolic"]


def test_measurement_received_during_a_standstill_is_unconfirmed() -> None:
    script = AlarmDriver()
    script.cuff(100, 120, stamp_s=100)
    script.at(4000).tell(EntryKind.STANDSTILL, "physiomon", since_ns=ns_of(1000))
    script.cuff(4000, 190, stamp_s=2000)
    assert "4000 doubtful-high raised" in script.alarms()
    (one,) = script.engine.from_sensors.unconfirmed
    assert one.reason == "it was received while monitoring was interrupted"
    script.at(4001).tell(EntryKind.STANDSTILL, "physiomon", over=True)
    script.settle(4010, valid=True)  # its clock was correct before, so its time stamp is used
    assert script.engine.spot.newest("systolic").measured_ns == ns_of(2000)  # type: ignore[union-attr]
    script.cuff(4100, 192, stamp_s=4100)  # and no other clock offset was set
    assert script.readings("cuff/systolic")[-1] == (4100, 192, "GOOD")


def test_failed_measurement_remains_due() -> None:
    due = rule("due", "systolic", 'due = "every 30min from dose"\nsustain = "5min"')
    script = AlarmDriver(HEAD + due + UNCONFIRMED)
    script.mark(60, "dose")
    for minute in (25, 32):
        script.at(60 * minute).raw("cuff/2A35", "10FF07FF07FF070000")
    script.until(2400)
    assert script.alarms() == ["2160 due raised"]


def test_unconfirmed_measurement_remains_due_until_confirmed() -> None:
    due = rule("due", "systolic", 'due = "every 30min from dose"')
    script = AlarmDriver(HEAD + due + UNCONFIRMED)
    script.mark(0, "dose")
    script.cuff(1700, 120, stamp_s=1700 - YEARS_S)
    script.until(1900)
    assert script.alarms("due") == ["1800 due raised"]
    script.settle(1950, valid=True)
    assert script.alarms("due")[-1] == "1950 due cleared"


def test_rule_change_updates_the_priority_of_an_unconfirmed_value() -> None:
    script = AlarmDriver()
    script.cuff(100, 170, stamp_s=100 - YEARS_S)
    assert script.open() == ["doubtful-high@cuff/systolic"]
    for name in ("bp-160", "bp-180", "bp-180-again"):
        script.at(200).tell(
            EntryKind.OVERRIDE, name, changes={"enabled": False}, by="Dr", reason="agreed"
        )
    assert script.open() == ["doubtful@cuff/systolic"]
    script.at(300).tell(EntryKind.OVERRIDE, "bp-160", changes={}, by="Dr", reason="back")
    assert script.open() == ["doubtful-high@cuff/systolic"]


def test_policy_without_unconfirmed_rules_uses_the_defaults() -> None:
    script = AlarmDriver(HEAD + BP_160)
    script.cuff(100, 200, stamp_s=100 - YEARS_S)
    assert script.open() == ["unconfirmed-violation@cuff/systolic"]
    assert script.alarms()[0].split()[1] == "unconfirmed-violation"


def test_intermediate_temperatures_raise_no_alarm() -> None:
    fever = rule("fever", "body_temperature", "at_least = 39.0", "high")
    script = AlarmDriver(HEAD + fever + UNCONFIRMED)
    for second, celsius in enumerate((37.0, 38.5, 39.2), 1):
        mantissa = round(celsius * 100).to_bytes(3, "little")
        script.at(second).enter(EntryKind.PACKET, "ear/2A1E", b"\x00" + mantissa + b"\xfe")
    assert script.alarms() == []
    script.thermometer(5, 39.3)
    assert script.alarms() == ["5 fever raised"]


def test_session_end_withdraws_the_unconfirmed_alarm() -> None:
    script = AlarmDriver()
    script.cuff(100, 200, stamp_s=100 - YEARS_S)
    script.at(200).tell(EntryKind.END, "physiomon", by="MK", reason="over", open=["x"])
    assert script.open() == []


def test_confirming_a_rejected_measurement_changes_nothing() -> None:
    script = AlarmDriver(PRESSURE)
    script.cuff(100, 200, stamp_s=100 - YEARS_S)
    (one,) = script.engine.from_sensors.unconfirmed
    script.settle(110, valid=False)
    known = len(script.facts)
    script.at(120).tell(EntryKind.SETTLE, one.channel, at_ns=one.at_ns, valid=True, by="AB")
    assert len(script.facts) == known
