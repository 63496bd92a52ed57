"""Contradictory payloads: certain values are used and the rest is reported, never lost."""

import pytest

from devices.sensor import SensorSpec
from monitor.facts import AlarmFact, LinkFact
from tests.engine.spot_session import AlarmDriver
from tests.engine.test_lifecycle import same_again, swap

# 196/122 in movement from a Beurer BM85: pulse rate and status in the other byte order, and a user
# without its flag. The device time is that of second 900.
ODD = "56 C4007A000000 E7070B0F001C14 0041 00 0001"


def causes(script: AlarmDriver) -> list[str]:
    return [fact.cause for _, fact in script.facts if isinstance(fact, AlarmFact) and fact.cause]


def remarks(script: AlarmDriver, label: str) -> str:
    """Return what the page shows beside a sensor."""
    return script.engine.sensors[label].remarks


def test_unreadable_measurement_is_reported_until_confirmed_or_rejected() -> None:
    script = AlarmDriver()
    script.at(900).raw("cuff/2A35", ODD)
    script.cuff(1000, 120)  # the next one that is read does not end it
    assert script.alarms() == ["900 doubtful raised"]
    (cause,) = causes(script)
    assert cause.startswith(
        "systolic blood pressure of sensor 'cuff', received at 00:28:20, is not judged: it cannot "
        "be read (it contradicts itself: reserved flag bits are set (flags 0x56);"
    )
    assert cause.endswith("measure again, or enter what the sensor shows")
    script.at(1800).raw("cuff/2A35", ODD)
    assert len(script.engine.from_sensors.unconfirmed) == 2
    script.settle(1900, valid=False)
    assert script.open() == ["doubtful@cuff/systolic"]
    script.settle(1901, valid=False)
    assert script.open() == []
    assert same_again(script)


def test_reserved_flags_of_a_beurer_bm85_are_accepted() -> None:
    script = AlarmDriver(sensors=(SensorSpec(label="cuff", kind="beurer-bm85"),))
    script.at(900).raw("cuff/2A35", ODD.replace("0041 00 0001", "0041 01 0000"))
    assert script.readings("cuff/systolic") == [(900, 196, "GOOD")]
    assert script.readings("cuff/pulse_rate") == [(900, 65, "GOOD")]
    assert "900 bp-180 raised" in script.alarms()
    script.at(960).raw("cuff/2A35", ODD.replace("001C14", "001D14"))
    assert script.readings("cuff/systolic")[-1] == (960, 196, "QUESTIONABLE")
    assert causes(script)[-1].endswith("is not judged: the sensor reports body movement")


def test_contradictory_thermometer_packet_is_reported_as_unconfirmed() -> None:
    script = AlarmDriver()
    script.at(900).raw("ear/2A1C", "08 6D0100FF 02")
    assert script.open() == ["doubtful@ear/body_temperature"]


def test_invalid_battery_level_is_a_faulty_packet_not_a_measurement() -> None:
    script = AlarmDriver()
    script.at(900).raw("cuff/2A19", "FF")
    assert script.open() == []
    assert remarks(script, "cuff").startswith("1 packet is faulty")


def test_impossible_value_is_unconfirmed_and_other_values_are_evaluated() -> None:
    script = AlarmDriver()
    script.at(900).raw("cuff/2A35", "04 BE0050007000 003F")  # pulse rate -256000
    assert script.readings("cuff/systolic") == [(900, 190, "GOOD")]
    assert script.readings("cuff/pulse_rate") == [(900, None, "INVALID")]
    assert "900 bp-180 raised" in script.alarms()
    assert "doubtful@cuff/pulse_rate" in script.open()


def test_pressure_in_a_packet_with_misplaced_fields_is_unconfirmed() -> None:
    script = AlarmDriver()
    script.at(900).raw("cuff/2A35", "10 BE0050007000 00 0100")  # in movement: a user is before it
    assert script.alarms() == ["900 doubtful-high raised"]
    assert "is not judged: its data contradict themselves (the flags do not" in causes(script)[0]


def test_heart_rate_with_reserved_flags_is_used_and_flags_are_reported() -> None:
    script = AlarmDriver()
    for second in range(1, 6):
        script.at(second).raw("strap/2A37", "26 16")
    script.at(6).raw("strap/2A37", "06 48")
    assert script.readings("strap/heart_rate")[0] == (1, 22, "GOOD")
    flags = "reserved flag bits are set (flags 0x26)"
    assert remarks(script, "strap") == f"5 packets are faulty, the last one: {flags}"
    facts = [fact for _, fact in script.facts if isinstance(fact, LinkFact) and fact.reason]
    assert [fact.reason for fact in facts] == [f"1 packet is faulty, the last one: {flags}"]
    swap(script, 10, "strap", "heart-rate-strap")
    assert remarks(script, "strap") == ""


@pytest.mark.parametrize("payload", ["26 16 AA", "07 FFFF AA"])
def test_strap_packet_with_two_contradictions_has_no_heart_rate(payload: str) -> None:
    script = AlarmDriver()
    for second in range(1, 4):
        script.at(second).raw("strap/2A37", payload)
    assert script.readings("strap/heart_rate") == []
    assert remarks(script, "strap").startswith("3 packets are faulty, the last one: at byte 0")
