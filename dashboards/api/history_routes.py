"""Routes for history: alarm steps, markers, measurements, series and readings."""

import json
import math
from typing import Annotated

from fastapi import APIRouter, HTTPException, Query, Request

from dashboards.access.roles import Right
from dashboards.api.authorization import needs
from dashboards.api.history_models import (
    AdverseEvent,
    AdverseEventStep,
    AlarmOccurrence,
    AlarmStep,
    JournaledReading,
    Marker,
    Measurement,
    Point,
    ReadingPage,
    Series,
)
from dashboards.api.models import times
from dashboards.api.session_lookup import SessionId, backend, found_session, session_view, signal_of
from dashboards.api.time_format import Time, parse
from dashboards.console.views.session import SessionView
from devices.packets import Quality
from devices.signals import SIGNALS, Signal

_PAGE_SIZE = 2000

router = APIRouter()
Channel = Annotated[str, Query(description="Sensor and signal, such as strap/heart_rate.")]
Since = Annotated[
    Time | None,
    Query(description="First time, in nanoseconds or ISO 8601; by default the session's start."),
]
Until = Annotated[
    Time | None, Query(description="Last time, in the same form; by default the present.")
]


@router.get("/sessions/{session}/alarm-steps", dependencies=[needs(Right.VALUES)])
async def alarm_steps(request: Request, session: SessionId) -> list[AlarmStep]:
    """List the last 200 state changes of alarms, newest first."""
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


@router.get("/sessions/{session}/alarm-history", dependencies=[needs(Right.VALUES)])
async def alarm_history(request: Request, session: SessionId) -> list[AlarmOccurrence]:
    """List all alarms so far, oldest first, with response and verdict."""
    found_session(request, session)
    return [
        AlarmOccurrence(
            key=each.key,
            subject=each.subject,
            message=each.message,
            priority=each.priority,
            technical=each.technical,
            lasted_s=each.lasted_s,
            value=each.value,
            extreme=each.extreme,
            limit=each.limit,
            unit=each.unit,
            inside=each.inside,
            answered_after_s=each.answered_after_s,
            answered_by=each.answered_by,
            verdict=each.verdict,
            reviewed_by=each.reviewed_by,
            **times("raised", each.raised_ns),
            **times("over", None if each.open else each.over_ns),
        )
        for each in backend(request).alarm_reviews(session).occurrences()
    ]


@router.get("/sessions/{session}/markers", dependencies=[needs(Right.VALUES)])
async def markers(request: Request, session: SessionId) -> list[Marker]:
    """List the markers, including undone ones."""
    return [
        Marker(
            kind=each.kind,
            text=each.text,
            amount=each.amount,
            later_s=each.later_s,
            by=each.by,
            undone=each.undone,
            missing=list(each.missing),
            reason=each.reason,
            **times("at", each.at_ns),
        )
        for each in session_view(request, session).markers
    ]


@router.get("/sessions/{session}/adverse-events", dependencies=[needs(Right.VALUES)])
async def adverse_events(request: Request, session: SessionId) -> list[AdverseEvent]:
    """List the adverse events, open ones first, with all their steps."""
    return [
        AdverseEvent(
            event=each.event,
            kind=each.report.kind,
            severity=each.report.severity,
            after_dose_s=each.after_dose_s,
            relation=each.report.relation or "",
            action=each.report.action,
            text=each.report.text,
            withdrawn=each.withdrawn,
            steps=[
                AdverseEventStep(
                    step=step.step,
                    by=step.by,
                    reason=step.reason,
                    kind=step.report.kind,
                    severity=step.report.severity,
                    **times("at", step.at_ns),
                )
                for step in each.steps
            ],
            **times("started", each.report.started_ns),
            **times("ended", each.report.ended_ns),
        )
        for each in session_view(request, session).adverse_events
    ]


@router.get("/sessions/{session}/measurements", dependencies=[needs(Right.VALUES)])
async def measurements(request: Request, session: SessionId) -> list[Measurement]:
    """List the last 20 spot measurements, latest entry first."""
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
        for each in session_view(request, session).spot_measurements
    ]


@router.get("/sessions/{session}/series", dependencies=[needs(Right.VALUES)])
async def series(
    request: Request,
    session: SessionId,
    channel: Channel,
    since: Since = None,
    until: Until = None,
    points: Annotated[int, Query(ge=8, le=20_000, description="Number of points, about.")] = 1000,
) -> Series:
    """Return a channel's values in about `points` points; minima and maxima are kept."""
    view = session_view(request, session)
    signal = _channel(view, channel)
    since_ns, until_ns = _range(view, since, until)
    found = backend(request).trace(session, channel, since_ns, until_ns, points)
    within = (since_ns <= found.at_ns) & (found.at_ns <= until_ns)
    at_ns, values = found.at_ns[within].tolist(), found.values[within].tolist()
    return Series(
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
    channel: Channel,
    since: Since = None,
    until: Until = None,
    cursor: Annotated[
        int, Query(ge=0, lt=2**63, description="`next` of the page before; 0: the first page.")
    ] = 0,
) -> ReadingPage:
    """Return a page of journaled readings; the last quarter of a second may be missing."""
    view = session_view(request, session)
    signal = _channel(view, channel)
    since_ns, until_ns = _range(view, since, until)
    rows = await backend(request).readings(session, channel, since_ns, until_ns, cursor, _PAGE_SIZE)
    found = []
    for row in rows:
        body = json.loads(row.payload)
        quality = Quality(body["quality"]).name.lower().replace("_", " ")
        value = body["value"]
        found.append(
            JournaledReading(id=row.id, value=value, quality=quality, **times("at", row.at_ns))
        )
    return ReadingPage(
        channel=channel,
        unit=signal.unit,
        loinc=signal.loinc,
        readings=found,
        next=rows[-1].id if len(rows) == _PAGE_SIZE else None,
    )


def _channel(view: SessionView, channel: str) -> Signal:
    spot = set(view.spot_channels)
    beats = {f"{each.label}/rr_interval" for each in view.sensors}
    if channel not in {each.channel for each in view.channels} | spot | beats:
        raise HTTPException(404, "no such channel in this session; /channels lists them")
    return signal_of(channel)


def _range(view: SessionView, since: str | None, until: str | None) -> tuple[int, int]:
    since_ns = view.started_ns if since is None else parse(since, "since")
    until_ns = view.now_ns if until is None else parse(until, "until")
    if since_ns > until_ns:
        raise HTTPException(409, "since must not be later than until")
    return since_ns, until_ns
