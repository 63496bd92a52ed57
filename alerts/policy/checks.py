"""Whether conditions make sense: what could never hold, or would always, must not look like care.

Pure. A policy whose limit cannot be reached is silent just when it is needed, so it is refused
when it is read.
"""

from collections.abc import Iterator, Sequence

from alerts.policy.expressions import duration_text, number_text
from alerts.policy.rules import All, AnchorName, Bound, Compare, Limit, Rise, Rule, StatisticName
from devices.signals import SIGNALS, Signal

# Statistics that lie where the values lie; the others tell how much these vary.
_LEVELS = frozenset(
    {
        StatisticName.LAST,
        StatisticName.MEAN,
        StatisticName.MEDIAN,
        StatisticName.MIN,
        StatisticName.MAX,
        StatisticName.EWMA,
    }
)
_RISE_MEDIAN_S = 60.0
_NOW_AND_THEN = "{} is measured now and then: each value counts by itself"
_BEATS = frozenset({StatisticName.RMSSD, StatisticName.SDNN})
# Shorter than 'ultra-short' was never compared with five minutes. Source: Shaffer et al. 2020.
_FEWEST_BEATS_S = 60.0


def compare_faults(compare: Compare) -> Iterator[tuple[str, str]]:
    """Yield ('statistic', 'limit' or 'clear', what is wrong with it)."""
    signal, name = SIGNALS[compare.signal], compare.statistic.name
    if name is StatisticName.COVERAGE:
        yield "statistic", "coverage is not held against a limit; use absent or invalid"
        return
    if name in _BEATS and signal.name != "rr_interval":
        yield "statistic", f"{name} is of heart beats: it goes with rr_interval, not {signal.name}"
        return
    if name in _BEATS and compare.statistic.window_s < _FEWEST_BEATS_S:
        short = duration_text(compare.statistic.window_s)
        yield "statistic", f"{name} of {short} is chance: write 60s or more, better 5min"
    if signal.spot and name is not StatisticName.LAST:
        yield "statistic", f"{_NOW_AND_THEN.format(signal.name)}; leave the statistic out"
    for key, limit in (("limit", compare.limit), ("clear", compare.clear)):
        if limit is not None and (wrong := _limit_fault(limit, signal, name)):
            yield key, wrong
    if compare.clear is not None and _unsafe(compare.bound, compare.limit, compare.clear):
        side = "below" if compare.bound.upper else "above"
        yield "clear", f"lies on the alarm's side: it must be at or {side} the limit"


def timed_fault(kind: str, signal: Signal) -> str | None:
    """Return what is wrong with a condition about values that do not come, or None."""
    if signal.spot and kind != "absent":  # a measurement that is absent is due again
        return f"{_NOW_AND_THEN.format(signal.name)}; ask for it with due"
    return None


def rise_faults(rise: Rise) -> Iterator[str]:
    """Yield what is wrong with a rise."""
    signal = SIGNALS[rise.signal]
    if signal.technical:
        yield f"{signal.name} is about the equipment; hold it against a limit"
    if signal.spot:
        yield f"{_NOW_AND_THEN.format(signal.name)}; hold it against a limit"
    if not signal.resolution <= rise.by <= signal.highest - signal.lowest:
        least, most = float(signal.resolution), signal.highest - signal.lowest
        yield f"a rise of {signal.name} must be {_span(least, most, signal)}"
    if rise.within_s <= _RISE_MEDIAN_S:
        yield f"a rise is of the one-minute median: {duration_text(rise.within_s)} is too short"


def alone(rules: Sequence[Rule]) -> Iterator[int]:
    """Yield the index of each rule whose rolling limit stands alone for a temperature.

    A rolling limit follows a slow rise and goes blind to it; some rule of its own must hold the
    same signal against a fixed limit or the baseline, on the same side.
    """
    firm = {
        (rule.condition.signal, rule.condition.bound.upper)
        for rule in rules
        if isinstance(rule.condition, Compare) and not _rolls(rule.condition)
    }
    for index, rule in enumerate(rules):
        parts = rule.condition.conditions if isinstance(rule.condition, All) else (rule.condition,)
        for part in parts:
            if (
                isinstance(part, Compare)
                and _rolls(part)
                and SIGNALS[part.signal].unit == "Cel"
                and (part.signal, part.bound.upper) not in firm
            ):
                yield index
                break


def _rolls(compare: Compare) -> bool:
    anchor = compare.limit.anchor
    return anchor is not None and anchor.name is not AnchorName.BASELINE


def _limit_fault(limit: Limit, signal: Signal, name: StatisticName) -> str | None:
    if limit.anchor is not None:
        if name not in _LEVELS:
            return f"the {name} is held against a number; an anchor says where values lie"
        if signal.spot:
            return f"{_NOW_AND_THEN.format(signal.name)}; write a number"
        if limit.anchor.name is AnchorName.BASELINE and not signal.trend:
            return f"{signal.name} has no baseline; write a number"
        return None
    extent = signal.highest - signal.lowest
    if name in _LEVELS:
        least, most = signal.possible_range or (signal.lowest, signal.highest)
    else:
        least, most = (-extent if name is StatisticName.SLOPE else 0.0), extent
    if least <= limit.offset <= most:
        return None
    return (
        f"{number_text(limit.offset)} is no value of {signal.name}: it must be "
        f"{_span(least, most, signal)}"
    )


def _span(least: float, most: float, signal: Signal) -> str:
    return f"{number_text(least)} to {number_text(most)} {signal.unit}"


def _unsafe(bound: Bound, limit: Limit, clear: Limit) -> bool:
    """Tell whether a clear limit is beyond the limit at every spread; None is comparable."""
    if limit.anchor != clear.anchor:
        return False
    sign = 1.0 if bound.upper else -1.0
    offset = sign * (clear.offset - limit.offset)
    spreads = sign * (clear.spreads - limit.spreads)
    return offset >= 0.0 and spreads >= 0.0 and offset + spreads > 0.0
