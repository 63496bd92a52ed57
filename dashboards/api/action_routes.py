"""Routes for actions. Each action is journaled with the name of a person or program."""

from collections import OrderedDict
from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, HTTPException, Request

from dashboards.access.roles import Person, Right
from dashboards.api import adverse_event_actions
from dashboards.api.action_models import (
    Action,
    AlarmAction,
    AlarmReview,
    Correction,
    DutyChange,
    HandOn,
    HandOver,
    MeasurementReview,
    NewMarker,
    NewMeasurements,
    PolicyChange,
    ReasonedAction,
    RuleOverride,
    SessionControl,
    UndoAcknowledgement,
    UndoMarker,
)
from dashboards.api.authorization import json_only, needs
from dashboards.api.backend import ApiBackend
from dashboards.api.models import ActionResult
from dashboards.api.session_lookup import SessionId, backend, found_session
from dashboards.api.time_format import parse
from devices.errors import PhysiomonError

_KEPT = 1000  # responses by idempotency key

router = APIRouter()
Key = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=200,
        description="An action is done once for each key.",
    ),
]


class ResponseCache(OrderedDict[tuple[str, str, str], tuple[Action, ActionResult]]):
    """Responses to the last requests with an idempotency key, oldest first."""


def acting(request: Request, act: Action) -> str:
    """Return the name under which an action is journaled.

    Raises:
        HTTPException: 409: no name was given without accounts, or one was given with them.
    """
    person: Person | None = request.state.person
    if person is None:
        if act.by is None:
            raise HTTPException(409, "'by' is missing: give the name of the person who acts")
        return act.by
    if act.by is not None:
        raise HTTPException(409, f"leave out 'by': the action is recorded for {person.signature}")
    return person.signature


def _route(
    name: str,
    summary: str,
    right: Right,
    body: type[Action],
    do: Callable[[ApiBackend, str, str, Any], None],
) -> None:
    async def act(request: Request, session: SessionId, act: Any, key: Key = None) -> ActionResult:
        found_session(request, session)
        by = acting(request, act)
        responses: ResponseCache = request.app.state.responses
        place = (by, request.url.path, key or "")
        if key is not None and place in responses:
            known, answer = responses[place]
            if known != act:
                raise HTTPException(409, "this Idempotency-Key was used for another action")
            return answer
        try:
            do(backend(request), session, by, act)
        except PhysiomonError as error:
            raise HTTPException(409, str(error)) from None
        answer = ActionResult(act=name, session=session, by=by)
        if key is not None:
            responses[place] = act, answer
            if len(responses) > _KEPT:
                responses.popitem(last=False)
        return answer

    act.__annotations__["act"] = body
    act.__doc__ = summary
    router.post(
        f"/sessions/{{session}}/{name}",
        name=name,
        dependencies=[needs(right), Depends(json_only)],
    )(act)


def _undo(backend: ApiBackend, session: str, by: str, act: UndoMarker) -> None:
    backend.undo(session, parse(act.at, "at"), by, act.reason)


def _mark(backend: ApiBackend, session: str, by: str, act: NewMarker) -> None:
    backend.mark(
        session,
        act.kind,
        act.text,
        by,
        at_ns=_at(act.at),
        amount=act.amount,
        unit=act.unit,
        reason=act.reason,
        confirmed=act.confirmed,
    )


def _measure(backend: ApiBackend, session: str, by: str, act: NewMeasurements) -> None:
    at_ns = _at(act.at)
    backend.measure(session, act.values, by, act.role, at_ns=at_ns, confirmed=act.confirmed)


def _correct(backend: ApiBackend, session: str, by: str, act: Correction) -> None:
    backend.correct(
        session, act.entry, act.signal, act.value, by, act.reason, confirmed=act.confirmed
    )


def _settle(backend: ApiBackend, session: str, by: str, act: MeasurementReview) -> None:
    backend.settle(session, act.channel, parse(act.at, "at"), by, valid=act.valid)


def _at(text: str | None) -> int | None:
    return None if text is None else parse(text, "at")


def _unacknowledge(backend: ApiBackend, session: str, by: str, act: UndoAcknowledgement) -> None:
    backend.unacknowledge(session, act.alarm, by, act.reason)


def _review(backend: ApiBackend, session: str, by: str, act: AlarmReview) -> None:
    raised_ns = parse(act.raised, "raised")
    backend.alarm_reviews(session).review(act.alarm, raised_ns, act.verdict, by)


def _override(backend: ApiBackend, session: str, by: str, act: RuleOverride) -> None:
    backend.override(session, act.rule, act.changes, by, act.reason)


def _policy(backend: ApiBackend, session: str, by: str, act: PolicyChange) -> None:
    backend.change_policy(session, act.policy, by, act.reason)


_route(
    "acknowledge",
    "Acknowledge an alarm.",
    Right.ATTEND,
    AlarmAction,
    lambda b, s, by, a: b.acknowledge(s, a.alarm, by),
)
_route(
    "unacknowledge",
    "Undo the acknowledgement of an alarm.",
    Right.ATTEND,
    UndoAcknowledgement,
    _unacknowledge,
)
_route(
    "accept",
    "Accept the call about an alarm, so that nobody else is called.",
    Right.ATTEND,
    AlarmAction,
    lambda b, s, by, a: b.accept(s, a.alarm, by),
)
_route(
    "reset",
    "Reset an alarm whose condition is over.",
    Right.ATTEND,
    AlarmAction,
    lambda b, s, by, a: b.reset(s, a.alarm, by),
)
_route(
    "review-alarm",
    "Judge an occurrence of an alarm: useful, false or artefact.",
    Right.ATTEND,
    AlarmReview,
    _review,
)
_route(
    "pause-audio",
    "Pause alarm audio for 120 s.",
    Right.ATTEND,
    Action,
    lambda b, s, by, _: b.pause_audio(s, by),
)
_route(
    "resume-audio",
    "End a pause of the alarm audio.",
    Right.ATTEND,
    Action,
    lambda b, s, by, _: b.pause_audio(s, by, on=False),
)
_route("marker", "Set a marker.", Right.ATTEND, NewMarker, _mark)
_route("undo", "Undo a marker.", Right.ATTEND, UndoMarker, _undo)
for _name, _summary, _body, _do in adverse_event_actions.ROUTES:
    _route(_name, _summary, Right.ATTEND, _body, _do)
_route("measure", "Enter manual measurements.", Right.ATTEND, NewMeasurements, _measure)
_route("correct", "Correct or void a measurement.", Right.ATTEND, Correction, _correct)
_route(
    "settle",
    "Mark an unconfirmed measurement as valid or not.",
    Right.ATTEND,
    MeasurementReview,
    _settle,
)
_route(
    "rebaseline",
    "Set the baseline from the last 10 minutes.",
    Right.RULES,
    ReasonedAction,
    lambda b, s, by, a: b.rebaseline(s, by, a.reason),
)
_route("override", "Change a rule for this participant.", Right.RULES, RuleOverride, _override)
_route("policy", "Change the policy.", Right.RULES, PolicyChange, _policy)
_route(
    "test-call",
    "Send a test call to everyone on duty.",
    Right.CALLS,
    Action,
    lambda b, s, by, _: b.test_call(s, by),
)
_route(
    "duty",
    "Set whether a recipient is on duty.",
    Right.CALLS,
    DutyChange,
    lambda b, s, by, a: b.set_duty(s, a.recipient, by, on=a.on),
)
_route(
    "hand-on",
    "Ask another recipient to take over an accepted alarm.",
    Right.ATTEND,
    HandOn,
    lambda b, s, by, a: b.hand_on(s, a.alarm, a.to, by),
)
_route(
    "hand-over",
    "Hand duty over to another recipient.",
    Right.CALLS,
    HandOver,
    lambda b, s, by, a: b.hand_over(s, a.recipient, a.to, by),
)
_route(
    "start",
    "Start the session.",
    Right.RUN,
    SessionControl,
    lambda b, s, by, a: b.start(s, by, a.reason),
)
_route(
    "finish",
    "End the session.",
    Right.RUN,
    SessionControl,
    lambda b, s, by, a: b.finish(s, by, a.reason),
)
