"""Recovery steps for an adapter that does not recover, and the messages meanwhile."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.adapter_recovery import Recovery, Step, is_lasting
from devices.link_faults import ABORTED, BUSY, CONNECTION_BROKE, NO_RESPONSE


def steps_of(times_s: list[float]) -> list[tuple[float, Step]]:
    recovery = Recovery()
    return [(now_s, step) for now_s in times_s if (step := recovery.failed(now_s)) is not None]


def test_steps_are_taken_in_order_and_repeated_after_minutes() -> None:
    assert steps_of([float(now_s) for now_s in range(0, 400, 5)]) == [
        (15.0, Step.RESTART_SCAN),
        (30.0, Step.DISCONNECT_STALE),
        (45.0, Step.POWER_CYCLE),
        (315.0, Step.RESTART_SCAN),
        (330.0, Step.DISCONNECT_STALE),
        (345.0, Step.POWER_CYCLE),
    ]


@pytest.mark.parametrize(
    "times_s",
    [[0.0, 10.0, 14.0], [0.0, 61.0, 122.0, 183.0]],
    ids=["it has just begun", "it comes once in a while"],
)
def test_no_step_is_taken_against_a_fault_that_does_not_last(times_s: list[float]) -> None:
    assert steps_of(times_s) == []


def test_success_resets_the_recovery() -> None:
    recovery = Recovery()
    for now_s in range(0, 14, 2):
        recovery.failed(float(now_s))
    recovery.worked()
    assert recovery.failed(20.0) is None
    assert recovery.failed(34.0) is None
    assert recovery.failed(36.0) is Step.RESTART_SCAN


def test_message_changes_with_time() -> None:
    recovery, said = Recovery(), []
    for now_s in range(0, 1200, 10):
        recovery.failed(float(now_s))
        said.append(recovery.describe(BUSY, float(now_s)).message)
    told = list(dict.fromkeys(said))
    assert [said.index(each) for each in told] == [0, 6, 60]
    assert told[0] == BUSY.message
    assert "close other programs" in told[1]
    assert "unplug it" in told[2]


def test_only_adapter_faults_are_lasting() -> None:
    assert [is_lasting(each) for each in (BUSY, ABORTED, NO_RESPONSE, CONNECTION_BROKE)] == [
        True,
        True,
        False,
        False,
    ]


@given(st.lists(st.floats(0.0, 59.0), min_size=1, max_size=100))
def test_at_most_three_steps_are_taken_in_five_minutes(gaps_s: list[float]) -> None:
    times_s, now_s = [], 0.0
    for gap_s in gaps_s:
        now_s += gap_s
        times_s.append(now_s)
    taken = steps_of(times_s)
    assert all(
        after[0] - before[0] > 200.0 for before, after in zip(taken, taken[3:], strict=False)
    )
