"""Routes for the current state: sessions, sensors, values, alarms, scheduled measurements."""

from dataclasses import asdict

from fastapi import APIRouter, Request

from dashboards.access.roles import Right
from dashboards.api.authorization import needs, sees_values
from dashboards.api.models import (
    BlindedSensor,
    BlindedSession,
    CurrentChannel,
    OpenAlarm,
    Recipient,
    ScheduledMeasurement,
    SensorState,
    SessionState,
    Unconfirmed,
    Wait,
    times,
)
from dashboards.api.session_lookup import (
    SessionId,
    backend,
    found_session,
    session_view,
    signal_of,
)
from dashboards.console.views.alarms import AlarmView
from dashboards.console.views.sensors import SensorView, blinded_sensor
from dashboards.console.views.session import SessionView

router = APIRouter()


@router.get("/sessions", dependencies=[needs(Right.STATE)])
async def sessions(request: Request) -> list[SessionState | BlindedSession]:
    """List the sessions, without values; raters get their ids."""
    return [_state(request, view) for view in backend(request).sessions()]


@router.get("/sessions/{session}", dependencies=[needs(Right.STATE)])
async def one_session(request: Request, session: SessionId) -> SessionState | BlindedSession:
    """Return one session, without values; raters get its id."""
    return _state(request, found_session(request, session))


@router.get("/sessions/{session}/sensors", dependencies=[needs(Right.STATE)])
async def sensors(request: Request, session: SessionId) -> list[SensorState | BlindedSensor]:
    """List the sensors and their links; raters get what their page shows."""
    return [_sensor(request, each) for each in session_view(request, session).sensors]


@router.get("/sessions/{session}/recipients", dependencies=[needs(Right.VALUES)])
async def recipients(request: Request, session: SessionId) -> list[Recipient]:
    """List the recipients of calls: who is on duty, and until when."""
    return [
        Recipient(
            id=each.id,
            name=each.name,
            role=each.role,
            tiers=[*each.tiers],
            on_duty=each.on_duty,
            reached=each.reached,
            answer=each.answer,
            **times("until", each.until_ns),
        )
        for each in session_view(request, session).recipients
    ]


@router.get("/sessions/{session}/channels", dependencies=[needs(Right.VALUES)])
async def channels(request: Request, session: SessionId) -> list[CurrentChannel]:
    """List the channels with their current values."""
    return [
        CurrentChannel(
            channel=each.channel,
            label=each.label,
            unit=each.unit,
            loinc=signal_of(each.channel).loinc,
            value=each.value,
            age_s=each.age_s,
            stale=each.stale,
            quality=each.quality,
            priority=each.priority,
            change_10min=each.change,
            settling_s=each.settling_s,
            state=each.state,
            reason=each.reason,
            heard_share=each.heard_share,
            waits=[
                Wait(what=wait.what, rules=[*wait.rules], **times("until", wait.until_ns))
                for wait in each.waits
            ],
            **times("unjudged_since", each.unjudged_since_ns),
        )
        for each in session_view(request, session).channels
    ]


@router.get("/sessions/{session}/alarms", dependencies=[needs(Right.VALUES)])
async def alarms(request: Request, session: SessionId) -> list[OpenAlarm]:
    """List the open alarms, most urgent first: one per signal and direction."""
    return [_alarm(each) for each in found_session(request, session).alarms]


@router.get("/sessions/{session}/scheduled", dependencies=[needs(Right.VALUES)])
async def scheduled(request: Request, session: SessionId) -> list[ScheduledMeasurement]:
    """List the scheduled measurements, soonest first."""
    return [
        ScheduledMeasurement(
            rule=each.rule, label=each.label, overdue=each.overdue, **times("due", each.due_ns)
        )
        for each in session_view(request, session).scheduled
    ]


def _alarm(alarm: AlarmView) -> OpenAlarm:
    call = alarm.call
    return OpenAlarm(
        key=alarm.key,
        rule=alarm.rule,
        subject=alarm.subject,
        message=alarm.message,
        priority=alarm.priority,
        technical=alarm.technical,
        procedure=alarm.procedure,
        state=alarm.state,
        suspended=alarm.suspended,
        value=alarm.value,
        limit=alarm.limit,
        extreme=alarm.extreme,
        unit=alarm.unit,
        by=alarm.by,
        accepted_by=None if call is None else call.by,
        head=alarm.head,
        inside=[_alarm(each) for each in alarm.inside],
        unconfirmed=[
            Unconfirmed(
                channel=one.channel,
                text=one.text,
                plausible=one.plausible,
                **times("at", one.at_ns),
            )
            for one in alarm.unconfirmed
        ],
        **times("since", alarm.since_ns),
        **times("announced", alarm.announced_ns),
        **times("arrives", None if call is None else call.arrives_ns),
    )


def _sensor(request: Request, sensor: SensorView) -> SensorState | BlindedSensor:
    blinded = asdict(blinded_sensor(sensor))
    if not sees_values(request):
        return BlindedSensor(**blinded)
    return SensorState(
        kind=sensor.kind,
        rssi=sensor.rssi,
        packets=sensor.packets,
        gaps=sensor.gaps,
        age_s=sensor.age_s,
        **blinded,
    )


def _state(request: Request, view: SessionView) -> SessionState | BlindedSession:
    if not sees_values(request):
        return BlindedSession(id=view.id)
    return SessionState(
        id=view.id,
        site=view.site,
        room=view.room,
        participant=view.participant,
        virtual=view.virtual,
        ended=view.ended,
        failure=view.failure,
        **times("started", view.started_ns),
        **times("now", view.now_ns),
    )
