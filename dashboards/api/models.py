"""What is in an answer.

Times are UTC nanoseconds as text (64 bits fit no JSON number), and ISO 8601.

Units are UCUM, codes LOINC. What could hold a device's address (why a link failed) is left out.
"""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from dashboards.api.time_format import iso

Ns = Annotated[str, Field(pattern=r"^[0-9]{1,20}$", description="UTC nanoseconds")]
Iso = Annotated[str, Field(description="UTC, ISO 8601")]


class Answer(BaseModel):
    """Any answer."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Problem(Answer):
    """Why there is no answer, in one sentence."""

    error: str


class SessionState(Answer):
    """A session, without any value."""

    id: str
    site: str
    room: str
    participant: str
    virtual: bool
    ended: bool
    started_ns: Ns
    started: Iso
    now_ns: Ns
    now: Iso


class SensorState(Answer):
    """A sensor and its link."""

    label: str
    kind: str
    state: str
    battery: float | None
    rssi: int | None
    packets: int
    gaps: int
    age_s: float | None


class Wait(Answer):
    """Rules of a channel that do not judge yet; all of them where `rules` is empty."""

    what: Annotated[str, Field(description="first value, settling or baseline")]
    until_ns: Ns | None
    until: Iso | None
    rules: list[str]


class ChannelNow(Answer):
    """The present value of a channel, and whether it is judged; `reason` says why not."""

    channel: str
    label: str
    unit: str
    loinc: str | None
    value: float | None
    age_s: float | None
    stale: bool
    quality: str
    priority: str | None
    slope_per_min: float | None
    settling_s: float
    state: Annotated[
        str, Field(description="judged, not judged, waiting (some rules do), unwatched or stale")
    ]
    unjudged_since_ns: Ns | None
    unjudged_since: Iso | None
    reason: str
    heard_share: float | None
    waits: list[Wait]


class Unconfirmed(Answer):
    """A measurement that is not judged until somebody settles whether it is valid."""

    channel: str
    at_ns: Ns
    at: Iso
    text: str
    plausible: bool


class AlarmNow(Answer):
    """An alarm that somebody has to know of; `key` names it in acts.

    `announced_ns` is there where people could be told of it only later than `since_ns`.
    `head` is the rule of the alarm that it is inside, or empty; `inside` are the lower alarms about
    the same matter.
    """

    key: str
    rule: str
    subject: str
    message: str
    priority: str
    technical: bool
    procedure: bool
    state: str
    suspended: bool
    since_ns: Ns
    since: Iso
    announced_ns: Ns | None
    announced: Iso | None
    value: float | None
    limit: float | None
    extreme: float | None
    unit: str
    by: str | None
    unconfirmed: list[Unconfirmed]
    head: str
    inside: list["AlarmNow"]


class AlarmStep(Answer):
    """A step in the life of an alarm; `announced_ns` and `head` as in an alarm."""

    at_ns: Ns
    at: Iso
    key: str
    message: str
    priority: str
    step: str
    by: str | None
    announced_ns: Ns | None
    announced: Iso | None
    head: str


class Marker(Answer):
    """A marker; `undone` tells who took it back, `later_s` how much later it was entered."""

    at_ns: Ns
    at: Iso
    kind: str
    text: str
    amount: str | None
    later_s: float
    by: str
    undone: str | None


class Measurement(Answer):
    """A measurement that is made now and then, at the time when it was measured.

    `by` entered or confirmed it (empty: the sensor alone); `voided_by` voided or corrected it.
    """

    entry: int
    channel: str
    label: str
    unit: str
    loinc: str | None
    at_ns: Ns
    at: Iso
    value: float
    by: str
    voided_by: str | None


class ScheduledMeasurement(Answer):
    """A measurement that the protocol asks for."""

    rule: str
    label: str
    due_ns: Ns | None
    due: Iso | None
    overdue: bool


class Point(Answer):
    """A value of a thinned course; null is a gap."""

    at_ns: Ns
    at: Iso
    value: float | None


class Series(Answer):
    """A channel's past, thinned so that minima and maxima survive."""

    channel: str
    unit: str
    loinc: str | None
    points: list[Point]


class Reading(Answer):
    """A reading as it is journaled; `id` is that of the fact."""

    id: int
    at_ns: Ns
    at: Iso
    value: float | None
    quality: str


class Page(Answer):
    """Readings in the order of the journal; ask again with `next` as `cursor` until it is null."""

    channel: str
    unit: str
    loinc: str | None
    readings: list[Reading]
    next: int | None


class Done(Answer):
    """An act that was done and journaled."""

    act: str
    session: str
    by: str


def times(name: str, at_ns: int | None) -> dict[str, Any]:
    """Return a time under its two names: ``at`` and ``at_ns``."""
    if at_ns is None:
        return {f"{name}_ns": None, name: None}
    return {f"{name}_ns": str(at_ns), name: iso(at_ns)}
