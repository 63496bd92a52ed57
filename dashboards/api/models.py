"""Response models.

Times are UTC: nanoseconds as text, because 64 bits do not fit a JSON number, and ISO 8601.

Units are UCUM, codes LOINC. Anything that could contain a device's address (why a link failed) is
left out.
"""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from dashboards.api.time_format import iso

Ns = Annotated[str, Field(pattern=r"^[0-9]{1,20}$", description="UTC nanoseconds")]
Iso = Annotated[str, Field(description="UTC, ISO 8601")]


class Response(BaseModel):
    """A response."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Problem(Response):
    """An error: the reason in one sentence."""

    error: Annotated[str, Field(description="What is wrong, in one sentence.")]


class BlindedSession(Response):
    """A session, as a blinded rater sees it."""

    id: Annotated[str, Field(description="Id of the session.")]


class SessionState(BlindedSession):
    """A session, without values."""

    site: Annotated[str, Field(description="Code of the site.")]
    room: Annotated[str, Field(description="Code of the room.")]
    participant: Annotated[str, Field(description="Study code of the participant.")]
    virtual: Annotated[bool, Field(description="Whether the sensors are virtual.")]
    ended: Annotated[bool, Field(description="Whether somebody has ended the session.")]
    failure: Annotated[
        str,
        Field(description="Why its values cannot be shown, by a fault of physiomon; else empty."),
    ]
    started_ns: Ns
    started: Iso
    now_ns: Ns
    now: Iso


class Recipient(Response):
    """A person who can be called; `until` is when their duty changes next."""

    id: Annotated[str, Field(description="Id of the recipient.")]
    name: Annotated[str, Field(description="Name of the person.")]
    role: Annotated[str, Field(description="Role of the person.")]
    tiers: Annotated[list[int], Field(description="Tiers in which the person is called, from 1.")]
    on_duty: Annotated[bool, Field(description="Whether the person is on duty.")]
    until_ns: Annotated[
        Ns | None, Field(description="When that changes by the roster or a hand-over, if known.")
    ]
    until: Annotated[Iso | None, Field(description="The same time in ISO 8601.")]
    reached: Annotated[
        bool | None, Field(description="Whether the last call was delivered; null without one.")
    ]
    answer: Annotated[
        str, Field(description="Answer to a call about an open alarm: accepted, declined or empty.")
    ]


class WaitingPlace(Response):
    """A place whose session has ended, cannot be run, or is being resumed."""

    place: Annotated[str, Field(description="Name of its configuration file, without the suffix.")]
    site: Annotated[str, Field(description="Code of the site.")]
    room: Annotated[str, Field(description="Code of the room.")]
    session: Annotated[str, Field(description="Id of the last session; empty if not known.")]
    participant: Annotated[str, Field(description="Study code of its participant.")]
    last: Annotated[
        str, Field(description="When the last session ended, in one sentence; empty if it has not.")
    ]
    failure: Annotated[
        str, Field(description="Why its session is not running, although nobody has ended it.")
    ]
    refusal: Annotated[
        str, Field(description="Why no session can be started from here; empty if one can.")
    ]


class NearbyDevice(Response):
    """A device that a search has found."""

    key: Annotated[str, Field(description="Identifies the device until the next search.")]
    name: Annotated[str, Field(description="Advertised name, and the end of its address.")]
    kind: Annotated[str, Field(description="Kind of the sensor; empty if it is not known.")]
    rssi: Annotated[int, Field(description="Signal strength in dBm.")]
    used: Annotated[str, Field(description="Sensor that uses the device; empty if it is free.")]


class BlindedSensor(Response):
    """A sensor, as a blinded rater sees it: nothing that counts heart beats or follows them."""

    label: Annotated[str, Field(description="Label of the sensor.")]
    state: Annotated[str, Field(description="State of the link, such as connected.")]
    battery: Annotated[float | None, Field(description="Battery level in whole percent.")]
    receiving: Annotated[bool, Field(description="Whether data has arrived within a minute.")]


class SensorState(BlindedSensor):
    """A sensor and its link."""

    kind: Annotated[str, Field(description="Kind of the sensor, such as heart-rate-strap.")]
    rssi: Annotated[int | None, Field(description="Signal strength in dBm.")]
    packets: Annotated[int, Field(description="Number of packets received.")]
    gaps: Annotated[int, Field(description="How often the link was lost or silent.")]
    age_s: Annotated[float | None, Field(description="Age of the newest value in seconds.")]


class Wait(Response):
    """Rules of a channel that are not evaluated yet; all of them if `rules` is empty."""

    what: Annotated[str, Field(description="first value, settling or baseline")]
    until_ns: Annotated[
        Ns | None, Field(description="When that is over; null: when people end it.")
    ]
    until: Annotated[Iso | None, Field(description="The same time in ISO 8601.")]
    rules: Annotated[
        list[str], Field(description="Ids of the rules; empty: all rules of the channel.")
    ]


class CurrentChannel(Response):
    """The current value of a channel, and whether it is judged; if not, `reason` says why."""

    channel: Annotated[str, Field(description="Sensor and signal, such as strap/heart_rate.")]
    label: Annotated[str, Field(description="Name for display.")]
    unit: Annotated[str, Field(description="UCUM code of the unit.")]
    loinc: Annotated[str | None, Field(description="LOINC code, if one is confirmed.")]
    value: Annotated[float | None, Field(description="Value in the unit; null: there is none.")]
    age_s: Annotated[float | None, Field(description="Age of the newest value in seconds.")]
    stale: Annotated[
        bool, Field(description="Whether the value is too old to count as the present one.")
    ]
    quality: Annotated[str, Field(description="Quality of the value: good, or why it is not.")]
    priority: Annotated[str | None, Field(description="Highest priority of its open alarms.")]
    change_10min: Annotated[
        float | None,
        Field(description="The value minus the one measured 10 minutes ago; null: one is missing."),
    ]
    settling_s: Annotated[
        float, Field(description="Seconds until the sensor has settled; 0: it has.")
    ]
    state: Annotated[
        str, Field(description="judged, not judged, waiting (some rules), unwatched or stale")
    ]
    unjudged_since_ns: Annotated[
        Ns | None, Field(description="Time from which on the channel is not judged.")
    ]
    unjudged_since: Annotated[Iso | None, Field(description="The same time in ISO 8601.")]
    reason: Annotated[
        str, Field(description="Why it is not judged, or why its values are in doubt.")
    ]
    heard_share: Annotated[
        float | None,
        Field(
            description="Share of the last five minutes with values, while the link is unstable."
        ),
    ]
    waits: Annotated[list[Wait], Field(description="What some rules wait for.")]


class Unconfirmed(Response):
    """A measurement that is not judged until somebody marks it as valid or not."""

    channel: Annotated[str, Field(description="Sensor and signal, such as strap/heart_rate.")]
    at_ns: Ns
    at: Iso
    text: Annotated[str, Field(description="Description of the measurement.")]
    plausible: Annotated[bool, Field(description="Whether a person can have such a value.")]


class OpenAlarm(Response):
    """An open alarm; `key` identifies it in actions.

    `announced_ns` is set if the alarm was first announced later than `since_ns`. `head` is the rule
    of the higher alarm that it is inside, or empty; `inside` are the lower alarms of the same
    signal and direction.
    """

    key: Annotated[str, Field(description="Rule and subject, such as hr-150@strap/heart_rate.")]
    rule: Annotated[str, Field(description="Id of the rule.")]
    subject: Annotated[str, Field(description="Channel or sensor, or session.")]
    message: Annotated[str, Field(description="Text of the alarm.")]
    priority: Annotated[str, Field(description="Priority: info, low, medium or high.")]
    technical: Annotated[bool, Field(description="Whether the alarm is about the equipment.")]
    procedure: Annotated[
        bool,
        Field(description="Whether the alarm is about the protocol, such as a due measurement."),
    ]
    state: Annotated[str, Field(description="State: active, acknowledged or latched.")]
    suspended: Annotated[
        bool, Field(description="Whether the state of the condition is unknown at present.")
    ]
    since_ns: Ns
    since: Iso
    announced_ns: Annotated[
        Ns | None, Field(description="When it was first announced, if later than it was due.")
    ]
    announced: Annotated[Iso | None, Field(description="The same time in ISO 8601.")]
    value: Annotated[float | None, Field(description="Value that was compared with the limit.")]
    limit: Annotated[float | None, Field(description="Limit that was violated, in the unit.")]
    extreme: Annotated[
        float | None, Field(description="Furthest value since the alarm was raised, in the unit.")
    ]
    unit: Annotated[str, Field(description="UCUM code of the unit.")]
    by: Annotated[str | None, Field(description="Who acknowledged it.")]
    accepted_by: Annotated[str | None, Field(description="Who accepted the call about it.")]
    arrives_ns: Annotated[
        Ns | None, Field(description="When that person expects to arrive, if given.")
    ]
    arrives: Annotated[Iso | None, Field(description="The same time in ISO 8601.")]
    unconfirmed: Annotated[
        list[Unconfirmed], Field(description="Measurements that wait to be settled.")
    ]
    head: Annotated[str, Field(description="Rule of the higher alarm that it is inside, or empty.")]
    inside: Annotated[
        list["OpenAlarm"], Field(description="Lower alarms of the same signal and direction.")
    ]


class ScheduledMeasurement(Response):
    """A measurement that the policy schedules."""

    rule: Annotated[str, Field(description="Id of the rule.")]
    label: Annotated[str, Field(description="What is to be measured.")]
    due_ns: Annotated[
        Ns | None, Field(description="When it is due; null: it is not scheduled yet.")
    ]
    due: Annotated[Iso | None, Field(description="The same time in ISO 8601.")]
    overdue: Annotated[bool, Field(description="Whether it is overdue.")]


class ActionResult(Response):
    """An action that was performed and journaled."""

    act: Annotated[str, Field(description="Name of the action.")]
    session: Annotated[str, Field(description="Id of the session.")]
    by: Annotated[str, Field(description="Who is recorded as having done it.")]


def times(name: str, at_ns: int | None) -> dict[str, Any]:
    """Return a time as two fields, such as ``at`` and ``at_ns``."""
    if at_ns is None:
        return {f"{name}_ns": None, name: None}
    return {f"{name}_ns": str(at_ns), name: iso(at_ns)}
