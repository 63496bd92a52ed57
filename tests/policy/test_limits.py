"""Limits and terms: parsed or refused, and with exact decimals."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.policy.conditions import Anchor, AnchorName, Limit, Statistic, StatisticName
from alerts.policy.expressions import (
    TermError,
    duration_text,
    number_text,
    parse_duration,
    parse_statistic,
    parse_window,
    statistic_text,
)
from alerts.policy.limits import limit_text, parse_limit, resolve, resolve_steps
from devices.signals import SIGNALS

BASELINE = Anchor(AnchorName.BASELINE)
ROLLING = Anchor(AnchorName.ROLLING, 300.0)
TEMPERATURE = SIGNALS["core_temperature"]

NUMBERS = st.floats(-1e6, 1e6)
WINDOWS = st.floats(1.0, 86_400.0)
ANCHORS = st.one_of(
    st.just(BASELINE),
    st.builds(Anchor, st.sampled_from([AnchorName.ROLLING, AnchorName.EWMA]), WINDOWS),
)
LIMITS = st.one_of(
    st.builds(Limit, st.none(), NUMBERS),
    st.builds(Limit, ANCHORS, NUMBERS),
    st.builds(Limit, ANCHORS.filter(lambda a: a.name is not AnchorName.EWMA), NUMBERS, NUMBERS),
)


@pytest.mark.parametrize(
    ("written", "limit"),
    [
        (38, Limit(None, 38.0)),
        (38.5, Limit(None, 38.5)),
        ("38.5", Limit(None, 38.5)),
        ("-5", Limit(None, -5.0)),
        ("baseline", Limit(BASELINE, 0.0)),
        ("baseline + 1.0", Limit(BASELINE, 1.0)),
        (" baseline-1 ", Limit(BASELINE, -1.0)),
        ("baseline + 3 spread", Limit(BASELINE, 0.0, 3.0)),
        ("baseline + 1.5 - 30 spread", Limit(BASELINE, 1.5, -30.0)),
        ("rolling(5min) + 0.5", Limit(ROLLING, 0.5)),
        ("rolling( 300 s )+3spread", Limit(ROLLING, 0.0, 3.0)),
        ("ewma(90s) - 2", Limit(Anchor(AnchorName.EWMA, 90.0), -2.0)),
    ],
)
def test_reads_a_limit(written: str | float, limit: Limit) -> None:
    assert parse_limit(written) == limit


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("", "is not a valid limit: write a number, or baseline"),
        ("baseline * 2", "is not a valid limit"),
        ("baseline + 3 spread + 1", "is not a valid limit"),
        ("baseline + 1 + 1", "is not a valid limit"),
        ("baseline + x", "is not a valid limit"),
        ("basline + 1", "did you mean baseline"),
        ("median(60s) + 1", "allowed: baseline, rolling, ewma"),
        ("rolling + 1", "rolling needs its window, such as rolling"),
        ("rolling(5) + 1", "'5' is not a valid duration"),
        ("rolling(500ms)", "'500ms' is too short"),
        ("baseline(5min)", "baseline takes no window"),
        ("ewma(5min) + 3 spread", "ewma has no spread"),
        ("38 + 3 spread", "has no anchor"),
        ("38 + 3", "is not a valid number"),
        ("1e2", "is not a valid number"),
        ("٣", "is not a valid limit"),
        (float("nan"), "must be finite"),
        (float("-inf"), "must be finite"),
        (10**400, "must be finite"),
        ("9" * 400, "must be finite"),
        ("baseline + 1000001", "at most 1000000"),
    ],
)
def test_refuses_an_invalid_limit(written: str | float, message: str) -> None:
    with pytest.raises(TermError, match=message):
        parse_limit(written)


@given(LIMITS)
def test_limit_text_round_trips(limit: Limit) -> None:
    assert parse_limit(limit_text(limit)) == limit


@pytest.mark.parametrize(
    ("text", "seconds"), [("90s", 90), ("5min", 300), ("2h", 7200), ("500ms", 0.5), ("0.1 min", 6)]
)
def test_reads_a_duration(text: str, seconds: float) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "90", "s", "-5s", "5 m", "1e3s", "5min 30s", "٣s"])
def test_refuses_an_invalid_duration(text: str) -> None:
    with pytest.raises(TermError, match="is not a valid duration: use ms, s, min or h"):
        parse_duration(text)


def test_duration_is_at_most_a_day_and_window_at_least_a_second() -> None:
    assert parse_window("24h") == 86_400
    with pytest.raises(TermError, match="the longest duration is 24h"):
        parse_duration("86401s")
    with pytest.raises(TermError, match="write 1s or more"):
        parse_window("999ms")


@given(st.floats(0.0, 86_400.0))
def test_duration_text_round_trips(seconds: float) -> None:
    assert parse_duration(duration_text(seconds)) == seconds


@given(NUMBERS)
def test_number_text_has_no_exponent(number: float) -> None:
    assert float(number_text(number)) == number
    assert set(number_text(number)) <= set("-.0123456789")


@pytest.mark.parametrize(
    ("text", "statistic"),
    [
        ("last", Statistic(StatisticName.LAST)),
        ("median(60s)", Statistic(StatisticName.MEDIAN, 60.0)),
        (" slope ( 5 min ) ", Statistic(StatisticName.SLOPE, 300.0)),
    ],
)
def test_reads_a_statistic(text: str, statistic: Statistic) -> None:
    assert parse_statistic(text) == statistic


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("medain(60s)", "did you mean median"),
        ("", "is not a known statistic"),
        ("median", "needs its window, such as median"),
        ("last(60s)", "last takes no window"),
        ("median()", "is not a valid duration"),
        ("median(60s) + 1", "is not a known statistic"),
    ],
)
def test_refuses_an_invalid_statistic(text: str, message: str) -> None:
    with pytest.raises(TermError, match=message):
        parse_statistic(text)


@given(st.sampled_from([n for n in StatisticName if n is not StatisticName.LAST]), WINDOWS)
def test_statistic_text_round_trips(name: StatisticName, window_s: float) -> None:
    statistic = Statistic(name, window_s)
    assert parse_statistic(statistic_text(statistic)) == statistic


def test_limit_has_no_binary_rounding_error() -> None:
    """In floats, 36.9 + 0.8 is 37.699999999999996."""
    assert resolve(parse_limit("baseline + 0.8"), 36.9, None) == 37.7
    assert resolve(parse_limit("baseline + 1 + 3 spread"), 36.9, 0.1) == 38.2
    assert resolve(parse_limit("38.5"), None, None) == 38.5


@pytest.mark.parametrize(
    ("text", "anchor", "spread"),
    [("baseline + 1", None, 10.0), ("baseline + 3 spread", 3690.0, None)],
)
def test_limit_is_unknown_while_its_anchor_is_unknown(
    text: str, anchor: float | None, spread: float | None
) -> None:
    assert resolve(parse_limit(text), anchor, spread) is None
    assert resolve_steps(parse_limit(text), TEMPERATURE, anchor, spread) is None


def test_spread_is_counted_in_steps() -> None:
    limit = parse_limit("rolling(5min) + 0.5 - 3 spread")
    assert resolve_steps(limit, TEMPERATURE, 3690.5, 10.0) == 3710.5


@given(st.integers(3300, 4300), st.integers(-300, 300))
def test_limit_with_two_decimals_is_exact_in_hundredths(base: int, offset: int) -> None:
    """The value that equals the written limit is exactly on it."""
    hundredths = Decimal(offset) / 100
    sign = "+" if offset >= 0 else "-"
    limit = parse_limit(f"baseline {sign} {abs(hundredths)}")
    met = float(Decimal(base) / 100 + hundredths)
    assert resolve_steps(limit, TEMPERATURE, float(base), None) == TEMPERATURE.steps(met)
    assert resolve(limit, base / 100, None) == met


def test_fixed_limit_is_a_whole_number_of_steps() -> None:
    """In floats, 33.02 * 100 is not 3302, so a value on the limit would miss it."""
    for hundredths in range(3300, 4301):
        limit = parse_limit(f"{hundredths // 100}.{hundredths % 100:02}")
        assert resolve_steps(limit, TEMPERATURE, None, None) == hundredths


def test_limit_between_two_steps_is_not_rounded() -> None:
    assert resolve_steps(parse_limit("819.2"), SIGNALS["rr_interval"], None, None) == 838.8608
