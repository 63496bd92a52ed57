"""View of one channel for the console: its value, and whether its rules are evaluated. Pure."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from operator import itemgetter

from alerts.alarm import Alarm
from alerts.policy.conditions import LEVELS, All, Bound, Compare
from alerts.policy.rules import Policy, Priority, Rule
from dashboards.console.views.channels import CHANGE_MIN, ChannelView, LimitView, WaitView
from monitor.core.channel import Channel
from monitor.core.condition_evaluators import CompareEvaluator
from monitor.core.engine import Engine
from monitor.core.spot_rules import applies, subject_of

_MINUTE_NS = 60 * 10**9


def channel_view(
    engine: Engine, channel: Channel, alarms: Sequence[Alarm], now_ns: int
) -> ChannelView:
    """Return the view of a channel.

    Args:
        engine: of the session.
        channel: of the session.
        alarms: that are open.
        now_ns: session time.
    """
    signal = channel.signal
    judged = engine.judgement(channel, now_ns)
    return ChannelView(
        channel=channel.name,
        label=signal.label,
        unit=signal.unit,
        decimals=0 if signal.resolution >= 1 else 1,
        value=channel.value,
        age_s=None if channel.good_ns is None else max(0, now_ns - channel.good_ns) / 1e9,
        stale=channel.lost,
        quality="none"
        if channel.quality is None
        else channel.quality.name.lower().replace("_", " "),
        priority=priority(
            subject_of(signal.name) if channel.spot else channel.name, signal.name, alarms
        ),
        change=None if channel.lost else _change(channel, now_ns),
        settling_s=channel.settling.left_ns(now_ns) / 1e9,
        state=judged.state.value,
        unjudged_since_ns=judged.since_ns,
        reason=judged.reason,
        heard_share=judged.heard_share,
        waits=[
            WaitView(what=wait.what.value, until_ns=wait.until_ns, rules=wait.rules)
            for wait in judged.waits
        ],
        limits=[*_limits(channel, now_ns)],
    )


def priority(subject: str, signal: str, alarms: Sequence[Alarm]) -> str | None:
    """Return the highest priority of the physiological alarms whose condition holds.

    Args:
        subject: they are about it, or about the whole session with a condition on the signal.
        signal: of the subject.
        alarms: that are open; those that are over and wait for a reset do not count.
    """
    priorities = [
        alarm.rule.priority
        for alarm in alarms
        if alarm.holds
        and not alarm.rule.technical
        and (alarm.subject == subject or _about(alarm, signal))
    ]
    return Priority(max(priorities)).name.lower() if priorities else None


def spot_limits(policy: Policy, signal: str) -> list[LimitView]:
    """Return the limits in force on spot measurements of a signal.

    Of rules with the same limit, that which needs the fewest values counts.
    """
    found = [
        (rule, condition)
        for rule in policy.rules
        if rule.enabled
        and isinstance(condition := rule.condition, Compare)
        and condition.signal == signal
        and applies(condition)
    ]
    found.sort(key=lambda pair: -pair[1].repeated)
    limits = {(each.bound.upper, each.limit.offset): (rule, each) for rule, each in found}
    return [_limit(rule, each.bound, each.limit.offset) for rule, each in limits.values()]


def _limits(channel: Channel, now_ns: int) -> Iterator[LimitView]:
    """Yield the limits in force; a rule on variation or on a rise has none for a value."""
    for alarm, evaluator in channel.watches:
        if (
            isinstance(evaluator, CompareEvaluator)
            and evaluator.condition.statistic.name in LEVELS
            and evaluator.limit is not None
            and not channel.waits(evaluator, now_ns)
        ):
            yield _limit(alarm.rule, evaluator.bound, channel.signal.value(evaluator.limit))


def _limit(rule: Rule, bound: Bound, value: float) -> LimitView:
    return LimitView(
        rule=rule.id, priority=rule.priority.name.lower(), upper=bound.upper, value=value
    )


def _change(channel: Channel, now_ns: int) -> float | None:
    """Return the last value minus the one measured `CHANGE_MIN` minutes ago, in the unit.

    Return None if no such value was measured, or if its sensor is or was settling.
    """
    then_ns = now_ns - CHANGE_MIN * _MINUTE_NS
    place = bisect_right(channel.recent, then_ns, key=itemgetter(0)) - 1
    if channel.steps is None or place < 0 or channel.settling.left_ns(now_ns) > 0:
        return None
    at_ns, steps = channel.recent[place]
    if then_ns - at_ns > channel.hold_ns or channel.settling.at(at_ns):
        return None
    return channel.signal.value(channel.steps) - channel.signal.value(steps)


def _about(alarm: Alarm, signal: str) -> bool:
    """Return whether an alarm of the whole session has a condition on a signal."""
    condition = alarm.rule.condition
    if not isinstance(condition, All):
        return False
    return any(part.signal == signal for part in condition.conditions)
