"""What can be read: sessions, sensors, values, alarms, markers, dues."""

import json
import math
from typing import Annotated

from fastapi import APIRouter, HTTPException, Path, Query, Request

from dashboards.access.roles import Right
from dashboards.api.authorization import needs
from dashboards.api.backend import ApiBackend
from dashboards.api.models import (
    AlarmNow,
    AlarmStep,
    ChannelNow,
    Course,
    Due,
    Marker,
    Measurement,
    Page,
    Point,
    Reading,
    SensorState,
    SessionState,
    Unconfirmed,
    Wait,
    times,
)
from dashboards.api.time_format import parse
from dashboards.console.views.alarms import AlarmView
from dashboards.console.views.session import SessionView
from devices.packets import Quality
from devices.signals import SIGNALS, Signal

_PAGE = 2000

router = APIRouter()
SessionId = Annotated[str, Path(description="Id of a session, as /sessions lists them.")]


def backend(request: Request) -> ApiBackend:
    """Return what the API asks.

    Raises:
        HTTPException: 503, the console is on its way up or down.
    """
    found = request.app.state.backend
    if not isinstance(found, ApiBackend):
        raise HTTPException(503, "no session can be asked here")
    return found


def session_view(request: Request, session: str) -> SessionView:
    """Return a session.

    Raises:
        HTTPException: 404.
    """
    for view in backend(request).sessions():
        if view.id == session:
            return view
    raise HTTPException(404, "no such session runs here; GET /api/v1/sessions lists them")


@router.get("/sessions", dependencies=[needs(Right.STATE)])
async def sessions(request: Request) -> list[SessionState]:
    """List the sessions, without values."""
    return [_state(view) for view in backend(request).sessions()]


@router.get("/sessions/{session}", dependencies=[needs(Right.STATE)])
async def one_session(request: Request, session: SessionId) -> SessionState:
    """Tell of one session, without values."""
    return _state(session_view(request, session))


@router.get("/sessions/{session}/sensors", dependencies=[needs(Right.STATE)])
async def sensors(request: Request, session: SessionId) -> list[SensorState]:
    """Tell how the sensors and their links are."""
    return [
        SensorState(
            label=each.label,
            kind=each.kind,
            state=each.state,
            battery=each.battery,
            rssi=each.rssi,
            packets=each.packets,
            gaps=each.gaps,
            age_s=each.age_s,
        )
        for each in session_view(request, session).sensors
    ]


@router.get("/sessions/{session}/channels", dependencies=[needs(Right.VALUES)])
async def channels(request: Request, session: SessionId) -> list[ChannelNow]:
    """Tell the present value of each channel."""
    return [
        ChannelNow(
            channel=each.channel,
            label=each.label,
            unit=each.unit,
            loinc=_signal(each.channel).loinc,
            value=each.value,
            age_s=each.age_s,
            stale=each.stale,
            quality=each.quality,
            priority=each.priority,
            slope_per_min=each.slope_per_min,
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
async def alarms(request: Request, session: SessionId) -> list[AlarmNow]:
    """List what people have to see to, the most urgent first: one alarm for each matter."""
    return [_alarm(each) for each in session_view(request, session).alarms]


@router.get("/sessions/{session}/alarm-steps", dependencies=[needs(Right.VALUES)])
async def alarm_steps(request: Request, session: SessionId) -> list[AlarmStep]:
    """List the last 200 steps of alarms, the newest first."""
    return [
        AlarmStep(
            key=each.key,
            message=each.message,
            priority=each.priority,
            step=each.step,
            by=each.by,
            head=each.head,
            **times("at", each.at_ns),
            **times("announced", each.announced_ns),
        )
        for each in session_view(request, session).history
    ]


@router.get("/sessions/{session}/markers", dependencies=[needs(Right.VALUES)])
async def markers(request: Request, session: SessionId) -> list[Marker]:
    """List the markers, those that were taken back too."""
    return [
        Marker(
            kind=each.kind,
            text=each.text,
            amount=each.amount,
            later_s=each.later_s,
            by=each.by,
            undone=each.undone,
            **times("at", each.at_ns),
        )
        for each in session_view(request, session).markers
    ]


@router.get("/sessions/{session}/measurements", dependencies=[needs(Right.VALUES)])
async def measurements(request: Request, session: SessionId) -> list[Measurement]:
    """List the last 20 measurements that are made now and then, entered last first."""
    return [
        Measurement(
            entry=each.entry,
            channel=f"{each.source}/{each.signal}",
            label=each.label,
            unit=each.unit,
            loinc=SIGNALS[each.signal].loinc,
            value=each.value,
            by=each.by,
            voided_by=each.corrected,
            **times("at", each.at_ns),
        )
        for each in session_view(request, session).taken
    ]


@router.get("/sessions/{session}/dues", dependencies=[needs(Right.VALUES)])
async def dues(request: Request, session: SessionId) -> list[Due]:
    """List what is to be measured, the soonest first."""
    return [
        Due(rule=each.rule, label=each.label, overdue=each.overdue, **times("due", each.due_ns))
        for each in session_view(request, session).dues
    ]


@router.get("/sessions/{session}/course", dependencies=[needs(Right.VALUES)])
async def course(
    request: Request,
    session: SessionId,
    channel: str,
    since: str | None = None,
    until: str | None = None,
    points: Annotated[int, Query(ge=8, le=20_000)] = 1000,
) -> Course:
    """Return a channel's past in about so many points; minima and maxima survive."""
    view = session_view(request, session)
    signal = _channel(view, channel)
    since_ns, until_ns = _range(view, since, until)
    found = backend(request).trace(session, channel, since_ns, until_ns, points)
    within = (since_ns <= found.at_ns) & (found.at_ns <= until_ns)
    at_ns, values = found.at_ns[within].tolist(), found.values[within].tolist()
    return Course(
        channel=channel,
        unit=signal.unit,
        loinc=signal.loinc,
        points=[
            Point(value=None if math.isnan(value) else value, **times("at", at))
            for at, value in zip(at_ns, values, strict=True)
        ],
    )


@router.get("/sessions/{session}/readings", dependencies=[needs(Right.VALUES)])
async def readings(
    request: Request,
    session: SessionId,
    channel: str,
    since: str | None = None,
    until: str | None = None,
    cursor: Annotated[int, Query(ge=0, lt=2**63)] = 0,
) -> Page:
    """Return a page of readings as journaled; the last quarter of a second may be missing."""
    view = session_view(request, session)
    signal = _channel(view, channel)
    since_ns, until_ns = _range(view, since, until)
    rows = await backend(request).readings(session, channel, since_ns, until_ns, cursor, _PAGE)
    found = []
    for row in rows:
        body = json.loads(row.payload)
        quality = Quality(body["quality"]).name.lower().replace("_", " ")
        value = body["value"]
        found.append(Reading(id=row.id, value=value, quality=quality, **times("at", row.at_ns)))
    return Page(
        channel=channel,
        unit=signal.unit,
        loinc=signal.loinc,
        readings=found,
        next=rows[-1].id if len(rows) == _PAGE else None,
    )


def _alarm(alarm: AlarmView) -> AlarmNow:
    return AlarmNow(
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
        head=alarm.head,
        inside=[_alarm(each) for each in alarm.inside],
        unconfirmed=[
            Unconfirmed(
                channel=one.channel,
                words=one.words,
                possible=one.possible,
                **times("at", one.at_ns),
            )
            for one in alarm.unconfirmed
        ],
        **times("since", alarm.since_ns),
        **times("announced", alarm.announced_ns),
    )


def _channel(view: SessionView, channel: str) -> Signal:
    spot = set(view.measured_channels)
    beats = {f"{each.label}/rr_interval" for each in view.sensors}
    if channel not in {each.channel for each in view.channels} | spot | beats:
        raise HTTPException(404, "no such channel in this session; see its /channels")
    return _signal(channel)


def _signal(channel: str) -> Signal:
    return SIGNALS[channel.partition("/")[2]]


def _range(view: SessionView, since: str | None, until: str | None) -> tuple[int, int]:
    since_ns = view.started_ns if since is None else parse(since, "since")
    until_ns = view.now_ns if until is None else parse(until, "until")
    if since_ns > until_ns:
        raise HTTPException(422, "since must not be later than until")
    return since_ns, until_ns


def _state(view: SessionView) -> SessionState:
    return SessionState(
        id=view.id,
        site=view.site,
        room=view.room,
        participant=view.participant,
        virtual=view.virtual,
        ended=view.ended,
        **times("started", view.started_ns),
        **times("now", view.now_ns),
    )
