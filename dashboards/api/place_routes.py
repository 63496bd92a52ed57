"""Routes for the places whose session has ended: list them, and start their next session."""

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Path, Request

from dashboards.access.roles import Right
from dashboards.api.action_models import NextSession
from dashboards.api.action_routes import acting
from dashboards.api.authorization import json_only, needs
from dashboards.api.models import ActionResult, WaitingPlace
from dashboards.api.session_lookup import backend
from devices.errors import PhysiomonError

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
