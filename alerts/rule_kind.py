"""Kind of a rule, such as "Heart rate high", for messages that must not contain values. Pure."""

from typing import assert_never

from alerts.policy.conditions import (
    LEVELS,
    Absent,
    All,
    Compare,
    Condition,
    FaultCondition,
    Frozen,
    Invalid,
    MeasurementDue,
    Rise,
    StatisticName,
)
from alerts.policy.fault_names import FAULT_NAMES
from devices.signals import SIGNALS


def rule_kind(condition: Condition) -> str:
    """Return what a rule is about, without its message, values and limits.

    >>> rule_kind(Rise(signal="core_temperature", by=0.5, within_s=900.0))
    'Core temperature rising'
    >>> rule_kind(FaultCondition(name="recorder-failure"))
    'The recording cannot be written'
    """
    match condition:
        case Compare(signal=signal, statistic=statistic, bound=bound):
            side = "high" if bound.upper else "low"
            if statistic.name in LEVELS:
                return f"{SIGNALS[signal].label} {side}"
            if statistic.name is StatisticName.SLOPE:
                return f"{SIGNALS[signal].label} {'rising' if bound.upper else 'falling'}"
            return f"{SIGNALS[signal].label}: {statistic.name.value} {side}"
        case Rise(signal=signal):
            return f"{SIGNALS[signal].label} rising"
        case Absent(signal=signal) | Invalid(signal=signal):
            return f"{SIGNALS[signal].label} not judged"
        case Frozen(signal=signal):
            return f"{SIGNALS[signal].label} does not change"
        case MeasurementDue(signal=signal):
            return f"{SIGNALS[signal].label}: measurement due"
        case FaultCondition(name=name):
            return f"{FAULT_NAMES[name][0].upper()}{FAULT_NAMES[name][1:]}"
        case All(conditions=parts):
            return ", ".join(rule_kind(part) for part in parts)
        case _:
            assert_never(condition)
