"""View of a session for the console, made from the engine's state."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from alerts.alarm import Alarm, State
from alerts.alarm_fact import full_text, unit_of
from alerts.ladder import AlarmGroup
from alerts.policy.conditions import (
    Absent,
    Compare,
    Condition,
    FaultCondition,
    Invalid,
    MeasurementDue,
    Rise,
)
from alerts.policy.overrides import changeable, words
from alerts.policy.rule_text import in_words
from dashboards.console.views.alarms import AlarmEventView, AlarmView, UnconfirmedView
from dashboards.console.views.measurements import (
    PRESSURES,
    LatestMeasurementView,
    ScheduledMeasurementView,
    SpotMeasurementView,
)
from dashboards.console.views.rules import OverrideView, RuleView
from dashboards.console.views.sensors import SensorView
from dashboards.console.views.session import (
    MarkerView,
    SessionEventView,
    SessionView,
)
from devices.signals import SIGNALS
from devices.units import quantity, symbol
from monitor.core.engine import Engine
from monitor.core.sensor import Sensor
from monitor.core.spot_measurements import VALID_NS, SpotMeasurement
from monitor.core.spot_rules import signal_of, subject_of
from monitor.core.unconfirmed import UNCONFIRMED, VIOLATING
from monitor.facts import AlarmFact
from monitor.sessions.adverse_event_view import adverse_event_views
from monitor.sessions.call_view import call_view, recipient_views
from monitor.sessions.channel_view import channel_view, priority, spot_limits

_TAKEN = 200


def session_view(
    engine: Engine, now_ns: int, history: Iterable[AlarmFact], notices: Sequence[str]
) -> SessionView:
    """Return the view of a session."""
    spec, policy = engine.spec, engine.policy
    if spec is None or policy is None:
        raise ValueError("the session has no first entry yet")
    alarms, groups = engine.alarms.open(), engine.alarms.groups()
    return SessionView(
        id=spec.id,
        site=spec.site,
        room=spec.room,
        participant=spec.participant,
        policy=f"{policy.name} {policy.version}",
        virtual=spec.virtual,
        zone=spec.zone,
        started_ns=engine.started_ns,
        now_ns=now_ns,
        dose_ns=engine.dose_ns,
        audio_paused_s=max(0, engine.alarms.audio_paused_until_ns - now_ns) / 1e9,
        channels=[
            channel_view(engine, channel, alarms, now_ns)
            for channel in engine.channels.values()
            if channel.signal.trend
        ],
        alarms=[_alarm_group(engine, group, now_ns) for group in groups],
        sensors=[_sensor(sensor, now_ns) for sensor in engine.sensors.values()],
        markers=[
            MarkerView(
                at_ns=marker.at_ns,
                kind=marker.subject,
                text=marker.text,
                amount=None if marker.amount is None else quantity(marker.amount, marker.unit),
                later_s=(marker.entered_ns - marker.at_ns) / 1e9,
                by=marker.by,
                missing=marker.missing,
                reason=marker.reason,
                undone=undo.by if (undo := engine.markers.undone.get(marker.at_ns)) else None,
            )
            for marker in engine.markers.marked
        ],
        history=[
            AlarmEventView(
                at_ns=fact.at_ns,
                key=fact.key,
                message=fact.full_text,
                priority=fact.priority,
                step=fact.step,
                by=fact.by,
                announced_ns=fact.announced_ns,
                head=fact.head,
            )
            for fact in history
        ],
        notices=notices,
        latest_measurements=[
            _measured(newest, alarms, now_ns)
            for signal in SIGNALS
            if (newest := engine.spot.newest(signal)) is not None
        ],
        fluid_ml=engine.manual_vitals.fluid_ml,
        scheduled=_dues(engine),
        overrides=[
            OverrideView(
                rule=override.rule,
                change=words(override.changes),
                off=override.changes.get("enabled") is False,
                by=override.by,
                reason=override.reason,
            )
            for override in engine.policy_changes.overrides.values()
        ],
        recipients=recipient_views(engine.calling.escalation),
        session_events=[
            SessionEventView(
                at_ns=each.at_ns, step=each.subject, text=each.text, by=each.by, reason=each.reason
            )
            for each in engine.lifecycle.steps
        ],
        ended=engine.lifecycle.ended is not None,
        spot_measurements=[
            SpotMeasurementView(
                entry=each.entry,
                signal=each.signal,
                label=SIGNALS[each.signal].label,
                unit=SIGNALS[each.signal].unit,
                at_ns=each.measured_ns,
                value=each.value,
                by=each.by,
                source=each.source,
                corrected=each.voided_by,
            )
            for each in engine.spot.last(_TAKEN)
        ],
        spot_limits={signal: spot_limits(policy, signal) for signal in PRESSURES},
        spot_channels=engine.spot.channels(),
        adverse_events=adverse_event_views(engine),
        event_kinds=policy.events,
        study_drug=policy.dose,
    )


def rule_views(engine: Engine) -> list[RuleView]:
    """Return the rules in force, including disabled ones."""
    if engine.policy is None:
        return []
    overrides = engine.policy_changes.overrides
    return [
        RuleView(
            id=rule.id,
            priority=rule.priority.name.lower(),
            text=in_words(rule),
            enabled=rule.enabled,
            changeable=changeable(rule),
            message=rule.message,
            unit=_unit(rule.condition),
            changed=overrides[rule.id].changes if rule.id in overrides else {},
        )
        for rule in engine.policy.rules
    ]


def _unit(condition: Condition) -> str:
    return symbol(SIGNALS[condition.signal].unit) if isinstance(condition, Compare | Rise) else ""


def _measured(
    newest: SpotMeasurement, alarms: Sequence[Alarm], now_ns: int
) -> LatestMeasurementView:
    signal = SIGNALS[newest.signal]
    age_ns = max(0, now_ns - newest.measured_ns)
    return LatestMeasurementView(
        signal=signal.name,
        label=signal.label,
        unit=signal.unit,
        value=newest.value,
        age_s=age_ns / 1e9,
        stale=age_ns >= VALID_NS,
        priority=priority(subject_of(signal.name), signal.name, alarms),
        source=newest.source,
    )


def _dues(engine: Engine) -> list[ScheduledMeasurementView]:
    dues = [
        ScheduledMeasurementView(
            rule=alarm.rule.id,
            label=_due_label(alarm.rule.condition.signal),
            due_ns=due_ns,
            overdue=alarm.state is not State.INACTIVE,
        )
        for alarm, due_ns in engine.due()
        if isinstance(alarm.rule.condition, MeasurementDue)
        and (due_ns is not None or alarm.state is not State.INACTIVE)
    ]
    dues.sort(key=lambda due: (due.due_ns or 0, due.rule))
    # Only the soonest of each measurement: rules for later phases are not relevant yet.
    soonest = {due.label: due for due in reversed(dues)}
    return [due for due in dues if due.overdue or due is soonest[due.label]]


def _due_label(signal: str) -> str:
    """Return what to measure: a cuff measures both pressures."""
    return "Blood pressure" if signal in PRESSURES else SIGNALS[signal].label


def _alarm_group(engine: Engine, group: AlarmGroup, now_ns: int) -> AlarmView:
    shown = _alarm(engine, group.alarm, now_ns)
    return replace(
        shown,
        call=call_view(engine.calling.escalation, group.alarm.key),
        inside=[_alarm(engine, alarm, now_ns) for alarm in group.inside],
        unconfirmed=_unconfirmed(group.alarm, engine),
    )


def _alarm(engine: Engine, alarm: Alarm, now_ns: int) -> AlarmView:
    return AlarmView(
        key=alarm.key,
        rule=alarm.rule.id,
        subject=alarm.subject,
        message=_message(engine, alarm, now_ns),
        priority=alarm.rule.priority.name.lower(),
        technical=alarm.rule.technical,
        state=alarm.shown.value,
        suspended=alarm.suspended,
        since_ns=alarm.raised_ns,
        value=alarm.value,
        limit=alarm.limit,
        unit=unit_of(alarm.subject),
        by=alarm.acknowledged_by,
        procedure=isinstance(alarm.rule.condition, MeasurementDue),
        spot=signal_of(alarm.subject) is not None,
        extreme=alarm.extreme,
        seen_ns=alarm.seen_ns,
        head=alarm.head,
        measure_again_s=alarm.rule.measure_again_s,
        announced_ns=engine.standstill.announced_ns(alarm),
    )


def _message(engine: Engine, alarm: Alarm, now_ns: int) -> str:
    """Return the text of an alarm; for a signal that is not judged, with the present cause.

    The cause may change while the alarm is open.
    """
    channel = engine.channels.get(alarm.subject)
    if channel is None or not isinstance(alarm.rule.condition, Absent | Invalid):
        return full_text(alarm)
    reason = engine.judgement(channel, now_ns).reason if alarm.holds else ""
    return f"{alarm.rule.message}: {reason}" if reason else full_text(alarm)


def _unconfirmed(alarm: Alarm, engine: Engine) -> list[UnconfirmedView]:
    """Return the measurements to confirm or reject for an alarm, newest first."""
    condition = alarm.rule.condition
    if not isinstance(condition, FaultCondition) or condition.name not in (UNCONFIRMED, VIOLATING):
        return []
    return [
        UnconfirmedView(
            channel=each.channel, at_ns=each.at_ns, text=each.words, plausible=bool(each.possible)
        )
        for each in reversed(engine.from_sensors.unconfirmed)
        if each.channel == alarm.subject
    ]


def _sensor(sensor: Sensor, now_ns: int) -> SensorView:
    return SensorView(
        label=sensor.label,
        kind=sensor.device.kind.label,
        state=sensor.state,
        reason=sensor.remarks,
        battery=sensor.battery,
        rssi=sensor.rssi,
        packets=sensor.packets,
        gaps=sensor.gaps,
        age_s=None if sensor.packet_ns is None else (now_ns - sensor.packet_ns) / 1e9,
    )
