"""Alarms as notifications describe them, read from the engine."""

from statistics import median

from alerts.alarm import Alarm, State
from alerts.alarm_fact import public_text, unit_of
from alerts.notification_text import AlarmText
from alerts.physician_text import is_physician
from alerts.policy.conditions import LEVELS, Bound, Compare, FaultCondition
from alerts.rule_kind import rule_kind
from monitor.core.channel import Channel
from monitor.core.engine import Engine
from monitor.core.spot_rules import signal_of

# Short names of what alarms are about, for titles of 40 letters.
_LABELS = {
    "heart_rate": "HR",
    "pulse_rate": "PR",
    "spo2": "SpO2",
    "core_temperature": "Tcore",
    "body_temperature": "Temp",
    "skin_temperature": "Tskin",
    "ambient_temperature": "Troom",
    "systolic": "BP sys",
    "diastolic": "BP dia",
    "mean_arterial": "MAP",
    "battery": "Battery",
}
_BOUNDS = {Bound.ABOVE: ">", Bound.AT_LEAST: ">=", Bound.BELOW: "<", Bound.AT_MOST: "<="}
_MINUTE_NS = 60 * 10**9
# Minutes of a trend, and for how long before its begin and its end values are taken. In one
# minute a temperature hardly changes.
_TREND = {"Cel": (10, _MINUTE_NS)}
_USUAL_TREND = (1, 10 * 10**9)


def alarm_text(engine: Engine, alarm: Alarm, recipient: str) -> AlarmText:
    """Return an alarm for a message: the rule's text, without a cause that may name a device.

    A recipient (an id) whose role is that of a physician is not advised to call one.
    """
    channel, condition = engine.channels.get(alarm.subject), alarm.rule.condition
    unit = unit_of(alarm.subject)
    minutes, slot_ns = _TREND.get(unit, _USUAL_TREND)
    level = isinstance(condition, Compare) and condition.statistic.name in LEVELS
    person = engine.calling.escalation.plan.recipient(recipient)
    physician = person is not None and is_physician(person.role)
    what = public_text(alarm, to_physician=physician)
    live = channel is not None and not channel.lost and not alarm.rule.technical and level
    return AlarmText(
        priority=alarm.rule.priority.name.lower(),
        what=what + _unreachable(engine, alarm),
        label=_LABELS.get(alarm.subject.partition("/")[2], "") if level else "",
        bound=_BOUNDS[condition.bound] if isinstance(condition, Compare) else "",
        value=alarm.value,
        extreme=alarm.extreme,
        limit=alarm.limit,
        unit=unit,
        before=(
            value_before(channel, engine.now_ns - minutes * _MINUTE_NS, slot_ns)
            if channel is not None and live
            else None
        ),
        before_min=minutes,
        since_ns=alarm.raised_ns,
        over=alarm.shown is State.LATCHED,
        suspended=alarm.suspended,
        spot=signal_of(alarm.subject) is not None,
        announced_ns=engine.standstill.announced_ns(alarm),
        age_s=None if alarm.seen_ns is None else (engine.now_ns - alarm.seen_ns) / 1e9,
        kind=rule_kind(condition),
    )


def _unreachable(engine: Engine, alarm: Alarm) -> str:
    """Return who cannot be reached, for the alarm about it: roles, since names are not sent."""
    condition = alarm.rule.condition
    if not isinstance(condition, FaultCondition) or condition.name != "call-failure":
        return ""
    escalation = engine.calling.escalation
    roles = [
        f"{each.role} ({each.id})" if each.role else each.id
        for each in escalation.plan.recipients
        if each.id in escalation.unreachable
    ]
    return f": {', '.join(roles)}" if roles else ""


def value_before(channel: Channel, at_ns: int, slot_ns: int) -> float | None:
    """Return the median of a channel's values of the `slot_ns` before a time; None without any."""
    if not channel.signal.trend or channel.signal.spot:
        return None
    steps = [each for then_ns, each in channel.recent if at_ns - slot_ns < then_ns <= at_ns]
    return channel.signal.value(median(steps)) if steps else None
