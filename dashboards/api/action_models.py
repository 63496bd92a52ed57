"""Request models of the action routes."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from dashboards.api.time_format import Time

Text = Annotated[str, Field(max_length=500)]


class Action(BaseModel):
    """An action. `by` names the person who acts; leave it out with a login or a token."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    by: Annotated[
        Text | None, Field(description="Who acts; required without accounts, refused with them.")
    ] = None


class AlarmAction(Action):
    """An action on an alarm, by its key."""

    alarm: Annotated[Text, Field(description="Key of the alarm.")]


class AlarmReview(AlarmAction):
    """A verdict on one occurrence of an alarm, which replaces an earlier one."""

    raised: Annotated[Time, Field(description="When the alarm was raised.")]
    verdict: Annotated[
        Literal["useful", "false", "artefact"] | None,
        Field(description="Whether it was useful; null withdraws the verdict."),
    ]


class UndoAcknowledgement(AlarmAction):
    """An acknowledged alarm, by its key, and an optional reason."""

    reason: Annotated[Text, Field(description="Why.")] = ""


class NextSession(Action):
    """The participant of the next session."""

    participant: Annotated[Text, Field(description="Study code of the participant, never a name.")]


class RoomSensor(BaseModel):
    """A sensor of a new room: a device of /nearby-devices by its key, or by address or name."""

    model_config = ConfigDict(extra="forbid")

    label: Annotated[Text, Field(description="Label of the sensor, such as strap.")]
    kind: Annotated[Text, Field(description="Kind of the sensor, such as heart-rate-strap.")]
    key: Annotated[Text, Field(description="Key of an item of /nearby-devices.")] = ""
    address: Annotated[Text, Field(description="Bluetooth address, without a key.")] = ""
    name: Annotated[Text, Field(description="Name that it advertises, without both.")] = ""


class NewRoom(Action):
    """A room that has had no session, with its first session."""

    room: Annotated[Text, Field(description="Name of the room.")]
    participant: Annotated[Text, Field(description="Study code of the participant, never a name.")]
    policy: Annotated[Text, Field(description="Name of the policy, such as mdma-session.")]
    sensors: Annotated[
        list[RoomSensor], Field(min_length=1, max_length=64, description="Sensors of the room.")
    ]


class NewMarker(Action):
    """A marker, now or at the earlier time `at`; a dose or supplement can have an amount."""

    kind: Annotated[
        Text, Field(description="Kind of the marker: dose, supplement, phase, note or rating.")
    ]
    text: Annotated[Text, Field(description="Text of the marker; of a rating a number.")] = ""
    at: Annotated[Time | None, Field(description="When it happened; by default now.")] = None
    amount: Annotated[float | None, Field(description="Amount of a dose or supplement.")] = None
    unit: Annotated[Literal["ug", "mg", "g", "mL"], Field(description="Unit of the amount.")] = "mg"
    reason: Annotated[
        Text, Field(description="Why a dose was given although something is missing before it.")
    ] = ""
    confirmed: Annotated[bool, Field(description="Accept an unusual amount.")] = False


class ReasonedAction(Action):
    """An action that needs a reason."""

    reason: Annotated[Text, Field(description="Why.")]


class UndoMarker(Action):
    """The marker to undo, by its time; a dose needs a reason."""

    at: Annotated[Time, Field(description="Time of the marker.")]
    reason: Annotated[Text, Field(description="Why; required for a dose.")] = ""


class NewAdverseEvent(Action):
    """An adverse event; without `started` it starts now, without `ended` it is not over."""

    kind: Annotated[
        Text, Field(description="One of the policy's adverse events, or other (in words).")
    ]
    severity: Annotated[int, Field(description="1 mild, 2 moderate, 3 severe.")]
    started: Annotated[Time | None, Field(description="When it started; by default now.")] = None
    ended: Annotated[Time | None, Field(description="When it ended; null: it is not over.")] = None
    relation: Annotated[
        Literal["none", "unlikely", "possible", "probable", "definite"] | None,
        Field(
            description="Whether the drug has caused it; by default possible from the dose on, "
            "and none before it."
        ),
    ] = None
    action: Annotated[Text, Field(description="What was done about it.")] = ""
    text: Annotated[Text, Field(description="Description; required for other.")] = ""


class AdverseEventChange(NewAdverseEvent):
    """An adverse event as it is to stand from now on."""

    event: Annotated[int, Field(description="Number of the adverse event.")]
    reason: Annotated[Text, Field(description="Why.")]


class AdverseEventEnd(Action):
    """An adverse event that is over."""

    event: Annotated[int, Field(description="Number of the adverse event.")]
    at: Annotated[Time | None, Field(description="When it ended; by default now.")] = None


class AdverseEventWithdrawal(Action):
    """An adverse event that was reported by mistake."""

    event: Annotated[int, Field(description="Number of the adverse event.")]
    reason: Annotated[Text, Field(description="Why.")]


class NewMeasurements(Action):
    """Manual measurements by signal, in the signals' units, made now or at `at`.

    Unusual values are refused unless sent with `confirmed`.
    """

    values: Annotated[
        dict[str, float], Field(description="Values by signal, in the units of the signals.")
    ]
    role: Annotated[Text, Field(description="Role of the person who measured.")] = ""
    at: Annotated[Time | None, Field(description="When it was measured; by default now.")] = None
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
    at: Annotated[Time, Field(description="Time of the measurement.")]
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


class HandOn(AlarmAction):
    """An accepted alarm that another recipient is asked to take over."""

    to: Annotated[Text, Field(description="Id of the recipient who is asked.")]


class HandOver(Action):
    """A hand-over of duty to a recipient of the same tiers, until the end of the shift."""

    recipient: Annotated[Text, Field(description="Id of the recipient on duty.")]
    to: Annotated[Text, Field(description="Id of the recipient who takes over.")]


class SessionControl(Action):
    """A start or an end of the session; unresolved or open items need a reason."""

    reason: Annotated[Text, Field(description="Why, if something is unresolved or open.")] = ""
