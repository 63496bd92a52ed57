"""Implausible but possible values are evaluated by the shipped policies."""

import pytest

from alerts.policy.parser import load_shipped
from tests.engine.spot_session import AlarmDriver

MDMA = load_shipped("mdma-session").text
CONTACT, CONTACT_UNKNOWN = 0x06, 0x00


@pytest.mark.parametrize("flags", [CONTACT, CONTACT_UNKNOWN])
def test_heart_rate_of_22_is_bradycardia_not_a_lost_signal(
    flags: int,
) -> None:
    script = AlarmDriver(MDMA)
    for second in range(120):
        script.at(second).heart(62 + second % 2, flags)
    for second in range(120, 300):
        script.at(second).heart(22 + second % 3, flags)
    raised = {step.split()[1]: float(step.split()[0]) for step in script.alarms()}
    assert 140 <= raised["hr-low-40"] <= 155
    assert "no-hr" not in raised


def test_heart_rate_of_0_is_a_lost_signal_not_bradycardia() -> None:
    script = AlarmDriver(MDMA)
    for second in range(60):
        script.at(second).heart(62 + second % 2)
    for second in range(60, 120):
        script.at(second).heart(0)
    assert script.alarms("hr-low-40") == []
    assert script.alarms("no-hr") == ["69 no-hr raised"]


def test_spo2_falling_to_46_raises_the_highest_alarm() -> None:
    script = AlarmDriver(MDMA)
    for second in range(120):
        script.oximeter(second, 97 + second % 2)
    for second in range(120, 300):
        script.oximeter(second, max(46, 96 - 6 * (second - 120)) + second % 2)
    assert any(step.endswith("spo2-88 raised") for step in script.alarms())
    assert "spo2-88@oxi/spo2" in script.open()


@pytest.mark.parametrize("values", [{"systolic": 270.0, "diastolic": 150.0}, {"systolic": 48.0}])
def test_implausible_manual_blood_pressure_is_evaluated(values: dict[str, float]) -> None:
    script = AlarmDriver(MDMA)
    script.measure(10, **values)
    assert {"bp-180", "bp-low"} & {step.split()[1] for step in script.alarms()}
