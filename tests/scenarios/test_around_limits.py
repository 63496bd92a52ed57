"""Rates and temperatures near a limit: exactly at it, and varying around it."""

import pytest

from tests.durations import LONG, combinations
from tests.engine.scripted_session import POLICY
from tests.scenarios.play import PATCH, STRAP, Play, swinging, turns


@pytest.mark.parametrize("rates", [(163, 147), (160, 149), (165, 139), (151, 150)])
def test_heart_rate_alternating_around_a_limit_raises_within_a_minute(
    rates: tuple[int, ...],
) -> None:
    play = Play(STRAP).rates(0, turns(*rates, seconds=61))
    assert play.raised("hr-150")[0] <= 60
    assert play.holds()


@pytest.mark.parametrize("dip", [(45, 20), (41, 19)])
def test_bradycardia_with_occasional_faster_beats_raises_an_alarm(dip: tuple[int, int]) -> None:
    bpm, every = dip
    play = Play(STRAP).rates(0, turns(bpm, *[38] * (every - 1), seconds=120))
    assert play.raised("hr-low-40")[0] <= 30


# Mean and deviation of a rate, the rule that it violates and its sustain time in seconds.
IRREGULAR = [
    (155, 5, "hr-150", 20),
    (155, 8, "hr-150", 20),
    (160, 8, "hr-150", 20),
    (160, 12, "hr-150", 20),
    (165, 15, "hr-150", 20),
    (38, 2, "hr-low-40", 20),
    (36, 3, "hr-low-40", 20),
    (35, 5, "hr-low-40", 20),
    (135, 4, "hr-131", 60),
    (140, 10, "hr-131", 60),
]


@pytest.mark.no_cover
@pytest.mark.parametrize(("case", "slowness"), combinations(IRREGULAR, [(0.5, 3), (0.8, 4)]))
def test_irregular_heart_rate_beyond_a_limit_raises_within_a_multiple_of_sustain(
    case: tuple[int, int, str, int], slowness: tuple[float, int]
) -> None:
    """At most three times the sustain time, four times for a slowly varying rate."""
    (mean, sd, rule, sustain_s), (memory, sustains) = case, slowness
    for seed in range(10 if LONG else 4):
        rates = swinging(mean, sd, seed, sustains * sustain_s + 1, memory)
        raised = Play(STRAP).rates(0, rates).raised(rule)
        assert raised, seed
        assert sustain_s <= raised[0] <= sustains * sustain_s


def test_periodic_dips_do_not_prevent_a_composite_alarm() -> None:
    play = Play()
    for second in range(400):
        play.at(second).beat(119 if second % 25 == 0 else 125 + second % 2)
        if second % 10 == 0:
            play.core(38.2)
    assert play.raised("combo") == [181]
    assert play.holds()


@pytest.mark.parametrize(
    ("bpm", "rule", "raises"),
    [
        (150, "hr-150", False),
        (151, "hr-150", True),
        (130, "hr-131", False),
        (131, "hr-131", True),
        (110, "hr-110", False),
        (111, "hr-110", True),
        (51, "hr-low-50", False),
        (50, "hr-low-50", True),
        (41, "hr-low-40", False),
        (40, "hr-low-40", True),
    ],
)
def test_heart_rate_exactly_at_a_limit(bpm: int, rule: str, *, raises: bool) -> None:
    assert bool(Play(STRAP).rates(0, [bpm] * 70).raised(rule)) is raises


@pytest.mark.parametrize(
    ("celsius", "rule", "raises"),
    [
        (38.00, "ct-38", False),
        (38.01, "ct-38", True),
        (38.99, "ct-39", False),
        (39.00, "ct-39", True),
        (39.99, "ct-40", False),
        (40.00, "ct-40", True),
    ],
)
def test_temperature_exactly_at_a_limit(celsius: float, rule: str, *, raises: bool) -> None:
    play = Play(PATCH)
    for second in range(0, 700, 10):
        play.at(second).core(celsius)
    assert bool(play.raised(rule)) is raises


def test_fahrenheit_thermometer_reaches_a_celsius_limit_exactly() -> None:
    play = Play(PATCH)
    for second in range(0, 200, 10):
        play.at(second).raw("patch/2A1C", "05fe0300ff02")  # 102.2 degrees Fahrenheit: 39.0
    assert play.raised("ct-39") == [120]


@pytest.mark.parametrize("baseline", [36.90, 36.87, 37.01])
def test_baseline_limit_is_exact_to_a_hundredth(baseline: float) -> None:
    play = Play(PATCH)
    for second in range(0, 1800, 10):
        play.at(second).core(baseline)
    play.at(1800).dose()
    for second in range(1801, 2401, 10):
        play.at(second).core(round(baseline + 1.0, 2))
    assert play.raised("ct-1") == []  # above, and not at least
    for second in range(2401, 3001, 10):
        play.at(second).core(round(baseline + 1.01, 2))
    # Half of a minute's median lies above after 20 s more, and stays there for 5 min.
    assert play.raised("ct-1") == [2721]


@pytest.mark.parametrize(("until_s", "raised"), [(10.999999999, []), (11, [11]), (11.5, [11])])
def test_sustain_time_is_exact_to_the_nanosecond(until_s: float, raised: list[float]) -> None:
    play = Play(STRAP, policy=POLICY)  # hr-high: the last value above 110 for 10 s
    for second in range(1, 11):
        play.at(second).beat(111)
    play.at(until_s).beat(104)
    assert play.until(60).raised("hr-high") == raised


@pytest.mark.parametrize(
    ("per_min", "raised"),
    [(0.03, []), (0.033, []), (0.034, [2230]), (0.04, [2100]), (0.05, [1950])],
)
def test_rise_limit_is_exact(per_min: float, raised: list[float]) -> None:
    """Half a degree in 15 min is 0.0333 a minute; above 37.5, for two minutes."""
    play = Play(PATCH)
    for second in range(0, 1200, 10):
        play.at(second).core(37.3)
    for second in range(1200, 3600, 10):
        play.at(second).core(37.3 + per_min * (second - 1200) / 60)
    assert play.raised("ct-rate") == raised
