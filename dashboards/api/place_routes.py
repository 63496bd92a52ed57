"""Routes that begin sessions: the next one of a place, and the first one of a room."""

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Path, Request

from dashboards.access.roles import Right
from dashboards.api.action_models import NewRoom, NextSession
from dashboards.api.action_routes import acting
from dashboards.api.authorization import json_only, needs
from dashboards.api.models import ActionResult, NearbyDevice, WaitingPlace
from dashboards.api.session_lookup import backend
from dashboards.console.views.places import NewRoomSession
from dashboards.console.views.sensors import ChosenDevice
from devices.errors import FieldError, PhysiomonError

router = APIRouter()
PlaceName = Annotated[str, Path(description="Name of a place, as /places lists them.")]


@router.get("/places", dependencies=[needs(Right.VALUES)])
async def places(request: Request) -> list[WaitingPlace]:
    """List the places whose session has ended; nothing is recorded there."""
    return [WaitingPlace(**asdict(each)) for each in backend(request).waiting_places()]


@router.post("/places/{place}/begin", dependencies=[needs(Right.RUN), Depends(json_only)])
async def begin(request: Request, place: PlaceName, act: NextSession) -> ActionResult:
    """Begin the next session of a place; recording and alarms begin at once."""
    by = acting(request, act)
    there = backend(request)
    if place not in [each.place for each in there.waiting_places()]:
        raise HTTPException(404, "no place with this name waits; GET /api/v1/places lists them")
    try:
        session = there.begin(place, act.participant, by)
    except PhysiomonError as error:
        raise HTTPException(409, str(error)) from None
    return ActionResult(act="begin", session=session, by=by)


@router.get("/nearby-devices", dependencies=[needs(Right.RUN)])
async def nearby_devices(request: Request) -> list[NearbyDevice]:
    """Search for sensors nearby, which takes some seconds; links of sessions are not disturbed."""
    try:
        found = await backend(request).find_devices("")
    except PhysiomonError as error:
        raise HTTPException(409, str(error)) from None
    return [NearbyDevice(**asdict(each)) for each in found]


@router.post("/places", dependencies=[needs(Right.RUN), Depends(json_only)])
async def begin_in_room(request: Request, act: NewRoom) -> ActionResult:
    """Begin a session in a room without one; recording and alarms begin at once."""
    by = acting(request, act)
    sensors = [
        (
            each.label.strip(),
            ChosenDevice(kind=each.kind, key=each.key, address=each.address, name=each.name),
        )
        for each in act.sensors
    ]
    wanted = NewRoomSession(
        room=act.room.strip(),
        participant=act.participant.strip(),
        policy=act.policy.strip(),
        sensors=sensors,
    )
    try:
        session = backend(request).begin_in_room(wanted, by)
    except FieldError as error:
        raise HTTPException(409, f"{error.field}: {error}") from None
    except PhysiomonError as error:
        raise HTTPException(409, str(error)) from None
    return ActionResult(act="begin", session=session, by=by)
