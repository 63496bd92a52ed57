"""Chart series: thinned with extremes and gaps, with alarms and the expected course."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.policy.rules import Expected
from monitor.facts import AlarmFact, BaselineFact, Fact, MarkerFact, ReadingFact
from monitor.sessions.chart_series import ChartSeries, thin

S = 10**9
HEART = "strap/heart_rate"
COURSE = Expected(
    signal="heart_rate", points=((0.0, -10.0, 10.0), (60.0, 0.0, 40.0)), source="proposal"
)


def traces(*facts: Fact) -> ChartSeries:
    made = ChartSeries()
    for fact in facts:
        made.add(fact)
    return made


def reading(at_s: int, value: float) -> ReadingFact:
    return ReadingFact(subject=HEART, at_ns=at_s * S, value=value, quality=0)


def alarm(at_s: int, state: str, *, technical: bool = False) -> AlarmFact:
    return AlarmFact(
        subject=HEART,
        at_ns=at_s * S,
        rule="hr",
        step="raised",
        state=state,
        suspended=False,
        priority="low",
        technical=technical,
        message="m",
        value=None,
        limit=None,
        by=None,
    )


def dose(at_s: int) -> MarkerFact:
    return MarkerFact(subject="dose", at_ns=at_s * S, text="", by="MK")


def baseline(value: float | None) -> BaselineFact:
    return BaselineFact(subject=HEART, at_ns=0, value=value, spread=3.0, coverage=1.0, by="MK")


def test_range_includes_the_adjacent_points() -> None:
    made = traces(*(reading(at_s, float(at_s)) for at_s in range(100)))
    trace = made.trace(HEART, 40 * S, 50 * S, 1000)
    assert trace.values.tolist() == [float(at_s) for at_s in range(39, 52)]


def test_zooming_in_shows_every_value() -> None:
    made = traces(*(reading(at_s, float(at_s % 7)) for at_s in range(28_800)))
    assert len(made.trace(HEART, 0, 28_800 * S, 720).at_ns) <= 5 * 181
    assert len(made.trace(HEART, 1000 * S, 1300 * S, 720).at_ns) == 303


@given(
    st.lists(st.tuples(st.integers(1, 50), st.floats(30, 200) | st.just(np.nan)), max_size=200),
    st.integers(1, 500),
)
def test_thinning_keeps_extremes_and_gaps_of_each_interval(
    steps: list[tuple[int, float]], width: int
) -> None:
    at_ns = np.cumsum(np.array([gap for gap, _ in steps], np.int64))
    values = np.array([value for _, value in steps])
    kept_ns, kept = thin(at_ns, values, width)
    assert (np.diff(kept_ns) > 0).all()
    assert set(kept_ns.tolist()) <= set(at_ns.tolist())
    for stretch in set((at_ns // width).tolist()):
        all_, few = values[at_ns // width == stretch], kept[kept_ns // width == stretch]
        assert len(few) <= 5
        known, left = all_[np.isfinite(all_)], few[np.isfinite(few)]
        if known.size:
            assert (left.min(), left.max()) == (known.min(), known.max())
        assert np.isnan(few).any() == np.isnan(all_).any()


def test_thinned_points_do_not_depend_on_the_chart_range() -> None:
    made = traces(*(reading(at_s, float(at_s * 37 % 101)) for at_s in range(4000)))
    early = made.trace(HEART, 100 * S, 3100 * S, 80)
    late = made.trace(HEART, 400 * S, 3400 * S, 80)
    common = [
        {at for at in trace.at_ns.tolist() if 600 * S <= at < 2900 * S} for trace in (early, late)
    ]
    assert common[0] == common[1]


def test_alarm_is_shown_while_its_condition_holds() -> None:
    made = traces(
        alarm(10, "active"),
        alarm(20, "acknowledged"),
        alarm(30, "latched"),
        alarm(40, "inactive"),
        alarm(50, "active"),
        alarm(55, "active", technical=True),
    )
    spans = [
        (span.since_ns // S, span.until_ns and span.until_ns // S)
        for span in made.trace(HEART, 0, 100 * S, 100).alarms
    ]
    assert spans == [(10, 30), (50, None)]
    assert [span.since_ns for span in made.trace(HEART, 35 * S, 45 * S, 100).alarms] == []


@pytest.mark.parametrize(
    "facts", [(), (dose(600),), (baseline(70.0),), (dose(600), baseline(None))]
)
def test_expected_course_needs_a_dose_and_a_baseline(facts: tuple[Fact, ...]) -> None:
    assert traces(*facts).trace(HEART, 0, 7200 * S, 100, [COURSE]).expected is None


def test_expected_course_is_interpolated_relative_to_the_baseline() -> None:
    made = traces(dose(600), baseline(70.0), dose(900))
    band = made.trace(HEART, 0, 2400 * S, 100, [COURSE]).expected
    assert band is not None
    assert (band.at_ns // S).tolist() == [600, 2400]
    assert band.low.tolist() == [60.0, 65.0]
    assert band.high.tolist() == [80.0, 95.0]
    assert made.trace(HEART, 0, 500 * S, 100, [COURSE]).expected is None
    assert made.trace(HEART, 5000 * S, 6000 * S, 100, [COURSE]).expected is None
    assert made.trace("pill/core_temperature", 0, 2400 * S, 100, [COURSE]).expected is None
