"""Checks that a condition can be true, and can be false.

Pure. A limit that no value can reach would leave a policy silent when it is needed, so such a
policy is refused when it is read.
"""

from collections.abc import Iterator, Sequence

from alerts.policy.conditions import (
    BEATS,
    LEVELS,
    RISE_MEDIAN_S,
    AnchorName,
    Bound,
    Compare,
    Limit,
    Rise,
    StatisticName,
    comparisons,
)
from alerts.policy.expressions import duration_text, number_text
from alerts.policy.rules import Priority, Rule
from devices.signals import SIGNALS, Signal

_SPOT = "{} is a spot measurement: each value counts by itself"
# Shorter windows than these were never compared with five minutes. Source: Shaffer et al. 2020.
_FEWEST_BEATS_S = 60.0


def compare_faults(compare: Compare) -> Iterator[tuple[str, str]]:
    """Yield the mistakes in a comparison as ('statistic', 'limit' or 'clear', mistake)."""
    signal, name = SIGNALS[compare.signal], compare.statistic.name
    if name is StatisticName.COVERAGE:
        yield "statistic", "coverage cannot be compared with a limit; use absent or invalid"
        return
    if name in BEATS and signal.name != "rr_interval":
        yield (
            "statistic",
            f"{name} is a statistic of beats: it goes with rr_interval, not {signal.name}",
        )
        return
    if name in BEATS and compare.statistic.window_s < _FEWEST_BEATS_S:
        short = duration_text(compare.statistic.window_s)
        yield "statistic", f"{name} of {short} is not reliable: write 60s or more, better 5min"
    if signal.spot and name is not StatisticName.LAST:
        yield "statistic", f"{_SPOT.format(signal.name)}; leave the statistic out"
    for key, limit in (("limit", compare.limit), ("clear", compare.clear)):
        if limit is not None and (wrong := _limit_fault(limit, signal, name)):
            yield key, wrong
    if compare.clear is not None and _unsafe(compare.bound, compare.limit, compare.clear):
        side = "below" if compare.bound.upper else "above"
        yield "clear", f"lies on the alarm's side: it must be at or {side} the limit"


def timed_fault(kind: str, signal: Signal) -> str | None:
    """Return the mistake in an absent, invalid or frozen condition, or None."""
    if signal.spot and kind != "absent":  # an absent spot measurement is due
        return f"{_SPOT.format(signal.name)}; ask for it with due"
    return None


def rise_faults(rise: Rise) -> Iterator[str]:
    """Yield the mistakes in a rise."""
    signal = SIGNALS[rise.signal]
    if signal.technical:
        yield f"{signal.name} is about the equipment; compare it with a limit"
    if signal.spot:
        yield f"{_SPOT.format(signal.name)}; compare it with a limit"
    if not signal.resolution <= rise.by <= signal.highest - signal.lowest:
        least, most = float(signal.resolution), signal.highest - signal.lowest
        yield f"a rise of {signal.name} must be {_span(least, most, signal)}"
    if rise.within_s <= RISE_MEDIAN_S:
        yield f"a rise compares one-minute medians: {duration_text(rise.within_s)} is too short"


def without_firm_limit(rules: Sequence[Rule]) -> Iterator[int]:
    """Yield the index of each rule whose limit moves and has no firm limit beside it.

    Before the dose a limit on the baseline is unknown, and nobody would judge the signal. A rolling
    limit follows a slow rise and never detects it, which matters for temperatures. Another rule of
    at least low priority must compare the same signal with a number, on the same side. Rules that
    only inform need none.
    """
    firm = {
        (rule.condition.signal, rule.condition.bound.upper)
        for rule in rules
        if isinstance(rule.condition, Compare)
        and rule.condition.limit.anchor is None
        and rule.priority > Priority.INFO
    }
    for index, rule in enumerate(rules):
        if rule.priority > Priority.INFO and any(
            isinstance(part, Compare)
            and _needs_firm_limit(part)
            and (part.signal, part.bound.upper) not in firm
            for part in comparisons(rule.condition)
        ):
            yield index


def _needs_firm_limit(compare: Compare) -> bool:
    anchor = compare.limit.anchor
    if anchor is None:
        return False
    return anchor.name is AnchorName.BASELINE or SIGNALS[compare.signal].unit == "Cel"


def _limit_fault(limit: Limit, signal: Signal, name: StatisticName) -> str | None:
    if limit.anchor is not None:
        if name not in LEVELS:
            return f"the {name} is compared with a number; an anchor is a level of the signal"
        if signal.spot:
            return f"{_SPOT.format(signal.name)}; write a number"
        if limit.anchor.name is AnchorName.BASELINE and not signal.trend:
            return f"{signal.name} has no baseline; write a number"
        return None
    extent = signal.highest - signal.lowest
    if name in LEVELS:
        least, most = signal.possible_range or (signal.lowest, signal.highest)
    else:
        least, most = (-extent if name is StatisticName.SLOPE else 0.0), extent
    if least <= limit.offset <= most:
        return None
    return (
        f"{number_text(limit.offset)} is not a possible limit of {signal.name}: it must be "
        f"{_span(least, most, signal)}"
    )


def _span(least: float, most: float, signal: Signal) -> str:
    return f"{number_text(least)} to {number_text(most)} {signal.unit}"


def _unsafe(bound: Bound, limit: Limit, clear: Limit) -> bool:
    """Return whether a clear limit is beyond the limit at every spread of their common anchor."""
    if limit.anchor != clear.anchor:
        return False
    sign = 1.0 if bound.upper else -1.0
    offset = sign * (clear.offset - limit.offset)
    spreads = sign * (clear.spreads - limit.spreads)
    return offset >= 0.0 and spreads >= 0.0 and offset + spreads > 0.0
