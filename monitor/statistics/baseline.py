"""The pre-dose baseline of one channel, taken once and then frozen.

Source: docs/decisions/0005-baseline.md: the last 10 minutes before the dose, at least 5 valid
minutes and 70 % coverage; median, and 1.4826 MAD with a floor below which differences are noise.
"""

from dataclasses import dataclass

from alerts.policy.conditions import StatisticName
from devices.signals import Signal
from monitor.statistics.windows import Window

SPAN_NS = 600 * 10**9
STATISTICS = frozenset({StatisticName.MEDIAN, StatisticName.SPREAD, StatisticName.COVERAGE})
VALID_NS = 300 * 10**9
_COVERAGE = 0.70
_SPREAD_FLOOR = {"/min": 3.0, "Cel": 0.10}


@dataclass(frozen=True, slots=True)
class Baseline:
    """Median and spread in steps of the signal's resolution."""

    median: float
    spread: float


def floored(spread: float, signal: Signal) -> float:
    """Return a spread in steps, at least the noise level of the signal's unit."""
    return max(spread, float(signal.steps(_SPREAD_FLOOR.get(signal.unit, 0.0))))


def covered(window: Window, now_ns: int, began_ns: int) -> float:
    """Return the share of the time with a value, 0 to 1.

    The time is the last 10 minutes, or what has passed since `began_ns` if that is less.
    """
    available_ns = min(SPAN_NS, now_ns - began_ns)
    coverage = window.value(StatisticName.COVERAGE) or 0.0
    return min(1.0, coverage * SPAN_NS / available_ns) if available_ns > 0 else 0.0


def establish(window: Window, signal: Signal, now_ns: int, began_ns: int) -> Baseline | None:
    """Return the baseline of the window that ends now, or None if it has too few values.

    Args:
        window: over `SPAN_NS` with `STATISTICS`, moved to `now_ns`.
        signal: of the channel.
        now_ns: when the dose was given.
        began_ns: when the session began to expect values.
    """
    valid_ns = (window.value(StatisticName.COVERAGE) or 0.0) * SPAN_NS
    median, spread = window.value(StatisticName.MEDIAN), window.value(StatisticName.SPREAD)
    if valid_ns < VALID_NS or covered(window, now_ns, began_ns) < _COVERAGE:
        return None
    if median is None or spread is None:
        return None
    return Baseline(median, floored(spread, signal))
