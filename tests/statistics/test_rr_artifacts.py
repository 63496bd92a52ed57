"""The artefact check: accepted beats, and adjacent ones without a missing beat between them."""

import pytest
from hypothesis import given, settings

from monitor.statistics.rr_artifacts import BeatCheck
from tests.statistics.heart_beats import Notification, S, judged, laid_back, plainly, recordings

CALM = (800, 800, 800)


def beats(*intervals: int) -> str:
    """Return ``+`` for each beat that is accepted; all in one notification."""
    return "".join("-" if b.steps is None else "+" for b in judged([(99 * S, intervals)]))


def differences(*notifications: tuple[float, tuple[int, ...]]) -> list[int | None]:
    """Return the differences of the beats after the first three, which prove the rhythm."""
    told = [(S, CALM), *((S + round(at_s * S), intervals) for at_s, intervals in notifications)]
    return [beat.difference for beat in judged(told)[3:]]


@pytest.mark.parametrize(
    ("intervals", "accepted"),
    [
        pytest.param(CALM, "--+", id="the third alike proves the rhythm"),
        pytest.param((*CALM, 960, 768), "--+++", id="20 percent is still alike, up and down"),
        pytest.param((*CALM, 961, 800), "--+-+", id="more is not"),
        pytest.param((*CALM, 500, 1100, 800), "--+--+", id="an ectopic beat and its pause"),
        pytest.param((*CALM, 1600, 800), "--+-+", id="a missed beat"),
        pytest.param((*CALM, 400, 400, 800), "--+--+", id="a beat counted as two"),
        pytest.param((*CALM, 500, 510, 505, 500), "--+--++", id="a step is the rhythm in the end"),
        pytest.param((*CALM, *(500, 1100) * 9), "--+" + "-" * 18, id="bigeminy never is"),
        pytest.param((*CALM, 500, 2100, 500, 500, 500), "--+----+", id="an artefact restarts it"),
        pytest.param((*CALM, 500, 510, 800, 500, 510), "--+--+--", id="so does a beat as before"),
        pytest.param((*CALM, 307, 2049, 800), "--+--+", id="out of range"),
        pytest.param((1400, *CALM), "---+", id="an artefact at the very beginning"),
    ],
)
def test_beat_similar_to_the_previous_one_is_accepted(
    intervals: tuple[int, ...], accepted: str
) -> None:
    assert beats(*intervals) == accepted


@pytest.mark.parametrize(
    ("later", "expected"),
    [
        pytest.param([(1, (810,))], [10], id="each second"),
        pytest.param([(0.79, (810,))], [10], id="at each beat"),
        pytest.param([(1.9, (1900, 1900, 1900, 1910))], [None, None, None, 10], id="a slow heart"),
        pytest.param([(1.49, (810,))], [10], id="late by less than half a second"),
        pytest.param([(2, (810, 815))], [None, 5], id="one notification is lost"),
        pytest.param([(1, ()), (2, (810,))], [10], id="a second without a beat"),
        pytest.param([(1, ()), (2, ()), (3, (810,))], [None], id="too long without a beat"),
        pytest.param([(1, (500,)), (2, (810, 812))], [None, None, 2], id="a dropped beat"),
        pytest.param([(1, (99,)), (2, (810, 812))], [None, None, 2], id="one out of range"),
        pytest.param([(1, (99, 810))], [None, None], id="one out of range beside it"),
        pytest.param([(0.1, (810,)), (0.2, (820,))], [10, 10], id="several at once, after a delay"),
        pytest.param([(-5, (810,))], [10], id="a clock that was set back"),
    ],
)
def test_takes_no_difference_across_a_gap(
    later: list[tuple[float, tuple[int, ...]]], expected: list[int | None]
) -> None:
    assert differences(*later) == expected


@pytest.mark.parametrize("lost", range(4, 40))
@pytest.mark.parametrize("interval", [400, 500, 820, 900, 1024, 1200])
def test_takes_no_difference_across_a_lost_notification(interval: int, lost: int) -> None:
    """A steady heart notified each second, of which any one notification is lost."""
    heard: list[Notification] = []
    beat = 0
    for second in range(1, 50):
        count = 0
        while beat + interval <= second * 1024:
            beat += interval
            count += 1
        heard.append((second * S, (interval,) * count))
    whole = judged(heard)
    assert all(beat.difference == 0 for beat in whole[3:])
    gone = heard.pop(lost)
    found = judged(heard)
    if gone[1]:
        after = next(beat for beat in found if beat.at_ns > gone[0] - S // 2 and beat.steps)
        assert after.difference is None
    assert sum(beat.difference is None for beat in found[3:]) == 1


def test_changed_heart_rate_after_a_gap_is_accepted_again() -> None:
    later = [((9 + 3 * n) * S, (500 + n,)) for n in range(5)]
    assert [beat.steps for beat in judged([(S, CALM), *later])[3:]] == [None, None, 502, 503, 504]


def test_takes_no_difference_across_time_without_skin_contact() -> None:
    check = BeatCheck()
    check.notified(S)
    for n in range(3):
        check.check(S + n, 800)
    check.notified(2 * S, worn=False)
    check.notified(3 * S)
    assert check.check(3 * S, 800).difference is None
    assert check.check(3 * S + 1, 810).difference == 10


@settings(deadline=None)
@given(recordings())
def test_agrees_with_a_plain_implementation(notifications: list[Notification]) -> None:
    found = [(b.at_ns, b.steps, b.difference is not None) for b in judged(notifications)]
    assert found == plainly(notifications)


@settings(deadline=None)
@given(recordings())
def test_results_after_an_accepted_beat_do_not_depend_on_earlier_ones(
    notifications: list[Notification],
) -> None:
    """Checks that accepted the same beat give the same results for all later ones."""
    whole = judged(notifications)
    part = judged(notifications[len(notifications) // 2 :])
    tail = whole[len(whole) - len(part) :]
    met = [n for n, (a, b) in enumerate(zip(tail, part, strict=True)) if a.steps and b.steps]
    if met:
        assert [b[1:] for b in tail[met[0] + 1 :]] == [b[1:] for b in part[met[0] + 1 :]]


def test_beat_times_count_back_from_the_notification() -> None:
    assert laid_back(9 * S, (500, 1024, 512)) == [
        (9 * S - 3 * S // 2, 500),
        (9 * S - S // 2, 1024),
        (9 * S, 512),
    ]
