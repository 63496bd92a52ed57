"""What the console is shown of a session: the engine's state in the words of `model`."""

from collections.abc import Iterable, Sequence

from alerts.alarm import Alarm
from alerts.rules import Priority
from dashboards.console.model import (
    AlarmEventView,
    AlarmView,
    ChannelView,
    MarkerView,
    SensorView,
    SessionView,
)
from devices.signals import SIGNALS
from monitor.channel import Channel
from monitor.engine import Engine
from monitor.facts import AlarmFact
from monitor.sensor import Sensor


def session_view(
    engine: Engine, now_ns: int, history: Iterable[AlarmFact], notices: Sequence[str]
) -> SessionView:
    """Return everything about a session that a glance must tell."""
    spec = engine.spec
    if spec is None:
        raise ValueError("a session begins with its first entry")
    alarms = engine.board.open()
    return SessionView(
        id=spec.id,
        site=spec.site,
        room=spec.room,
        participant=spec.participant,
        policy=f"{spec.policy.name} {spec.policy.version}",
        virtual=spec.virtual,
        started_ns=engine.started_ns,
        now_ns=now_ns,
        dose_ns=engine.dose_ns,
        audio_paused_s=max(0, engine.board.audio_paused_until_ns - now_ns) / 1e9,
        channels=[
            _channel(channel, alarms, now_ns)
            for channel in engine.channels.values()
            if channel.signal.trend
        ],
        alarms=[_alarm(alarm) for alarm in alarms],
        sensors=[_sensor(sensor, now_ns) for sensor in engine.sensors.values()],
        markers=[
            MarkerView(at_ns=marker.at_ns, kind=marker.subject, text=marker.text, by=marker.by)
            for marker in engine.markers
        ],
        history=[
            AlarmEventView(
                at_ns=fact.at_ns,
                key=f"{fact.rule}@{fact.subject}",
                message=fact.message,
                priority=fact.priority,
                step=fact.step,
                by=fact.by,
            )
            for fact in history
        ],
        notices=notices,
    )


def _channel(channel: Channel, alarms: Sequence[Alarm], now_ns: int) -> ChannelView:
    signal = channel.signal
    priorities = [
        alarm.rule.priority
        for alarm in alarms
        if not alarm.rule.technical and alarm.subject in (channel.name, "session")
    ]
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
        priority=Priority(max(priorities)).name.lower() if priorities else None,
        slope_per_min=None if channel.lost else channel.slope_per_min(),
    )


def _alarm(alarm: Alarm) -> AlarmView:
    signal = SIGNALS.get(alarm.subject.partition("/")[2])
    return AlarmView(
        key=alarm.key,
        rule=alarm.rule.id,
        subject=alarm.subject,
        message=alarm.message,
        priority=alarm.rule.priority.name.lower(),
        technical=alarm.rule.technical,
        state=alarm.shown.value,
        suspended=alarm.suspended,
        since_ns=alarm.raised_ns,
        value=alarm.value,
        limit=alarm.limit,
        unit=signal.unit if signal else "",
        by=alarm.by,
    )


def _sensor(sensor: Sensor, now_ns: int) -> SensorView:
    return SensorView(
        label=sensor.label,
        kind=sensor.kind.label,
        state=sensor.state,
        reason=sensor.reason,
        battery=sensor.battery,
        rssi=sensor.rssi,
        packets=sensor.packets,
        gaps=sensor.gaps,
        age_s=None if sensor.packet_ns is None else (now_ns - sensor.packet_ns) / 1e9,
    )
