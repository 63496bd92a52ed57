"""Routes for actions. Each action is journaled with the name of a person or program."""

from collections import OrderedDict
from collections.abc import Callable
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Header, HTTPException, Request
from pydantic import BaseModel, ConfigDict, Field

from dashboards.access.roles import Person, Right
from dashboards.api.authorization import json_only, needs
from dashboards.api.backend import ApiBackend
from dashboards.api.models import ActionResult
from dashboards.api.session_lookup import SessionId, backend, session_view
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
Text = Annotated[str, Field(max_length=500)]


class Action(BaseModel):
    """An action. `by` names the person who acts; leave it out with a login or a token."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    by: Annotated[
        Text | None, Field(description="Who acts; required without accounts, refused with them.")
    ] = None


class ResponseCache(OrderedDict[tuple[str, str, str], tuple[Action, ActionResult]]):
    """Responses to the last requests with an idempotency key, oldest first."""


class AlarmAction(Action):
    """An action on an alarm, by its key."""

    alarm: Annotated[Text, Field(description="Key of the alarm.")]


class UndoAcknowledgement(AlarmAction):
    """An acknowledged alarm, by its key, and an optional reason."""

    reason: Annotated[Text, Field(description="Why.")] = ""


class NewMarker(Action):
    """A marker, now or at the earlier time `at`; a dose or supplement can have an amount."""

    kind: Annotated[
        Text, Field(description="Kind of the marker: dose, supplement, phase, note or rating.")
    ]
    text: Annotated[Text, Field(description="Text of the marker; of a rating a number.")] = ""
    at: Annotated[Text | None, Field(description="When it happened; by default now.")] = None
    amount: Annotated[float | None, Field(description="Amount of a dose or supplement.")] = None
    unit: Annotated[Literal["ug", "mg", "g", "mL"], Field(description="Unit of the amount.")] = "mg"


class ReasonedAction(Action):
    """An action that needs a reason."""

    reason: Annotated[Text, Field(description="Why.")]


class UndoMarker(Action):
    """The marker to undo, by its time; a dose needs a reason."""

    at: Annotated[Text, Field(description="Time of the marker.")]
    reason: Annotated[Text, Field(description="Why; required for a dose.")] = ""


class NewMeasurements(Action):
    """Manual measurements by signal, in the signals' units, made now or at `at`.

    Unusual values are refused unless sent with `confirmed`.
    """

    values: Annotated[
        dict[str, float], Field(description="Values by signal, in the units of the signals.")
    ]
    role: Annotated[Text, Field(description="Role of the person who measured.")] = ""
    at: Annotated[Text | None, Field(description="When it was measured; by default now.")] = None
    confirmed: Annotated[bool, Field(description="Accept unusual values.")] = False


class Correction(Action):
    """The correct value of a measurement, by its `entry` and signal; null voids it."""

    entry: Annotated[int, Field(description="Number of the entry of the measurement.")]
    signal: Annotated[Text, Field(description="Signal of the measurement.")]
    value: Annotated[float | None, Field(description="Right value; null voids the measurement.")]
    reason: Annotated[Text, Field(description="Why.")]
    confirmed: Annotated[bool, Field(description="Accept an unusual value.")] = False


class MeasurementReview(Action):
    """A decision on a sensor's unconfirmed measurement; see the alarm about it."""

    channel: Annotated[Text, Field(description="Channel of the measurement.")]
    at: Annotated[Text, Field(description="Time of the measurement.")]
    valid: Annotated[bool, Field(description="Whether the measurement is valid.")]


class PolicyChange(ReasonedAction):
    """A policy by its name."""

    policy: Annotated[
        Text,
        Field(description="Name of a shipped policy, or policy file beside the configuration."),
    ]


class RuleOverride(ReasonedAction):
    """Changes of a rule for this participant; empty `changes` restore the policy's rule."""

    rule: Annotated[Text, Field(description="Id of the rule.")]
    changes: Annotated[
        dict[str, str | float | bool],
        Field(description="Keys of the rule with new values; empty: back to the policy."),
    ]


class DutyChange(Action):
    """Duty of a recipient."""

    recipient: Annotated[Text, Field(description="Id of the recipient.")]
    on: Annotated[bool, Field(description="Whether the recipient is on duty from now on.")]


class SessionControl(Action):
    """A start or an end of the session; unresolved or open items need a reason."""

    reason: Annotated[Text, Field(description="Why, if something is unresolved or open.")] = ""


def _by(request: Request, act: Action) -> str:
    person: Person | None = request.state.person
    if person is None:
        if act.by is None:
            raise HTTPException(422, "'by' is missing: give the name of the person who acts")
        return act.by
    if act.by is not None:
        raise HTTPException(422, f"leave out 'by': the action is recorded for {person.signature}")
    return person.signature


def _route(
    name: str,
    summary: str,
    right: Right,
    body: type[Action],
    do: Callable[[ApiBackend, str, str, Any], None],
) -> None:
    async def act(request: Request, session: SessionId, act: Any, key: Key = None) -> ActionResult:
        session_view(request, session)
        by = _by(request, act)
        responses: ResponseCache = request.app.state.responses
        place = (by, request.url.path, key or "")
        if key is not None and place in responses:
            known, answer = responses[place]
            if known != act:
                raise HTTPException(422, "this Idempotency-Key was used for another action")
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
    at_ns = _at(act.at)
    backend.mark(session, act.kind, act.text, by, at_ns=at_ns, amount=act.amount, unit=act.unit)


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
    "pause-audio",
    "Pause alarm audio for 120 s.",
    Right.ATTEND,
    Action,
    lambda b, s, by, _: b.pause_audio(s, by),
)
_route("marker", "Set a marker.", Right.ATTEND, NewMarker, _mark)
_route("undo", "Undo a marker.", Right.ATTEND, UndoMarker, _undo)
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
