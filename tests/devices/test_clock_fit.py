"""A device clock is estimated from time stamps that arrive late, drift and jump."""

import random

from hypothesis import given
from hypothesis import strategies as st

from devices.clock_fit import ClockFit

S = 10**9


def play(
    fit: ClockFit,
    seconds: range,
    *,
    offset_ns: int,
    ppm: float,
    jitter_ns: int,
    rng: random.Random,
) -> list[tuple[int, int]]:
    """Feed one packet per second; return (device time, true session time) of each."""
    pairs = []
    for second in seconds:
        device_ns = second * S
        true_ns = offset_ns + device_ns + round(device_ns * ppm / 1e6)
        # Every tenth packet has no delay; the others wait for the radio.
        delay_ns = 0 if second % 10 == 3 else rng.randrange(jitter_ns + 1)
        fit.add(device_ns, true_ns + delay_ns)
        pairs.append((device_ns, true_ns))
    return pairs


@given(
    st.integers(-(10**18), 10**18),
    st.floats(-200, 200),
    st.integers(0, S // 2),
    st.randoms(use_true_random=False),
)
def test_time_and_drift_are_recovered_from_late_packets(
    offset_ns: int, ppm: float, jitter_ns: int, rng: random.Random
) -> None:
    fit = ClockFit()
    pairs = play(fit, range(600), offset_ns=offset_ns, ppm=ppm, jitter_ns=jitter_ns, rng=rng)
    assert fit.jumps == 0
    assert fit.drift_ppm is not None
    assert abs(fit.drift_ppm - ppm) < 0.01
    for device_ns, true_ns in pairs[-60:]:
        told_ns = fit.session_ns(device_ns)
        assert told_ns is not None
        assert abs(told_ns - true_ns) < S // 1000


@given(st.integers(-(10**17), 10**17).filter(lambda ns: abs(ns) > 5 * S))
def test_new_clock_after_a_reconnection_is_used_immediately(jump_ns: int) -> None:
    fit, rng = ClockFit(), random.Random(1)
    play(fit, range(120), offset_ns=7 * S, ppm=20, jitter_ns=S // 10, rng=rng)
    shift_s = jump_ns // S
    # The device clock jumps; the session clock continues.
    for second in range(120, 240):
        fit.add((second + shift_s) * S, 7 * S + second * S)
    assert fit.jumps == 1
    told_ns = fit.session_ns((239 + shift_s) * S)
    assert told_ns == 7 * S + 239 * S


@given(st.integers(0, 10 * S))
def test_no_packet_is_dated_after_its_reception(jitter_ns: int) -> None:
    fit, rng = ClockFit(), random.Random(2)
    for second in range(300):
        received_ns = second * S + rng.randrange(jitter_ns + 1)
        fit.add(second * S, received_ns)
        told_ns = fit.session_ns(second * S)
        assert told_ns is not None
        assert told_ns <= received_ns + 2  # each number on the way is rounded to a nanosecond


def test_clock_has_no_time_before_the_first_stamp_and_no_early_drift() -> None:
    fit = ClockFit()
    assert fit.session_ns(5) is None
    fit.add(0, 100)
    assert (fit.session_ns(5), fit.drift_ppm) == (105, None)


def test_burst_after_a_gap_is_not_a_new_clock() -> None:
    """Packets delayed during a loss of the radio arrive late and together."""
    fit = ClockFit()
    for second in range(100):
        fit.add(second * S, second * S)
    for second in range(100, 130):
        fit.add(second * S, 130 * S + second)
    assert fit.jumps == 0
    assert fit.session_ns(100 * S) == 100 * S


def test_clock_set_back_during_a_long_gap_is_detected_within_two_minutes() -> None:
    fit = ClockFit()
    for second in range(100):
        fit.add(second * S, second * S)
    for second in range(700, 820):
        fit.add((second - 300) * S, second * S)
    assert fit.jumps == 1
    assert fit.session_ns(519 * S) == 819 * S
