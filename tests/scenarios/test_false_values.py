"""Invalid and false heart rates: what physiomon can and cannot detect."""

import random

import pytest

from devices.sensor import SensorSpec
from monitor.facts import StatisticFact
from tests.scenarios.play import STRAP, Play, turns

ARMBAND = SensorSpec(label="armband", kind="polar-armband-ppi")


@pytest.mark.parametrize(
    ("packet", "cause"),
    [
        ("00FF", "sends values out of range"),
        ("0600", "sends no value and may be off the body"),
    ],
)
def test_codes_for_no_value_raise_a_signal_loss_alarm(packet: str, cause: str) -> None:
    play = Play(STRAP)
    for second in range(300):
        play.at(second).raw("strap/2A37", packet)
    assert play.steps("no-hr", "no-hr-long") == play.alarms()
    assert play.raised("no-hr") == [10]
    assert play.raised("no-hr-long") == [60]
    assert play.message("no-hr") == f"Heart rate not judged: sensor 'strap' {cause}"


def test_truncated_packet_still_has_its_heart_rate() -> None:
    play = Play(STRAP)
    for second in range(60):
        play.at(second).raw("strap/2A37", "103EB103DE")
    assert play.alarms() == []
    assert play.engine.channels["strap/heart_rate"].value == 62


def test_frozen_heart_rate_is_reported_and_still_evaluated() -> None:
    play = Play(STRAP)
    for second in range(600):
        play.at(second).beat(80 + second % 3)
    for second in range(600, 1800):
        play.at(second).raw("strap/2A37", "0077")
    assert play.raised("hr-frozen") == [900]
    assert play.raised("hr-110") == [665]


def test_frozen_heart_rate_is_reported_despite_short_dropouts() -> None:
    play = Play(STRAP).rates(0, [70, 71] * 30)
    play.rates(60, [72 if second % 240 < 230 else None for second in range(60, 900)])
    assert play.raised("hr-frozen") == [369.5]


def test_armband_repeating_its_last_heart_rate_is_reported() -> None:
    play = Play(ARMBAND)
    for second in range(0, 400, 5):
        play.at(second).raw("armband/2A37", "004E")
    assert play.raised("hr-frozen") == [310.5]


@pytest.mark.parametrize(("noise_s", "raised"), [(15, []), (30, [40])])
def test_half_a_minute_of_strap_noise_raises_an_alarm(noise_s: int, raised: list[float]) -> None:
    """It cannot be distinguished from tachycardia, as docs/medical.md states."""
    rng = random.Random(3)
    noise = [rng.randint(152, 220) for _ in range(noise_s)]
    play = Play(STRAP).rates(0, [0] * 20 + noise + [70, 71] * 75)
    assert play.raised("hr-150") == raised
    assert play.times_raised(technical=True) == {"no-hr": 1}
    assert play.standing() == (["hr-150@strap/heart_rate latched"] if raised else [])


def test_cadence_lock_raises_an_alarm_unless_beat_intervals_contradict_it() -> None:
    """An optical sensor counts steps: 75 /min, then 156, then 75."""
    alone = Play(STRAP).rates(0, [75, 76] * 50 + turns(156, 157, 158, seconds=130) + [75, 76] * 35)
    assert alone.raised("hr-150") == [125]
    with_beats = Play(STRAP)
    for second in range(300):
        locked = 100 <= second < 230
        with_beats.at(second).beat(156 + second % 3 if locked else 75 + second % 2, rr_ms=800)
    assert with_beats.times_raised(technical=False) == {}
    assert with_beats.steps("no-hr", "no-hr-long") == [
        "119 no-hr raised",
        "169 no-hr-long raised",
        "230 no-hr cleared",
        "230 no-hr-long cleared",
    ]
    assert with_beats.holds()


def test_contradiction_with_beat_intervals_is_named_as_cause() -> None:
    play = Play(STRAP)
    for second in range(180):
        play.at(second).beat(156 + second % 3, rr_ms=800)
    cause = "the heart rate of sensor 'strap' contradicts its own beat intervals"
    assert play.message("no-hr-long").endswith(cause)


def test_ectopic_beats_do_not_count_as_variability() -> None:
    play = Play(STRAP)
    for second in range(600):
        play.at(second).beat(75 + second % 2, rr_ms=800 if second % 30 else 400)
    told = [
        fact.values
        for fact in play.facts_of(StatisticFact)
        if isinstance(fact, StatisticFact) and fact.window_s == 300
    ]
    assert told[-1] == {"rmssd": 0.0, "sdnn": 0.0}
    assert play.alarms() == []
