"""View of one channel for the console: its value, and whether its rules are evaluated. Pure."""

from collections.abc import Sequence

from alerts.alarm import Alarm
from alerts.policy.rules import All, Priority
from dashboards.console.views.channels import ChannelView, WaitView
from monitor.core.channel import Channel
from monitor.core.engine import Engine
from monitor.core.spot_rules import subject_of


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
        slope_per_min=None if channel.lost else channel.slope_per_min(),
        settling_s=channel.settling.left_ns(now_ns) / 1e9,
        state=judged.state.value,
        unjudged_since_ns=judged.since_ns,
        reason=judged.reason,
        heard_share=judged.heard_share,
        waits=[
            WaitView(what=wait.what.value, until_ns=wait.until_ns, rules=wait.rules)
            for wait in judged.waits
        ],
    )


def priority(subject: str, signal: str, alarms: Sequence[Alarm]) -> str | None:
    """Return the priority of the highest open physiological alarm on a subject or its signal."""
    priorities = [
        alarm.rule.priority
        for alarm in alarms
        if not alarm.rule.technical and (alarm.subject == subject or _about(alarm, signal))
    ]
    return Priority(max(priorities)).name.lower() if priorities else None


def _about(alarm: Alarm, signal: str) -> bool:
    """Return whether an alarm of the whole session has a condition on a signal."""
    condition = alarm.rule.condition
    if not isinstance(condition, All):
        return False
    return any(part.signal == signal for part in condition.conditions)
