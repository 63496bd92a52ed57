"""Unstable links, and sensors that are received only at times."""

from itertools import cycle

import pytest

from tests.durations import combinations
from tests.scenarios.play import PATCH, STRAP, Play

LINKS = [(4, 16), (45, 12), (60, 12), (40, 12), (18, 12), (15, 4), (1, 11)]
HOUR_S = 3600
# Heart rates with the rules that they violate, and the minutes within which each raises.
HEARTS: list[tuple[int, dict[str, int]]] = [
    (72, {}),
    (125, {"hr-110": 5}),
    (155, {"hr-150": 4, "hr-131": 5, "hr-110": 5}),
    (175, {"hr-150": 4, "hr-131": 5, "hr-110": 5}),
    (38, {"hr-low-40": 4, "hr-low-50": 5}),
]


def flapping(heard_s: int, away_s: int, bpm: int) -> Play:
    """A strap that is received intermittently for an hour, at a constant heart rate."""
    play, swing = Play(STRAP), cycle((0, 1))  # the value varies by one, as in any living person
    for start in range(0, HOUR_S, heard_s + away_s):
        play.at(start).link("strap", "connected")
        for second in range(start, start + heard_s):
            play.at(second + 0.5).beat(bpm + next(swing))
        if heard_s > 1:  # else the link stays, and packets get lost
            play.at(start + heard_s).link("strap", "lost")
    return play.until(HOUR_S)


@pytest.mark.no_cover
@pytest.mark.parametrize(("link", "heart"), combinations(LINKS, HEARTS))
def test_unstable_link_delays_heart_rate_alarms_by_minutes_at_most(
    link: tuple[int, int], heart: tuple[int, dict[str, int]]
) -> None:
    bpm, rules = heart
    play = flapping(*link, bpm)
    assert play.times_raised(technical=False) == dict.fromkeys(sorted(rules, key=_order), 1)
    for rule, minutes in rules.items():
        assert play.raised(rule)[0] <= minutes * 60
        assert f"{rule}@strap/heart_rate active" in play.standing()  # and holds to the end
    assert sum(play.times_raised(technical=True).values()) <= 3
    assert play.holds()


def _order(rule: str) -> int:
    return ["hr-110", "hr-131", "hr-150", "hr-low-50", "hr-low-40"].index(rule)


def test_unstable_link_alarm_has_the_received_percentage() -> None:
    play = flapping(4, 16, 72)
    assert play.steps("no-hr", "no-hr-long") == [
        "13.5 no-hr raised",
        "20.5 no-hr cleared",
        "33.5 no-hr raised",
        "154.5 no-hr-long raised",
    ]
    assert play.message("no-hr") == (
        "Heart rate not judged: the link to sensor 'strap' is unstable: "
        "22 % received in the last 5 minutes"
    )


def test_cause_of_an_active_alarm_is_updated() -> None:
    play = Play(STRAP).rates(0, [70, 71] * 50)
    assert play.until(120).message("no-hr").endswith("sensor 'strap' sends no data")
    play.rates(121, [70, 71] * 40)
    unstable = "the link to sensor 'strap' is unstable: {} % received in the last 5 minutes"
    assert play.until(215).message("no-hr").endswith(unstable.format(86))
    play.until(400)
    assert play.message("no-hr").endswith(unstable.format(38))
    assert play.message("no-hr-long").endswith(unstable.format(38))
    play.at(530).link("strap", "lost")  # nothing was heard for more than five minutes
    assert play.until(600).message("no-hr").endswith("sensor 'strap' is not connected")
    play.link("strap", "connected")
    for second in range(601, 700):
        play.at(second).beat(0)
    assert play.message("no-hr").endswith("sensor 'strap' sends no value and may be off the body")
    play.rates(700, [70, 71] * 145)
    assert play.message("no-hr").endswith(unstable.format(89))
    play.rates(990, [70, 71] * 15)
    assert play.standing() == []
    assert play.holds()


def test_fever_received_seven_minutes_in_ten_raises_an_alarm() -> None:
    play = Play(PATCH)
    for start in range(0, HOUR_S, 570):
        play.cores(start, start + 420, 38.4)
    assert play.raised("ct-38") == [745]
    assert play.times_raised(technical=True) == {"no-ct": 3, "no-ct-long": 1}
    assert play.holds()


def test_fever_received_every_95_seconds_raises_an_alarm() -> None:
    play = Play(PATCH)
    for second in range(0, HOUR_S, 95):
        play.at(second).core(39.5)
    assert play.raised("ct-39") == [360]
    assert play.times_raised(technical=True) == {"no-ct": 2}


def test_silence_does_not_sustain_a_single_value() -> None:
    play = Play(PATCH).cores(0, 1800, 37.0)
    play.at(1862).core(40.6)
    play.at(1931).core(37.0)
    play.cores(1940, 2200, 37.0)
    assert play.times_raised(technical=False) == {}


@pytest.mark.parametrize(("every", "seen_s"), [(5, 23), (9, None)])
def test_values_without_contact_are_not_evaluated(every: int, seen_s: int | None) -> None:
    """Of 160 /min each fifth, or all but each ninth, packet has no contact."""
    play = Play(STRAP)
    for second in range(60):
        contact = second % 5 if every == 5 else not second % 9
        play.at(second).heart(160 + second % 2, 0x06 if contact else 0x04)
    raised = play.raised("hr-150")
    assert raised == ([42.5] if seen_s is None else [seen_s])


@pytest.mark.parametrize("seconds", [10, 15])
def test_tachycardia_that_ends_in_signal_loss_raises_no_late_alarm(seconds: int) -> None:
    play = Play(STRAP).rates(0, [70, 71] * 15 + [160, 161] * (seconds // 2) + [0] * 75)
    assert play.raised("hr-150") == []
    assert play.raised("no-hr") == [28 + 2 * (seconds // 2) + 11]
