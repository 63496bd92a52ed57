"""The exponentially weighted mean against its formula."""

import math
from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.statistics.windows import Ewma

S = 10**9
GAPS = st.integers(1, 4000 * S)
SAMPLES = st.lists(st.tuples(GAPS, st.integers(-5000, 5000)), min_size=1, max_size=40)


def fed(samples: list[tuple[int, int]], half_life_ns: int) -> Ewma:
    """Return a mean that was given (gap, steps) samples."""
    mean, at_ns = Ewma(half_life_ns), 0
    for gap_ns, steps in samples:
        at_ns += gap_ns
        mean.add(at_ns, steps)
    return mean


def test_new_sample_weighs_twice_the_old_after_one_half_life() -> None:
    assert fed([(1, 30), (300 * S, 60)], 300 * S).value == 50.0


def test_is_unknown_before_the_first_sample() -> None:
    assert Ewma(S).value is None


def test_mean_of_the_first_sample_is_the_sample() -> None:
    assert fed([(1, 0)], S).value == 0.0


def test_only_the_new_sample_counts_after_a_long_gap() -> None:
    assert fed([(1, 30), (10**22, 60)], S).value == 60.0


@given(SAMPLES, st.integers(1, 3600 * S))
def test_agrees_with_its_formula(samples: list[tuple[int, int]], half_life_ns: int) -> None:
    """Computed from scratch, with weights from powers of two."""
    times = list(accumulate(gap for gap, _ in samples))
    weights = [2.0 ** -((times[-1] - at) / half_life_ns) for at in times]
    products = [weight * steps for weight, (_, steps) in zip(weights, samples, strict=True)]
    expected = math.fsum(products) / math.fsum(weights)
    tolerance = 1e-12 * math.fsum(map(abs, products)) / math.fsum(weights) + 0.51e-9
    assert fed(samples, half_life_ns).value == pytest.approx(expected, abs=tolerance, rel=0)


@given(st.integers(-5000, 5000), st.lists(GAPS, min_size=1, max_size=40))
def test_mean_of_a_constant_is_the_constant(steps: int, gaps: list[int]) -> None:
    """To the last bit: a heart rate of 120 is not above 120."""
    assert fed([(gap, steps) for gap in gaps], 300 * S).value == steps


def test_value_is_bit_identical_on_every_machine() -> None:
    """Pinned: a journal that was written elsewhere must replay here."""
    samples = [(1, 3690), (1_003_917_111, 3712), (997_000_003, 3699), (61_234_567_891, 3750)]
    value = fed(samples, 300 * S).value
    assert value is not None
    assert value.hex() == "0x1.d044873f80e33p+11"


def test_sample_must_be_later_than_the_previous_one() -> None:
    mean = fed([(5, 1)], S)
    with pytest.raises(ValueError, match="a sample at 5 ns cannot follow one at 5 ns"):
        mean.add(5, 2)


def test_half_life_must_be_positive() -> None:
    with pytest.raises(ValueError, match="half-life"):
        Ewma(0)
