"""A patch while it warms up, and after it is put on again."""

import pytest

from tests.durations import LONG
from tests.scenarios.play import MDMA, OFF_BODY, PATCH, REST, Play

FEVER = ("ct-38", "ct-385", "ct-39", "ct-40")


@pytest.mark.parametrize(("gap", "no_value"), [(0, True), (40, True), (60, True), (60, False)])
def test_fever_alarm_survives_one_bad_value_and_a_minute_of_silence(
    gap: int, *, no_value: bool
) -> None:
    play = Play(PATCH).cores(0, 1500, 36.9).cores(1500, 2400, 39.5)
    if no_value:
        play.at(2400).raw("patch/2A1C", OFF_BODY)
    play.cores(2410 + gap, 3400, 39.6)
    assert play.steps(*FEVER) == ["1650 ct-39 raised", "1830 ct-385 raised", "2120 ct-38 raised"]
    assert play.holds()


@pytest.mark.no_cover
@pytest.mark.parametrize("begins", [0, 3000])
def test_fever_raises_an_alarm_despite_repeated_contact_failures(begins: int) -> None:
    """Each 14 minutes one value is missing, and then 70 s: for six hours, or two."""
    play = Play(PATCH).cores(0, 1000, 36.9)
    for start in range(1000, 1000 + (6 if LONG else 2) * 3600, 910):
        play.cores(start, start + 840, 36.9 if start < begins else 39.6)
        play.at(start + 840).raw("patch/2A1C", OFF_BODY)
    fever_s = 1000 if begins == 0 else 3730
    assert play.raised("ct-39")[0] <= fever_s + 150
    assert play.standing()[0] == "ct-39@patch/core_temperature active"
    assert play.times_raised(technical=True) == {}
    assert play.holds()


@pytest.mark.parametrize("cold", [28.0, None], ids=["in bed", "link lost"])
def test_reapplied_patch_warms_up_without_a_physiological_alarm(cold: float | None) -> None:
    play = Play(PATCH).cores(0, 4000, 37.4)
    if cold is not None:
        play.cores(4000, 4720, cold)
    for second in range(4720, 5600, 10):  # from 36.4 by a degree in ten minutes
        play.at(second).core(round(min(37.4, 36.4 + (second - 4720) / 600), 2))
    play.cores(5600, 6000, 37.4)
    assert play.times_raised(technical=False) == {}
    assert play.times_raised(technical=True) == {"no-ct": 1, "no-ct-long": 1}
    assert play.holds()


def test_cold_patch_raises_no_low_temperature_alarm_while_warming_up() -> None:
    play = Play(PATCH, policy=REST)
    for second in range(0, 1200, 10):
        play.at(second).core(round(min(36.8, 33.5 + second / 240), 2))
    assert play.times_raised(technical=False) == {}
    play.cores(1200, 3000, 34.9)  # after settling it is judged
    assert set(play.times_raised(technical=False)) == {"ct-low-36", "ct-low-35"}


def test_upper_limit_does_not_wait_for_settling() -> None:
    assert "settling" in MDMA
    assert Play(PATCH).cores(0, 200, 39.5).raised("ct-39") == [120]
