"""Hours of normal values raise no alarm about the person."""

import math
import random

import pytest

from alerts.policy.parser import load_shipped
from devices.virtual.physiology import Body
from tests.durations import LONG
from tests.scenarios.play import OXIMETER, PATCH, STRAP, Play

pytestmark = pytest.mark.no_cover
HOURS = 5 if LONG else 1


@pytest.mark.parametrize("policy", ["mdma-session", "resting-adult"])
def test_hours_at_rest_raise_no_physiological_alarm(policy: str) -> None:
    """65 /min with respiratory variation and drift, 36.6 to 37.2 degrees, 97 %."""
    rng, slow = random.Random(1), 0.0
    play = Play(STRAP, PATCH, OXIMETER, policy=load_shipped(policy).text)
    for second in range(HOURS * 3600):
        slow = 0.99 * slow + rng.gauss(0, 0.5)
        breath = 3 * math.sin(2 * math.pi * second / 4.2)
        rate = 65 + breath + slow + rng.gauss(0, 1)
        play.at(second).beat(round(rate), rr_ms=round(60_000 / rate))
        play.pulse(97 - (second // 200) % 2, round(65 + slow))
        if second % 10 == 0:
            core = 36.9 - 0.3 * math.cos(2 * math.pi * second / (HOURS * 3600))
            play.core(round(core + rng.gauss(0, 0.02), 2))
    assert play.times_raised(technical=False) == {}
    # A thermometer's, after 4 h.
    due = {"no-bt": 1} if policy == "resting-adult" and HOURS > 4 else {}
    assert play.times_raised(technical=True) == due


@pytest.mark.parametrize("policy", ["mdma-session", "resting-adult"])
@pytest.mark.parametrize("number", [1, 2, 3])
def test_simulated_demo_people_raise_no_alarm_before_the_dose(policy: str, number: int) -> None:
    """An hour, without the simulated episodes of the demo."""
    body = Body(seed=number, resting_rate=66.0 + 3 * (number % 3))
    play = Play(STRAP, PATCH, policy=load_shipped(policy).text)
    patch = body.temperature(every_s=2.0)
    for sample in body.heart():
        if sample.at_s > 3600:
            break
        assert sample.rate is not None
        play.at(sample.at_s).beat(sample.rate, rr_ms=None)
        if sample.at_s % 2 == 0:
            play.core(next(patch).celsius or 0.0)
    assert play.alarms() == []
