"""Safeguards: rules that are added to every policy that lacks them.

They ensure that each signal that a policy watches is judged, or that an alarm reports that it is
not. They cannot be disabled; a policy replaces them by rules of the same kind.
"""

from collections.abc import Iterator
from dataclasses import replace

from alerts.policy.conditions import (
    Absent,
    All,
    AnchorName,
    Compare,
    Condition,
    FaultCondition,
    Frozen,
    Rise,
)
from alerts.policy.rules import Policy, Priority, Rule
from devices.signals import SIGNALS, Signal

SAFEGUARD = "safeguard: every policy has it"  # source of these rules

# Time without judgement after which people are called; a policy may allow `_LONGEST` times that.
_CALL_AFTER_S = {"heart_rate": 60.0, "pulse_rate": 60.0, "spo2": 60.0}
_CALL_AFTER_ELSE_S = 300.0
_LONGEST = 5
_FROZEN_S = {"heart_rate": 300.0}  # no living heart keeps its rate that long

_FAULTS = {
    "recorder-failure": (Priority.HIGH, "The recording cannot be written"),
    "clock-jump": (Priority.LOW, "The computer's clock differs from the times of this session"),
    "standstill": (Priority.LOW, "Monitoring was interrupted: check the participant"),
    "engine-failure": (
        Priority.HIGH,
        "Monitoring of this session has stopped: watch the participant",
    ),
    "duplicate-gateway": (
        Priority.HIGH,
        "Two gateways have the same id: check who wears the sensors",
    ),
    "gateway-refused": (
        Priority.LOW,
        "A gateway sends data that is refused: check its sensors and their kinds",
    ),
    "unconfirmed-measurement": (
        Priority.LOW,
        "Doubtful measurement: decide whether it is valid",
    ),
    "unconfirmed-violation": (
        Priority.MEDIUM,
        "Doubtful measurement beyond a limit: measure again, decide whether it is valid",
    ),
    "accounts-unreadable": (
        Priority.LOW,
        "The accounts cannot be read: removed people can still log in",
    ),
    "nobody-on-duty": (
        Priority.MEDIUM,
        "Nobody of the first tier of calls is on duty: put someone on duty",
    ),
    "duty-ending": (
        Priority.MEDIUM,
        "Duty in the first tier of calls ends soon: hand it over",
    ),
    "not-accepted": (Priority.HIGH, "Nobody has accepted an alarm call"),
}
_BASELINE = (Priority.LOW, "Baseline not established")


def with_safeguards(policy: Policy) -> Policy:
    """Add the safeguards that a policy's enabled rules lack."""
    return replace(policy, rules=(*policy.rules, *_lacking(policy)))


def _lacking(policy: Policy) -> Iterator[Rule]:
    enabled = [rule for rule in policy.rules if rule.enabled]
    watched = [rule for rule in enabled if not rule.technical and rule.priority > Priority.INFO]
    signals = dict.fromkeys(part.signal for rule in watched for part in _parts(rule.condition))
    for name in signals:
        signal = SIGNALS[name]
        if not signal.spot:
            yield from _judged(enabled, signal)
    faults = dict(_FAULTS)
    if any(_uses_baseline(part) for rule in enabled for part in _parts(rule.condition)):
        faults["baseline-not-established"] = _BASELINE
    covered = {
        rule.condition.name for rule in enabled if isinstance(rule.condition, FaultCondition)
    }
    for fault, (priority, message) in faults.items():
        if fault not in covered:
            yield _rule(fault, FaultCondition(fault), priority, message)


def _judged(enabled: list[Rule], signal: Signal) -> Iterator[Rule]:
    """Yield the missing rules that raise an alarm in time when a signal is not judged."""
    call_after_s = _CALL_AFTER_S.get(signal.name, _CALL_AFTER_ELSE_S)
    absent = [
        (rule.priority, rule.condition.after_s)
        for rule in enabled
        if isinstance(rule.condition, Absent) and rule.condition.signal == signal.name
    ]
    if not any(level > Priority.INFO and after_s <= call_after_s for level, after_s in absent):
        message = f"{signal.label} not judged"
        soon = Absent(signal.name, signal.hold_s)
        yield _rule(f"unjudged-{signal.name}", soon, Priority.LOW, message)
    longest_s = _LONGEST * call_after_s
    if not any(level > Priority.LOW and after_s <= longest_s for level, after_s in absent):
        message = f"{signal.label} still not judged: check the sensor and the participant"
        late = Absent(signal.name, call_after_s)
        yield _rule(f"unjudged-{signal.name}-long", late, Priority.MEDIUM, message)
    if signal.name in _FROZEN_S and not any(
        isinstance(rule.condition, Frozen)
        and rule.condition.signal == signal.name
        and rule.priority > Priority.INFO
        for rule in enabled
    ):
        frozen = Frozen(signal.name, _FROZEN_S[signal.name])
        message = f"{signal.label} unchanged for 5 minutes: take the pulse, check the sensor"
        yield _rule(f"frozen-{signal.name}", frozen, Priority.MEDIUM, message)


def _parts(condition: Condition) -> tuple[Compare | Rise, ...]:
    match condition:
        case All(conditions=parts):
            return parts
        case Compare() | Rise():
            return (condition,)
        case _:
            return ()


def _uses_baseline(part: Compare | Rise) -> bool:
    if isinstance(part, Rise):
        return False
    limits = (part.limit, part.clear)
    return any(
        limit is not None and limit.anchor is not None and limit.anchor.name is AnchorName.BASELINE
        for limit in limits
    )


def _rule(name: str, condition: Condition, priority: Priority, message: str) -> Rule:
    return Rule(id=name, condition=condition, priority=priority, message=message, source=SAFEGUARD)
