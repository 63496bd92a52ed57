"""Rules in plain English and policies as JSON, for people and programs that check a policy."""

import re
from dataclasses import asdict
from typing import Any, assert_never

from alerts.policy.conditions import (
    Absent,
    All,
    AnchorName,
    Before,
    Bound,
    Compare,
    Condition,
    Every,
    FaultCondition,
    Frozen,
    Invalid,
    Limit,
    MeasurementDue,
    Rise,
    Statistic,
    StatisticName,
)
from alerts.policy.expressions import duration_text, number_text, statistic_text
from alerts.policy.fault_names import FAULT_NAMES
from alerts.policy.limits import limit_text
from alerts.policy.rules import Policy, Priority, Rule
from alerts.policy.schedules import schedule_text
from devices.signals import SIGNALS
from devices.units import symbol

_NAMES = {
    StatisticName.SD: "standard deviation",
    StatisticName.MIN: "minimum",
    StatisticName.MAX: "maximum",
    StatisticName.RMSSD: "RMSSD",
    StatisticName.SDNN: "SDNN",
}
# Statistics of beats over less than five minutes are not standard and must not look so.
_SHORT_TERM_S = {StatisticName.RMSSD: 300.0, StatisticName.SDNN: 300.0}
_BOUNDS = {
    Bound.ABOVE: "above",
    Bound.AT_LEAST: "at least",
    Bound.BELOW: "below",
    Bound.AT_MOST: "at most",
}


def in_words(rule: Rule) -> str:
    """Describe a rule in one sentence."""
    article = "an" if rule.priority is Priority.INFO else "a"
    verb, held = "is", ""
    if rule.sustain_s:
        verb, held = "has been", f" for {_duration(rule.sustain_s)}{_in_all(rule.condition)}"
    when = _when(rule.condition, verb)
    return f"Raises {article} {rule.priority.name.lower()} alarm when {when}{held}; {_end(rule)}."


def as_json(policy: Policy) -> dict[str, Any]:
    """Return a policy for JSON: each rule with the keys of the file and its description."""
    return {
        "name": policy.name,
        "version": policy.version,
        "reviewed_by": policy.reviewed_by,
        "digest": policy.digest,
        "rules": [
            {**keys(rule), "technical": rule.technical, "words": in_words(rule)}
            for rule in policy.rules
        ],
        "settling": {signal: duration_text(seconds) for signal, seconds in policy.settling},
        "expected": [asdict(course) for course in policy.expected],
    }


def keys(rule: Rule) -> dict[str, Any]:
    """Return a rule with the keys of a policy file."""
    return {
        "id": rule.id,
        **_keys(rule.condition),
        "sustain": duration_text(rule.sustain_s),
        "clear_after": duration_text(rule.clear_after_s),
        "priority": rule.priority.name.lower(),
        "latch": rule.latch,
        "message": rule.message,
        **({"physician_message": rule.physician_message} if rule.physician_message else {}),
        **(
            {}
            if rule.measure_again_s is None
            else {"measure_again": duration_text(rule.measure_again_s)}
        ),
        "source": rule.source,
    }


def _when(condition: Condition, verb: str) -> str:
    match condition:
        case Compare():
            subject = _subject(condition.signal, condition.statistic)
            bound = _BOUNDS[condition.bound]
            when = f"{subject} {verb} {bound} {_limit(condition.limit, condition)}"
            if condition.repeated > 1:
                when += (
                    f" {condition.repeated} times in a row within {_duration(condition.within_s)}"
                )
            return when
        case Rise(signal=signal, by=by, within_s=within_s):
            name, step, span = _name(signal), _quantity(by, signal), _duration(within_s)
            return f"the one-minute median of {name} has risen by {step} or more within {span}"
        case Absent(signal=signal, after_s=after_s):
            return f"{_name(signal)} has not been judged for {_duration(after_s)}"
        case Invalid(signal=signal, after_s=after_s):
            return f"only invalid values of {_name(signal)} have come for {_duration(after_s)}"
        case Frozen(signal=signal, after_s=after_s):
            return f"{_name(signal)} has kept the same value for {_duration(after_s)}"
        case MeasurementDue(signal=signal, schedule=schedule):
            return f"a measurement of {_name(signal)} is due: {_schedule(schedule)}"
        case FaultCondition(name=name):
            return FAULT_NAMES[name]
        case All(conditions=parts):
            return " and ".join(_when(part, verb) for part in parts)
        case _:
            assert_never(condition)


def _schedule(schedule: Every | Before) -> str:
    if isinstance(schedule, Before):
        within_s = schedule.within_s
        within = "" if within_s is None else f" within the {_duration(within_s)}"
        return f"{schedule.count}{within} before the {schedule.marker}"
    words = f"every {_duration(schedule.every_s)}"
    for word, moment_s in (("from", schedule.from_s), ("until", schedule.until_s)):
        if moment_s is not None:
            words += (
                f" {word} {_duration(moment_s)} after the dose" if moment_s else f" {word} the dose"
            )
    return words


def _in_all(condition: Condition) -> str:
    """Return an addition for a time whose count pauses in gaps between values."""
    return " in all" if isinstance(condition, Compare | Rise | All) else ""


def _end(rule: Rule) -> str:
    condition = rule.condition
    if isinstance(condition, Absent | Invalid) and not rule.latch:
        return "clears when it is judged again; on an unstable link 5 to 15 min later"
    if isinstance(condition, Compare) and condition.clear is not None:
        side = "below" if condition.bound.upper else "above"
        over, was_over = (
            f"it {verb} {side} {_limit(condition.clear, condition)}" for verb in ("is", "has been")
        )
    else:
        over, was_over = "that is over", "that has been over"
    after_s = rule.clear_after_s
    for_time = f"for {_duration(after_s)}{_in_all(condition)}"
    ended = f"when {was_over} {for_time}" if after_s else f"as soon as {over}"
    if rule.latch:
        return f"{ended}, the alarm stays until it is reset"
    return f"clears {ended}"


def _subject(signal: str, statistic: Statistic) -> str:
    if statistic.name is StatisticName.LAST:
        return _name(signal)
    if statistic.name is StatisticName.EWMA:
        return f"the {_weighted(statistic.window_s)} of {_name(signal)}"
    name = _NAMES.get(statistic.name, statistic.name.value)
    short = "ultra-short " if statistic.window_s < _SHORT_TERM_S.get(statistic.name, 0.0) else ""
    return f"the {short}{_duration(statistic.window_s)} {name} of {_name(signal)}"


def _limit(limit: Limit, compare: Compare) -> str:
    per = " per minute" if compare.statistic.name is StatisticName.SLOPE else ""
    if limit.anchor is None:
        return _quantity(limit.offset, compare.signal) + per
    match limit.anchor.name:
        case AnchorName.BASELINE:
            words = "the baseline"
        case AnchorName.ROLLING:
            words = f"the median of the {_duration(limit.anchor.window_s)} before"
        case AnchorName.EWMA:
            words = f"the {_weighted(limit.anchor.window_s)} before"
    if limit.offset:
        sign = "+" if limit.offset > 0 else "-"
        words += f" {sign} {_quantity(abs(limit.offset), compare.signal)}"
    if limit.spreads:
        sign = "+" if limit.spreads > 0 else "-"
        plural = "" if abs(limit.spreads) == 1.0 else "s"
        words += f" {sign} {number_text(abs(limit.spreads))} spread{plural}"
    return words


def _weighted(half_life_s: float) -> str:
    return f"exponentially weighted mean (half-life {_duration(half_life_s)})"


def _name(signal: str) -> str:
    label = SIGNALS[signal].label
    return label if label[1].isupper() else label[0].lower() + label[1:]


def _quantity(value: float, signal: str) -> str:
    unit = SIGNALS[signal].unit
    return f"{number_text(value)} {symbol(unit)}"


def _duration(seconds: float) -> str:
    return re.sub(r"(?<=\d)(?=[a-z])", " ", duration_text(seconds))


def _keys(condition: Condition) -> dict[str, Any]:
    """Return a condition with the keys of a policy file."""
    match condition:
        case Compare(signal=signal, statistic=statistic, bound=bound, limit=limit, clear=clear):
            keys = {"signal": signal, "statistic": statistic_text(statistic)}
            keys[bound.value] = limit_text(limit)
            if clear is not None:
                keys["clear"] = limit_text(clear)
            if condition.repeated > 1:
                within = duration_text(condition.within_s)
                keys["repeated"] = f"{condition.repeated} in {within}"
            return keys
        case Rise(signal=signal):
            return {"signal": signal, "rise": _rise_text(condition)}
        case Absent(signal=signal, after_s=after_s):
            return {"signal": signal, "absent": duration_text(after_s)}
        case Invalid(signal=signal, after_s=after_s):
            return {"signal": signal, "invalid": duration_text(after_s)}
        case Frozen(signal=signal, after_s=after_s):
            return {"signal": signal, "frozen": duration_text(after_s)}
        case MeasurementDue(signal=signal, schedule=schedule):
            return {"signal": signal, "due": schedule_text(schedule)}
        case FaultCondition(name=name):
            return {"fault": name}
        case All(conditions=parts):
            return {"all": [_part_text(part) for part in parts]}
        case _:
            assert_never(condition)


def _rise_text(rise: Rise) -> str:
    return f"{number_text(rise.by)} in {duration_text(rise.within_s)}"


def _part_text(part: Compare | Rise) -> str:
    if isinstance(part, Rise):
        return f"{part.signal} rise {_rise_text(part)}"
    last = part.statistic.name is StatisticName.LAST
    of = "" if last else f"{statistic_text(part.statistic)} of "
    return f"{of}{part.signal} {part.bound.value} {limit_text(part.limit)}"
